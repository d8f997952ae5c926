"""What the node builder is made of: spans over children, amounts from tokens, tokens as enum members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.syntax import errors, nodes
from kamflow.syntax.tokens import POWERS, Token

_T = TypeVar("_T")


class BadSyntax(Exception):  # noqa: N818 - carries a finding out of the parser, caught in parse.py
    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.code)
        self.finding = finding


def span_of(token: Token) -> Span:
    return Span(token.source, token.start, token.end)


def span_of_any(item: Any) -> Span:
    return span_of(item) if isinstance(item, Token) else item.span


def over(items: Sequence[Any]) -> Span:
    """Return the span from the first to the last item that has one."""
    first = next(i for i in items if i is not None)
    last = next(i for i in reversed(items) if i is not None)
    return span_of_any(first) if first is last else span_of_any(first).to(span_of_any(last))


def amount(token: Token) -> nodes.Amount:
    """Read an amount: grouping, magnitude, unit. ``12M CNY`` is 12,000,000 of CNY."""
    written = token.text
    power = 0
    for suffix, exponent in POWERS.items():
        if suffix and written.endswith(suffix):
            written, power = written[: -len(suffix)], exponent
    whole, _, fraction = written.replace(",", "").replace("_", "").partition(".")
    digits, scale = int(whole + fraction), len(fraction) - power
    if scale < 0:
        digits, scale = digits * int(10**-scale), 0
    while scale > 0 and digits % 10 == 0:
        digits, scale = digits // 10, scale - 1
    return nodes.Amount(digits, scale, token.unit, token.text, span_of(token))


def whole(token: Token, what: Text) -> nodes.Amount:
    number = amount(token)
    if number.scale or number.unit or number.digits > 10**6:
        raise BadSyntax(errors.not_whole(number.span, what))
    return number


def split(items: Sequence[Any], kind: type[_T]) -> tuple[list[_T], list[Any]]:
    return [i for i in items if isinstance(i, kind)], [i for i in items if not isinstance(i, kind)]


TYPES = {
    "T_TEXT": nodes.TypeWord.TEXT, "T_PERCENT": nodes.TypeWord.PERCENT, "T_COUNT": nodes.TypeWord.COUNT,
    "T_NUMBER": nodes.TypeWord.NUMBER, "T_DATE": nodes.TypeWord.DATE, "T_DAYS": nodes.TypeWord.DAYS,
    "T_MONTHS": nodes.TypeWord.MONTHS, "T_YESNO": nodes.TypeWord.YESNO,
}  # fmt: skip
HITS = {
    "TABLE_UNIQUE": nodes.HitPolicy.UNIQUE, "TABLE_FIRST": nodes.HitPolicy.FIRST,
    "TABLE_SUM": nodes.HitPolicy.SUM, "TABLE_MIN": nodes.HitPolicy.MIN, "TABLE_MAX": nodes.HitPolicy.MAX,
    "TABLE_COUNT": nodes.HitPolicy.COUNT, "TABLE_LIST": nodes.HitPolicy.LIST,
}  # fmt: skip
COMPARE = {
    "EQ": nodes.CompareOp.EQ, "NE": nodes.CompareOp.NE, "LT": nodes.CompareOp.LT, "LE": nodes.CompareOp.LE,
    "GT": nodes.CompareOp.GT, "GE": nodes.CompareOp.GE, "IS": nodes.CompareOp.IS,
    "IS_NOT": nodes.CompareOp.IS_NOT, "AT_LEAST": nodes.CompareOp.AT_LEAST,
    "AT_MOST": nodes.CompareOp.AT_MOST, "ABOVE": nodes.CompareOp.ABOVE, "BELOW": nodes.CompareOp.BELOW,
}  # fmt: skip
ARITH = {
    "PLUS": nodes.ArithOp.ADD, "MINUS": nodes.ArithOp.SUB, "STAR": nodes.ArithOp.MUL,
    "SLASH": nodes.ArithOp.DIV,
}  # fmt: skip
AGGS = {
    "SUM_OF": nodes.AggKind.SUM, "AVERAGE_OF": nodes.AggKind.AVERAGE, "LARGEST_OF": nodes.AggKind.LARGEST,
    "SMALLEST_OF": nodes.AggKind.SMALLEST, "LATEST_OF": nodes.AggKind.LATEST,
    "EARLIEST_OF": nodes.AggKind.EARLIEST, "DIFFERENT_OF": nodes.AggKind.DIFFERENT,
}  # fmt: skip
HEADER_ZH = {"owner": "负责人", "effective": "生效日期", "currency": "币种", "month_end": "月末规则"}
ATTR_ZH = {
    "optional": "可缺失", "default": "缺省值", "range": "取值范围", "personal": "个人信息用途",
    "unit": "单位", "items": "条数上限", "changeable": "可调整",
}  # fmt: skip
