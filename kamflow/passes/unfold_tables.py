"""Tables become branches of the same hit policy: a row's condition is the AND of its cells'.

Assumes: columns and cells typed, a cell's values in the unit and scale of its column.
Leaves: no ``Table`` node.

A missing value is matched by ``AnyCell`` and ``MissingCell`` only: on an optional column every other
cell first asks whether the value is present, and what follows sees it unwrapped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kamflow.base.span import Span
from kamflow.core.expr import (
    AnyCell,
    Apply,
    Branch,
    Cell,
    Choose,
    Expr,
    IsPresent,
    Lit,
    MissingCell,
    NotCell,
    Op,
    OrCell,
    PointCell,
    RangeCell,
    Row,
    Table,
    Unwrap,
)
from kamflow.core.program import Program
from kamflow.core.ty import BOOL, BoolTy, OptTy, TextTy, strip_opt


def unfold_tables(program: Program) -> Program:
    """Return the program with a ``Choose`` in place of every definition that is a table."""
    return replace(
        program,
        defs={
            key: replace(d, body=choose_of(d.body)) if isinstance(d.body, Table) else d
            for key, d in program.defs.items()
        },
    )


def choose_of(table: Table) -> Choose:
    """Return the branches of a table; row numbers, tags and hit policy stay."""
    return Choose(
        table.hit,
        tuple(Branch(row_condition(table.columns, row), row.tag) for row in table.rows),
        table.otherwise,
        table.ty,
        table.span,
    )


def row_condition(columns: tuple[Expr, ...], row: Row) -> Expr:
    """Return when a row applies; a row of ``AnyCell`` only has ``Lit(True)``."""
    span = row.tag.span
    conds = [cell_condition(c, cell, span) for c, cell in zip(columns, row.cells, strict=True)]
    return _all([c for c in conds if c is not None], span)


def cell_condition(column: Expr, cell: Cell, span: Span) -> Expr | None:
    """Return when a cell applies to its column; None is *always*."""
    match cell:
        case AnyCell():
            return None
        case MissingCell():
            if not isinstance(column.ty, OptTy):
                return Lit(False, BOOL, span)
            return Apply(Op.NOT, (IsPresent(column, BOOL, span),), BOOL, span)
        case RangeCell(lo, lo_in, hi, hi_in):
            value = _value(column, span)
            bounds: list[Expr] = []
            if lo is not None:
                bounds.append(Apply(Op.LE if lo_in else Op.LT, (lo, value), BOOL, span))
            if hi is not None:
                bounds.append(Apply(Op.LE if hi_in else Op.LT, (value, hi), BOOL, span))
            return _present_and(column, bounds, span)
        case PointCell(point):
            equal = Apply(_equality(column), (_value(column, span), point), BOOL, span)
            return _present_and(column, [equal], span)
        case NotCell(inner):
            cond = cell_condition(column, inner, span)
            negated = Lit(False, BOOL, span) if cond is None else Apply(Op.NOT, (cond,), BOOL, span)
            return _present_and(column, [negated], span)
        case OrCell(cells):
            found = [cell_condition(column, c, span) for c in cells]
            conds = [c for c in found if c is not None]
            if len(conds) < len(found):
                return None
            return conds[0] if len(conds) == 1 else Apply(Op.OR, tuple(conds), BOOL, span)
        case _:
            assert_never(cell)


def _value(column: Expr, span: Span) -> Expr:
    if isinstance(column.ty, OptTy):
        return Unwrap(column, column.ty.inner, span)
    return column


def _equality(column: Expr) -> Op:
    match strip_opt(column.ty):
        case TextTy():
            return Op.EQ_TEXT
        case BoolTy():
            return Op.EQ_BOOL
        case _:
            return Op.EQ_INT


def _present_and(column: Expr, conds: list[Expr], span: Span) -> Expr:
    """Guard conditions on an optional column: they are asked of a present value only."""
    if isinstance(column.ty, OptTy):
        conds = [IsPresent(column, BOOL, span), *conds]
    return _all(conds, span)


def _all(conds: list[Expr], span: Span) -> Expr:
    """Join conditions into one flat AND, in order."""
    flat: list[Expr] = []
    for cond in conds:
        if isinstance(cond, Apply) and cond.op is Op.AND:
            flat.extend(cond.args)
        else:
            flat.append(cond)
    if not flat:
        return Lit(True, BOOL, span)
    return flat[0] if len(flat) == 1 else Apply(Op.AND, tuple(flat), BOOL, span)
