"""A file of records, read once and decided by two versions: columns of answers.

Assumes: versions that compile and a file that is there. Leaves: ``Answers``, or findings. A large file is
decided in columns where that can be had; what these leave over, and small files, one record after the
other. Both ways end in the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.eval import EvalRequest, best_record
from kamflow.app.eval_portfolio import place_everybody
from kamflow.app.eval_tally import Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.batch.engines import COLUMNS_FROM
from kamflow.core.program import EvalPlan, Program, RecordDecl, make_plan, uses_population
from kamflow.core.wording import id_field
from kamflow.impact.answers import Answers, Steps, names_to_decide
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import BadRecord, Item, RawRecord, format_of, open_records, pick_records
from kamflow.project.engine import Engine, Question, Slot, UsageError, root_records
from kamflow.project.load import Project
from kamflow.values.data import Value
from kamflow.values.decision import Decision, Rejection
from kamflow.values.trace import Step

if TYPE_CHECKING:
    from kamflow.impact.in_columns import InColumns
    from kamflow.impact.opened import Opened


@dataclass(frozen=True, slots=True)
class PortfolioRequest:
    """``portfolio``: everybody to compare with; None: the records of ``data`` are all there are."""

    data: str
    as_of: date
    portfolio: str | None = None
    record: str | None = None
    only: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    ignore_unknown: bool = False
    sheet: str | None = None


@dataclass(slots=True)
class PortfolioFile:
    """The records of a file: whole in memory, or in columns until ``stack`` is closed.

    ``columns_from``: bytes from which columns are tried, by format.
    """

    request: PortfolioRequest
    stack: ExitStack
    columns_from: Mapping[str, int] = field(default_factory=lambda: COLUMNS_FROM)
    problems: list[Diagnostic] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    _items: list[Item] | None = None
    _first: Item | None = None
    kept: dict[int, Item] = field(default_factory=dict)
    _opened: list[Opened] = field(default_factory=list)
    _answers: int = 0

    def look(self) -> bool:
        """Look at the first record; say whether the file can be read at all."""
        source = open_records(self.request.data, sheet=self.request.sheet)
        for item in source.items:
            self._first = item
            if isinstance(item, RawRecord):
                break
        source.close()
        self.problems = list(source.problems)
        return not any(p.is_error for p in self.problems)

    @property
    def first(self) -> Item | None:
        return self._first

    def items(self) -> list[Item]:
        """Return all records; ``problems`` says where the file can't be read to its end."""
        if self._items is None:
            source = open_records(self.request.data, sheet=self.request.sheet)
            self._items = list(source.items)
            self.problems, self.notes = list(source.problems), list(source.notes)
        return self._items

    def for_columns(self) -> bool:
        """Say whether the file is large enough for columns, and there is what reads it so."""
        request = self.request
        least = self.columns_from.get(format_of(request.data) or "")
        if least is None or request.ignore_unknown or find_spec("duckdb") is None or not find_spec("sqlglot"):
            return False
        return Path(request.data).stat().st_size >= least

    def in_columns(self, program: Program, record: str, id_name: str, *, everybody: bool) -> Opened | None:
        """Return the file in columns; None where it is not one for them.

        ``everybody``: who can be read in any way must be in the columns, since others compare with them.
        """
        for known in self._opened:
            if known.fits(program, record) and (known.everybody or not (everybody and known.lost)):
                return known
        from kamflow.impact.opened import open_columns  # DuckDB, where it is used

        pick = self.pick if everybody else None
        opened = open_columns(self.stack, Path(self.request.data), program, record, id_name, pick)
        if opened is not None:
            self._opened.append(opened)
        return opened

    def pick(self, rows: Sequence[int], count: int) -> Iterator[tuple[int, Item]]:
        """Yield some records of a large file; they are kept: both versions ask for much the same."""
        kept = self.kept
        if not kept.keys() >= set(rows):
            kept |= dict(pick_records(self.request.data, sorted({*rows, *kept}), count))
        yield from ((row, kept[row]) for row in sorted(rows))

    def next_answers(self) -> int:
        self._answers += 1
        return self._answers


def record_in(file: PortfolioFile, program: Program) -> str | None:
    """Return the kind of record that a file holds, by its first record; None where it can't be told."""
    roots = root_records(program)
    if len(roots) == 1:
        return roots[0]
    return best_record(program, roots, file.first.raw) if isinstance(file.first, RawRecord) else None


