"""Every record that a search found is tried by the reference interpreter before anybody sees it.

A record that does not show what it was found for is a bug of ours, in the interpreter or in the encoding:
``ReplayError`` ends the command (exit code 70). It is never turned into a finding about the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.core.expr import Expr
from kamflow.core.program import Program
from kamflow.engines.interp import Interpreter
from kamflow.engines.smt.answer import Found
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided


class ReplayError(Exception):
    """The interpreter does not see in a record what it was found for."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A record that was found, and how to ask for the values of expressions about it."""

    program: Program
    record: TypedRecord
    as_of: int

    def value(self, e: Expr) -> Value:
        """Return an expression's value; raises ``Undecided``."""
        return Interpreter(self.program, self.as_of).evaluate(e, self.record)


def replay(program: Program, found: Found, what: str) -> tuple[Replayed, ...]:
    """Return the records that were found, after a look at the facts that no record has."""
    records = tuple(Replayed(program, record, found.as_of) for record in found.records)
    for one in records:
        for fact in program.impossible:
            if fact.record == one.record.record and _holds(one, fact.cond):
                raise ReplayError(f"{what}: the record that was found is impossible ({fact.because.en})")
    return records


def _holds(one: Replayed, cond: Expr) -> bool:
    try:
        return one.value(cond) is True
    except Undecided:
        return False


def must_be(records: Sequence[Replayed], cond: Expr, wanted: Value, what: str) -> None:
    """Raise where an expression has another value than the search said."""
    for one in records:
        try:
            value = one.value(cond)
        except Undecided as undecided:
            raise ReplayError(f"{what}: the interpreter finds it undecided ({undecided.what})") from None
        if value != wanted:
            raise ReplayError(f"{what}: the interpreter says {value!r}, z3 says {wanted!r}")
