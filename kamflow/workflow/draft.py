"""A case while one step changes it: the fields of ``Instance``, and the entries written so far.

A draft belongs to one call of ``advance`` and never leaves it. Each entry takes the fields that changed since
the entry before, so that folding entries gives the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from types import MappingProxyType

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import NO_TEXT, Text
from kamflow.values.codec import Json
from kamflow.workflow.instance import (
    Answer,
    Asked,
    Effect,
    Entry,
    Facts,
    Happened,
    Hold,
    Instance,
    Instant,
    JsonMap,
    Judged,
    Ledger,
    Override,
    Pending,
    Timer,
)
from kamflow.workflow.instance_json import change_json
from kamflow.workflow.ready import Ready

_FIELDS = tuple(f.name for f in fields(Instance))
NO_PAYLOAD: JsonMap = MappingProxyType({})


@frozen
class Cause:
    """What moves a case: an event (its name and payload), or a timer (``id``: its key)."""

    id: str
    actor: str = ""
    event: str = ""
    payload: JsonMap = field(default_factory=dict)


@frozen
class Planned:
    """An effect before it has its key."""

    kind: str
    payload: JsonMap
    due: Instant | None = None
    provisional: bool = False


@frozen
class Saved:
    """A point of a draft that it can come back to."""

    values: tuple[object, ...]
    written: tuple[object, ...]
    entries: int


class Draft:
    """``at``: the instant of what happens now. ``refused``: findings of the policies, which void the step."""

    __slots__ = (*_FIELDS, "_written", "at", "entries", "facts", "ready", "refused")

    workflow: str
    version: int
    id: str
    state: str
    started_at: Instant
    entered_at: Instant
    last_at: Instant
    seq: int
    epoch: int
    level: int
    rungs: tuple[int, ...]
    suspended_at: Instant | None
    closed: bool
    final: bool
    vars: JsonMap
    subject: JsonMap
    holds: tuple[tuple[str, Hold], ...]
    unknown: tuple[tuple[str, Instant], ...]
    ledgers: tuple[Ledger, ...]
    timers: tuple[Timer, ...]
    pending: Pending | None
    override: Override | None

    def __init__(self, ready: Ready, instance: Instance, facts: Facts, *, new: bool = False) -> None:
        self.ready = ready
        self.facts = facts
        self.entries: list[Entry] = []
        self.refused: tuple[Diagnostic, ...] = ()
        self.at = instance.last_at
        for name in _FIELDS:
            setattr(self, name, getattr(instance, name))
        self._written = tuple(_Never for _ in _FIELDS) if new else self._values()

    def instance(self) -> Instance:
        """Return the case as the last entry left it."""
        return Instance(*self._written)  # type: ignore[arg-type]  # in the order of its fields

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in _FIELDS])

    def save(self) -> Saved:
        """Return what ``restore`` needs to come back to this point."""
        return Saved(self._values(), self._written, len(self.entries))

    def restore(self, saved: Saved) -> None:
        """Undo everything since ``save``, entries included."""
        for name, value in zip(_FIELDS, saved.values, strict=True):
            setattr(self, name, value)
        self._written = saved.written
        del self.entries[saved.entries :]

    def hear(self, subject: JsonMap) -> None:
        """Take newer facts. Where they are silent, variables stand in for them as the workflow says."""
        self.subject = self.ready.filled(subject, self.vars)

    def put_vars(self, new: JsonMap) -> None:
        """Set variables. One that stands in for a field is the newest word on it: it goes into the facts
        as they are now; cleared, what it had put there goes."""
        before, self.vars = self.vars, {**self.vars, **new}
        said: dict[str, Json] = {}
        for name, var in self.ready.fills:
            if var in new:
                value, now = new[var], self.subject.get(name)
                if value is not None or (now is not None and now == before.get(var)):
                    said[name] = value
        if said:
            self.subject = {**self.subject, **said}

    def ask(
        self, wanted: Sequence[str], event: str = "", payload: JsonMap = NO_PAYLOAD
    ) -> Mapping[str, Answer]:
        """Return the values of expressions on the case as it is now; {} once the policies refused."""
        if not wanted or self.refused:
            return {}
        time = self.ready.time
        asked = Asked(
            event,
            time.day_of(self.at),
            time.whole_days(self.entered_at, self.at),
            self.subject,
            self.vars,
            payload,
        )
        answers = self.facts.answer(wanted, asked)
        if isinstance(answers, tuple):
            self.refused = answers
            return {}
        return answers

    def value(self, key: str) -> Json:
        """Return the value of one expression, None where it is unknown."""
        found = self.ask((key,)).get(key)
        return None if found is None else found.value

    def write(
        self,
        happened: Happened,
        cause: Cause,
        *,
        source: str = "",
        target: str = "",
        transition: str = "",
        code: str = "",
        reason: Text = NO_TEXT,
        judged: tuple[Judged, ...] = (),
        detail: JsonMap = NO_PAYLOAD,
        effects: Sequence[Planned] = (),
    ) -> None:
        """Write an entry that takes whatever changed since the entry before."""
        self.seq += 1
        self.last_at = self.at
        before, now = self._written, self._values()
        changes = {
            name: change_json(name, old, new)
            for name, old, new in zip(_FIELDS, before, now, strict=True)
            if old is not new and old != new
        }
        self._written = now
        head = f"{self.workflow}/{self.id}/{self.seq}"
        made = tuple(
            Effect(f"{head}/{n}", p.kind, p.payload, p.due, p.provisional) for n, p in enumerate(effects)
        )
        self.entries.append(
            Entry(
                self.seq,
                self.at,
                happened,
                cause.id,
                cause.actor,
                source,
                target,
                transition,
                code,
                reason,
                judged,
                dict(detail),
                made,
                changes,
            )
        )


class _Never:
    """Unequal to every value: what a case that does not exist yet has in each field."""
