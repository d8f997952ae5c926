"""Decide files in columns: most records at once, the rest by the single path, in the order of the file.

Assumes: a request that asks for no reasons. Leaves: what ``EvalRun`` leaves, and for those who write
NDJSON or Parquet the decided records as finished lines, or as one statement.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from kamflow.app import eval_errors
from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.app.eval_columns import Columns
from kamflow.app.eval_portfolio import place_everybody
from kamflow.app.eval_tally import Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.batch import errors
from kamflow.batch.decided import Block, DecidedColumns
from kamflow.batch.engines import COLUMNS_FROM, Ask, ColumnEngine, EngineName, order_of, prepare
from kamflow.batch.open_file import FileInput
from kamflow.batch.run import Job, decide
from kamflow.batch.stream import stream_parquet
from kamflow.core.program import uses_population
from kamflow.portfolio import RawRecord, format_of, open_records
from kamflow.portfolio.encodings import UTF8
from kamflow.project.cutoffs import Placed
from kamflow.project.engine import Engine
from kamflow.project.slot import id_of
from kamflow.values.decision import Absent, Decision

_PATCHES = 5_000


class BatchRun(EvalRun):
    """A run of which each file is decided in columns where it can be. Iterate it once, in one way."""

    engine: ColumnEngine
    ask: Ask
    everybody: Path | None = None
    writes: tuple[Path, ...] = ()
    streams = True
    """Whether the records are a file as it is, so that it may be decided while it is read."""

    @property
    def paths(self) -> tuple[str, ...]:
        return self.request.inputs

    @property
    def compares(self) -> bool:
        """Say whether decisions need a population."""
        return self.everybody is not None

    def __iter__(self) -> Iterator[Answer | Refusal]:
        for path in self.paths:
            with ExitStack() as stack:
                columns = self._columns(stack, path)
                yield from self._one_by_one(path) if columns is None else self._merged(path, columns)
        self.tally.check()

    def blocks(self) -> Iterator[Answer | Refusal | Block]:
        """Yield decided records as lines of NDJSON, as many at once as follow each other."""
        shape = self.slot.shape
        policies = json.dumps(dict(shape.policies), ensure_ascii=False)
        for path in self.paths:
            with ExitStack() as stack:
                columns = self._columns(stack, path)
                if columns is None:
                    yield from self._one_by_one(path)
                    continue
                slow = self._slow(path, columns)
                after = next(slow, None)
                for block in columns.lines(shape.as_of.isoformat(), policies):
                    start = 0
                    while after is not None and after[0] < block.rows[-1]:
                        end = bisect_left(block.rows, after[0], start)
                        if end > start:
                            yield self._counted(Block(block.rows[start:end], block.lines[start:end]))
                        yield after[1]
                        start, after = end, next(slow, None)
                    yield self._counted(Block(block.rows[start:], block.lines[start:]))
                while after is not None:
                    yield after[1]
                    after = next(slow, None)
                self._at_end(path)
        self.tally.check()

    def into_parquet(self, part: Path, columns: Columns) -> Iterator[Answer | Refusal]:
        """Write the decided records to ``part`` and yield the others; ``OSError`` where that fails.

        Yields everything and writes nothing where the file is not one for columns.
        """
        (path,) = self.paths
        self.writes = (part,)
        if self.streams:
            count = stream_parquet(self.job(), self.engine, path, part, [c.name for c in columns.columns])
            if count is not None:
                self.tally.read += count
                self.tally.decided += count
                self._at_end(path)
                self.tally.check()
                return
        with ExitStack() as stack:
            found = self._columns(stack, path)
            if found is None:
                yield from self._one_by_one(path)
                self.tally.check()
                return
            decided = found.count - len(found.slow)
            self.tally.read += decided
            self.tally.decided += decided
            kept: list[tuple[int, Mapping[str, object]]] = []
            for row, answer in self._slow(path, found):
                if isinstance(answer, Refusal):
                    yield answer
                    continue
                kept.append((row, columns.row(answer.decision)))
                if len(kept) >= _PATCHES:
                    found.patch(columns.columns, kept)
                    kept.clear()
            if kept:
                found.patch(columns.columns, kept)
            found.copy_parquet(part, [c.name for c in columns.columns])
            self._at_end(path)
        self.tally.check()

    def into_lines(self, part: Path, line: Callable[[Answer], str]) -> Iterator[Answer | Refusal]:
        """Write the decided records to ``part`` as ``into_parquet`` does, in lines of NDJSON."""
        (path,) = self.paths
        self.writes = (part,)
        shape = self.slot.shape
        with ExitStack() as stack:
            found = self._columns(stack, path)
            if found is None:
                yield from self._one_by_one(path)
                self.tally.check()
                return
            decided = found.count - len(found.slow)
            self.tally.read += decided
            self.tally.decided += decided
            more: list[tuple[int, str]] = []
            for row, answer in self._slow(path, found):
                if isinstance(answer, Refusal):
                    yield answer
                else:
                    more.append((row, line(answer)))
            policies = json.dumps(dict(shape.policies), ensure_ascii=False)
            found.copy_lines(part, shape.as_of.isoformat(), policies, more)
            self._at_end(path)
        self.tally.check()

    def _counted(self, block: Block) -> Block:
        self.tally.read += len(block.rows)
        self.tally.decided += len(block.rows)
        return block

    def _columns(self, stack: ExitStack, path: str) -> DecidedColumns | None:
        request = self.request
        if request.engine is EngineName.AUTO and not _is_large(path):
            return None
        job = self.job()
        found = decide(stack, job, self.engine, FileInput(path))
        self.count_members(found)
        if found is None and request.engine is not EngineName.AUTO:
            self.tally.add((errors.one_by_one(request.engine, path),))
        return found

    def job(self) -> Job:
        request, slot = self.request, self.slot
        everybody = self.everybody if self.ask.members else None
        return Job(
            self.ask, slot.id_name, slot.shape.loose, request.workers, self.writes, self.compares, everybody
        )

    def count_members(self, found: DecidedColumns | None) -> None:
        if found is not None and found.lost is not None:
            self.tally.members += found.lost.members
            self.tally.members_lost += found.lost.lost
            self.tally.add(found.lost.findings)
            file = str(self.everybody or self.paths[0])
            for term in found.lost.outside:
                none = eval_errors.no_members(file, term.name)
                some = eval_errors.no_total(file, term.name, term.without, term.groups)
                self.tally.add((some if term.groups else none,))

    def _one_by_one(self, path: str) -> Iterator[Answer | Refusal]:
        if self.everybody is not None and not self._read_everybody(self.tally):
            return
        yield from self.of_source(open_records(path, sheet=self.request.sheet))

    def _merged(self, path: str, columns: DecidedColumns) -> Iterator[Answer | Refusal]:
        shape, tally = self.slot.shape, self.tally
        slow = self._slow(path, columns)
        after = next(slow, None)
        for row, record_id, values, absent in columns.rows():
            while after is not None and after[0] < row:
                yield after[1]
                after = next(slow, None)
            tally.read += 1
            tally.decided += 1
            yield Answer(Decision(shape, (*values, absent), record_id), {})
        while after is not None:
            yield after[1]
            after = next(slow, None)
        self._at_end(path)

    def _slow(self, path: str, columns: DecidedColumns) -> Iterator[tuple[int, Answer | Refusal]]:
        """Decide what the columns left over, one record after the other."""
        shape, alone = self.slot.shape, self.slot
        for row, item in columns.slow_items():
            self.tally.read += 1
            done = columns.decided_of(row)
            if done is not None and isinstance(item, RawRecord):
                values, read = done
                flat = (*values, Absent(read.assumed, read.missing))
                self.tally.decided += 1
                yield row, Answer(Decision(shape, flat, id_of(item.raw, alone.id_name)), item.raw)
                continue
            if self.compares and columns.needs_everybody(row) and self.slot is alone:
                self._read_everybody(Tally())  # counted already
            yield row, self.slowly(item)

    def _read_everybody(self, tally: Tally) -> bool:
        """Make a slot that can decide a single record among all, in memory; say whether there is anybody."""
        stretch, engine = self.grounds.stretch, self.grounds.engine
        assert stretch.lowered is not None
        overlay, plan = self.grounds.overlay, self.slot.plan
        placed = place_everybody(self.request, stretch.lowered, plan, engine, overlay, tally)
        return self.place(placed, tally)

    def place(self, placed: Placed | tuple[Diagnostic, ...] | None, tally: Tally) -> bool:
        """Decide single records among those who were measured; say whether there are any."""
        if isinstance(placed, tuple):
            tally.problems += [p for p in placed if p not in tally.problems]
            return False
        self.slot = Engine(self.project, self.grounds.overlay, placed=placed).slot(self.slot.question)
        return True

    def _at_end(self, path: str) -> None:
        """Take over what is to be said of the file itself: its separator, its encoding."""
        # what DuckDB read is UTF-8: looking for the encoding would read the whole text once more
        source = open_records(path, sheet=self.request.sheet, encoding=UTF8)
        next(iter(source.items), None)
        self.end(source)


def start_run(request: EvalRequest) -> EvalRun | CannotEval:
    """Start a run: over columns where that is asked for or pays and can be had, else one by one."""
    if not _may_use_columns(request):
        return _one_by_one(request)
    run = start_eval(replace(request, portfolio_later=request.portfolio is not None))
    if isinstance(run, CannotEval):
        return run
    settled = _in_columns(run)
    return _one_by_one(request) if settled is None else settled


def _one_by_one(request: EvalRequest) -> EvalRun | CannotEval:
    run = start_eval(request)
    if isinstance(run, EvalRun) and request.engine not in (EngineName.AUTO, EngineName.PYTHON):
        run.tally.add((errors.one_by_one(request.engine, request.inputs[0]),))
    return run


def _may_use_columns(request: EvalRequest) -> bool:
    one_by_one = request.explain or request.reasons or request.ignore_unknown or "-" in request.inputs
    one_by_one = one_by_one or request.cutoffs is not None or request.write_cutoffs is not None
    if one_by_one or request.engine is EngineName.PYTHON:
        return False
    return request.engine is not EngineName.AUTO or any(_is_large(p) for p in request.inputs)


def _in_columns(run: EvalRun) -> EvalRun | CannotEval | None:
    """Return the run over columns; None: no engine takes it, and none was asked for by name."""
    request, lowered = run.request, run.grounds.stretch.lowered
    assert lowered is not None
    everybody: Path | None = None
    if uses_population(lowered, run.slot.plan):
        if len(request.inputs) != 1 or request.portfolio is None or request.portfolio == "-":
            return None
        everybody = Path(request.portfolio)
    own = everybody is not None and not everybody.samefile(request.inputs[0])
    ask = Ask(lowered, run.slot.plan, request.as_of.toordinal(), run.grounds.overlay, members=own)
    for name in order_of(request.engine):
        engine = prepare(name, ask, request.workers)
        if not isinstance(engine, Diagnostic):
            made = BatchRun(
                request, run.project, run.slot, iter(()), None, run.tally, run.grounds, guessed=run.guessed
            )
            made.engine, made.ask, made.everybody = engine, ask, everybody
            return made
        if request.engine is not EngineName.AUTO:
            return CannotEval((engine,), run.project.sources)
    return None


def _is_large(path: str) -> bool:
    least = COLUMNS_FROM.get(format_of(path) or "")
    return least is not None and Path(path).stat().st_size >= least
