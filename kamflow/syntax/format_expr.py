"""Expressions as text, with the fewest parentheses that keep their meaning.

Assumes: nodes of one file. Leaves: one line where it fits, else lines broken at `and`, `or`,
`implies`, at the branches of a choice and before `where`. An expression is broken too where a comment
stands between its parts, so that the comment stays with its part.
"""

from __future__ import annotations

import re
from typing import assert_never

from kamflow.base.display import display_width
from kamflow.base.text import Lang
from kamflow.syntax import nodes
from kamflow.syntax.format_words import WIDTH, Line, Page, amount, quote, word
from kamflow.syntax.keywords import load_keywords
from kamflow.values.dates import show_day

# Levels of the grammar, weakest first: an operand of a lower level than its place stands in parentheses.
EXPR, LOGIC, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, ATOM = range(10)

_COMPARE = {
    nodes.CompareOp.IS: "IS",
    nodes.CompareOp.IS_NOT: "IS_NOT",
    nodes.CompareOp.AT_LEAST: "AT_LEAST",
    nodes.CompareOp.AT_MOST: "AT_MOST",
    nodes.CompareOp.ABOVE: "ABOVE",
    nodes.CompareOp.BELOW: "BELOW",
}
_ORDER = frozenset(
    {nodes.CompareOp.AT_LEAST, nodes.CompareOp.AT_MOST, nodes.CompareOp.ABOVE, nodes.CompareOp.BELOW}
)
_LOGIC = {
    nodes.LogicOp.AND: ("AND", AND, NOT),
    nodes.LogicOp.OR: ("OR", OR, AND),
    nodes.LogicOp.IMPLIES: ("IMPLIES", LOGIC, OR),
}
"""Terminal, own level, level of an operand."""


def show_expr(e: nodes.Expr, lang: Lang, level: int = EXPR) -> str:
    """Write an expression in one line, for a place that takes ``level`` and stronger."""
    text, own = _flat(e, lang)
    return f"({text})" if own < level else text


def compare_word(op: nodes.CompareOp, lang: Lang) -> str:
    return word(_COMPARE[op], lang) if op in _COMPARE else op.value


def _flat(e: nodes.Expr, lang: Lang) -> tuple[str, int]:
    """Return the text of an expression and its level."""
    match e:
        case nodes.Amount():
            return amount(e, lang), ATOM
        case nodes.DateLit(day):
            return show_day(day), ATOM
        case nodes.TextLit(value):
            return quote(value, lang), ATOM
        case nodes.YesNo(value):
            yes = "IS" if lang is Lang.ZH else "YES"  # 是 is both words
            return word(yes if value else "NO", lang), ATOM
        case nodes.TodayLit():
            return word("TODAY", lang), ATOM
        case nodes.Hole():
            return "?", ATOM
        case nodes.MissingLit():
            return word("MISSING", lang), ATOM
        case nodes.Path():
            return str(e), ATOM
        case nodes.Arith(op, left, right):
            own = SUM if op in (nodes.ArithOp.ADD, nodes.ArithOp.SUB) else PRODUCT
            return f"{show_expr(left, lang, own)} {op} {show_expr(right, lang, own + 1)}", own
        case nodes.Minus(arg):
            text = show_expr(arg, lang, UNARY)
            return (f"-({text})" if text.startswith("-") else f"-{text}"), UNARY  # `--` is a comment
        case nodes.Compare(op, left, right):
            sign = compare_word(op, lang)
            if op in _ORDER and lang is Lang.EN:
                sign = f"{word('IS', lang)} {sign}"
            return f"{show_expr(left, lang, SUM)} {sign} {show_expr(right, lang, SUM)}", COMPARISON
        case nodes.Presence(arg, present):
            sign = word("IS_PRESENT" if present else "IS_MISSING", lang)
            return f"{show_expr(arg, lang, SUM)} {sign}", COMPARISON
        case nodes.OneOf(arg, items):
            inside = _listed(items, lang, SUM)
            return f"{show_expr(arg, lang, SUM)} {word('IS_ONE_OF', lang)} ({inside})", COMPARISON
        case nodes.WithinLast(arg, length):
            sign = word("WITHIN_LAST", lang)
            return f"{show_expr(arg, lang, SUM)} {sign} {amount(length, lang)}", COMPARISON
        case nodes.Logic(op, args):
            terminal, own, inner = _LOGIC[op]
            return f" {word(terminal, lang)} ".join(show_expr(a, lang, inner) for a in args), own
        case nodes.Not(arg):
            return f"{word('NOT', lang)} {show_expr(arg, lang, NOT)}", NOT
        case nodes.Cond(branches, other):
            parts = [_branch(v, c, lang) for v, c in branches]
            parts.append(f"{word('_OTHERWISE', lang)} {show_expr(other, lang, LOGIC)}")
            return ", ".join(parts), EXPR
        case nodes.Fallback(arg, other):
            sign = word("_OTHERWISE", lang)
            return f"{show_expr(arg, lang, LOGIC)} {sign} {show_expr(other, lang, LOGIC)}", EXPR
        case nodes.Call(function, args):
            return f"{word(function.name, lang)}({_listed(args, lang, EXPR)})", ATOM
        case nodes.Between(months, start, end):
            terminal = "MONTHS_FROM" if months else "DAYS_FROM"
            a, b = show_expr(start, lang, UNARY), show_expr(end, lang, UNARY)
            return f"{word(terminal, lang)} {a} {word('TO', lang)} {b}", ATOM
        case nodes.PartOf(month, arg):
            terminal = "MONTH_OF" if month else "YEAR_OF"
            return f"{word(terminal, lang)} {show_expr(arg, lang, UNARY)}", ATOM
        case nodes.Agg(_, _, _, where):
            text = _aggregate(e, lang)
            if where is None:
                return text, ATOM
            return f"{text} {word('_WHERE', lang)} {show_expr(where, lang, LOGIC)}", EXPR
        case nodes.PopExpr():
            return _population_term(e, lang), ATOM
        case nodes.ListLit(items):
            return f"[{_listed(items, lang, EXPR)}]", ATOM
        case _:
            assert_never(e)


