"""Declarations as lines, one layout for each kind.

Assumes: nodes that were parsed without a finding. Leaves: lines with the places of their items, so that
comments find them again; the `end` line has the place where the declaration ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from kamflow.base.display import display_width, pad
from kamflow.base.span import Span
from kamflow.base.text import Lang
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import (
    LOGIC,
    SUM,
    at_line_start,
    expr_lines,
    show_expr,
    sum_at_line_start,
    wants_break,
    within,
)
from kamflow.syntax.format_table import band_lines, data_lines, table_lines
from kamflow.syntax.format_words import WIDTH, Line, Page, amount, named, quote, record_word, word, words
from kamflow.syntax.keywords import load_keywords
from kamflow.values.dates import show_day

MAX_ALIGNED = 30
"""A longer field name does not push the colons of its record to the right."""


def header_lines(header: nodes.Header, page: Page) -> list[Line]:
    lang = page.lang
    lines = [
        Line(0, f"{word('_POLICY', lang)} {named(header.name, header.title, lang)}", _start(header, page))
    ]
    if header.owner is not None:
        lines.append(
            Line(
                2, f"{word('_OWNER', lang)} {quote(header.owner.value, lang)}", page.place(header.owner.span)
            )
        )
    if header.effective_from is not None:
        text = f"{word('_EFFECTIVE_FROM', lang)} {show_day(header.effective_from.day)}"
        if header.until is not None:
            text += f" {word('_UNTIL', lang)} {show_day(header.until.day)}"
        lines.append(Line(2, text, page.place(header.effective_from.span)))
    if header.currency is not None:
        text = f"{word('_CURRENCY', lang)} {header.currency.text}"
        lines.append(Line(2, text, page.place(header.currency.span)))
    if header.month_end_clamp is not None:
        mode = "_CLAMP" if header.month_end_clamp else "_NEXT_DAY"
        text = f"{word('_MONTH_END', lang)} {word(mode, lang)}"
        lines.append(Line(2, text, _find_word("_MONTH_END", header.span, page)))
    for terminal, names in (("_USES", header.uses), ("_PURPOSE", header.purposes)):
        if names:
            items = [n.text for n in names]
            lines += _filled(2, f"{word(terminal, lang)} ", items, ",", page.place(names[0].span))
    return [*lines, _end(header.span, page)]


def decl_lines(decl: nodes.Decl, page: Page) -> list[Line]:
    """Lay out one declaration."""
    match decl:
        case nodes.TypeDecl():
            return _type(decl, page)
        case nodes.RecordNode():
            return _record(decl, page)
        case nodes.ParamNode():
            return _parameter(decl, page)
        case nodes.DefineNode(name, record, type_, label, value, measure=measure):
            start = "_DEFINE" if measure is None else "_MEASURE"
            head = f"{word(start, page.lang)} {name.text} {_of(record, page.lang)}"
            head += _typed(type_, page.lang) + _better(measure, page.lang) + _labelled(label, page.lang)
            return _with_value(head, value, _start(decl, page), page)
        case nodes.PopulationNode(name, record, where):
            is_ = word("IS", page.lang)
            head = f"{word('_POPULATION', page.lang)} {name.text} {is_} {record.text}"
            return _with_condition(head, "_WHERE", where, decl, page)
        case nodes.ClassifyNode():
            return _classify(decl, page)
        case nodes.ScorecardNode():
            return _scorecard(decl, page)
        case nodes.DecisionNode():
            return _decision(decl, page)
        case nodes.RuleNode():
            return _rule(decl, page)
        case nodes.PropertyNode():
            return _property(decl, page)
        case nodes.ImpossibleNode(record, cond, because):
            head = word("_IMPOSSIBLE", page.lang)
            head += f" {_of(record, page.lang)}" if record is not None else ""
            return [*_with_condition(head, "_WHEN", cond, decl, page), *_because(because, page, 2)]
        case nodes.TestNode():
            return _test(decl, page)
        case nodes.ScenarioNode(title, sets):
            lines = [Line(0, f"{word('_SCENARIO', page.lang)} {words(title, page.lang)}", _start(decl, page))]
            for name, value in sets:
                text = f"{word('_SET', page.lang)} {name.text} = {show_expr(value, page.lang, SUM)}"
                lines.append(Line(2, text, page.place(name.span)))
            return [*lines, _end(decl.span, page)]
        case _:
            assert_never(decl)


# ---- pieces


def _start(decl: nodes.Decl | nodes.Header, page: Page) -> int | None:
    return page.place(decl.span)


def _end(span: Span, page: Page) -> Line:
    at = page.place(span)
    return Line(0, word("_END", page.lang), None if at is None else span.end - 1, joins=True)


def _of(record: nodes.Name, lang: Lang) -> str:
    return f"{word('_OF', lang)} {record.text}"


def _typed(type_: nodes.TypeNode | None, lang: Lang) -> str:
    return "" if type_ is None else f" : {show_type(type_, lang)}"


def _better(measure: nodes.MeasureWord | None, lang: Lang) -> str:
    match measure:
        case nodes.MeasureWord.HIGHER:
            return f", {word('HIGHER_BETTER', lang)}"
        case nodes.MeasureWord.LOWER:
            return f", {word('LOWER_BETTER', lang)}"
        case nodes.MeasureWord.PLAIN | None:
            return ""
        case _:
            assert_never(measure)


def _labelled(label: nodes.Words | None, lang: Lang) -> str:
    return "" if label is None else f" {words(label, lang)}"


def _fits(indent: int, text: str) -> bool:
    return indent + display_width(text) <= WIDTH


def _find_word(terminal: str, span: Span, page: Page) -> int | None:
    """Find a line of a declaration that left nothing but a flag in its node."""
    if page.place(span) is None:
        return None
    forms = [f for spellings in load_keywords().forms.values() for f in spellings[terminal]]
    choices = "|".join(r"\s*".join(re.escape(w) for w in f.split()) for f in forms)
    found = re.compile(rf"^\s*({choices})", re.MULTILINE).search(page.source.text, span.start, span.end)
    return found.start(1) if found is not None else None


def _filled(indent: int, head: str, items: Sequence[str], sep: str, at: int | None) -> list[Line]:
    """Write a list over as many lines as it needs; those after the first stand four columns deeper."""
    lines = [head]
    for i, item in enumerate(items):
        text = item + (sep if i < len(items) - 1 else "")
        glue = "" if lines[-1].endswith(" ") else " "
        if i and not _fits(indent, lines[-1] + glue + text):
            lines.append(f"    {text}")
        else:
            lines[-1] += glue + text
    return [Line(indent, lines[0], at), *(Line(indent, text) for text in lines[1:])]


def _with_value(head: str, value: nodes.Expr, at: int | None, page: Page) -> list[Line]:
    """Write `head as value` in one line where it fits, else the value below its head."""
    head = f"{head} {word('_AS', page.lang)}"
    flat = f"{head} {show_expr(value, page.lang)}"
    if _fits(0, flat) and not wants_break(value, page):
        return [Line(0, flat, at)]
    return [Line(0, head, at), *at_line_start(value, page, 2)]


def _with_condition(head: str, terminal: str, cond: nodes.Expr, decl: nodes.Decl, page: Page) -> list[Line]:
    """The same with the joint on the line of the condition."""
    sign = word(terminal, page.lang)
    flat = f"{head} {sign} {show_expr(cond, page.lang, LOGIC)}"
    if _fits(0, flat) and not wants_break(cond, page):
        return [Line(0, flat, _start(decl, page))]
    return [Line(0, head, _start(decl, page)), *_hanging(f"{sign} ", cond, page, 2)]


def _hanging(prefix: str, cond: nodes.Expr, page: Page, indent: int) -> list[Line]:
    """Write a condition behind its joint, what follows two columns deeper."""
    lines = expr_lines(cond, page, indent, level=LOGIC, prefix=prefix)
    first = Line(indent, lines[0].text, lines[0].at)
    return [first, *(Line(line.indent + 2, line.text, line.at, line.joins) for line in lines[1:])]


def _because(reason: nodes.Words | None, page: Page, indent: int) -> list[Line]:
    if reason is None:
        return []
    text = f"{word('BECAUSE', page.lang)} {words(reason, page.lang)}"
    return [Line(indent, text, page.place(reason.span))]


def _results(results: nodes.Results, lang: Lang) -> str:
    if results.plain is not None:
        return show_expr(results.plain, lang, SUM)
    return ", ".join(_assign(a, lang) for a in results.named)


def _assign(a: nodes.Assign, lang: Lang) -> str:
    return f"{a.path} = {show_expr(a.value, lang, SUM)}"


def show_type(type_: nodes.TypeNode, lang: Lang) -> str:
    match type_:
        case nodes.ScalarType(type_word, currency, decimals):
            text = word(f"T_{type_word.name}", lang)
            text += f"({currency.text})" if currency is not None else ""
            if decimals is None:
                return text
            takes_with = type_word in (
                nodes.TypeWord.NUMBER,
                nodes.TypeWord.MONEY,
                nodes.TypeWord.PERCENT,
            )
            joint = f"{word('_WITH', lang)} " if takes_with else ""
            return f"{text} {joint}{decimals.written} {word('_DECIMALS', lang)}"
        case nodes.NamedType(name):
            return name.text
        case nodes.ListType(item):
            return f"{word('LIST_OF', lang)} {show_type(item, lang)}"
        case _:
            assert_never(type_)


# ---- types, records, parameters


def _type(decl: nodes.TypeDecl, page: Page) -> list[Line]:
    lang = page.lang
    joint = word("_IS_ORDERED", lang) if decl.ordered else load_keywords().spell("IS_ONE_OF", lang)
    head = f"{word('_TYPE', lang)} {named(decl.name, decl.label, lang)} {joint}"
    items = [named(m.name, m.label, lang) for m in decl.members]
    sep = " <" if decl.ordered else ","
    commented = page.has_comment(_start(decl, page), page.place(decl.members[-1].span))
    labelled = any(m.label is not None for m in decl.members)
    if not commented and (not labelled or _fits(0, f"{head} " + f"{sep} ".join(items))):
        return _filled(0, f"{head} ", items, sep, _start(decl, page))
    lines = [Line(0, head, _start(decl, page))]
    for i, (member, text) in enumerate(zip(decl.members, items, strict=True)):
        end = sep if i < len(items) - 1 else ""
        lines.append(Line(2, text + end, page.place(member.span), joins=True))
    return lines


def _record(decl: nodes.RecordNode, page: Page) -> list[Line]:
    lang = page.lang
    widths = [display_width(f.name.text) for f in decl.fields]
    width = max((w for w in widths if w <= MAX_ALIGNED), default=0)
    lines = [Line(0, f"{word('_RECORD', lang)} {named(decl.name, decl.label, lang)}", _start(decl, page))]
    for f in decl.fields:
        name = pad(f.name.text, max(width, display_width(f.name.text)))
        parts = [show_type(f.type, lang), *_attributes(f, lang)]
        text = f"{name} : {', '.join(parts)}{_labelled(f.label, lang)}"
        lines.append(Line(2, text, page.place(f.name.span)))
    return [*lines, _end(decl.span, page)]


def _attributes(f: nodes.FieldNode, lang: Lang) -> list[str]:
    out = []
    if f.optional:
        out.append(word("_OPTIONAL", lang))
    if f.default is not None:
        out.append(f"{word('_DEFAULT', lang)} {show_expr(f.default, lang, SUM)}")
    if f.range is not None:
        lo, hi = (show_expr(e, lang, SUM) for e in f.range)
        out.append(f"{lo} {word('TO', lang)} {hi}")
    if f.personal:
        out.append(f"{word('_PERSONAL', lang)}({', '.join(n.text for n in f.personal)})")
    if f.unit is not None:
        out.append(f"{word('_UNIT', lang)} {quote(f.unit.value, lang)}")
    if f.max_items is not None:
        items = f"{f.max_items.written} {word('_ITEMS', lang)}"
        out.append(f"{record_word('_UP_TO', lang)} {items}")
    if f.changeable:
        out.append(word("_CHANGEABLE", lang))
    return out


def _parameter(decl: nodes.ParamNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_PARAMETER', lang)} {decl.name.text}{_typed(decl.type, lang)}"
    lines = [Line(0, head + _labelled(decl.label, lang), _start(decl, page))]
    for version in decl.versions:
        value = show_expr(version.value, lang, SUM)
        text = f"{word('_FROM', lang)} {show_day(version.start.day)} : {value}"
        lines.append(Line(2, text, page.place(version.span)))
    return [*lines, _end(decl.span, page)]


# ---- populations and scorecards


def _classify(decl: nodes.ClassifyNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_CLASSIFY', lang)} {decl.name.text} {_of(decl.record, lang)}"
    head += f" {word('_OVER', lang)} {decl.population.text}{_typed(decl.type, lang)}"
    order = word("LARGEST_FIRST" if decl.largest_first else "SMALLEST_FIRST", lang)
    by = f"{word('_BY', lang)} {show_expr(decl.measure, lang, SUM)}, {order}"
    lines = [
        Line(0, head + _labelled(decl.label, lang), _start(decl, page)),
        Line(2, by, page.place(decl.measure.span)),
    ]
    if decl.group is not None:
        lines.append(Line(2, within(decl.group, lang), page.place(decl.group.span)))
    for c in decl.classes:
        share = (
            word("_REST", lang)
            if c.bound is None
            else f"{word('_UP_TO', lang)} {amount(c.bound, lang)} {word('_OF_TOTAL', lang)}"
        )
        lines.append(Line(2, f"{c.name.text} {share}", page.place(c.span)))
    if decl.ties_better:
        lines.append(Line(2, word("_TIES_SHARE", lang), _find_word("_TIES_SHARE", decl.span, page)))
    if decl.outside is not None:
        text = f"{word('_OUTSIDE', lang)} {decl.outside.text}"
        lines.append(Line(2, text, page.place(decl.outside.span)))
    return [*lines, _end(decl.span, page)]


def _scorecard(decl: nodes.ScorecardNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_SCORECARD', lang)} {decl.name.text} {_of(decl.record, lang)}"
    lines = [Line(0, head + _labelled(decl.label, lang), _start(decl, page))]
    for c in decl.criteria:
        text = f"{word('_CRITERION', lang)} {named(c.name, c.label, lang)}"
        text += f" {word('_WEIGHT', lang)} {amount(c.weight, lang)}"
        text += f" {word('_ON', lang)} {show_expr(c.subject, lang, SUM)}"
        lines += [Line(2, text, page.place(c.name.span)), *band_lines(c.bands, page, 4)]
    return [*lines, _end(decl.span, page)]


# ---- decisions, rules, properties


def _decision(decl: nodes.DecisionNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_DECISION', lang)} {decl.name.text} {_of(decl.record, lang)}"
    if decl.single:
        text = head + _typed(decl.outputs[0].type, lang) + _labelled(decl.label, lang)
        first = [Line(0, text, _start(decl, page))]
    else:
        outputs = [
            f"{o.name.text} : {show_type(o.type, lang)}{_labelled(o.label, lang)}" for o in decl.outputs
        ]
        head += f"{_labelled(decl.label, lang)} {word('_GIVES', lang)} "
        first = _filled(0, head, outputs, ",", _start(decl, page))
    body = decl.body
    match body:
        case nodes.ExprBody(value, because):
            if len(first) == 1:
                lines = _with_value(first[0].text, value, _start(decl, page), page)
            else:
                sign = word("_AS", lang)
                lines = [*first, *expr_lines(value, page, 2, prefix=f"{sign} ")]
            return [*lines, *_because(because, page, 2)]
        case nodes.TableBody(table, other):
            lines = table_lines(table, page, 2)
            if other is not None:
                lines += _otherwise(other, page)
        case nodes.Clauses(clauses, other):
            lines = []
            for clause in clauses:
                lines += _clause(clause, page, is_first=clause is clauses[0])
            lines += _otherwise(other, page)
        case _:
            assert_never(body)
    return [*first, *lines, _end(decl.span, page)]


def _otherwise(other: nodes.Results, page: Page) -> list[Line]:
    text = f"{word('_OTHERWISE', page.lang)} {_results(other, page.lang)}"
    return [Line(2, text, page.place(other.span)), *_because(other.because, page, 4)]


def _clause(clause: nodes.Clause, page: Page, *, is_first: bool) -> list[Line]:
    lang = page.lang
    prefix = "" if is_first else f"{word('_OTHERWISE', lang)} "
    prefix += f"{word('_WHEN', lang)} "
    then = f"{word('_THEN', lang)} {_results(clause.results, lang)}"
    flat = f"{prefix}{show_expr(clause.cond, lang, LOGIC)} {then}"
    if _fits(2, flat) and not wants_break(clause.cond, page):
        lines = [Line(2, flat, page.place(clause.span))]
    else:
        lines = [
            *_hanging(prefix, clause.cond, page, 2),
            Line(4, then, page.place(clause.results.span), joins=True),
        ]
    return [*lines, *_because(clause.results.because, page, 4)]


def _rule(decl: nodes.RuleNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_RULE', lang)} {named(decl.name, decl.label, lang)}"
    head += f" {word('_OVERRIDES', lang)} {', '.join(str(t) for t in decl.targets)}"
    head += f" {_of(decl.record, lang)}" if decl.record is not None else ""
    then = f"{word('_THEN', lang)} {', '.join(_assign(a, lang) for a in decl.assigns)}"
    return [
        Line(0, head, _start(decl, page)),
        *_hanging(f"{word('_WHEN', lang)} ", decl.cond, page, 2),
        Line(2, then, page.place(decl.assigns[0].span)),
        *_because(decl.because, page, 2),
        _end(decl.span, page),
    ]


def _property(decl: nodes.PropertyNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word(decl.word.name, lang)} {words(decl.title, lang)}"
    head += f" {_of(decl.record, lang)}" if decl.record is not None else ""
    first = Line(0, head, _start(decl, page))
    match decl.body:
        case nodes.Monotone(value, falls, driver):
            rises = word("NOT_FALL_WHEN" if falls else "NOT_RISE_WHEN", lang)
            text = f"{sum_at_line_start(value, lang)} {rises} {show_expr(driver, lang, SUM)}"
            return [first, Line(2, f"{text} {word('_RISES', lang)}", page.place(value.span), joins=True)]
        case body:
            return [first, *at_line_start(body, page, 2, level=LOGIC)]


# ---- tests


def _test(decl: nodes.TestNode, page: Page) -> list[Line]:
    lang = page.lang
    head = f"{word('_TEST', lang)} {words(decl.title, lang)}"
    if decl.as_of is not None:
        head += f" {word('_AS_OF', lang)} {show_day(decl.as_of.day)}"
    lines = [Line(0, head, _start(decl, page))]
    for step in decl.steps:
        lines += _step(step, page)
    return [*lines, _end(decl.span, page)]


def _step(step: nodes.TestStep, page: Page) -> list[Line]:
    lang = page.lang
    match step:
        case nodes.Given(subject, values, table):
            first = Line(2, f"{word('_GIVEN', lang)} {subject}", page.place(subject.span))
            if table is not None:
                return [first, *data_lines(table, page, 4)]
            return [first, *(Line(4, _assign(v, lang), page.place(v.span)) for v in values)]
        case nodes.Assume(value):
            return [Line(2, f"{word('_ASSUME', lang)} {_assign(value, lang)}", page.place(value.span))]
        case nodes.ExpectNode(cond):
            return _hanging(f"{word('_EXPECT', lang)} ", cond, page, 2)
        case nodes.ExpectTable(subject, table):
            first = Line(2, f"{word('_EXPECT', lang)} {subject}", page.place(subject.span))
            return [first, *data_lines(table, page, 4)]
        case _:
            assert_never(step)
