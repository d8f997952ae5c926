"""Numbers from hostile text, and back."""

import random
import time
from decimal import Decimal
from fractions import Fraction

import pytest

from kamflow.values.decimals import (
    NumberProblem,
    scaled_from_number,
    scaled_from_text,
    show_scaled,
    to_decimal,
)

NAN, LONG, FINE = NumberProblem.NOT_A_NUMBER, NumberProblem.TOO_LONG, NumberProblem.TOO_FINE


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("0", 2, 0),
        ("-0", 2, 0),
        ("+1", 0, 1),
        ("007", 0, 7),
        ("12.5", 2, 1250),
        ("-12.50", 2, -1250),
        ("1.500", 1, 15),
        ("1.2e3", 0, 1200),
        ("1200E-2", 0, 12),
        ("1E-2", 2, 1),
        ("1e+0005", 0, 100_000),
        ("9" * 38, 0, 10**38 - 1),
        ("0" * 60 + "1", 0, 1),
        ("0.1", 1, 1),
        ("1e38", 0, 10**38),
        ("1e-38", 38, 1),
        ("5e0", 0, 5),
        ("0" * 99 + "7", 0, 7),  # 100 characters
    ],
)
def test_a_number_is_read_exactly(text, scale, value):
    assert scaled_from_text(text, scale) == value


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "+", "-", ".", ".5", "1.", "-.5", "1.e3", "e3", "1e", "1e+", "1e1.5", " 1", "1 ", "1\n",
        "\t1", "1_000", "1,000", "1'000", "1 000", "--1", "+-1", "1-", "0x10", "0b1", "1.2.3", "nan",
        "NaN", "inf", "-Infinity", "infinity", "sNaN", "١٢", "１２", "１.5", "1．5", "−1", "½", "²", "一",
        "1.2M", "12%", "¥5", "(5)", "None", "true", "1\u0000", "\ufeff1", "1\u200b", "1j", "1l",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_none(text):
    assert scaled_from_text(text, 2) is NAN


@pytest.mark.parametrize(
    "text",
    [
        "1E+999999",
        "1E-999999",
        "1e99999999999999999999",
        "0E+999999",
        "1" * 39,
        "0." + "1" * 39,
        "1.5e39",
        "1e999",
        "0" * 100 + "7",
        "1e-39",
        "9" * 100_000,
        "1e" + "9" * 100_000,
        "0." + "0" * 200 + "1",
    ],
)
def test_what_is_too_long_costs_nothing(text):
    before = time.perf_counter()
    assert scaled_from_text(text, 2) is LONG
    assert time.perf_counter() - before < 0.05


@pytest.mark.parametrize(
    ("text", "scale"), [("1.255", 2), ("0.1", 0), ("1e-1", 0), ("-0.001", 2), ("15e-1", 0)]
)
def test_more_decimals_than_the_field_has_are_never_rounded_away(text, scale):
    assert scaled_from_text(text, scale) is FINE


def test_random_decimals_are_what_fractions_say():
    dice = random.Random(7)
    for _ in range(5_000):
        digits = str(dice.randrange(10 ** dice.randint(1, 30)))
        cut, scale = dice.randint(0, len(digits)), dice.randint(0, 8)
        fraction = "." + digits[cut:] if digits[cut:] else ""
        text = dice.choice(("", "-", "+")) + (digits[:cut] or "0") + fraction
        if dice.random() < 0.3:
            text += f"e{dice.randint(-6, 6)}"
        exact = Fraction(text) * 10**scale
        assert scaled_from_text(text, scale) == (int(exact) if exact.denominator == 1 else FINE), text


@pytest.mark.parametrize(
    ("number", "scale", "value"),
    [
        (5, 2, 500),
        (-5, 0, -5),
        (0.1, 1, 1),  # as written, not the binary number behind it
        (1.1, 2, 110),
        (1e22, 0, 10**22),
        (0.1, 0, FINE),
        (float("nan"), 2, NAN),
        (float("inf"), 2, NAN),
        (float("-inf"), 2, NAN),
        (1e300, 2, LONG),
        (5e-324, 2, LONG),
        (10**38, 0, LONG),
        (10**38 - 1, 0, 10**38 - 1),
        (10**4_000, 0, LONG),
        (Decimal("12.50"), 2, 1250),
        (Decimal("NaN"), 2, NAN),
        (Decimal("sNaN"), 2, NAN),
        (Decimal("-Infinity"), 2, NAN),
        (Decimal("1E+999999"), 2, LONG),
        (Decimal("1E+5"), 0, 100_000),
    ],
)
def test_python_numbers(number, scale, value):
    assert scaled_from_number(number, scale) == value


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-1250, 2, "-12.50"),
        (123456, 3, "123.456"),
        (10**40, 2, "1" + "0" * 38 + ".00"),
        (7, 0, "7"),
    ],
)
def test_a_scaled_integer_is_shown_with_all_its_decimals(value, scale, text):
    assert show_scaled(value, scale) == text
    assert str(to_decimal(value, scale)) == text


def test_shown_and_read_back_is_the_same():
    dice = random.Random(11)
    for _ in range(5_000):
        value, scale = dice.randint(-(10**37), 10**37) >> dice.randint(0, 120), dice.randint(0, 12)
        assert scaled_from_text(show_scaled(value, scale), scale) == value
        shown = to_decimal(value, scale)
        assert shown.as_tuple().exponent == -scale
        assert int(shown * 10**scale) == value or abs(value) >= 10**27
