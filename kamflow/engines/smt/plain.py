"""The plainest valid record: defaults, missing, nothing, no, today. Needs no z3."""

from __future__ import annotations

from typing import assert_never

from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import DATE, BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.values.data import TypedRecord, Value


def plain_record(record: str, program: Program, today: int) -> TypedRecord:
    """Return the plainest valid record; facts that no record has were not asked."""
    fields = {d.name: plain_field(d, program, today) for d in program.records[record].fields}
    return TypedRecord(record, fields)


def plain_field(decl: FieldDecl, program: Program, today: int) -> Value:
    """Return the plainest value that a field may have."""
    return decl.default if decl.has_default else _plainest(decl.ty, program, today)


def _plainest(ty: Ty, program: Program, today: int) -> Value:
    match ty:
        case OptTy():
            return None
        case BoolTy():
            return False
        case TextTy():
            return ""
        case EnumTy():
            return 0
        case ScaledTy(unit, _, lo, hi):
            return max(lo, min(hi, today if unit == DATE else 0))
        case ListTy():
            return ()
        case RecordTy(name):
            return plain_record(name, program, today)
        case StructTy():
            raise AssertionError("no field has several outputs")
        case _:
            assert_never(ty)
