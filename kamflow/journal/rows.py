"""What the store keeps, as values: columns that it asks by, and bodies that are canonical JSON to it.

Assumes: instants are microseconds since 1970-01-01T00:00Z; ``body`` texts are canonical JSON (sorted keys, no
spaces, ``ensure_ascii`` off). Leaves: nothing; ``store.py`` writes these in one transaction each.
"""

from __future__ import annotations

from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen


@frozen
class DefinitionRow:
    """A published version. ``text``: of the file, byte for byte; ``policies``: name → digest (JSON), pinned;
    ``bundle``: texts of those policies and calendars (JSON name → text), so that old versions still run."""

    workflow: str
    version: int
    digest: str
    text: str
    policies: str
    bundle: str
    published_at: int
    published_by: str


@frozen
class InstanceRow:
    """``rev``: commits so far, what compare-and-set compares; ``body``: the whole case.

    ``standing``: what whoever looks at very many cases needs of each body, as short as can be; JSON.
    """

    workflow: str
    version: int
    instance: str
    rev: int
    state: str
    closed: bool
    final: bool
    entered_at: int
    next_due: int | None
    body: str
    standing: str = "[]"


@frozen
class EntryRow:
    """``body`` is hashed with ``previous``: ``hash = sha256(previous + "\\n" + body)``, hex; the chain is one
    for each case. The first ``previous`` is 64 zeros."""

    seq: int
    at: int
    happened: str
    cause: str
    body: str


@frozen
class EffectRow:
    key: str
    kind: str
    payload: str
    due: int | None


@frozen
class TimerRow:
    """``key`` unique within the case."""

    key: str
    name: str
    due: int


@frozen
class ApprovalRow:
    id: str
    transition: str
    role: str
    since: int
    due: int


@frozen
class Commit:
    """All that one event does, written in one transaction or not at all.

    ``expected``: the revision that was read; None: the case is new. ``timers``: all that are set now
    (replacing those before); ``fired``: keys of timers that fired in this step, each claimed by an
    insert. ``digest``: of the event's content; ``result``: what a repeated event gets back.
    """

    instance: InstanceRow
    expected: int | None
    event_id: str
    digest: str
    occurred_at: int
    result: str
    entries: tuple[EntryRow, ...]
    effects: tuple[EffectRow, ...]
    timers: tuple[TimerRow, ...]
    fired: tuple[str, ...]
    approvals: tuple[ApprovalRow, ...]


@frozen
class Committed:
    rev: int


@frozen
class Repeated:
    """The event id is known with the same content: this is its result then."""

    result: str


@frozen
class Stale:
    """Another writer was first: read again and decide again."""

    rev: int | None


@frozen
class Failed:
    """Coded: the same event id with other content, a locked or read-only database, a full disk. Nothing
    changed."""

    finding: Diagnostic


Outcome: TypeAlias = Committed | Repeated | Stale | Failed


# ---- what the store tells


@frozen
class ChainedEntry:
    """A line of the journal as it is kept. ``hash`` covers ``entry.body`` and the hash before it."""

    workflow: str
    instance: str
    entry: EntryRow
    hash: str


@frozen
class Head:
    """Where the journal of one case ends, as its case says. ``seq`` 0: nothing is written yet."""

    workflow: str
    instance: str
    rev: int
    seq: int
    hash: str


@frozen
class DueTimer:
    timer: TimerRow
    instance: InstanceRow


@frozen
class OpenApproval:
    workflow: str
    instance: str
    approval: ApprovalRow


@frozen
class PendingEffect:
    """An effect that nobody has taken over yet. ``effect.key`` is what its receiver knows it by."""

    id: int
    workflow: str
    instance: str
    effect: EffectRow
    attempts: int
    last_error: str


@frozen
class CalendarRow:
    """The text of a calendar, once for each digest. ``until``: its last published day (number)."""

    id: str
    digest: str
    text: str
    until: int | None
    stored_at: int


@frozen
class RunRow:
    """A batch that can be taken up again. ``chunks``: parts of the input that are done, from the first one;
    ``detail``: what was counted so far, JSON."""

    id: str
    workflow: str
    as_of: str
    input_digest: str
    started_at: int
    chunks: int = 0
    detail: str = "{}"
    finished_at: int | None = None


@frozen
class Count:
    """How many cases of one version stand in one state."""

    workflow: str
    version: int
    state: str
    cases: int
