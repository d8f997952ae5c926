"""Records tried at random before a search: an exception that is ever used is mostly met within a few hundred.

The dice are fixed, so that the same program gets the same records. What is not met here is asked of z3.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from kamflow.core.expr import Expr, Get, Lit, walk
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
from kamflow.engines.interp import Interpreter
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided

_TRIES = 300
_AGO = (0, 1, 7, 30, 31, 60, 90, 91, 180, 200, 365, 400, 1_000)


def met(program: Program, record: str, days: Days, cond: Expr, tries: int = _TRIES) -> bool:
    """Say whether a valid record was met for which a condition holds; False says nothing."""
    facts = [f.cond for f in program.impossible if f.record == record]
    dice = _Dice(program, days.first, {n.name for e in reached(program, (cond, *facts)) for n in _gets(e)})
    interpreter = Interpreter(program, days.first)
    for _ in range(tries):
        one = dice.record(record)
        try:
            if interpreter.evaluate(cond, one) is True and not any(
                interpreter.evaluate(f, one) for f in facts
            ):
                return True
        except Undecided:
            continue
    return False


def _gets(e: Expr) -> Iterator[Get]:
    return (n for n in walk(e) if isinstance(n, Get))


class _Dice:
    """Throws records: fields that are read are plain, or near something that the policies name."""

    def __init__(self, program: Program, today: int, read: set[str]) -> None:
        self._program, self._today, self._read = program, today, read
        self._dice = random.Random(0)
        self._named: dict[Unit, list[tuple[int, int]]] = {}
        self._texts = [""]
        lits = [(n.value, n.ty) for d in program.defs.values() for n in walk(d.body) if isinstance(n, Lit)]
        lits += [(p.value_on(today), p.ty) for p in program.params.values()]
        for value, ty in dict.fromkeys(lits):
            inner = strip_opt(ty)
            if isinstance(value, str):
                self._texts.append(value)
            elif isinstance(inner, ScaledTy) and isinstance(value, int):
                self._named.setdefault(inner.unit, []).append((value, inner.scale))

    def record(self, name: str) -> TypedRecord:
        fields = {d.name: self._field(d) for d in self._program.records[name].fields}
        return TypedRecord(name, fields)

    def _field(self, decl: FieldDecl) -> Value:
        nested = isinstance(strip_opt(decl.ty), RecordTy)
        if not nested and (decl.name not in self._read or self._dice.random() < 0.3):
            return plain_field(decl, self._program, self._today)
        return self._value(decl.ty, decl)

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
            named = [v * 10**ty.scale // 10**s for v, s in self._named.get(ty.unit, [(0, 0)])]
            value = dice.choice((ty.lo, ty.hi, *named)) + dice.choice((0, 0, 1, -1)) * 10**ty.scale
        return max(ty.lo, min(ty.hi, value))
