"""Tables whose columns fall into few parts: one look-up by the cell that a record is in, no row is tried.

A column's values fall into parts between the bounds that the rows name; a record is in one part of each, and
what answers there was worked out beforehand. Only conditions that compare columns with constants are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from kamflow.core.expr import Apply, Choose, Expr, Get, Hit, IsPresent, Lit, Op, Param, Ref, Today, Unwrap
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, strip_opt
from kamflow.engines.sql.scope import Scope
from kamflow.engines.sql.terms import Sort, Term, literal_int

if TYPE_CHECKING:
    from kamflow.engines.sql.encode import Encoder

MOST_CELLS = 4096
MOST_WORK = 300_000
MOST_BITS = 7
"""Bits of a cell's place: up to so many a longer table costs less than a sum."""
_ROW, _UNIQUE_ROW, _LOOK_UP, _CELL, _BOUND, _COLUMN = 2.4, 6.0, 6.0, 0.025, 1.8, 1.5
"""About what rows tried one by one and parts found cost, in nanoseconds a record."""

_INTS = (Op.LT, Op.LE, Op.EQ_INT)


@dataclass(slots=True, eq=False)
class _Column:
    """``bounds``: where a part begins, ascending, but the first part."""

    term: Term
    bounds: list[int] = field(default_factory=list)

    @property
    def parts(self) -> int:
        return len(self.bounds) + 1 + self.term.nullable

    def samples(self) -> list[int | bool | None]:
        """Return a value of each part, the missing one last."""
        if self.term.sort is Sort.BOOL:
            values: list[int | bool | None] = [False, True]
        else:
            values = [self.bounds[0] - 1 if self.bounds else self.term.lo, *self.bounds]
        return [*values, None] if self.term.nullable else values


class _OtherwiseError(Exception):
    """A condition that is no comparison of a column with a constant."""


class _UnreachedError(Exception):
    """A value is asked for that is missing: no valid record leads there."""


def by_cells(enc: Encoder, e: Choose, scope: Scope) -> tuple[Term, bool] | None:
    """Return the row, and whether it may be the number after the last; None where this won't pay."""
    found = _Cells(enc, scope)
    try:
        for branch in e.branches:
            found.collect(branch.cond)
        columns = found.columns
        cells = prod(c.parts for c in columns.values())
        if not columns or cells > MOST_CELLS or cells * len(e.branches) > MOST_WORK:
            return None
        if found.cost(cells) > len(e.branches) * (_ROW if e.hit is Hit.FIRST else _UNIQUE_ROW):
            return None
        places = found.places() if enc.b.dialect.by_bits else None
        rows = [found.row(e, dict(zip(columns, values, strict=True)))
                for values in product(*(c.samples() for c in columns.values()))]  # fmt: skip
    except _OtherwiseError:
        return None
    nothing = len(e.branches) + (e.otherwise is not None)
    if len(set(rows)) == 1:
        return literal_int(rows[0]), rows[0] == nothing
    if places is not None:
        size = max(places) + 1
        at = dict(zip(places, rows, strict=True))
        table = [literal_int(at.get(i, nothing)) for i in range(size)]
        first = 1 << max(places).bit_length()
        return enc.b.at(table, found.bits(first), first=first).between(0, nothing), nothing in rows
    table = [literal_int(r) for r in rows]
    return enc.b.at(table, found.index()).between(0, nothing), nothing in rows


