"""Decide files in columns: most records at once, the rest by the single path, in the order of the file.

Assumes: a request that asks for no reasons. Leaves: what ``EvalRun`` leaves, and for those who write
NDJSON or Parquet the decided records as finished lines, or as one statement.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kamflow.app import eval_errors
from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.app.eval_columns import Columns
from kamflow.app.eval_portfolio import place_everybody
from kamflow.app.eval_tally import Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.batch import errors
from kamflow.batch.decide_pieces import decide_pieces
from kamflow.batch.decided import Block, DecidedColumns, Written
from kamflow.batch.engines import COLUMNS_FROM, Ask, ColumnEngine, EngineName, order_of, prepare
from kamflow.batch.open_file import FileInput, fits_mask
from kamflow.batch.parts import LineParts, ParquetParts, Parts
from kamflow.batch.pieces import is_text, open_text
from kamflow.batch.run import Job, decide
from kamflow.batch.stream import stream_parquet
from kamflow.core.program import uses_population
from kamflow.portfolio import RawRecord, RecordSource, format_of, open_records
from kamflow.portfolio.encodings import UTF8
from kamflow.project.cutoffs import Placed
from kamflow.project.engine import Engine
from kamflow.project.slot import id_of
from kamflow.values.decision import Absent, Decision

_KEPT = 5_000
Written_ = TypeVar("Written_")


class BatchRun(EvalRun):
    """A run of which each file is decided in columns where it can be. Iterate it once, in one way."""

    engine: ColumnEngine
    ask: Ask
    everybody: Path | None = None
    writes: tuple[Path, ...] = ()
    noted = False
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
            for part in self._parts(path):
                if isinstance(part, DecidedColumns):
                    yield from self._merged(path, part)
                else:
                    yield from self._singly(path, part)
        self.tally.check()

    def blocks(self) -> Iterator[Answer | Refusal | Block]:
        """Yield decided records as lines of NDJSON, as many at once as follow each other."""
        for path in self.paths:
            for part in self._parts(path):
                if isinstance(part, DecidedColumns):
                    yield from self._in_blocks(path, part)
                else:
                    yield from self._singly(path, part)
        self.tally.check()

    def _in_blocks(self, path: str, columns: DecidedColumns) -> Iterator[Answer | Refusal | Block]:
        slow = self._slow(path, columns)
        after = next(slow, None)
        for block in columns.lines(self.slot.shape.as_of.isoformat(), self.policies):
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

    def into_parquet(self, part: Path, columns: Columns) -> Iterator[Answer | Refusal | Written]:
        """Write the decided records to ``part`` and yield the others; ``OSError`` where that fails.

        Yields everything and writes nothing where the file is not one for columns.
        """
        (path,) = self.paths
        self.writes = (part,)
        names = [c.name for c in columns.columns]
        if self.streams:
            count = stream_parquet(self.job(), self.engine, path, part, names)
            if count is not None:
                self.tally.read += count
                self.tally.decided += count
                self._at_end(path)
                self.tally.check()
                return
        with ParquetParts(part, columns.columns, pieces=self._cuts(path)) as out:
            yield from self._into(path, out, lambda answer: columns.row(answer.decision))
        self.tally.check()

    def into_lines(self, part: Path, line: Callable[[Answer], str]) -> Iterator[Answer | Refusal | Written]:
        """Write the decided records to ``part`` as ``into_parquet`` does, in lines of NDJSON."""
        (path,) = self.paths
        self.writes = (part,)
        day = self.slot.shape.as_of.isoformat()
        with LineParts(part, day, self.policies, self._cuts(path)) as out:
            yield from self._into(path, out, line)
        self.tally.check()

    def _into(
        self, path: str, out: Parts[Written_], written: Callable[[Answer], Written_]
    ) -> Iterator[Answer | Refusal | Written]:
        """Write what is decided of a file, part by part; ``written``: one answer in the form of ``out``."""
        for part in self._parts(path):
            if part is None:
                yield from self._one_by_one(path)
                return
            kept: list[tuple[int, Written_]] = []
            if isinstance(part, DecidedColumns):
                decided = part.count - len(part.slow)
                self.tally.read += decided
                self.tally.decided += decided
                answers = self._slow(path, part)
            else:
                answers = enumerate(self.of_source(part))
            for row, answer in answers:
                if isinstance(answer, Refusal):
                    yield answer
                    continue
                kept.append((row, written(answer)))
                if len(kept) >= _KEPT:
                    out.keep(part, kept)
                    kept.clear()
            out.keep(part, kept)
            out.add(part)
            yield Written()
        out.finish()

    def _counted(self, block: Block) -> Block:
        self.tally.read += len(block.rows)
        self.tally.decided += len(block.rows)
        return block

    def _parts(self, path: str) -> Iterator[DecidedColumns | RecordSource | None]:
        """Yield what was decided of a file, part by part; a source: records for the single path.

        None: all of the file is the single path's.
        """
        if self.request.engine is EngineName.AUTO and not _is_large(path):
            yield None
        elif self._cuts(path):
            yield from self._pieces(path)
        else:
            with ExitStack() as stack:
                found = self._columns(stack, path)
                if found is None:
                    self._note_one_by_one(path)
                yield found
                if found is not None:
                    self._at_end(path)

    def _cuts(self, path: str) -> bool:
        """Say whether a file is decided piece by piece."""
        return self.streams and is_text(path) and self.engine.by_piece and not self.compares

    def _pieces(self, path: str) -> Iterator[DecidedColumns | RecordSource | None]:
        decl = self.ask.program.records[self.ask.plan.record]
        text = open_text(path, decl) if fits_mask(decl) else None
        if text is None:
            self._note_one_by_one(path)
            yield None
            return
        before = self.tally.read
        for piece, found in decide_pieces(self.job(), self.engine, text):
            piece.records = self.tally.read - before
            if found is not None:
                yield found
                continue
            self._note_one_by_one(path)
            if text.header is None:
                yield piece.items()
            elif piece.piece.number == 0:
                yield None
                return
            else:  # a row may begin anywhere in what is left
                left = piece.items(on=True)
                left.notes += self._head(path).notes
                yield left
                return
        self._at_end(path)

    def _note_one_by_one(self, path: str) -> None:
        if self.request.engine is not EngineName.AUTO and not self.noted:
            self.noted = True
            self.tally.add((errors.one_by_one(self.request.engine, path),))

    def _columns(self, stack: ExitStack, path: str) -> DecidedColumns | None:
        found = decide(stack, self.job(), self.engine, FileInput(path))
        self.count_members(found)
        return found

    @property
    def policies(self) -> str:
        """The policies in force as JSON."""
        return json.dumps(dict(self.slot.shape.policies), ensure_ascii=False)

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

    def _singly(self, path: str, part: RecordSource | None) -> Iterator[Answer | Refusal]:
        yield from self._one_by_one(path) if part is None else self.of_source(part)

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
        self.end(self._head(path))

    def _head(self, path: str) -> RecordSource:
        # what DuckDB read is UTF-8: looking for the encoding would read the whole text once more
        source = open_records(path, sheet=self.request.sheet, encoding=UTF8)
        next(iter(source.items), None)
        source.close()
        return source


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
