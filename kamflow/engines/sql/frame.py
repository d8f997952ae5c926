"""A frame is a relation that grows columns: the records, or a list's items with what they need from outside.

Columns are made while expressions are encoded and never change; ``assemble`` puts them into a chain of
SELECTs afterwards. A column reads columns of its own frame alone: the table's, those brought in from the
frame around it (``imports``), folds over frames within it (``groups``), and columns that were made before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from kamflow.core.columns import Column, ColumnTable, Layout
from kamflow.engines.sql.terms import Term, column, column_of

DEEP = 24
"""Levels of an expression, from which on a part of it becomes a column of its own."""
SMALL = 7
"""Nodes of an expression that is rather written twice than made a column."""
ROW, PARENT, MEMBER = "row", "parent", "member"


@dataclass(slots=True)
class Names:
    """Numbers columns and frames: a name is given once in a query."""

    count: int = 0

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"


@dataclass(slots=True, eq=False)
class Frame:
    """``table``: what its lines are. ``context``: the frame in which it is folded.

    ``anchor`` is the column of the context by which the table's ``parent`` finds its line; folds are grouped
    by that line's ``row``. ``imports``: name in the context → the column here; ``brought``: the reverse.
    ``joined``: it needs more than its items hold, so that it is made of items beside lines of the context.
    ``bad``: conditions, never NULL, for which a line has no answer.
    """

    names: Names
    layout: Layout
    table: ColumnTable
    context: Frame | None = None
    anchor: str = ROW
    joined: bool = False
    made: dict[str, Term] = field(default_factory=dict)
    imports: dict[str, Term] = field(default_factory=dict)
    brought: dict[str, str] = field(default_factory=dict)
    folds: dict[str, exp.Expr] = field(default_factory=dict)
    groups: list[Frame] = field(default_factory=list)
    windows: dict[tuple[object, ...], Term] = field(default_factory=dict)
    bad: list[Term] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.names.fresh("f")

    # ---- columns

    def field(self, c: Column) -> Term:
        return column_of(c.name, c.ty, nullable=c.nullable, physical=c.physical)

    def add(self, t: Term) -> Term:
        """Make a term a column of its own."""
        if t.is_atom:
            return t
        name = self.names.fresh("x")
        self.made[name] = t
        return column(name, t)

    def share(self, t: Term, most: int = SMALL) -> Term:
        """Return a term that may be written several times."""
        return t if t.size <= most else self.add(t)

    def shallow(self, t: Term) -> Term:
        return t if t.depth < DEEP else self.add(t)

    # ---- other frames

    def outer(self) -> Iterator[Frame]:
        """Yield this frame and those around it."""
        at: Frame | None = self
        while at is not None:
            yield at
            at = at.context

    def bring(self, owner: Frame, t: Term) -> Term:
        """Return a term of a frame around this one (or of this one) as a term of this one."""
        if owner is self or t.const is not None:
            return t
        assert self.context is not None, "a column of a frame that is not around this one"
        there = self.context.bring(owner, owner.add(t))
        if there.const is not None:
            return there
        assert isinstance(there.sql, exp.Column)
        name = there.sql.name
        known = self.imports.get(name)
        if known is None:
            alias = self.names.fresh("u")
            known = self.imports[name] = column(alias, there)
            self.brought[alias] = name
        return known

    def fold(self, folded: exp.Expr, like: Term) -> Term:
        """Make a fold over this frame's lines a column of its context."""
        name = self.names.fresh("a")
        self.folds[name] = folded
        return column(name, like)