class _Cells:
    def __init__(self, enc: Encoder, scope: Scope) -> None:
        self.enc, self.scope = enc, scope
        self.columns: dict[Expr, _Column] = {}

    # ---- what the conditions compare

    def collect(self, cond: Expr) -> None:
        match cond:
            case Lit():
                return
            case Apply(op=Op.AND | Op.OR | Op.NOT | Op.EQ_BOOL, args=args):
                for arg in args:
                    self.collect(arg)
            case Apply(op=op, args=(a, b)) if op in _INTS:
                left, right = self._constant(a), self._constant(b)
                if (left is None) == (right is None):
                    raise _OtherwiseError
                column = self._column(b if right is None else a)
                self._bound(column, op, left, right)
            case IsPresent(arg=arg):
                self._column(arg)
            case _ if isinstance(strip_opt(cond.ty), BoolTy):
                self._column(cond)
            case _:
                raise _OtherwiseError

    def _bound(self, column: _Column, op: Op, left: int | None, right: int | None) -> None:
        """Note where the comparison changes: before ``x < c`` begins to fail, or ``c < x`` to hold."""
        at = left if left is not None else right
        assert at is not None
        if op is Op.EQ_INT:
            new = {at, at + 1}
        elif left is None:
            new = {at if op is Op.LT else at + 1}
        else:
            new = {at + 1 if op is Op.LT else at}
        t = column.term
        column.bounds = sorted({*column.bounds, *(n for n in new if t.lo < n <= t.hi)})

    def _column(self, e: Expr) -> _Column:
        while isinstance(e, Unwrap):
            e = e.arg
        if not isinstance(e, Get | Ref) or not isinstance(strip_opt(e.ty), BoolTy | ScaledTy | EnumTy):
            raise _OtherwiseError
        if e not in self.columns:
            term = self.enc.expr(e, self.scope)
            if term.const is not None or not term.is_atom:
                raise _OtherwiseError
            self.columns[e] = _Column(term, [1] if term.sort is Sort.BOOL else [])
        return self.columns[e]

    def _constant(self, e: Expr) -> int | None:
        if not isinstance(e, Lit | Param | Today):
            return None
        return self.enc.expr(e, self.scope).lo if self.enc.expr(e, self.scope).const is not None else None

    # ---- what answers in a cell

    def row(self, e: Choose, values: dict[Expr, int | bool | None]) -> int:
        nothing = len(e.branches) + (e.otherwise is not None)
        try:
            if e.hit is Hit.FIRST:
                for i, branch in enumerate(e.branches):
                    if self._holds(branch.cond, values):
                        return i
                return len(e.branches)
            found = [i for i, branch in enumerate(e.branches) if self._holds(branch.cond, values)]
        except _UnreachedError:
            return nothing
        if not found:
            return len(e.branches)
        return found[0] if len(found) == 1 else nothing

    def _holds(self, cond: Expr, values: dict[Expr, int | bool | None]) -> bool:
        match cond:
            case Lit(value=value):
                return value is True
            case Apply(op=Op.AND, args=args):
                return all(self._holds(a, values) for a in args)
            case Apply(op=Op.OR, args=args):
                return any(self._holds(a, values) for a in args)
            case Apply(op=Op.NOT, args=(a,)):
                return not self._holds(a, values)
            case Apply(op=Op.EQ_BOOL, args=(a, b)):
                return self._holds(a, values) == self._holds(b, values)
            case Apply(op=op, args=(a, b)):
                x, y = self._amount(a, values), self._amount(b, values)
                return x < y if op is Op.LT else x <= y if op is Op.LE else x == y
            case IsPresent(arg=arg):
                return values[_bare(arg)] is not None
            case _:
                value = values[_bare(cond)]
                if value is None:
                    raise _UnreachedError
                return value is True

    def _amount(self, e: Expr, values: dict[Expr, int | bool | None]) -> int:
        constant = self._constant(e)
        if constant is not None:
            return constant
        value = values[_bare(e)]
        if value is None:
            raise _UnreachedError
        return value

    # ---- which cell a record is in

    def cost(self, cells: int) -> float:
        bounds = sum(0 if self._is_part(c) else len(c.bounds) for c in self.columns.values())
        return _LOOK_UP + _CELL * cells + _BOUND * bounds + _COLUMN * len(self.columns)

    @staticmethod
    def _is_part(c: _Column) -> bool:
        """Say whether each value is a part of its own."""
        return c.term.sort is Sort.INT and len(c.bounds) == c.term.hi - c.term.lo

    def places(self) -> list[int] | None:
        """Return each cell's place where a column's part is a field of bits; None where they are too many.

        A bound is a bit of its own: those up to a part are set.
        """
        fields: list[list[int]] = []
        width = 0
        for c in self.columns.values():
            if c.term.nullable:
                return None
            parts = range(c.parts)
            fields.append([p << width if self._is_part(c) else ((1 << p) - 1) << width for p in parts])
            width += (c.parts - 1).bit_length() if self._is_part(c) else c.parts - 1
        if not 0 < width <= MOST_BITS:
            return None
        return [sum(values) for values in product(*fields)]

    def bits(self, more: int) -> Term:
        """Return the place that ``places`` says, with one bit more above all of them."""
        b = self.enc.b
        flags: list[tuple[Term, int]] = []
        numbers: list[Term] = []
        width = 0
        for c in self.columns.values():
            if self._is_part(c):
                part = b.mul(b.sub(c.term, literal_int(c.term.lo)), literal_int(1 << width))
                numbers.append(part)
                width += (c.parts - 1).bit_length()
                continue
            conds = [c.term] if c.term.sort is Sort.BOOL else [b.le(literal_int(n), c.term) for n in c.bounds]
            flags += [(cond, 1 << (width + i)) for i, cond in enumerate(conds)]
            width += len(conds)
        return b.flags(flags, [*numbers, literal_int(more)])

    def index(self) -> Term:
        b = self.enc.b
        index: Term | None = None
        for c in self.columns.values():
            t = c.term
            if c.parts == 1:
                continue
            if t.sort is Sort.BOOL:
                part = b.case([(t, literal_int(1))], literal_int(0)) if t.nullable else b.one_if(t)
            elif self._is_part(c):
                part = b.sub(t, literal_int(t.lo))
            else:
                part = b.sum([b.one_if(b.le(literal_int(n), t)) for n in c.bounds] or [literal_int(0)])
            if t.nullable:
                part = b.case([(b.is_null(t), literal_int(c.parts - 1))], part)
            index = part if index is None else b.add(b.mul(index, literal_int(c.parts)), part)
        assert index is not None
        return index.between(0, prod(c.parts for c in self.columns.values()) - 1)


def _bare(e: Expr) -> Expr:
    while isinstance(e, Unwrap):
        e = e.arg
    return e
