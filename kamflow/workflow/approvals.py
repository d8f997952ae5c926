"""What becomes of a transition that waits: approved, rejected, timed out.

Approving judges the guard again, with the payload of then and the facts of now. Rejecting and a time-out that
rejects begin the transition's hold anew. A time-out that escalates raises the case to the next rung of the
ladder above its level and above whoever was asked; that rung's role is asked then, for another span of the
same length. At the top the request stays, without a limit.
"""

from __future__ import annotations

from dataclasses import replace

from kamflow.workflow import step_errors
from kamflow.workflow.choose import see
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.instance import Happened, JsonMap, Judged, Pending, TimerKind, Truth
from kamflow.workflow.ladder import raise_to, rung_above
from kamflow.workflow.model import OnTimeout, Role
from kamflow.workflow.move import take
from kamflow.workflow.pending import approval_task, clear, lapse, restart_hold
from kamflow.workflow.ready import Candidate
from kamflow.workflow.timers import set_timer


def approve(d: Draft, pending: Pending, cause: Cause, why: str) -> None:
    """Let a waiting transition fire if its guard is still true; it lapses where that turned false."""
    candidate = d.ready.by_id[pending.transition]
    seen = _again(d, candidate, pending)
    if seen.value is Truth.UNKNOWN:
        d.refused = d.refused or (step_errors.unknown_at_approval(pending, seen.missing),)
        return
    if seen.value is Truth.NO:
        lapse(d, cause, "guard", (seen,))
        return
    clear(d)
    d.write(
        Happened.APPROVED,
        cause,
        source=d.state,
        transition=pending.transition,
        judged=(seen,),
        detail=_detail(pending, why),
    )
    take(d, candidate, Cause(cause.id, cause.actor, pending.event, pending.payload), (seen,))


def reject(d: Draft, pending: Pending, cause: Cause, why: str) -> None:
    """Give up a waiting transition because somebody said no."""
    clear(d)
    restart_hold(d, pending.transition)
    d.write(
        Happened.REJECTED,
        cause,
        source=d.state,
        transition=pending.transition,
        detail=_detail(pending, why),
    )


def time_out(d: Draft, cause: Cause) -> None:
    """Nobody answered in time."""
    pending = d.pending
    if pending is None:
        return
    request = d.ready.by_id[pending.transition].transition.approve
    rung = rung_above(d, pending.role)
    if request is None or request.on_timeout is OnTimeout.REJECT:
        clear(d)
        restart_hold(d, pending.transition)
        _write(d, pending, cause, {"outcome": "rejected"})
    elif rung is None or d.closed:
        _write(d, pending, cause, {"outcome": "waits"})
    else:
        role = rung.to.name if rung.to.kind is Role.ROLE else pending.role
        climbed = replace(pending, level=pending.level + 1, role=role)
        d.pending = climbed
        due = d.ready.time.add(d.at, request.within)
        set_timer(d, TimerKind.APPROVAL, pending.transition, due)
        d.write(
            Happened.TIMED_OUT,
            cause,
            source=d.state,
            transition=pending.transition,
            detail={**_detail(pending), "outcome": "escalated", "role": role, "due": due[0]},
            effects=(approval_task(climbed, *due),),
        )
        raise_to(d, (rung.level,), cause, pending.id)


def _write(d: Draft, pending: Pending, cause: Cause, more: JsonMap) -> None:
    d.write(
        Happened.TIMED_OUT,
        cause,
        source=d.state,
        transition=pending.transition,
        detail={**_detail(pending), **more},
    )


def _detail(pending: Pending, why: str = "") -> JsonMap:
    found: dict[str, str] = {"approval": pending.id}
    if why:
        found["why"] = why
    return dict(found)


def _again(d: Draft, candidate: Candidate, pending: Pending) -> Judged:
    guards = (candidate.guard,) if candidate.guard else ()
    return see(candidate, d.ask(guards, pending.event, pending.payload))
