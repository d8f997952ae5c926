"""Adversarial raw records for a checked program: edges, the policy's own literals, gaps, month ends."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from kamflow.core.expr import Lit, walk
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import BoolTy, EnumTy, ListTy, RecordTy, ScaledTy, TextTy, UnitKind, strip_opt
from kamflow.values.decimals import show_scaled
from tests.differential.gen_expr import TEXTS

_DAYS = tuple(
    date(*d).toordinal()
    for d in ((2024, 2, 29), (2024, 2, 28), (2023, 2, 28), (2024, 3, 31), (2024, 1, 31), (2025, 3, 1),
              (2000, 2, 29), (1900, 3, 1), (2100, 2, 28), (2023, 12, 31), (2024, 12, 31), (2024, 8, 31))
)  # fmt: skip


class RecordGen:
    def __init__(self, seed: int, program: Program, days: tuple[int, ...]) -> None:
        self.r = random.Random(seed)
        self.program, self.days = program, days
        self.literals = _literals(program)
        self.plain = True

    def record(self, name: str) -> dict[str, object]:
        decl = self.program.records[name]
        if name == "deal":  # as most callers write: what is read without intake
            self.plain = self.r.random() < 0.6
        # some records are gaps almost everywhere, some are full
        gaps = self.r.choice((0.0, 0.1, 0.25, 0.5, 0.9))
        out: dict[str, object] = {}
        for f in decl.fields:
            loose = f.has_default or strip_opt(f.ty) is not f.ty
            if loose and self.r.random() < gaps:
                if self.r.random() < 0.5:
                    out[f.name] = None
                continue
            out[f.name] = self.value(f)
        if self.r.random() < 0.02:
            self._spoil(out, decl)
        return out

    def value(self, f: FieldDecl) -> object:
        ty = strip_opt(f.ty)
        match ty:
            case BoolTy():
                return self.r.random() < 0.5
            case TextTy():
                return self.r.choice(TEXTS[:5] if self.plain else TEXTS)
            case EnumTy(_, members, _):
                return self.r.choice(members)
            case RecordTy(name):
                return self.record(name)
            case ListTy(RecordTy(name)):
                count = self.r.choice((0, 0, 1, 2, 3, 3, f.max_items if f.max_items < 100 else 20))
                if count < 4:
                    return [self.record(name) for _ in range(count)]
                few = [self.record(name) for _ in range(3)]
                return [self.r.choice(few) for _ in range(count)]
            case ScaledTy():
                return self.raw(self.amount(ty), ty)
            case _:
                raise AssertionError(f"no raw value of {ty}")

    def amount(self, ty: ScaledTy) -> int:
        r = self.r
        if ty.unit.kind is UnitKind.DATE:
            base = r.choice((*_DAYS, *self.days, *self.days, *self._same(ty), ty.lo, ty.hi))
            value = base + r.choice((0, 0, 0, 1, -1, 30, -30, -31, -90))
        else:
            one = 10**ty.scale
            same = self._same(ty)
            base = r.choice((0, one, ty.lo, ty.hi, r.randint(ty.lo, ty.hi), r.randint(-9, 200), *same, *same))
            value = base + r.choice((0, 0, 0, 1, -1, one, -one))
        return max(ty.lo, min(ty.hi, value))

    def _same(self, ty: ScaledTy) -> list[int]:
        """The policy's own constants of this unit, in the field's scale."""
        found = self.literals.get((ty.unit.kind, ty.unit.currency), [])
        return [v * 10**ty.scale // 10**s for v, s in found]

    def raw(self, value: int, ty: ScaledTy) -> object:
        """Write an amount in one of the forms that a caller may use."""
        kind, scale = ty.unit.kind, ty.scale
        if kind is UnitKind.DATE:
            day = date.fromordinal(value)
            return day.isoformat() if self.plain or self.r.random() < 0.9 else day
        whole = value % 10**scale == 0
        form = self.r.random()
        if whole and form < 0.5:
            return value // 10**scale
        if (form < 0.8 or self.plain) and abs(value) < 10**15:
            return value / 10**scale
        text = show_scaled(value, scale)
        if form < 0.9:
            return Decimal(text)
        if kind is UnitKind.PERCENT and self.r.random() < 0.5:
            return f"{text}%"
        return f"{text} {ty.unit.currency}" if ty.unit.currency and self.r.random() < 0.5 else text

    def _spoil(self, out: dict[str, object], decl: RecordDecl) -> None:
        """Make the record invalid: nothing but a rejection may come of it."""
        f = self.r.choice(decl.fields)
        ty = strip_opt(f.ty)
        bad: list[object] = [object, [], "?", float("nan"), {"a": 1}]
        if isinstance(ty, ScaledTy) and ty.unit.kind is not UnitKind.DATE:
            over = self.r.choice((ty.lo - 1, ty.hi + 1))
            bad += [show_scaled(over, ty.scale), show_scaled(over, ty.scale), over / 10**ty.scale]
        out[f.name] = self.r.choice(bad)


def _literals(program: Program) -> dict[tuple[UnitKind, str], list[tuple[int, int]]]:
    out: dict[tuple[UnitKind, str], list[tuple[int, int]]] = {}
    found = [(n.value, n.ty) for d in program.defs.values() for n in walk(d.body) if isinstance(n, Lit)]
    found += [(v, p.ty) for p in program.params.values() for _, v in p.versions]
    for value, ty in found:
        bare = strip_opt(ty)
        if isinstance(bare, ScaledTy) and isinstance(value, int):
            out.setdefault((bare.unit.kind, bare.unit.currency), []).append((value, bare.scale))
    return out
