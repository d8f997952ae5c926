"""Division and rounding as linear terms where the divisor is known, exactly as ``values.rounding`` says.

z3's `div` by a constant above 0 rounds down; everything else is made of that.
"""

from __future__ import annotations

from typing import assert_never

from kamflow.engines.smt.terms import Term, Terms
from kamflow.values.rounding import Rounding, round_div


def div_round(t: Terms, num: Term, den: Term, mode: Rounding, *, positive: bool = False) -> Term:
    """Return ``num / den`` rounded; for a divisor of 0 anything. ``positive``: ``num`` is never below 0."""
    if isinstance(den, int):
        if den == 0:
            return 0
        if den < 0:
            num, den, positive = t.neg(num), -den, False
        if isinstance(num, int):
            return round_div(num, den, mode)
        made = _by_constant(t, num, den, mode, positive=positive)
        return t.mapped(made, num, lambda n: round_div(n, den, mode))
    split = t.by_value(den, lambda d: div_round(t, num, d, mode, positive=positive))
    return _by_variable(t, num, den, mode) if split is None else split


def _by_constant(t: Terms, num: Term, den: int, mode: Rounding, *, positive: bool) -> Term:
    def signed(above: Term, below: Term) -> Term:
        return above if positive else t.ite(t.le(0, num), above, below)

    def half(n: Term) -> Term:
        return t.div(t.add(t.mul(2, n), den), 2 * den)

    match mode:
        case Rounding.FLOOR:
            return t.div(num, den)
        case Rounding.CEILING:
            return _up(t, num, den)
        case Rounding.DOWN:
            return signed(t.div(num, den), _up(t, num, den))
        case Rounding.UP:
            return signed(_up(t, num, den), t.div(num, den))
        case Rounding.HALF_UP:
            return signed(half(num), t.neg(half(t.neg(num))))
        case Rounding.HALF_EVEN:
            floor = t.name("floor", t.div(num, den))
            return _from_floor(t, num, den, floor, t.sub(num, t.mul(den, floor)), mode)
        case _:
            assert_never(mode)


def _up(t: Terms, num: Term, den: int) -> Term:
    return t.neg(t.div(t.neg(num), den))


def _by_variable(t: Terms, num: Term, den: Term, mode: Rounding) -> Term:
    """Say what the quotient and the rest are: z3 has to find them, or to give up."""
    num = t.name("num", t.ite(t.lt(den, 0), t.neg(num), num))
    den = t.name("den", t.ite(t.lt(den, 0), t.neg(den), den))
    floor, rest = t.fresh_int("quotient"), t.fresh_int("rest", lo=0)
    t.factors.append(den)
    known = (t.eq(num, t.add(t.mul(floor, den), rest)), t.lt(rest, den))
    t.require(t.implies(t.lt(0, den), t.and_(known)))
    t.require(t.implies(t.le(0, num), t.and_((t.le(0, floor), t.le(floor, num)))))
    t.require(t.implies(t.lt(num, 0), t.and_((t.lt(floor, 0), t.le(num, floor)))))
    return _from_floor(t, num, den, floor, rest, mode)


def _from_floor(t: Terms, num: Term, den: Term, floor: Term, rest: Term, mode: Rounding) -> Term:
    """Round by the quotient below and the rest, the divisor being above 0."""
    twice = t.mul(2, rest)
    over, tie = t.lt(den, twice), t.eq(twice, den)
    inexact = t.lt(0, rest)
    match mode:
        case Rounding.FLOOR:
            up: Term = False
        case Rounding.CEILING:
            up = inexact
        case Rounding.DOWN:
            up = t.and_((inexact, t.lt(num, 0)))
        case Rounding.UP:
            up = t.and_((inexact, t.lt(0, num)))
        case Rounding.HALF_UP:
            up = t.or_((over, t.and_((tie, t.lt(0, num)))))
        case Rounding.HALF_EVEN:
            up = t.or_((over, t.and_((tie, t.eq(t.mod(floor, 2), 1)))))
        case _:
            assert_never(mode)
    return t.add(floor, t.ite(up, 1, 0))
