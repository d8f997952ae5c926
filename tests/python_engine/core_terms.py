"""Small core terms with true ranges, and what a program is made of."""

from __future__ import annotations

import random

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Aggregate, Apply, Choose, DivRound, Expr, Gather, Lit, Op, walk
from kamflow.core.program import Program
from kamflow.core.ty import BOOL, NUMBER, ScaledTy, Ty, UnitKind, strip_opt


def integer(lo: int, hi: int) -> ScaledTy:
    return ScaledTy(NUMBER, 0, lo, hi)


def is_day(ty: Ty) -> bool:
    inner = strip_opt(ty)
    return isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.DATE


def lit(value: int) -> Lit:
    return Lit(value, integer(value, value), NOWHERE)


def op(operator: Op, *args: Expr) -> Apply:
    return Apply(operator, args, BOOL, NOWHERE)


def flip(r: random.Random, operator: Op, left: Expr, right: Expr) -> Apply:
    return op(operator, right, left) if r.random() < 0.4 else op(operator, left, right)


def arithmetic(operator: Op, left: Expr, right: Expr) -> Expr:
    a, b, c, d = left.ty.lo, left.ty.hi, right.ty.lo, right.ty.hi
    if operator is Op.MUL and max(abs(a), abs(b)) * max(abs(c), abs(d)) > 10**36:
        operator = Op.ADD
    products = (a * c, a * d, b * c, b * d)
    lo, hi = {
        Op.ADD: (a + c, b + d),
        Op.SUB: (a - d, b - c),
        Op.MUL: (min(products), max(products)),
        Op.MIN: (min(a, c), min(b, d)),
        Op.MAX: (max(a, c), max(b, d)),
    }[operator]
    return Apply(operator, (left, right), integer(lo, hi), NOWHERE)


def kinds_of(program: Program) -> set[str]:
    """Return the kinds of node and operator that a program has, to show what a run covered."""
    out: set[str] = set()
    for d in program.defs.values():
        for n in walk(d.body):
            out.add(type(n).__name__)
            match n:
                case Apply(op=operator):
                    out.add(operator.name)
                case DivRound(mode=mode):
                    out.add(mode.name)
                case Choose(hit=hit):
                    out.add(hit.name)
                case Gather(fold=fold) | Aggregate(fold=fold):
                    out.add(f"{type(n).__name__}.{fold.name}")
                case _:
                    pass
    return out
