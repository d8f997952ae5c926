"""Rounding and division of integers: the one place that says what each mode means."""

from __future__ import annotations

from enum import StrEnum


class Rounding(StrEnum):
    """How a quotient becomes an integer. ``HALF_UP`` is 四舍五入: halves away from zero."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"  # away from zero
    DOWN = "down"  # towards zero
    CEILING = "ceiling"
    FLOOR = "floor"


def round_div(num: int, den: int, mode: Rounding) -> int:
    """Return ``num / den`` as an integer, rounded by ``mode``; ``den`` must not be 0."""
    if den < 0:
        num, den = -num, -den
    floor, rest = divmod(num, den)
    if rest == 0:
        return floor
    match mode:
        case Rounding.FLOOR:
            return floor
        case Rounding.CEILING:
            return floor + 1
        case Rounding.DOWN:
            return floor if num > 0 else floor + 1
        case Rounding.UP:
            return floor + 1 if num > 0 else floor
        case Rounding.HALF_UP:
            twice = 2 * rest
            return floor + 1 if twice > den or (twice == den and num > 0) else floor
        case Rounding.HALF_EVEN:
            twice = 2 * rest
            return floor + 1 if twice > den or (twice == den and floor & 1) else floor
