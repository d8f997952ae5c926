"""A whole file of customers reviewed as of a day: for each what ``review_one`` does, most of it over columns.

A run is known by its workflow, version, day and file. It goes on where it was stopped, and one that is
finished does nothing more; a stretch that was cut off is done again, and events that were written are not
written twice. Steps that columns foresee are checked against ``advance``, all of them, and with them a share
of the customers for whom nothing changes; the first that differs ends the run.

Assumes: an open store with a published, state-driven workflow. Leaves: a ``FileReview``; iterate it once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.core.program import Program
from kamflow.flow import review_errors
from kamflow.flow.cases import Cases
from kamflow.flow.published import Published
from kamflow.flow.review_chunk import Begun, Moved, Reviewer, StoppedError, Told
from kamflow.flow.review_counts import Counts, counts_of
from kamflow.flow.review_input import InColumns, LeftOut, OneByOne, open_input
from kamflow.flow.review_one import Sitting, review_one
from kamflow.flow.review_worker import Worker
from kamflow.journal.rows import RunRow
from kamflow.journal.runs import Progress, record_progress
from kamflow.project.engine import UsageError
from kamflow.workflow.instants import instant_of
from kamflow.workflow.model import Mode

_LARGE = 2 * 2**20
"""Bytes of a file from which a second process is worth its second of making ready."""

__all__ = [
    "CannotReview",
    "Counts",
    "FileReview",
    "LeftOut",
    "Moved",
    "ReviewRequest",
    "review_file",
    "review_one",
]


@frozen
class ReviewRequest:
    """``chunk``: customers that are written together. ``audit``: share (0 to 1) of those for whom nothing
    changes that is done again singly. ``starts``: who has no case gets one. ``columns``: may be used.
    ``workers``: processes that work out the steps of a large file, this one included."""

    path: Path
    workflow: str
    as_of: date
    chunk: int = 40_000
    audit: float = 0.01
    starts: bool = False
    dry: bool = False
    columns: bool = True
    actor: str = ""
    workers: int = 2


@frozen
class CannotReview:
    findings: tuple[Diagnostic, ...]


class FileReview:
    """Iterate it once: a ``Moved`` or ``LeftOut`` for each customer of whom there is something to tell.

    ``counts`` grow meanwhile; ``failed``: why the run stopped, () where it came to its end.
    ``finished_before``: this very review was finished by an earlier run, whose counts these are.
    ``taken_up``: chunks that an earlier run had done.
    """

    def __init__(self, request: ReviewRequest, cases: Cases, published: Published, program: Program) -> None:
        self.request = request
        self.counts = Counts()
        self.failed: tuple[Diagnostic, ...] = ()
        self.finished_before = False
        self.taken_up = 0
        self.in_columns = False
        self._cases, self._published, self._program = cases, published, program

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the workflow, in the order of its file."""
        return tuple(self._published.ready.states)

    def __iter__(self) -> Iterator[Told]:
        try:
            yield from self._run()
        except StoppedError as stopped:
            self.failed = stopped.findings

    def _run(self) -> Iterator[Told]:
        request = self.request
        run = None if request.dry else self._start()
        said = {} if run is None else json.loads(run.detail)
        size = int(said.get("chunk", request.chunk))
        if run is not None:
            self.counts = counts_of(said)
            self.finished_before = run.finished_at is not None
            self.taken_up = run.chunks
        if self.finished_before:
            return
        with ExitStack() as stack:
            day = request.as_of
            at = self._published.ready.time.at_midnight(day.toordinal())
            sitting = Sitting(request.workflow, day.isoformat(), at, request.actor, request.starts)
            worker = self._worker(stack, sitting)  # it makes ready while the file is read
            source = open_input(
                stack, request.path, self._program, self._published.workflow, columns=request.columns
            )
            reviewer = self._reviewer(source, sitting)
            reviewer.worker = worker
            begun: Begun | None = None
            for stretch in source.stretches(size):
                if stretch.number < self.taken_up:
                    yield from stretch.left  # told again: they are in no store
                    continue
                last = begun
                try:
                    with collector_at_rest():  # what a stretch makes has no cycles, and there is much of it
                        begun = reviewer.begin(stretch)
                except StoppedError:
                    yield from self._finished(reviewer, last, run, size)
                    raise
                yield from self._finished(reviewer, last, run, size)
            yield from self._finished(reviewer, begun, run, size)
            problems = source.problems if isinstance(source, OneByOne) else ()
            if any(p.is_error for p in problems):  # not all of the file was read: the run is not at its end
                raise StoppedError(*problems)
        if run is not None:
            self._finish(run, size)

    def _finished(self, reviewer: Reviewer, begun: Begun | None, run: RunRow | None, size: int) -> list[Told]:
        """Finish a stretch, and note how far the run has come."""
        if begun is None:
            return []
        with collector_at_rest():
            told = reviewer.finish(begun)
        if run is not None:
            self._record(run, begun.stretch.number + 1, size)
        return told

    def _reviewer(self, source: InColumns | OneByOne, sitting: Sitting) -> Reviewer:
        request, published = self.request, self._published
        made = Reviewer(self._cases, published, sitting, self.counts, None, request.audit, request.dry)
        if isinstance(source, InColumns):
            from kamflow.flow.review_columns import column_judge

            number = request.as_of.toordinal()
            made.columns = column_judge(published.ready, self._program, source.subjects, number)
        self.in_columns = made.columns is not None
        return made

    def _worker(self, stack: ExitStack, sitting: Sitting) -> Worker | None:
        """Start the other process, where there is a core for it and the file is worth it."""
        request = self.request
        large = request.columns and request.path.stat().st_size >= _LARGE
        if not large or request.workers < 2 or (os.cpu_count() or 1) < 2:
            return None
        workflow = self._published.workflow
        row = self._cases.store.definition(workflow.id.text, workflow.version)
        if row is None or isinstance(row, Diagnostic):
            return None
        made = Worker(row, sitting)
        stack.callback(made.close)
        return made

    # ---- the run

    def _start(self) -> RunRow:
        request = self.request
        digest = _digest(request.path)
        day = request.as_of.isoformat()
        # another version or other leave to start cases is another review of the same file
        what = f"{request.workflow}@{self._published.workflow.version}{'+start' if request.starts else ''}"
        run = f"review:{what}:{day}:{digest[:16]}"
        detail = json.dumps({"chunk": request.chunk, **self.counts.to_json()})
        found = self._cases.store.start_run(RunRow(run, request.workflow, day, digest, _now(), detail=detail))
        if isinstance(found, Diagnostic):
            raise StoppedError(found)
        return found

    def _record(self, run: RunRow, chunks: int, size: int) -> None:
        progress = Progress(run.id, chunks, self._detail(size))
        found = self._cases.store.database.write(lambda c: record_progress(c, progress))
        if found is not None:
            raise StoppedError(found)

    def _finish(self, run: RunRow, size: int) -> None:
        found = self._cases.store.finish_run(run.id, self._detail(size), _now())
        if found is not None:
            raise StoppedError(found)

    def _detail(self, size: int) -> str:
        return json.dumps({"chunk": size, **self.counts.to_json()}, ensure_ascii=False)


def review_file(cases: Cases, request: ReviewRequest) -> FileReview | CannotReview:
    """Prepare the review of a file; nothing is read or written before it is iterated."""
    published = cases.library.get(request.workflow)
    if not isinstance(published, Published):
        return CannotReview(published)
    if published.workflow.mode is not Mode.STATE_DRIVEN:
        return CannotReview((review_errors.not_reviewed(request.workflow),))
    try:
        program = published.facts.program_on(request.as_of.toordinal())
    except UsageError as not_in_force:
        return CannotReview((not_in_force.finding,))
    return FileReview(request, cases, published, program)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> int:
    return instant_of(datetime.now(UTC))
