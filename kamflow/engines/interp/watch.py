"""An interpreter that is watched: what was read, chosen and overridden on the way to a value.

It evaluates by the very methods of the reference interpreter and only notes what they return, so that
nothing about a value can depend on its being watched, and the unwatched one pays nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from kamflow.core.expr import DefKey, Expr, Override, Param, PopTerm
from kamflow.core.program import Program
from kamflow.engines.interp.interpreter import ROOM, Interpreter
from kamflow.engines.interp.scope import Need, Scope
from kamflow.values.data import TypedRecord, Value


class WatchedInterpreter(Interpreter):
    """``watched``: ids of the nodes whose values are noted; the caller keeps those nodes alive."""

    def __init__(
        self,
        program: Program,
        as_of: int,
        portfolio: Sequence[TypedRecord] | None,
        watched: Set[int],
    ) -> None:
        super().__init__(program, as_of, portfolio)
        self._watched = watched
        self.forget()

    def forget(self) -> None:
        """Begin anew: what follows is noted apart from what was."""
        self.values: dict[int, set[Value]] = {}
        self.read: set[DefKey] = set()
        self.params: set[str] = set()
        self.populations: set[str] = set()
        self.applied: dict[DefKey, set[tuple[int, ...]]] = {}

    def _define(self, need: Need, room: int = ROOM) -> Value:
        value = super()._define(need, room)
        record, key = need
        if key.name not in record.given:
            self.read.add(key)
            if isinstance(self._program.defs[key].body, Override):
                self.applied.setdefault(key, set()).add(self._known[need].applied)
        return value

    def _eval(self, e: Expr, scope: Scope) -> Value:
        if isinstance(e, Param):
            self.params.add(e.name)
        elif isinstance(e, PopTerm):
            self.populations.add(e.population)
        value = super()._eval(e, scope)
        if id(e) in self._watched:
            self.values.setdefault(id(e), set()).add(value)
        return value