def _listed(items: tuple[nodes.Expr, ...], lang: Lang, level: int) -> str:
    return ", ".join(show_expr(i, lang, level) for i in items)


def _branch(value: nodes.Expr, cond: nodes.Expr, lang: Lang) -> str:
    return f"{show_expr(value, lang, LOGIC)} {word('_WHEN', lang)} {show_expr(cond, lang, LOGIC)}"


def _aggregate(e: nodes.Agg, lang: Lang) -> str:
    if e.value is None:
        return f"{word('COUNT_OF', lang)} {e.items}"
    value = show_expr(e.value, lang, UNARY)
    return f"{word(f'{e.kind.name}_OF', lang)} {value} {word('_OF', lang)} {e.items}"


def _population_term(e: nodes.PopExpr, lang: Lang) -> str:
    measure = show_expr(e.measure, lang, UNARY)
    among = f"{word('_AMONG', lang)} {e.population.text}"
    if e.group is not None:
        among += f" {within(e.group, lang)}"
    if e.n is None:
        terminal = "_PERCENTILE_OF" if e.kind is nodes.PopWord.PERCENTILE else "_SHARE_OF"
        return f"{word(terminal, lang)} {measure} {among}"
    return f"{word('_QUANTILE', lang)} {amount(e.n, lang)} {word('_OF', lang)} {measure} {among}"


def within(group: nodes.Path, lang: Lang) -> str:
    """Return `within region`."""
    return f"{word('_WITHIN', lang)} {group}"


# ---- over several lines


