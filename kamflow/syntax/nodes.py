"""What was written, as it was written. ``span`` and spelling never take part in equality.

Equal nodes mean the same text up to layout, comments, language of the keywords and spelling of
numbers: that is the law ``parse(fmt(n)) == n``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.span import Span
from kamflow.base.text import Lang, Text


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier, NFC-normalised."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Words:
    """A label or reason. One plain string counts for the language of the file."""

    text: Text
    span: Span = field(compare=False, repr=False)


# ---- expressions


@dataclass(frozen=True, slots=True)
class Amount:
    """``digits / 10**scale`` of ``unit``: "" (a number), "%", "days", "months" or a currency code.

    ``written`` is the number's spelling without the unit: ``1,250.00``, ``12M``, ``5万``.
    """

    digits: int
    scale: int
    unit: str
    written: str = field(compare=False)
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DateLit:
    day: int
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TextLit:
    value: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class YesNo:
    value: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TodayLit:
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MissingLit:
    """``missing`` as the value of a test's field; nowhere else."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Arith:
    op: ArithOp
    left: Expr
    right: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Compare:
    op: CompareOp
    left: Expr
    right: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Presence:
    """``is present`` or ``is missing``."""

    arg: Expr
    present: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    arg: Expr
    items: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WithinLast:
    """``placed_on within last 90 days``: after ``today - 90 days``, up to and including today."""

    arg: Expr
    length: Amount
    span: Span = field(compare=False, repr=False)


class LogicOp(StrEnum):
    AND = "and"
    OR = "or"
    IMPLIES = "implies"  # two operands


