"""Boxes and conditions, both ways: a box as a condition of the core, a condition as boxes.

A condition is boxes where all it asks is how columns compare with constants; anything else is None.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, Expr, IsPresent, Lit, Op, Unwrap
from kamflow.core.ty import BOOL, BoolTy, OptTy, TextTy, strip_opt
from kamflow.tables.grid import Axis, Box, Constant, common
from kamflow.tables.merge import subtract
from kamflow.tables.values import NO_VALUES, Values, make, minus

MAX_BOXES = 256


# ---- a box as a condition


def condition_of(axes: Sequence[Axis], box: Box) -> list[Expr]:
    """Return conditions that hold together exactly in a box; an axis taken whole asks nothing."""
    return [_within(axis, values) for axis, values in zip(axes, box, strict=True) if values != axis.whole]


def _within(axis: Axis, values: Values) -> Expr:
    """Return the condition that a column has one of ``values``."""
    column, opt = axis.column, isinstance(axis.column.ty, OptTy)
    present = IsPresent(column, BOOL, NOWHERE)
    value: Expr = Unwrap(column, strip_opt(column.ty), NOWHERE) if opt else column
    inside = tuple((a, b) for a, b in values if a != axis.missing)
    found: list[Expr] = []
    if inside == axis.present:
        found.append(present if opt else Lit(True, BOOL, NOWHERE))
    elif inside:
        tests = _tests(axis, value, inside)
        one = tests[0] if len(tests) == 1 else Apply(Op.OR, tuple(tests), BOOL, NOWHERE)
        found.append(Apply(Op.AND, (present, one), BOOL, NOWHERE) if opt else one)
    if len(inside) < len(values):
        found.append(Apply(Op.NOT, (present,), BOOL, NOWHERE))
    if not found:
        return Lit(False, BOOL, NOWHERE)
    return found[0] if len(found) == 1 else Apply(Op.OR, tuple(found), BOOL, NOWHERE)


def _tests(axis: Axis, value: Expr, ranges: Values) -> list[Expr]:
    match axis.ty:
        case BoolTy():
            return [value if a == 1 else Apply(Op.NOT, (value,), BOOL, NOWHERE) for a, _ in ranges]
        case TextTy():
            return [t for a, b in ranges for t in _texts(axis, value, a, b)]
        case _:
            return [_between(axis, value, a, b) for a, b in ranges]


def _texts(axis: Axis, value: Expr, a: int, b: int) -> list[Expr]:
    other = len(axis.texts)
    out: list[Expr] = [
        Apply(Op.EQ_TEXT, (value, Lit(axis.texts[i], value.ty, NOWHERE)), BOOL, NOWHERE)
        for i in range(a, min(b, other - 1) + 1)
    ]
    if b >= other:
        named = [Apply(Op.EQ_TEXT, (value, Lit(t, value.ty, NOWHERE)), BOOL, NOWHERE) for t in axis.texts]
        nots = tuple(Apply(Op.NOT, (n,), BOOL, NOWHERE) for n in named)
        out.append(nots[0] if len(nots) == 1 else Apply(Op.AND, nots, BOOL, NOWHERE))
    return out


def _between(axis: Axis, value: Expr, a: int, b: int) -> Expr:
    lo, hi = Lit(a, value.ty, NOWHERE), Lit(b, value.ty, NOWHERE)
    if a == b:
        return Apply(Op.EQ_INT, (value, lo), BOOL, NOWHERE)
    parts: list[Expr] = []
    if a > axis.lo:
        parts.append(Apply(Op.LE, (lo, value), BOOL, NOWHERE))
    if b < axis.hi:
        parts.append(Apply(Op.LE, (value, hi), BOOL, NOWHERE))
    return parts[0] if len(parts) == 1 else Apply(Op.AND, tuple(parts), BOOL, NOWHERE)


# ---- a condition as boxes


def boxes_of(cond: Expr, axes: Sequence[Axis], ask: Constant) -> list[Box] | None:
    """Return disjoint boxes in which a condition holds, None where it asks for more than the axes."""
    whole: Box = tuple(a.whole for a in axes)
    outside = _outside(cond, axes, ask, whole, truth=False)
    if outside is None:
        return None
    left = [whole]
    for box in outside:
        left = subtract(left, box)
        if len(left) > MAX_BOXES:
            return None
    return left


def _outside(cond: Expr, axes: Sequence[Axis], ask: Constant, whole: Box, *, truth: bool) -> list[Box] | None:
    """Return boxes, that may meet, in which ``cond`` is ``truth``."""
    match cond:
        case Lit(value):
            return [whole] if bool(value) is truth else []
        case Apply(Op.NOT, (arg,)):
            return _outside(arg, axes, ask, whole, truth=not truth)
        case Apply(Op.AND | Op.OR as op, args):
            parts = [_outside(a, axes, ask, whole, truth=truth) for a in args]
            known = [p for p in parts if p is not None]
            if len(known) < len(parts):
                return None
            if (op is Op.OR) is truth:
                return [box for p in known for box in p]
            return _all_of(known, whole)
        case _:
            found = _values_of(cond, axes, ask)
            if found is None:
                return None
            place, values = found
            values = values if truth else minus(axes[place].whole, values)
            return [(*whole[:place], values, *whole[place + 1 :])] if values else []


def _all_of(parts: Sequence[list[Box]], whole: Box) -> list[Box] | None:
    current = [whole]
    for part in parts:
        current = [c for a in current for b in part if all(c := common(a, b))]
        if len(current) > MAX_BOXES:
            return None
    return current


def _values_of(cond: Expr, axes: Sequence[Axis], ask: Constant) -> tuple[int, Values] | None:
    """Return the axis that a single comparison is about, and the present values for which it holds."""
    match cond:
        case IsPresent(arg):
            place = _place(arg, axes)
            return None if place is None else (place, axes[place].present)
        case Apply(Op.EQ_INT | Op.EQ_TEXT | Op.EQ_BOOL, (a, b)):
            for column, constant in ((a, b), (b, a)):
                place, value = _place(column, axes), ask(constant)
                if place is not None and value is not None:
                    code = axes[place].code_of(value)
                    if isinstance(value, str) and value not in axes[place].texts:
                        return None  # a text that the axis does not tell from others
                    return place, NO_VALUES if code is None else ((code, code),)
            return None
        case Apply(Op.LE | Op.LT as op, (a, b)):
            strict = 1 if op is Op.LT else 0
            place, value = _place(a, axes), ask(b)
            if place is not None and isinstance(value, int):
                return place, make([(axes[place].lo, min(value - strict, axes[place].hi))])
            place, value = _place(b, axes), ask(a)
            if place is not None and isinstance(value, int):
                return place, make([(max(value + strict, axes[place].lo), axes[place].hi)])
            return None
        case _:
            place = _place(cond, axes)
            return (place, ((1, 1),)) if place is not None and isinstance(axes[place].ty, BoolTy) else None


def _place(e: Expr, axes: Sequence[Axis]) -> int | None:
    inner = e.arg if isinstance(e, Unwrap) else e
    return next((i for i, a in enumerate(axes) if a.column == inner), None)
