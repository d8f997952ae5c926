"""Columns of two programs as one space: the values that both know.

Columns are the same when their forms are. A member, a text or an amount that only one of the programs
knows is left out: nothing that both are asked about has it. None where amounts are of different units or
scales, so that there is no common space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.compare.answers import Answers
from kamflow.compare.same_form import Form, Forms
from kamflow.core.ty import BoolTy, EnumTy, OptTy, ScaledTy, TextTy
from kamflow.tables.grid import Axis, Box
from kamflow.tables.values import Values, intersect, make


@dataclass(frozen=True, slots=True)
class CommonAxis:
    """``axis``: how the column is shown, with the codes of the newer program. ``domain``: what of it both
    know. ``is_new``: the newer program reads it; ``old`` and ``new`` are the axes of the programs."""

    axis: Axis
    domain: Values
    old: Axis | None
    new: Axis | None

    @property
    def is_new(self) -> bool:
        return self.new is not None

    def place(self, values: Values, own: Axis) -> Values:
        """Return values of one of the programs' axes as values of this one."""
        out: list[tuple[int, int]] = []
        for a, b in values:
            if a == own.missing:
                if self.axis.missing is not None:
                    out.append((self.axis.missing, self.axis.missing))
            else:
                out += _moved(own, self.axis, a, b)
        return intersect(make(out), self.domain)

    def said(self, values: Values) -> Values:
        """Return values as they are shown: all that both know is all."""
        return self.axis.whole if values == self.domain else values


def common_axes(
    old: Answers, old_forms: Forms, new: Answers, new_forms: Forms
) -> tuple[CommonAxis, ...] | None:
    """Return the columns of both, those of the newer program first."""
    before: dict[Form, Axis] = {old_forms.of(a.column): a for a in old.axes}
    out: list[CommonAxis] = []
    for axis in new.axes:
        found = _common(before.pop(new_forms.of(axis.column), None), axis)
        if found is None:
            return None
        out.append(found)
    out += [CommonAxis(axis, axis.whole, axis, None) for axis in before.values()]
    return tuple(out)


def _common(old: Axis | None, new: Axis) -> CommonAxis | None:
    if old is None:
        return CommonAxis(new, new.whole, None, new)
    lo, hi, texts = new.lo, new.hi, new.texts
    match old.ty, new.ty:
        case ScaledTy() as a, ScaledTy() as b:
            if (a.unit, a.scale) != (b.unit, b.scale) or max(old.lo, new.lo) > min(old.hi, new.hi):
                return None
            lo, hi = max(old.lo, new.lo), min(old.hi, new.hi)
        case TextTy(), TextTy():
            texts = tuple(dict.fromkeys(new.texts + old.texts))
            hi = len(texts)
        case (BoolTy(), BoolTy()) | (EnumTy(), EnumTy()):
            pass
        case _:
            return None
    may_miss = isinstance(new.column.ty, OptTy) and isinstance(old.column.ty, OptTy)
    axis = Axis(new.column, lo, hi, hi + 2 if may_miss else None, texts)
    return CommonAxis(axis, _domain(old, axis), old, new)


def _domain(old: Axis, axis: Axis) -> Values:
    if not isinstance(axis.ty, EnumTy):
        return axis.whole
    assert isinstance(old.ty, EnumTy)
    both = [(i, i) for i, m in enumerate(axis.ty.members) if m in old.ty.members]
    missing = [] if axis.missing is None else [(axis.missing, axis.missing)]
    return make(both + missing)


def _moved(own: Axis, axis: Axis, a: int, b: int) -> list[tuple[int, int]]:
    """Return where values ``a`` to ``b`` of a program's axis lie on the common one."""
    match own.ty, axis.ty:
        case EnumTy(members=was), EnumTy(members=now) if was != now:
            found = [now.index(m) for m in was[a : b + 1] if m in now]
            return [(i, i) for i in found]
        case TextTy(), TextTy() if own.texts != axis.texts:
            named = [axis.texts.index(t) for t in own.texts[a : b + 1]]
            if b >= len(own.texts):  # any other text: those that only the other program names, too
                named += [i for i, t in enumerate(axis.texts) if t not in own.texts] + [len(axis.texts)]
            return [(i, i) for i in named]
        case _:
            return [(max(a, axis.lo), min(b, axis.hi))]


def place_rows(answers: Answers, axes: Sequence[CommonAxis], is_new: bool) -> tuple[tuple[Box, ...], ...]:
    """Return the rows of one program in the common space."""
    own = {id(a): i for i, a in enumerate(answers.axes)}
    places = [own.get(id(c.new if is_new else c.old)) for c in axes]
    cache: dict[tuple[int, Values], Values] = {}

    def moved(axis: int, place: int | None, box: Box) -> Values:
        if place is None:
            return axes[axis].domain
        key = (axis, box[place])
        if key not in cache:
            cache[key] = axes[axis].place(box[place], answers.axes[place])
        return cache[key]

    return tuple(
        tuple(made for box in boxes if all(made := tuple(moved(i, p, box) for i, p in enumerate(places))))
        for boxes in answers.rows
    )
