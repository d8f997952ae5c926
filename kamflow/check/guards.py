"""What a guard does with what may be missing: it is *unknown* where something that it reads is missing.

In every other place such a value is a finding until it is opened (`x is present and …`, `x otherwise …`).
In a guard of a workflow it is collected instead, and the whole is missing when one of them is, wherever in
the guard they stand: `a > 3 and b > 3` is unknown without ``b``, also where ``a`` is 1. What stands
behind a condition that opened something (`customer is present and customer.health > 3`) counts only
where that is there: it is not read otherwise.
Assumes: operands in the order in which they are checked. Leaves: core expressions, no kind of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kamflow.check.facts import NO_FACTS, Facts, assume, excludes_zero, is_present
from kamflow.core import ty as t
from kamflow.core.expr import (
    Aggregate,
    Apply,
    DivRound,
    Expr,
    If,
    IsPresent,
    Lit,
    Op,
    Unwrap,
    Var,
    children,
    walk,
)

if TYPE_CHECKING:
    from kamflow.check.scope import Scope


def presence(e: Expr) -> tuple[Expr, Expr]:
    """Split an optional value into (is it there, the value when it is)."""
    match e:
        case If(cond, then, Lit(None, _)):
            if isinstance(then.ty, t.OptTy):
                inner_cond, value = presence(then)
                return Apply(Op.AND, (cond, inner_cond), t.BOOL, e.span), value
            return cond, then
        case _:
            return IsPresent(e, t.BOOL, e.span), Unwrap(e, t.strip_opt(e.ty), e.span)


def left_unknown(e: Expr, scope: Scope) -> bool:
    """Take note that the guard is unknown where ``e`` is missing; False where that is no guard's matter:
    elsewhere, and for what belongs to an entry of a list."""
    if scope.unknown is None:
        return False
    cond, _ = presence(e)
    needs = list(_needs(cond, NO_FACTS))
    asked = cond if not needs else _implied(needs, cond)
    if any(isinstance(n, Var) and n.name != "self" for n in _outside_lists(asked)):
        return False
    if asked not in scope.unknown:
        scope.unknown.append(asked)
    return True


def unknown_without(conds: Sequence[Expr], value: Expr) -> Expr:
    """Return ``value`` where all conditions hold, missing elsewhere."""
    if not conds:
        return value
    cond = conds[0] if len(conds) == 1 else Apply(Op.AND, tuple(conds), t.BOOL, value.span)
    ty = t.optional(value.ty)
    return If(cond, value, Lit(None, ty, value.span), ty, value.span)


def _implied(needs: Sequence[Expr], cond: Expr) -> Expr:
    """Return that ``cond`` holds, or what it stands behind does not."""
    first = Apply(Op.NOT, (needs[0],), t.BOOL, cond.span)
    rest = cond if len(needs) == 1 else _implied(needs[1:], cond)
    return Apply(Op.OR, (first, rest), t.BOOL, cond.span)


def _needs(e: Expr, facts: Facts) -> Iterator[Expr]:
    """Yield what has to hold, one after the other, for ``e`` to have a value at all.

    The author proved these where ``e`` stands (else the checker would have said so); outside of there
    they have to be asked again. What ``e`` proves itself is left out.
    """
    match e:
        case Unwrap(arg):
            yield from _needs(arg, facts)
            if not is_present(facts, arg):
                yield IsPresent(arg, t.BOOL, e.span)
        case DivRound(num, den):
            yield from _needs(num, facts)
            yield from _needs(den, facts)
            if not excludes_zero(facts, den):
                zero = Lit(0, den.ty, e.span)
                yield Apply(Op.NOT, (Apply(Op.EQ_INT, (den, zero), t.BOOL, e.span),), t.BOOL, e.span)
        case Apply(Op.AND | Op.OR as op, args):
            for arg in args:
                yield from _needs(arg, facts)
                facts = assume(facts, arg, op is Op.AND)
        case If(cond, then, other):
            yield from _needs(cond, facts)
            yield from _needs(then, assume(facts, cond, True))
            yield from _needs(other, assume(facts, cond, False))
        case _:
            for part in children(e):
                yield from _needs(part, facts)


def _outside_lists(e: Expr) -> Iterator[Expr]:
    """Yield what stands in an expression, without what aggregates say of their own entries."""
    if isinstance(e, Aggregate):
        own = e.var
        parts = (x for part in children(e) for x in walk(part))
        yield from (x for x in parts if not (isinstance(x, Var) and x.name == own))
        return
    yield e
    for part in children(e):
        yield from _outside_lists(part)
