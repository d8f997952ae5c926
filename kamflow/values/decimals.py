"""Exact decimals as scaled integers: reading them from text and numbers, writing them back.

The text is checked before anything is converted: ``1E+999999`` must cost nothing.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum

MAX_DIGITS = 38
MAX_EXPONENT = 38
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?\Z", re.ASCII)
_PLAIN = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?\Z", re.ASCII)
EXACT = Context(prec=2 * MAX_DIGITS, traps=[Inexact, InvalidOperation])
"""Decimal arithmetic that is exact or raises; an amount has at most 39 digits."""
_MAX_TEXT = 100  # characters; more can't be a number of 38 digits


class NumberProblem(StrEnum):
    """Why a text or number is no amount of the scale asked for."""

    NOT_A_NUMBER = "not a number"
    TOO_LONG = "more than 38 digits or an exponent beyond 38"
    TOO_FINE = "more decimals than the field has"


def scaled_from_text(text: str, scale: int) -> int | NumberProblem:
    """Return the decimal ``text`` (no grouping, optional exponent) times ``10**scale``, exactly.

    Trailing zeros never count: ``1.500`` fits scale 1.
    """
    if len(text) > _MAX_TEXT:
        return NumberProblem.TOO_LONG if text[:_MAX_TEXT].isascii() else NumberProblem.NOT_A_NUMBER
    found = _NUMBER.match(text)
    if found is None:
        return NumberProblem.NOT_A_NUMBER
    sign, whole, fraction, exponent = found.groups()
    if exponent is not None and len(exponent.lstrip("+-0")) > 3:
        return NumberProblem.TOO_LONG
    power = int(exponent or 0)
    digits = (whole + (fraction or "")).lstrip("0")
    if len(digits.rstrip("0")) > MAX_DIGITS or abs(power) > MAX_EXPONENT:
        return NumberProblem.TOO_LONG
    shift = power - len(fraction or "") + scale
    mantissa = int(digits or "0")
    if shift >= 0:
        value = mantissa * int(10**shift)
    else:
        value, rest = divmod(mantissa, int(10**-shift))
        if rest:
            return NumberProblem.TOO_FINE
    return -value if sign == "-" else value


def scaled_from_number(number: float | Decimal, scale: int) -> int | NumberProblem:
    """Return a Python number as a scaled integer; a float counts as its shortest text shows."""
    if isinstance(number, int):
        unit: int = 10**scale
        return number * unit if abs(number) < 10**MAX_DIGITS else NumberProblem.TOO_LONG
    if isinstance(number, Decimal) and not number.is_finite():
        return NumberProblem.NOT_A_NUMBER
    text = repr(number) if isinstance(number, float) else str(number)
    return scaled_from_text(text, scale)


def scaled_from_plain(number: object, scale: int) -> int | None:
    """Return a ``Decimal`` or the plain text of a decimal (`1234.50`) as a scaled integer.

    None for everything else, also for what the full reader of records would accept: grouping, units,
    exponents in texts. Generated code asks this before it gives a record to that reader.
    """
    if type(number) is Decimal:
        if not -MAX_EXPONENT < number.adjusted() < MAX_EXPONENT:
            return None
        try:
            exact = EXACT.scaleb(number, scale)
            scaled = int(exact)
        except (ArithmeticError, ValueError):  # NaN, infinity, more digits than an amount has
            return None
        return scaled if scaled == exact else None
    if type(number) is str and _PLAIN.match(number):
        whole, _, fraction = number.partition(".")
        more = scale - len(fraction)
        if more >= 0:  # what files hold, nearly always
            return int(whole + fraction) * 10**more  # type: ignore[no-any-return]
        found = scaled_from_text(number, scale)
        return found if isinstance(found, int) else None
    return None


def show_scaled(value: int, scale: int) -> str:
    """Write a scaled integer as a plain decimal with exactly ``scale`` decimals."""
    if scale == 0:
        return str(value)
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def to_decimal(value: int, scale: int) -> Decimal:
    """Return a scaled integer as a ``Decimal`` with exactly ``scale`` decimals."""
    return Decimal(value).scaleb(-scale) if abs(value) < 10**27 else Decimal(show_scaled(value, scale))
