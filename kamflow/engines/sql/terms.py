"""SQL expressions together with what is known of their values.

A term's range holds for *every* line, also where the expression is not reached: the checker's ranges rest
on guards (``x`` is at most 100 *because* a condition said so), but SQL may evaluate what is behind a guard
for all lines. What can't be within its range there is NULL, and NULL is passed on: nothing can fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from sqlglot import exp

from kamflow.core.columns import Physical, physical_of
from kamflow.core.ty import INT64, INT128, BoolTy, EnumTy, ScaledTy, TextTy, Ty, strip_opt

INT32 = 2**31 - 1
NO_TYPE = 0


class Sort(StrEnum):
    INT = "int"
    BOOL = "bool"
    TEXT = "text"
    LIST = "list"


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """``lo`` … ``width`` are about integers; the width of a literal is that of whatever it stands beside.

    ``size`` counts nodes of SQL, ``depth`` their levels. ``const``: the value of a literal that isn't NULL.
    """

    sql: exp.Expr
    sort: Sort
    nullable: bool
    lo: int = 0
    hi: int = 0
    width: int = NO_TYPE
    size: int = 1
    depth: int = 1
    const: int | bool | str | None = None

    @property
    def is_atom(self) -> bool:
        return self.size == 1

    def between(self, lo: int, hi: int) -> Term:
        """Return it with a range that is known otherwise."""
        return self if self.const is not None else replace(self, lo=lo, hi=hi)

    def node(self) -> exp.Expr:
        """Return the expression for a place in a tree; a node can stand in one place only."""
        return self.sql if self.sql.parent is None else self.sql.copy()

    def operand(self) -> exp.Expr:
        """Return it as part of a larger expression: in parentheses where they could be needed."""
        node = self.node()
        if isinstance(node, exp.Binary | exp.Unary | exp.Between | exp.In) and not isinstance(
            node, exp.Paren
        ):
            return exp.Paren(this=node)
        return node


NUMBER = Term(exp.Null(), Sort.INT, nullable=False, lo=0, hi=2**62, width=64)
"""What a column of numbers of lines is like."""


class TooWideError(Exception):
    """An amount may need more than 128 bits where its expression is not reached."""


def width_of(lo: int, hi: int) -> int:
    """Return the bits that arithmetic within a range is done in."""
    most = max(hi, -lo)
    if most <= INT32:
        return 32
    if most <= INT64:
        return 64
    if most <= INT128:
        return 128
    raise TooWideError


def narrowest(lo: int, hi: int) -> int:
    """Return the bits of the smallest type that holds a range."""
    most = max(hi, -lo - 1)
    return next((bits for bits in (8, 16, 32, 64) if most < 2 ** (bits - 1)), 128)


_PHYSICAL = {
    8: Physical.INT8,
    16: Physical.INT16,
    32: Physical.INT32,
    64: Physical.INT64,
    128: Physical.INT128,
}
_BITS = {physical: bits for bits, physical in _PHYSICAL.items()}


def physical_int(bits: int) -> Physical:
    return _PHYSICAL[bits]


def literal_int(value: int) -> Term:
    digits: exp.Expr = exp.Literal.number(abs(value))
    if value < 0:
        digits = exp.Paren(this=exp.Neg(this=digits))
    return Term(digits, Sort.INT, nullable=False, lo=value, hi=value, const=value)


def literal_bool(value: bool) -> Term:
    return Term(exp.true() if value else exp.false(), Sort.BOOL, nullable=False, const=value)


def literal_text(value: str) -> Term:
    return Term(exp.Literal.string(value), Sort.TEXT, nullable=False, const=value)


def column(name: str, like: Term) -> Term:
    """Return a column that holds what another term is."""
    return replace(
        like, sql=_named(name), size=1, depth=1, const=None, width=like.width or _literal_width(like)
    )


def _literal_width(t: Term) -> int:
    return width_of(t.lo, t.hi) if t.sort is Sort.INT else NO_TYPE


def column_of(name: str, ty: Ty, *, nullable: bool, physical: Physical | None = None) -> Term:
    """Return a column of a table of the layout."""
    physical = physical_of(ty) if physical is None else physical
    if physical is Physical.BOOL:
        return Term(_named(name), Sort.BOOL, nullable)
    if physical is Physical.TEXT:
        return Term(_named(name), Sort.TEXT, nullable)
    lo, hi = range_of(ty)
    return Term(_named(name), Sort.INT, nullable, lo, hi, _BITS[physical])


def _named(name: str) -> exp.Expr:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def range_of(ty: Ty) -> tuple[int, int]:
    """Return the least and the greatest integer of a type; (0, 0) of others."""
    match strip_opt(ty):
        case ScaledTy(_, _, lo, hi):
            return lo, hi
        case EnumTy(_, members, _):
            return 0, len(members) - 1
        case _:
            return 0, 0


def sort_of(ty: Ty) -> Sort:
    match strip_opt(ty):
        case BoolTy():
            return Sort.BOOL
        case TextTy():
            return Sort.TEXT
        case ScaledTy() | EnumTy():
            return Sort.INT
        case _:
            return Sort.LIST
