"""One stretch of a file reviewed: all its steps worked out, compared, then written.

Steps that the columns foresaw and the audit come first, and nothing is written unless every one of them
came out as foreseen. What was not foreseen (new cases, timers that are due, records that columns decline)
follows in small portions. Where somebody else wrote to a case meanwhile, that case is reviewed anew, alone.

Assumes: an open store. Leaves: counts, and what there is to tell of single customers. The progress of a run
is written last: a stretch that was cut off is done again, and what it had written is told from the inbox.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow import errors, review_errors
from kamflow.flow.cases import Cases
from kamflow.flow.commits import case_of, commit_of, digest_of, result_of
from kamflow.flow.published import Published
from kamflow.flow.review_counts import Counts, judged_of
from kamflow.flow.review_input import LeftOut, Stretch
from kamflow.flow.review_one import Sitting, judged_at, label_of, review_one
from kamflow.flow.standing_parts import last_at
from kamflow.journal.database import Database
from kamflow.journal.errors import EVENT_CONFLICT, FIRED_TWICE
from kamflow.journal.rows import Commit, Committed, Failed, InstanceRow, Repeated, Stale
from kamflow.journal.standing import Known, known_events, rows_of, standings_of
from kamflow.workflow.instance import Advanced, Arrived, Entry, Happened, JsonMap, Refused
from kamflow.workflow.steps import advance

if TYPE_CHECKING:
    from kamflow.flow.review_columns import ColumnJudge, Seen  # need numpy

_PORTION = 2_000
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
    """One customer's step, not yet written. ``arrived`` has the facts that are kept, ``subject`` all."""

    row: int
    name: str
    subject: JsonMap
    arrived: Arrived
    digest: str
    before: InstanceRow | None
    done: Advanced


