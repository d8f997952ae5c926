"""A program in which what is known to be equal on both sides is a free value: a smaller question for z3.

A definition that two programs, or two records, compute alike becomes a field that may hold any value of its
type. That none is found for which the smaller ones differ means that none is for which the whole ones do; a
record that is found proves nothing, for its values may be out of reach.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Expr, Get, Ref, Var, walk
from kamflow.core.program import FieldDecl, Program, reached
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


def untouched(program: Program, root: Expr, driver: Get | Ref) -> frozenset[DefKey]:
    """Return the definitions behind an expression that do not rest on a driver: they stay when it moves."""
    bodies = {k: list(walk(program.defs[k].body)) for k in _keys(program, root)}
    moved = {k for k, nodes in bodies.items() if any(_is_driver(n, driver) for n in nodes)}
    if isinstance(driver, Ref):
        moved.add(driver.key)
    while True:
        more = {
            k
            for k, nodes in bodies.items()
            if k not in moved and any(isinstance(n, Ref) and n.key in moved for n in nodes)
        }
        if not more:
            return frozenset(bodies.keys() - moved)
        moved |= more


def _keys(program: Program, root: Expr) -> frozenset[DefKey]:
    found = reached(program, [root], populations=True)
    return frozenset(n.key for e in found for n in walk(e) if isinstance(n, Ref))


def _is_driver(node: Expr, driver: Get | Ref) -> bool:
    """Say whether a node may read the driver: it has its name, on whatever record of its kind."""
    match node, driver:
        case (Ref(), Ref()):
            return node.key == driver.key
        case (Get(), Get()):
            return node.name == driver.name and strip_opt(node.record.ty) == strip_opt(driver.record.ty)
        case _:
            return False
