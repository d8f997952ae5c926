"""Expressions and tables as written: what stands on the right of a name."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.text import Lang, Text


@frozen
class Name:
    """An identifier, NFC-normalised."""

    text: str
    span: Span = field(compare=False, repr=False)


@frozen
class Words:
    """A label or reason. One plain string counts for the language of the file."""

    text: Text
    span: Span = field(compare=False, repr=False)


# ---- expressions


@frozen
class Amount:
    """``digits / 10**scale`` of ``unit``: "" (a number), "%", "days", "months" or a currency code;
    "?" where the unit was reported as unknown.

    ``written`` is the number's spelling without the unit: ``1,250.00``, ``12M``, ``5万``.
    """

    digits: int
    scale: int
    unit: str
    written: str = field(compare=False)
    span: Span = field(compare=False, repr=False)


@frozen
class DateLit:
    day: int
    span: Span = field(compare=False, repr=False)


@frozen
class TextLit:
    value: str
    span: Span = field(compare=False, repr=False)


@frozen
class YesNo:
    value: bool
    span: Span = field(compare=False, repr=False)


@frozen
class TodayLit:
    span: Span = field(compare=False, repr=False)


@frozen
class MissingLit:
    """``missing`` as the value of a test's field; nowhere else."""

    span: Span = field(compare=False, repr=False)


@frozen
class Hole:
    """``?``: a result that is still to be written, as `check --fix` leaves it in rows that it adds."""

    span: Span = field(compare=False, repr=False)


@frozen
class Path:
    parts: tuple[Name, ...]
    span: Span = field(compare=False, repr=False)

    def __str__(self) -> str:
        return ".".join(p.text for p in self.parts)


class ArithOp(StrEnum):
    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"


@frozen
class Arith:
    op: ArithOp
    left: Expr
    right: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Minus:
    arg: Expr
    span: Span = field(compare=False, repr=False)


class CompareOp(StrEnum):
    """``=`` and ``is`` mean the same, as do ``<`` and ``below``: the node keeps what was written."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IS = "is"
    IS_NOT = "is not"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOVE = "above"
    BELOW = "below"


@frozen
class Compare:
    op: CompareOp
    left: Expr
    right: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Presence:
    """``is present`` or ``is missing``."""

    arg: Expr
    present: bool
    span: Span = field(compare=False, repr=False)


@frozen
class OneOf:
    arg: Expr
    items: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class WithinLast:
    """``placed_on within last 90 days``: after ``today - 90 days``, up to and including today."""

    arg: Expr
    length: Amount
    span: Span = field(compare=False, repr=False)


class LogicOp(StrEnum):
    AND = "and"
    OR = "or"
    IMPLIES = "implies"  # two operands


@frozen
class Logic:
    op: LogicOp
    args: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Not:
    arg: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Cond:
    """``a when c1, b when c2, otherwise d``."""

    branches: tuple[tuple[Expr, Expr], ...]
    other: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Fallback:
    """``a otherwise b``: ``b`` where ``a`` is missing (or its division is by zero)."""

    arg: Expr
    other: Expr
    span: Span = field(compare=False, repr=False)


class Function(StrEnum):
    MIN = "min"
    MAX = "max"
    ROUND = "round"
    ABS = "abs"


@frozen
class Call:
    function: Function
    args: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Between:
    """``days from a to b`` or ``months from a to b`` (complete months)."""

    months: bool
    start: Expr
    end: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class PartOf:
    """``year of d`` or ``month of d``."""

    month: bool
    arg: Expr
    span: Span = field(compare=False, repr=False)


class AggKind(StrEnum):
    COUNT = "count of"
    SUM = "sum of"
    AVERAGE = "average of"
    LARGEST = "largest of"
    SMALLEST = "smallest of"
    LATEST = "latest of"
    EARLIEST = "earliest of"
    DIFFERENT = "count of different"


@frozen
class Agg:
    kind: AggKind
    value: Expr | None
    items: Path
    where: Expr | None
    span: Span = field(compare=False, repr=False)


class PopWord(StrEnum):
    PERCENTILE = "percentile of"
    SHARE = "share of"
    QUANTILE = "quantile"


@frozen
class PopExpr:
    kind: PopWord
    n: Amount | None
    measure: Expr
    population: Name
    group: Path | None
    span: Span = field(compare=False, repr=False)


@frozen
class ListLit:
    items: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


Expr: TypeAlias = (
    Amount
    | DateLit
    | TextLit
    | YesNo
    | TodayLit
    | MissingLit
    | Hole
    | Path
    | Arith
    | Minus
    | Compare
    | Presence
    | OneOf
    | WithinLast
    | Logic
    | Not
    | Cond
    | Fallback
    | Call
    | Between
    | PartOf
    | Agg
    | PopExpr
    | ListLit
)


# ---- table cells


@frozen
class CellAny:
    span: Span = field(compare=False, repr=False)


@frozen
class CellMissing:
    span: Span = field(compare=False, repr=False)


@frozen
class CellBound:
    """``at least x``; ``op`` is one of AT_LEAST AT_MOST ABOVE BELOW LT LE GT GE."""

    op: CompareOp
    value: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class CellRange:
    lo: Expr
    lo_in: bool  # False: `above 3 to 5`
    hi: Expr
    hi_in: bool
    span: Span = field(compare=False, repr=False)


@frozen
class CellValue:
    value: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class CellNot:
    cell: Cell
    span: Span = field(compare=False, repr=False)


@frozen
class CellOr:
    cells: tuple[Cell, ...]
    span: Span = field(compare=False, repr=False)


Cell: TypeAlias = CellAny | CellMissing | CellBound | CellRange | CellValue | CellNot | CellOr


class HitPolicy(StrEnum):
    UNIQUE = "unique"
    FIRST = "first"
    SUM = "collect sum"
    MIN = "collect min"
    MAX = "collect max"
    COUNT = "collect count"
    LIST = "collect list"


@frozen
class OutColumn:
    """An output column, or a reason column (``name`` None) whose texts are in ``lang``."""

    name: Name | None
    lang: Lang | None
    span: Span = field(compare=False, repr=False)


@frozen
class TableRow:
    cells: tuple[Cell, ...]
    outs: tuple[Expr | None, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class TableNode:
    hit: HitPolicy
    columns: tuple[Expr, ...]
    outs: tuple[OutColumn, ...]
    rows: tuple[TableRow, ...]
    span: Span = field(compare=False, repr=False)
