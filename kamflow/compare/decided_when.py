"""Conditions under which rows and overrides have an answer at all, as expressions of the core."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.span import NOWHERE
from kamflow.compare.answers import beaten_by
from kamflow.core.expr import Apply, Choose, Expr, Hit, If, Lit, Op, Override
from kamflow.core.ty import BOOL, NUMBER, BoolTy, EnumTy, ScaledTy, TextTy

YES = Lit(True, BOOL, NOWHERE)


def has_row(e: Choose) -> Expr:
    """Return when a choice finds its row."""
    conds = [b.cond for b in e.branches]
    if e.hit is Hit.COLLECT or (e.hit is Hit.FIRST and e.otherwise is not None):
        return YES
    if e.hit is Hit.FIRST:
        return joined(Op.OR, conds)
    count = ScaledTy(NUMBER, 0, 0, len(conds))
    one, none = Lit(1, count, NOWHERE), Lit(0, count, NOWHERE)
    total = _sum([If(c, one, none, count, NOWHERE) for c in conds], count)
    least = none if e.otherwise is not None else one
    return joined(
        Op.AND,
        [Apply(Op.LE, (least, total), BOOL, NOWHERE), Apply(Op.LE, (total, one), BOOL, NOWHERE)],
    )


def agree(e: Override) -> Expr | None:
    """Return when the rules that are left agree; None where that can't be said in the core."""
    clashes: list[Expr] = []
    left = [_is_left(e, i) for i in range(len(e.rules))]
    for i, first in enumerate(e.rules):
        for j in range(i + 1, len(e.rules)):
            second = e.rules[j]
            if i in beaten_by(e.rules, j) or j in beaten_by(e.rules, i) or first.value == second.value:
                continue
            op = _equality(first.value)
            if op is None:
                return None
            differ = _not(Apply(op, (first.value, second.value), BOOL, NOWHERE))
            clashes.append(joined(Op.AND, [left[i], left[j], differ]))
    return _not(joined(Op.OR, clashes)) if clashes else YES


def _is_left(e: Override, rule: int) -> Expr:
    above = [r.cond for k, r in enumerate(e.rules) if rule in beaten_by(e.rules, k)]
    return joined(Op.AND, [e.rules[rule].cond, *map(_not, above)])


def _equality(value: Expr) -> Op | None:
    match value.ty:
        case ScaledTy() | EnumTy():
            return Op.EQ_INT
        case BoolTy():
            return Op.EQ_BOOL
        case TextTy():
            return Op.EQ_TEXT
        case _:
            return None


def _not(e: Expr) -> Expr:
    return Apply(Op.NOT, (e,), BOOL, NOWHERE)


def joined(op: Op, parts: Sequence[Expr]) -> Expr:
    """Return conditions joined by ``AND`` or ``OR``, which are lazy from the left."""
    if not parts:
        return Lit(op is Op.AND, BOOL, NOWHERE)
    return parts[0] if len(parts) == 1 else Apply(op, tuple(parts), BOOL, NOWHERE)


def _sum(parts: Sequence[Expr], ty: ScaledTy) -> Expr:
    """Return a sum that nests no deeper than it must: tables can be long."""
    if len(parts) < 2:
        return parts[0] if parts else Lit(0, ty, NOWHERE)
    half = len(parts) // 2
    return Apply(Op.ADD, (_sum(parts[:half], ty), _sum(parts[half:], ty)), ty, NOWHERE)
