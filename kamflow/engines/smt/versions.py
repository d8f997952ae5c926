"""One record as two programs see it: fields of one name are one value, in whatever type each declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kamflow.base.text import Text
from kamflow.core.expr import Expr
from kamflow.core.program import Program
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, TextTy, Ty, strip_opt
from kamflow.engines.smt.asked import Side, side_of
from kamflow.engines.smt.encode import Encoder
from kamflow.engines.smt.search import Search
from kamflow.engines.smt.shapes import Items, NotAskedError, Opt, Rec, Sym, Unknown, as_opt, equal
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import World
from kamflow.values.data import Value


def two_programs(
    search: Search,
    world: World,
    new: Program,
    pairs: Sequence[tuple[Expr, Expr]],
    conds: Sequence[Expr],
    new_conds: Sequence[Expr],
    new_params: Mapping[str, Value] | None,
) -> tuple[Side, ...]:
    """Assert that one record has two different values for one of the pairs."""
    t = world.t
    old = side_of(search, world)
    seen = _Seen(world, search.program, new)
    late = Side(Encoder(world, new, new_params), seen.record(old.rec))
    old.require(conds)
    late.require(new_conds)
    differ: list[Term] = []
    for left, right in pairs:
        a, a_decided = old.encoder.value(left, old.rec)
        b, b_decided = late.encoder.value(right, late.rec)
        differ.append(t.and_((a_decided, b_decided, t.not_(alike(world, a, left.ty, b, right.ty)))))
    if pairs:
        t.require(t.or_(differ))
    return old, late


@dataclass(frozen=True, slots=True)
class _Seen:
    """Records of the old program as the new one reads them."""

    world: World
    old: Program
    new: Program

    def record(self, rec: Rec) -> Rec:
        made = Rec(rec.record, rec.path, source=rec, like=lambda name: self._field(rec, name))
        was, now = self.old.records.get(rec.record), self.new.records.get(rec.record)
        if was is None or now is None:
            raise NotAskedError(
                Text(f"only one version has the record {rec.record}", f"只有一个版本有记录“{rec.record}”")
            )
        for decl in now.fields:  # what is said about them must stand before z3 is asked
            before = was.field(decl.name)
            if before is not None and (before.ty != decl.ty or isinstance(strip_opt(decl.ty), RecordTy)):
                self.world.field(made, decl.name, self.new)
        return made

    def _field(self, rec: Rec, name: str) -> Sym | None:
        """Return a field's value of the old record; None where it has no such field."""
        decl, was = self.new.records[rec.record].field(name), self.old.records[rec.record].field(name)
        if decl is None or was is None:
            return None
        source = self.world.field(rec, name, self.old)
        if decl.ty == was.ty:
            return self._wrapped(source)
        if isinstance(strip_opt(decl.ty), RecordTy | ListTy) or isinstance(
            strip_opt(was.ty), RecordTy | ListTy
        ):
            raise NotAskedError(Text(f"`{name}` changed its form", f"“{name}”的结构有变化"))
        made = self.world.unknown(decl.ty, (*rec.path, name), decl)
        self.world.t.require(alike(self.world, source, was.ty, made, decl.ty))
        return made

    def _wrapped(self, source: Sym) -> Sym:
        match source:
            case Rec():
                return self.record(source)
            case Opt(present, Rec() as part):
                return Opt(present, self.record(part))
            case Items(count, items):
                return Items(count, tuple(self.record(i) for i in items))
            case Unknown() | _:
                return source


def alike(world: World, a: Sym, before: Ty, b: Sym, after: Ty) -> Term:
    """Say that a value of one type is the same as one of another: amounts by size, members by name."""
    t = world.t
    if before == after:
        return equal(t, a, b)
    if isinstance(before, OptTy) or isinstance(after, OptTy):
        x, y = as_opt(a), as_opt(b)
        inner = alike(world, x.value, strip_opt(before), y.value, strip_opt(after))
        neither = t.and_((t.not_(x.present), t.not_(y.present)))
        return t.or_((neither, t.and_((x.present, y.present, inner))))
    match before, after:
        case (ScaledTy(unit, scale), ScaledTy(unit2, scale2)) if unit == unit2:
            up, down = 10 ** max(0, scale2 - scale), 10 ** max(0, scale - scale2)
            return t.eq(t.mul(up, a), t.mul(down, b))
        case (EnumTy(members=was), EnumTy(members=now)):
            both = [(was.index(m), now.index(m)) for m in was if m in now]
            return t.or_(t.and_((t.eq(a, i), t.eq(b, j))) for i, j in both)
        case (BoolTy(), BoolTy()) | (TextTy(), TextTy()) | (ListTy(), ListTy()):
            return equal(t, a, b)
        case _:
            return False
