"""A running case as a value, what arrives for it, and what a step leaves behind.

``advance`` (``steps.py``) is a pure function ``(definition, instance, arrived, facts) -> Advanced |
Refused``: no clock, no store. Everything it needs of the past stands in ``Instance``; everything that
happened stands in ``Entry`` values.

Values of variables, payloads and subjects are JSON as ``kamflow eval`` reads and writes it: amounts as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Literal, Protocol, TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import NO_TEXT, Text
from kamflow.values.codec import Json

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00Z."""

JsonMap: TypeAlias = Mapping[str, Json]


# ---- what arrives

START, TIME, APPROVE, REJECT, OVERRIDE, RELEASE, MIGRATE = (
    "@start", "@time", "@approve", "@reject", "@override", "@release", "@migrate",
)  # fmt: skip
"""Commands that are no events of the definition. Payloads: START {}; TIME {}; APPROVE/REJECT {"approval",
"why"}; OVERRIDE {"to", "until", "why"}; RELEASE {"why"}; MIGRATE {"from"} (the version before)."""


@frozen
class Arrived:
    """One event. ``occurred_at`` is the only time there is. ``subject``: the facts that came with it, or
    None.

    ``event_id`` makes it happen once: the same id with the same content gives the stored result.
    """

    event_id: str
    name: str
    occurred_at: Instant
    payload: JsonMap = field(default_factory=dict)
    subject: JsonMap | None = None
    actor: str = ""


# ---- the case


@frozen
class Hold:
    """Since when a guard has been true. While it is unknown the clock is frozen (``frozen_at``);
    ``frozen``: microseconds that don't count."""

    since: Instant
    frozen_at: Instant | None = None
    frozen: int = 0


class Verdict(StrEnum):
    RUNNING = "running"
    MET = "met"
    BREACHED = "breached"
    EXEMPT = "exempt"


@frozen
class Ledger:
    """The consumed time of one SLA in one epoch; an old epoch's ledger is never written again.

    ``budget``, ``consumed``, ``paused``: microseconds, of working time where ``business``. ``since``: running
    since then; None: paused or stopped. ``warned``: the percentages that were told.
    """

    sla: str
    epoch: int
    started_at: Instant
    budget: int
    business: bool
    consumed: int = 0
    since: Instant | None = None
    paused_at: Instant | None = None
    paused: int = 0
    warned: tuple[int, ...] = ()
    breached_at: Instant | None = None
    stopped_at: Instant | None = None
    verdict: Verdict = Verdict.RUNNING


class TimerKind(StrEnum):
    """In the order in which timers of one instant fire."""

    SLA = "sla"
    STATE = "state"
    APPROVAL = "approval"
    OVERRIDE = "override"
    PAUSE = "pause"  # a pause that has lasted `max_pause` ends
    STALE = "stale"  # a guard unknown for `stale_after`


@frozen
class Timer:
    """``key`` is unique within the case and never used twice: ``state:no_answer#3``. ``provisional``:
    beyond the last day for which the calendar's holidays are published."""

    kind: TimerKind
    key: str
    name: str
    due: Instant
    provisional: bool = False


@frozen
class Pending:
    """A transition that waits for approval. ``level``: how often the request climbed."""

    id: str
    transition: str
    role: str
    since: Instant
    level: int = 0
    payload: JsonMap = field(default_factory=dict)
    event: str = ""


@frozen
class Override:
    """A state set by hand: guards move nothing until it ends."""

    state: str
    actor: str
    why: str
    until: Instant


