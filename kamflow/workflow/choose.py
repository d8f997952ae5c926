"""Judging: what every candidate's guard says, what blocks it, and which edge fires.

All candidates are judged and told. Eligible is what is true, may leave the state (`min_dwell`) and has held
long enough (`hold`). The machine takes the lowest (priority, order) of the eligible ones; another eligible
one of the same priority makes it ambiguous, and nothing moves.

A hold counts as if it had begun later by the time that it was frozen for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from kamflow.base.frozen import frozen
from kamflow.workflow.draft import NO_PAYLOAD, Draft
from kamflow.workflow.instance import Answer, Block, Hold, Instant, JsonMap, Judged, TimerKind, Truth
from kamflow.workflow.ready import Candidate
from kamflow.workflow.timers import cancel, set_timer

_T = TypeVar("_T")


@frozen
class Choice:
    """``rivals``: eligible at the priority of ``chosen``, more than one: ambiguous. ``clocks``: a hold or the
    time of not knowing began, ended, froze or thawed."""

    judged: tuple[Judged, ...]
    chosen: Candidate | None
    rivals: tuple[str, ...]
    clocks: bool


def judge(d: Draft, event: str = "", payload: JsonMap = NO_PAYLOAD) -> Choice:
    """Judge the edges of the case's state for an event ("": what is judged without one)."""
    group = d.ready.judged_for(d.state, event)
    answers = d.ask(group.guards, event, payload)
    before = d.holds, d.unknown
    judged: list[Judged] = []
    eligible: dict[str, Candidate] = {}
    for candidate in group.all:
        seen = see(candidate, answers)
        _run_clocks(d, candidate, seen.value, unknown=not event)
        if seen.value is Truth.YES:
            waits = blocks(d, candidate)
            if d.override is not None:
                waits = ((Block.OVERRIDE, d.override.until),)
            if waits:
                block, until = max(waits, key=lambda pair: pair[1])
                seen = replace(seen, blocked=block, until=until)
            else:
                eligible[candidate.id] = candidate
        judged.append(seen)
    clocks = (d.holds, d.unknown) != before
    if not eligible:
        return Choice(tuple(judged), None, (), clocks)
    name = d.ready.choose(d.state, event, eligible)
    if name is None:
        raise AssertionError("the machine took none of the edges that may fire")
    return _told(judged, eligible, eligible[name], clocks)


def see(candidate: Candidate, answers: Mapping[str, Answer]) -> Judged:
    """Return what a guard says; an edge without one is true."""
    if not candidate.guard:
        return Judged(candidate.id, Truth.YES)
    answer = answers.get(candidate.guard)
    if answer is None:
        return Judged(candidate.id, Truth.UNKNOWN)
    value = answer.value
    truth = Truth.YES if value is True else Truth.NO if value is False else Truth.UNKNOWN
    return Judged(candidate.id, truth, answer.facts, answer.missing)


def blocks(d: Draft, candidate: Candidate) -> tuple[tuple[Block, Instant], ...]:
    """Return what a true candidate still waits for, and until when each."""
    add = d.ready.time.add
    found: list[tuple[Block, Instant]] = []
    if candidate.dwell is not None:
        found.append((Block.DWELL, add(d.entered_at, candidate.dwell)[0]))
    duration = candidate.transition.hold
    if duration is not None:
        hold = dict(d.holds).get(candidate.id, Hold(d.at))
        found.append((Block.HOLD, add(hold.since + hold.frozen, duration)[0]))
    return tuple(pair for pair in found if d.at < pair[1])


def _told(judged: list[Judged], eligible: Mapping[str, Candidate], chosen: Candidate, clocks: bool) -> Choice:
    rivals = tuple(c.id for c in eligible.values() if c.transition.priority == chosen.transition.priority)
    ambiguous = len(rivals) > 1
    told: list[Judged] = []
    for seen in judged:
        block = None
        if ambiguous and seen.transition in rivals:
            block = Block.AMBIGUOUS
        elif seen.transition in eligible and seen.transition != chosen.id:
            block = Block.OUTRANKED
        elif seen.transition == chosen.id and chosen.transition.approve is not None:
            block = Block.APPROVAL
        told.append(seen if block is None else replace(seen, blocked=block))
    return Choice(tuple(told), chosen, rivals if ambiguous else (), clocks)


def _run_clocks(d: Draft, candidate: Candidate, value: Truth, *, unknown: bool) -> None:
    name = candidate.id
    if candidate.transition.hold is not None:
        holds = dict(d.holds)
        found = _run_hold(d.at, holds.get(name), value)
        if found != holds.get(name):
            d.holds = put(d.holds, name, found)
    if not unknown:
        return
    since = dict(d.unknown).get(name)
    if value is Truth.UNKNOWN and since is None:
        d.unknown = put(d.unknown, name, d.at)
        stale = d.ready.workflow.stale_after
        if stale is not None:
            set_timer(d, TimerKind.STALE, name, d.ready.time.add(d.at, stale))
    elif value is not Truth.UNKNOWN and since is not None:
        d.unknown = put(d.unknown, name, None)
        cancel(d, (TimerKind.STALE,), name)


def _run_hold(at: Instant, hold: Hold | None, value: Truth) -> Hold | None:
    match value:
        case Truth.NO:
            return None
        case Truth.UNKNOWN:
            if hold is None or hold.frozen_at is not None:
                return hold
            return replace(hold, frozen_at=at)
        case Truth.YES:
            if hold is None:
                return Hold(at)
            if hold.frozen_at is None:
                return hold
            return Hold(hold.since, None, hold.frozen + at - hold.frozen_at)


def put(pairs: tuple[tuple[str, _T], ...], name: str, value: _T | None) -> tuple[tuple[str, _T], ...]:
    """Return sorted pairs with one replaced, added, or (None) left out."""
    rest = [pair for pair in pairs if pair[0] != name]
    if value is not None:
        rest.append((name, value))
    return tuple(sorted(rest, key=lambda pair: pair[0]))
