"""Typed expressions: what every policy means, in 20 kinds of node.

The checker resolved every name and overload, made scales equal, and wrapped what may be missing,
so that an engine never asks for a type to know what to do. Laws (``core.laws`` checks them):

- operands of ``ADD SUB MIN MAX LT LE EQ_INT`` have one scale and unit; ``MUL`` multiplies integers,
  the result's type says its scale;
- no operand of ``Apply`` and ``DivRound`` is optional: ``Unwrap`` stands where a guard proved presence;
- the divisor of ``DivRound`` is never 0 for a valid record;
- ``If``, ``Pick``, ``Choose``, ``AND`` and ``OR`` are lazy: a part that is not reached is not evaluated
  (an ``Unwrap`` may stand in it); ``AND``/``OR`` go from left to right.

``span`` never takes part in equality: equal meaning, equal node.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias, assert_never

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Span
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.ty import Ty
from kamflow.values.data import Value
from kamflow.values.rounding import Rounding


class Op(StrEnum):
    """Operators on values; integers are scaled amounts, day numbers or enum positions."""

    ADD = "add"  # (int, int) -> int
    SUB = "sub"
    MUL = "mul"
    NEG = "neg"
    ABS = "abs"
    MIN = "min"  # two operands or more
    MAX = "max"
    LT = "lt"  # (int, int) -> bool
    LE = "le"
    EQ_INT = "eq_int"
    EQ_TEXT = "eq_text"  # code points, no collation, no normalisation
    EQ_BOOL = "eq_bool"
    AND = "and"  # two operands or more, lazy from the left
    OR = "or"
    NOT = "not"
    ADD_MONTHS_CLAMP = "add_months_clamp"  # (date, months) -> date; 31 Jan + 1 month = 28 or 29 Feb
    ADD_MONTHS_NEXT = "add_months_next"  # … = 1 Mar: the day after the month's end
    WHOLE_MONTHS = "whole_months"  # (from, to) -> complete months, negative when to < from
    YEAR_OF = "year_of"  # date -> int
    MONTH_OF = "month_of"  # date -> 1..12


@frozen
class DefKey:
    """A definition of a record; ``name`` of a hidden one has a ``#`` (``tier#row``, ``tier#base``)."""

    record: str
    name: str

    def __str__(self) -> str:
        return f"{self.name} of {self.record}"


class TagKind(StrEnum):
    ROW = "row"  # a row of a table, ``index`` from 1
    CLAUSE = "clause"  # a `when` clause, from 1
    OTHERWISE = "otherwise"
    RULE = "rule"  # an override


@frozen
class Tag:
    """Where an answer came from, for explanations."""

    kind: TagKind
    index: int
    because: Text = NO_TEXT
    name: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@frozen