def decide_versions(
    projects: tuple[Project, Project], file: PortfolioFile, request: PortfolioRequest
) -> tuple[Answers, Answers] | tuple[Diagnostic, ...]:
    """Decide every record of a file by two versions."""
    sides: list[_OneByOne] = []
    try:
        for project in projects:
            engine = Engine(project)
            stretch = engine.stretch_on(request.as_of)
            assert stretch.program is not None
            assert stretch.lowered is not None
            assert request.record is not None, "the kind of record is settled for both versions"
            names = names_to_decide(stretch.program, request.record, request.only)
            question = Question(request.as_of, request.record, names)
            sides.append(
                _OneByOne(project, engine, question, stretch.program, stretch.lowered, file, request)
            )
        old, new = sides
        both = _both_in_columns(old, new)
        if both is not None:
            return both
        answers: list[Answers] = []
        for side in sides:
            found = _in_columns(side)
            if found is None:
                wrong = side.place()
                if wrong:
                    return wrong
                found = side.answers()
            answers.append(found)
    except UsageError as wrong:
        return (wrong.finding,)
    return answers[0], answers[1]


@dataclass(slots=True)
class _OneByOne:
    """Decides single records by a version: of a small file all, of a large one what columns leave over."""

    project: Project
    engine: Engine
    question: Question
    program: Program
    lowered: Program
    file: PortfolioFile
    request: PortfolioRequest
    is_placed: bool = False
    _plan: EvalPlan | None = None
    _compares: bool | None = None
    _traced: Slot | None = None

    def slot(self) -> Slot:
        return self.engine.slot(self.question)

    @property
    def schema(self) -> RecordDecl:
        return self.program.records[self.question.record_type or ""]

    @property
    def plan(self) -> EvalPlan:
        if self._plan is None:
            self._plan = make_plan(self.lowered, self.schema.name, self.question.only)
        return self._plan

    def compares(self) -> bool:
        if self._compares is None:
            self._compares = uses_population(self.lowered, self.plan)
        return self._compares

    def for_columns(self) -> bool:
        """Say whether columns can be tried: the file is large, and holds everybody to compare with."""
        return self.file.for_columns() and (self.request.portfolio is None or not self.compares())

    def opened(self) -> Opened | None:
        """Return the file in columns, where it is one for columns."""
        if not self.for_columns():
            return None
        schema, id_name = self.schema, id_field(self.schema)
        return self.file.in_columns(
            self.lowered, schema.name, id_name or schema.fields[0].name, everybody=self.compares()
        )

    def place(self) -> tuple[Diagnostic, ...]:
        """Measure everybody, where the outputs compare with them; findings where there is nobody."""
        if self.is_placed or not self.compares():
            return ()
        request = self.request
        asked = EvalRequest(
            (request.data,), (), request.as_of, portfolio=request.portfolio or request.data,
            ignore_unknown=request.ignore_unknown, sheet=request.sheet,
        )  # fmt: skip
        plan = self.engine.full_plan(self.question)
        placed = place_everybody(asked, self.lowered, plan, self.engine, {}, Tally())
        if isinstance(placed, tuple):
            return placed
        if placed is not None:
            self.engine = Engine(self.project, placed=placed)
        self.is_placed = True
        return ()

    def decide(self, item: Item, slot: Slot) -> Decision | Rejection:
        if isinstance(item, BadRecord):
            return Rejection(None, self.request.as_of, (item.finding,))
        return slot.answer(
            item.raw, item.place, ignore_unknown=self.request.ignore_unknown,
            blank_is_missing=item.blank_is_missing, locate=item.locate,
        )  # fmt: skip

    def unread(self, item: Item) -> Rejection:
        """Say why a record can't be read; nobody needs to know everybody for that."""
        if isinstance(item, BadRecord):
            return Rejection(None, self.request.as_of, (item.finding,))
        reader = RecordReader(self.lowered.records[self.schema.name], self.lowered)
        read = reader.read(item.raw, item.place, blank_is_missing=item.blank_is_missing, locate=item.locate)
        assert not isinstance(read, ReadRecord), "what can be read is in the columns"
        return Rejection(None, self.request.as_of, tuple(read.findings))

    def answers(self) -> Answers:
        """Decide all records."""
        program, names, schema = self.program, self.question.only, self.schema
        slot, items = self.slot(), self.file.items()
        rows: list[Sequence[Value]] = []
        rejected: dict[int, tuple[Diagnostic, ...]] = {}
        nothing: tuple[Value, ...] = (None,) * len(names)
        fast, width = slot.fast, len(names)
        for i, item in enumerate(items):
            if isinstance(item, RawRecord) and not item.blank_is_missing:
                flat = fast(item.raw)
                if flat is not None:
                    rows.append(flat[:width])  # type: ignore[arg-type]  # values come before what was absent
                    continue
            answer = self.decide(item, slot)
            if isinstance(answer, Decision):
                rows.append(answer.raw())
            else:
                rejected[i] = answer.findings
                rows.append(nothing)
        columns: dict[str, Sequence[Value]] = {n: [] for n in names}
        if rows and names:
            columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        by = [n for n in self.request.by if schema.field(n)]
        return Answers(
            program, schema.name, [_called(i, item, schema) for i, item in enumerate(items)], columns,
            rejected, self.steps, {n: _field(items, schema, n, program) for n in by},
        )  # fmt: skip

    def steps(self, rows: Sequence[int]) -> dict[int, Mapping[str, Step]]:
        """Decide some records again, with their traces."""
        if not rows:
            return {}  # nothing is compiled for nobody
        if self._traced is None:
            self._traced = self.engine.slot(replace(self.question, trace=True))
        out: dict[int, Mapping[str, Step]] = {}
        for row in rows:
            item = self.file.kept[row] if row in self.file.kept else self.file.items()[row]
            answer = self.decide(item, self._traced)
            trace = answer.trace if isinstance(answer, Decision) else None
            out[row] = {} if trace is None else trace.outputs
        return out


