"""A step becomes what the store writes: one ``Commit`` of rows and canonical texts, and back.

Assumes: values of the workflow room. Leaves: values of the journal room. The first entry of a step
carries what arrived (``arrived``), so that a journal can be played again; all of it is within the hash chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import cast

from kamflow.base.frozen import frozen
from kamflow.flow.standing_parts import standing_text
from kamflow.journal.rows import ApprovalRow, Commit, EffectRow, EntryRow, InstanceRow, TimerRow
from kamflow.values.codec import Json
from kamflow.workflow.instance import Advanced, Arrived, Effect, Entry, Instance, JsonMap, TimerKind
from kamflow.workflow.instance_json import canonical, entry_json, entry_of, instance_json, instance_of


def commit_of(before: InstanceRow | None, arrived: Arrived, step: Advanced, digest: str) -> Commit:
    """Return the transaction that writes a step on a case as it was read.

    ``digest``: of the event as it was sent; of its facts only what is kept stands in ``arrived``.
    """
    case = step.instance
    own = {arrived.event_id}
    return Commit(
        instance=instance_row(case, 1 if before is None else before.rev + 1),
        expected=None if before is None else before.rev,
        event_id=arrived.event_id,
        digest=digest,
        occurred_at=arrived.occurred_at,
        result=canonical(result_of(step)),
        entries=tuple(_entry_row(e, arrived if i == 0 else None) for i, e in enumerate(step.entries)),
        effects=tuple(_effect_row(x) for e in step.entries for x in e.effects),
        timers=tuple(TimerRow(t.key, t.name, t.due) for t in case.timers),
        fired=tuple(dict.fromkeys(e.cause for e in step.entries if e.cause and e.cause not in own)),
        approvals=_approvals(case),
    )


def instance_row(case: Instance, rev: int) -> InstanceRow:
    body = instance_json(case)
    return InstanceRow(
        case.workflow, case.version, case.id, rev, case.state, case.closed, case.final, case.entered_at,
        case.next_due, canonical(body), standing_text(body),
    )  # fmt: skip


def case_of(row: InstanceRow) -> Instance:
    return instance_of(json.loads(row.body))


def digest_of(arrived: Arrived) -> str:
    """Return the identity of an event's content; the same id with another one is a conflict."""
    said = {k: v for k, v in arrived_json(arrived).items() if k != "event_id"}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def arrived_json(arrived: Arrived) -> dict[str, Json]:
    return {
        "event_id": arrived.event_id,
        "name": arrived.name,
        "occurred_at": arrived.occurred_at,
        "payload": dict(arrived.payload),
        "subject": None if arrived.subject is None else dict(arrived.subject),
        "actor": arrived.actor,
    }


def arrived_of(said: JsonMap) -> Arrived:
    subject = said["subject"]
    return Arrived(
        str(said["event_id"]), str(said["name"]), cast("int", said["occurred_at"]),
        cast("JsonMap", said["payload"]), cast("JsonMap | None", subject), str(said["actor"]),
    )  # fmt: skip


def result_of(step: Advanced) -> dict[str, Json]:
    """Return what the sender of an event is told, now and whenever the event comes again."""
    case = step.instance
    return {
        "workflow": case.workflow,
        "version": case.version,
        "instance": case.id,
        "state": case.state,
        "seq": case.seq,
        "pending": None if case.pending is None else case.pending.id,
        "entries": [_brief(e) for e in step.entries],
    }


def _brief(e: Entry) -> Json:
    said: dict[str, Json] = {"seq": e.seq, "at": e.at, "happened": e.happened.value}
    for name in ("source", "target", "transition", "code"):
        value = getattr(e, name)
        if value:
            said[name] = value
    if e.effects:
        said["effects"] = [x.key for x in e.effects]
    return said


def _entry_row(e: Entry, arrived: Arrived | None) -> EntryRow:
    body = dict(entry_json(e))
    if arrived is not None:
        body["arrived"] = arrived_json(arrived)
    return EntryRow(e.seq, e.at, e.happened.value, e.cause, canonical(body))


def _effect_row(x: Effect) -> EffectRow:
    said: dict[str, Json] = dict(x.payload)
    if x.provisional:
        said["provisional"] = True
    return EffectRow(x.key, x.kind, canonical(said), x.due)


def _approvals(case: Instance) -> tuple[ApprovalRow, ...]:
    if case.pending is None:
        return ()
    p = case.pending
    due = next((t.due for t in case.timers if t.kind is TimerKind.APPROVAL), p.since)
    return (ApprovalRow(p.id, p.transition, p.role, p.since, due),)


@frozen
class Recorded:
    """One step as the journal has it. ``texts``: the bodies of its entries, as they were hashed."""

    arrived: Arrived
    entries: tuple[Entry, ...]
    texts: tuple[str, ...]


def recorded_steps(bodies: Iterable[str]) -> Iterator[Recorded]:
    """Cut the journal of one case into its steps."""
    arrived: Arrived | None = None
    texts: list[str] = []
    entries: list[Entry] = []
    for text in bodies:
        said = json.loads(text)
        came = said.pop("arrived", None)
        if came is not None:
            if arrived is not None:
                yield Recorded(arrived, tuple(entries), tuple(texts))
            arrived, texts, entries = arrived_of(came), [], []
        texts.append(text)
        entries.append(entry_of(said))
    if arrived is not None:
        yield Recorded(arrived, tuple(entries), tuple(texts))
