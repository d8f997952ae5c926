"""Which values and types go together: the part of the laws that is about types alone."""

from __future__ import annotations

from typing import assert_never

from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.values.data import TypedRecord, Value


def same_kind(a: Ty, b: Ty) -> bool:
    """Say whether two types mean the same integers: amounts of one unit and scale, whatever the range."""
    match a, b:
        case ScaledTy(), ScaledTy():
            return a.unit == b.unit and a.scale == b.scale
        case EnumTy(), EnumTy():
            return a == b
        case _:
            return False


def fits(ty: Ty, into: Ty) -> bool:
    """Say whether a value of one type may stand where another is expected; ranges don't count here."""
    match ty, into:
        case OptTy(a), OptTy(b):
            return fits(a, b)
        case _, OptTy(b):
            return fits(ty, b)
        case ScaledTy(), ScaledTy():
            return same_kind(ty, into)
        case ListTy(a), ListTy(b):
            return fits(a, b)
        case StructTy(left), StructTy(right):
            return len(left) == len(right) and all(
                n == m and fits(a, b) for (n, a), (m, b) in zip(left, right, strict=True)
            )
        case _:
            return ty == into


def value_fits(value: Value, ty: Ty) -> bool:
    """Say whether a run-time value is one of the type, its range included."""
    match ty:
        case OptTy(inner):
            return value is None or value_fits(value, inner)
        case BoolTy():
            return isinstance(value, bool)
        case TextTy():
            return isinstance(value, str)
        case ScaledTy(_, _, lo, hi):
            return isinstance(value, int) and not isinstance(value, bool) and lo <= value <= hi
        case EnumTy(_, members, _):
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(members)
        case RecordTy(name):
            return isinstance(value, TypedRecord) and value.record == name
        case ListTy(item):
            return isinstance(value, tuple) and all(value_fits(v, item) for v in value)
        case StructTy(fields):
            return (
                isinstance(value, tuple)
                and len(value) == len(fields)
                and all(value_fits(v, t) for v, (_, t) in zip(value, fields, strict=True))
            )
        case _:
            assert_never(ty)
