"""One stretch of a file reviewed: all its steps worked out, compared, then written.

Steps that the columns foresaw and the audit come first, and nothing is written unless every one of them
came out as foreseen. What was not foreseen (new cases, timers that are due, records that columns decline)
follows in small portions. Where somebody else wrote to a case meanwhile, that case is reviewed anew, alone.

A stretch is begun before the one before it is finished: the other process works out its steps while this one
writes. Nothing is written or counted of a stretch before it is finished.

Assumes: an open store. Leaves: counts, and what there is to tell of single customers. The progress of a run
is written last: a stretch that was cut off is done again, and what it had written is told from the inbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow import errors, review_errors
from kamflow.flow.cases import Cases
from kamflow.flow.commits import commit_of, digest_of
from kamflow.flow.published import Published
from kamflow.flow.review_counts import Counts, judged_of
from kamflow.flow.review_input import LeftOut, Stretch
from kamflow.flow.review_one import Sitting, judged_at, review_one
from kamflow.flow.review_step import Task, Worked, advanced, arrived_for, work
from kamflow.flow.review_worker import Worker
from kamflow.flow.standing_parts import touched_since
from kamflow.journal.database import Database
from kamflow.journal.errors import EVENT_CONFLICT, FIRED_TWICE
from kamflow.journal.rows import Commit, Committed, Failed, InstanceRow, Repeated, Stale
from kamflow.journal.standing import Known, known_events, rows_of, standings_of
from kamflow.workflow.instance import Entry, Happened, JsonMap, Refused

if TYPE_CHECKING:
    from kamflow.flow.review_columns import ColumnJudge, Seen  # need numpy

_PORTION = 2_000
_FEW = 200  # steps that are done sooner than handed over
_STEP = 0.05  # by which the share of the other process changes with each stretch
_FORESEEN, _UNFORESEEN, _AGAIN = range(3)
_T = TypeVar("_T")


@frozen
class Moved:
    """What a review did to the state of a case: it moved, or (``parked``) would, once somebody approves."""

    row: int
    case: str
    source: str
    target: str
    transition: str
    code: str
    reason: Text
    parked: bool


Told = Moved | LeftOut


class StoppedError(Exception):
    """The run can't go on: the two ways of reviewing disagree, or the store fails. For this room alone."""

    def __init__(self, *findings: Diagnostic) -> None:
        self.findings = findings
        super().__init__(findings[0].code)


@dataclass(slots=True)
class _Step:
    """One customer's step, not yet written."""

    task: Task
    done: Worked


@dataclass(slots=True)
class Begun:
    """A stretch that was looked at. ``before``: reviews of this day that were done before. ``todo``: steps
    that columns foresaw, and the audit; ``moved``: lines whose case has moved since; ``given``: what comes of
    the last tasks of ``todo``, of which ``own`` are done here."""

    stretch: Stretch
    before: Mapping[str, Known]
    seen: Seen | None = None
    todo: Sequence[tuple[int, Task]] = ()
    moved: Sequence[int] = ()
    own: int = 0
    given: Future[list[Worked | Refused] | None] | None = None


