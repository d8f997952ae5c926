"""Who needs a step at a review, and which: the choice of ``workflow/choose`` over columns of many cases.

It only says for whom something changes; what then happens is done by ``advance``, one case at a time, and
compared with what was said here. Assumes: numpy; cases without timers that are due (those are for
``advance`` alone). Leaves: what would happen, as arrays; nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from kamflow.flow.standings import NEVER, Clock, Standings, order_of
from kamflow.workflow import keys
from kamflow.workflow.model import Duration
from kamflow.workflow.ready import Candidate, Ready
from kamflow.workflow.working_time import WorkingTime

if TYPE_CHECKING:
    Arr = np.ndarray[Any, Any]

NO, YES, UNKNOWN = 0, 1, 2


class Does(IntEnum):
    STAYS = 0  # nothing changes and nothing is written
    WRITES = 1  # stays, but a clock begins, ends, freezes or thaws, an approval lapses, or a level is raised
    AMBIGUOUS = 2
    PARKS = 3
    FIRES = 4


@dataclass(slots=True)
class Choices:
    """``does``: of ``Does``; ``transition``: its number where one parks or fires. ``hold``, ``dwell``: some
    true guard waits for that; ``unknown``: some guard is unknown."""

    does: Arr
    transition: Arr
    hold: Arr
    dwell: Arr
    unknown: Arr


@dataclass(slots=True)
class _Group:
    """Lines in one state, and what became of them so far."""

    lines: Arr
    text: Arr
    chosen: Arr
    priority: Arr
    rivals: Arr
    writes: Arr


def choose(ready: Ready, at: int, cases: Standings, truths: Mapping[str, Arr], among: Arr) -> Choices:
    """Say what a review at an instant does. ``truths``: key → NO, YES or UNKNOWN, a line for each case;
    ``among``: the lines to look at; all others stay."""
    count = len(cases.state)
    made = Choices(
        np.zeros(count, np.int8), np.full(count, -1, np.int16),
        np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_),
    )  # fmt: skip
    order = order_of(ready)
    for number, state in enumerate(ready.states):
        lines = among[cases.state[among] == number]
        if not len(lines):
            continue
        group = _Group(
            lines, cases.text[lines], np.full(len(lines), -1, np.int16), np.zeros(len(lines), np.int64),
            np.zeros(len(lines), np.bool_), np.zeros(len(lines), np.bool_),
        )  # fmt: skip
        for candidate in ready.judged_for(state, "").all:
            _judge(ready, at, cases, truths, candidate, order[candidate.id], group, made)
        _climb(ready, cases, truths, group, closed=ready.states[state].closed or ready.states[state].final)
        _settle(ready, cases, group, made)
    return made


def _judge(
    ready: Ready, at: int, cases: Standings, truths: Mapping[str, Arr], candidate: Candidate, number: int,
    group: _Group, made: Choices,
) -> None:  # fmt: skip
    lines, text = group.lines, group.text
    truth = truths[candidate.guard][lines] if candidate.guard else np.full(len(lines), YES, np.int8)
    yes, missing, by_hand = truth == YES, truth == UNKNOWN, cases.by_hand[text]
    made.unknown[lines] |= missing
    was_unknown = cases.unknown[candidate.id][text] != NEVER
    group.writes |= missing != was_unknown
    none = np.zeros(len(lines), np.bool_)
    dwells, held, until = none, none, np.zeros(len(lines), np.int64)
    if candidate.dwell is not None:
        until = add_all(ready.time, cases.entered[lines], candidate.dwell)
        dwells = yes & (at < until)
    if candidate.transition.hold is not None:
        began, ends = _run(at, cases.holds[candidate.id], text, truth, group), np.zeros(len(lines), np.int64)
        ends[yes] = add_all(ready.time, began[yes], candidate.transition.hold)
        held = yes & (at < ends)
        longest = held & (~dwells | (until < ends))  # the longer of the two is told
        made.hold[lines] |= longest & ~by_hand
        made.dwell[lines] |= dwells & ~longest & ~by_hand
    else:
        made.dwell[lines] |= dwells & ~by_hand
    may = yes & ~dwells & ~held & ~by_hand
    first = may & (group.chosen < 0)
    group.rivals |= may & ~first & (group.priority == candidate.transition.priority)
    group.chosen[first] = number
    group.priority[first] = candidate.transition.priority
    pending = cases.pending[text] == number
    group.writes |= pending & (truth == NO)


def _run(at: int, clock: Clock, text: Arr, truth: Arr, group: _Group) -> Arr:
    """Run the hold clocks of one transition; return since when they count now."""
    since, frozen_at, frozen = clock.since[text], clock.frozen_at[text], clock.frozen[text]
    runs, stands = since != NEVER, frozen_at != NEVER
    yes = truth == YES
    group.writes |= (truth == NO) & runs
    group.writes |= (truth == UNKNOWN) & runs & ~stands
    group.writes |= yes & (~runs | stands)
    more = np.where(runs & stands, at - frozen_at, 0)
    return np.where(runs, since + frozen + more, at)


def _climb(ready: Ready, cases: Standings, truths: Mapping[str, Arr], group: _Group, *, closed: bool) -> None:
    if closed:
        return
    for i, rung in enumerate(ready.workflow.ladder.auto):
        below = cases.level[group.text] < rung.level
        group.writes |= below & (truths[keys.auto_level(i)][group.lines] == YES)


def _settle(ready: Ready, cases: Standings, group: _Group, made: Choices) -> None:
    lines, chosen = group.lines, group.chosen
    parks = np.array([c.transition.approve is not None for c in ready.by_id.values()], np.bool_)
    some = chosen >= 0
    waiting = some & (cases.pending[group.text] == chosen) & ~group.rivals
    moves = some & ~waiting & ~group.rivals
    does = np.where(group.writes, Does.WRITES, Does.STAYS).astype(np.int8)
    does[group.rivals] = Does.AMBIGUOUS
    does[moves] = np.where(parks[chosen[moves]], Does.PARKS, Does.FIRES)
    made.does[lines] = does
    made.transition[lines[moves]] = chosen[moves]


def add_all(time: WorkingTime, instants: Arr, duration: Duration) -> Arr:
    """Return when a duration that begins at each of many instants is over."""
    return _each(instants, lambda instant: time.add(instant, duration)[0])


def whole_days(time: WorkingTime, instants: Arr, end: int) -> Arr:
    """Return how many whole days have passed since each of many instants."""
    return _each(instants, lambda instant: time.whole_days(instant, end))


def _each(instants: Arr, function: Callable[[int], int]) -> Arr:
    """Apply a function to different instants once each; many cases moved on the same few days."""
    different, places = np.unique(instants, return_inverse=True)
    return np.fromiter(map(function, different.tolist()), np.int64, len(different))[places]
