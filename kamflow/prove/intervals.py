"""Stretches of days in which nothing changes that a proof rests on.

A parameter has dated values, so a table that is right today may break on the day of the next value:
every proof is made once for each of these intervals, future ones included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from kamflow.core.expr import Expr, Param, walk
from kamflow.core.program import Program, reached


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """``first`` to ``last``, both included, as day numbers."""

    first: int
    last: int


def params_of(program: Program, roots: Iterable[Expr]) -> frozenset[str]:
    """Return the parameters that expressions read, themselves or through definitions."""
    found = reached(program, roots, populations=True)
    return frozenset(n.name for e in found for n in walk(e) if isinstance(n, Param))


def intervals(program: Program, days: Days, params: Iterable[str]) -> tuple[Days, ...]:
    """Cut ``days`` wherever the value of one of ``params`` changes."""
    starts = {days.first}
    for name in params:
        versions = program.params[name].versions
        for (_, before), (day, value) in pairwise(versions):
            if days.first < day <= days.last and value != before:
                starts.add(day)
    ordered = sorted(starts)
    ends = [*(d - 1 for d in ordered[1:]), days.last]
    return tuple(Days(a, b) for a, b in zip(ordered, ends, strict=True))