# ---- in columns


def _both_in_columns(old: _OneByOne, new: _OneByOne) -> tuple[Answers, Answers] | None:
    """Decide a large file by both versions at once; None where that can't be had."""
    if not (old.for_columns() and new.for_columns()):
        return None
    from kamflow.impact.together import put_together

    day = old.question.as_of.toordinal()
    joint = put_together(old.lowered, new.lowered, day)
    if joint is None:
        return None
    plans, by = (old.plan, new.plan), old.request.by
    with ThreadPoolExecutor(1) as beside:  # the database reads the file while the query is made
        reading = beside.submit(old.opened)
        from kamflow.impact.in_columns import BothQuery  # the SQL engine takes a while to load, too

        query = BothQuery.compile(joint, plans, day, by)
        opened = reading.result()
    if query is None or opened is None or opened.count == 0:
        return None
    table = f"answers{old.file.next_answers()}"
    made = query.decide(opened, table)
    if made is None:
        return None
    rest = _Rest.of(old, made.old), _Rest.of(new, made.new)
    if rest[0] is None or rest[1] is None:
        return None
    if rest[0].rejected.keys() != rest[1].rejected.keys():  # then everybody's outputs are told
        query = BothQuery.compile(joint, plans, day, by, everything=True)
        made = None if query is None else query.decide(opened, f"{table}_all")
        if made is None:
            return None
    known = _Known.of(new, opened, made.new.slow)
    if known is None:
        return None
    after = replace(_answers(new, made.new, rest[1], known), apart=made.apart)
    return _answers(old, made.old, rest[0], known), after


