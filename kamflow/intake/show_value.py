"""A typed value as a policy would write it, for the list of what was assumed: ``0 days``, ``12.5%``.

Programs read it, so it never changes; what people read is said by ``core/wording``.
"""

from __future__ import annotations

from typing import assert_never

from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
)
from kamflow.values.data import Value
from kamflow.values.dates import show_day
from kamflow.values.decimals import show_scaled


def show_value(value: Value, ty: Ty) -> str:
    """Return a value in the words in which a policy would write it."""
    match ty:
        case OptTy(inner):
            return "missing" if value is None else show_value(value, inner)
        case BoolTy():
            return "yes" if value else "no"
        case TextTy():
            return str(value)
        case EnumTy(_, members, _):
            return members[value] if isinstance(value, int) else str(value)
        case ScaledTy():
            return _amount(value, ty) if isinstance(value, int) else str(value)
        case ListTy() | RecordTy() | StructTy():
            return "[]" if value == () else str(value)
        case _:
            assert_never(ty)


def _amount(value: int, ty: ScaledTy) -> str:
    """Return an amount with its unit; money keeps its decimals, other amounts drop trailing zeros."""
    text = show_scaled(value, ty.scale)
    short = text.rstrip("0").rstrip(".") if "." in text else text
    match ty.unit.kind:
        case UnitKind.MONEY:
            return f"{text} {ty.unit.currency}"
        case UnitKind.PERCENT:
            return f"{short}%"
        case UnitKind.DAYS:
            return f"{short} day" if value == 10**ty.scale else f"{short} days"
        case UnitKind.MONTHS:
            return f"{short} month" if value == 10**ty.scale else f"{short} months"
        case UnitKind.DATE:
            return show_day(value)
        case UnitKind.NUMBER:
            return short
        case _:
            assert_never(ty.unit.kind)
