"""A log of what really happened, played on a definition: which cases conform, and how the others deviate.

Assumes: a workflow ready to run and the rows of a log, each case's in the order of time. Leaves: counts,
examples, times in each state and kept deadlines. Nothing is stored. Some deviations need no word in the
definition: `stray` (no event of the workflow has this name), `out_of_place` (the state the case is in has
no such move) and `not_closed` (the log ends and the case is open); `after_closed` is any event of a
closed case. All others are moves of kind `deviation`, counted by the code of their reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow.published import Published
from kamflow.workflow.instance import (
    START,
    TIME,
    Advanced,
    Arrived,
    Entry,
    Happened,
    Instance,
    Instant,
    JsonMap,
    Ledger,
    Verdict,
)
from kamflow.workflow.model import Transition, Workflow
from kamflow.workflow.steps import advance

DEVIATION = "deviation"
STRAY, OUT_OF_PLACE, AFTER_CLOSED = "stray", "out_of_place", "after_closed"
NOT_CLOSED, OPEN_AGAIN = "not_closed", "open_again"
_WORDS = {
    STRAY: Text("An activity that the process does not know", "流程中没有的活动"),
    OUT_OF_PLACE: Text("An activity that its state does not foresee", "当前状态下不应出现的活动"),
    NOT_CLOSED: Text("Never closed", "始终未关闭"),
    OPEN_AGAIN: Text("Reopened and not closed again", "重新打开后未再关闭"),
    AFTER_CLOSED: Text("Went on after it was closed", "关闭后仍有活动"),
}
_EXAMPLES = 5


@frozen
class LogRow:
    """One line of a log. ``subject``: facts of the case, taken from its first line."""

    case: str
    activity: str
    at: Instant
    subject: JsonMap


@dataclass(slots=True)
class Deviation:
    """``cases``: case → how often; ``shown``: a few cases with the activity and the state it met."""

    code: str
    label: Text
    cases: Counter[str] = field(default_factory=Counter)
    shown: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, case: str, activity: str, state: str) -> None:
        if case not in self.cases and len(self.shown) < _EXAMPLES:
            self.shown.append((case, activity, state))
        self.cases[case] += 1

    @property
    def events(self) -> int:
        return self.cases.total()


@frozen
class Spent:
    """Time in a state, of visits that ended, in microseconds of the calendar's working time."""

    state: str
    visits: int
    median: int
    ninth: int
    """Nine of ten visits took at most this."""
    longest: int


@frozen
class Kept:
    """How an SLA was kept: cases met, breached, and still running when the log ends."""

    sla: str
    met: int
    breached: int
    running: int


@frozen
class Conformance:
    """``conforming``: cases without any deviation. ``deviations``: most cases first."""

    cases: int
    events: int
    conforming: int
    deviations: tuple[Deviation, ...]
    spent: tuple[Spent, ...]
    kept: tuple[Kept, ...]


Watch: TypeAlias = "Callable[[Instance, Sequence[Entry]], None]"


