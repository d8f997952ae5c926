"""What a question is about: the day, the records with their fields as unknowns, the texts that have a name.

Assumes: records of a checked program. Leaves: a term for each field that is read, within its type's range.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never

from kamflow.base.text import Text
from kamflow.core.expr import DefKey, PopTerm
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import (
    FIRST_DATE,
    LAST_DATE,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    strip_opt,
)
from kamflow.engines.smt.civil import Calendar
from kamflow.engines.smt.shapes import Items, NotAskedError, Opt, Rec, Sym, Unknown
from kamflow.engines.smt.terms import Term, Terms
from kamflow.values.data import TypedRecord, Value

MOST_NODES = 400_000
"""So many nodes of the core go into one question."""

TOO_LARGE = NotAskedError(
    Text("it rests on too much for one question", "所依据的内容过多，超出单次求解的规模")
)


class Lists(Enum):
    """How child lists are seen: ``ANY`` for proofs (aggregates are free), ``NONE`` (all of them empty) and
    ``FEW`` to show an example."""

    ANY = auto()
    NONE = auto()
    FEW = auto()


ENTRIES = 2
"""So many entries has a list of which an example is wanted."""


class Texts:
    """Numbers for texts: those that were named, then all others."""

    def __init__(self) -> None:
        self.named: dict[str, int] = {}

    def code(self, text: str) -> int:
        return self.named.setdefault(text, len(self.named))

    def text(self, code: int) -> str:
        """Return a text for a number; one beyond the named ones is none of them."""
        if code < len(self.named):
            return list(self.named)[code]
        made = f"text {code - len(self.named) + 1}"
        while made in self.named:
            made += "'"
        return made


@dataclass(frozen=True, slots=True)
class Leaf:
    """One unknown value of a record, in the order in which they were read."""

    path: tuple[str, ...]
    decl: FieldDecl
    ty: Ty
    value: Sym


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A record's standing in a population, as far as it is known."""

    term: PopTerm
    key: DefKey
    counts: Term
    measure: Sym
    group: Sym
    value: Sym


@dataclass(eq=False)
class World:
    """Everything that all parts of a question share."""

    first: int
    last: int
    lists: Lists
    t: Terms = field(default_factory=Terms)
    texts: Texts = field(default_factory=Texts)
    leaves: list[Leaf] = field(default_factory=list)
    guesses: bool = False
    """Whether a value was left free that in truth follows from a list."""
    nodes: int = 0
    shared_values: dict[object, Sym] = field(default_factory=dict)
    standings: list[Standing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.calendar = Calendar(self.t)
        first, last = max(self.first, FIRST_DATE), min(self.last, LAST_DATE)
        self.today: Term = self.t.fresh_int("today", first, max(first, last))

    def spend(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise TOO_LARGE

    # ---- records

    def field(self, rec: Rec, name: str, program: Program) -> Sym:
        """Return the terms of a field, new ones where it was not read before."""
        known = rec.fields.get(name)
        if known is None and rec.like is not None:
            known = rec.like(name)
            if known is not None:
                rec.fields[name] = known
        if known is None:
            decl = program.records[rec.record].field(name)
            assert decl is not None, f"`{name}` asked of a {rec.record}"
            path = (*rec.path, name)
            known = self.unknown(decl.ty, path, decl)
            rec.fields[name] = known
            if not isinstance(strip_opt(decl.ty), RecordTy | ListTy) or isinstance(decl.ty, OptTy):
                self.leaves.append(Leaf(path, decl, decl.ty, known))
        return known

    def unknown(self, ty: Ty, path: tuple[str, ...], decl: FieldDecl | None = None) -> Sym:
        """Return a free value of a type."""
        t, stem = self.t, ".".join(path)
        match ty:
            case BoolTy():
                return t.fresh_bool(stem)
            case ScaledTy(_, _, lo, hi):
                return t.fresh_int(stem, lo, hi)
            case EnumTy(_, members, _):
                return t.fresh_int(stem, 0, len(members) - 1)
            case TextTy():
                return t.fresh_int(stem, 0)
            case OptTy(inner):
                return Opt(t.fresh_bool(f"{stem}?"), self.unknown(inner, path, decl))
            case RecordTy(name):
                return Rec(name, path)
            case ListTy(RecordTy(name)):
                most = 10_000 if decl is None else decl.max_items
                return self._list(name, path, most)
            case ListTy() | StructTy():
                raise NotAskedError(Text("it reads a list of plain values", "其中读取了普通值的列表"))
            case _:
                assert_never(ty)

    def _list(self, record: str, path: tuple[str, ...], most: int) -> Sym:
        if self.lists is Lists.ANY:
            return Unknown(record, path, most)
        if self.lists is Lists.NONE:
            self.guesses = True
            return Items(0, ())
        few = min(ENTRIES, most)
        if most > few:
            self.guesses = True
        count = self.t.fresh_int(".".join(path), 0, few)
        return Items(count, tuple(Rec(record, (*path, str(i))) for i in range(few)))

    # ---- records that are there

    def concrete(self, record: TypedRecord, program: Program, path: tuple[str, ...] = ()) -> Rec:
        """Return a record of known values, its given definitions too."""
        rec = Rec(record.record, path)
        for decl in program.records[record.record].fields:
            if decl.name in record.fields:
                rec.fields[decl.name] = self.constant(
                    record.fields[decl.name], decl.ty, program, (*path, decl.name)
                )
        for name, value in record.given.items():
            ty = next(d.ty for k, d in program.defs.items() if k.record == rec.record and k.name == name)
            rec.given[name] = self.constant(value, ty, program, (*path, name))
        return rec

    def constant(self, value: Value, ty: Ty, program: Program, path: tuple[str, ...] = ()) -> Sym:
        """Return the terms of a known value."""
        inner = strip_opt(ty)
        match value:
            case None:
                empty: Sym = False if isinstance(inner, BoolTy) else 0
                if isinstance(inner, RecordTy):
                    empty = Rec(inner.name, path)
                return Opt(False, empty)
            case bool() | int():
                return value
            case str():
                return self.texts.code(value)
            case TypedRecord():
                return self.concrete(value, program, path)
            case tuple() if isinstance(inner, ListTy) and isinstance(inner.item, RecordTy):
                found = [
                    self.concrete(v, program, (*path, str(i)))
                    for i, v in enumerate(value)
                    if isinstance(v, TypedRecord)
                ]
                return Items(len(found), tuple(found))
            case _:
                raise NotAskedError(Text("it reads a list of plain values", "其中读取了普通值的列表"))
