"""Sets of integers as ascending, disjoint closed ranges that do not touch: one form for each set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Values: TypeAlias = tuple[tuple[int, int], ...]
NO_VALUES: Values = ()


def make(ranges: Iterable[tuple[int, int]]) -> Values:
    """Return the set of all values in ``ranges``, in any order; empty ones (``a > b``) count for nothing."""
    out: list[tuple[int, int]] = []
    for a, b in sorted(r for r in ranges if r[0] <= r[1]):
        if out and a <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return tuple(out)


def union(a: Values, b: Values) -> Values:
    return make(a + b)


def intersect(a: Values, b: Values) -> Values:
    if a == b:
        return a
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        lo, hi = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if lo <= hi:
            out.append((lo, hi))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def minus(a: Values, b: Values) -> Values:
    out: list[tuple[int, int]] = []
    for start, end in a:
        lo = start
        for c, d in b:
            if d < lo or c > end:
                continue
            if c > lo:
                out.append((lo, c - 1))
            lo = d + 1
        if lo <= end:
            out.append((lo, end))
    return tuple(out)


def meet(a: Values, b: Values) -> bool:
    """Say whether two sets have a value in common."""
    i = j = 0
    while i < len(a) and j < len(b):
        if max(a[i][0], b[j][0]) <= min(a[i][1], b[j][1]):
            return True
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return False


def size(a: Values) -> int:
    return sum(hi - lo + 1 for lo, hi in a)


def contains(a: Values, value: int) -> bool:
    return any(lo <= value <= hi for lo, hi in a)
