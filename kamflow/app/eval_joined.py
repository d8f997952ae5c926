"""Decide records whose child lists stand in files of their own: `--child lines=transactions.parquet`.

The lines that belong to no record are counted and rejected one by one; everything else goes as in
``BatchRun``. Populations are the records themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.app.eval_batch import BatchRun
from kamflow.app.eval_portfolio import placed_of, survey_of
from kamflow.app.eval_tally import EXAMPLES, Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.batch import errors
from kamflow.batch.children import CannotJoinError, ChildFile, JoinedInput
from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.engines import Ask, ColumnEngine, EngineName, order_of, prepare
from kamflow.batch.run import decide
from kamflow.core.program import population_terms, uses_population
from kamflow.portfolio import RecordSource
from kamflow.values.decision import Rejection


class JoinedRun(BatchRun):
    """A run over records with child files; ``engine`` is None where the single path decides all."""

    source: JoinedInput
    engine: ColumnEngine | None  # type: ignore[assignment]
    is_compared = False
    streams = False

    @property
    def compares(self) -> bool:
        return self.is_compared

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.source.name,)

    def _parts(self, path: str) -> Iterator[DecidedColumns | RecordSource | None]:
        with ExitStack() as stack:
            yield (found := self._columns(stack, path))
            if found is not None:
                self._at_end(path)

    def _columns(self, stack: ExitStack, path: str) -> DecidedColumns | None:
        if self.engine is None:
            return None
        try:
            found = decide(stack, self.job(), self.engine, self.source)
        except CannotJoinError:
            return None  # said where records are read one by one
        self.count_members(found)
        return found

    def _slow(self, path: str, columns: DecidedColumns) -> Iterator[tuple[int, Answer | Refusal]]:
        yield from super()._slow(path, columns)
        last = columns.count
        for refusal in self._strays():
            yield last, refusal

    def _one_by_one(self, path: str) -> Iterator[Answer | Refusal]:
        slot = self.slot
        with connect(self.source.paths, threads=self.request.workers) as connection:
            try:
                self.source.join(connection, self.ask.program, slot.plan.record, slot.id_name)
            except CannotJoinError as fault:
                self.tally.problems.append(fault.finding)
                return
            if self.compares:
                self._everybody_of(self.source, self.tally)
            made = RecordSource(self.source.name, "")
            made.items = self.source.items()
            yield from self.of_source(made)
            yield from self._strays()

    def _everybody_of(self, source: JoinedInput, tally: Tally) -> None:
        program, plan, engine = self.ask.program, self.slot.plan, self.grounds.engine
        terms = population_terms(program, plan.order)
        survey = survey_of(source.items(), self.request, program, plan, terms, self.grounds.overlay, tally)
        self.place(placed_of(survey, source.name, self.request, engine.digest, tally), tally)

    def _strays(self) -> Iterator[Refusal]:
        """Reject the lines that belong to no record; they count apart from the records."""
        for one in self.source.strays:
            self.tally.lines += one.lines
            self.tally.stray_lines += one.count
        shown = None if self.request.keeps_rejects else EXAMPLES
        for child, number, key, line in self.source.stray_lines(shown):
            finding = errors.stray_line(child.path, number, child.key or self.slot.id_name, key)
            self.tally.add((finding,))
            rejection = Rejection(None, self.request.as_of, (finding,), frozenset())
            yield Refusal(rejection, {**line})
        if shown is not None:
            self.tally.count_more(errors.STRAY_LINE.code, self.tally.stray_lines)

    def _at_end(self, path: str) -> None:
        if self.source.records is not None:
            super()._at_end(path)

    def _read_everybody(self, tally: Tally) -> bool:
        self._everybody_of(self.source, tally)
        return True


def start_joined(request: EvalRequest, children: Sequence[ChildFile]) -> EvalRun | CannotEval:
    """Start a run of records with child files; ``request.inputs`` is a file of records, or empty."""
    if request.portfolio is not None:
        return CannotEval((errors.child_portfolio(request.portfolio),))
    if len(request.inputs) > 1 or "-" in request.inputs:
        return CannotEval((errors.bad_map("--child", Text("one file of records", "只能有一个记录文件")),))
    records = request.inputs[0] if request.inputs else None
    source = JoinedInput(records, tuple(children))
    missing = [p for p in source.paths if not p.is_file()]
    if missing:
        return start_eval(replace(request, inputs=tuple(str(p) for p in missing)))
    plain = replace(
        request, inputs=request.inputs or (children[0].path,), portfolio_later=True, portfolio="-"
    )
    if request.record is None and records is None:
        plain = replace(plain, only_root=True)
    run = start_eval(plain)
    if isinstance(run, CannotEval):
        return run
    lowered = run.grounds.stretch.lowered
    assert lowered is not None
    ask = Ask(lowered, run.slot.plan, request.as_of.toordinal(), run.grounds.overlay)
    made = JoinedRun(
        request, run.project, run.slot, iter(()), None, run.tally, run.grounds, guessed=run.guessed
    )
    made.ask, made.source, made.engine = ask, source, None
    made.is_compared = uses_population(lowered, run.slot.plan)
    if not (request.explain or request.reasons or request.ignore_unknown):
        for name in order_of(request.engine):
            engine = prepare(name, ask, request.workers)
            if not isinstance(engine, Diagnostic):
                made.engine = engine
                break
            if request.engine is not EngineName.AUTO:
                return CannotEval((engine,), run.project.sources)
    return made


def children_of(asked: Sequence[str], map_file: str | None) -> tuple[ChildFile, ...] | Diagnostic:
    """Read ``FIELD=FILE[:KEY]`` and the map of columns beside it."""
    table: Mapping[str, object] = {}
    if map_file is not None:
        try:
            table = tomllib.loads(Path(map_file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            return errors.bad_map(map_file, Text(str(fault), str(fault)))
    out: list[ChildFile] = []
    for one in asked:
        field, _, rest = one.partition("=")
        path, _, key = rest.partition(":")
        if not field or not path:
            return errors.bad_map("--child", Text(f"`{one}` is not FIELD=FILE", f"`{one}` 不是 字段=文件"))
        part = table.get(field, {})
        columns = part.get("columns", {}) if isinstance(part, dict) else None
        texts = isinstance(columns, dict) and all(isinstance(v, str) for v in columns.values())
        if (
            not texts
            or not isinstance(part, dict)
            or not isinstance(columns, dict)
            or not isinstance(part.get("key", ""), str)
        ):
            assert map_file is not None
            wrong = Text(
                f"[{field}] has a key and columns, which are texts", f"[{field}] 应有文本 key 和 columns"
            )
            return errors.bad_map(map_file, wrong)
        out.append(ChildFile(field, path, key or part.get("key") or None, tuple(columns.items())))
    others = set(table) - {c.field for c in out}
    if others and map_file is not None:
        one = min(others)
        return errors.bad_map(map_file, Text(f"[{one}] is no --child", f"[{one}] 没有对应的 --child"))
    return tuple(out)
