"""Cells of tables: each against its column, columns and cells at one scale, what a row proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Lang
from kamflow.check import amounts, decl_errors, errors
from kamflow.check.check_expr import check_expr, fit, lift, show_source
from kamflow.check.clash import other_word, show_amount
from kamflow.check.facts import Fact, Facts, bounds, key_of
from kamflow.check.scope import Scope, knows_name
from kamflow.core import ty as t
from kamflow.core.expr import (
    AnyCell,
    Cell,
    Expr,
    Lit,
    MissingCell,
    NotCell,
    OrCell,
    PointCell,
    RangeCell,
    Row,
    cell_exprs,
)  # fmt: skip
from kamflow.syntax import nodes
from kamflow.syntax.errors import between_values, foreign_keyword
from kamflow.syntax.keywords import load_keywords

_C = nodes.CompareOp


def check_cell(
    cell: nodes.Cell, column: Expr, written: nodes.Expr, scope: Scope, facts: Facts
) -> Cell | None:
    """Check one cell against its column; its amounts still have their own scales."""
    match cell:
        case nodes.CellAny():
            return AnyCell()
        case nodes.CellMissing():
            if not isinstance(column.ty, t.OptTy):
                scope.sink.add(decl_errors.missing_cell_useless(cell.span, show_source(written)))
                return NotCell(AnyCell())  # never applies; the core knows `missing` of optional values only
            return MissingCell()
        case nodes.CellNot(inner):
            found = check_cell(inner, column, written, scope, facts)
            return None if found is None else NotCell(found)
        case nodes.CellOr(cells):
            parts = [check_cell(c, column, written, scope, facts) for c in cells]
            done = tuple(p for p in parts if p is not None)
            return OrCell(done) if len(done) == len(parts) else None
        case nodes.CellValue(value):
            slip = _cell_slip(value, column, scope)
            if slip is not None:
                scope.sink.add(slip)
                return None
            point = _bound(value, column, scope, facts)
            return None if point is None else PointCell(point)
        case nodes.CellBound(op, value):
            bound = _bound(value, column, scope, facts, ordered=True)
            if bound is None:
                return None
            if op in {_C.AT_LEAST, _C.GE, _C.ABOVE, _C.GT}:
                return RangeCell(bound, op in {_C.AT_LEAST, _C.GE}, None, False)
            return RangeCell(None, False, bound, op in {_C.AT_MOST, _C.LE})
        case nodes.CellRange(lo, lo_in, hi, hi_in):
            if isinstance(lo, nodes.Path) and str(lo) == "up" and not knows_name("up", scope):
                scope.sink.add(foreign_keyword(lo.span, "up to", load_keywords().spell("AT_MOST", Lang.EN)))
                return None
            low = _bound(lo, column, scope, facts, ordered=True)
            if low is None and _bare(lo) and _bare(hi):
                return None  # the unit is missing at both ends: one mistake
            high = _bound(hi, column, scope, facts, ordered=True)
            if low is None or high is None:
                return None
            if _is_empty(low, high, both_in=lo_in and hi_in):
                first, last = show_source(lo), show_source(hi)
                scope.sink.add(decl_errors.cell_empty_range(cell.span, first, last, below=not hi_in))
                return None
            return RangeCell(low, lo_in, high, hi_in)
        case _:
            assert_never(cell)


def _bare(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Amount) and node.unit == ""


def _cell_slip(value: nodes.Expr, column: Expr, scope: Scope) -> Diagnostic | None:
    """Recognise what reads as an expression, but was written as a cell: `30-60`, `a/b`, `all`."""
    lang = scope.owner.lang
    match value:
        case nodes.Arith(nodes.ArithOp.SUB, nodes.Amount() as lo, nodes.Amount() as hi):
            unit = hi.unit or lo.unit or _unit_word(column)
            first, last = (show_amount(replace(e, unit=e.unit or unit), lang) for e in (lo, hi))
            return decl_errors.range_with_dash(value.span, first, last, lang)
        case nodes.Arith(nodes.ArithOp.DIV, nodes.Path() as a, nodes.Path() as b):
            ty = t.strip_opt(column.ty)
            if isinstance(ty, t.EnumTy) and {str(a), str(b)} <= set(ty.members):
                return between_values(value.span, "/", load_keywords().spell("OR", lang))
        case nodes.Path(parts) if len(parts) == 1 and not knows_name(parts[0].text, scope):
            ty = t.strip_opt(column.ty)
            if not (isinstance(ty, t.EnumTy) and parts[0].text in ty.members):
                return other_word(value.span, parts[0].text, lang)
    return None


def _unit_word(column: Expr) -> str:
    ty = t.strip_opt(column.ty)
    if not isinstance(ty, t.ScaledTy):
        return ""
    kinds = {t.UnitKind.DAYS: "days", t.UnitKind.MONTHS: "months", t.UnitKind.PERCENT: "%"}
    return kinds.get(ty.unit.kind, ty.unit.currency)


def _is_empty(low: Expr, high: Expr, *, both_in: bool) -> bool:
    if not isinstance(low, Lit) or not isinstance(high, Lit):
        return False
    if not isinstance(low.ty, t.ScaledTy):
        a, b = low.value, high.value
    else:
        x, y = amounts.align({}, [low, high])
        assert isinstance(x, Lit)
        assert isinstance(y, Lit)
        a, b = x.value, y.value
    assert isinstance(a, int)
    assert isinstance(b, int)
    return a > b or (a == b and not both_in)


def _bound(
    node: nodes.Expr, column: Expr, scope: Scope, facts: Facts, *, ordered: bool = False
) -> Expr | None:
    """Check a value in a cell: of the column's type, present, and ordered where a bound is asked."""
    want = t.strip_opt(column.ty)
    value = check_expr(node, scope, facts, want)
    if value is None:
        return None
    if isinstance(want, t.ScaledTy) and isinstance(value.ty, t.ScaledTy):
        loose = t.ScaledTy(want.unit, value.ty.scale, 0, 0)
        return fit(value, node, loose, scope, facts)
    done = fit(value, node, want, scope, facts)
    if done is not None and ordered and not (isinstance(want, t.EnumTy) and want.ordered):
        name = want.name if isinstance(want, t.EnumTy) else t.show_ty(want).in_(scope.owner.lang)
        scope.sink.add(errors.not_ordered(node.span, name))
        return None
    return done


