"""Many records from Python, in columns: a path, DataFrame, Arrow table or dict of arrays in, a table out.

Whoever holds the result can take it as Arrow, DataFrame, NumPy or a file, if what these need is installed;
nothing of that is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.batch import errors
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.dress import cell_value, column_of
from kamflow.batch.engines import Ask, ColumnEngine, EngineName, order_of, prepare
from kamflow.batch.load import Loaded, Source, load
from kamflow.batch.open_file import FileInput
from kamflow.batch.open_parquet import columns_source
from kamflow.batch.run import Input, Job, decide
from kamflow.core.program import Program, population_terms
from kamflow.portfolio import BadRecord, Column, Item, RawRecord
from kamflow.project.engine import Engine, Question, UsageError
from kamflow.project.slot import Slot, id_of
from kamflow.project.survey import Survey
from kamflow.values.decision import Absent, Decision, Rejection

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_GIVEN = "given"


class DecidedTable:
    """What was decided: one line for each record that has an answer, in order; ``rejections`` are the others.

    Columns are ``id`` and the outputs, typed as in a Parquet file of ``kamflow eval``. Close it, or use it in
    a ``with``: it holds a database in memory.
    """

    def __init__(
        self, stack: ExitStack, relation: DuckDBPyRelation, rejections: Sequence[tuple[int, Rejection]]
    ) -> None:
        self._stack = stack
        self.relation = relation
        self.rejections = tuple(rejections)

    def rows(self) -> list[tuple[object, ...]]:
        return self.relation.fetchall()

    def arrow(self) -> object:
        """Return a ``pyarrow.Table``; needs pyarrow."""
        return self.relation.to_arrow_table()

    def df(self) -> object:
        """Return a ``pandas.DataFrame``; needs pandas."""
        return self.relation.df()

    def numpy(self) -> dict[str, object]:
        """Return arrays by column; needs numpy. Decimals become doubles."""
        return dict(self.relation.fetchnumpy())

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> DecidedTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(slots=True)
class GivenColumns:
    """A table in the caller's memory, as DuckDB sees it: a DataFrame, an Arrow table, a dict of arrays."""

    table: object
    _db: DuckDBPyConnection | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        return ()

    def load(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str, prefix: str = "k"
    ) -> Loaded | None:
        connection.register(_GIVEN, self.table)
        self._db = connection
        connection.execute(
            f"CREATE TABLE kept AS SELECT row_number() OVER () - 1 AS file_row_number, * FROM {_GIVEN}"
        )
        connection.unregister(_GIVEN)
        source: Source | None = columns_source(connection, "kept", program.records[record], id_name)
        return None if source is None else load(connection, program, record, source, prefix)

    def pick(self, wanted: Sequence[int], count: int) -> Iterator[tuple[int, Item]]:
        assert self._db is not None
        found = self._db.cursor().execute(
            "SELECT * FROM kept WHERE file_row_number IN (SELECT unnest(CAST(? AS BIGINT[]))) ORDER BY 1",
            [list(wanted)],
        )
        names = [d[0] for d in found.description or ()][1:]
        while line := found.fetchone():
            at = DataPlace("table", f"[{line[0]}]", 0, line[0])
            yield line[0], RawRecord(dict(zip(names, line[1:], strict=True)), at)


def evaluate_table(
    engine: Engine,
    source: object,
    *,
    as_of: date,
    only: Sequence[str] = (),
    record_type: str | None = None,
    by: str = "auto",
    threads: int | None = None,
) -> DecidedTable:
    """Decide all records of a file or table at once; populations are the records themselves.

    ``source``: the path of a Parquet, CSV or NDJSON file, or what DuckDB sees as a table. ``by``: the engine.
    Raises ``UsageError`` where the question is wrong, or the source can't be read in columns.
    """
    question = Question(as_of, record_type, tuple(only))
    stretch = engine.stretch_on(as_of)
    assert stretch.lowered is not None
    slot = Slot(stretch, question, engine.full_plan(question), None, engine.overlay)
    ask = Ask(stretch.lowered, slot.plan, as_of.toordinal(), engine.overlay)
    terms = population_terms(stretch.lowered, slot.plan.order)
    chosen = _engine(ask, by, threads)
    given: Input = FileInput(str(source)) if isinstance(source, str | Path) else GivenColumns(source)
    stack = ExitStack()
    try:
        job = Job(ask, slot.id_name, slot.shape.loose, threads, (), bool(terms))
        found = decide(stack, job, chosen, given)
        if found is None:
            raise UsageError(
                errors.child_unreadable(str(source) if isinstance(source, str | Path) else "table", "")
            )
        columns = [
            column_of("id", None),
            *(column_of(k.name, ask.program.defs[k].ty) for k in slot.plan.outputs),
        ]
        rejections = list(_settle(engine, slot, ask, found, given, columns))
        relation = found.relation([c.name for c in columns])
    except BaseException:
        stack.close()
        raise
    return DecidedTable(stack, relation, rejections)


def _engine(ask: Ask, by: str, threads: int | None) -> ColumnEngine:
    """Return the first engine over columns that takes the plan."""
    first: Diagnostic | None = None
    for name in order_of(EngineName(by)):
        made = prepare(name, ask, threads)
        if not isinstance(made, Diagnostic):
            return made
        first = first or made
    raise UsageError(first or errors.engine_missing("duckdb", "sql"))


def _settle(
    engine: Engine, slot: Slot, ask: Ask, found: DecidedColumns, given: Input, columns: Sequence[Column]
) -> Iterator[tuple[int, Rejection]]:
    """Decide what the columns left over: answers are kept beside the others, rejections are yielded."""
    kept: list[tuple[int, dict[str, object]]] = []
    full: Slot | None = None
    for row, item in found.slow_items():
        answer: Decision | Rejection
        done = found.decided_of(row)
        if isinstance(item, BadRecord):
            answer = Rejection(None, slot.question.as_of, (item.finding,))
        elif done is not None:
            values, read = done
            flat = (*values, Absent(read.assumed, read.missing))
            answer = Decision(slot.shape, flat, id_of(item.raw, slot.id_name))
        else:
            if found.lost is not None and found.needs_everybody(row) and full is None:
                full = _among_all(engine, slot, ask, given, found.count)
            answer = (full or slot).answer(
                item.raw, item.place, blank_is_missing=item.blank_is_missing, locate=item.locate
            )
        if isinstance(answer, Rejection):
            yield row, answer
        else:
            types = [ask.program.defs[k].ty for k in ask.plan.outputs]
            cells = [cell_value(v, ty) for v, ty in zip(answer.raw(), types, strict=True)]
            kept.append((row, dict(zip([c.name for c in columns], [answer.id, *cells], strict=True))))
    if kept:
        found.patch(columns, kept)


def _among_all(engine: Engine, slot: Slot, ask: Ask, given: Input, count: int) -> Slot:
    terms = population_terms(ask.program, ask.plan.order)
    survey = Survey(ask.program, terms, ask.plan.record, ask.as_of, ask.overlay)
    for _, item in given.pick(range(count), count):
        if isinstance(item, RawRecord):
            survey.add(item.raw, item.place, blank_is_missing=item.blank_is_missing, locate=item.locate)
    placed = survey.placed(slot.question.as_of, engine.digest)
    return Engine(engine.project, ask.overlay, placed=placed).slot(slot.question)
