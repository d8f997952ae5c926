"""What a workflow means: one step of one case, as a pure function of what is known.

``advance`` fires the timers that are due up to the event, each at its own time, then lets the event happen.
The only time is ``occurred_at``. Passing ``TIME`` in between changes nothing: the entries are the same.

What is written: every event that is consumed, except a review that left everything as it was. The subject of
a case is that of its last entry. Timers due at the very instant of an event fire before it. No timer waits
for the end of a dwell or a hold: that is looked at with the next review or event.
"""

from __future__ import annotations

from kamflow.workflow import slas
from kamflow.workflow.approvals import approve, reject
from kamflow.workflow.arrivals import refused_at_once, refused_here, refused_migration, until_of
from kamflow.workflow.by_hand import migrate, override, release
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.firing import fire_due
from kamflow.workflow.instance import (
    APPROVE,
    MIGRATE,
    START,
    TIME,
    Advanced,
    Arrived,
    Facts,
    Happened,
    Instance,
    Refused,
)
from kamflow.workflow.ladder import judge_rungs, raise_to
from kamflow.workflow.model import REPLIED, RESUME, SUSPEND
from kamflow.workflow.move import enter
from kamflow.workflow.ready import Ready, make_ready
from kamflow.workflow.run import complete, review, send, write_livelock
from kamflow.workflow.step_errors import no_such_case

__all__ = ["Ready", "advance", "make_ready"]


def advance(
    ready: Ready, instance: Instance | None, arrived: Arrived, facts: Facts, *, case: str = ""
) -> Advanced | Refused:
    """Let something happen to a case.

    ``instance`` None: there is no such case yet; ``case`` is its id, for ``START``. ``ready`` is of the
    version that the case is on; for ``MIGRATE`` of the one that it goes to. Refused: nothing happened, and
    timers that are due are still due.
    """
    if instance is None:
        if arrived.name != START:
            return Refused((no_such_case(arrived, ready.id, case),))
        return _start(ready, arrived, facts, case)
    if arrived.name != MIGRATE and (instance.workflow, instance.version) != (ready.id, ready.version):
        raise ValueError(
            f"case of {instance.workflow} {instance.version} given to {ready.id} {ready.version}"
        )
    found = refused_at_once(ready, instance, arrived, facts)
    if not found and arrived.name == MIGRATE:
        found = refused_migration(ready, instance, arrived)
    if found:
        return Refused(found)
    d = Draft(ready, instance, facts)
    if arrived.name != MIGRATE:
        fire_due(d, arrived.occurred_at)
    if arrived.name != TIME:
        found = d.refused or refused_here(d, arrived)
        if found:
            return Refused(found)
        d.at = arrived.occurred_at
        if arrived.subject is not None:
            d.hear(arrived.subject)
        _let_happen(d, arrived)
    return _leave(d, instance)


def _leave(d: Draft, instance: Instance | None) -> Advanced | Refused:
    if d.refused:
        return Refused(d.refused)
    if instance is not None and not d.entries:
        return Advanced(instance, ())
    return Advanced(d.instance(), tuple(d.entries))


def _start(ready: Ready, arrived: Arrived, facts: Facts, case: str) -> Advanced | Refused:
    at = arrived.occurred_at
    state = ready.states[ready.workflow.initial.text]
    variables = facts.first_vars()
    first = Instance(
        ready.id,
        ready.version,
        case,
        state.id.text,
        at,
        at,
        at,
        closed=state.closed or state.final,
        final=state.final,
        vars=variables,
        subject=ready.filled(arrived.subject or {}, variables),
    )
    d = Draft(ready, first, facts, new=True)
    cause = Cause(arrived.event_id, arrived.actor)
    lost, effects, levels = enter(d, "", cause)
    d.write(Happened.STARTED, cause, target=d.state, effects=effects)
    slas.write_lost(d, cause, lost)
    raise_to(d, levels, cause, "start")
    _complete(d, cause)
    return _leave(d, None)


def _complete(d: Draft, cause: Cause) -> None:
    """Run to completion; steps that do not end are undone up to here."""
    saved = d.save()
    if not complete(d, cause):
        d.restore(saved)
        write_livelock(d, cause)
    judge_rungs(d, cause)


def _let_happen(d: Draft, arrived: Arrived) -> None:
    name, payload = arrived.name, arrived.payload
    cause = Cause(arrived.event_id, arrived.actor, name, payload)
    why = str(payload.get("why") or "")
    saved = d.save()
    match name:
        case "@approve" | "@reject":
            pending = d.pending
            if pending is not None:
                (approve if name == APPROVE else reject)(d, pending, _plain(cause), why)
        case "@override":
            until = until_of(arrived, d.ready.time)
            if until is not None:
                override(d, str(payload["to"]), until, why, _plain(cause))
        case "@release":
            release(d, _plain(cause), why)
        case "@migrate":
            plan = next(m for m in d.ready.workflow.migrations if m.source == d.version)
            migrate(d, plan, _plain(cause))
            return  # nothing that was true before is news to the new version
        case "review" if d.ready.state_driven:
            review(d, cause)
        case "review" if not d.ready.judged_for(d.state, name).all:
            pass  # what needs no event is judged below
        case _:
            _event(d, cause)
    if not complete(d, cause):
        d.restore(saved)
        write_livelock(d, cause)
    judge_rungs(d, cause)


def _plain(cause: Cause) -> Cause:
    """Return the cause of a command: its payload is none of an event's."""
    return Cause(cause.id, cause.actor)


def _event(d: Draft, cause: Cause) -> None:
    """Let a named event happen; what is built in first, then what the state makes of it."""
    why = cause.payload.get("why")
    detail = {"why": why} if isinstance(why, str) else {}
    written = len(d.entries)
    if cause.event == SUSPEND:
        d.suspended_at = d.at
        slas.pause_all(d)
        d.write(Happened.SUSPENDED, cause, source=d.state, target=d.state, detail=dict(detail))
    elif cause.event in {RESUME, REPLIED} and d.suspended_at is not None:
        d.suspended_at = None
        slas.resume_all(d)
        d.write(Happened.RESUMED, cause, source=d.state, target=d.state)
    if d.ready.judged_for(d.state, cause.event).all or len(d.entries) == written:
        send(d, cause)