class Lit:
    """A constant; ``value`` fits ``ty``. ``None`` of an optional type is *missing*."""

    value: Value
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Var:
    """The subject (``self``) or the item of an aggregate (``item1`` …)."""

    name: str
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Get:
    """A field of a record as the input gave it (default filled in)."""

    record: Expr
    name: str
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Ref:
    """The value of a definition for a subject: ``tier`` (of ``self``), ``customer.tier``."""

    key: DefKey
    subject: Expr
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Param:
    """A parameter, at its value on the ``as of`` date."""

    name: str
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Today:
    """The ``as of`` date; never the clock."""

    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Apply:
    op: Op
    args: tuple[Expr, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class DivRound:
    """``round(num / den) * step``: division, rounding and rescaling downwards are this one node.

    Where ``den`` does not divide ``num`` the trace records what the exact value was.
    """

    num: Expr
    den: Expr
    step: int
    mode: Rounding
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class If:
    cond: Expr
    then: Expr
    other: Expr
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class IsPresent:
    arg: Expr
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Unwrap:
    """An optional value where the checker proved that it is present."""

    arg: Expr
    ty: Ty
    span: Span = field(compare=False, repr=False)


class Hit(StrEnum):
    """DMN's hit policies, as far as kamflow has them."""

    UNIQUE = "unique"  # exactly one row applies; 0 or 2 are `undecided`
    FIRST = "first"  # the first row that applies; 0 is `undecided`
    COLLECT = "collect"  # all rows that apply, in order


@frozen
class Branch:
    cond: Expr
    tag: Tag


@frozen
class Choose:
    """Which row answers: its 0-based index (``COLLECT``: a tuple of indexes, ascending).

    With ``otherwise``, its index is ``len(branches)``, taken when no branch applies.
    """

    hit: Hit
    branches: tuple[Branch, ...]
    otherwise: Tag | None
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class AnyCell:
    """Applies always, also when the value is missing."""


@frozen
class MissingCell:
    """Applies when the value is missing."""


@frozen
class RangeCell:
    """Applies to a present value between the bounds; ``None`` is no bound."""

    lo: Expr | None
    lo_in: bool
    hi: Expr | None
    hi_in: bool


@frozen
class PointCell:
    """Applies to a present value equal to ``value``."""

    value: Expr


@frozen
class NotCell:
    """Applies to a present value to which ``cell`` does not apply."""

    cell: Cell


@frozen
class OrCell:
    cells: tuple[Cell, ...]


Cell: TypeAlias = AnyCell | MissingCell | RangeCell | PointCell | NotCell | OrCell


@frozen
class Row:
    cells: tuple[Cell, ...]
    tag: Tag


@frozen
class Table:
    """A table as written, with columns and cells; ``passes.unfold_tables`` makes it a ``Choose``."""

    hit: Hit
    columns: tuple[Expr, ...]
    rows: tuple[Row, ...]
    otherwise: Tag | None
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Pick:
    """The value that belongs to the row that ``row`` (a ``Ref`` to a row definition) chose."""

    row: Expr
    values: tuple[Expr, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


class Fold(StrEnum):
    SUM = "sum"  # of nothing: 0
    MIN = "min"  # of nothing: missing (the type is optional)
    MAX = "max"
    COUNT = "count"
    DISTINCT = "distinct"  # how many different values; of child lists only, of nothing: 0
    LIST = "list"


@frozen
class Gather:
    """The values of all rows that ``rows`` (a ``Ref`` to a collect row definition) found, folded."""

    rows: Expr
    fold: Fold
    values: tuple[Expr, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class OverrideRule:
    """``beats``: indexes of the rules of the same ``Override`` that it is written to overrule."""

    cond: Expr
    value: Expr
    beats: tuple[int, ...]
    tag: Tag


@frozen
class Override:
    """``base``, unless rules apply. Rules beaten (transitively) by another that applies do not count;
    those left must agree on one value, else the record is `undecided`."""

    base: Expr
    rules: tuple[OverrideRule, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Aggregate:
    """A fold over a child list: ``SUM MIN MAX DISTINCT`` of ``value``, ``COUNT``; items where ``where``."""

    fold: Fold
    items: Expr
    var: str
    where: Expr | None
    value: Expr | None
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class ListOf:
    items: tuple[Expr, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


@frozen
class Struct:
    """One line with several outputs; ``ty`` is the ``StructTy``."""

    fields: tuple[Expr, ...]
    ty: Ty
    span: Span = field(compare=False, repr=False)


class PopKind(StrEnum):
    CLASSIFY = "classify"  # position in the enum, by the cumulative share before the subject
    PERCENTILE = "percentile"  # share of the members strictly below, percent of scale 4, cut down
    SHARE = "share"  # of the total, percent of scale 4, cut down
    QUANTILE = "quantile"  # 1..n: 1 + floor(n * members strictly below / members)


@frozen
class PopTerm:
    """Where the subject stands among a population; always the whole body of a definition.

    ``measure`` is an amount of ``self``, or missing. ``classes`` (CLASSIFY) are pairs of
    enum position and upper bound of the cumulative share in 1/10**6, best class first, the last
    with bound ``None``. ``outside`` is the class of those outside the population.
    Without a portfolio the value is missing (CLASSIFY: the record is `undecided`).

    ``group`` (an enum member, text or yes/no of ``self``): the members whose group has the same value are
    the population. Who has no group (missing) is outside, like who has no measure.
    """

    kind: PopKind
    population: str
    measure: Expr
    group: Expr | None
    n: int
    classes: tuple[tuple[int, int | None], ...]
    largest_first: bool
    outside: int
    ty: Ty
    span: Span = field(compare=False, repr=False)


Expr: TypeAlias = (
    Lit
    | Var
    | Get
    | Ref
    | Param
    | Today
    | Apply
    | DivRound
    | If
    | IsPresent
    | Unwrap
    | Choose
    | Table
    | Pick
    | Gather
    | Override
    | Aggregate
    | ListOf
    | Struct
    | PopTerm
)


def children(e: Expr) -> tuple[Expr, ...]:
    """Return the direct sub-expressions in order of writing."""
    match e:
        case Lit() | Var() | Param() | Today():
            return ()
        case Get(record=a) | Ref(subject=a) | IsPresent(arg=a) | Unwrap(arg=a):
            return (a,)
        case PopTerm(measure=measure, group=group):
            return (measure,) if group is None else (measure, group)
        case Apply(args=args) | ListOf(items=args) | Struct(fields=args):
            return args
        case DivRound(num, den):
            return (num, den)
        case If(cond, then, other):
            return (cond, then, other)
        case Choose(branches=branches):
            return tuple(b.cond for b in branches)
        case Table(columns=columns, rows=rows):
            return columns + tuple(x for r in rows for c in r.cells for x in cell_exprs(c))
        case Pick(row, values) | Gather(rows=row, values=values):
            return (row, *values)
        case Override(base, rules):
            return (base, *(x for r in rules for x in (r.cond, r.value)))
        case Aggregate(items=items, where=where, value=value):
            return tuple(x for x in (items, where, value) if x is not None)
        case _:
            assert_never(e)


def cell_exprs(cell: Cell) -> tuple[Expr, ...]:
    """Return the expressions written in a cell."""
    match cell:
        case AnyCell() | MissingCell():
            return ()
        case RangeCell(lo, _, hi, _):
            return tuple(x for x in (lo, hi) if x is not None)
        case PointCell(value):
            return (value,)
        case NotCell(inner):
            return cell_exprs(inner)
        case OrCell(cells):
            return tuple(x for c in cells for x in cell_exprs(c))
        case _:
            assert_never(cell)


def walk(e: Expr) -> Iterator[Expr]:
    """Yield ``e`` and everything below it, without recursion (tables can be long)."""
    stack = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))
