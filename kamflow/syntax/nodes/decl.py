"""Declarations as written, and the file that they make up."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.text import Lang
from kamflow.syntax.nodes.expr import (
    Amount,
    Cell,
    DateLit,
    Expr,
    Name,
    Path,
    TableNode,
    TextLit,
    Words,
)

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


@frozen
class ScalarType:
    word: TypeWord
    currency: Name | None
    decimals: Amount | None
    span: Span = field(compare=False, repr=False)


@frozen
class NamedType:
    name: Name
    span: Span = field(compare=False, repr=False)


@frozen
class ListType:
    item: TypeNode
    span: Span = field(compare=False, repr=False)


TypeNode: TypeAlias = ScalarType | NamedType | ListType


# ---- declarations


@frozen
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


@frozen
class Member:
    name: Name
    label: Words | None
    span: Span = field(compare=False, repr=False)


@frozen
class TypeDecl:
    name: Name
    label: Words | None
    ordered: bool
    members: tuple[Member, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class FieldNode:
    name: Name
    type: TypeNode
    optional: bool
    default: Expr | None
    range: tuple[Expr, Expr] | None
    personal: tuple[Name, ...]
    unit: TextLit | None
    max_items: Amount | None
    changeable: bool
    label: Words | None
    span: Span = field(compare=False, repr=False)


@frozen
class RecordNode:
    """``through``: a field that is seen through: the names of its record are names of this one, after its
    own. No policy file can write that; workflows are made of such records."""

    name: Name
    label: Words | None
    fields: tuple[FieldNode, ...]
    span: Span = field(compare=False, repr=False)
    through: str = ""


@frozen
class DatedValue:
    start: DateLit
    value: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class ParamNode:
    name: Name
    type: TypeNode
    label: Words | None
    versions: tuple[DatedValue, ...]
    span: Span = field(compare=False, repr=False)


class MeasureWord(StrEnum):
    """What a measure says of which way is better."""

    PLAIN = "plain"
    HIGHER = "higher"
    LOWER = "lower"


class DefineRole(StrEnum):
    """Who asks for a definition. All but ``PLAIN`` are asked for by a workflow, and never unused.

    In a ``GUARD``, ``OPTIONAL`` and ``FACT`` a value that may be missing need not be opened: where one
    that is read is missing, the whole is.
    """

    PLAIN = "plain"
    GUARD = "guard"  # yes or no, or missing: unknown
    VALUE = "value"  # exactly of its declared type, as if it were read into a field of it
    OPTIONAL = "optional"  # the same, or missing
    FACT = "fact"  # what a guard reads; left out where it has no value of its own


@frozen
class DefineNode:
    """``define``, and with ``measure`` what a change is judged by."""

    name: Name
    record: Name
    type: TypeNode | None
    label: Words | None
    value: Expr
    span: Span = field(compare=False, repr=False)
    measure: MeasureWord | None = None
    role: DefineRole = DefineRole.PLAIN


@frozen
class PopulationNode:
    name: Name
    record: Name
    where: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class ClassLine:
    """``A up to 80% of total``, or ``C rest`` (``bound`` None)."""

    name: Name
    bound: Amount | None
    span: Span = field(compare=False, repr=False)


@frozen
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
    group: Path | None
    span: Span = field(compare=False, repr=False)


@frozen
class Band:
    cell: Cell
    points: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Criterion:
    name: Name
    label: Words | None
    weight: Amount
    subject: Expr
    bands: tuple[Band, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class ScorecardNode:
    name: Name
    record: Name
    label: Words | None
    criteria: tuple[Criterion, ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Output:
    name: Name
    type: TypeNode
    label: Words | None
    span: Span = field(compare=False, repr=False)


@frozen
class Assign:
    """``path = value``."""

    path: Path
    value: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class Results:
    """What a clause answers: one plain value, or an assignment for each output."""

    plain: Expr | None
    named: tuple[Assign, ...]
    because: Words | None
    span: Span = field(compare=False, repr=False)


@frozen
class Clause:
    cond: Expr
    results: Results
    span: Span = field(compare=False, repr=False)


@frozen
class Clauses:
    clauses: tuple[Clause, ...]
    other: Results
    span: Span = field(compare=False, repr=False)


@frozen
class TableBody:
    table: TableNode
    other: Results | None
    span: Span = field(compare=False, repr=False)


@frozen
class ExprBody:
    value: Expr
    because: Words | None
    span: Span = field(compare=False, repr=False)


DecisionBody: TypeAlias = TableBody | Clauses | ExprBody


@frozen
class DecisionNode:
    """``single``: written with `: type`; its one output has the decision's name."""

    name: Name
    record: Name
    single: bool
    outputs: tuple[Output, ...]
    label: Words | None
    body: DecisionBody
    span: Span = field(compare=False, repr=False)


@frozen
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


@frozen
class Monotone:
    value: Expr
    falls: bool  # True: `does not fall when`, False: `does not rise when`
    driver: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class PropertyNode:
    word: PropertyWord
    title: Words
    record: Name | None
    body: Expr | Monotone
    span: Span = field(compare=False, repr=False)


@frozen
class ImpossibleNode:
    record: Name | None
    cond: Expr
    because: Words | None
    span: Span = field(compare=False, repr=False)


@frozen
class DataTable:
    head: tuple[Path, ...]
    rows: tuple[tuple[Expr | None, ...], ...]
    span: Span = field(compare=False, repr=False)


@frozen
class Given:
    """``given quote`` with assignments, or ``given customers`` with a table of records."""

    subject: Path
    values: tuple[Assign, ...]
    table: DataTable | None
    span: Span = field(compare=False, repr=False)


@frozen
class Assume:
    value: Assign
    span: Span = field(compare=False, repr=False)


@frozen
class ExpectNode:
    cond: Expr
    span: Span = field(compare=False, repr=False)


@frozen
class ExpectTable:
    subject: Path
    table: DataTable
    span: Span = field(compare=False, repr=False)


TestStep: TypeAlias = Given | Assume | ExpectNode | ExpectTable


@frozen
class TestNode:
    __test__ = False  # not a pytest class

    title: Words
    as_of: DateLit | None
    steps: tuple[TestStep, ...]
    span: Span = field(compare=False, repr=False)


@frozen
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


@frozen
class Comment:
    """``-- …``; ``own_line``: nothing else stands on its line."""

    text: str
    own_line: bool
    span: Span = field(compare=False, repr=False)


@frozen
class PolicyFile:
    """One file. ``broken``: names that stand in parts that could not be parsed, so that the checker
    does not report them as unknown elsewhere."""

    source: str
    lang: Lang
    header: Header | None
    decls: tuple[Decl, ...]
    comments: tuple[Comment, ...] = field(compare=False)
    broken: frozenset[str] = field(compare=False)
