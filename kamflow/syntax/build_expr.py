"""Reductions of names, conditions and values as nodes; ``build`` adds the declarations."""

from __future__ import annotations

from typing import Any, cast

from kamflow.base.text import Lang, Text
from kamflow.syntax import errors, nodes
from kamflow.syntax.build_parts import (
    AGGS,
    ARITH,
    COMPARE,
    BadSyntax,
    amount,
    over,
    span_of,
    whole,
)  # fmt: skip
from kamflow.syntax.tokens import Token
from kamflow.values.dates import day_from_iso


class ExprBuilder:
    """Each method takes the children of its rule; a `[x]` that was left out is ``None``."""

    # ---- names and words
    def name(self, c: list[Token]) -> nodes.Name:
        return nodes.Name(c[0].text, span_of(c[0]))

    def names(self, c: list[nodes.Name]) -> tuple[nodes.Name, ...]:
        return tuple(c)

    def path(self, c: list[nodes.Name]) -> nodes.Path:
        return nodes.Path(tuple(c), over(c))

    def words_plain(self, c: list[Token]) -> nodes.Words:
        text = Text(c[0].text, "") if c[0].unit == Lang.EN else Text("", c[0].text)
        return nodes.Words(text, span_of(c[0]))

    def words_tagged(self, c: list[Token]) -> nodes.Words:
        said = {tag.type: text.text for tag, text in zip(c[::2], c[1::2], strict=True)}
        return nodes.Words(Text(said.get("EN", ""), said.get("ZH", "")), over(c))

    def because(self, c: list[Any]) -> nodes.Words:
        words = c[1]
        return nodes.Words(words.text, over(c))

    # ---- conditions
    def implies(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.IMPLIES, (c[0], c[2]), over(c))

    def any_of(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.OR, tuple(c[::2]), over(c))

    def all_of(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.AND, tuple(c[::2]), over(c))

    def negate(self, c: list[Any]) -> nodes.Not:
        return nodes.Not(c[1], over(c))

    def compare_word(self, c: list[Token]) -> Token:
        return c[0]

    def order_word(self, c: list[Token]) -> Token:
        return c[0]

    def compare(self, c: list[Any]) -> nodes.Compare:
        return nodes.Compare(COMPARE[c[1].type], c[0], c[2], over(c))

    def compare_order(self, c: list[Any]) -> nodes.Compare:
        return nodes.Compare(COMPARE[c[-2].type], c[0], c[-1], over(c))

    def is_missing(self, c: list[Any]) -> nodes.Presence:
        return nodes.Presence(c[0], False, over(c))

    def is_present(self, c: list[Any]) -> nodes.Presence:
        return nodes.Presence(c[0], True, over(c))

    def is_one_of(self, c: list[Any]) -> nodes.OneOf:
        return nodes.OneOf(c[0], tuple(c[2:]), over(c))

    def within_last(self, c: list[Any]) -> nodes.WithinLast:
        return nodes.WithinLast(c[0], amount(c[2]), over(c))

    # ---- values
    def cond_branch(self, c: list[Any]) -> tuple[Any, Any]:
        return (c[0], c[1])

    def cond(self, c: list[Any]) -> nodes.Cond:
        return nodes.Cond(tuple(c[:-1]), c[-1], c[0][0].span.to(c[-1].span))

    def fallback(self, c: list[Any]) -> nodes.Fallback:
        return nodes.Fallback(c[0], c[1], over(c))

    def binary(self, c: list[Any]) -> nodes.Arith:
        return nodes.Arith(ARITH[c[1].type], c[0], c[2], over(c))

    def minus(self, c: list[Any]) -> nodes.Minus:
        return nodes.Minus(c[1], over(c))

    def paren(self, c: list[Any]) -> Any:
        return c[0]

    def amount(self, c: list[Token]) -> nodes.Amount:
        return amount(c[0])

    def date(self, c: list[Token]) -> nodes.DateLit:
        day = day_from_iso(c[0].text)
        if day is None:
            raise BadSyntax(errors.no_such_date(span_of(c[0]), c[0].text))
        return nodes.DateLit(day, span_of(c[0]))

    def text(self, c: list[Token]) -> nodes.TextLit:
        return nodes.TextLit(c[0].text, span_of(c[0]))

    def yes(self, c: list[Token]) -> nodes.YesNo:
        if c[0].text == "is":
            raise BadSyntax(errors.unexpected(span_of(c[0]), Text("`is`", "“is”"), ["yes"], context=None))
        return nodes.YesNo(True, span_of(c[0]))

    def no(self, c: list[Token]) -> nodes.YesNo:
        return nodes.YesNo(False, span_of(c[0]))

    def today(self, c: list[Token]) -> nodes.TodayLit:
        return nodes.TodayLit(span_of(c[0]))

    def function(self, c: list[Token]) -> Token:
        return c[0]

    def call(self, c: list[Any]) -> nodes.Call:
        return nodes.Call(nodes.Function(c[0].type.lower()), tuple(c[1:]), over(c))

    def between(self, c: list[Any]) -> nodes.Between:
        return nodes.Between(c[0].type == "MONTHS_FROM", c[1], c[3], over(c))

    def part_of(self, c: list[Any]) -> nodes.PartOf:
        return nodes.PartOf(c[0].type == "MONTH_OF", c[1], over(c))

    def aggregate_word(self, c: list[Token]) -> Token:
        return c[0]

    def count(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(nodes.AggKind.COUNT, None, c[1], None, over(c))

    def count_where(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(nodes.AggKind.COUNT, None, c[1], c[2], over(c))

    def aggregate(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(AGGS[c[0].type], c[1], c[2], None, over(c))

    def aggregate_where(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(AGGS[c[0].type], c[1], c[2], c[3], over(c))

    def percentile(self, c: list[Any]) -> nodes.PopExpr:
        return nodes.PopExpr(nodes.PopWord.PERCENTILE, None, c[0], c[1], c[2], over(c))

    def share(self, c: list[Any]) -> nodes.PopExpr:
        return nodes.PopExpr(nodes.PopWord.SHARE, None, c[0], c[1], c[2], over(c))

    def quantile(self, c: list[Any]) -> nodes.PopExpr:
        n = whole(c[0], Text("the number of groups", "分组数"))
        return nodes.PopExpr(nodes.PopWord.QUANTILE, n, c[1], c[2], c[3], over(c))

    def within(self, c: list[Any]) -> nodes.Path:
        return cast(nodes.Path, c[0])

    def list_of(self, c: list[Any]) -> nodes.ListLit:
        items = tuple(i for i in c if i is not None and not isinstance(i, Token))
        return nodes.ListLit(items, over([c[0], c[-1]]))
