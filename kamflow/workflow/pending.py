"""Transitions that wait for approval: parked, and given up."""

from __future__ import annotations

from kamflow.workflow.choose import put
from kamflow.workflow.draft import Cause, Draft, Planned
from kamflow.workflow.instance import Happened, Hold, Judged, Pending, TimerKind
from kamflow.workflow.model import Approve
from kamflow.workflow.ready import Candidate
from kamflow.workflow.timers import cancel, set_timer


def park(d: Draft, candidate: Candidate, approve: Approve, cause: Cause, judged: tuple[Judged, ...]) -> None:
    """Let a transition wait for approval; one that waited before is given up."""
    lapse(d, cause, "superseded")
    name = candidate.id
    d.pending = Pending(f"{name}#{d.seq + 1}", name, approve.role, d.at, 0, dict(cause.payload), cause.event)
    due = d.ready.time.add(d.at, approve.within)
    set_timer(d, TimerKind.APPROVAL, name, due)
    to = candidate.transition.to
    d.write(
        Happened.PARKED,
        cause,
        source=d.state,
        target="" if to is None else to.text,
        transition=name,
        judged=judged,
        detail={"approval": d.pending.id, "role": approve.role, "due": due[0]},
        effects=(approval_task(d.pending, *due),),
    )


def approval_task(pending: Pending, due: int, provisional: bool) -> Planned:
    """Return the task of whoever has to approve."""
    payload = {
        "id": "approve",
        "role": pending.role,
        "approval": pending.id,
        "transition": pending.transition,
    }
    return Planned("create_task", dict(payload), due, provisional)


def clear(d: Draft) -> None:
    """Take a waiting transition away, with its timer."""
    d.pending = None
    cancel(d, (TimerKind.APPROVAL,))


def lapse(d: Draft, cause: Cause, why: str, judged: tuple[Judged, ...] = ()) -> None:
    """Give up a transition that waits, if one does. ``why``: guard, superseded, left, override,
    migrated."""
    pending = d.pending
    if pending is None:
        return
    clear(d)
    d.write(
        Happened.LAPSED,
        cause,
        source=d.state,
        transition=pending.transition,
        judged=judged,
        detail={"approval": pending.id, "why": why},
    )


def restart_hold(d: Draft, name: str) -> None:
    """Begin a transition's hold anew: what was rejected holds as long again before it is asked again."""
    candidate = d.ready.by_id.get(name)
    if candidate is not None and candidate.transition.hold is not None:
        d.holds = put(d.holds, name, Hold(d.at))
