"""Where many cases stand, as arrays: what a review needs of each without its body.

Assumes: numpy; cases with the parts of their bodies that `standing_parts` names. Leaves: an array for
each thing, a line for each customer of the stretch. What stands in bodies (clocks, what waits) is kept
once for each different text: cases that nothing ever happened to, or the same on the same day, are many.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kamflow.flow.review_reads import ReviewReads
from kamflow.journal.standing import Standing
from kamflow.workflow.ready import Ready

if TYPE_CHECKING:
    Arr = np.ndarray[Any, Any]

NEVER = np.iinfo(np.int64).max
NO_CASE, ELSEWHERE = -1, -2
"""In place of a state: there is no case, or it is on another version."""


@dataclass(slots=True)
class Clock:
    """The hold of one transition by text: ``since`` NEVER where it does not run; ``frozen_at`` likewise."""

    since: Arr
    frozen_at: Arr
    frozen: Arr


@dataclass(slots=True)
class Standings:
    """``state``: its place in the definition. ``text``: which of the different texts; those below go by it.

    ``due``: of the next timer, NEVER where none is set. ``stands_in``: a variable stands in for a field that
    guards read. ``pending``: the place of the transition that waits,
    or -1. ``unknown``: since when a guard has been unknown, NEVER where it is not.
    """

    state: Arr
    rev: Arr
    entered: Arr
    due: Arr
    final: Arr
    text: Arr
    last: Arr
    level: Arr
    pending: Arr
    by_hand: Arr
    holds: Mapping[str, Clock]
    unknown: Mapping[str, Arr]
    stands_in: Arr
    vars: Sequence[str] | None


def standings(ready: Ready, names: Sequence[str], found: Sequence[Standing], reads: ReviewReads) -> Standings:
    """Put cases beside the customers whose names they have. ``found``: in any order."""
    count = len(names)
    states = {name: i for i, name in enumerate(ready.states)}
    line_of = {name: i for i, name in enumerate(names)}
    lines = np.fromiter((line_of[s.instance] for s in found), np.int64, len(found))
    texts: dict[str, int] = {}
    own = ready.version

    def spread(values: Sequence[int], empty: int, kind: type = np.int64) -> Arr:
        made: Arr = np.full(count, empty, kind)
        made[lines] = np.array(values, kind) if len(values) else 0
        return made

    where = [states[s.state] if s.version == own else ELSEWHERE for s in found]
    text = spread([texts.setdefault(s.said, len(texts)) for s in found], 0, np.int32)
    variables: list[str] | None = None
    told = [json.loads(said) for said in texts] or [[0, -1, None, None, {}, {}, {}]]
    if reads.vars:
        shown = [json.dumps(t[6], ensure_ascii=False) for t in told]
        variables = [shown[i] for i in text.tolist()]
    return Standings(
        spread(where, NO_CASE, np.int16),
        spread([s.rev for s in found], 0),
        spread([s.entered_at for s in found], 0),
        spread([NEVER if s.next_due is None else s.next_due for s in found], NEVER),
        spread([s.final for s in found], 0, np.bool_),
        text,
        np.array([t[0] for t in told], np.int64),
        np.array([t[1] for t in told], np.int64),
        np.array([_place(ready, t[2]) for t in told], np.int16),
        np.array([t[3] is not None for t in told], np.bool_),
        {name: _clock(name, told) for name in _held(ready)},
        {name: _since(name, told) for name in _judged(ready)},
        np.array([any(t[6].get(name) is not None for name in reads.fills) for t in told], np.bool_),
        variables,
    )


def order_of(ready: Ready) -> dict[str, int]:
    """Return a number for each transition."""
    return {name: i for i, name in enumerate(ready.by_id)}


def _place(ready: Ready, pending: Mapping[str, str] | None) -> int:
    return -1 if pending is None else order_of(ready).get(pending["transition"], -1)


def _judged(ready: Ready) -> list[str]:
    """Return the transitions that reviews judge."""
    found = (c.id for (_, event), group in ready.candidates.items() if not event for c in group.all)
    return list(dict.fromkeys(found))


def _held(ready: Ready) -> list[str]:
    return [name for name in _judged(ready) if ready.by_id[name].transition.hold is not None]


def _clock(name: str, told: Sequence[list[Any]]) -> Clock:
    found = [t[4].get(name) for t in told]
    return Clock(
        np.array([NEVER if h is None else h["since"] for h in found], np.int64),
        np.array([NEVER if h is None or h["frozen_at"] is None else h["frozen_at"] for h in found], np.int64),
        np.array([0 if h is None else h["frozen"] for h in found], np.int64),
    )


def _since(name: str, told: Sequence[list[Any]]) -> Arr:
    return np.array([t[5].get(name, NEVER) for t in told], np.int64)