def expr_lines(
    e: nodes.Expr, page: Page, indent: int, *, level: int = EXPR, prefix: str = "", suffix: str = ""
) -> list[Line]:
    """Write an expression behind ``prefix``, over several lines where one is too long."""
    at = page.place(e.span)
    flat = prefix + show_expr(e, page.lang, level) + suffix
    if not wants_break(e, page) and indent + display_width(flat) <= WIDTH:
        return [Line(indent, flat, at, joins=True)]
    _, own = _flat(e, page.lang)
    if own < level:
        prefix, suffix = f"{prefix}(", f"){suffix}"
    match e:
        case nodes.Logic(op, args):
            terminal, _, inner = _LOGIC[op]
            lines = []
            for i, arg in enumerate(args):
                end = suffix if i == len(args) - 1 else ""
                found = expr_lines(arg, page, indent, level=inner, prefix=prefix, suffix=end)
                lines += [found[0], *_deeper(found[1:])]
                prefix = f"{word(terminal, page.lang)} "
            return lines
        case nodes.Cond(branches, other):
            lines = []
            for value, cond in branches:
                head = f"{prefix}{show_expr(value, page.lang, LOGIC)} {word('_WHEN', page.lang)} "
                found = expr_lines(cond, page, indent, level=LOGIC, prefix=head, suffix=",")
                lines += [_moved(found[0], page.place(value.span)), *_deeper(found[1:])]
                prefix = ""
            sign = word("_OTHERWISE", page.lang)
            return lines + expr_lines(other, page, indent, level=LOGIC, prefix=f"{sign} ", suffix=suffix)
        case nodes.Fallback(arg, other):
            sign = word("_OTHERWISE", page.lang)
            lines = expr_lines(arg, page, indent, level=LOGIC, prefix=prefix)
            return lines + expr_lines(other, page, indent, level=LOGIC, prefix=f"{sign} ", suffix=suffix)
        case nodes.Agg(where=where) if where is not None:
            first = Line(indent, prefix + _aggregate(e, page.lang), at, joins=True)
            sign = word("_WHERE", page.lang)
            inside = expr_lines(where, page, indent + 2, level=LOGIC, prefix=f"{sign} ", suffix=suffix)
            return [first, *inside]
        case _:
            return [Line(indent, flat, at, joins=True)]


def _moved(line: Line, at: int | None) -> Line:
    return Line(line.indent, line.text, at, line.joins)


def _deeper(lines: list[Line]) -> list[Line]:
    return [Line(line.indent + 2, line.text, line.at, line.joins) for line in lines]


def wants_break(e: nodes.Expr, page: Page) -> bool:
    """Say whether a comment stands where a broken expression has a line end.

    A comment inside the last part does not count: written behind that part's line it would no longer
    be inside, and the next run would join what this one broke.
    """
    parts: tuple[nodes.Expr, ...]
    match e:
        case nodes.Logic(_, args):
            parts = args
        case nodes.Cond(branches, other):
            parts = (*(c for _, c in branches), other)
        case nodes.Fallback(arg, other):
            parts = (arg, other)
        case nodes.Agg(items=items, where=where) if where is not None:
            parts = (items, where)
        case _:
            return False
    if page.has_comment(page.place(e.span), page.place(parts[-1].span)):
        return True
    return any(wants_break(p, page) for p in parts)


_FIRST_WORD = re.compile(r"\w+")


def at_line_start(e: nodes.Expr, page: Page, indent: int, *, level: int = EXPR) -> list[Line]:
    """Write an expression that begins its line: there a name such as `end` would be a keyword."""
    if _begins_with_line_word(e, page.lang):
        return expr_lines(e, page, indent, level=level, prefix="(", suffix=")")
    return expr_lines(e, page, indent, level=level)


def sum_at_line_start(e: nodes.Expr, lang: Lang) -> str:
    text = show_expr(e, lang, SUM)
    return f"({text})" if _begins_with_line_word(e, lang) else text


def _begins_with_line_word(e: nodes.Expr, lang: Lang) -> bool:
    first = _FIRST_WORD.match(show_expr(e, lang))
    if first is None or not _begins_with_name(e):
        return False
    return any(k.line for k in load_keywords().by_first_word(lang).get(first[0], ()))


def _begins_with_name(e: nodes.Expr) -> bool:
    match e:
        case nodes.Path():
            return True
        case nodes.Arith(_, left, _) | nodes.Compare(_, left, _):
            return _begins_with_name(left)
        case nodes.Presence(arg) | nodes.OneOf(arg) | nodes.WithinLast(arg) | nodes.Fallback(arg):
            return _begins_with_name(arg)
        case nodes.Logic(_, args):
            return _begins_with_name(args[0])
        case nodes.Cond(branches, _):
            return _begins_with_name(branches[0][0])
        case _:
            return False
