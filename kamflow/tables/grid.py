"""Tables as boxes: an axis for each column, a set of its values for each cell.

Assumes: a table of the core as written (not unfolded), and ``ask``, which gives the value of a cell's
expression on a day, or None where that depends on the record.
Leaves: a ``Grid``, or the first cell that is no set of constants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from kamflow.core.expr import (
    AnyCell,
    Apply,
    Cell,
    Expr,
    Hit,
    If,
    IsPresent,
    Lit,
    MissingCell,
    NotCell,
    Op,
    OrCell,
    PointCell,
    RangeCell,
    Table,
    Unwrap,
    cell_exprs,
)
from kamflow.core.ty import BoolTy, EnumTy, OptTy, ScaledTy, TextTy, Ty, strip_opt
from kamflow.tables.values import NO_VALUES, Values, intersect, make, minus, size
from kamflow.values.data import Value

Box = tuple[Values, ...]
"""A set of values for each axis; the box holds all combinations of them."""

Constant = Callable[[Expr], Value]
"""Gives the value of an expression that reads no record; None for any other."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that a column can have: ``lo`` to ``hi``, and ``missing`` where the column is optional.

    Amounts are scaled integers, members their positions, yes is 1. The texts of a text column are those
    that its cells name, by their index in ``texts``, and after them one value for any other text.
    ``missing`` never touches ``hi``, so that the two are not one range. Where a table compares a column
    at a finer scale than its own, the axis is that of the column, and ``factor`` how much finer cells are.
    """

    column: Expr
    lo: int
    hi: int
    missing: int | None = None
    texts: tuple[str, ...] = ()
    factor: int = 1

    @property
    def ty(self) -> Ty:
        return strip_opt(self.column.ty)

    @property
    def present(self) -> Values:
        return ((self.lo, self.hi),)

    @property
    def whole(self) -> Values:
        return self.present if self.missing is None else ((self.lo, self.hi), (self.missing, self.missing))

    def code_of(self, value: Value) -> int | None:
        """Return where a run-time value lies on the axis; None for one outside of its range."""
        if value is None:
            return self.missing
        if isinstance(value, str):
            return self.texts.index(value) if value in self.texts else len(self.texts)
        if isinstance(value, int) and self.lo <= value <= self.hi:
            return int(value)
        return None


@dataclass(frozen=True, slots=True)
class Grid:
    """``rows``: a box for each row of the table, in its order; a row that never applies has an empty set.

    Columns that are the same expression are one axis; ``axis_of`` says for each column which.
    """

    hit: Hit
    axes: tuple[Axis, ...]
    rows: tuple[Box, ...]
    has_otherwise: bool
    axis_of: tuple[int, ...]

    @property
    def domain(self) -> Box:
        return tuple(a.whole for a in self.axes)


@dataclass(frozen=True, slots=True)
class NotABox:
    """Row and column (0-based) of a cell that depends on more than parameters."""

    row: int
    column: int


def grid_of(table: Table, ask: Constant) -> Grid | NotABox:
    """Return the rows of a table as boxes."""
    places: dict[Expr, int] = {}
    axis_of = tuple(places.setdefault(c, len(places)) for c in table.columns)
    axes = tuple(
        _axis(column, [r.cells[i] for r in table.rows for i, a in enumerate(axis_of) if a == place], ask)
        for column, place in places.items()
    )
    known: dict[tuple[int, Cell], Values | None] = {}
    whole = [a.whole for a in axes]
    rows: list[Box] = []
    for number, row in enumerate(table.rows):
        box = list(whole)
        for i, cell in enumerate(row.cells):
            if isinstance(cell, AnyCell):
                continue
            place = axis_of[i]
            if (place, cell) not in known:
                known[place, cell] = _values(cell, axes[place], ask)
            found = known[place, cell]
            if found is None:
                return NotABox(number, i)
            box[place] = found if box[place] is whole[place] else intersect(box[place], found)
        rows.append(tuple(box))
    return Grid(table.hit, axes, tuple(rows), table.otherwise is not None, axis_of)


def _axis(column: Expr, cells: Sequence[Cell], ask: Constant) -> Axis:
    column, factor = _unscaled(column)
    ty = strip_opt(column.ty)
    texts: tuple[str, ...] = ()
    match ty:
        case ScaledTy(_, _, low, high):
            lo, hi = low, high
        case EnumTy(_, members, _):
            lo, hi = 0, len(members) - 1
        case BoolTy():
            lo, hi = 0, 1
        case TextTy():
            named = (ask(e) for cell in cells for e in cell_exprs(cell))
            texts = tuple(dict.fromkeys(t for t in named if isinstance(t, str)))
            lo, hi = 0, len(texts)
        case _:
            raise AssertionError(f"a column is a {ty}")
    return Axis(column, lo, hi, hi + 2 if isinstance(column.ty, OptTy) else None, texts, factor)


def _unscaled(column: Expr) -> tuple[Expr, int]:
    """Return (x, k) for a column ``x * k`` whose scale the checker raised, also where x may be missing."""
    match column:
        case Apply(Op.MUL, (x, Lit(int() as k))) if k > 1:
            return x, k
        case If(IsPresent(x), Apply(Op.MUL, (Unwrap(y), Lit(int() as k))), Lit(None)) if x == y and k > 1:
            return x, k
        case _:
            return column, 1


def _values(cell: Cell, axis: Axis, ask: Constant) -> Values | None:
    """Return the values of an axis that a cell takes; None where it is no set of constants."""
    match cell:
        case AnyCell():
            return axis.whole
        case MissingCell():
            return NO_VALUES if axis.missing is None else ((axis.missing, axis.missing),)
        case PointCell(value):
            code = ask(value)
            if code is None:
                return None
            if axis.factor > 1 and isinstance(code, int):
                code, rest = divmod(code, axis.factor)
                if rest:
                    return NO_VALUES
            place = axis.code_of(code)
            return NO_VALUES if place is None else ((place, place),)
        case RangeCell(lo, lo_in, hi, hi_in):
            low = _bound(lo, axis.lo * axis.factor, 0 if lo_in else 1, ask)
            high = _bound(hi, axis.hi * axis.factor, 0 if hi_in else -1, ask)
            if low is None or high is None:
                return None
            low, high = -(-low // axis.factor), high // axis.factor
            return make([(max(low, axis.lo), min(high, axis.hi))])
        case NotCell(inner):
            found = _values(inner, axis, ask)
            return None if found is None else minus(axis.present, found)
        case OrCell(cells):
            parts = [_values(c, axis, ask) for c in cells]
            known = [p for p in parts if p is not None]
            return make([r for p in known for r in p]) if len(known) == len(parts) else None
        case _:
            assert_never(cell)


def _bound(e: Expr | None, default: int, shift: int, ask: Constant) -> int | None:
    if e is None:
        return default
    value = ask(e)
    return value + shift if isinstance(value, int) else None


def volume(box: Box) -> int:
    """Return how many combinations of values a box holds."""
    total = 1
    for values in box:
        total *= size(values)
    return total


def common(a: Box, b: Box) -> Box:
    """Return what two boxes have in common; one of its sets is empty where they do not meet."""
    return tuple(intersect(x, y) for x, y in zip(a, b, strict=True))


def holds(box: Box, point: Sequence[int]) -> bool:
    """Say whether a combination of values lies in a box."""
    return all(any(lo <= p <= hi for lo, hi in v) for v, p in zip(box, point, strict=True))
