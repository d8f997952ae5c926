"""Records thrown for a question: a field that it reads is plain, or near something that it names.

The dice are fixed, so that the same question gets the same records.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from kamflow.core.expr import Expr, Get, Lit, Param, walk
from kamflow.core.plain import plain_field
from kamflow.core.program import FieldDecl, Program, reached
from kamflow.core.ty import (
    DATE,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    TextTy,
    Ty,
    Unit,
    strip_opt,
)
from kamflow.values.data import TypedRecord, Value

FieldOf: TypeAlias = tuple[str, str]
"""A kind of record, and the name of one of its fields."""

_AGO = (0, 1, 7, 30, 31, 60, 90, 91, 180, 200, 365, 400, 1_000)
_PLAIN = 0.3
"""So many of the fields that are read keep their plainest value."""


def fields_read(program: Program, roots: Sequence[Expr]) -> frozenset[FieldOf]:
    """Return the fields that expressions read, themselves or through definitions."""
    found: set[FieldOf] = set()
    for node in (n for e in reached(program, roots, populations=True) for n in walk(e)):
        if isinstance(node, Get):
            owner = strip_opt(node.record.ty)
            assert isinstance(owner, RecordTy), "a field is of a record"
            found.add((owner.name, node.name))
    return frozenset(found)


class Dice:
    """Throws records: fields that the question reads are plain, or near something that it names.

    What other policies name is left out: among the numbers of all of them the right ones are rare.
    """

    def __init__(self, program: Program, today: int, question: Sequence[Expr]) -> None:
        self._program, self._today = program, today
        self._dice = random.Random(0)
        self._named: dict[Unit, list[tuple[int, int]]] = {}
        self._texts = [""]
        self._read = fields_read(program, question)
        self._fields: dict[str, tuple[dict[str, Value], list[FieldDecl]]] = {}
        self._amounts: dict[ScaledTy, list[int]] = {}
        for value, ty in dict.fromkeys(self._values_named(question)):
            inner = strip_opt(ty)
            if isinstance(value, str):
                self._texts.append(value)
            elif isinstance(inner, ScaledTy) and isinstance(value, int):
                self._named.setdefault(inner.unit, []).append((value, inner.scale))

    def _values_named(self, question: Sequence[Expr]) -> Iterator[tuple[Value, Ty]]:
        for node in (n for e in reached(self._program, question, populations=True) for n in walk(e)):
            if isinstance(node, Lit):
                yield node.value, node.ty
            elif isinstance(node, Param):
                decl = self._program.params[node.name]
                yield decl.value_on(self._today), decl.ty

    def record(self, name: str) -> TypedRecord:
        plain, read = self._known(name)
        fields = dict(plain)
        for decl in read:
            if isinstance(strip_opt(decl.ty), RecordTy) or self._dice.random() >= _PLAIN:
                fields[decl.name] = self._value(decl.ty, decl)
        return TypedRecord(name, fields)

    def again(self, one: TypedRecord, read: Collection[FieldOf]) -> TypedRecord:
        """Return a record with some of the fields in ``read`` thrown anew; chance says which, where there
        are several."""
        return self._again(one, read, 0.5 if self._count(one, read) > 1 else 1)

    def _count(self, one: TypedRecord, read: Collection[FieldOf]) -> int:
        inner = (v for v in one.fields.values() if isinstance(v, TypedRecord))
        own = sum((one.record, n) in read and not isinstance(v, TypedRecord) for n, v in one.fields.items())
        return own + sum(self._count(v, read) for v in inner)

    def _again(self, one: TypedRecord, read: Collection[FieldOf], chance: float) -> TypedRecord:
        fields = dict(one.fields)
        for decl in self._known(one.record)[1]:
            inner = fields[decl.name]
            if isinstance(inner, TypedRecord):
                fields[decl.name] = self._again(inner, read, chance)
            elif (one.record, decl.name) in read and self._dice.random() < chance:
                fields[decl.name] = self._value(decl.ty, decl)
        return TypedRecord(one.record, fields)

    def _known(self, name: str) -> tuple[dict[str, Value], list[FieldDecl]]:
        """Return the plainest fields of a record, and those that the question reads."""
        known = self._fields.get(name)
        if known is None:
            decls = self._program.records[name].fields
            plain = {d.name: plain_field(d, self._program, self._today) for d in decls}
            known = plain, [d for d in decls if (name, d.name) in self._read]
            self._fields[name] = known
        return known

    def _value(self, ty: Ty, decl: FieldDecl) -> Value:
        dice = self._dice
        match ty:
            case OptTy(inner):
                return None if dice.random() < 0.2 else self._value(inner, decl)
            case BoolTy():
                return dice.random() < 0.5
            case EnumTy(_, members, _):
                return dice.randrange(len(members))
            case TextTy():
                return dice.choice(self._texts)
            case ScaledTy():
                return self._amount(ty)
            case RecordTy(name):
                return self.record(name)
            case ListTy(RecordTy(name)):
                return tuple(self.record(name) for _ in range(min(decl.max_items, dice.randrange(3))))
            case _:
                return plain_field(decl, self._program, self._today)

    def _amount(self, ty: ScaledTy) -> int:
        dice = self._dice
        if ty.unit == DATE:
            value = self._today - dice.choice(_AGO)
        else:
            value = dice.choice(self._near(ty)) + dice.choice((0, 0, 1, -1)) * 10**ty.scale
        return max(ty.lo, min(ty.hi, value))

    def _near(self, ty: ScaledTy) -> list[int]:
        """Return the ends of a type and what the question names of its unit."""
        known = self._amounts.get(ty)
        if known is None:
            named = [v * 10**ty.scale // 10**s for v, s in self._named.get(ty.unit, [(0, 0)])]
            known = self._amounts[ty] = [ty.lo, ty.hi, *named]
        return known
