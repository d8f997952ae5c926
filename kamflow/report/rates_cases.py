"""Months of a lifecycle's cases, from the moves that their journal holds.

Assumes: moves of each case in their order. Leaves: a ``Month`` each; who left goes by the case's name, and
has the reason of the case, else that of its move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kamflow.report import months
from kamflow.report.cases import CaseFile, Move
from kamflow.report.model import Label
from kamflow.report.rates_orders import Month

LOST = frozenset({"lost", "churned", "流失"})
"""How states of loss are called."""


def is_lifecycle(one: CaseFile) -> bool:
    """Say whether cases are customers: a prospect that is given up is no customer lost."""
    return one.reviewed and any(s.id in LOST for s in one.states)


def months_of_cases(
    one: CaseFile, day: int, on_file: Mapping[str, Label]
) -> tuple[list[Month], dict[object, Label]]:
    """Return the whole months of the journal up to a day, and reasons by case. ``on_file``: those known.

    Months begin after the first move: before it cases are entered, and who is entered is not new.
    """
    moves: dict[str, list[Move]] = defaultdict(list)
    for move in one.moves:
        if move.day <= day:
            moves[move.case].append(move)
    moved = [m.day for many in moves.values() for m in many if m.source]
    if not moved:
        return [], {}
    final = frozenset(s.id for s in one.states if s.final)
    idle = final | LOST | {one.initial}
    bounds = months.whole(months.later(months.first_of(min(moved)), 1), day)
    n = len(bounds)
    active, away, back, new = [0] * n, [0] * n, [0] * n, [0] * n
    left: list[list[str]] = [[] for _ in bounds]
    reasons: dict[object, Label] = {}
    for case, many in moves.items():
        was = was_lost = ever = False
        for i, state in enumerate(_states(many, bounds)):
            now = state is not None and state not in idle
            if i and was and not now:
                left[i - 1].append(case)
                reasons[case] = on_file.get(case) or _reason(many, bounds[i])
            elif i and now and not was:
                (back if was_lost else new)[i - 1] += 1
            active[i] += now
            ever |= now
            was, was_lost = now, not now and state not in final and (ever or state in LOST)
            away[i] += was_lost
    return [
        Month(bounds[i], active[i], tuple(left[i]), new[i], back[i], away[i]) for i in range(n - 1)
    ], reasons


def _states(moves: list[Move], bounds: list[int]) -> list[str | None]:
    """Return the state on each of the days, None before the case began."""
    out: list[str | None] = []
    at, state = 0, None
    for bound in bounds:
        while at < len(moves) and moves[at].day < bound:
            state = moves[at].target
            at += 1
        out.append(state)
    return out


def _reason(moves: list[Move], before: int) -> Label:
    return next(m.reason for m in reversed(moves) if m.day < before)
