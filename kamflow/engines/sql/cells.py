"""Tables whose columns fall into few parts: one look-up by the cell that a record is in, no row is tried.

A column's values fall into parts between the bounds that the rows name; a record is in one part of each, and
what answers there was worked out beforehand. Only conditions that compare columns with constants are taken.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from kamflow.core.expr import Apply, Choose, Expr, Get, Hit, IsPresent, Lit, Op, Param, Ref, Today, Unwrap
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, strip_opt
from kamflow.engines.sql.scope import Scope
from kamflow.engines.sql.terms import Sort, Term, literal_int, range_of

if TYPE_CHECKING:
    from kamflow.engines.sql.encode import Encoder

MOST_CELLS = 4096
MOST_WORK = 300_000
MOST_BITS = 7
"""Bits of a cell's place: up to so many a longer table costs less than a sum."""
_ROW, _UNIQUE_ROW, _LOOK_UP, _CELL, _BOUND, _COLUMN = 2.4, 6.0, 6.0, 0.025, 1.8, 1.5
"""About what rows tried one by one and parts found cost, in nanoseconds a record."""

_COMPARE = {Op.LT: operator.lt, Op.LE: operator.le, Op.EQ_INT: operator.eq}

_Cell: TypeAlias = tuple[int | bool | None, ...]
"""A value of each column; None: missing."""
_Test: TypeAlias = Callable[[_Cell], bool]


@dataclass(slots=True, eq=False)
class _Column:
    """``bounds``: where a part begins, ascending, but the first part.

    ``least`` to ``most``: the values of its type; what is beyond stands where there is no answer.
    """

    term: Term
    least: int
    most: int
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

    def is_reached(self) -> list[bool]:
        """Say of each part whether it has values of the type."""
        if self.term.sort is Sort.BOOL:
            found = [True, True]
        else:
            edges = [self.term.lo, *self.bounds, self.term.hi + 1]
            found = [lo <= self.most and self.least < hi for lo, hi in pairwise(edges)]
        return [*found, True] if self.term.nullable else found


_MOST_TRIED = 20_000
"""Cells times rows that are tried only to learn whether a row answers in each of them."""


class _OtherwiseError(Exception):
    """A condition that is no comparison of a column with a constant."""


class _UnreachedError(Exception):
    """A value is asked for that is missing: no valid record leads there."""


@dataclass(frozen=True, slots=True)
class Found:
    """``row``: the row that answers, None where looking it up won't pay. ``sure``: one always does."""

    row: Term | None
    sure: bool


def by_cells(enc: Encoder, e: Choose, scope: Scope) -> Found | None:
    """Look at what answers in each cell; None where that can't be told."""
    found = _Cells(enc, scope)
    try:
        for branch in e.branches:
            found.collect(branch.cond)
    except _OtherwiseError:
        return None
    columns = found.columns
    cells = prod(c.parts for c in columns.values())
    work = cells * len(e.branches)
    if not columns or cells > MOST_CELLS or work > MOST_WORK:
        return None
    pays = found.cost(cells) <= len(e.branches) * (_ROW if e.hit is Hit.FIRST else _UNIQUE_ROW)
    if not pays and work > _MOST_TRIED:
        return None
    nothing = len(e.branches) + (e.otherwise is not None)
    # where no valid record leads, or one that has no answer already, nobody asks what answers
    tried = found.rows(e)
    sure = nothing not in tried
    if not pays:
        return Found(None, sure)
    rows = [nothing if r is None else r for r in tried]
    if len(set(rows)) == 1:
        return Found(literal_int(rows[0]), sure)
    places = found.places() if enc.b.dialect.by_bits else None
    if places is not None:
        size = max(places) + 1
        at = dict(zip(places, rows, strict=True))
        table = [literal_int(at.get(i, nothing)) for i in range(size)]
        first = 1 << max(places).bit_length()
        return Found(enc.b.at(table, found.bits(first), first=first).between(0, nothing), sure)
    table = [literal_int(r) for r in rows]
    return Found(enc.b.at(table, found.index()).between(0, nothing), sure)


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
            case Apply(op=op, args=(a, b)) if op in _COMPARE:
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
            self.columns[e] = _Column(term, *range_of(e.ty), [1] if term.sort is Sort.BOOL else [])
        return self.columns[e]

    def _constant(self, e: Expr) -> int | None:
        if not isinstance(e, Lit | Param | Today):
            return None
        term = self.enc.expr(e, self.scope)
        return None if term.const is None else term.lo

    # ---- what answers in a cell

    def rows(self, e: Choose) -> list[int | None]:
        """Return the row that answers in each cell: the number after the last where none does, or several;
        None where a value is asked for that is missing, or is none of its type."""
        tests = [self._test(branch.cond) for branch in e.branches]
        find = _first if e.hit is Hit.FIRST else _only
        nothing = len(e.branches) + (e.otherwise is not None)
        columns = self.columns.values()
        cells = product(*(c.samples() for c in columns))
        reached = product(*(c.is_reached() for c in columns))
        return [
            find(tests, cell, nothing) if all(there) else None
            for cell, there in zip(cells, reached, strict=True)
        ]

    def _test(self, cond: Expr) -> _Test:
        match cond:
            case Lit(value=value):
                return lambda _cell: value is True
            case Apply(op=Op.AND, args=args):
                every = [self._test(a) for a in args]
                return lambda cell: all(t(cell) for t in every)
            case Apply(op=Op.OR, args=args):
                some = [self._test(a) for a in args]
                return lambda cell: any(t(cell) for t in some)
            case Apply(op=Op.NOT, args=(a,)):
                inner = self._test(a)
                return lambda cell: not inner(cell)
            case Apply(op=Op.EQ_BOOL, args=(a, b)):
                left, right = self._test(a), self._test(b)
                return lambda cell: left(cell) == right(cell)
            case Apply(op=op, args=(a, b)):
                compare, x, y = _COMPARE[op], self._amount(a), self._amount(b)
                return lambda cell: compare(x(cell), y(cell))
            case IsPresent(arg=arg):
                at = self._at(arg)
                return lambda cell: cell[at] is not None
            case _:
                value_of = self._amount(cond)
                return lambda cell: value_of(cell) is True

    def _amount(self, e: Expr) -> Callable[[_Cell], int]:
        constant = self._constant(e)
        if constant is not None:
            return lambda _cell: constant
        at = self._at(e)

        def value(cell: _Cell) -> int:
            found = cell[at]
            if found is None:
                raise _UnreachedError
            return found

        return value

    def _at(self, e: Expr) -> int:
        return list(self.columns).index(_bare(e))

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


def _first(tests: Sequence[_Test], cell: _Cell, nothing: int) -> int | None:
    try:
        # nobody but `otherwise` has the number after the last row, and where there is none nothing has
        return next((i for i, test in enumerate(tests) if test(cell)), len(tests))
    except _UnreachedError:
        return None


def _only(tests: Sequence[_Test], cell: _Cell, nothing: int) -> int | None:
    try:
        found = [i for i, test in enumerate(tests) if test(cell)]
    except _UnreachedError:
        return None
    if not found:
        return len(tests)
    return found[0] if len(found) == 1 else nothing
