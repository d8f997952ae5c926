"""Standings reckoned another way: counting and adding over plain lists, with fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def percentile(value: int, members: Sequence[int]) -> Fraction:
    """Percent points, cut to 4 decimals."""
    return Fraction(floor(Fraction(sum(m < value for m in members), len(members)) * 10**6), 10**4)


def quantile(value: int, members: Sequence[int], n: int) -> int:
    return min(n, 1 + floor(Fraction(n * sum(m < value for m in members), len(members))))


def share(value: int, members: Sequence[int]) -> Fraction | None:
    total = sum(members)
    if total <= 0 or not 0 <= value <= total:
        return None
    return Fraction(floor(Fraction(value, total) * 10**6), 10**4)


def abc(value: int, members: Sequence[int], outside: str = "C") -> str:
    """80 % and 95 % of the total, the largest first."""
    total = sum(members)
    if total <= 0:
        return outside
    before = Fraction(sum(m for m in members if m > value), total)
    return "A" if before < Fraction(80, 100) else "B" if before < Fraction(95, 100) else "C"
