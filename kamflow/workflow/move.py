"""A case moves: exit actions, variables, the new state with its timers, clocks and entry actions.

Order, as in state charts: exit actions and the values of ``set`` see the variables before; ``do`` and the
entry actions those after. Entries, in order: what waited for approval lapses; a reopening; the move;
SLAs that stopped; SLAs without a budget; levels that actions raise the case to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from kamflow.base.frozen import frozen
from kamflow.base.text import NO_TEXT, Text
from kamflow.values.codec import Json
from kamflow.workflow import keys, slas
from kamflow.workflow.actions import plan
from kamflow.workflow.draft import NO_PAYLOAD, Cause, Draft, Planned
from kamflow.workflow.instance import Happened, JsonMap, Judged, Ledger, TimerKind, Verdict
from kamflow.workflow.ladder import raise_to
from kamflow.workflow.model import Action, Edge, Sla
from kamflow.workflow.pending import lapse
from kamflow.workflow.ready import Candidate
from kamflow.workflow.timers import cancel, start_state_timers


@frozen
class Way:
    """How a case comes into a state. ``do``: (owner, actions) that belong to the way itself."""

    happened: Happened
    transition: str = ""
    code: str = ""
    reason: Text = NO_TEXT
    judged: tuple[Judged, ...] = ()
    detail: JsonMap = field(default_factory=dict)
    do: tuple[str, tuple[Action, ...]] = ("", ())


def take(d: Draft, candidate: Candidate, cause: Cause, judged: tuple[Judged, ...]) -> None:
    """Let a transition fire: an internal one sets variables, any other leaves the state and enters one."""
    edge = candidate.transition
    new = _assigned(d, candidate, cause)
    do = (f"do:{candidate.id}", edge.do)
    if edge.to is not None:
        way = Way(Happened.MOVED, candidate.id, edge.reason.code, edge.reason.text, judged, do=do)
        move(d, edge.to.text, cause, way, new)
        return
    if new:
        d.put_vars(new)
    effects, levels = plan(d, *do, cause)
    d.write(
        Happened.INTERNAL,
        cause,
        source=d.state,
        target=d.state,
        transition=candidate.id,
        code=edge.reason.code,
        reason=edge.reason.text,
        judged=judged,
        effects=effects,
    )
    raise_to(d, levels, cause, candidate.id)


def move(d: Draft, target: str, cause: Cause, way: Way, new_vars: JsonMap = NO_PAYLOAD) -> None:
    """Leave the state and enter ``target``, which may be the same state again."""
    source, to = d.ready.states[d.state], d.ready.states[target]
    lapse(d, cause, "override" if way.happened is Happened.OVERRIDDEN else "left")
    closes = to.closed or to.final
    if d.closed and not closes:
        d.epoch, d.level, d.rungs = d.epoch + 1, -1, ()
        d.write(Happened.REOPENED, cause, source=d.state, target=target, detail={"epoch": d.epoch})
    effects, levels = plan(d, f"exit:{d.state}", source.exit, cause)
    leaves = d.state
    if new_vars:
        d.put_vars(new_vars)
    ended = _leave(d, target, closes=closes)
    d.state, d.entered_at, d.final = target, d.at, to.final
    reopened, d.closed = d.closed and not closes, closes
    more, raised = plan(d, *way.do, cause)
    lost, entered, climbed = enter(d, leaves, cause, reopened=reopened)
    d.write(
        way.happened,
        cause,
        source=leaves,
        target=target,
        transition=way.transition,
        code=way.code,
        reason=way.reason,
        judged=way.judged,
        detail=way.detail,
        effects=(*effects, *more, *entered),
    )
    slas.write_stopped(d, cause, ended)
    slas.write_lost(d, cause, lost)
    raise_to(d, (*levels, *raised, *climbed), cause, way.transition or target)


def enter(
    d: Draft, source: str, cause: Cause, *, reopened: bool = False
) -> tuple[tuple[str, ...], list[Planned], list[int]]:
    """Start the clocks and timers of the state that the case is in now, and plan its entry actions.

    Returns: SLAs without a budget, effects, levels. ``source`` "": a new case.
    """
    lost: tuple[str, ...] = ()
    if not d.final:
        lost = slas.start(d, _starting(d, source, reopened=reopened))
        start_state_timers(d, d.at)
    effects, levels = plan(d, f"entry:{d.state}", d.ready.states[d.state].entry, cause)
    return lost, effects, levels


def _starting(d: Draft, source: str, *, reopened: bool) -> Iterator[Sla]:
    if source:
        yield from d.ready.marked(Edge.EXIT, source)
    yield from d.ready.marked(Edge.ENTER, d.state)
    if reopened:  # spans that the case is in the middle of again
        told = {ledger.sla for ledger in d.ledgers}
        yield from (s for name, s in d.ready.slas.items() if name in told and d.state in d.ready.spans[name])


def _leave(d: Draft, target: str, *, closes: bool) -> tuple[Ledger, ...]:
    """End what ends with a state: its timers, hold clocks, and the SLAs whose stop marks are met."""
    cancel(d, (TimerKind.STATE, TimerKind.STALE))
    d.holds, d.unknown = (), ()
    met = d.ready.stopped(Edge.EXIT, d.state) | d.ready.stopped(Edge.ENTER, target)
    ended = slas.stop(d, sorted(met))
    if closes:
        ended += slas.stop(d, sorted(slas.all_running(d)), Verdict.EXEMPT)
        d.suspended_at = None
    if d.ready.states[target].final:
        cancel(d, tuple(TimerKind))
        d.override = None
    return ended


def _assigned(d: Draft, candidate: Candidate, cause: Cause) -> dict[str, Json]:
    """Return the new values of a transition's variables, all worked out on the values before."""
    wanted = candidate.transition.set
    asked = tuple(keys.setting(candidate.id, name.text) for name, value in wanted if value is not None)
    answers = d.ask(asked, cause.event, cause.payload)
    pairs = ((name.text, answers.get(keys.setting(candidate.id, name.text))) for name, _ in wanted)
    return {name: None if found is None else found.value for name, found in pairs}