@frozen
class Instance:
    """``seq``: entries written so far. ``epoch``: counts reopenings. ``level``: of the ladder, -1 before any.
    ``unknown``: since when a transition's guard has been unknown. ``rungs``: levels reached in this epoch."""

    workflow: str
    version: int
    id: str
    state: str
    started_at: Instant
    entered_at: Instant
    last_at: Instant
    seq: int = 0
    epoch: int = 0
    level: int = -1
    rungs: tuple[int, ...] = ()
    suspended_at: Instant | None = None
    closed: bool = False
    final: bool = False
    vars: JsonMap = field(default_factory=dict)
    subject: JsonMap = field(default_factory=dict)
    holds: tuple[tuple[str, Hold], ...] = ()
    unknown: tuple[tuple[str, Instant], ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    timers: tuple[Timer, ...] = ()
    pending: Pending | None = None
    override: Override | None = None

    @property
    def next_due(self) -> Instant | None:
        return min((t.due for t in self.timers), default=None)


# ---- what a step leaves behind


class Truth(StrEnum):
    YES = "true"
    NO = "false"
    UNKNOWN = "unknown"


class Block(StrEnum):
    """Why a transition whose guard is true does not fire (yet)."""

    DWELL = "dwell"
    HOLD = "hold"
    APPROVAL = "approval"
    OVERRIDE = "override"
    OUTRANKED = "outranked"
    AMBIGUOUS = "ambiguous"


@frozen
class Judged:
    """One candidate: its guard's value, the facts that the guard names with their values, what is missing.

    ``until``: when dwell or hold will be satisfied, if nothing changes.
    """

    transition: str
    value: Truth
    facts: JsonMap = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    blocked: Block | None = None
    until: Instant | None = None


@frozen
class Effect:
    """Something to be done outside. ``key`` is stable: a receiver that has seen it need not do it again.

    ``kind``: notify, create_task, assign, start_play, stop_play, apply_rules, require_reason, escalate, emit.
    """

    key: str
    kind: str
    payload: JsonMap
    due: Instant | None = None
    provisional: bool = False


class Happened(StrEnum):
    STARTED = "started"
    MOVED = "moved"
    STAYED = "stayed"  # judged, nothing moved: written where a clock began, ended or froze
    INTERNAL = "internal"
    TIMER = "timer"
    PARKED = "parked"  # waits for approval
    APPROVED = "approved"
    REJECTED = "rejected"
    TIMED_OUT = "timed_out"
    LAPSED = "lapsed"  # the guard turned false while it waited
    OVERRIDDEN = "overridden"
    RELEASED = "released"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    ESCALATED = "escalated"
    SLA_WARNED = "sla_warned"
    SLA_BREACHED = "sla_breached"
    SLA_STOPPED = "sla_stopped"
    REOPENED = "reopened"
    MIGRATED = "migrated"
    INCIDENT = "incident"  # `code`: ambiguous, stale_facts, livelock


@frozen
class Entry:
    """One line of the journal, before it is chained. ``at``: when it happened (a timer's own due time).

    ``cause``: id of the event, or key of the timer. ``detail``: what belongs to this kind (SLA, level,
    approval). ``changes``: the fields of ``Instance`` that this entry changed, as JSON
    (``instance_json``, ledgers one by one): folding them over an empty case gives the case.
    """

    seq: int
    at: Instant
    happened: Happened
    cause: str
    actor: str = ""
    source: str = ""
    target: str = ""
    transition: str = ""
    code: str = ""
    reason: Text = NO_TEXT
    judged: tuple[Judged, ...] = ()
    detail: JsonMap = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    changes: JsonMap = field(default_factory=dict)


@frozen
class Advanced:
    """``instance`` after the step; ``entries`` in order, timers that were due first at their own times."""

    instance: Instance
    entries: tuple[Entry, ...]


@frozen
class Refused:
    """Nothing happened: an unknown event, a closed case, a payload of the wrong type."""

    findings: tuple[Diagnostic, ...]

    @property
    def ok(self) -> Literal[False]:
        return False


# ---- what a step asks


@frozen
class Asked:
    """What expressions are evaluated on. ``event`` "" where none came. ``dwell``: whole days in the state.

    ``day``: day number of ``occurred_at`` in the calendar's time zone: parameters and `today` are of that
    day.
    """

    event: str
    day: int
    dwell: int
    subject: JsonMap
    vars: JsonMap
    payload: JsonMap


@frozen
class Answer:
    """``value`` None: unknown, for what is named in ``missing``. ``facts``: what the expression names →
    its value."""

    value: Json
    facts: JsonMap = field(default_factory=dict)
    missing: tuple[str, ...] = ()


class Facts(Protocol):
    """The port to the policies. Keys are those of ``keys.py``; findings: the record can't be read or
    decided."""

    def answer(self, keys: Sequence[str], asked: Asked) -> Mapping[str, Answer] | tuple[Diagnostic, ...]: ...

    def check_payload(self, event: str, payload: JsonMap) -> tuple[Diagnostic, ...]: ...

    def first_vars(self) -> JsonMap:
        """Return the variables of a new case with their defaults (missing ones as null)."""
        ...
