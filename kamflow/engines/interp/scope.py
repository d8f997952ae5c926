"""What the interpreter keeps while it evaluates: names, notes, and what it knows already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.core.expr import DefKey, Expr, children
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Rounded

Need: TypeAlias = tuple[TypedRecord, DefKey]
"""A definition's value for one record; records count by identity."""


class NotGiven(Exception):  # noqa: N818 - a finding of a test, not an error of ours
    """A test's record lacks a field that was needed. Never raised for records that were read in."""

    def __init__(self, record: TypedRecord, field: str) -> None:
        super().__init__(f"{field} of {record.record}")
        self.record = record
        self.field = field


class UnprovedError(AssertionError):
    """An ``Unwrap`` met a missing value: the checker's proof was wrong, or its guard was skipped."""


class PutAsideError(Exception):
    """Control flow inside the interpreter: ``need`` must be known first."""

    def __init__(self, need: Need) -> None:
        super().__init__(str(need[1]))
        self.need = need


@frozen
class Known:
    """What came of evaluating a definition: ``applied`` are the overrides that apply.

    ``notes`` are its own roundings only; those of what it read are found through ``reads``.
    """

    value: Value
    applied: tuple[int, ...]
    notes: frozenset[Rounded]
    reads: tuple[Need, ...]


@dataclass(slots=True)
class Scope:
    """One body being evaluated. ``name`` is what outcomes and notes call it.

    ``room`` is how many more levels of expressions may be nested by evaluating needed definitions
    right away.
    """

    name: str
    variables: dict[str, Value]
    room: int
    notes: set[Rounded] = field(default_factory=set)
    reads: dict[Need, None] = field(default_factory=dict)
    applied: tuple[int, ...] = ()

    def with_item(self, name: str, item: Value) -> Scope:
        """Return the scope of an aggregate's item: outer names stay visible, notes are shared."""
        return replace(self, variables={**self.variables, name: item})


def height(body: Expr) -> int:
    """Return how many levels of nodes an expression has."""
    highest, stack = 0, [(body, 1)]
    while stack:
        node, level = stack.pop()
        highest = max(highest, level)
        stack.extend((child, level + 1) for child in children(node))
    return highest
