"""Slips in expressions: comparisons one off, `and` for `or`, a condition turned round, a wrong sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kamflow.base.diagnostic import Edit
from kamflow.measure.slip import Pen, Slip, SlipKind, moved, shifted
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import NOT, compare_word, show_expr
from kamflow.syntax.format_words import word
from kamflow.syntax.keywords import load_keywords

_OP = nodes.CompareOp
FLIPPED = {
    _OP.LT: _OP.LE, _OP.LE: _OP.LT, _OP.GT: _OP.GE, _OP.GE: _OP.GT, _OP.AT_LEAST: _OP.ABOVE,
    _OP.ABOVE: _OP.AT_LEAST, _OP.AT_MOST: _OP.BELOW, _OP.BELOW: _OP.AT_MOST, _OP.EQ: _OP.NE,
    _OP.NE: _OP.EQ, _OP.IS: _OP.IS_NOT, _OP.IS_NOT: _OP.IS,
}  # fmt: skip
OUTWARDS = {
    _OP.LE: 1, _OP.AT_MOST: 1, _OP.GT: 1, _OP.ABOVE: 1,
    _OP.LT: -1, _OP.BELOW: -1, _OP.GE: -1, _OP.AT_LEAST: -1,
}  # fmt: skip
"""Which way a bound on the right is moved: the other way is noticed by whatever notices the flip."""
_SIGNS = {nodes.ArithOp.ADD: "-", nodes.ArithOp.SUB: "+"}
_ORDER = {_OP.AT_LEAST, _OP.AT_MOST, _OP.ABOVE, _OP.BELOW}
_OPPOSITE = {
    nodes.AggKind.LARGEST: nodes.AggKind.SMALLEST, nodes.AggKind.SMALLEST: nodes.AggKind.LARGEST,
    nodes.AggKind.LATEST: nodes.AggKind.EARLIEST, nodes.AggKind.EARLIEST: nodes.AggKind.LATEST,
}  # fmt: skip
_MODES = ("down", "up", "舍去", "进位")


def expr_slips(e: nodes.Expr, pen: Pen, *, condition: bool = False) -> Iterator[Slip]:
    """Yield slips in an expression; ``condition``: it stands where yes or no is asked."""
    match e:
        case nodes.Amount() | nodes.DateLit() | nodes.Minus(nodes.Amount()):
            yield from (Slip(SlipKind.NUMBER, (m,)) for m in moved(e, 1, pen))
        case nodes.YesNo(value, span):
            yield Slip(SlipKind.CONDITION, (Edit(span, show_expr(nodes.YesNo(not value, span), pen.lang)),))
        case nodes.Path(_, span):
            if condition:
                yield Slip(SlipKind.CONDITION, (Edit(span, show_expr(nodes.Not(e, span), pen.lang)),))
        case nodes.Arith(op, left, right):
            if op in _SIGNS:
                yield Slip(SlipKind.FORMULA, (_between(left, right, _SIGNS[op], pen),))
            yield from _all((left, right), pen)
        case nodes.Compare():
            yield from _compare(e, pen)
        case nodes.Presence(arg, present, span):
            turned = show_expr(nodes.Presence(arg, not present, span), pen.lang)
            yield Slip(SlipKind.CONDITION, (pen.edit(*pen.around(span), turned),))
        case nodes.OneOf(_, _, span):
            turned = show_expr(nodes.Not(e, span), pen.lang)
            yield Slip(SlipKind.CONDITION, (pen.edit(*pen.around(span), turned),))
        case nodes.WithinLast(_, length):
            yield Slip(SlipKind.BOUND, (Edit(length.span, shifted(length, 1, pen.lang)),))
        case nodes.Logic():
            yield from _logic(e, pen)
        case nodes.Not(arg, span):
            start, end = min(span.start, pen.around(arg.span)[0]), pen.around(arg.span)[1]
            yield Slip(SlipKind.CONDITION, (pen.edit(start, end, show_expr(arg, pen.lang, NOT)),))
            yield from expr_slips(arg, pen, condition=True)
        case nodes.Cond(branches, other):
            for value, cond in branches:
                yield from expr_slips(value, pen, condition=condition)
                yield from expr_slips(cond, pen, condition=True)
            yield from expr_slips(other, pen, condition=condition)
        case nodes.Fallback(arg, other):
            yield from _all((arg, other), pen)
        case nodes.Call():
            yield from _call(e, pen)
        case nodes.Between(_, start_, end_):
            yield from _all((start_, end_), pen)
        case nodes.Agg(kind, value, _, where, span):
            if kind in _OPPOSITE:
                old, new = (word(f"{k.name}_OF", pen.lang) for k in (kind, _OPPOSITE[kind]))
                if pen.text(span.start, span.start + len(old)) == old:
                    yield Slip(SlipKind.FORMULA, (pen.edit(span.start, span.start + len(old), new),))
            if value is not None:
                yield from expr_slips(value, pen)
            if where is not None:
                yield from expr_slips(where, pen, condition=True)
        case nodes.PartOf(_, arg) | nodes.Minus(arg) | nodes.PopExpr(measure=arg):
            yield from expr_slips(arg, pen)
        case nodes.ListLit(items):
            yield from _all(items, pen)
        case nodes.TextLit() | nodes.TodayLit() | nodes.MissingLit() | nodes.Hole():
            return


def _all(parts: tuple[nodes.Expr, ...], pen: Pen) -> Iterator[Slip]:
    for part in parts:
        yield from expr_slips(part, pen)


def _between(left: nodes.Expr, right: nodes.Expr, sign: str, pen: Pen) -> Edit:
    """Replace the sign or words that stand between two operands."""
    start, end = pen.around(left.span)[1], pen.around(right.span)[0]
    gap = pen.text(start, end)
    return pen.edit(start + len(gap) - len(gap.lstrip()), end - len(gap) + len(gap.rstrip()), sign)


def _compare(e: nodes.Compare, pen: Pen) -> Iterator[Slip]:
    op = FLIPPED[e.op]
    sign = compare_word(op, pen.lang)
    if op in _ORDER and pen.lang.value == "en":
        sign = f"{word('IS', pen.lang)} {sign}"
    order = e.op in OUTWARDS
    kind = SlipKind.BOUND if order else SlipKind.CONDITION
    yield Slip(kind, (_between(e.left, e.right, sign, pen),))
    by = OUTWARDS.get(e.op, 0)
    for side, step in ((e.left, -by), (e.right, by)):
        edits = moved(side, step or 1, pen) if order or not isinstance(side, nodes.Path) else ()
        yield from (Slip(kind, (m,)) for m in edits)
        if not edits:
            yield from expr_slips(side, pen)


def _logic(e: nodes.Logic, pen: Pen) -> Iterator[Slip]:
    if e.op is not nodes.LogicOp.IMPLIES:
        old, new = ("AND", "OR") if e.op is nodes.LogicOp.AND else ("OR", "AND")
        for left, right in pairwise(e.args):
            start, end = pen.around(left.span)[1], pen.around(right.span)[0]
            found = _find_word(old, start, end, pen)
            if found is not None:
                yield Slip(SlipKind.CONDITION, (pen.edit(*found, word(new, pen.lang)),))
        places = [pen.around(a.span) for a in e.args]
        for i, (start, end) in enumerate(places):
            cut = (places[i - 1][1], end) if i else (start, places[1][0])
            yield Slip(SlipKind.CONDITION, (pen.edit(*cut, ""),))
    for arg in e.args:
        yield from expr_slips(arg, pen, condition=True)


def _find_word(terminal: str, start: int, end: int, pen: Pen) -> tuple[int, int] | None:
    """Find a keyword between two operands, where comments may stand too."""
    gap = re.sub(r"--[^\n]*", lambda m: " " * len(m[0]), pen.text(start, end))
    for form in load_keywords().forms[pen.lang][terminal]:
        at = gap.find(form)
        if at >= 0:
            return start + at, start + at + len(form)
    return None


def _call(e: nodes.Call, pen: Pen) -> Iterator[Slip]:
    other = {nodes.Function.MIN: nodes.Function.MAX, nodes.Function.MAX: nodes.Function.MIN}
    if e.function in other:
        start = e.span.start
        end = min(i for i in (pen.source.text.find(b, start) for b in "(（") if i >= 0)
        yield Slip(SlipKind.FORMULA, (pen.edit(start, end, word(other[e.function].name, pen.lang)),))
    if e.function is not nodes.Function.ROUND or len(e.args) < 2:
        yield from _all(e.args, pen)
        return
    value, step, *mode = e.args
    yield from expr_slips(value, pen)
    if isinstance(step, nodes.Amount):
        coarse = nodes.Amount(step.digits * 10, step.scale, step.unit, step.written, step.span)
        yield Slip(SlipKind.ROUNDING, (Edit(step.span, _rewritten(coarse, pen)),))
    down, up = _MODES[:2] if pen.lang.value == "en" else _MODES[2:]
    written = pen.text(mode[0].span.start, mode[0].span.end) if mode else ""
    for name in (down, up):
        if mode and name != written:
            yield Slip(SlipKind.ROUNDING, (Edit(mode[0].span, name),))
        elif not mode:
            yield Slip(SlipKind.ROUNDING, (pen.edit(step.span.end, step.span.end, f", {name}"),))


def _rewritten(a: nodes.Amount, pen: Pen) -> str:
    from kamflow.syntax.format_words import amount
    from kamflow.values.decimals import show_scaled

    number = show_scaled(a.digits, a.scale)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return amount(nodes.Amount(a.digits, a.scale, a.unit, number, a.span), pen.lang)