def _in_columns(one: _OneByOne) -> Answers | None:
    """Decide a large file in columns, and what they leave over by itself; None where that can't be had."""
    opened = one.opened()
    if opened is None or opened.count == 0:
        return None
    from kamflow.impact.in_columns import decide_in_columns

    table = f"answers{one.file.next_answers()}"
    made = decide_in_columns(opened, one.lowered, one.plan, one.question.as_of.toordinal(), table)
    rest = None if made is None else _Rest.of(one, made)
    if made is None or rest is None:
        return None
    known = _Known.of(one, opened, made.slow)
    return None if known is None else _answers(one, made, rest, known)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What columns leave over, decided by itself: values of outputs, or findings, by row."""

    decided: Mapping[int, Sequence[Value]]
    rejected: Mapping[int, tuple[Diagnostic, ...]]

    @classmethod
    def of(cls, one: _OneByOne, made: InColumns) -> _Rest | None:
        """Decide the slow rows; None where there is nobody to compare with."""
        decided: dict[int, Sequence[Value]] = {}
        rejected: dict[int, tuple[Diagnostic, ...]] = {}
        opened = made.made.opened
        unread = set(opened.lost) if opened.everybody else set[int]()
        if made.slow:
            if not unread.issuperset(made.slow) and one.place():
                return None
            slot = None if unread.issuperset(made.slow) else one.slot()
            for row, item in one.file.pick(made.slow, opened.count):
                answer = one.unread(item) if slot is None else one.decide(item, slot)
                if isinstance(answer, Decision):
                    decided[row] = answer.raw()
                else:
                    rejected[row] = answer.findings
        return cls(decided, rejected)


@dataclass(frozen=True, slots=True)
class _Known:
    """What records are called, and what they have in the fields that are grouped by."""

    ids: Sequence[str]
    groups: Mapping[str, Sequence[Value]]

    @classmethod
    def of(cls, one: _OneByOne, opened: Opened, slow: Sequence[int]) -> _Known | None:
        """Return None where a field is not one column."""
        schema = one.schema
        ids = _ids_of(opened, schema)
        groups: dict[str, list[Value]] = {}
        for name in (n for n in one.request.by if schema.field(n)):
            found = opened.field(name)
            if found is None:
                return None
            groups[name] = found
        for row, item in one.file.pick(sorted({*slow, *opened.loaded.declined}), opened.count):
            ids[row] = _called(row, item, schema)
            for name, keys in groups.items():
                (keys[row],) = _field([item], schema, name, one.program)
        return cls(ids, groups)


def _answers(one: _OneByOne, made: InColumns, rest: _Rest, known: _Known) -> Answers:
    for row, values in rest.decided.items():
        for column, value in zip(made.columns, values, strict=True):
            column.patches[row] = value
    for row in rest.rejected:  # another version may share the column and decide the record
        for column in made.columns:
            column.patches.setdefault(row, None)
    columns = dict(zip(one.question.only, made.columns, strict=True))
    return Answers(
        one.program, one.schema.name, known.ids, columns, rest.rejected, _steps_of(one, made), known.groups
    )


def _steps_of(one: _OneByOne, made: InColumns) -> Steps:
    slow = set(made.slow)

    def steps(rows: Sequence[int]) -> Mapping[int, Mapping[str, Step]]:
        return made.steps([r for r in rows if r not in slow]) | one.steps([r for r in rows if r in slow])

    return steps


# ---- what records are called, and what they are grouped by


def _ids_of(opened: Opened, schema: RecordDecl) -> list[str]:
    name = id_field(schema)
    decl = schema.field(name) if name is not None else None
    if decl is None or decl.personal:
        return [f"#{i + 1}" for i in range(opened.count)]
    return [text or f"#{i + 1}" for i, text in enumerate(opened.ids())]


def _called(index: int, item: Item, schema: RecordDecl) -> str:
    """Return a record's id, or its place where it has none that may be shown."""
    name = id_field(schema)
    decl = schema.field(name) if name is not None else None
    if decl is not None and not decl.personal and isinstance(item, RawRecord):
        raw = item.raw.get(decl.name)
        if isinstance(raw, str | int) and not isinstance(raw, bool) and raw != "":
            return str(raw)
    return f"#{index + 1}"


def _field(items: Sequence[Item], schema: RecordDecl, name: str, program: Program) -> list[Value]:
    """Read one field of records; None where it is missing or no value of its type."""
    decl = schema.field(name)
    assert decl is not None
    reader = RecordReader(replace(schema, fields=(decl,)), program)
    known: dict[tuple[object, bool], Value] = {}
    out: list[Value] = []
    for item in items:
        raw = item.raw.get(name) if isinstance(item, RawRecord) else None
        cells = isinstance(item, RawRecord) and item.blank_is_missing
        key = (raw, cells) if isinstance(raw, str | int | bool | None) else None
        if key is None or key not in known:
            read = reader.read({name: raw}, DataPlace("data"), blank_is_missing=cells)
            value = read.record.fields.get(name) if isinstance(read, ReadRecord) else None
            if key is None:
                out.append(value)
                continue
            known[key] = value
        out.append(known[key])
    return out
