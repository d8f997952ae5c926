"""`round_div` against exact fractions, by the definition of each mode and not by its code."""

import random
from fractions import Fraction
from math import ceil, floor

import pytest

from kamflow.values.rounding import Rounding, round_div


def expected(num, den, mode):
    """Round by the words: the candidates are the integers around, chosen by distance."""
    exact = Fraction(num, den)
    low, high = floor(exact), ceil(exact)
    towards, away = (low, high) if exact > 0 else (high, low)
    to_low, to_high = exact - low, high - exact
    match mode:
        case Rounding.FLOOR:
            return low
        case Rounding.CEILING:
            return high
        case Rounding.DOWN:
            return towards
        case Rounding.UP:
            return away
    if to_low != to_high:
        return low if to_low < to_high else high
    if mode is Rounding.HALF_UP:
        return away
    return low if low % 2 == 0 else high


@pytest.mark.parametrize(
    ("num", "den", "by_mode"),
    [
        #              half_up, half_even, up, down, ceiling, floor
        (7, -2, (-4, -4, -4, -3, -3, -4)),
        (5, 2, (3, 2, 3, 2, 3, 2)),
        (-5, 2, (-3, -2, -3, -2, -2, -3)),
        (5, -2, (-3, -2, -3, -2, -2, -3)),
        (-5, -2, (3, 2, 3, 2, 3, 2)),
        (1, 2, (1, 0, 1, 0, 1, 0)),
        (-1, 2, (-1, 0, -1, 0, 0, -1)),
        (3, 2, (2, 2, 2, 1, 2, 1)),
        (1, 3, (0, 0, 1, 0, 1, 0)),
        (-2, 3, (-1, -1, -1, 0, 0, -1)),
        (6, 3, (2, 2, 2, 2, 2, 2)),
        (-6, 3, (-2, -2, -2, -2, -2, -2)),
        (0, -7, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_the_modes_at_and_beside_halves(num, den, by_mode):
    modes = (
        Rounding.HALF_UP,
        Rounding.HALF_EVEN,
        Rounding.UP,
        Rounding.DOWN,
        Rounding.CEILING,
        Rounding.FLOOR,
    )
    assert tuple(round_div(num, den, m) for m in modes) == by_mode


@pytest.mark.parametrize("mode", Rounding)
def test_small_quotients_all_of_them(mode):
    for den in (-6, -4, -3, -2, -1, 1, 2, 3, 4, 6):
        for num in range(-20, 21):
            assert round_div(num, den, mode) == expected(num, den, mode), (num, den)


@pytest.mark.parametrize("mode", Rounding)
def test_random_quotients_of_all_sizes(mode):
    dice = random.Random(20260630)
    for _ in range(10_000):
        num = dice.randint(-1, 1) * dice.getrandbits(dice.choice((4, 31, 63, 127)))
        den = dice.choice((-1, 1)) * (dice.getrandbits(dice.choice((2, 8, 40))) + 1)
        if dice.random() < 0.3:  # an exact half, or one unit beside it
            num = den * dice.randint(-9, 9) + den // 2 + dice.randint(-1, 1)
        assert round_div(num, den, mode) == expected(num, den, mode), (num, den)


def test_a_divisor_of_0_is_an_error_of_the_caller():
    with pytest.raises(ZeroDivisionError):
        round_div(1, 0, Rounding.FLOOR)
