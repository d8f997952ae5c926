"""The plainest valid record: defaults, missing, nothing, no, today; with some fields given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias, assert_never

from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import DATE, BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.values.data import TypedRecord, Value

Path: TypeAlias = tuple[str, ...]
"""Names of fields from a record inwards: ``("customer", "region")``."""

_NOTHING: Mapping[Path, Value] = MappingProxyType({})


def plain_record(
    record: str, program: Program, today: int, given: Mapping[Path, Value] = _NOTHING
) -> TypedRecord:
    """Return the plainest valid record with the ``given`` fields; whether a fact forbids it was not asked."""
    fields: dict[str, Value] = {}
    for decl in program.records[record].fields:
        inside = {path[1:]: v for path, v in given.items() if path[0] == decl.name}
        if () in inside:
            fields[decl.name] = inside[()]
        elif inside:
            part = decl.ty.inner if isinstance(decl.ty, OptTy) else decl.ty
            assert isinstance(part, RecordTy), f"a path leads through {decl.name}"
            fields[decl.name] = plain_record(part.name, program, today, inside)
        else:
            fields[decl.name] = plain_field(decl, program, today)
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
