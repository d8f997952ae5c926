"""A workflow as its file defines it: frozen values with the places where they were written.

Assumes: nothing. Leaves: what ``read_workflow`` makes of a file that has the right shape. Whether states and
events exist is for ``validate``; what expressions mean is for the policy checker (``flow/as_policy``).
An ``Expression`` is text of the policy language: this room never looks into it.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Span
from kamflow.base.text import NO_TEXT, Text


class Mode(StrEnum):
    STATE_DRIVEN = "state-driven"  # moved by reviews, which carry facts; at most one move a review
    EVENT_DRIVEN = "event-driven"  # moved by events; runs to completion


class Unit(StrEnum):
    """``DAYS`` and ``WEEKS`` are days of the calendar's time zone, ``HOURS`` and ``MINUTES`` elapsed time."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    BUSINESS_HOURS = "business hours"
    BUSINESS_DAYS = "business days"


@frozen
class Duration:
    amount: int
    unit: Unit
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        unit = self.unit.value
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"


@frozen
class Expression:
    """Text of the policy language and where each of its characters stands in the file.

    ``source_text``: what to parse: the file's own characters of this scalar, with line breaks and indentation
    as spaces, so that character ``i`` stands at offset ``span.start + i`` of the file.
    """

    source_text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Decided:
    """A time that policies decide for the subject: ``amount`` is an expression that gives a whole number."""

    amount: Expression
    unit: Unit
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Name:
    """A name that refers to something, with its place."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Declared:
    """A variable or a field of an event: ``yes/no, optional``, ``count, default 0``, as in a record."""

    name: Name
    type: Expression


@frozen
class Event:
    name: Name
    fields: tuple[Declared, ...]
    label: Text = NO_TEXT


@frozen
class Reason:
    """Why a move happens, for people and for statistics (``code``)."""

    code: str
    text: Text
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---- actions: a closed set of typed mappings; each becomes an effect record, none names code


class Role(StrEnum):
    """How a recipient is written: ``role:service_lead``, ``subject.contact``."""

    ROLE = "role"
    SUBJECT = "subject"


@frozen
class Recipient:
    """``role:sales_director`` (kind ROLE, name ``sales_director``) or a field of the subject."""

    kind: Role
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class SlaDue:
    """``due: sla.verify``: due when that SLA is."""

    sla: Name


Due: TypeAlias = Duration | SlaDue | Decided


@frozen
class Notify:
    to: tuple[Recipient, ...]
    template: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class CreateTask:
    id: str
    role: str
    due: Due | None
    label: Text = NO_TEXT
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Assign:
    role: str
    by: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class StartPlay:
    """``args``: name → expression over the subject, its decisions, ``var.`` and ``ev.``."""

    id: str
    after: Duration | None
    max_attempts: int | None
    args: tuple[tuple[Name, Expression], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class StopPlay:
    """``args``: what is told with it, such as how it ended."""

    id: str
    args: tuple[tuple[Name, Expression], ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class ApplyRules:
    """Decide by a policy of ``uses``; its decisions go into the effect. ``mode``: ``propose``."""

    ruleset: Name
    mode: str
    min_options: int | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class RequireReason:
    """Whoever moves a case here owes a reason, one of ``values``, in a field of the subject."""

    field_name: Name
    values: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Escalate:
    """Either to a ``level`` of the ladder, or ``to`` a role with a template."""

    level: int | None
    to: Recipient | None
    template: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Emit:
    """An event for others: ``customer.review_requested``."""

    event: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Action: TypeAlias = (
    Notify | CreateTask | Assign | StartPlay | StopPlay | ApplyRules | RequireReason | Escalate | Emit
)


# ---- states and what leads from one to the next


class OnTimeout(StrEnum):
    REJECT = "reject"
    ESCALATE = "escalate"  # the request climbs and waits for another span of the same length, once a level


@frozen
class Approve:
    role: str
    within: Duration
    on_timeout: OnTimeout
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Transition:
    """One edge. ``id`` is unique in the workflow. ``sources``: one state, several of a global transition.

    ``to`` None: internal, the state stays and is not entered again. ``event`` None in a state-driven
    workflow: judged at every review; in an event-driven one: taken on its own as soon as its guard holds.
    ``priority``: the lowest wins. ``order``: its place in the document, global ones last. ``set``: variable →
    its new value; None: missing from then on.
    """

    id: Name
    kind: str
    sources: tuple[Name, ...]
    event: Name | None
    to: Name | None
    when: Expression | None
    priority: int
    hold: Duration | None
    bypass_dwell: bool
    approve: Approve | None
    set: tuple[tuple[Name, Expression | None], ...]
    do: tuple[Action, ...]
    reason: Reason
    order: int
    is_global: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class StateTimer:
    """Starts when its state is entered. ``to`` moves the case; ``do`` are effects. ``pausable`` by
    `suspend`."""

    id: Name
    after: Duration
    to: Name | None
    do: tuple[Action, ...]
    reason: Reason | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class State:
    """``closed``: counts as closed, may still be reopened. ``final``: nothing leads out."""

    id: Name
    label: Text
    step: int | None
    final: bool
    closed: bool
    min_dwell: Duration
    entry: tuple[Action, ...]
    exit: tuple[Action, ...]
    timers: tuple[StateTimer, ...]
    transitions: tuple[Transition, ...]
    internal: tuple[Transition, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ---- service levels


class Edge(StrEnum):
    ENTER = "enter"
    EXIT = "exit"


@frozen
class Mark:
    """``enter(received)``, ``exit(verify)``."""

    edge: Edge
    state: Name


class OnReopen(StrEnum):
    NEW_BUDGET = "new_budget"
    CONTINUE = "continue"
    EXEMPT = "exempt"


@frozen
class FromTable:
    """``{from: budgets, column: ack}``: by the value of the table's ``by`` for this subject."""

    table: Name
    column: Name