@dataclass(slots=True)
class Reviewer:
    """``columns``: None: everybody singly. ``dry``: nothing is written. ``audit``: share of those who stay
    that is done again singly. ``worker``: another process that takes a part of the steps: ``share``."""

    cases: Cases
    published: Published
    sitting: Sitting
    counts: Counts
    columns: ColumnJudge | None = None
    audit: float = 0.01
    dry: bool = False
    worker: Worker | None = None
    share: float = 0.85
    _told: list[Told] = field(default_factory=list)

    def begin(self, stretch: Stretch) -> Begun:
        """Look at a stretch, and hand over a part of its steps. Raises ``StoppedError``."""
        if self.columns is None:
            return Begun(stretch, self._known_before(stretch.names))
        workflow, at = self.sitting.workflow, self.sitting.at
        found = _fine(self._db.read(lambda c: standings_of(c, workflow, stretch.names)))
        # a review that wrote something moved the case's last instant to that of the review
        begun = Begun(stretch, self._known_before(touched_since(found, at)))
        known = frozenset(k.instance for k in begun.before.values())
        begun.seen = seen = self.columns.see(stretch, found, at, self.audit, self.sitting.day, known)
        begun.todo, begun.moved = self._tasks(stretch, seen)
        begun.own = len(begun.todo)
        if self.worker is not None and not self.worker.lost and begun.own > _FEW:
            begun.own -= round(begun.own * self.share)
            begun.given = self.worker.begin([task for _, task in begun.todo[begun.own :]])
        return begun

    def finish(self, begun: Begun) -> list[Told]:
        """Do the steps of a stretch and return what there is to tell. Raises ``StoppedError``."""
        stretch, seen = begun.stretch, begun.seen
        self._told = list(stretch.left)
        self.counts.read += stretch.read
        self.counts.rejected += len(stretch.left)
        for event, known in begun.before.items():
            self._count_before(event, known)
        if seen is None:
            done = {known.instance for known in begun.before.values()}
            lines = [i for i, name in enumerate(stretch.names) if name not in done]
            self.counts.singly += len(lines)
            self._unforeseen(stretch, lines)
        else:
            self._count_seen(seen)
            self._foreseen(begun, seen)
            self._unforeseen(stretch, sorted((*seen.singly, *seen.new)))
            self._again(stretch, begun.moved)
        return self._told

    # ---- who needs a step

    def _count_seen(self, seen: Seen) -> None:
        counts = self.counts
        counts.final += seen.final
        counts.hold += seen.hold
        counts.dwell += seen.dwell
        counts.unknown += seen.unknown
        counts.singly += len(seen.singly)
        counts.unchanged += seen.final + seen.rest - len(seen.audits)

    def _known_before(self, names: Sequence[str]) -> dict[str, Known]:
        """Return the events of customers for whom this day's review was done before."""
        ids = {i: name for name in names for i in self.sitting.ids(name)}
        found = _fine(self._db.read(lambda c: known_events(c, self.sitting.workflow, list(ids))))
        return {event: known for event, known in found.items() if known.instance == ids[event]}

    def _count_before(self, event: str, known: Known) -> None:
        self.counts.before += 1
        if event == self.sitting.ids(known.instance)[0]:
            self.counts.started += 1
        else:
            self.counts.changed += 1
        self.counts.add_entries(json.loads(known.result)["entries"])

    def _tasks(self, stretch: Stretch, seen: Seen) -> tuple[list[tuple[int, Task]], list[int]]:
        """Return the steps that columns foresaw and the audit, and lines whose case has moved since."""
        lines = sorted((*seen.steps, *seen.audits))
        rows = self._rows([stretch.names[i] for i in lines])
        moved: list[int] = []
        todo: list[tuple[int, Task]] = []
        for line, subject in self._with_facts(stretch, lines, _FORESEEN):
            name = stretch.names[line]
            row = rows.get(name)
            if row is None or row.rev != int(seen.rev[line]):
                moved.append(line)
            else:
                todo.append((line, Task(stretch.rows[line], name, row, subject)))
        return todo, moved

    # ---- steps

    def _foreseen(self, begun: Begun, seen: Seen) -> None:
        """Do what columns foresaw and the audit; all of it is compared before any of it is written."""
        steps: list[_Step] = []
        for (line, task), done in zip(begun.todo, self._worked(begun), strict=True):
            foreseen = seen.steps.get(line, "stays")
            if isinstance(done, Refused):
                raise StoppedError(*done.findings)
            if done.label != foreseen:
                raise StoppedError(
                    review_errors.differs(self.sitting.workflow, task.name, foreseen, done.label)
                )
            if foreseen == "stays":
                self.counts.audited += 1
                self.counts.unchanged += 1
            else:
                steps.append(_Step(task, done))
        self._write(steps)

    def _worked(self, begun: Begun) -> list[Worked | Refused]:
        """Work steps out, those here that were not handed over."""
        tasks = [task for _, task in begun.todo]
        done = [work(task, self.sitting, self.published) for task in tasks[: begun.own]]
        if begun.given is None:
            return done
        # who has to wait for the other gave too much, and the other way round
        self.share = min(max(self.share + (_STEP if begun.given.done() else -_STEP), 0.0), 1.0)
        told = begun.given.result()
        rest = tasks[begun.own :]
        return done + ([work(t, self.sitting, self.published) for t in rest] if told is None else told)

    def _unforeseen(self, stretch: Stretch, lines: Sequence[int]) -> None:
        todo = iter(lines)
        while some := list(islice(todo, _PORTION)):
            rows = self._rows([stretch.names[i] for i in some])
            steps: list[_Step] = []
            for line, subject in self._with_facts(stretch, some, _UNFORESEEN):
                name = stretch.names[line]
                row = rows.get(name)
                if row is not None and row.final:
                    self.counts.unchanged += 1
                    self.counts.final += 1
                    continue
                if row is None and not self.sitting.starts:
                    finding = errors.no_case(self.sitting.workflow, name)
                    self._refuse(LeftOut(stretch.rows[line], name, subject, (finding,), refused=True))
                    continue
                step = self._step(Task(stretch.rows[line], name, row, subject))
                if step is not None:
                    steps.append(step)
            self._write(steps)

    def _step(self, task: Task) -> _Step | None:
        """Work out a step that was not foreseen, and count what holds the customer; None: it was refused."""
        arrived, published = arrived_for(task, self.sitting), self._version(task.before)
        kept, done = advanced(task, arrived, published)
        if isinstance(done, Refused):
            self._refuse(LeftOut(task.row, task.name, task.subject, done.findings, refused=True))
            return None
        if task.before is not None:
            judged = judged_of(done.entries, arrived.event_id)
            if judged is None:  # the review itself left the case as it was after the timers that were due
                facts = kept.subject or {}
                judged = judged_at(published.ready, done.instance, published.facts, facts, self.sitting.at)
            self.counts.add_judged(judged or ())
        commit = commit_of(task.before, kept, done, digest_of(arrived)) if done.entries else None
        return _Step(task, Worked("", commit, done.entries))

    def _version(self, row: InstanceRow | None) -> Published:
        if row is None or row.version == self.published.workflow.version:
            return self.published
        found = self.cases.library.get(self.sitting.workflow, row.version)
        if not isinstance(found, Published):
            raise StoppedError(*found)
        return found

    def _refuse(self, left: LeftOut) -> None:
        self.counts.refused += 1
        self._told.append(left)

    # ---- writing

    def _write(self, steps: Sequence[_Step]) -> None:
        told: list[_Step] = []
        commits: list[Commit] = []
        for step in steps:
            if step.done.commit is not None:
                told.append(step)
                commits.append(step.done.commit)
            else:
                self.counts.unchanged += 1
        if self.dry:
            for step in told:
                self._count_step(step)
            return
        outcomes = self.cases.store.commit_many(commits) if commits else []
        stale: list[Task] = []
        for step, commit, outcome in zip(told, commits, outcomes, strict=True):
            task = step.task
            match outcome:
                case Committed():
                    self._count_step(step)
                case Repeated(result):
                    self._count_before(commit.event_id, Known(task.name, result))
                case Stale():
                    stale.append(task)
                case Failed(finding):
                    if finding.code not in {EVENT_CONFLICT.code, FIRED_TWICE.code}:
                        raise StoppedError(finding)
                    self._refuse(LeftOut(task.row, task.name, task.subject, (finding,), refused=True))
                case _:
                    assert_never(outcome)
        for task in stale:
            self._alone(task.row, task.name, task.subject)

    def _count_step(self, step: _Step) -> None:
        if step.task.before is None:
            self.counts.started += 1
        else:
            self.counts.changed += 1
        assert step.done.commit is not None
        self.counts.add_entries(json.loads(step.done.commit.result)["entries"])
        self._tell(step.task.row, step.task.name, step.done.entries)

    def _tell(self, row: int, name: str, entries: Sequence[Entry]) -> None:
        for e in entries:
            parked = e.happened is Happened.PARKED
            if parked or (e.happened is Happened.MOVED):
                self._told.append(
                    Moved(row, name, e.source, e.target, e.transition, e.code, e.reason, parked)
                )

    def _again(self, stretch: Stretch, lines: Sequence[int]) -> None:
        for line, subject in self._with_facts(stretch, sorted(lines), _AGAIN):
            self._alone(stretch.rows[line], stretch.names[line], subject)

    def _alone(self, row: int, name: str, subject: JsonMap) -> None:
        """Review one customer anew whose case somebody else has moved meanwhile."""
        self.counts.conflicts += 1
        if self.dry:
            self.counts.unchanged += 1
            return
        done = review_one(self.cases, self.sitting, name, subject)
        if isinstance(done, Refused):
            self._refuse(LeftOut(row, name, subject, done.findings, refused=True))
        elif done is None or not done.result["entries"]:
            self.counts.unchanged += 1
        else:
            entries = done.result["entries"]
            assert isinstance(entries, list)
            started = any(e.happened is Happened.STARTED for e in done.entries)
            self.counts.started += started
            self.counts.changed += not started
            self.counts.add_entries(e for e in entries if isinstance(e, dict))
            self._tell(row, name, done.entries)

    # ---- reading

    def _rows(self, names: Sequence[str]) -> dict[str, InstanceRow]:
        return _fine(self._db.read(lambda c: rows_of(c, self.sitting.workflow, names)))

    @property
    def _db(self) -> Database:
        return self.cases.store.database

    def _with_facts(self, stretch: Stretch, lines: Sequence[int], way: int) -> Iterator[tuple[int, JsonMap]]:
        """Give lines (ascending) with the facts of each."""
        if lines:
            facts = stretch.facts_of([stretch.rows[i] for i in lines], way)
            for line, (_, subject) in zip(lines, facts, strict=True):
                yield line, subject


def _fine(found: _T | Diagnostic) -> _T:
    if isinstance(found, Diagnostic):
        raise StoppedError(found)
    return found
