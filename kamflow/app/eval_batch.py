"""Decide files in columns: most records at once, the rest by the single path, in the order of the file.

Assumes: a request that asks for no reasons. Leaves: what ``EvalRun`` leaves, and for those who write
NDJSON or Parquet the decided records as finished lines, or as one statement.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from kamflow.app.eval import Answer, EvalRun, Refusal
from kamflow.app.eval_columns import Columns
from kamflow.base.diagnostic import Diagnostic
from kamflow.batch.decided import Block, DecidedColumns
from kamflow.batch.engines import COLUMNS_FROM, Ask, ColumnEngine, EngineName, order_of, prepare
from kamflow.batch.run import Job, decide_file
from kamflow.core.program import uses_population
from kamflow.portfolio import format_of, open_records, pick_records
from kamflow.values.decision import Decision


_PATCHES = 5_000


class BatchRun(EvalRun):
    """A run of which each file is decided in columns where it can be; iterate it once, in one of three ways."""

    engine: ColumnEngine
    writes: tuple[Path, ...] = ()

    def __iter__(self) -> Iterator[Answer | Refusal]:
        for path in self.request.inputs:
            with ExitStack() as stack:
                columns = self._columns(stack, path)
                yield from self._one_by_one(path) if columns is None else self._merged(path, columns)
        self.tally.check()

    def blocks(self) -> Iterator[Answer | Refusal | Block]:
        """Yield decided records as lines of NDJSON, as many at once as follow each other."""
        shape = self.slot.shape
        policies = json.dumps(dict(shape.policies), ensure_ascii=False)
        for path in self.request.inputs:
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
        (path,) = self.request.inputs
        self.writes = (part,)
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

    def _counted(self, block: Block) -> Block:
        self.tally.read += len(block.rows)
        self.tally.decided += len(block.rows)
        return block

    def _columns(self, stack: ExitStack, path: str) -> DecidedColumns | None:
        if self.request.ignore_unknown:
            return None
        if self.request.engine is EngineName.AUTO and not _is_large(path):
            return None
        lowered = self.grounds.stretch.lowered
        assert lowered is not None
        ask = Ask(lowered, self.slot.plan, self.request.as_of.toordinal(), self.grounds.overlay)
        job = Job(ask, self.slot.id_name, self.slot.shape.loose, self.request.workers, self.writes)
        return decide_file(stack, job, self.engine, Path(path))

    def _one_by_one(self, path: str) -> Iterator[Answer | Refusal]:
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
        for row, item in pick_records(path, columns.slow, columns.count):
            self.tally.read += 1
            yield row, self.slowly(item)

    def _at_end(self, path: str) -> None:
        """Take over what is to be said of the file itself: its separator, its encoding."""
        source = open_records(path, sheet=self.request.sheet)
        next(iter(source.items), None)
        self.end(source)


def in_columns(run: EvalRun) -> EvalRun | Diagnostic:
    """Return a run over columns where one is asked for or pays, and can be had; else ``run`` itself."""
    request, asked = run.request, run.request.engine
    if run.explainer is not None or request.reasons or asked is EngineName.PYTHON or "-" in request.inputs:
        return run
    if asked is EngineName.AUTO and not any(_is_large(p) for p in request.inputs):
        return run
    lowered = run.grounds.stretch.lowered
    assert lowered is not None
    if uses_population(lowered, run.slot.plan):
        return run
    ask = Ask(lowered, run.slot.plan, request.as_of.toordinal(), run.grounds.overlay)
    for name in order_of(asked):
        engine = prepare(name, ask, request.workers)
        if not isinstance(engine, Diagnostic):
            made = BatchRun(
                request, run.project, run.slot, iter(()), None, run.tally, run.grounds, guessed=run.guessed
            )
            made.engine = engine
            return made
        if asked is not EngineName.AUTO:
            return engine
    return run


def _is_large(path: str) -> bool:
    least = COLUMNS_FROM.get(format_of(path) or "")
    return least is not None and Path(path).stat().st_size >= least

