"""What comes of compiling a plan to SQL: the query and what it reads and leaves, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.columns import Layout
from kamflow.core.expr import DefKey
from kamflow.core.ty import Ty
from kamflow.engines.sql.dialects import Dialect


@frozen
class Refused:
    """What this engine can't do exactly: ``name`` is the definition (or population), ``reason`` says why."""

    name: str
    reason: Text


@frozen
class Output:
    """The column ``name`` (``v0`` …) holds the value of ``key``."""

    name: str
    key: DefKey
    ty: Ty


@dataclass(frozen=True, slots=True, eq=False)
class SqlPlan:
    """One query over the tables of ``layout``; its columns are those of ``core/columns.py``, in that order.

    - ``reads``: for each table that the query reads the columns it needs, besides ``row`` and ``parent``;
      with ``members`` also the BOOLEAN column ``member`` of the root's table, which is never NULL;
    - ``row_keys``: the definitions whose rows are ``r0`` …; ``override_keys``: those of ``o0`` …;
      both are ``()`` when the plan was compiled without rows;
    - ``declines``: whether ``ok`` may be no for a record that has an answer: one for which a definition of
      another record has none, reached or not. Else ``ok`` says just whether there is one.

    The query has one line for each line of the root's table, in no order.
    """

    layout: Layout
    reads: Mapping[str, tuple[str, ...]]
    outputs: tuple[Output, ...]
    row_keys: tuple[DefKey, ...]
    override_keys: tuple[DefKey, ...]
    members: bool
    declines: bool
    dialect: Dialect
    tree: exp.Select

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the query's columns in order."""
        return (
            "row",
            "ok",
            *(o.name for o in self.outputs),
            *(f"r{i}" for i in range(len(self.row_keys))),
            *(f"o{i}" for i in range(len(self.override_keys))),
        )

    @property
    def compares(self) -> bool:
        """Whether what the query says of a record may depend on other records."""
        return self.tree.find(exp.Window) is not None

    def select(self, tables: Mapping[str, str] | None = None) -> str:
        """Return the SQL text. ``tables``: what the tables ``t0`` … are called, each a plain identifier."""
        tree = self.tree
        if tables:
            tree = tree.copy()
            for table in tree.find_all(exp.Table):
                if table.name in tables:
                    table.set("this", exp.to_identifier(tables[table.name], quoted=True))
        return self.dialect.text(tree)
