"""Forms of expressions that are equal only when the expressions give equal values.

Assumes: lowered bodies. Leaves: nested tuples to compare and hash. What is known of bounds counts: over
whole numbers `above 3` is `at least 4`, and `at least 0` of a count is always so. Different forms may
still mean the same.
"""

from __future__ import annotations

from typing import TypeAlias

from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DivRound,
    Expr,
    Gather,
    Get,
    Lit,
    Op,
    Override,
    Param,
    PopTerm,
    Ref,
    Var,
    children,
)
from kamflow.core.ty import EnumTy, ScaledTy, Ty, strip_opt

Form: TypeAlias = "tuple[Form | str | int | bool | None, ...]"

_TRUE: Form = ("true",)
_FALSE: Form = ("false",)


def form_of(e: Expr) -> Form:
    """Return the form of an expression."""
    match e:
        case Lit(value=value):
            return ("lit", type(value).__name__, repr(value))
        case Var(name=name) | Param(name=name):
            return (type(e).__name__, name)
        case Get(record, name):
            return ("get", name, form_of(record))
        case Ref(key, subject):
            return ("ref", str(key), form_of(subject))
        case Apply(Op.LT | Op.LE | Op.EQ_INT as op, (left, right)):
            return _comparison(op, left, right)
        case Apply(Op.NOT, (inner,)):
            return _negated(form_of(inner))
        case Apply(Op.AND | Op.OR as op, args):
            return _joined(op, [form_of(a) for a in args])
        case Apply(op, args):
            return (op.value, *(form_of(a) for a in args))
        case DivRound(num, den, step, mode):
            return ("div", form_of(num), form_of(den), step, mode.value)
        case Choose(hit, branches, otherwise):
            return ("choose", hit.value, otherwise is not None, *(form_of(b.cond) for b in branches))
        case Gather(rows, fold, values):
            return ("gather", fold.value, form_of(rows), *(form_of(v) for v in values))
        case Override(base, rules):
            made = ((form_of(r.cond), form_of(r.value), r.tag.name, r.beats) for r in rules)
            return ("override", form_of(base), *made)
        case Aggregate(fold, items, var, where, value):
            parts = (None if x is None else form_of(x) for x in (where, value))
            return ("aggregate", fold.value, var, form_of(items), *parts)
        case PopTerm(kind, population, measure, group, n, classes, largest_first, outside):
            within = None if group is None else form_of(group)
            stands = (form_of(measure), within, n, repr(classes), largest_first, outside)
            return ("pop", kind.value, population, *stands)
        case _:
            return (type(e).__name__, *(form_of(c) for c in children(e)))


def _negated(form: Form) -> Form:
    match form:
        case ("true",):
            return _FALSE
        case ("false",):
            return _TRUE
        case ("not", tuple() as inner):
            return inner
        case _:
            return ("not", form)


def _joined(op: Op, parts: list[Form]) -> Form:
    neutral, final = (_TRUE, _FALSE) if op is Op.AND else (_FALSE, _TRUE)
    flat: list[Form] = []
    for part in parts:
        inner = part[1:] if part[0] == op.value else (part,)
        flat += [p for p in inner if isinstance(p, tuple) and p != neutral]
    if final in flat:
        return final
    kept = list(dict.fromkeys(flat))
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else (op.value, *kept)


def _comparison(op: Op, left: Expr, right: Expr) -> Form:
    """Return a comparison with a constant as `x is at least c`, over the values that x can have."""
    match left, right:
        case Lit(value=int() as c), other if not isinstance(other, Lit):
            bound = c + 1 if op is Op.LT else c
            return _equal(other, c) if op is Op.EQ_INT else _at_least(other, bound)
        case other, Lit(value=int() as c) if not isinstance(other, Lit):
            bound = c if op is Op.LT else c + 1
            return _equal(other, c) if op is Op.EQ_INT else _negated(_at_least(other, bound))
        case _:
            return (op.value, form_of(left), form_of(right))


def _stripped(e: Expr, c: int) -> tuple[Expr, int, bool]:
    """Take decimals off that were only added: (the value, the bound rounded up, was it exact)."""
    exact = True
    while isinstance(e, Apply) and e.op is Op.MUL and isinstance(e.args[1], Lit):
        factor = e.args[1].value
        if not isinstance(factor, int) or factor <= 0:
            break
        exact = exact and c % factor == 0
        e, c = e.args[0], -(-c // factor)
    return e, c, exact


def _at_least(e: Expr, c: int) -> Form:
    e, c, _ = _stripped(e, c)
    lo, hi = _range(e.ty)
    if lo is not None and c <= lo:
        return _TRUE
    if hi is not None and c > hi:
        return _FALSE
    return ("ge", form_of(e), c)


def _equal(e: Expr, c: int) -> Form:
    e, c, exact = _stripped(e, c)
    lo, hi = _range(e.ty)
    if not exact or (lo is not None and c < lo) or (hi is not None and c > hi):
        return _FALSE
    return ("eq", form_of(e), c)


def _range(ty: Ty) -> tuple[int | None, int | None]:
    match strip_opt(ty):
        case ScaledTy(_, _, lo, hi):
            return lo, hi
        case EnumTy(_, members, _):
            return 0, len(members) - 1
        case _:
            return None, None
