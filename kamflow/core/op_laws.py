"""Operands and results of each operator: the part of the laws that is about ``Apply``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from kamflow.core.expr import Op
from kamflow.core.show import show_type
from kamflow.core.ty import BOOL, DATE, DAYS, TEXT, EnumTy, ScaledTy, Ty, UnitKind
from kamflow.core.ty_laws import same_kind


def op_faults(op: Op, args: tuple[Ty, ...], ty: Ty) -> Iterator[str]:
    """Yield what is wrong with the types of an operator; no operand is ever optional."""
    if not _right_number(op, len(args)):
        yield f"`{op}` has {len(args)} operands"
        return
    if not _right_types(op, args, ty):
        yield f"`{op}` of {', '.join(map(show_type, args))} gives {show_type(ty)}"


def _right_number(op: Op, count: int) -> bool:
    match op:
        case Op.NEG | Op.ABS | Op.NOT | Op.YEAR_OF | Op.MONTH_OF:
            return count == 1
        case Op.MIN | Op.MAX | Op.AND | Op.OR:
            return count >= 2
        case _:
            return count == 2


def _right_types(op: Op, args: tuple[Ty, ...], ty: Ty) -> bool:
    match op:
        case Op.ADD | Op.SUB:
            return _sum(op, args[0], args[1], ty)
        case Op.MUL:
            return all(isinstance(t, ScaledTy) for t in (*args, ty))
        case Op.NEG | Op.ABS | Op.MIN | Op.MAX:
            of_amounts = isinstance(args[0], ScaledTy) or op in (Op.MIN, Op.MAX)
            return of_amounts and all(same_kind(a, ty) for a in args)
        case Op.LT | Op.LE:
            unordered = isinstance(args[0], EnumTy) and not args[0].ordered
            return ty == BOOL and same_kind(args[0], args[1]) and not unordered
        case Op.EQ_INT:
            return ty == BOOL and same_kind(args[0], args[1])
        case Op.EQ_TEXT:
            return ty == BOOL and args == (TEXT, TEXT)
        case Op.EQ_BOOL | Op.AND | Op.OR | Op.NOT:
            return ty == BOOL and all(a == BOOL for a in args)
        case Op.ADD_MONTHS_CLAMP | Op.ADD_MONTHS_NEXT:
            return _is(args[0], UnitKind.DATE) and isinstance(args[1], ScaledTy) and _is(ty, UnitKind.DATE)
        case Op.WHOLE_MONTHS:
            return all(_is(a, UnitKind.DATE) for a in args) and isinstance(ty, ScaledTy)
        case Op.YEAR_OF | Op.MONTH_OF:
            return _is(args[0], UnitKind.DATE) and isinstance(ty, ScaledTy)
        case _:
            assert_never(op)


def _sum(op: Op, left: Ty, right: Ty, ty: Ty) -> bool:
    """One unit and scale throughout; beside it the calendar: a date and days, days between dates."""
    if not (isinstance(left, ScaledTy) and isinstance(right, ScaledTy) and isinstance(ty, ScaledTy)):
        return False
    if {left.scale, right.scale} != {ty.scale}:
        return False
    units = (left.unit, right.unit, ty.unit)
    if op is Op.ADD:
        dates = ((DATE, DAYS, DATE), (DAYS, DATE, DATE))
    else:
        dates = ((DATE, DAYS, DATE), (DATE, DATE, DAYS))
    return units in dates or (len(set(units)) == 1 and left.unit != DATE)


def _is(ty: Ty, kind: UnitKind) -> bool:
    return isinstance(ty, ScaledTy) and ty.unit.kind is kind and ty.scale == 0
