"""Sums of multiples: ``3 * (a - 2) + 2 * b * 10`` becomes one sum with one constant, narrow amounts first.

A sum as it was written widens each amount by itself and adds constants again and again. In any order the sum
is the same where no part of it can be too wide, which is shown beforehand; else it stays as it was written.
Nothing is left out: an amount that is missing makes the sum missing, also where it is taken away again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kamflow.core.expr import Apply, Expr, Lit, Op, Param
from kamflow.core.ty import INT64
from kamflow.engines.sql.scope import Scope
from kamflow.engines.sql.terms import INT32, Term, literal_int

if TYPE_CHECKING:
    from kamflow.engines.sql.build import Builder
    from kamflow.engines.sql.encode import Encoder

LINEAR = (Op.ADD, Op.SUB, Op.NEG, Op.MUL)


@dataclass(slots=True)
class _Sum:
    """``parts``: factor and amount. ``terms``: what each node that is no sum stands for."""

    parts: list[tuple[int, Term]] = field(default_factory=list)
    constant: int = 0
    operations: int = 0
    terms: dict[int, Term] = field(default_factory=dict)


def combined(enc: Encoder, e: Apply, scope: Scope) -> Term:
    """Return a sum, a difference, a product or a negative amount."""
    if _is_product(enc, e, scope):
        return enc.fitting(e, [enc.expr(a, scope) for a in e.args], scope)
    found = _Sum()
    _collect(enc, e, 1, scope, found)
    if found.operations < 3 or len(found.parts) < 2 or not _fits(found):
        return _as_written(enc, e, scope, found)
    return _summed(enc.b, found)


def _collect(enc: Encoder, e: Apply, factor: int, scope: Scope, into: _Sum) -> None:
    into.operations += 1
    if e.op is not Op.MUL:
        *added, last = e.args
        for arg in added:
            _part(enc, arg, factor, scope, into)
        _part(enc, last, factor if e.op is Op.ADD else -factor, scope, into)
        return
    a, b = e.args
    left, right = _constant(enc, a, scope), _constant(enc, b, scope)
    if left is not None:
        _part(enc, b, factor * left, scope, into)
    else:
        assert right is not None
        _part(enc, a, factor * right, scope, into)


def _part(enc: Encoder, e: Expr, factor: int, scope: Scope, into: _Sum) -> None:
    once = enc.repeated[id(e)] < 2  # what stands in several places is made once
    if isinstance(e, Apply) and e.op in LINEAR and once and not _is_product(enc, e, scope):
        _collect(enc, e, factor, scope, into)
        return
    if id(e) not in into.terms:
        into.terms[id(e)] = enc.expr(e, scope)
    t = into.terms[id(e)]
    if t.const is not None:
        into.constant += factor * t.lo
    else:
        into.parts.append((factor, t))


def _is_product(enc: Encoder, e: Apply, scope: Scope) -> bool:
    """Say whether it is a product of amounts, which is no sum."""
    return e.op is Op.MUL and all(_constant(enc, a, scope) is None for a in e.args)


def _constant(enc: Encoder, e: Expr, scope: Scope) -> int | None:
    if not isinstance(e, Lit | Param):
        return None
    t = enc.expr(e, scope)
    return t.lo if t.const is not None else None


def _as_written(enc: Encoder, e: Expr, scope: Scope, known: _Sum) -> Term:
    if id(e) in known.terms:
        return known.terms[id(e)]
    if not isinstance(e, Apply):
        return enc.expr(e, scope)  # the factor of a product
    return scope.frame.shallow(enc.fitting(e, [_as_written(enc, a, scope, known) for a in e.args], scope))


def _fits(found: _Sum) -> bool:
    """Say whether no sum of some of the parts can be beyond 64 bits, nor any amount be wider."""
    most = abs(found.constant) + sum(abs(f) * max(abs(t.lo), abs(t.hi)) for f, t in found.parts)
    return most <= INT64 and all(t.width <= 64 for _, t in found.parts) and all(f for f, _ in found.parts)


def _summed(b: Builder, found: _Sum) -> Term:
    """Add up what 32 bits hold, widen that once, add the rest; amounts with one factor share a product."""
    narrow, wide = _Sum(constant=found.constant), _Sum()
    room = INT32 - abs(found.constant)
    for factor, t in sorted(found.parts, key=lambda p: abs(p[0]) * max(abs(p[1].lo), abs(p[1].hi))):
        needed = abs(factor) * max(abs(t.lo), abs(t.hi))
        fits = t.width <= 32 and needed <= room
        room -= needed if fits else 0
        (narrow if fits else wide).parts.append((factor, t))
    if not narrow.parts:
        narrow, wide = _Sum(), _Sum(wide.parts, found.constant)
    sums = [_added(b, s) for s in (wide, narrow) if s.parts]
    return b.sum(sums)


def _added(b: Builder, of: _Sum) -> Term:
    """Return what is added less what is taken away."""
    groups: dict[int, list[Term]] = {}
    for factor, t in of.parts:
        groups.setdefault(factor, []).append(t)
    more = [b.mul(b.sum(ts), literal_int(f)) for f, ts in groups.items() if f > 0]
    less = [b.mul(b.sum(ts), literal_int(-f)) for f, ts in groups.items() if f < 0]
    first = b.add(b.sum(more), literal_int(of.constant)) if more else literal_int(of.constant)
    return b.sub(first, b.sum(less)) if less else first
