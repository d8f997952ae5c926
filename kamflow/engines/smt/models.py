"""Whole records from a model: fields that were never read have the plainest valid value."""

from __future__ import annotations

from typing import assert_never

from kamflow.core.plain import plain_field
from kamflow.core.program import Program
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.engines.smt.shapes import Items, Opt, Rec, Sym, Unknown
from kamflow.engines.smt.solve import Question
from kamflow.values.data import TypedRecord, Value


class Reader:
    """Reads one model. A record is read once, so that its parts keep their identity."""

    def __init__(self, question: Question) -> None:
        self._q = question
        self.today = int(question.read(question.world.today))

    def record(self, rec: Rec, program: Program) -> TypedRecord:
        """Return a complete, valid record."""
        fields: dict[str, Value] = {}
        for decl in program.records[rec.record].fields:
            known = rec.fields.get(decl.name)
            if known is None and rec.source is not None and decl.name in rec.source.fields:
                known = self._q.world.field(rec, decl.name, program)
            if known is None:
                fields[decl.name] = plain_field(decl, program, self.today)
            else:
                fields[decl.name] = self.value(known, decl.ty, program)
        stated = {**rec.given, **rec.free}
        types = {k.name: d.ty for k, d in program.defs.items() if k.record == rec.record}
        given = {name: self.value(sym, types[name], program) for name, sym in stated.items()}
        return TypedRecord(rec.record, fields, given)

    def value(self, sym: Sym, ty: Ty, program: Program) -> Value:
        """Return what a shape of a type stands for."""
        if isinstance(sym, Opt):
            return self.value(sym.value, ty, program) if self._q.read(sym.present) else None
        match ty:
            case OptTy(inner):
                return self.value(sym, inner, program)
            case RecordTy():
                assert isinstance(sym, Rec), "a record is a record"
                return self.record(sym, program)
            case ListTy():
                return self._list(sym, program)
            case TextTy():
                return self._q.world.texts.text(int(self._q.read(sym)))
            case BoolTy() | ScaledTy() | EnumTy():
                return self._q.read(sym)
            case StructTy():
                raise AssertionError("no field has several outputs")
            case _:
                assert_never(ty)

    def _list(self, sym: Sym, program: Program) -> Value:
        if isinstance(sym, Unknown):
            return ()
        assert isinstance(sym, Items), "a field's list is of records"
        count = int(self._q.read(sym.count))
        return tuple(self.record(item, program) for item in sym.items[:count])