Budget: TypeAlias = Duration | FromTable | Decided


@frozen
class Sla:
    """A budget of (working) time from ``start`` to the first of ``stop``; ``warn``: percent of it,
    ascending."""

    id: Name
    label: Text
    start: Mark
    stop: tuple[Mark, ...]
    budget: Budget
    pausable: bool
    max_pause: Duration | None
    reopen: OnReopen
    parent: Name | None
    warn: tuple[int, ...]
    breach: tuple[Action, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class BudgetTable:
    """``by`` is an expression of enum or text type; ``rows``: its value → column → duration."""

    name: Name
    by: Expression
    rows: tuple[tuple[Name, tuple[tuple[Name, Duration], ...]], ...]


@frozen
class Level:
    level: int
    label: Text
    to: Recipient
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class AutoLevel:
    """Raise to ``level`` as soon as ``when`` holds."""

    when: Expression
    level: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)  # of the level


@frozen
class Ladder:
    """The escalation ladder: it only climbs until the case is closed; each rung once an epoch."""

    levels: tuple[Level, ...] = ()
    auto: tuple[AutoLevel, ...] = ()


@frozen
class Fill:
    """A field of the subject that a variable stands in for where the record is silent."""

    field: Name
    var: Name


@frozen
class Migration:
    """From version ``source``: state → state. ``keep``: ``entered_at``, ``var``, ``hold``."""

    source: int
    map: tuple[tuple[Name, Name], ...]
    keep: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Workflow:
    """One version of a definition. ``digest``: sha256 of the file's text; immutable once published.

    ``states`` in the order of the document; ``uses``: policies whose decisions it may read.
    ``stale_after``: how long a guard may be unknown before that is an incident. ``review_every``: how often
    a state-driven one is reviewed, where the file says so. ``fills``: what the case was told, where
    the record is silent.
    """

    id: Name
    version: int
    label: Text
    subject: Name
    mode: Mode
    max_microsteps: int
    calendar: Name
    uses: tuple[Name, ...]
    purposes: tuple[Name, ...]
    stale_after: Duration | None
    budgets: tuple[BudgetTable, ...]
    vars: tuple[Declared, ...]
    events: tuple[Event, ...]
    slas: tuple[Sla, ...]
    ladder: Ladder
    initial: Name
    states: tuple[State, ...]
    global_transitions: tuple[Transition, ...]
    migrations: tuple[Migration, ...]
    source: str
    digest: str
    review_every: Duration | None = None
    fills: tuple[Fill, ...] = ()
    version_span: Span = field(default=NOWHERE, compare=False, repr=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def state(self, name: str) -> State | None:
        return next((s for s in self.states if s.id.text == name), None)

    def event(self, name: str) -> Event | None:
        return next((e for e in self.events if e.name.text == name), None)

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """Return what leads out of a state (not internal ones), lowest (priority, order) first."""
        own = self.state(state)
        found = list(own.transitions) if own is not None else []
        found += [t for t in self.global_transitions if any(s.text == state for s in t.sources)]
        return tuple(sorted(found, key=lambda t: (t.priority, t.order)))


REVIEW = "review"
SUSPEND, RESUME, REPLIED = "suspend", "resume", "customer_replied"
BUILT_IN = (REVIEW, SUSPEND, RESUME, REPLIED)
"""Events that every workflow knows. `customer_replied` resumes a suspended case."""
