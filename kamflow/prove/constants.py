"""The values of expressions that read no record, and records that hold no more than was asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kamflow.core.expr import Apply, DivRound, Expr, Get, If, ListOf, Lit, Param, Var, walk
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import (
    FIRST_DATE,
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
from kamflow.engines.interp import Interpreter
from kamflow.prove.intervals import Days
from kamflow.tables.grid import Constant
from kamflow.values.data import TypedRecord, Value

_NEUTRAL = Lit | Param | Apply | DivRound | If | ListOf
_NOBODY = TypedRecord("", {})
_TODAY = 739_252  # 2025-01-01, a day in the middle of a policy's life

Path = tuple[str, ...]
"""Names of fields from the subject: ``("customer", "region")``."""


def constants(program: Program, day: int) -> Constant:
    """Return a function that gives the value of an expression on a day, None where it reads more."""
    interpreter = Interpreter(program, day)

    def ask(e: Expr) -> Value:
        if not all(isinstance(n, _NEUTRAL) for n in walk(e)):
            return None
        return interpreter.evaluate(e, _NOBODY)

    return ask


def field_path(e: Expr) -> Path | None:
    """Return the path of a field of the subject, None for anything computed."""
    match e:
        case Get(Var("self"), name):
            return (name,)
        case Get(record, name):
            owner = field_path(record)
            return None if owner is None else (*owner, name)
        case _:
            return None


def a_day(days: Days) -> int:
    """Return a day of an interval that a reader would think of."""
    if days.first >= FIRST_DATE:
        return days.first
    return min(days.last, max(days.first, _TODAY))


@dataclass(frozen=True, slots=True)
class PlainRecords:
    """Makes valid records with the given fields, everything else as plain as the types allow."""

    program: Program
    day: int

    def make(self, record: str, fields: Mapping[Path, Value]) -> TypedRecord:
        decl = self.program.records[record]
        return TypedRecord(record, {f.name: self._field(f, fields) for f in decl.fields})

    def _field(self, decl: FieldDecl, fields: Mapping[Path, Value]) -> Value:
        if (decl.name,) in fields:
            return fields[decl.name,]
        inside = {path[1:]: v for path, v in fields.items() if path[0] == decl.name}
        if inside:
            inner = decl.ty.inner if isinstance(decl.ty, OptTy) else decl.ty
            assert isinstance(inner, RecordTy)
            return self.make(inner.name, inside)
        return decl.default if decl.has_default else self.plain(decl.ty)

    def plain(self, ty: Ty) -> Value:
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
                return min(max(self.day if unit.kind is UnitKind.DATE else 0, lo), hi)
            case ListTy() | StructTy():
                return ()
            case RecordTy(name):
                return self.make(name, {})
