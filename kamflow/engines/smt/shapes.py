"""What the values of an expression look like as terms: one shape for each kind of type.

| type | shape |
|---|---|
| amount, date, enum position, yes/no | a term |
| text | a term: the number of the text (``world.Texts``) |
| may be missing | ``Opt``; a value that is never missing may stand in its place |
| record | ``Rec`` |
| list of records | ``Items`` (a few entries), ``Unknown`` (any number of them) |
| rows of a ``COLLECT`` table | ``Rows`` |
| other list | ``Seq`` |
| line of several outputs | ``Line`` |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.text import Text
from kamflow.core.ty import BoolTy, OptTy, Ty
from kamflow.engines.smt.terms import Term, Terms


@dataclass(frozen=True, slots=True)
class Opt:
    """``value`` counts where ``present`` holds; elsewhere it is anything."""

    present: Term
    value: Sym


@dataclass(slots=True, eq=False)
class Rec:
    """One record. Fields get their terms when they are first read.

    ``given``: definitions that are stated instead of reckoned; ``free``: population terms, which nobody
    can reckon from one record. Both are stated in the record that is found. ``path`` leads here from the
    root. A record may be ``like`` another, ``source``, in the fields that it does not have itself.
    """

    record: str
    path: tuple[str, ...]
    fields: dict[str, Sym] = field(default_factory=dict)
    given: dict[str, Sym] = field(default_factory=dict)
    free: dict[str, Sym] = field(default_factory=dict)
    source: Rec | None = None
    like: Callable[[str], Sym | None] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The first ``count`` of a few records."""

    count: Term
    items: tuple[Rec, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A list of which nothing is known but how long it may be."""

    record: str
    path: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Rows:
    """For each row of a ``COLLECT`` table whether it applies."""

    applies: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """A list: those of the parts whose condition holds, in order."""

    parts: tuple[tuple[Term, Sym], ...]


@dataclass(frozen=True, slots=True)
class Line:
    parts: tuple[Sym, ...]


Sym: TypeAlias = "Term | Opt | Rec | Items | Unknown | Rows | Seq | Line"


class NotAskedError(Exception):
    """Control flow inside this package: a question that z3 can't be asked. ``why`` is for people."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


LISTS = NotAskedError(
    Text("it compares lists in a way that is not supported", "其中对列表的比较方式尚不支持")
)


def nothing(ty: Ty) -> Sym:
    """Return a missing value of an optional type."""
    inner = ty.inner if isinstance(ty, OptTy) else ty
    return Opt(False, False if isinstance(inner, BoolTy) else 0)


def as_opt(a: Sym) -> Opt:
    return a if isinstance(a, Opt) else Opt(True, a)


def merge(t: Terms, cond: Term, a: Sym, b: Sym) -> Sym:
    """Return ``a`` where the condition holds, else ``b``."""
    if isinstance(cond, bool):
        return a if cond else b
    if a is b:
        return a
    match a, b:
        case (Opt(), _) | (_, Opt()):
            x, y = as_opt(a), as_opt(b)
            present = t.ite(cond, x.present, y.present)
            if x.present is False or y.present is False:  # the other side's value will do
                return Opt(present, y.value if x.present is False else x.value)
            return Opt(present, merge(t, cond, x.value, y.value))
        case Rows(left), Rows(right):
            return Rows(tuple(t.ite(cond, p, q) for p, q in zip(left, right, strict=True)))
        case Line(left), Line(right):
            return Line(tuple(merge(t, cond, p, q) for p, q in zip(left, right, strict=True)))
        case Seq(left), Seq(right):
            kept = tuple((t.and_((cond, g)), p) for g, p in left)
            return Seq(kept + tuple((t.and_((t.not_(cond), g)), p) for g, p in right))
        case (Rec() | Items() | Unknown() | Seq() | Rows() | Line(), _) | (
            _,
            Rec() | Items() | Unknown() | Seq() | Rows() | Line(),
        ):
            raise LISTS
        case _:
            return t.ite(cond, a, b)


def equal(t: Terms, a: Sym, b: Sym) -> Term:
    """Say whether two values of one type are the same; missing is the same as missing."""
    match a, b:
        case (Opt(), _) | (_, Opt()):
            x, y = as_opt(a), as_opt(b)
            both = t.and_((x.present, y.present))
            neither = t.and_((t.not_(x.present), t.not_(y.present)))
            return t.or_((neither, t.and_((both, False if both is False else equal(t, x.value, y.value)))))
        case Rows(left), Rows(right):
            return t.and_(t.same(p, q) for p, q in zip(left, right, strict=True))
        case Line(left), Line(right):
            return t.and_(equal(t, p, q) for p, q in zip(left, right, strict=True))
        case Seq(), Seq():
            return _equal_lists(t, a, b)
        case (Rec() | Items() | Unknown() | Seq() | Rows() | Line(), _) | (
            _,
            Rec() | Items() | Unknown() | Seq() | Rows() | Line(),
        ):
            if a is b:
                return True
            raise LISTS
        case _:
            return t.same(a, b) if is_bool(a) or is_bool(b) else t.eq(a, b)


def is_bool(a: Term) -> bool:
    return isinstance(a, bool) or (not isinstance(a, int) and bool(a.sort().name() == "Bool"))


def _equal_lists(t: Terms, a: Seq, b: Seq) -> Term:
    """Compare what is left of both lists from each pair of places on."""
    ends = [t.and_(t.not_(g) for g, _ in b.parts[j:]) for j in range(len(b.parts) + 1)]
    below = ends
    for i in range(len(a.parts) - 1, -1, -1):
        guard, part = a.parts[i]
        row: list[Term] = [t.and_((t.not_(guard), below[len(b.parts)]))]
        for j in range(len(b.parts) - 1, -1, -1):
            other_guard, other = b.parts[j]
            both = t.and_((equal(t, part, other), below[j + 1]))
            rest = t.ite(other_guard, both, row[0])
            row.insert(0, t.name("lists", t.ite(guard, rest, below[j])))
        below = row
    return below[0]
