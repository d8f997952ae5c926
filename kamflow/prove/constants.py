"""The values of expressions that read no record; paths of fields; a day to show things on."""

from __future__ import annotations

from kamflow.core.expr import Apply, DivRound, Expr, Get, If, ListOf, Lit, Param, Var, walk
from kamflow.core.plain import Path
from kamflow.core.program import Program
from kamflow.core.ty import FIRST_DATE
from kamflow.engines.interp import Interpreter
from kamflow.prove.intervals import Days
from kamflow.tables.grid import Constant
from kamflow.values.data import TypedRecord, Value

_NEUTRAL = Lit | Param | Apply | DivRound | If | ListOf
_NOBODY = TypedRecord("", {})
_TODAY = 739_252  # 2025-01-01, a day in the middle of a policy's life


def constants(program: Program, day: int) -> Constant:
    """Return a function that gives the value of an expression on a day, None where it reads more."""
    interpreter = Interpreter(program, day)

    def ask(e: Expr) -> Value:
        if not all(isinstance(n, _NEUTRAL) for n in walk(e)):
            return None
        return interpreter.evaluate(e, _NOBODY)

    return ask


def field_path(e: Expr) -> Path | None:
    """Return the path of a field of the subject, None for anything computed."""
    match e:
        case Get(Var("self"), name):
            return (name,)
        case Get(record, name):
            owner = field_path(record)
            return None if owner is None else (*owner, name)
        case _:
            return None


def a_day(days: Days) -> int:
    """Return a day of an interval that a reader would think of."""
    if days.first >= FIRST_DATE:
        return days.first
    return min(days.last, max(days.first, _TODAY))
