"""What people do to a case by hand: set its state for a while, let go of it, move it to a new version.

While an override stands, guards move nothing and timers that would move the case are not set; they begin
when it ends. Overriding to the state that the case is in holds it there: nothing is left or entered.

Migrating keeps what the migration lists: ``entered_at`` (else the dwell begins anew), ``var`` (else the
defaults), ``hold`` (else hold clocks begin anew). State timers are those of the new state, counted from
``entered_at`` and never due before now. No exit or entry action is run.
"""

from __future__ import annotations

from dataclasses import replace

from kamflow.workflow import slas
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.instance import Happened, Instant, JsonMap, Override, TimerKind, Verdict
from kamflow.workflow.model import Migration
from kamflow.workflow.move import Way, move
from kamflow.workflow.pending import lapse
from kamflow.workflow.timers import cancel, set_timer, start_state_timers


def override(d: Draft, to: str, until: Instant, why: str, cause: Cause) -> None:
    """Set the state by hand until an instant."""
    cancel(d, (TimerKind.OVERRIDE,))
    detail: JsonMap = {"until": until, "why": why}
    final = d.ready.states[to].final
    d.override = Override(to, cause.actor, why, until)
    if to == d.state:
        lapse(d, cause, "override")
        for timer in d.ready.states[to].timers:
            if timer.to is not None:
                cancel(d, (TimerKind.STATE,), timer.id.text)
    if not final:
        set_timer(d, TimerKind.OVERRIDE, to, (until, False))
    if to == d.state:
        d.write(Happened.OVERRIDDEN, cause, source=to, target=to, detail=detail)
    else:
        move(d, to, cause, Way(Happened.OVERRIDDEN, detail=detail))


def release(d: Draft, cause: Cause, why: str = "") -> None:
    """Let guards and timers move the case again."""
    if d.override is None:
        return
    d.override = None
    cancel(d, (TimerKind.OVERRIDE,))
    start_state_timers(d, d.at, only_moving=True)
    d.write(Happened.RELEASED, cause, source=d.state, target=d.state, detail={"why": why} if why else {})


def migrate(d: Draft, plan: Migration, cause: Cause) -> None:
    """Move a case to the version of ``d.ready`` by an explicit map of states."""
    target = {old.text: new.text for old, new in plan.map}
    lapse(d, cause, "migrated")
    source, before = d.state, d.version
    d.state, d.version = target[source], d.ready.version
    to = d.ready.states[d.state]
    d.closed, d.final = to.closed or to.final, to.final
    if "entered_at" not in plan.keep:
        d.entered_at = d.at
    first = d.facts.first_vars()
    kept = d.vars if "var" in plan.keep else {}
    d.vars = {name: kept.get(name, value) for name, value in first.items()}
    here = {c.id for c in d.ready.judged_for(d.state, "").all if c.transition.hold is not None}
    d.holds = tuple(h for h in d.holds if h[0] in here) if "hold" in plan.keep else ()
    d.unknown = ()
    cancel(d, (TimerKind.STATE, TimerKind.STALE))
    if d.override is not None:
        d.override = replace(d.override, state=d.state)
    gone = [name for name in slas.all_running(d) if d.final or name not in d.ready.slas]
    ended = slas.stop(d, gone, Verdict.EXEMPT)
    if d.final:
        cancel(d, tuple(TimerKind))
        d.override = None
    else:
        start_state_timers(d, d.entered_at)
    d.write(
        Happened.MIGRATED,
        cause,
        source=source,
        target=d.state,
        detail={"from": before, "to": d.version},
    )
    slas.write_stopped(d, cause, ended)
