"""Timers fire, each at its own due time, as if somebody had been watching the clock."""

from __future__ import annotations

from typing import assert_never

from kamflow.base.text import NO_TEXT
from kamflow.workflow import slas
from kamflow.workflow.actions import plan
from kamflow.workflow.approvals import time_out
from kamflow.workflow.by_hand import release
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.instance import Happened, Instant, Timer, TimerKind
from kamflow.workflow.ladder import raise_to
from kamflow.workflow.model import StateTimer
from kamflow.workflow.move import Way, move
from kamflow.workflow.run import STALE_FACTS, complete, write_livelock
from kamflow.workflow.timers import next_timer

_MANY = 100  # at one instant: timers of no length that set each other would never end


def fire_due(d: Draft, upto: Instant) -> None:
    """Fire the timers that are due up to an instant, also those that these set."""
    at_once = 0
    while not d.final and not d.refused:
        timer = next_timer(d)
        if timer is None or timer.due > upto:
            return
        at_once = at_once + 1 if timer.due == d.at else 0
        d.at = timer.due
        d.timers = tuple(t for t in d.timers if t is not timer)
        cause = Cause(timer.key)
        saved = d.save()
        if at_once > _MANY or not _fire(d, timer, cause):
            d.restore(saved)
            write_livelock(d, cause)


def _fire(d: Draft, timer: Timer, cause: Cause) -> bool:
    match timer.kind:
        case TimerKind.SLA:
            _rung(d, timer.name, cause)
        case TimerKind.STATE:
            return _state_timer(d, timer.name, cause)
        case TimerKind.APPROVAL:
            time_out(d, cause)
        case TimerKind.OVERRIDE:
            release(d, cause)
            released = d.save()
            if not complete(d, cause):  # what was held by hand is let go of all the same
                d.restore(released)
                write_livelock(d, cause)
        case TimerKind.PAUSE:
            slas.end_pause(d, timer.name, cause)
        case TimerKind.STALE:
            since = dict(d.unknown).get(timer.name)
            d.write(
                Happened.INCIDENT,
                cause,
                source=d.state,
                transition=timer.name,
                code=STALE_FACTS,
                detail={"since": since},
            )
        case _:
            assert_never(timer.kind)
    return True


def _rung(d: Draft, name: str, cause: Cause) -> None:
    reached = slas.reach_rung(d, name)
    if reached is None:
        return
    ledger, percent = reached
    if percent is not None:
        d.write(Happened.SLA_WARNED, cause, detail=slas.told(ledger, percent))
        return
    effects, levels = plan(d, f"breach:{name}", d.ready.slas[name].breach, cause)
    d.write(Happened.SLA_BREACHED, cause, detail=slas.told(ledger, None), effects=effects)
    raise_to(d, levels, cause, f"sla:{name}")


def _state_timer(d: Draft, name: str, cause: Cause) -> bool:
    timer = next(t for t in d.ready.states[d.state].timers if t.id.text == name)
    owner = f"timer:{name}"
    if timer.to is not None:
        move(d, timer.to.text, cause, _way(timer, owner))
        return complete(d, cause)
    effects, levels = plan(d, owner, timer.do, cause)
    code, text = ("", NO_TEXT) if timer.reason is None else (timer.reason.code, timer.reason.text)
    d.write(
        Happened.TIMER,
        cause,
        source=d.state,
        target=d.state,
        code=code,
        reason=text,
        detail={"timer": name},
        effects=effects,
    )
    raise_to(d, levels, cause, owner)
    return True


def _way(timer: StateTimer, owner: str) -> Way:
    code, text = ("", NO_TEXT) if timer.reason is None else (timer.reason.code, timer.reason.text)
    detail = {"timer": timer.id.text}
    return Way(Happened.MOVED, code=code, reason=text, detail=dict(detail), do=(owner, timer.do))
