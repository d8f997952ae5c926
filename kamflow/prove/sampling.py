"""Records tried at random before a search: a condition that is ever met is mostly met within a few hundred.

First records are thrown afresh. Where many things have to be true at once none may be met so; then one that
meets some of them is thrown again in the fields that a failing part reads, as long as no more of them fail.
The dice are fixed: the same question gets the same records. What is not met here is asked of z3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kamflow.core.expr import Apply, DefKey, Expr, If, IsPresent, Lit, Op, Ref, Unwrap, Var
from kamflow.core.program import Program
from kamflow.core.ty import BOOL, BoolTy
from kamflow.engines.interp import Interpreter
from kamflow.prove.dice import Dice, fields_read
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Undecided

_TRIES = 100
_STEPS = 160
"""So many times a record is thrown again, and so many of them without gain until another one is begun."""
_STUCK = 60


class Trial:
    """One question, and the records that are tried for it: is a valid record met for which it holds?"""

    def __init__(self, program: Program, record: str, days: Days, cond: Expr) -> None:
        self._program, self._record, self._cond = program, record, cond
        self._facts = [f.cond for f in program.impossible if f.record == record]
        self._dice = Dice(program, days.first, (cond, *self._facts))
        self._interpreter = Interpreter(program, days.first)

    def by_chance(self) -> bool:
        """Throw some records; False says nothing."""
        return any(self._holds(self._dice.record(self._record)) for _ in range(_TRIES))

    def _holds(self, one: TypedRecord) -> bool:
        """Say whether a record is possible and meets the condition."""
        ask = self._interpreter.evaluate
        try:
            return ask(self._cond, one) is True and not any(ask(f, one) for f in self._facts)
        except Undecided:
            return False

    def step_by_step(self) -> bool:
        """Go on from record to record, mending one part that fails at a time; False says nothing.

        Where no record is to be met this takes ten times as long as ``by_chance``.
        """
        parts = [*parts_of(self._program, self._cond), *map(_not, self._facts)]
        read = {p: fields_read(self._program, [p]) for p in parts}
        one, failing, idle = None, parts, 0
        for step in range(_STEPS):
            if one is None or idle > _STUCK:
                one, idle = self._dice.record(self._record), 0
                failing = self._failing(parts, one)
            other = self._dice.again(one, read[failing[step % len(failing)]])
            left = self._failing(parts, other)
            idle = 0 if len(left) < len(failing) else idle + 1
            if len(left) <= len(failing):
                one, failing = other, left
            if not failing:
                return self._holds(one)
        return False

    def _failing(self, parts: Sequence[Expr], one: TypedRecord) -> list[Expr]:
        return [p for p in parts if not self._is_true(p, one)]

    def _is_true(self, part: Expr, one: TypedRecord) -> bool:
        """Say whether a part is true; one that rests on another, which is not, can't be asked alone."""
        try:
            return self._interpreter.evaluate(part, one) is True
        except (Undecided, AssertionError, ZeroDivisionError):
            return False


def parts_of(program: Program, cond: Expr, *, true: bool = True) -> Iterator[Expr]:
    """Yield what has to hold one by one for a condition to be ``true`` (or not), seen through definitions."""
    match cond:
        case Apply(Op.NOT, (inner,)):
            yield from parts_of(program, inner, true=not true)
        case Apply(Op.AND | Op.OR as op, args) if (op is Op.AND) is true:
            for arg in args:
                yield from parts_of(program, arg, true=true)
        case Ref(key, Var("self"), BoolTy()):
            yield from parts_of(program, program.defs[key].body, true=true)
        case IsPresent(Ref(key, Var("self"))) if true and (inside := _guarded(program, key)) is not None:
            yield from parts_of(program, inside.cond)
        case Unwrap(Ref(key, Var("self"))) if true and (inside := _guarded(program, key)) is not None:
            yield from parts_of(program, inside.then)
        case Lit(value) if value is true:
            return
        case _:
            yield cond if true else _not(cond)


def _guarded(program: Program, key: DefKey) -> If | None:
    """Return the body of a definition that is missing unless its condition holds."""
    body = program.defs[key].body
    return body if isinstance(body, If) and isinstance(body.other, Lit) and body.other.value is None else None


def _not(cond: Expr) -> Expr:
    return Apply(Op.NOT, (cond,), BOOL, cond.span)
