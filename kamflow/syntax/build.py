"""Reductions of the grammar as nodes: one method for each rule or alias of ``kamflow.lark``.

Assumes: called by the parser from the leaves up. Leaves: nodes of ``syntax.nodes``. It keeps nothing
between calls (a token knows its file), so that one parser serves all files and threads. What is wrong
with a rule that parses is raised as ``BadSyntax`` and becomes the finding of its declaration.
"""

from __future__ import annotations

from typing import Any

from kamflow.base.span import Span
from kamflow.base.text import Lang, Text
from kamflow.syntax import errors, nodes
from kamflow.syntax.build_expr import ExprBuilder
from kamflow.syntax.build_parts import (
    ATTR_ZH,
    COMPARE,
    HEADER_ZH,
    HITS,
    TYPES,
    BadSyntax,
    amount,
    over,
    span_of,
    span_of_any,
    split,
    whole,
)  # fmt: skip
from kamflow.syntax.tokens import Token


class Builder(ExprBuilder):
    """Each method takes the children of its rule; a `[x]` that was left out is ``None``."""

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
                what = Text(key.replace("_", " "), HEADER_ZH[key])
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
        return nodes.Member(c[0], c[1], over(c))

    def type_ordered(self, c: list[Any]) -> nodes.TypeDecl:
        members, _ = split(c[2:], nodes.Member)
        return nodes.TypeDecl(c[0], c[1], True, tuple(members), c[0].span)

    def type_one_of(self, c: list[Any]) -> nodes.TypeDecl:
        members, _ = split(c[2:], nodes.Member)
        return nodes.TypeDecl(c[0], c[1], False, tuple(members), c[0].span)

    def scalar_type(self, c: list[Token]) -> Token:
        return c[0]

    def decimals(self, c: list[Any]) -> nodes.Amount:
        return whole(c[-1], Text("the number of decimals", "小数位数"))

    def type_scalar(self, c: list[Any]) -> nodes.ScalarType:
        return nodes.ScalarType(TYPES[c[0].type], None, c[1], span_of(c[0]))

    def type_money(self, c: list[Any]) -> nodes.ScalarType:
        return nodes.ScalarType(nodes.TypeWord.MONEY, c[1], c[2], span_of(c[0]))

    def type_named(self, c: list[nodes.Name]) -> nodes.NamedType:
        return nodes.NamedType(c[0], c[0].span)

    def type_list(self, c: list[Any]) -> nodes.ListType:
        return nodes.ListType(c[1], over(c))

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

    def attr_changeable(self, c: list[Any]) -> tuple[str, Any]:
        return "changeable", True

    def field(self, c: list[Any]) -> nodes.FieldNode:
        name, type_, *attrs, label = c
        said: dict[str, Any] = {}
        for key, value in attrs:
            if key in said:
                raise BadSyntax(errors.said_twice(name.span, name.span, Text(key, ATTR_ZH[key])))
            said[key] = value
        return nodes.FieldNode(
            name, type_, said.get("optional", False), said.get("default"), said.get("range"),
            said.get("personal", ()), said.get("unit"), said.get("items"),
            said.get("changeable", False), label, over([name, type_, label]),
        )  # fmt: skip

    def record(self, c: list[Any]) -> nodes.RecordNode:
        return nodes.RecordNode(c[0], c[1], tuple(c[2:]), c[0].span)

    def dated_value(self, c: list[Any]) -> nodes.DatedValue:
        return nodes.DatedValue(self.date([c[0]]), c[1], over(c))

    def parameter(self, c: list[Any]) -> nodes.ParamNode:
        return nodes.ParamNode(c[0], c[1], c[2], tuple(c[3:]), c[0].span)

    # ---- definitions
    def define(self, c: list[Any]) -> nodes.DefineNode:
        return nodes.DefineNode(c[0], c[1], c[2], c[3], c[4], c[0].span)

    def better(self, c: list[Token]) -> nodes.MeasureWord:
        is_higher = c[0].type == "HIGHER_BETTER"
        return nodes.MeasureWord.HIGHER if is_higher else nodes.MeasureWord.LOWER

    def measure(self, c: list[Any]) -> nodes.DefineNode:
        word = c[3] or nodes.MeasureWord.PLAIN
        return nodes.DefineNode(c[0], c[1], c[2], c[4], c[5], c[0].span, word)

    def population(self, c: list[Any]) -> nodes.PopulationNode:
        return nodes.PopulationNode(c[0], c[2], c[3], c[0].span)

    def order(self, c: list[Token]) -> bool:
        return c[0].type == "LARGEST_FIRST"

    def class_up_to(self, c: list[Any]) -> nodes.ClassLine:
        return nodes.ClassLine(c[0], amount(c[1]), over(c))

    def class_rest(self, c: list[Any]) -> nodes.ClassLine:
        return nodes.ClassLine(c[0], None, c[0].span)

    def class_ties(self, c: list[Any]) -> str:
        return "ties"

    def class_outside(self, c: list[nodes.Name]) -> tuple[str, nodes.Name]:
        return "outside", c[0]

    def class_within(self, c: list[nodes.Path]) -> nodes.Path:
        return c[0]

    def classify(self, c: list[Any]) -> nodes.ClassifyNode:
        name, record, population, type_, label, measure, largest, *lines = c
        classes, rest = split(lines, nodes.ClassLine)
        outside = [r[1] for r in rest if isinstance(r, tuple)]
        groups = [r for r in rest if isinstance(r, nodes.Path)]
        if len(groups) > 1:
            what = Text("the group within which is compared", "分组方式")
            raise BadSyntax(errors.said_twice(groups[1].span, groups[0].span, what))
        if len(outside) > 1:
            what = Text("the class outside the population", "总体之外的类别")
            raise BadSyntax(errors.said_twice(outside[1].span, outside[0].span, what))
        return nodes.ClassifyNode(
            name, record, population, type_, label, measure, largest, tuple(classes), "ties" in rest,
            outside[0] if outside else None, groups[0] if groups else None, name.span,
        )  # fmt: skip

    def band(self, c: list[Any]) -> nodes.Band:
        return nodes.Band(c[0], c[1], over(c))

    def criterion(self, c: list[Any]) -> nodes.Criterion:
        return nodes.Criterion(c[0], c[1], amount(c[2]), c[3], tuple(c[4:]), c[0].span)

    def scorecard(self, c: list[Any]) -> nodes.ScorecardNode:
        return nodes.ScorecardNode(c[0], c[1], c[2], tuple(c[3:]), c[0].span)

    # ---- decisions
    def output(self, c: list[Any]) -> nodes.Output:
        return nodes.Output(c[0], c[1], c[2], over(c))

    def outputs(self, c: list[nodes.Output]) -> tuple[nodes.Output, ...]:
        return tuple(c)

    def result_named(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], over(c))

    def result_plain(self, c: list[Any]) -> Any:
        return c[0]

    def results(self, c: list[Any]) -> nodes.Results:
        named, plain = split(c, nodes.Assign)
        if plain and len(c) > 1:
            what = Text("a plain value", "直接给出的值")
            raise BadSyntax(errors.said_twice(span_of_any(c[-1]), span_of_any(c[0]), what))
        return nodes.Results(plain[0] if plain else None, tuple(named), None, over(c))

    def _with_reason(self, results: nodes.Results, because: nodes.Words | None) -> nodes.Results:
        return nodes.Results(results.plain, results.named, because, results.span)

    def clause(self, c: list[Any]) -> nodes.Clause:
        return nodes.Clause(c[0], self._with_reason(c[1], c[2]), over(c[:2]))

    def body_table(self, c: list[Any]) -> nodes.TableBody:
        return nodes.TableBody(c[0], self._with_reason(c[1], c[2]) if c[1] else None, c[0].span)

    def body_clauses(self, c: list[Any]) -> nodes.Clauses:
        *clauses, results, because = c
        return nodes.Clauses(tuple(clauses), self._with_reason(results, because), over(c))

    def body_expr(self, c: list[Any]) -> nodes.ExprBody:
        return nodes.ExprBody(c[0], c[1], c[0].span)

    def decision_one(self, c: list[Any]) -> nodes.DecisionNode:
        name, record, type_, label, body = c
        output = nodes.Output(name, type_, None, name.span)
        return nodes.DecisionNode(name, record, True, (output,), label, body, name.span)

    def decision_many(self, c: list[Any]) -> nodes.DecisionNode:
        name, record, label, outputs, body = c
        return nodes.DecisionNode(name, record, False, outputs, label, body, name.span)

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
        outs, columns = split(c, nodes.OutColumn)
        return tuple(columns), tuple(outs)

    def row_cells(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def row_outs(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def out_cell(self, c: list[Any]) -> Any:
        return c[0]

    def table_row(self, c: list[Any]) -> nodes.TableRow:
        return nodes.TableRow(c[0], c[1], over([*c[0], *c[1]]))

    def table(self, c: list[Any]) -> nodes.TableNode:
        token, (columns, outs), *rows = c
        span = span_of(token).to(rows[-1].span)
        return nodes.TableNode(HITS[token.type], columns, outs, tuple(rows), span)

    def cell_any(self, c: list[Token]) -> nodes.CellAny:
        return nodes.CellAny(span_of(c[0]))

    def cell_missing(self, c: list[Token]) -> nodes.CellMissing:
        return nodes.CellMissing(span_of(c[0]))

    def cell_not(self, c: list[Any]) -> nodes.CellNot:
        return nodes.CellNot(c[1], over(c))

    def bound_word(self, c: list[Token]) -> Token:
        return c[0]

    def cell_bound(self, c: list[Any]) -> nodes.CellBound:
        return nodes.CellBound(COMPARE[c[0].type], c[1], over(c))

    def cell_range(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[0], True, c[2], True, over(c))

    def cell_range_below(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[0], True, c[2], False, over(c))

    def cell_bound_to(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[1], self._lower(c), c[3], True, over(c))

    def cell_bound_to_below(self, c: list[Any]) -> nodes.CellRange:
        return nodes.CellRange(c[1], self._lower(c), c[3], False, over(c))

    def _lower(self, c: list[Any]) -> bool:
        """Say whether the bound before `to` is included; only a lower bound can stand there."""
        word = c[0]
        if word.type not in {"ABOVE", "GT", "AT_LEAST", "GE"}:
            found = Text(f"`{c[2].text}` after an upper bound", f"上限之后的“{c[2].text}”")
            raise BadSyntax(errors.unexpected(span_of(c[2]), found, ["`|`"], context=None))
        return word.type in {"AT_LEAST", "GE"}

    def cell_value(self, c: list[Any]) -> nodes.CellValue:
        return nodes.CellValue(c[0], c[0].span)

    def cell_or(self, c: list[Any]) -> nodes.CellOr:
        return nodes.CellOr(tuple(c[::2]), over(c))

    # ---- rules, properties, facts
    def assign(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], over(c))

    def rule(self, c: list[Any]) -> nodes.RuleNode:
        name, label, *rest = c
        because = rest.pop()
        assigns, rest = split(rest, nodes.Assign)
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
        return nodes.Monotone(c[0], c[1], c[2], over([c[0], c[2]]))

    def property(self, c: list[Any]) -> nodes.PropertyNode:
        return nodes.PropertyNode(c[0], c[1], c[2], c[3], c[1].span.to(c[3].span))

    def impossible(self, c: list[Any]) -> nodes.ImpossibleNode:
        return nodes.ImpossibleNode(c[0], c[1], c[2], c[1].span)

    # ---- tests
    def assign_given(self, c: list[Any]) -> nodes.Assign:
        return nodes.Assign(c[0], c[2], over(c))

    def hole(self, c: list[Token]) -> nodes.Hole:
        return nodes.Hole(span_of(c[0]))

    def missing_value(self, c: list[Token]) -> nodes.MissingLit:
        return nodes.MissingLit(span_of(c[0]))

    def data_head(self, c: list[nodes.Path]) -> tuple[nodes.Path, ...]:
        return tuple(c)

    def data_cell(self, c: list[Any]) -> Any:
        return c[0]

    def data_row(self, c: list[Any]) -> tuple[Any, ...]:
        return tuple(c)

    def data_table(self, c: list[Any]) -> nodes.DataTable:
        return nodes.DataTable(c[0], tuple(c[1:]), over(c[0]))

    def given_values(self, c: list[Any]) -> nodes.Given:
        return nodes.Given(c[0], tuple(c[1:]), None, over(c))

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
