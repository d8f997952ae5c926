"""One event after the other: judged, moved or left, and run to completion in an event-driven workflow."""

from __future__ import annotations

from enum import Enum, auto

from kamflow.workflow.choose import Choice, judge
from kamflow.workflow.draft import Cause, Draft
from kamflow.workflow.instance import Happened, Judged, Truth
from kamflow.workflow.move import take
from kamflow.workflow.pending import lapse, park

AMBIGUOUS, STALE_FACTS, LIVELOCK = "ambiguous", "stale_facts", "livelock"


class Step(Enum):
    FIRED = auto()
    STAYED = auto()


def review(d: Draft, cause: Cause) -> Step:
    """Judge what needs no event; at most one transition fires."""
    return _settle(d, judge(d), cause, always=False)


def send(d: Draft, cause: Cause) -> Step:
    """Judge what an event can do; at most one transition fires. The entry is written in any case."""
    return _settle(d, judge(d, cause.event, cause.payload), cause, always=True)


def complete(d: Draft, cause: Cause) -> bool:
    """Fire transitions without an event until none can. Return False where that does not end."""
    if d.ready.state_driven:
        return True
    silent = Cause(cause.id, cause.actor)
    for _ in range(d.ready.workflow.max_microsteps):
        if not _can_go_on(d) or _settle(d, judge(d), silent, always=False) is Step.STAYED:
            return True
    before = d.save()
    goes_on = _can_go_on(d) and _settle(d, judge(d), silent, always=False) is Step.FIRED
    if goes_on:
        d.restore(before)
    return not goes_on


def write_livelock(d: Draft, cause: Cause) -> None:
    """Write the incident that takes the place of steps which did not end."""
    d.write(
        Happened.INCIDENT,
        cause,
        source=d.state,
        code=LIVELOCK,
        detail={"microsteps": d.ready.workflow.max_microsteps},
    )


def _can_go_on(d: Draft) -> bool:
    return not d.final and not d.refused and bool(d.ready.judged_for(d.state, "").all)


def _settle(d: Draft, choice: Choice, cause: Cause, *, always: bool) -> Step:
    pending = d.pending
    lapses = pending is not None and _turned_false(pending.transition, choice.judged)
    if lapses:
        lapse(d, cause, "guard", choice.judged)
        pending = None
    chosen = choice.chosen
    if choice.rivals:
        d.write(
            Happened.INCIDENT,
            cause,
            source=d.state,
            code=AMBIGUOUS,
            judged=choice.judged,
            detail={"transitions": list(choice.rivals)},
        )
        return Step.STAYED
    if chosen is None or (pending is not None and pending.transition == chosen.id):
        if always or (choice.clocks and not lapses):
            d.write(Happened.STAYED, cause, source=d.state, target=d.state, judged=choice.judged)
        return Step.STAYED
    approve = chosen.transition.approve
    if approve is not None:
        park(d, chosen, approve, cause, choice.judged)
        return Step.STAYED
    take(d, chosen, cause, choice.judged)
    return Step.FIRED


def _turned_false(transition: str, judged: tuple[Judged, ...]) -> bool:
    return any(j.transition == transition and j.value is Truth.NO for j in judged)
