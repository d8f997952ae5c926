"""Folds over child lists and over the rows of a table.

A list of a few entries is folded entry by entry. Of an unknown list the fold is a free value within its
range, the same one wherever the same fold stands; what links the folds of one list is said beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kamflow.core.expr import Aggregate, Expr, Fold, Get, Ref, Var, walk
from kamflow.core.ty import ListTy, RecordTy, ScaledTy, strip_opt
from kamflow.engines.smt.shapes import Items, Opt, Seq, Sym, Unknown, as_opt
from kamflow.engines.smt.terms import Term, Terms

if TYPE_CHECKING:
    from kamflow.engines.smt.encode import Encoder, Scope


def folded(t: Terms, fold: Fold, parts: Sequence[tuple[Term, Sym]]) -> Sym:
    """Fold those of the values whose condition holds."""
    match fold:
        case Fold.LIST:
            return Seq(tuple(parts))
        case Fold.COUNT:
            return _total(t, [(g, 1) for g, _ in parts])
        case Fold.DISTINCT:
            return _total(t, [(_is_first(t, parts, i), 1) for i in range(len(parts))])
        case Fold.SUM:
            return _total(t, parts)
        case Fold.MIN | Fold.MAX:
            found: Opt = Opt(False, 0)
            for guard, value in parts:
                best = as_opt(value).value
                if found.present is not False:
                    both = (t.min_ if fold is Fold.MIN else t.max_)(found.value, best)
                    best = t.ite(found.present, both, best)
                    best = t.ite(guard, best, found.value)
                found = Opt(t.or_((found.present, guard)), best)
            return found


def _total(t: Terms, parts: Sequence[tuple[Term, Sym]]) -> Term:
    total: Term = 0
    for guard, value in parts:
        total = t.add(total, t.ite(guard, value, 0))
    return total


def _is_first(t: Terms, parts: Sequence[tuple[Term, Sym]], index: int) -> Term:
    """Say whether a value counts that no earlier one that counts is equal to."""
    guard, value = parts[index]
    again = [t.and_((g, t.eq(v, value))) for g, v in parts[:index]]
    return t.and_((guard, t.not_(t.or_(again)))) if again else guard


def aggregate(enc: Encoder, e: Aggregate, scope: Scope) -> Sym:
    """Return the fold of a child list."""
    items = enc.expr(e.items, scope)
    if isinstance(items, Opt):
        items = items.value
    if isinstance(items, Unknown):
        return _free(enc, e, items, scope)
    assert isinstance(items, Items), "an aggregate is over a list of records"
    t = enc.t
    found: list[tuple[Term, Sym]] = []
    for index, item in enumerate(items.items):
        inner = scope.with_item(e.var, item)
        there = t.lt(index, items.count)
        with inner.given(there):
            counts = True if e.where is None else enc.term(e.where, inner)
            guard = t.and_((there, counts))
            with inner.given(counts):
                found.append((guard, 0 if e.value is None else enc.expr(e.value, inner)))
    return folded(t, e.fold, found)


# ---- lists of which nothing is known


def _free(enc: Encoder, e: Aggregate, items: Unknown, scope: Scope) -> Sym:
    world = enc.world
    world.guesses = True
    outer = _outer(enc, e, scope)
    count = _count(enc, e, items, outer)
    if e.fold is Fold.COUNT:
        return count
    key = ("fold", items.path, str(e.fold), e.where, e.value, outer)
    known = world.shared_values.get(key)
    if known is not None:
        return known
    made = _within(enc, e, items, count)
    world.shared_values[key] = made
    return made


def _within(enc: Encoder, e: Aggregate, items: Unknown, count: Term) -> Sym:
    """Return a free fold, within what its entries can be."""
    t = enc.t
    assert e.value is not None, "only a count is without a value"
    each, ty = strip_opt(e.value.ty), strip_opt(e.ty)
    if e.fold is Fold.DISTINCT:
        number = t.fresh_int(f"{e.fold} of {'.'.join(items.path)}", 0, items.most)
        t.require(t.le(number, count))
        t.require(t.or_((t.le(count, 0), t.lt(0, number))))
        return number
    assert isinstance(each, ScaledTy), "folds are of amounts"
    assert isinstance(ty, ScaledTy), "folds are amounts"
    stem = f"{e.fold} of {'.'.join(items.path)}"
    if e.fold is Fold.SUM:
        made = t.fresh_int(stem, ty.lo, ty.hi)
        t.require(t.le(t.mul(each.lo, count), made))
        t.require(t.le(made, t.mul(each.hi, count)))
        return made
    return Opt(t.lt(0, count), t.fresh_int(stem, each.lo, each.hi))


def _count(enc: Encoder, e: Aggregate, items: Unknown, outer: tuple[object, ...]) -> Term:
    """Return how many entries meet the ``where`` of a fold."""
    world, t = enc.world, enc.t
    everything = ("count", items.path, None, ())
    total = world.shared_values.get(everything)
    if total is None:
        total = world.shared_values[everything] = t.fresh_int(".".join(items.path), 0, items.most)
    if e.where is None:
        return total
    key = ("count", items.path, e.where, outer)
    made = world.shared_values.get(key)
    if made is None:
        made = world.shared_values[key] = t.fresh_int(".".join(items.path), 0, items.most)
        t.require(t.le(made, total))
    return made


def _outer(enc: Encoder, e: Aggregate, scope: Scope) -> tuple[object, ...]:
    """Return what a fold reads besides the entries: with the same of it, the fold is the same."""
    found: list[object] = []
    for part in (e.where, e.value):
        for node in walk(part) if part is not None else ():
            if not isinstance(node, Get | Ref) or isinstance(strip_opt(node.ty), RecordTy | ListTy):
                continue
            if _root(node) in scope.variables:
                found.append(signature(enc.expr(node, scope.apart())))
    return tuple(found)


def _root(e: Expr) -> str:
    while isinstance(e, Get | Ref):
        e = e.record if isinstance(e, Get) else e.subject
    return e.name if isinstance(e, Var) else ""


def signature(value: Sym) -> object:
    """Return something that is equal for equal terms."""
    if isinstance(value, Opt):
        return (signature(value.present), signature(value.value))
    if isinstance(value, bool | int):
        return (type(value).__name__, value)
    return value.get_id() if hasattr(value, "get_id") else id(value)
