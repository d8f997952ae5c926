"""Ranges are proved: every value that an expression can take lies in the range its type claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamflow.base.span import NOWHERE
from kamflow.check import amounts
from kamflow.check.arithmetic import add_months
from kamflow.check.facts import NO_FACTS, Facts, assume
from kamflow.check.scope import Scope
from kamflow.core.expr import DivRound, Expr, Get, Lit, Op
from kamflow.core.ty import DATE, INT128, MONTHS, NUMBER, ScaledTy, strip_opt
from kamflow.values.rounding import Rounding
from tests.check.brute import apply_bool, environments, holds, number, rounded, value
from tests.check.brute import field as make_field

MODES = list(Rounding)
NAMES = ("x", "y")


@dataclass
class Built:
    """An expression, and what it means in exact fractions for given integers of the fields."""

    expr: Expr
    fields: dict[str, Get] = field(default_factory=dict)


def _ty(e: Expr) -> ScaledTy:
    ty = strip_opt(e.ty)
    assert isinstance(ty, ScaledTy)
    return ty


@st.composite
def _fields(draw: st.DrawFn) -> dict[str, Get]:
    out = {}
    for name in NAMES:
        lo = draw(st.integers(-6, 4))
        out[name] = make_field(name, lo, lo + draw(st.integers(0, 8)), scale=draw(st.integers(0, 1)))
    return out


@st.composite
def _facts(draw: st.DrawFn, fields: dict[str, Get]) -> tuple[Facts, list[tuple[Expr, bool]]]:
    """Sometimes a guard stands around the expression: then ranges are narrower."""
    facts: Facts = NO_FACTS
    guards: list[tuple[Expr, bool]] = []
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(NAMES))
        bound = number(draw(st.integers(-5, 5)), _ty(fields[name]).scale)
        op = draw(st.sampled_from([Op.LE, Op.LT, Op.EQ_INT]))
        args = draw(st.permutations([cast("Expr", fields[name]), bound]))
        guard = (apply_bool(op, *args), draw(st.booleans()))
        guards.append(guard)
        facts = assume(facts, *guard)
    return facts, guards


@st.composite
def _expr(draw: st.DrawFn, fields: dict[str, Get], facts: Facts, depth: int) -> Expr:
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        if draw(st.booleans()):
            return fields[draw(st.sampled_from(NAMES))]
        return number(draw(st.integers(-12, 12)), draw(st.integers(0, 2)))
    kind = draw(st.sampled_from(["add", "sub", "mul", "neg", "abs", "min", "max", "div", "round", "rescale"]))
    e = draw(_expr(fields, facts, depth - 1))
    if kind == "neg":
        return amounts.negate(facts, e, NOWHERE)
    if kind == "abs":
        return amounts.absolute(facts, e, NOWHERE)
    if kind == "rescale":
        return amounts.rescale(facts, e, _ty(e).scale + draw(st.integers(0, 2)))
    if kind == "round":
        step, scale = draw(st.integers(1, 12)), draw(st.integers(0, 2))
        return amounts.round_to(facts, e, step, scale, draw(st.sampled_from(MODES)), NOWHERE)
    other = draw(_expr(fields, facts, depth - 1))
    if kind == "div":
        scale = draw(st.integers(0, 2))
        power = _ty(other).scale - _ty(e).scale + scale
        mode, step = draw(st.sampled_from(MODES)), draw(st.sampled_from([1, 1, 5, 25]))
        return amounts.divide(facts, e, other, power, step, mode, NUMBER, scale, NOWHERE)
    if kind == "mul":
        return amounts.multiply(facts, e, other, NUMBER, _ty(e).scale + _ty(other).scale, NOWHERE)
    a, b = amounts.align(facts, [e, other])
    if kind in {"add", "sub"}:
        return amounts.add(facts, Op.ADD if kind == "add" else Op.SUB, a, b, NUMBER, NOWHERE)
    return amounts.extreme(facts, Op.MIN if kind == "min" else Op.MAX, [a, b], NOWHERE)


@st.composite
def _guarded(draw: st.DrawFn) -> tuple[dict[str, Get], list[tuple[Expr, bool]], Expr]:
    fields = draw(_fields())
    facts, guards = draw(_facts(fields))
    return fields, guards, draw(_expr(fields, facts, 3))


@given(_guarded())
def test_the_proved_range_holds_every_value(
    case: tuple[dict[str, Get], list[tuple[Expr, bool]], Expr],
) -> None:
    fields, guards, e = case
    ty = _ty(e)
    for env in environments(fields):
        if not all(holds(cond, env) == truth for cond, truth in guards):
            continue
        try:
            found = value(e, env)
        except ZeroDivisionError:
            continue  # the checker guards each divisor
        assert ty.lo <= found <= ty.hi, (env, found)


@given(
    st.integers(-40, 40), st.integers(-40, 40).filter(bool), st.integers(0, 2), st.integers(0, 2),
    st.integers(0, 3), st.sampled_from([1, 5, 25]), st.sampled_from(MODES),
)  # fmt: skip
def test_a_division_is_the_exact_quotient_rounded_once(
    a: int, b: int, a_scale: int, b_scale: int, scale: int, step: int, mode: Rounding
) -> None:
    num = make_field("x", -40, 40, scale=a_scale)
    den = make_field("y", -40, 40, scale=b_scale)
    e = amounts.divide(NO_FACTS, num, den, b_scale - a_scale + scale, step, mode, NUMBER, scale, NOWHERE)
    exact = Fraction(a, 10**a_scale) / Fraction(b, 10**b_scale)
    unit = Fraction(step, 10**scale)
    wanted = rounded(exact / unit, mode) * step
    assert value(e, {"x": a, "y": b}) == wanted
    ty = _ty(e)
    assert ty.lo <= wanted <= ty.hi


@given(
    st.integers(-3000, 3000), st.integers(0, 3), st.integers(1, 30), st.integers(0, 3), st.sampled_from(MODES)
)
def test_rounding_gives_the_multiple_of_the_step_that_the_mode_says(
    digits: int, scale: int, step: int, step_scale: int, mode: Rounding
) -> None:
    e = amounts.round_to(NO_FACTS, make_field("x", -3000, 3000, scale=scale), step, step_scale, mode, NOWHERE)
    ty = _ty(e)
    size = Fraction(step, 10**step_scale)
    wanted = rounded(Fraction(digits, 10**scale) / size, mode) * size
    assert Fraction(value(e, {"x": digits}), 10**ty.scale) == wanted
    assert ty.lo <= value(e, {"x": digits}) <= ty.hi


@given(st.integers(-50, 50), st.integers(0, 3), st.integers(0, 4))
def test_more_decimals_change_the_integer_and_not_the_value(digits: int, scale: int, more: int) -> None:
    e = amounts.rescale(NO_FACTS, make_field("x", -50, 50, scale=scale), scale + more)
    assert _ty(e).scale == scale + more
    assert Fraction(value(e, {"x": digits}), 10 ** (scale + more)) == Fraction(digits, 10**scale)


_RANGES = [(lo, hi) for lo in range(-3, 4) for hi in range(lo, 4)]
_TWO = {
    "add": lambda x, y: amounts.add(NO_FACTS, Op.ADD, x, y, NUMBER, NOWHERE),
    "sub": lambda x, y: amounts.add(NO_FACTS, Op.SUB, x, y, NUMBER, NOWHERE),
    "mul": lambda x, y: amounts.multiply(NO_FACTS, x, y, NUMBER, 0, NOWHERE),
    "min": lambda x, y: amounts.extreme(NO_FACTS, Op.MIN, [x, y], NOWHERE),
    "max": lambda x, y: amounts.extreme(NO_FACTS, Op.MAX, [x, y], NOWHERE),
    "neg": lambda x, y: amounts.negate(NO_FACTS, x, NOWHERE),
    "abs": lambda x, y: amounts.absolute(NO_FACTS, x, NOWHERE),
}


@pytest.mark.parametrize("name", list(_TWO))
def test_for_every_pair_of_small_ranges_the_proved_range_is_exactly_the_values(name: str) -> None:
    for a, b in _RANGES:
        for c, d in _RANGES:
            e = _TWO[name](make_field("x", a, b), make_field("y", c, d))
            found = [value(e, {"x": x, "y": y}) for x in range(a, b + 1) for y in range(c, d + 1)]
            assert (_ty(e).lo, _ty(e).hi) == (min(found), max(found)), ((a, b), (c, d))


@pytest.mark.parametrize(("power", "step"), [(0, 1), (1, 1), (1, 25), (-1, 1), (-1, 2)])
def test_for_every_pair_of_small_ranges_a_quotient_stays_in_its_range_whatever_the_rounding(
    power: int, step: int
) -> None:
    for a, b in _RANGES:
        for c, d in _RANGES:
            x, y = make_field("x", a, b), make_field("y", c, d)
            e = amounts.divide(NO_FACTS, x, y, power, step, Rounding.FLOOR, NUMBER, 0, NOWHERE)
            ty = _ty(e)
            exact = [
                Fraction(n, m) * Fraction(10) ** power / step
                for n in range(a, b + 1)
                for m in range(c, d + 1)
                if m
            ]
            if exact:
                low, high = min(exact), max(exact)
                assert ty.lo <= (low // 1) * step, ((a, b), (c, d))
                assert ty.hi >= -(-high // 1) * step, ((a, b), (c, d))


def test_rounding_to_the_decimals_that_are_there_does_nothing() -> None:
    x = make_field("x", -5, 5, scale=2)
    assert amounts.round_to(NO_FACTS, x, 1, 2, Rounding.HALF_UP, NOWHERE) is x


def test_the_negative_of_a_literal_and_its_rescaling_stay_literals() -> None:
    assert amounts.negate(NO_FACTS, number(7, 1), NOWHERE) == number(-7, 1)
    raised = amounts.rescale(NO_FACTS, number(7, 1), 3)
    assert isinstance(raised, Lit)
    assert (raised.value, _ty(raised)) == (700, ScaledTy(NUMBER, 3, 700, 700))


@pytest.mark.parametrize(
    ("lo", "hi", "fit"),
    [
        (0, INT128, True),
        (-INT128, 0, True),
        (0, INT128 + 1, False),
        (-INT128 - 1, 0, False),
    ],
)
def test_what_fits_128_bits_on_both_sides_is_accepted_and_nothing_more(lo: int, hi: int, fit: bool) -> None:
    assert amounts.fits(ScaledTy(NUMBER, 0, lo, hi)) is fit


def test_a_divisor_that_can_be_negative_turns_the_range_over() -> None:
    """7 / y for y in -2..-1 is -7..-3.5, so in whole numbers, half away from zero: -7..-4."""
    e = amounts.divide(
        NO_FACTS, number(7), make_field("y", -2, -1), 0, 1, Rounding.HALF_UP, NUMBER, 0, NOWHERE
    )
    assert isinstance(e, DivRound)
    ty = _ty(e)
    assert ty.lo <= -7 <= -4 <= ty.hi < 0


_DAYS = [
    date(2023, 12, 31), date(2024, 1, 29), date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 28),
    date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2025, 2, 28), date(2025, 3, 30),
    date(2025, 5, 31), date(2100, 2, 28),
]  # fmt: skip


def _plus_months(day: date, months: int, clamp: bool) -> date:
    """Add months by hand: the day of the month, or the month's last day, or the day after it."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    length = (following - date(year, month + 1, 1)).days
    if day.day <= length:
        return date(year, month + 1, day.day)
    return date(year, month + 1, length) if clamp else following


@pytest.mark.parametrize("clamp", [True, False])
@pytest.mark.parametrize("day", _DAYS, ids=str)
@pytest.mark.parametrize("minus", [False, True])
def test_the_range_of_a_date_after_months_holds_it_for_both_rules_of_the_month_end(
    day: date, clamp: bool, minus: bool
) -> None:
    scope = cast("Scope", SimpleNamespace(owner=SimpleNamespace(month_end_clamp=clamp)))
    n = day.toordinal()
    start = Lit(n, ScaledTy(DATE, 0, n, n), NOWHERE)
    for count in (-25, -13, -12, -2, -1, 0, 1, 2, 11, 12, 13, 25, 300):
        months = Lit(count, ScaledTy(MONTHS, 0, count, count), NOWHERE)
        e = add_months(start, months, minus, NOWHERE, scope, NO_FACTS)
        assert e is not None
        wanted = _plus_months(day, -count if minus else count, clamp).toordinal()
        assert _ty(e).lo <= wanted <= _ty(e).hi, count