class _Played:
    """What one log adds up to, case by case."""

    def __init__(self, published: Published, watch: Watch | None) -> None:
        self.published, self.watch = published, watch
        self.workflow = published.workflow
        self.names = _event_names(published.workflow)
        self.deviations: dict[str, Deviation] = {}
        self.spent: dict[str, list[int]] = {s.id.text: [] for s in published.workflow.states}
        self.verdicts: dict[str, Counter[Verdict]] = {s.id.text: Counter() for s in published.workflow.slas}
        self.kinds = {t.id.text: t for t in _transitions(published.workflow)}
        self.cases = self.events = self.conforming = 0
        self.entries: list[Entry] = []

    def case(self, name: str, rows: list[LogRow], last: Instant) -> None:
        """Play one case; ``last``: when the log ends, which is when open deadlines are looked at."""
        ready, facts = self.published.ready, self.published.facts
        self.cases += 1
        self.events += len(rows)
        before = sum(d.cases[name] for d in self.deviations.values())
        began = advance(
            ready, None, Arrived(f"{name}:0", START, rows[0].at, {}, rows[0].subject), facts, case=name
        )
        if not isinstance(began, Advanced):
            raise LogError(began.findings)
        case = began.instance
        self.entries = [*began.entries]
        entered, ended = (case.state, rows[0].at), False
        for i, row in enumerate(rows, 1):
            case, entered = self._event(case, entered, Arrived(f"{name}:{i}", row.activity, row.at))
            ended = ended or case.closed or case.final
        if not (case.closed or case.final):
            self._deviates(OPEN_AGAIN if ended else NOT_CLOSED, name, rows[-1].activity, case.state)
        done = advance(ready, case, Arrived(f"{name}:end", TIME, last), facts, case=name)
        if isinstance(done, Advanced):
            case = done.instance
            self.entries += done.entries
        if self.watch is not None:
            self.watch(case, self.entries)
        for verdict in _first_ledgers(case):
            self.verdicts[verdict.sla][verdict.verdict] += 1
        if sum(d.cases[name] for d in self.deviations.values()) == before:
            self.conforming += 1

    def _event(
        self, case: Instance, entered: tuple[str, Instant], arrived: Arrived
    ) -> tuple[Instance, tuple[str, Instant]]:
        name = self.names.get(arrived.name)
        if case.closed or case.final:
            self._deviates(AFTER_CLOSED, case.id, arrived.name, case.state)
        if name is None:
            self._deviates(STRAY, case.id, arrived.name, case.state)
            return case, entered
        said = Arrived(arrived.event_id, name, arrived.occurred_at)
        done = advance(self.published.ready, case, said, self.published.facts, case=case.id)
        if not isinstance(done, Advanced):
            if not (case.closed or case.final):
                self._deviates(OUT_OF_PLACE, case.id, arrived.name, case.state)
            return case, entered
        self.entries += done.entries
        for entry in done.entries:
            self._entry(case, arrived.name, entry)
            if entry.target and entry.happened is not Happened.INTERNAL:
                state, since = entered
                self.spent[state].append(self.published.ready.time.between(since, entry.at))
                entered = (entry.target, entry.at)
        return done.instance, entered

    def _entry(self, case: Instance, activity: str, entry: Entry) -> None:
        made = self.kinds.get(entry.transition)
        if made is not None and made.kind == DEVIATION:
            self._deviates(made.reason.code, case.id, activity, case.state, made.reason.text)

    def _deviates(self, code: str, case: str, activity: str, state: str, label: Text | None = None) -> None:
        found = self.deviations.get(code)
        if found is None:
            found = self.deviations[code] = Deviation(code, label or _WORDS[code])
        found.add(case, activity, state)

    def result(self) -> Conformance:
        deviations = sorted(self.deviations.values(), key=lambda d: (-len(d.cases), d.code))
        return Conformance(
            self.cases,
            self.events,
            self.conforming,
            tuple(deviations),
            tuple(_spent(state, times) for state, times in self.spent.items() if times),
            tuple(
                Kept(s, v[Verdict.MET], v[Verdict.BREACHED], v[Verdict.RUNNING])
                for s, v in self.verdicts.items()
            ),
        )


class LogError(Exception):
    """The facts of a case can't be read; ``findings`` say why."""

    def __init__(self, findings: tuple[Diagnostic, ...]) -> None:
        self.findings = findings
        super().__init__("the facts of a case can't be read")


def conform(published: Published, rows: Iterable[LogRow], watch: Watch | None = None) -> Conformance:
    """Play a log on a workflow. Rows of a case may stand apart; those of one instant keep their order.

    ``watch`` is given each case as it stands when the log ends, with all entries that were made of it.
    """
    by_case: dict[str, list[LogRow]] = {}
    last = 0
    for row in rows:
        by_case.setdefault(row.case, []).append(row)
        last = max(last, row.at)
    played = _Played(published, watch)
    for name, own in by_case.items():
        played.case(name, sorted(own, key=lambda r: r.at), last)
    return played.result()


def _event_names(workflow: Workflow) -> Mapping[str, str]:
    """Return what a log may call an event: its name, or its label in either language."""
    out: dict[str, str] = {}
    for e in workflow.events:
        for said in (e.label.en, e.label.zh, e.name.text):
            if said:
                out[said] = e.name.text
    return out


def _transitions(workflow: Workflow) -> Iterator[Transition]:
    for state in workflow.states:
        yield from state.transitions
        yield from state.internal
    yield from workflow.global_transitions


def _first_ledgers(case: Instance) -> list[Ledger]:
    """Return the ledger of each SLA's first epoch: what a reopened case makes of it is another matter."""
    first: dict[str, Ledger] = {}
    for ledger in case.ledgers:
        first.setdefault(ledger.sla, ledger)
    return list(first.values())


def _spent(state: str, times: list[int]) -> Spent:
    times = sorted(times)
    ninth = times[min(len(times) - 1, (9 * len(times) + 9) // 10 - 1)]
    return Spent(state, len(times), int(median(times)), ninth, times[-1])
