"""Workflows written in Python for tests, and a port to policies that are Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import NO_TEXT, Text
from kamflow.values.codec import Json
from kamflow.workflow import keys
from kamflow.workflow.calendar import NO_CALENDAR
from kamflow.workflow.instance import (
    START,
    TIME,
    Advanced,
    Answer,
    Arrived,
    Asked,
    Entry,
    Facts,
    Instance,
    JsonMap,
    Refused,
)
from kamflow.workflow.model import (
    Action,
    Approve,
    Budget,
    BudgetTable,
    Declared,
    Duration,
    Edge,
    Event,
    Expression,
    Ladder,
    Mark,
    Migration,
    Mode,
    Name,
    OnReopen,
    OnTimeout,
    Reason,
    Sla,
    State,
    StateTimer,
    Transition,
    Unit,
    Workflow,
)
from kamflow.workflow.ready import Ready, make_ready
from kamflow.workflow.steps import advance
from kamflow.workflow.working_time import WorkingTime, ready_calendar

ALWAYS = ready_calendar(NO_CALENDAR)
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
SOME = Expression("written in Python")
NO_TIME = Duration(0, Unit.DAYS)
Told = Callable[[Asked], Json]


def at(text: str) -> int:
    """Return the instant of ``2026-03-01T09:00`` (UTC where it names no zone)."""
    read = datetime.fromisoformat(text)
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    return (read - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution)


def days(n: int) -> Duration:
    return Duration(n, Unit.DAYS)


def hours(n: int) -> Duration:
    return Duration(n, Unit.HOURS)


def name(text: str) -> Name:
    return Name(text)


def names(*texts: str) -> tuple[Name, ...]:
    return tuple(Name(t) for t in texts)


def edge(
    called: str,
    to: str | None,
    *,
    event: str = "",
    when: bool = True,
    priority: int = 10,
    hold: Duration | None = None,
    bypass: bool = False,
    approve: Approve | None = None,
    sets: Sequence[str] = (),
    do: tuple[Action, ...] = (),
    sources: Sequence[str] = (),
) -> Transition:
    """``when`` False: no guard. ``sets``: variables. Place and sources are filled in by ``workflow``."""
    return Transition(
        name(called), "", names(*sources), name(event) if event else None, None if to is None else name(to),
        SOME if when else None, priority, hold, bypass, approve, tuple((name(v), SOME) for v in sets), do,
        Reason(called, Text(called, called)), 0, bool(sources),
    )  # fmt: skip


def state(
    called: str,
    *edges: Transition,
    dwell: Duration = NO_TIME,
    final: bool = False,
    closed: bool = False,
    entry: tuple[Action, ...] = (),
    leaving: tuple[Action, ...] = (),
    timers: tuple[StateTimer, ...] = (),
) -> State:
    """Edges without a target are internal."""
    return State(
        name(called), NO_TEXT, None, final, closed, dwell, entry, leaving, timers,
        tuple(e for e in edges if e.to is not None), tuple(e for e in edges if e.to is None),
    )  # fmt: skip


def timer(called: str, after: Duration, to: str = "", do: tuple[Action, ...] = ()) -> StateTimer:
    return StateTimer(name(called), after, name(to) if to else None, do, Reason(called, Text(called)))


def sla(
    called: str,
    start: str,
    stop: Sequence[str],
    budget: Budget,
    *,
    pausable: bool = True,
    max_pause: Duration | None = None,
    reopen: OnReopen = OnReopen.NEW_BUDGET,
    warn: tuple[int, ...] = (),
    breach: tuple[Action, ...] = (),
) -> Sla:
    """Marks are written ``enter:open``."""
    marks = [Mark(Edge(m.split(":")[0]), name(m.split(":")[1])) for m in (start, *stop)]
    return Sla(
        name(called),
        NO_TEXT,
        marks[0],
        tuple(marks[1:]),
        budget,
        pausable,
        max_pause,
        reopen,
        None,
        warn,
        breach,
    )


def asks(role: str, within: Duration, on_timeout: OnTimeout = OnTimeout.REJECT) -> Approve:
    return Approve(role, within, on_timeout)


def workflow(
    *states: State,
    mode: Mode = Mode.STATE_DRIVEN,
    everywhere: tuple[Transition, ...] = (),
    events: Sequence[str] = (),
    slas: tuple[Sla, ...] = (),
    ladder: Ladder | None = None,
    budgets: tuple[BudgetTable, ...] = (),
    stale_after: Duration | None = None,
    max_microsteps: int = 16,
    version: int = 1,
    migrations: tuple[Migration, ...] = (),
    variables: Sequence[str] = (),
) -> Workflow:
    """Make a workflow whose edges are in the order in which they are given; the first state is initial."""
    order = iter(range(10_000))

    def placed(edges: tuple[Transition, ...], source: str) -> tuple[Transition, ...]:
        return tuple(
            Transition(
                e.id, e.kind, e.sources or names(source), e.event, e.to, e.when, e.priority, e.hold,
                e.bypass_dwell, e.approve, e.set, e.do, e.reason, next(order), e.is_global,
            )
            for e in edges
        )  # fmt: skip

    made = tuple(
        State(
            s.id, s.label, s.step, s.final, s.closed, s.min_dwell, s.entry, s.exit, s.timers,
            placed(s.transitions, s.id.text), placed(s.internal, s.id.text),
        )
        for s in states
    )  # fmt: skip
    return Workflow(
        name("w"), version, NO_TEXT, name("customer"), mode, max_microsteps, name("always"), (), (),
        stale_after, budgets, tuple(Declared(name(v), SOME) for v in variables),
        tuple(Event(name(e), ()) for e in events), slas, ladder or Ladder(), made[0].id, made,
        placed(everywhere, ""), migrations, "w.yaml", "",
    )  # fmt: skip


class FakeFacts:
    """Expressions are functions of ``Asked``; None is unknown. What has no function is a fact of the subject
    under the key's last part: ``guard:up`` is ``subject["up"]``."""

    def __init__(self, told: Mapping[str, Told] | None = None, first: JsonMap | None = None) -> None:
        self.told = dict(told or {})
        self.first = dict(first or {})
        self.asked: list[tuple[tuple[str, ...], Asked]] = []
        self.findings: tuple[Diagnostic, ...] = ()
        self.payload_findings: tuple[Diagnostic, ...] = ()

    def answer(self, keys: Sequence[str], asked: Asked) -> Mapping[str, Answer] | tuple[Diagnostic, ...]:
        self.asked.append((tuple(keys), asked))
        return self.findings or {key: self._answer(key, asked) for key in keys}

    def _answer(self, key: str, asked: Asked) -> Answer:
        fact = key.rsplit(":", 1)[1]
        told = self.told.get(key)
        value = told(asked) if told is not None else asked.subject.get(fact)
        return Answer(value, {} if value is None else {fact: value}, (fact,) if value is None else ())

    def check_payload(self, event: str, payload: JsonMap) -> tuple[Diagnostic, ...]:
        return self.payload_findings

    def first_vars(self) -> JsonMap:
        return dict(self.first)


