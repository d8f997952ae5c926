"""What would become of a case if it were reviewed now, and what keeps it where it is. Changes nothing."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.values.codec import Json
from kamflow.values.dates import show_day
from kamflow.workflow.choose import Choice, blocks, judge
from kamflow.workflow.draft import Draft
from kamflow.workflow.firing import fire_due
from kamflow.workflow.instance import Block, Facts, Instance, Instant, JsonMap, Judged, Truth
from kamflow.workflow.ready import Candidate, Ready
from kamflow.workflow.working_time import WorkingTime


@frozen
class Outlook:
    """``next``: the state that the transition leads to which comes first if the facts stay as they are; ""
    where no guard is true. ``eligible_at``: when it may fire; None: nobody knows (ambiguous, no
    guard true). ``blocked_by``: why it does not fire now, () where a review would fire it.

    ``judged``: every candidate: false (with the facts that its guard names), unknown (with what is missing),
    or true (with what it waits for, and until when).
    """

    state: str
    next: str
    transition: str
    eligible_at: Instant | None
    blocked_by: tuple[Block, ...]
    judged: tuple[Judged, ...]


def outlook(
    ready: Ready, instance: Instance, at: Instant, subject: JsonMap, facts: Facts
) -> Outlook | tuple[Diagnostic, ...]:
    """Judge a case on the facts of an instant, after the timers that are due by then. Findings: the
    facts can't be read or decided."""
    d = Draft(ready, instance, facts)
    fire_due(d, at)
    d.at = max(at, d.last_at)
    d.hear(subject)
    choice = judge(d)
    if d.refused:
        return d.refused
    first = _first(d, choice)
    if first is None:
        return Outlook(d.state, "", "", None, (), choice.judged)
    candidate, waits = first
    to = candidate.transition.to
    found = [block for block, _ in waits]
    eligible: Instant | None = max((until for _, until in waits), default=d.at)
    if choice.rivals:
        found, eligible = [*found, Block.AMBIGUOUS], None
    if candidate.transition.approve is not None:
        found.append(Block.APPROVAL)
    target = d.state if to is None else to.text
    return Outlook(d.state, target, candidate.id, eligible, tuple(found), choice.judged)


def outlook_json(found: Outlook, time: WorkingTime) -> JsonMap:
    """Return an outlook as the ``workflows`` block of an evaluation shows it; days are of the calendar."""
    day = None if found.eligible_at is None else show_day(time.day_of(found.eligible_at))
    blocked: list[Json] = [block.value for block in found.blocked_by]
    return {
        "state": found.state,
        "next": found.next or None,
        "transition": found.transition or None,
        "eligible_on": day,
        "blocked_by": blocked,
    }


def _first(d: Draft, choice: Choice) -> tuple[Candidate, tuple[tuple[Block, Instant], ...]] | None:
    """Return the candidate that fires, else the true one that may fire earliest."""
    if choice.chosen is not None:
        return choice.chosen, ()
    true = [d.ready.by_id[j.transition] for j in choice.judged if j.value is Truth.YES]
    waiting = [(c, _waits(d, c)) for c in true]
    return min(waiting, key=lambda pair: max(until for _, until in pair[1]), default=None)


def _waits(d: Draft, candidate: Candidate) -> tuple[tuple[Block, Instant], ...]:
    waits = blocks(d, candidate)
    return waits if d.override is None else (*waits, (Block.OVERRIDE, d.override.until))