def align_columns(columns: list[Expr], rows: list[Row], facts: Facts) -> tuple[list[Expr], list[Row]]:
    """Give each column and all amounts in its cells one scale."""
    scales: list[int | None] = []
    for i, column in enumerate(columns):
        ty = t.strip_opt(column.ty)
        if not isinstance(ty, t.ScaledTy):
            scales.append(None)
            continue
        used = [amounts.scaled(x).scale for r in rows for x in cell_exprs(r.cells[i])]
        scales.append(max([ty.scale, *used]))
    out = [
        column if scale is None else _raise_column(column, scale, facts)
        for column, scale in zip(columns, scales, strict=True)
    ]
    if all(s is None for s in scales):
        return out, rows
    return out, [
        replace(
            r,
            cells=tuple(
                c if s is None else _raise_cell(c, s, facts) for c, s in zip(r.cells, scales, strict=True)
            ),
        )
        for r in rows
    ]


def _raise_column(column: Expr, scale: int, facts: Facts) -> Expr:
    done = lift([column], lambda v: amounts.rescale(facts, v[0], scale), column.span)
    ty = t.strip_opt(column.ty)
    assert done is not None
    return column if isinstance(ty, t.ScaledTy) and ty.scale == scale else done


def _raise_cell(cell: Cell, scale: int, facts: Facts) -> Cell:
    match cell:
        case AnyCell() | MissingCell():
            return cell
        case PointCell(value):
            return PointCell(amounts.rescale(facts, value, scale))
        case RangeCell(lo, lo_in, hi, hi_in):
            return RangeCell(
                None if lo is None else amounts.rescale(facts, lo, scale),
                lo_in,
                None if hi is None else amounts.rescale(facts, hi, scale),
                hi_in,
            )
        case NotCell(inner):
            return NotCell(_raise_cell(inner, scale, facts))
        case OrCell(cells):
            return OrCell(tuple(_raise_cell(c, scale, facts) for c in cells))
        case _:
            assert_never(cell)


def row_facts(facts: Facts, columns: Sequence[Expr | None], cells: Sequence[Cell | None]) -> Facts:
    """Return what is known where a row applies: presence, and the range of its interval."""
    for column, cell in zip(columns, cells, strict=True):
        key = key_of(column) if column is not None else None
        if column is None or cell is None or key is None or not _needs_presence(cell):
            continue
        lo: int | None = None
        hi: int | None = None
        ty = t.strip_opt(column.ty)
        if isinstance(cell, RangeCell) and isinstance(ty, t.ScaledTy):
            lo, hi = _range_of(cell, ty, facts)
        old = facts.get(key, Fact())
        new = Fact(
            True,
            lo if old.lo is None else old.lo if lo is None else max(lo, old.lo),
            hi if old.hi is None else old.hi if hi is None else min(hi, old.hi),
            old.not_zero,
        )
        facts = {**facts, key: new}
    return facts


def _needs_presence(cell: Cell) -> bool:
    match cell:
        case AnyCell() | MissingCell():
            return False
        case OrCell(cells):
            return all(_needs_presence(c) for c in cells)
        case _:
            return True


def _range_of(cell: RangeCell, ty: t.ScaledTy, facts: Facts) -> tuple[int | None, int | None]:
    """Return a range cell's interval in the column's own scale (outwards where it does not fit)."""
    lo: int | None = None
    hi: int | None = None
    if cell.lo is not None:
        low, scale = bounds(facts, cell.lo)[0], amounts.scaled(cell.lo).scale
        lo = low * int(10 ** max(0, ty.scale - scale)) // int(10 ** max(0, scale - ty.scale))
        lo += 0 if cell.lo_in or scale > ty.scale else 1
    if cell.hi is not None:
        high, scale = bounds(facts, cell.hi)[1], amounts.scaled(cell.hi).scale
        hi = -(-high * int(10 ** max(0, ty.scale - scale)) // int(10 ** max(0, scale - ty.scale)))
        hi -= 0 if cell.hi_in or scale > ty.scale else 1
    return lo, hi
