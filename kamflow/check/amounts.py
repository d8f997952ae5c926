"""Arithmetic on scaled integers as core nodes: equal scales, exact ranges, no overflow.

Every function takes operands that are present (``Unwrap`` done) and of ``ScaledTy``, and returns a node
whose type holds the exact range of its integers. Nothing here reports: the caller asks ``fits``.
"""

from __future__ import annotations

from kamflow.base.span import Span
from kamflow.check.facts import Facts, bounds
from kamflow.core.expr import Apply, DivRound, Expr, Lit, Op
from kamflow.core.ty import INT128, ScaledTy, Unit
from kamflow.values.rounding import Rounding


def scaled(e: Expr) -> ScaledTy:
    assert isinstance(e.ty, ScaledTy)
    return e.ty


def lit(value: int, unit: Unit, scale: int, span: Span) -> Lit:
    return Lit(value, ScaledTy(unit, scale, value, value), span)


def fits(ty: ScaledTy) -> bool:
    """Say whether every value of a type fits 128 bits (38 digits)."""
    return ty.lo >= -INT128 and ty.hi <= INT128


def digits_of(ty: ScaledTy) -> int:
    return len(str(max(abs(ty.lo), abs(ty.hi))))


def rescale(facts: Facts, e: Expr, scale: int) -> Expr:
    """Return ``e`` with more decimals (never fewer): the same value, a larger integer."""
    ty = scaled(e)
    if scale == ty.scale:
        return e
    factor = int(10 ** (scale - ty.scale))
    lo, hi = bounds(facts, e)
    out = ScaledTy(ty.unit, scale, lo * factor, hi * factor)
    if isinstance(e, Lit) and isinstance(e.value, int):
        return Lit(e.value * factor, out, e.span)
    return Apply(Op.MUL, (e, Lit(factor, ScaledTy(ty.unit, 0, factor, factor), e.span)), out, e.span)


def align(facts: Facts, args: list[Expr]) -> list[Expr]:
    """Give all operands the largest scale among them."""
    scale = max(scaled(a).scale for a in args)
    return [rescale(facts, a, scale) for a in args]


def add(facts: Facts, op: Op, left: Expr, right: Expr, unit: Unit, span: Span) -> Expr:
    """``ADD`` or ``SUB`` of aligned operands; the result measures ``unit``."""
    (a, b), (c, d) = bounds(facts, left), bounds(facts, right)
    lo, hi = (a + c, b + d) if op is Op.ADD else (a - d, b - c)
    return Apply(op, (left, right), ScaledTy(unit, scaled(left).scale, lo, hi), span)


def multiply(facts: Facts, left: Expr, right: Expr, unit: Unit, scale: int, span: Span) -> Expr:
    (a, b), (c, d) = bounds(facts, left), bounds(facts, right)
    corners = (a * c, a * d, b * c, b * d)
    return Apply(Op.MUL, (left, right), ScaledTy(unit, scale, min(corners), max(corners)), span)


def negate(facts: Facts, e: Expr, span: Span) -> Expr:
    ty = scaled(e)
    lo, hi = bounds(facts, e)
    if isinstance(e, Lit) and isinstance(e.value, int):
        return lit(-e.value, ty.unit, ty.scale, span)
    return Apply(Op.NEG, (e,), ScaledTy(ty.unit, ty.scale, -hi, -lo), span)


def absolute(facts: Facts, e: Expr, span: Span) -> Expr:
    ty = scaled(e)
    lo, hi = bounds(facts, e)
    low = 0 if lo <= 0 <= hi else min(abs(lo), abs(hi))
    return Apply(Op.ABS, (e,), ScaledTy(ty.unit, ty.scale, low, max(abs(lo), abs(hi))), span)


def extreme(facts: Facts, op: Op, args: list[Expr], span: Span) -> Expr:
    """``MIN`` or ``MAX`` of aligned operands."""
    ty = scaled(args[0])
    ends = [bounds(facts, a) for a in args]
    pick = min if op is Op.MIN else max
    out = ScaledTy(ty.unit, ty.scale, pick(lo for lo, _ in ends), pick(hi for _, hi in ends))
    return Apply(op, tuple(args), out, span)


def divide(
    facts: Facts,
    num: Expr,
    den: Expr,
    power: int,
    step: int,
    mode: Rounding,
    unit: Unit,
    scale: int,
    span: Span,
) -> Expr:
    """``round(num * 10**power / (den * step)) * step``: ``power`` carries the scales over.

    The divisor is known not to be 0; its range still may span 0, then its nearest values are ±1.
    """
    if power > 0:
        num = _times(facts, num, int(10**power))
    divisor = step * int(10 ** max(0, -power))
    if divisor > 1:
        den = _times(facts, den, divisor)
    (a, b), (c, d) = bounds(facts, num), bounds(facts, den)
    unit_den = divisor
    dens = [x for x in (c, d) if x != 0]
    if c < 0 < d or c == 0:
        dens.append(unit_den)
    if c < 0 < d or d == 0:
        dens.append(-unit_den)
    dens = dens or [unit_den]
    corners = [n // x + away for n in (a, b) for x in dens for away in (0, 1)]
    lo, hi = min(corners) * step, max(corners) * step
    return DivRound(num, den, step, mode, ScaledTy(unit, scale, lo, hi), span)


def _times(facts: Facts, e: Expr, factor: int) -> Expr:
    ty = scaled(e)
    lo, hi = bounds(facts, e)
    out = ScaledTy(ty.unit, ty.scale, lo * factor, hi * factor)
    if isinstance(e, Lit) and isinstance(e.value, int):
        return Lit(e.value * factor, out, e.span)
    return Apply(Op.MUL, (e, Lit(factor, ScaledTy(ty.unit, 0, factor, factor), e.span)), out, e.span)


def round_to(facts: Facts, e: Expr, step_digits: int, step_scale: int, mode: Rounding, span: Span) -> Expr:
    """Round an amount to a multiple of ``step_digits / 10**step_scale`` of its unit."""
    e = rescale(facts, e, max(step_scale, scaled(e).scale))
    ty = scaled(e)
    size = int(10 ** (ty.scale - step_scale)) * step_digits
    if size == 1:
        return e  # every value of this scale is a multiple already
    lo, hi = bounds(facts, e)
    out = ScaledTy(ty.unit, step_scale, (lo // size) * step_digits, -(-hi // size) * step_digits)
    return DivRound(e, lit(size, ty.unit, ty.scale, span), step_digits, mode, out, span)
