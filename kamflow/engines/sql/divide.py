"""Division with rounding, by integer quotient and remainder alone.

``values.rounding.round_div`` is the law. The quotient ``q`` is cut towards zero and the remainder ``r`` has
the sign of the dividend, so that each mode is ``q``, one more or one less; nothing is wider than operands.
"""

from __future__ import annotations

from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.terms import Term, literal_bool, literal_int, width_of
from kamflow.values.rounding import Rounding, round_div

_ZERO, _ONE = literal_int(0), literal_int(1)


def div_round(b: Builder, frame: Frame, num: Term, den: Term, mode: Rounding) -> Term:
    """Return ``round(num / den)``; NULL where the divisor is 0, which is never reached."""
    num, den = _positive(b, frame, num, den)
    ends = [round_div(n, d, mode) for n in (num.lo, num.hi) for d in (max(1, den.lo), max(1, den.hi))]
    lo, hi = min(ends), max(ends)
    if den.const == 1:
        return num
    if num.const is not None and den.const is not None:
        return literal_int(lo)
    quick = _once(b, frame, num, den, mode)
    if quick is not None:
        return quick.between(lo, hi)
    num, den = frame.share(num, 3), frame.share(den, 3)
    q, r = b.quot(num, den, min(lo, 0), max(hi, 0)), b.rem(num, den)
    return _rounded(b, q, r, den, mode, (lo, hi)).between(lo, hi)


def _positive(b: Builder, frame: Frame, num: Term, den: Term) -> tuple[Term, Term]:
    """Turn both signs where the divisor is (or may be) negative: the quotient stays the same."""
    if den.hi < 0 or (den.hi <= 0 and den.const is None):
        num, den = b.neg(num), b.neg(den)
    elif den.lo < 0:
        num, den = frame.share(num), frame.share(den)
        below = b.lt(den, _ZERO)
        num, den = (
            b.case([(below, b.neg(num))], num),
            b.case([(below, b.neg(den))], den).between(0, max(den.hi, -den.lo)),
        )
    if den.lo == 0:
        den = b.null_if_zero(frame.share(den)).between(min(1, den.hi), den.hi)
    return num, den


def _once(b: Builder, frame: Frame, num: Term, den: Term, mode: Rounding) -> Term | None:
    """Divide once: what is added before cutting does the rounding. None where there is no room to add it."""
    if mode is Rounding.DOWN or (num.lo >= 0 and mode is Rounding.FLOOR):
        return b.quot(num, den, min(num.lo, 0), max(num.hi, 0))
    if not isinstance(den.const, int):
        return None
    c = den.const
    half = mode in (Rounding.HALF_UP, Rounding.HALF_EVEN)
    extra = c // 2 if half else 0 if mode is Rounding.FLOOR else c - 1
    if num.lo < 0 and mode in (Rounding.HALF_UP, Rounding.UP):
        if not _room(b, num, num.lo - extra, num.hi + extra):
            return None
        num = frame.share(num)
        away = b.case([(b.lt(num, _ZERO), b.sub(num, literal_int(extra)))], b.add(num, literal_int(extra)))
        return b.quot(away, den, min(num.lo - extra, 0), max(num.hi + extra, 0))
    # the other modes don't look at the sign: an even number of divisors more makes all of it positive
    more = 2 * -(num.lo // (2 * c)) if num.lo < 0 else 0
    if not _room(b, num, num.lo, num.hi + extra + more * c):
        return None
    raised = b.add(num, literal_int(extra + more * c))
    raised = raised.between(max(0, raised.lo), raised.hi)
    if mode is not Rounding.HALF_EVEN or c % 2:
        return b.sub(b.quot(raised, den, 0, raised.hi), literal_int(more))
    raised = frame.share(raised)
    q = frame.add(b.quot(raised, den, 0, raised.hi // c))
    tie = b.eq(b.mul(q, den), raised)
    return b.sub(b.even_below(q, tie), literal_int(more))


def _room(b: Builder, num: Term, lo: int, hi: int) -> bool:
    """Say whether a range can be computed with in the width of the dividend."""
    return max(-lo, hi) <= b.dialect.most and width_of(lo, hi) <= max(num.width, width_of(num.lo, num.hi), 64)


def _rounded(b: Builder, q: Term, r: Term, den: Term, mode: Rounding, ends: tuple[int, int]) -> Term:
    """Return ``q`` moved by one where the mode says so. ``den`` is positive; q, r and den may be repeated.

    What is added is computed for every line, so that what ``q`` and ``r`` have in common is computed once.
    """
    above, below = b.lt(_ZERO, r), b.lt(r, _ZERO)
    if mode is Rounding.HALF_UP or mode is Rounding.HALF_EVEN:
        above, below = _half(b, q, r, den, mode)
    lo, hi = ends
    if r.hi > 0 and mode not in (Rounding.DOWN, Rounding.FLOOR):
        q = b.add(q.between(min(lo, hi - 1), hi - 1), b.one_if(above, among=q.hi))
    if r.lo < 0 and mode not in (Rounding.DOWN, Rounding.CEILING):
        q = b.sub(q.between(lo + 1, max(hi, lo + 1)), b.one_if(below, among=q.hi))
    return q


def _half(b: Builder, q: Term, r: Term, den: Term, mode: Rounding) -> tuple[Term, Term]:
    """Say whether the rest is so far from ``q`` that the next number above (below) is the answer."""
    narrow = max(q.width, r.width, den.width) <= 64
    if b.dialect.by_bits and narrow and min(q.lo, r.lo) >= 0 and mode is Rounding.HALF_EVEN:
        half = b.half(den)
        up = b.any_([b.lt(half, r), b.all_([b.eq(half, r), b.odd_even(q, den)])])
        return up, literal_bool(False)
    odd = b.ne(b.rem(q, literal_int(2)), _ZERO)
    if max(den.hi - min(r.lo, 0), den.hi + max(r.hi, 0)) <= min(
        b.dialect.most, 2 ** (max(r.width, 32) - 1) - 1
    ):
        # 2 r > den without doubling: what is left up to the next multiple is the smaller part
        forth, back = b.sub(den, r), b.add(den, r)
        minus = b.neg(r)
        if mode is Rounding.HALF_UP:
            return b.le(forth, r), b.le(back, minus)
        above = b.any_([b.lt(forth, r), b.all_([b.eq(forth, r), odd])])
        return above, b.any_([b.lt(back, minus), b.all_([b.eq(back, minus), odd])])
    half = b.quot(den, literal_int(2), 0, den.hi // 2)
    minus = b.neg(r)
    even = b.eq(b.rem(den, literal_int(2)), _ZERO)
    ties = [even] if mode is Rounding.HALF_UP else [even, odd]
    above = b.any_([b.lt(half, r), b.all_([b.eq(half, r), *ties])])
    return above, b.any_([b.lt(half, minus), b.all_([b.eq(half, minus), *ties])])
