"""Quotients in every mode, width and sign, against exact fractions."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest

from kamflow.base.span import NOWHERE
from kamflow.core.expr import DivRound, Lit
from kamflow.core.ty import INT64, INT128, ScaledTy
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.terms import literal_int
from kamflow.values.rounding import Rounding
from tests.sql.core_rig import amount, field, program, run

PAIRS = 240_000 if os.environ.get("KAMFLOW_LONG") else 6_000
MODES = tuple(Rounding)


def exact(a: int, b: int, mode: Rounding) -> int:
    q = Fraction(a, b)
    match mode:
        case Rounding.FLOOR:
            return floor(q)
        case Rounding.CEILING:
            return ceil(q)
        case Rounding.DOWN:
            return int(q)
        case Rounding.UP:
            return ceil(q) if q > 0 else floor(q)
        case Rounding.HALF_EVEN:
            return round(q)
        case Rounding.HALF_UP:
            return floor(q + Fraction(1, 2)) if q > 0 else ceil(q - Fraction(1, 2))


def near(r: random.Random, most: int) -> int:
    edge = r.choice((0, 1, 2, 3, 5, 7, 10, 99, 100, most, most // 2, most // 3, r.randint(0, most)))
    return r.choice((-1, 1)) * max(0, min(most, edge + r.choice((-1, 0, 0, 1))))


def quotients(num: ScaledTy, den: ScaledTy, step: int = 1) -> tuple[DivRound, ...]:
    most = amount(-INT128, INT128)
    return tuple(DivRound(field("a", num), field("b", den), step, m, most, NOWHERE) for m in MODES)


@pytest.mark.parametrize("most", [127, 2**31 - 1, 10**12, INT64, INT64 + 1, 10**30, INT128])
@pytest.mark.parametrize("signs", [(-1, -1), (0, 1), (-1, 1)])
def test_quotients_of_fields(most, signs):
    r = random.Random(most)
    low = tuple(-most if s < 0 else s for s in signs)
    pairs = []
    while len(pairs) < PAIRS // 12:
        a, b = near(r, most), near(r, most)
        if r.random() < 0.3 and b and abs(a) < most // abs(b):
            a = a * b + r.choice((0, b // 2, b // 2 + 1, (b - 1) // 2))  # ties and their neighbours
        if b and low[0] <= a <= most and low[1] <= b <= most:
            pairs.append((a, b))
    num, den = amount(low[0], most), amount(low[1], most)
    made = program({"a": num, "b": den}, *quotients(num, den))
    lines = f"VALUES {', '.join(f'({a}::HUGEINT, {b}::HUGEINT)' for a, b in pairs)}"
    for (a, b), got in zip(pairs, run(made, lines), strict=True):
        assert got == tuple(exact(a, b, m) for m in MODES), (a, b)


@pytest.mark.parametrize("most", [100, 2**31 - 1, INT64, INT128])
@pytest.mark.parametrize("low", [0, -1])
def test_quotients_by_constants(most, low):
    r = random.Random(most)
    ty = amount(low * most, most)
    divisors = [
        d for d in (1, 2, 3, 4, 5, 10, 100, 10**4, 10**18, 7, -1, -2, -3, -10, most) if abs(d) <= most
    ]
    values = sorted({max(ty.lo, min(ty.hi, v)) for v in (
        *range(-30, 31), *(k * d // 2 + e for d, k, e in product(divisors, (-3, -1, 1, 3, 5), (-1, 0, 1))),
        *(near(r, most) for _ in range(200)), ty.lo, ty.lo + 1, ty.hi - 1, ty.hi)})  # fmt: skip
    values = [v for v in values if abs(v) <= most]
    bodies = [
        DivRound(field("a", ty), Lit(d, amount(d, d), NOWHERE), 1, m, amount(-most, most), NOWHERE)
        for d in divisors
        for m in MODES
    ]
    got = run(program({"a": ty}, *bodies), f"VALUES {', '.join(f'({v}::HUGEINT)' for v in values)}")
    wanted = [tuple(exact(v, d, m) for d in divisors for m in MODES) for v in values]
    assert got == wanted


def test_the_step_is_multiplied_after_rounding():
    num = amount(-1000, 1000)
    made = program({"a": num, "b": num}, *quotients(num, num, 25))
    pairs = [(a, b) for a in range(-40, 41, 3) for b in (-7, -2, 2, 7)]
    got = run(made, f"VALUES {', '.join(f'({a}, {b})' for a, b in pairs)}")
    assert got == [tuple(25 * exact(a, b, m) for m in MODES) for a, b in pairs]


def test_a_divisor_of_zero_is_no_failure():
    """The checker proves that it is not reached; the query computes it all the same."""
    num = amount(-9, 9)
    made = program({"a": num, "b": num}, *quotients(num, num))
    assert run(made, "VALUES (1, 0), (0, 0)") == [(None,) * len(MODES)] * 2


def _half_of_odd_is_a_tie(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "odd_even", lambda self, odd, even: self.odd(odd))


def _half_rounded_up(patch: pytest.MonkeyPatch) -> None:
    right = Builder.half
    patch.setattr(Builder, "half", lambda self, t: right(self, self.add(t, literal_int(1))))


def _ties_not_even(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "even_below", lambda self, t, cond: t)


@pytest.mark.parametrize("plant", [_half_of_odd_is_a_tie, _half_rounded_up, _ties_not_even])
def test_a_bug_planted_into_rounding_by_bits_is_found(plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        every_quotient()


def every_quotient():
    test_quotients_of_fields(10**12, (0, 1))
    test_quotients_by_constants(100, 0)