@dataclass(slots=True)
class Reviewer:
    """``columns``: None: everybody singly. ``dry``: nothing is written. ``audit``: share of those who stay
    that is done again singly."""

    cases: Cases
    published: Published
    sitting: Sitting
    counts: Counts
    columns: ColumnJudge | None = None
    audit: float = 0.01
    dry: bool = False
    _told: list[Told] = field(default_factory=list)

    def review(self, stretch: Stretch) -> list[Told]:
        """Review a stretch and return what there is to tell. Raises ``StoppedError``."""
        self._told = list(stretch.left)
        self.counts.read += stretch.read
        self.counts.rejected += len(stretch.left)
        if self.columns is None:
            known = self._known_before(stretch.names)
            lines = [i for i, name in enumerate(stretch.names) if name not in known]
            self.counts.singly += len(lines)
            self._unforeseen(stretch, lines)
        else:
            self._over_columns(self.columns, stretch)
        return self._told

    # ---- who needs a step

    def _over_columns(self, columns: ColumnJudge, stretch: Stretch) -> None:
        workflow, names, at = self.sitting.workflow, stretch.names, self.sitting.at
        found = _fine(self._db.read(lambda c: standings_of(c, workflow, names)))
        # a review that wrote something moved the case's last instant to that of the review
        known = self._known_before([s.instance for s in found if last_at(s) >= at])
        seen = columns.see(stretch, found, at, self.audit, self.sitting.day, known)
        counts = self.counts
        counts.final += seen.final
        counts.hold += seen.hold
        counts.dwell += seen.dwell
        counts.unknown += seen.unknown
        counts.singly += len(seen.singly)
        counts.unchanged += seen.final + seen.rest - len(seen.audits)
        moved = self._foreseen(stretch, seen)
        self._unforeseen(stretch, sorted((*seen.singly, *seen.new)))
        self._again(stretch, moved)

    def _known_before(self, names: Sequence[str]) -> frozenset[str]:
        """Count customers for whom this day's review was done before, by its result."""
        ids = {i: name for name in names for i in self.sitting.ids(name)}
        found = _fine(self._db.read(lambda c: known_events(c, self.sitting.workflow, list(ids))))
        done: set[str] = set()
        for event, known in found.items():
            if known.instance == ids[event]:
                done.add(known.instance)
                self._count_before(event, known)
        return frozenset(done)

    def _count_before(self, event: str, known: Known) -> None:
        self.counts.before += 1
        if event == self.sitting.ids(known.instance)[0]:
            self.counts.started += 1
        else:
            self.counts.changed += 1
        self.counts.add_entries(json.loads(known.result)["entries"])

    # ---- steps

    def _foreseen(self, stretch: Stretch, seen: Seen) -> list[int]:
        """Do what columns foresaw and the audit; return lines whose case has moved since."""
        lines = sorted((*seen.steps, *seen.audits))
        rows = self._rows([stretch.names[i] for i in lines])
        steps: list[_Step] = []
        moved: list[int] = []
        for line, subject in self._with_facts(stretch, lines, _FORESEEN):
            name = stretch.names[line]
            row = rows.get(name)
            if row is None or row.rev != int(seen.rev[line]):
                moved.append(line)
                continue
            foreseen = seen.steps.get(line, "stays")
            step = self._step(stretch.rows[line], name, row, subject)
            said = "refused" if step is None else label_of(step.done.entries)
            if step is None:
                raise StoppedError(*self._why_refused())
            if said != foreseen:
                raise StoppedError(review_errors.differs(self.sitting.workflow, name, foreseen, said))
            if foreseen == "stays":
                self.counts.audited += 1
                self.counts.unchanged += 1
            else:
                steps.append(step)
        self._write(steps)
        return moved

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
                step = self._step(stretch.rows[line], name, row, subject)
                if step is not None:
                    self._count_judged(step)
                    steps.append(step)
            self._write(steps)

    def _step(self, row: int, name: str, before: InstanceRow | None, subject: JsonMap) -> _Step | None:
        """Work out one customer's step; None: it was refused, which is told."""
        arrived = (self.sitting.start if before is None else self.sitting.review)(name, subject)
        digest, published = digest_of(arrived), self._version(before)
        arrived = replace(arrived, subject=published.kept.reduce(subject))
        case = None if before is None else case_of(before)
        done = advance(published.ready, case, arrived, published.facts, case=name)
        if isinstance(done, Refused):
            self._refuse(LeftOut(row, name, subject, done.findings, refused=True))
            return None
        return _Step(row, name, subject, arrived, digest, before, done)

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

    def _why_refused(self) -> tuple[Diagnostic, ...]:
        last = self._told[-1]
        assert isinstance(last, LeftOut)
        return last.findings

    def _count_judged(self, step: _Step) -> None:
        """Count what holds a customer for whom nothing was foreseen."""
        if step.before is None:
            return
        judged = judged_of(step.done.entries, step.arrived.event_id)
        if judged is None:  # the review itself left the case as it was after the timers that were due
            published, case = self._version(step.before), step.done.instance
            kept = step.arrived.subject or {}
            judged = judged_at(published.ready, case, published.facts, kept, self.sitting.at)
        self.counts.add_judged(judged or ())

    # ---- writing

    def _write(self, steps: Sequence[_Step]) -> None:
        told: list[_Step] = []
        commits: list[Commit] = []
        for step in steps:
            if step.done.entries:
                told.append(step)
                commits.append(commit_of(step.before, step.arrived, step.done, step.digest))
            else:
                self.counts.unchanged += 1
        if self.dry:
            for step in told:
                self._count_step(step)
            return
        outcomes = self.cases.store.commit_many(commits) if commits else []
        stale: list[_Step] = []
        for step, outcome in zip(told, outcomes, strict=True):
            match outcome:
                case Committed():
                    self._count_step(step)
                case Repeated(result):
                    self._count_before(step.arrived.event_id, Known(step.name, result))
                case Stale():
                    stale.append(step)
                case Failed(finding):
                    if finding.code not in {EVENT_CONFLICT.code, FIRED_TWICE.code}:
                        raise StoppedError(finding)
                    self._refuse(LeftOut(step.row, step.name, step.subject, (finding,), refused=True))
                case _:
                    assert_never(outcome)
        for step in stale:
            self._alone(step.row, step.name, step.subject)

    def _count_step(self, step: _Step) -> None:
        if step.before is None:
            self.counts.started += 1
        else:
            self.counts.changed += 1
        entries = result_of(step.done)["entries"]
        assert isinstance(entries, list)
        self.counts.add_entries(e for e in entries if isinstance(e, dict))
        self._tell(step.row, step.name, step.done.entries)

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
