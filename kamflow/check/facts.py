"""What a condition proves about the values in it: presence, ranges, not zero (flow narrowing).

``Facts`` are immutable: each branch of a condition is checked with its own. Keys are paths of fields
and definitions from a subject; nothing is learned about any other expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.core.expr import Apply, Expr, Get, IsPresent, Lit, Op, Param, Ref, Unwrap, Var
from kamflow.core.ty import EnumTy, ScaledTy, strip_opt

Key: TypeAlias = tuple[str, ...]


@frozen
class Fact:
    present: bool = False
    lo: int | None = None
    hi: int | None = None
    not_zero: bool = False


Facts: TypeAlias = Mapping[Key, Fact]
NO_FACTS: Facts = MappingProxyType({})


def key_of(e: Expr) -> Key | None:
    """Return the path of a field, definition or parameter; None for anything computed in place."""
    match e:
        case Var(name):
            return (name,)
        case Param(name):
            return ("$", name)
        case Unwrap(arg):
            return key_of(arg)
        case Get(record, name):
            owner = key_of(record)
            return None if owner is None else (*owner, name)
        case Ref(key, subject):
            owner = key_of(subject)
            return None if owner is None else (*owner, f"{key.record}:{key.name}")
        case _:
            return None


def is_present(facts: Facts, e: Expr) -> bool:
    key = key_of(e)
    fact = facts.get(key) if key is not None else None
    return fact is not None and fact.present


def bounds(facts: Facts, e: Expr) -> tuple[int, int]:
    """Return the least and the greatest integer that an amount, date or enum can be here."""
    ty = strip_opt(e.ty)
    match ty:
        case ScaledTy(_, _, lo, hi):
            pass
        case EnumTy(_, members, _):
            lo, hi = 0, len(members) - 1
        case _:
            return (0, 0)
    if isinstance(e, Lit) and isinstance(e.value, int):
        return (e.value, e.value)
    key = key_of(e)
    fact = facts.get(key) if key is not None else None
    if fact is not None:
        lo = lo if fact.lo is None else max(lo, fact.lo)
        hi = hi if fact.hi is None else min(hi, fact.hi)
        if fact.not_zero:
            lo = 1 if lo == 0 else lo
            hi = -1 if hi == 0 else hi
    return (lo, hi) if lo <= hi else (lo, lo)


def excludes_zero(facts: Facts, e: Expr) -> bool:
    """Say whether a divisor is proved not to be 0."""
    lo, hi = bounds(facts, e)
    if lo > 0 or hi < 0:
        return True
    key = key_of(e)
    fact = facts.get(key) if key is not None else None
    return fact is not None and fact.not_zero


def assume(facts: Facts, cond: Expr, truth: bool) -> Facts:
    """Return what is known in addition where ``cond`` is ``truth``."""
    match cond:
        case IsPresent(arg):
            return _learn(facts, arg, Fact(present=True)) if truth else facts
        case Apply(Op.NOT, (arg,)):
            return assume(facts, arg, not truth)
        case Apply(Op.AND, args) if truth:
            for arg in args:
                facts = assume(facts, arg, True)
            return facts
        case Apply(Op.OR, args) if not truth:
            for arg in args:
                facts = assume(facts, arg, False)
            return facts
        case Apply(Op.LE, (a, b)):
            return _less(facts, a, b, strict=False) if truth else _less(facts, b, a, strict=True)
        case Apply(Op.LT, (a, b)):
            return _less(facts, a, b, strict=True) if truth else _less(facts, b, a, strict=False)
        case Apply(Op.EQ_INT, (a, b)):
            if truth:
                return _less(_less(facts, a, b, strict=False), b, a, strict=False)
            return _not_equal(_not_equal(facts, a, b), b, a)
        case _:
            return facts


def _less(facts: Facts, a: Expr, b: Expr, *, strict: bool) -> Facts:
    """Learn from ``a <= b`` (``a < b`` when strict); a side that was rescaled speaks for what is in it."""
    step = 1 if strict else 0
    (lo, _), (_, hi) = bounds(facts, a), bounds(facts, b)
    inner_a, factor_a = _unscaled(a)
    inner_b, factor_b = _unscaled(b)
    facts = _learn(facts, inner_a, Fact(hi=(hi - step) // factor_a))
    return _learn(facts, inner_b, Fact(lo=-(-(lo + step) // factor_b)))


def _unscaled(e: Expr) -> tuple[Expr, int]:
    """Return (x, k) where ``e`` is ``x * k`` because its scale was raised, else (e, 1)."""
    match e:
        case Apply(Op.MUL, (x, Lit(int() as k))) if k > 1:
            return x, k
        case _:
            return e, 1


def _not_equal(facts: Facts, a: Expr, b: Expr) -> Facts:
    if not isinstance(b, Lit) or not isinstance(b.value, int):
        return facts
    if b.value == 0:
        a, _ = _unscaled(a)
    lo, hi = bounds(facts, a)
    if b.value == lo:
        return _learn(facts, a, Fact(lo=lo + 1, not_zero=b.value == 0))
    if b.value == hi:
        return _learn(facts, a, Fact(hi=hi - 1, not_zero=b.value == 0))
    return _learn(facts, a, Fact(not_zero=True)) if b.value == 0 else facts


def _learn(facts: Facts, e: Expr, new: Fact) -> Facts:
    key = key_of(e)
    if key is None:
        return facts
    old = facts.get(key, Fact())
    merged = Fact(
        old.present or new.present,
        new.lo if old.lo is None else old.lo if new.lo is None else max(old.lo, new.lo),
        new.hi if old.hi is None else old.hi if new.hi is None else min(old.hi, new.hi),
        old.not_zero or new.not_zero,
    )
    return {**facts, key: merged}
