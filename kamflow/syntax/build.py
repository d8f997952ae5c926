"""Reductions of the grammar as nodes: one method for each rule or alias of ``kamflow.lark``.

Assumes: called by the parser from the leaves up. Leaves: nodes of ``syntax.nodes``. It keeps nothing
between calls (a token knows its file), so that one parser serves all files and threads. What is wrong
with a rule that parses is raised as ``BadSyntax`` and becomes the finding of its declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from lark import Transformer

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.text import Lang, Text
from kamflow.syntax import errors, nodes
from kamflow.syntax.tokens import POWERS, Token
from kamflow.values.dates import day_from_iso

_T = TypeVar("_T")


class BadSyntax(Exception):  # noqa: N818 - carries a finding out of the parser, caught in parse.py
    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.code)
        self.finding = finding


def span_of(token: Token) -> Span:
    return Span(token.source, token.start, token.end)


def _span(item: Any) -> Span:
    return span_of(item) if isinstance(item, Token) else item.span


def _over(items: Sequence[Any]) -> Span:
    """Return the span from the first to the last item that has one."""
    first = next(i for i in items if i is not None)
    last = next(i for i in reversed(items) if i is not None)
    return _span(first) if first is last else _span(first).to(_span(last))


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


def _split(items: Sequence[Any], kind: type[_T]) -> tuple[list[_T], list[Any]]:
    return [i for i in items if isinstance(i, kind)], [i for i in items if not isinstance(i, kind)]


class Builder(Transformer[Any, Any]):
    """Each method takes the children of its rule; a `[x]` that was left out is ``None``."""

    # ---- names and words
    def name(self, c: list[Token]) -> nodes.Name:
        return nodes.Name(c[0].text, span_of(c[0]))

    def names(self, c: list[nodes.Name]) -> tuple[nodes.Name, ...]:
        return tuple(c)

    def path(self, c: list[nodes.Name]) -> nodes.Path:
        return nodes.Path(tuple(c), _over(c))

    def words_plain(self, c: list[Token]) -> nodes.Words:
        text = Text(c[0].text, "") if c[0].unit == Lang.EN else Text("", c[0].text)
        return nodes.Words(text, span_of(c[0]))

    def words_tagged(self, c: list[Token]) -> nodes.Words:
        said = {tag.type: text.text for tag, text in zip(c[::2], c[1::2], strict=True)}
        return nodes.Words(Text(said.get("EN", ""), said.get("ZH", "")), _over(c))

    def because(self, c: list[Any]) -> nodes.Words:
        words = c[1]
        return nodes.Words(words.text, _over(c))

    # ---- header
    def owner(self, c: list[Token]) -> tuple[str, Any, Span]:
        return "owner", nodes.TextLit(c[0].text, span_of(c[0])), span_of(c[0])

    def effective(self, c: list[Any]) -> tuple[str, Any, Span]:
        dates = [self.date([t]) if t is not None else None for t in c]
        return "effective", dates, span_of(c[0])

    def currency(self, c: list[nodes.Name]) -> tuple[str, Any, Span]:
        return "currency", c[0], c[0].span

    def month_end_clamp(self, c: list[Any]) -> tuple[str, Any, None]:
        return "month_end", True, None

    def month_end_next(self, c: list[Any]) -> tuple[str, Any, None]:
        return "month_end", False, None

    def uses(self, c: list[tuple[nodes.Name, ...]]) -> tuple[str, Any, Span]:
        return "uses", c[0], c[0][0].span

    def purpose(self, c: list[tuple[nodes.Name, ...]]) -> tuple[str, Any, Span]:
        return "purpose", c[0], c[0][0].span

    def policy(self, c: list[Any]) -> nodes.Header:
        name, title, *lines = c
        said: dict[str, Any] = {"uses": (), "purpose": ()}
        seen: dict[str, Span | None] = {}
        for key, value, span in lines:
            if key in ("uses", "purpose"):
                said[key] += value
            elif key in seen:
                what = Text(key.replace("_", " "), _HEADER_ZH[key])
                raise BadSyntax(errors.said_twice(span or name.span, seen[key] or name.span, what))
            else:
                said[key] = value
            seen[key] = span
        start, until = said.get("effective", (None, None))
        return nodes.Header(
            name, title, said.get("owner"), start, until, said.get("currency"), said.get("month_end"),
            said["uses"], said["purpose"], name.span,
        )  # fmt: skip

    # ---- types
    def member(self, c: list[Any]) -> nodes.Member:
        return nodes.Member(c[0], c[1], _over(c))

    def type_ordered(self, c: list[Any]) -> nodes.TypeDecl:
        members, _ = _split(c[2:], nodes.Member)
        return nodes.TypeDecl(c[0], c[1], True, tuple(members), c[0].span)

    def type_one_of(self, c: list[Any]) -> nodes.TypeDecl:
        members, _ = _split(c[2:], nodes.Member)
        return nodes.TypeDecl(c[0], c[1], False, tuple(members), c[0].span)

    def scalar_type(self, c: list[Token]) -> Token:
        return c[0]

    def decimals(self, c: list[Any]) -> nodes.Amount:
        return whole(c[-1], Text("the number of decimals", "小数位数"))

    def type_scalar(self, c: list[Any]) -> nodes.ScalarType:
        return nodes.ScalarType(_TYPES[c[0].type], None, c[1], span_of(c[0]))

    def type_money(self, c: list[Any]) -> nodes.ScalarType:
        return nodes.ScalarType(nodes.TypeWord.MONEY, c[1], c[2], span_of(c[0]))

    def type_named(self, c: list[nodes.Name]) -> nodes.NamedType:
        return nodes.NamedType(c[0], c[0].span)

    def type_list(self, c: list[Any]) -> nodes.ListType:
        return nodes.ListType(c[1], _over(c))

    # ---- records and parameters
    def attr_optional(self, c: list[Any]) -> tuple[str, Any]:
        return "optional", True

    def attr_default(self, c: list[Any]) -> tuple[str, Any]:
        return "default", c[0]

    def attr_range(self, c: list[Any]) -> tuple[str, Any]:
        return "range", (c[0], c[2])

    def attr_personal(self, c: list[Any]) -> tuple[str, Any]:
        return "personal", c[0]

    def attr_unit(self, c: list[Token]) -> tuple[str, Any]:
        return "unit", nodes.TextLit(c[0].text, span_of(c[0]))

    def attr_items(self, c: list[Token]) -> tuple[str, Any]:
        return "items", whole(c[0], Text("the number of items", "条数"))

    def field(self, c: list[Any]) -> nodes.FieldNode:
        name, type_, *attrs, label = c
        said: dict[str, Any] = {}
        for key, value in attrs:
            if key in said:
                raise BadSyntax(errors.said_twice(name.span, name.span, Text(key, _ATTR_ZH[key])))
            said[key] = value
        return nodes.FieldNode(
            name, type_, said.get("optional", False), said.get("default"), said.get("range"),
            said.get("personal", ()), said.get("unit"), said.get("items"), label, _over([name, type_, label]),
        )  # fmt: skip

    def record(self, c: list[Any]) -> nodes.RecordNode:
        return nodes.RecordNode(c[0], c[1], tuple(c[2:]), c[0].span)

    def dated_value(self, c: list[Any]) -> nodes.DatedValue:
        return nodes.DatedValue(self.date([c[0]]), c[1], _over(c))

    def parameter(self, c: list[Any]) -> nodes.ParamNode:
        return nodes.ParamNode(c[0], c[1], c[2], tuple(c[3:]), c[0].span)

    # ---- definitions
    def define(self, c: list[Any]) -> nodes.DefineNode:
        return nodes.DefineNode(c[0], c[1], c[2], c[3], c[4], c[0].span)

    def population(self, c: list[Any]) -> nodes.PopulationNode:
        return nodes.PopulationNode(c[0], c[2], c[3], c[0].span)

    def order(self, c: list[Token]) -> bool:
        return c[0].type == "LARGEST_FIRST"

    def class_up_to(self, c: list[Any]) -> nodes.ClassLine:
        return nodes.ClassLine(c[0], amount(c[1]), _over(c))

    def class_rest(self, c: list[Any]) -> nodes.ClassLine:
        return nodes.ClassLine(c[0], None, c[0].span)

    def class_ties(self, c: list[Any]) -> str:
        return "ties"

    def class_outside(self, c: list[nodes.Name]) -> tuple[str, nodes.Name]:
        return "outside", c[0]

    def classify(self, c: list[Any]) -> nodes.ClassifyNode:
        name, record, population, type_, label, measure, largest, *lines = c
        classes, rest = _split(lines, nodes.ClassLine)
        outside = [r[1] for r in rest if isinstance(r, tuple)]
        if len(outside) > 1:
            what = Text("the class outside the population", "总体之外的类别")
            raise BadSyntax(errors.said_twice(outside[1].span, outside[0].span, what))
        return nodes.ClassifyNode(
            name, record, population, type_, label, measure, largest, tuple(classes), "ties" in rest,
            outside[0] if outside else None, name.span,
        )  # fmt: skip

    def band(self, c: list[Any]) -> nodes.Band:
        return nodes.Band(c[0], c[1], _over(c))

    def criterion(self, c: list[Any]) -> nodes.Criterion:
        return nodes.Criterion(c[0], c[1], amount(c[2]), c[3], tuple(c[4:]), c[0].span)

    def scorecard(self, c: list[Any]) -> nodes.ScorecardNode:
        return nodes.ScorecardNode(c[0], c[1], c[2], tuple(c[3:]), c[0].span)

    # ---- decisions
    def output(self, c: list[Any]) -> nodes.Output:
        return nodes.Output(c[0], c[1], _over(c))

    def one_output(self, c: list[Any]) -> tuple[bool, Any]:
        return True, c[0]

    def many_outputs(self, c: list[Any]) -> tuple[bool, Any]:
        return False, tuple(c)

    def result_named(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], _over(c))

    def result_plain(self, c: list[Any]) -> Any:
        return c[0]

    def results(self, c: list[Any]) -> nodes.Results:
        named, plain = _split(c, nodes.Assign)
        if plain and len(c) > 1:
            what = Text("a plain value", "直接给出的值")
            raise BadSyntax(errors.said_twice(_span(c[-1]), _span(c[0]), what))
        return nodes.Results(plain[0] if plain else None, tuple(named), None, _over(c))

    def _with_reason(self, results: nodes.Results, because: nodes.Words | None) -> nodes.Results:
        return nodes.Results(results.plain, results.named, because, results.span)

    def clause(self, c: list[Any]) -> nodes.Clause:
        return nodes.Clause(c[0], self._with_reason(c[1], c[2]), _over(c[:2]))

    def body_table(self, c: list[Any]) -> nodes.TableBody:
        return nodes.TableBody(c[0], self._with_reason(c[1], c[2]) if c[1] else None, c[0].span)

    def body_clauses(self, c: list[Any]) -> nodes.Clauses:
        *clauses, results, because = c
        return nodes.Clauses(tuple(clauses), self._with_reason(results, because), _over(c))

    def body_expr(self, c: list[Any]) -> nodes.ExprBody:
        return nodes.ExprBody(c[0], c[1], c[0].span)

    def decision(self, c: list[Any]) -> nodes.DecisionNode:
        name, record, (single, outs), label, body = c
        outputs = (nodes.Output(name, outs, name.span),) if single else outs
        return nodes.DecisionNode(name, record, single, outputs, label, body, name.span)

    # ---- tables
    def hit_policy(self, c: list[Token]) -> Token:
        return c[0]

    def lang_tag(self, c: list[Token]) -> Lang:
        return Lang.EN if c[0].type == "EN" else Lang.ZH

    def out_value(self, c: list[nodes.Name]) -> nodes.OutColumn:
        return nodes.OutColumn(c[0], None, c[0].span)

    def out_because(self, c: list[Any]) -> nodes.OutColumn:
        # a plain column is in the language of the file, which its own keyword tells: so that a file whose
        # keywords are switched keeps the language of its reasons
        own = Lang.EN if c[0].text.isascii() else Lang.ZH
        return nodes.OutColumn(None, c[1] or own, span_of(c[0]))

    def columns_row(self, c: list[Any]) -> tuple[tuple[Any, ...], tuple[nodes.OutColumn, ...]]:
        outs, columns = _split(c, nodes.OutColumn)
        return tuple(columns), tuple(outs)

    def row_cells(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def row_outs(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def out_cell(self, c: list[Any]) -> Any:
        return c[0]

    def table_row(self, c: list[Any]) -> nodes.TableRow:
        return nodes.TableRow(c[0], c[1], _over([*c[0], *c[1]]))

    def table(self, c: list[Any]) -> nodes.TableNode:
        token, (columns, outs), *rows = c
        span = span_of(token).to(rows[-1].span)
        return nodes.TableNode(_HITS[token.type], columns, outs, tuple(rows), span)

    def cell_any(self, c: list[Token]) -> nodes.CellAny:
        return nodes.CellAny(span_of(c[0]))

    def cell_missing(self, c: list[Token]) -> nodes.CellMissing:
        return nodes.CellMissing(span_of(c[0]))

    def cell_not(self, c: list[Any]) -> nodes.CellNot:
        return nodes.CellNot(c[1], _over(c))

    def bound_word(self, c: list[Token]) -> Token:
        return c[0]

    def cell_bound(self, c: list[Any]) -> nodes.CellBound:
        return nodes.CellBound(_COMPARE[c[0].type], c[1], _over(c))

    def cell_range(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[0], c[2], True, _over(c))

    def cell_range_below(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[0], c[2], False, _over(c))

    def cell_value(self, c: list[Any]) -> nodes.CellValue:
        return nodes.CellValue(c[0], c[0].span)

    def cell_or(self, c: list[Any]) -> nodes.CellOr:
        return nodes.CellOr(tuple(c[::2]), _over(c))

    # ---- rules, properties, facts
    def assign(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], _over(c))

    def rule(self, c: list[Any]) -> nodes.RuleNode:
        name, label, *rest = c
        because = rest.pop()
        assigns, rest = _split(rest, nodes.Assign)
        targets, rest = rest[:-2], rest[-2:]
        return nodes.RuleNode(
            name, label, tuple(targets), rest[0], rest[1], tuple(assigns), because, name.span
        )

    def property_word(self, c: list[Token]) -> nodes.PropertyWord:
        return nodes.PropertyWord.ALWAYS if c[0].type == "ALWAYS" else nodes.PropertyWord.NEVER

    def holds(self, c: list[Any]) -> Any:
        return c[0]

    def monotone_word(self, c: list[Token]) -> bool:
        return c[0].type == "NOT_FALL_WHEN"

    def monotone(self, c: list[Any]) -> nodes.Monotone:
        return nodes.Monotone(c[0], c[1], c[2], _over([c[0], c[2]]))

    def property(self, c: list[Any]) -> nodes.PropertyNode:
        return nodes.PropertyNode(c[0], c[1], c[2], c[3], c[1].span.to(c[3].span))

    def impossible(self, c: list[Any]) -> nodes.ImpossibleNode:
        return nodes.ImpossibleNode(c[0], c[1], c[2], c[1].span)

    # ---- tests
    def assign_given(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], _over(c))

    def missing_value(self, c: list[Token]) -> nodes.MissingLit:
        return nodes.MissingLit(span_of(c[0]))

    def data_head(self, c: list[nodes.Path]) -> tuple[nodes.Path, ...]:
        return tuple(c)

    def data_cell(self, c: list[Any]) -> Any:
        return c[0]

    def data_row(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def data_table(self, c: list[Any]) -> nodes.DataTable:
        return nodes.DataTable(c[0], tuple(c[1:]), _over(c[0]))

    def given_values(self, c: list[Any]) -> nodes.Given:
        return nodes.Given(c[0], tuple(c[1:]), None, _over(c))

    def given_table(self, c: list[Any]) -> nodes.Given:
        return nodes.Given(c[0], (), c[1], c[0].span)

    def assume(self, c: list[nodes.Assign]) -> nodes.Assume:
        return nodes.Assume(c[0], c[0].span)

    def expect(self, c: list[Any]) -> nodes.ExpectNode:
        return nodes.ExpectNode(c[0], c[0].span)

    def expect_table(self, c: list[Any]) -> nodes.ExpectTable:
        return nodes.ExpectTable(c[0], c[1], c[0].span)

    def test(self, c: list[Any]) -> nodes.TestNode:
        title, day, *steps = c
        return nodes.TestNode(title, self.date([day]) if day else None, tuple(steps), title.span)

    def scenario_set(self, c: list[Any]) -> tuple[nodes.Name, Any]:
        return c[0], c[2]

    def scenario(self, c: list[Any]) -> nodes.ScenarioNode:
        return nodes.ScenarioNode(c[0], tuple(c[1:]), c[0].span)

    # ---- conditions
    def implies(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.IMPLIES, (c[0], c[2]), _over(c))

    def any_of(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.OR, tuple(c[::2]), _over(c))

    def all_of(self, c: list[Any]) -> nodes.Logic:
        return nodes.Logic(nodes.LogicOp.AND, tuple(c[::2]), _over(c))

    def negate(self, c: list[Any]) -> nodes.Not:
        return nodes.Not(c[1], _over(c))

    def compare_word(self, c: list[Token]) -> Token:
        return c[0]

    def order_word(self, c: list[Token]) -> Token:
        return c[0]

    def compare(self, c: list[Any]) -> nodes.Compare:
        return nodes.Compare(_COMPARE[c[1].type], c[0], c[2], _over(c))

    def compare_order(self, c: list[Any]) -> nodes.Compare:
        return nodes.Compare(_COMPARE[c[-2].type], c[0], c[-1], _over(c))

    def is_missing(self, c: list[Any]) -> nodes.Presence:
        return nodes.Presence(c[0], False, _over(c))

    def is_present(self, c: list[Any]) -> nodes.Presence:
        return nodes.Presence(c[0], True, _over(c))

    def is_one_of(self, c: list[Any]) -> nodes.OneOf:
        return nodes.OneOf(c[0], tuple(c[2:]), _over(c))

    def within_last(self, c: list[Any]) -> nodes.WithinLast:
        return nodes.WithinLast(c[0], amount(c[2]), _over(c))

    # ---- values
    def cond_branch(self, c: list[Any]) -> tuple[Any, Any]:
        return (c[0], c[1])

    def cond(self, c: list[Any]) -> nodes.Cond:
        return nodes.Cond(tuple(c[:-1]), c[-1], c[0][0].span.to(c[-1].span))

    def fallback(self, c: list[Any]) -> nodes.Fallback:
        return nodes.Fallback(c[0], c[1], _over(c))

    def binary(self, c: list[Any]) -> nodes.Arith:
        return nodes.Arith(_ARITH[c[1].type], c[0], c[2], _over(c))

    def minus(self, c: list[Any]) -> nodes.Minus:
        return nodes.Minus(c[1], _over(c))

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
        return nodes.Call(nodes.Function(c[0].type.lower()), tuple(c[1:]), _over(c))

    def between(self, c: list[Any]) -> nodes.Between:
        return nodes.Between(c[0].type == "MONTHS_FROM", c[1], c[3], _over(c))

    def part_of(self, c: list[Any]) -> nodes.PartOf:
        return nodes.PartOf(c[0].type == "MONTH_OF", c[1], _over(c))

    def aggregate_word(self, c: list[Token]) -> Token:
        return c[0]

    def count(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(nodes.AggKind.COUNT, None, c[1], None, _over(c))

    def count_where(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(nodes.AggKind.COUNT, None, c[1], c[2], _over(c))

    def aggregate(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(_AGGS[c[0].type], c[1], c[2], None, _over(c))

    def aggregate_where(self, c: list[Any]) -> nodes.Agg:
        return nodes.Agg(_AGGS[c[0].type], c[1], c[2], c[3], _over(c))

    def percentile(self, c: list[Any]) -> nodes.PopExpr:
        return nodes.PopExpr(nodes.PopWord.PERCENTILE, None, c[0], c[1], _over(c))

    def share(self, c: list[Any]) -> nodes.PopExpr:
        return nodes.PopExpr(nodes.PopWord.SHARE, None, c[0], c[1], _over(c))

    def quantile(self, c: list[Any]) -> nodes.PopExpr:
        n = whole(c[0], Text("the number of groups", "分组数"))
        return nodes.PopExpr(nodes.PopWord.QUANTILE, n, c[1], c[2], _over(c))

    def list_of(self, c: list[Any]) -> nodes.ListLit:
        items = tuple(i for i in c if i is not None and not isinstance(i, Token))
        return nodes.ListLit(items, _over([c[0], c[-1]]))


_TYPES = {
    "T_TEXT": nodes.TypeWord.TEXT, "T_PERCENT": nodes.TypeWord.PERCENT, "T_COUNT": nodes.TypeWord.COUNT,
    "T_NUMBER": nodes.TypeWord.NUMBER, "T_DATE": nodes.TypeWord.DATE, "T_DAYS": nodes.TypeWord.DAYS,
    "T_MONTHS": nodes.TypeWord.MONTHS, "T_YESNO": nodes.TypeWord.YESNO,
}  # fmt: skip
_HITS = {
    "TABLE_UNIQUE": nodes.HitPolicy.UNIQUE, "TABLE_FIRST": nodes.HitPolicy.FIRST,
    "TABLE_SUM": nodes.HitPolicy.SUM, "TABLE_MIN": nodes.HitPolicy.MIN, "TABLE_MAX": nodes.HitPolicy.MAX,
    "TABLE_COUNT": nodes.HitPolicy.COUNT, "TABLE_LIST": nodes.HitPolicy.LIST,
}  # fmt: skip
_COMPARE = {
    "EQ": nodes.CompareOp.EQ, "NE": nodes.CompareOp.NE, "LT": nodes.CompareOp.LT, "LE": nodes.CompareOp.LE,
    "GT": nodes.CompareOp.GT, "GE": nodes.CompareOp.GE, "IS": nodes.CompareOp.IS,
    "IS_NOT": nodes.CompareOp.IS_NOT, "AT_LEAST": nodes.CompareOp.AT_LEAST,
    "AT_MOST": nodes.CompareOp.AT_MOST, "ABOVE": nodes.CompareOp.ABOVE, "BELOW": nodes.CompareOp.BELOW,
}  # fmt: skip
_ARITH = {
    "PLUS": nodes.ArithOp.ADD, "MINUS": nodes.ArithOp.SUB, "STAR": nodes.ArithOp.MUL,
    "SLASH": nodes.ArithOp.DIV,
}  # fmt: skip
_AGGS = {
    "SUM_OF": nodes.AggKind.SUM, "AVERAGE_OF": nodes.AggKind.AVERAGE, "LARGEST_OF": nodes.AggKind.LARGEST,
    "SMALLEST_OF": nodes.AggKind.SMALLEST, "LATEST_OF": nodes.AggKind.LATEST,
    "EARLIEST_OF": nodes.AggKind.EARLIEST,
}  # fmt: skip
_HEADER_ZH = {"owner": "负责人", "effective": "生效日期", "currency": "币种", "month_end": "月末规则"}
_ATTR_ZH = {
    "optional": "可缺失", "default": "缺省值", "range": "取值范围", "personal": "个人信息用途",
    "unit": "单位", "items": "条数上限",
}  # fmt: skip