@dataclass(frozen=True, slots=True)
class Logic:
    op: LogicOp
    args: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    arg: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cond:
    """``a when c1, b when c2, otherwise d``."""

    branches: tuple[tuple[Expr, Expr], ...]
    other: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    args: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Between:
    """``days from a to b`` or ``months from a to b`` (complete months)."""

    months: bool
    start: Expr
    end: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PopExpr:
    kind: PopWord
    n: Amount | None
    measure: Expr
    population: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class CellAny:
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CellMissing:
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CellBound:
    """``at least x``; ``op`` is one of AT_LEAST AT_MOST ABOVE BELOW LT LE GT GE."""

    op: CompareOp
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CellRange:
    lo: Expr
    hi: Expr
    hi_in: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CellValue:
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CellNot:
    cell: Cell
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class OutColumn:
    """An output column, or a reason column (``name`` None) whose texts are in ``lang``."""

    name: Name | None
    lang: Lang | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableRow:
    cells: tuple[Cell, ...]
    outs: tuple[Expr | None, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableNode:
    hit: HitPolicy
    columns: tuple[Expr, ...]
    outs: tuple[OutColumn, ...]
    rows: tuple[TableRow, ...]
    span: Span = field(compare=False, repr=False)


# ---- types


class TypeWord(StrEnum):
    TEXT = "text"
    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    NUMBER = "number"
    DATE = "date"
    DAYS = "days"
    MONTHS = "months"
    YESNO = "yes/no"


@dataclass(frozen=True, slots=True)
class ScalarType:
    word: TypeWord
    currency: Name | None
    decimals: Amount | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedType:
    name: Name
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListType:
    item: TypeNode
    span: Span = field(compare=False, repr=False)


TypeNode: TypeAlias = ScalarType | NamedType | ListType


# ---- declarations


@dataclass(frozen=True, slots=True)
class Header:
    name: Name
    title: Words | None
    owner: TextLit | None
    effective_from: DateLit | None
    until: DateLit | None
    currency: Name | None
    month_end_clamp: bool | None
    uses: tuple[Name, ...]
    purposes: tuple[Name, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    name: Name
    label: Words | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TypeDecl:
    name: Name
    label: Words | None
    ordered: bool
    members: tuple[Member, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldNode:
    name: Name
    type: TypeNode
    optional: bool
    default: Expr | None
    range: tuple[Expr, Expr] | None
    personal: tuple[Name, ...]
    unit: TextLit | None
    max_items: Amount | None
    label: Words | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordNode:
    name: Name
    label: Words | None
    fields: tuple[FieldNode, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DatedValue:
    start: DateLit
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParamNode:
    name: Name
    type: TypeNode
    label: Words | None
    versions: tuple[DatedValue, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DefineNode:
    name: Name
    record: Name
    type: TypeNode | None
    label: Words | None
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PopulationNode:
    name: Name
    record: Name
    where: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ClassLine:
    """``A up to 80% of total``, or ``C rest`` (``bound`` None)."""

    name: Name
    bound: Amount | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ClassifyNode:
    name: Name
    record: Name
    population: Name
    type: TypeNode
    label: Words | None
    measure: Expr
    largest_first: bool
    classes: tuple[ClassLine, ...]
    ties_better: bool
    outside: Name | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Band:
    cell: Cell
    points: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Criterion:
    name: Name
    label: Words | None
    weight: Amount
    subject: Expr
    bands: tuple[Band, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ScorecardNode:
    name: Name
    record: Name
    label: Words | None
    criteria: tuple[Criterion, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Output:
    name: Name
    type: TypeNode
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """``path = value``."""

    path: Path
    value: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Results:
    """What a clause answers: one plain value, or an assignment for each output."""

    plain: Expr | None
    named: tuple[Assign, ...]
    because: Words | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Clause:
    cond: Expr
    results: Results
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Clauses:
    clauses: tuple[Clause, ...]
    other: Results
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TableBody:
    table: TableNode
    other: Results | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExprBody:
    value: Expr
    because: Words | None
    span: Span = field(compare=False, repr=False)


DecisionBody: TypeAlias = TableBody | Clauses | ExprBody


@dataclass(frozen=True, slots=True)
class DecisionNode:
    """``single``: written with `: type`; its one output has the decision's name."""

    name: Name
    record: Name
    single: bool
    outputs: tuple[Output, ...]
    label: Words | None
    body: DecisionBody
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RuleNode:
    name: Name
    label: Words | None
    targets: tuple[Path, ...]
    record: Name | None
    cond: Expr
    assigns: tuple[Assign, ...]
    because: Words | None
    span: Span = field(compare=False, repr=False)


class PropertyWord(StrEnum):
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Monotone:
    value: Expr
    falls: bool  # True: `does not fall when`, False: `does not rise when`
    driver: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PropertyNode:
    word: PropertyWord
    title: Words
    record: Name | None
    body: Expr | Monotone
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ImpossibleNode:
    record: Name | None
    cond: Expr
    because: Words | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DataTable:
    head: tuple[Path, ...]
    rows: tuple[tuple[Expr | None, ...], ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """``given quote`` with assignments, or ``given customers`` with a table of records."""

    subject: Path
    values: tuple[Assign, ...]
    table: DataTable | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assume:
    value: Assign
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExpectNode:
    cond: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExpectTable:
    subject: Path
    table: DataTable
    span: Span = field(compare=False, repr=False)


TestStep: TypeAlias = Given | Assume | ExpectNode | ExpectTable


@dataclass(frozen=True, slots=True)
class TestNode:
    __test__ = False  # not a pytest class

    title: Words
    as_of: DateLit | None
    steps: tuple[TestStep, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ScenarioNode:
    title: Words
    sets: tuple[tuple[Name, Expr], ...]
    span: Span = field(compare=False, repr=False)


Decl: TypeAlias = (
    TypeDecl
    | RecordNode
    | ParamNode
    | DefineNode
    | PopulationNode
    | ClassifyNode
    | ScorecardNode
    | DecisionNode
    | RuleNode
    | PropertyNode
    | ImpossibleNode
    | TestNode
    | ScenarioNode
)


@dataclass(frozen=True, slots=True)
class Comment:
    """``-- …``; ``own_line``: nothing else stands on its line."""

    text: str
    own_line: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One file. ``broken``: names that stand in parts that could not be parsed, so that the checker
    does not report them as unknown elsewhere."""

    source: str
    lang: Lang
    header: Header | None
    decls: tuple[Decl, ...]
    comments: tuple[Comment, ...] = field(compare=False)
    broken: frozenset[str] = field(compare=False)
