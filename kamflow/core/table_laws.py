"""What may stand in a cell of a column: the part of the laws that is about ``Table``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from kamflow.core.expr import AnyCell, Cell, MissingCell, NotCell, OrCell, PointCell, RangeCell
from kamflow.core.show import show_type
from kamflow.core.ty import EnumTy, OptTy, ScaledTy, Ty, strip_opt
from kamflow.core.ty_laws import same_kind


def cell_faults(column: Ty, cell: Cell) -> Iterator[str]:
    """Yield what is wrong with a cell in a column of a type."""
    inner = strip_opt(column)
    match cell:
        case AnyCell():
            return
        case MissingCell():
            if not isinstance(column, OptTy):
                yield "`missing` in a column that never is"
        case RangeCell(lo, _, hi, _):
            if not isinstance(inner, ScaledTy) and not (isinstance(inner, EnumTy) and inner.ordered):
                yield f"a range in a column of {show_type(column)}"
            for bound in (lo, hi):
                if bound is not None and not same_kind(bound.ty, inner):
                    yield f"a bound is a {show_type(bound.ty)} in a column of {show_type(column)}"
        case PointCell(value):
            if not same_kind(value.ty, inner) and value.ty != inner:
                yield f"a value is a {show_type(value.ty)} in a column of {show_type(column)}"
        case NotCell(negated):
            yield from cell_faults(column, negated)
        case OrCell(cells):
            if not cells:
                yield "an empty choice"
            for part in cells:
                yield from cell_faults(column, part)
        case _:
            assert_never(cell)