class Case:
    """A case under test: events in, entries kept. Every step is checked by ``checks``."""

    def __init__(
        self,
        definition: Workflow,
        facts: Facts | None = None,
        *,
        time: WorkingTime = ALWAYS,
        ready: Ready | None = None,
        start: int = 0,
        subject: JsonMap | None = None,
    ) -> None:
        self.ready = ready or make_ready(definition, time)
        self.facts: Facts = facts or FakeFacts()
        self.entries: list[Entry] = []
        self.now: Instance | None = None
        self.sent = 0
        self.send(START, start, subject=subject)

    def send(
        self,
        event: str,
        when: int,
        payload: JsonMap | None = None,
        subject: JsonMap | None = None,
        actor: str = "",
    ) -> tuple[Entry, ...]:
        """Let something happen; a refusal is an ``AssertionError`` with its message."""
        result = self.try_to(event, when, payload, subject, actor)
        assert isinstance(result, Advanced), [f.message.en for f in result.findings]
        return result.entries

    def try_to(
        self,
        event: str,
        when: int,
        payload: JsonMap | None = None,
        subject: JsonMap | None = None,
        actor: str = "",
    ) -> Advanced | Refused:
        self.sent += 1
        arrived = Arrived(f"e{self.sent}", event, when, payload or {}, subject, actor)
        result = advance(self.ready, self.now, arrived, self.facts, case="c1")
        if isinstance(result, Advanced):
            self.now = result.instance
            self.entries += result.entries
        return result

    def review(self, when: int, **facts: Json) -> tuple[Entry, ...]:
        return self.send("review", when, subject=facts)

    def wait_until(self, when: int) -> tuple[Entry, ...]:
        return self.send(TIME, when)

    @property
    def case(self) -> Instance:
        assert self.now is not None
        return self.now

    @property
    def state(self) -> str:
        return self.case.state


def guard(transition: str) -> str:
    return keys.guard(transition)


def told(entries: Sequence[Entry]) -> list[str]:
    """Return what happened, in short: ``moved a>b``, ``incident ambiguous``."""
    return [
        " ".join(
            filter(None, [
                e.happened.value,
                f"{e.source}>{e.target}" if e.source and e.target not in {"", e.source} else "",
                e.code if e.happened.value == "incident" else "",
            ])
        )
        for e in entries
    ]  # fmt: skip


def codes(result: Advanced | Refused) -> list[str]:
    assert isinstance(result, Refused)
    return [f.code for f in result.findings]
