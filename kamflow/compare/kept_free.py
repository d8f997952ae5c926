"""Two programs in which what is known to be equal is a free value: a smaller question for z3.

A definition that both programs compute alike becomes a field that may hold any value of its type. No record
for which the smaller programs differ means none for which the whole ones do; a record that is found proves
nothing, for its values may be out of reach.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Get, Var
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import BoolTy, EnumTy, RecordTy, ScaledTy, TextTy, strip_opt


def kept_free(program: Program, equal: Collection[DefKey]) -> Program:
    """Return the program with fields in place of definitions; those that are no plain values stay."""
    defs = dict(program.defs)
    fields: dict[str, list[FieldDecl]] = {}
    for key in equal:
        d = defs.get(key)
        if d is None or not isinstance(strip_opt(d.ty), BoolTy | EnumTy | ScaledTy | TextTy):
            continue
        name = f"{key.name}?"  # no field of a policy is called so
        subject = Var("self", RecordTy(key.record), NOWHERE)
        defs[key] = replace(d, body=Get(subject, name, d.ty, NOWHERE))
        fields.setdefault(key.record, []).append(FieldDecl(name, d.ty))
    records = {
        name: replace(r, fields=(*r.fields, *fields.get(name, ()))) for name, r in program.records.items()
    }
    return replace(program, defs=defs, records=records)
