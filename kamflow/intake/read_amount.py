"""An amount as a person or a program writes it → a scaled integer, exactly, or the problem.

| written | read as |
|---|---|
| ``1200000``, ``1,200,000``, ``1200000.00``, ``１２００`` | itself; commas only between groups of three |
| ``1.2M CNY``, ``CNY 1.2M``, ``120万 元`` | money: ``k``/``K``, ``M``, ``万``, ``亿``; 元 is CNY |
| ``12.5%``, ``12.5`` | 12.5 percent: a bare number in a percent field counts percent points |
| ``30 days``, ``30天``; ``3 months``, ``3个月`` | days; months |

Nothing is guessed: ``¥`` is yen or yuan, ``1,2`` is 1.2 or 12, ``(5)`` is 5 or −5: all are problems.
Assumes nothing about the text. Leaves the range to the caller.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from kamflow.base.frozen import frozen
from kamflow.core.ty import Unit, UnitKind
from kamflow.values.currencies import CURRENCIES
from kamflow.values.decimals import NumberProblem, scaled_from_text

MAX_TEXT = 80  # characters of a written amount; 38 digits with commas, sign, suffix and currency fit
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN = str.maketrans(_WIDE | {0x3000: " ", 0xA0: " ", 0x202F: " ", 0x2212: "-"})
_AMOUNT = re.compile(
    r"(?:(?P<before>[A-Za-z]{3})\s*)?"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"\s*(?P<after>.*)",
    re.ASCII | re.DOTALL,
)
_MONEY_TAIL = re.compile(r"(?P<factor>[kKM万亿])?\s*(?P<currency>[A-Za-z]{3}|人民币|元|圆)?")
_FACTOR = {"": 0, "k": 3, "K": 3, "M": 6, "万": 4, "亿": 8}
_YUAN = frozenset({"元", "圆", "人民币"})
_WORDS: dict[UnitKind, frozenset[str]] = {
    UnitKind.NUMBER: frozenset({""}),
    UnitKind.PERCENT: frozenset({"", "%", "percent"}),
    UnitKind.DAYS: frozenset({"", "day", "days", "天", "日"}),
    UnitKind.MONTHS: frozenset({"", "month", "months", "个月", "月"}),
}
_SIGNS = "¥￥$€£₩₹฿₫"


class AmountFault(Enum):
    NOT_AN_AMOUNT = auto()
    TOO_LONG = auto()
    TOO_FINE = auto()
    OTHER_CURRENCY = auto()  # detail: the currency written
    CURRENCY_SIGN = auto()  # detail: the sign
    OTHER_UNIT = auto()  # detail: the word written


@frozen
class AmountProblem:
    fault: AmountFault
    detail: str = ""


_NOT_AN_AMOUNT = AmountProblem(AmountFault.NOT_AN_AMOUNT)


def plain(text: str) -> str:
    """Return the text with full-width forms and odd spaces as ASCII, trimmed."""
    return text.strip() if text.isascii() else text.translate(_PLAIN).strip()


def parse_amount(text: str, unit: Unit, scale: int) -> int | AmountProblem:
    """Return a written amount of ``unit`` times ``10**scale``, or why it is none."""
    if len(text) > MAX_TEXT:
        rest = text.strip("+-0123456789.,eE")
        return _NOT_AN_AMOUNT if rest else AmountProblem(AmountFault.TOO_LONG)
    written = plain(text)
    sign = next((ch for ch in written if ch in _SIGNS), None)
    if sign is not None:
        return AmountProblem(AmountFault.CURRENCY_SIGN, sign)
    found = _AMOUNT.fullmatch(written)
    if found is None:
        return _NOT_AN_AMOUNT
    before, after = found["before"] or "", found["after"]
    power = _money_power(before, after, unit) if unit.kind is UnitKind.MONEY else _power(before, after, unit)
    if isinstance(power, AmountProblem):
        return power
    return _scaled(found["number"].replace(",", ""), scale, power)


def from_number_problem(problem: NumberProblem) -> AmountProblem:
    match problem:
        case NumberProblem.NOT_A_NUMBER:
            return _NOT_AN_AMOUNT
        case NumberProblem.TOO_LONG:
            return AmountProblem(AmountFault.TOO_LONG)
        case NumberProblem.TOO_FINE:
            return AmountProblem(AmountFault.TOO_FINE)


def likely_meant(text: str, unit: Unit, scale: int) -> str | None:
    """Return the amount that a text with a decimal comma would be, for a suggestion only."""
    written = plain(text)
    if written.count(",") != 1 or len(written) > MAX_TEXT:
        return None
    whole, _, rest = written.partition(",")
    value = parse_amount(whole.replace(".", "") + "." + rest, unit, scale)
    if not isinstance(value, int):
        return None
    return whole.replace(".", "") + "." + rest


def _scaled(number: str, scale: int, power: int) -> int | AmountProblem:
    # a factor of ten to the `power` is that many more places of scale
    value = scaled_from_text(number, scale + power)
    return from_number_problem(value) if isinstance(value, NumberProblem) else value


def _power(before: str, after: str, unit: Unit) -> int | AmountProblem:
    word = after.casefold()
    if before:
        return AmountProblem(AmountFault.OTHER_UNIT, before) if not after else _NOT_AN_AMOUNT
    if word in _WORDS[unit.kind]:
        return 0
    if unit.kind is UnitKind.NUMBER and after in _FACTOR:
        return _FACTOR[after]
    known = any(word in words for kind, words in _WORDS.items() if kind is not unit.kind)
    tail = _MONEY_TAIL.fullmatch(after)
    if known or (tail is not None and tail["currency"] and not tail["factor"]):
        return AmountProblem(AmountFault.OTHER_UNIT, after)
    return _NOT_AN_AMOUNT


def _money_power(before: str, after: str, unit: Unit) -> int | AmountProblem:
    tail = _MONEY_TAIL.fullmatch(after)
    if tail is None:
        known = any(after.casefold() in words for words in _WORDS.values())
        return AmountProblem(AmountFault.OTHER_UNIT, after) if known else _NOT_AN_AMOUNT
    named = [c for c in (before, tail["currency"] or "") if c]
    for name in named:
        currency = "CNY" if name in _YUAN else name.upper()
        if currency != unit.currency:
            return _not_this_currency(name, currency)
    return _FACTOR[tail["factor"] or ""]


def _not_this_currency(name: str, currency: str) -> AmountProblem:
    if any(name.casefold() in words for words in _WORDS.values()):
        return AmountProblem(AmountFault.OTHER_UNIT, name)
    if currency in CURRENCIES or name.isupper():
        return AmountProblem(AmountFault.OTHER_CURRENCY, currency)
    return _NOT_AN_AMOUNT
