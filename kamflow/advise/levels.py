"""The values of a field that are worth trying: where a comparison behind the decision flips.

A small field is tried whole. Of a large one stretches of equal outcome are found: places that suggest
themselves (bounds, the constants of comparisons, the old value and parts of it) are looked at, and
between two of them that differ the place of each flip is found by halving. A comparison that flips twice
between two such places is not seen: what is found is right, that there is nothing else is not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from kamflow.core.ty import BoolTy, EnumTy, OptTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.values.data import Value

SMALL = 256
"""A field with so many values is tried whole."""
_MOST_FLIPS = 2_000
"""Looks at one field; a comparison of calendar months flips thousands of times in three centuries."""
_PARTS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 400, 900)
_DAYS = (1, 7, 30, 60, 90, 180, 365, 730, 1_825)
OTHER_TEXT = "…"

Sign = Callable[[Value], Hashable]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Values from ``lo`` to ``hi`` (of one field) with one outcome; missing and texts stand alone."""

    lo: Value
    hi: Value
    sign: Hashable


@dataclass(frozen=True, slots=True)
class FieldValues:
    """What a field may hold: its type, what it holds now, constants it may be compared with, the day."""

    ty: Ty
    old: Value
    constants: frozenset[Value]
    as_of: int

    @property
    def whole(self) -> tuple[Value, ...] | None:
        """All values of a small field (of a text: those that make a difference), else None."""
        none: tuple[Value, ...] = (None,) if isinstance(self.ty, OptTy) else ()
        match strip_opt(self.ty):
            case BoolTy():
                return (False, True, *none)
            case EnumTy(_, members, _):
                return (*range(len(members)), *none)
            case TextTy():
                named = {c for c in self.constants if isinstance(c, str)}
                old = {self.old} if isinstance(self.old, str) else set()
                return (*sorted(named | old | {other_text(named)}), *none)
            case ScaledTy(_, _, lo, hi) if hi - lo < SMALL:
                return (*range(lo, hi + 1), *none)
            case _:
                return None


def other_text(named: Iterable[object]) -> str:
    """Return a text that is none of those named."""
    text, known = OTHER_TEXT, set(named)
    while text in known:
        text += OTHER_TEXT
    return text


def stretches(field: FieldValues, sign: Sign) -> list[Stretch]:
    """Cut the values of a field into stretches, ascending, missing last."""
    whole = field.whole
    ty = strip_opt(field.ty)
    if whole is not None:
        if not isinstance(ty, ScaledTy):
            return [Stretch(v, v, sign(v)) for v in whole]
        amounts: list[int] = [v for v in whole if isinstance(v, int)]
        known = {v: sign(v) for v in amounts}
    else:
        assert isinstance(ty, ScaledTy), "only amounts and dates have many values"
        known = _halve(_places(field, ty), sign)
    found: list[Stretch] = []
    for value in sorted(known):
        if found and found[-1].sign == known[value]:
            found[-1] = Stretch(found[-1].lo, value, known[value])
        else:
            found.append(Stretch(value, value, known[value]))
    if isinstance(field.ty, OptTy):
        found.append(Stretch(None, None, sign(None)))
    return found


def _places(field: FieldValues, ty: ScaledTy) -> list[int]:
    old = field.old if isinstance(field.old, int) else 0
    near: set[int] = {ty.lo, ty.hi, old}
    fixed = [c for c in field.constants if isinstance(c, int)]
    if ty.unit.kind is UnitKind.DATE:
        near |= {field.as_of + s * d for d in (0, *_DAYS, *fixed) for s in (1, -1)}
        near |= {old + s * d for d in (*_DAYS, *fixed) for s in (1, -1)} if old else set()
        near |= set(fixed)
    else:
        near |= {0, 10**ty.scale, *fixed}
        near |= {old + s * (abs(old) * p // 100) for p in _PARTS for s in (1, -1)}
    around = {p + d for p in near for d in (-1, 0, 1)}
    return sorted(p for p in around if ty.lo <= p <= ty.hi)


def _halve(places: Sequence[int], sign: Sign) -> dict[int, Hashable]:
    """Look at all places, and between two that differ until each flip lies between neighbours."""
    known = {p: sign(p) for p in places}
    todo = list(pairwise(places))
    left = _MOST_FLIPS
    while todo and left:
        a, b = todo.pop()
        if b - a < 2 or known[a] == known[b]:
            continue
        middle = (a + b) // 2
        known[middle] = sign(middle)
        left -= 1
        todo += [(a, middle), (middle, b)]
    return known


def nearest(field: FieldValues, stretch: Stretch) -> Value:
    """Return the value of a stretch that is nearest to the old one; without one, the plainest."""
    lo, hi = stretch.lo, stretch.hi
    if isinstance(lo, bool) or not isinstance(lo, int) or not isinstance(hi, int):
        return lo
    aim = field.old if isinstance(field.old, int) else field.as_of if _is_date(field.ty) else 0
    return min(max(aim, lo), hi)


def effort(field: FieldValues, new: Value) -> Fraction:
    """Return how much a change is: amounts in parts of what they were, days in parts of a year.

    A yes/no, a member of an unordered list, a text and a value where there was none count as one whole
    change; taking a value away counts double, for it is seldom what somebody can do.
    """
    old = field.old
    if old == new:
        return Fraction(0)
    if new is None:
        return Fraction(2)
    match strip_opt(field.ty):
        case ScaledTy(unit, scale, _, _) if isinstance(old, int) and isinstance(new, int):
            if unit.kind is UnitKind.DATE:
                return Fraction(abs(new - old), 365)
            return Fraction(abs(new - old), max(abs(old), 10**scale))
        case EnumTy(_, members, True) if isinstance(old, int) and isinstance(new, int):
            return Fraction(abs(new - old), len(members) - 1)
        case _:
            return Fraction(1)


def tried_first(field: FieldValues, new: Value) -> tuple[Fraction, int]:
    """Order values by effort; among new ones for a missing value, the plainest first."""
    if isinstance(new, int) and not isinstance(new, bool):
        aim = field.old if isinstance(field.old, int) else field.as_of if _is_date(field.ty) else 0
        return effort(field, new), abs(new - aim)
    return effort(field, new), 0


def _is_date(ty: Ty) -> bool:
    inner = strip_opt(ty)
    return isinstance(inner, ScaledTy) and inner.unit.kind is UnitKind.DATE
