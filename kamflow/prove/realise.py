"""From a box of column values to a record that has them: by its fields, else by search, else not at all.

Where all columns are fields of the record, a record with the values is written down and tried. Where a
column is computed, or a fact forbids that record, the search decides. Nothing is returned that the
interpreter did not meet the flaw with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.text import Text
from kamflow.core.expr import DefKey, Expr
from kamflow.core.plain import Path, plain_record
from kamflow.core.program import Program
from kamflow.core.ty import BoolTy, ScaledTy, TextTy, UnitKind
from kamflow.engines.interp import Interpreter
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.prove.constants import a_day, field_path
from kamflow.prove.intervals import Days, intervals, params_of
from kamflow.prove.regions import condition_of
from kamflow.prove.table_defects import Witness
from kamflow.tables.grid import Axis, Box, Grid
from kamflow.tables.values import Values
from kamflow.values.data import Value
from kamflow.values.outcome import Undecided, WhyUndecided

Ask: TypeAlias = Callable[[DefKey, Days, Sequence[Expr]], Answer]
"""Looks for a valid record that meets conditions, on days on which no parameter changes; the table may be
without an answer for it."""


@dataclass
class Realiser:
    """Finds witnesses for the flaws of one program's tables. ``lowered`` is what the interpreter runs."""

    lowered: Program
    search: Ask
    _interpreters: dict[int, Interpreter] = field(default_factory=dict)

    def in_box(self, key: DefKey, grid: Grid, box: Box, days: Days, wanted: WhyUndecided) -> Answer:
        """Return a record with columns in a box whose table has no answer, for the reason ``wanted``."""
        found = self._by_fields(key, grid, box, days, wanted)
        return found if found is not None else self.where(key, condition_of(grid.axes, box), days, wanted)

    def where(self, key: DefKey, conds: Sequence[Expr], days: Days, wanted: WhyUndecided) -> Answer:
        """Search for a record that meets conditions and whose table has no answer."""
        roots = [*conds, self.lowered.defs[key].body, *(f.cond for f in self.lowered.impossible)]
        unknown: NotKnown | None = None
        for part in intervals(self.lowered, days, params_of(self.lowered, roots)):
            answer = self.search(key, part, conds)
            match answer:
                case Found(records, as_of):
                    if self.meets(key, Witness(records[0], as_of), wanted):
                        return answer
                    unknown = NotKnown(
                        Text("the record that was found does not show it", "找到的记录未能重现该情形")
                    )
                case NotKnown():
                    unknown = unknown or answer
                case Nowhere():
                    pass
        return unknown or Nowhere()

    def _by_fields(self, key: DefKey, grid: Grid, box: Box, days: Days, wanted: WhyUndecided) -> Found | None:
        fields: dict[Path, Value] = {}
        day = a_day(days)
        for axis, values in zip(grid.axes, box, strict=True):
            path = field_path(axis.column)
            if path is None:
                return None
            fields[path] = value_at(axis, _plain_point(axis, values, day))
        record = plain_record(key.record, self.lowered, day, fields)
        return Found((record,), day) if self.meets(key, Witness(record, day), wanted) else None

    def rows_that_apply(self, key: DefKey, witness: Witness) -> tuple[int, ...]:
        """Return the rows of a unique table that apply to a record together."""
        try:
            self._interpreter(witness.as_of).value(key, witness.record)
        except Undecided as undecided:
            return undecided.what.rows
        return ()

    def _interpreter(self, day: int) -> Interpreter:
        if day not in self._interpreters:
            self._interpreters[day] = Interpreter(self.lowered, day)
        return self._interpreters[day]

    def meets(self, key: DefKey, witness: Witness, wanted: WhyUndecided) -> bool:
        """Say whether the interpreter finds a valid record without an answer, at this table."""
        interpreter = self._interpreter(witness.as_of)
        record = witness.record
        try:
            for fact in self.lowered.impossible:
                if fact.record == record.record and interpreter.evaluate(fact.cond, record):
                    return False
            interpreter.value(key, record)
        except Undecided as undecided:
            return undecided.what.name == str(key) and undecided.what.why is wanted
        return False


def _plain_point(axis: Axis, values: Values, day: int) -> int:
    """Return the value of a set that is nearest to 0, for dates to the day."""
    ty = axis.ty
    aim = day if isinstance(ty, ScaledTy) and ty.unit.kind is UnitKind.DATE else 0
    present = [(a, b) for a, b in values if a != axis.missing]
    if not present:
        assert axis.missing is not None
        return axis.missing
    return min((min(max(aim, a), b) for a, b in present), key=lambda x: (abs(x - aim), x))


def value_at(axis: Axis, code: int) -> Value:
    """Return the run-time value that lies at a place of an axis."""
    if code == axis.missing:
        return None
    match axis.ty:
        case TextTy():
            return axis.texts[code] if code < len(axis.texts) else _other_than(axis.texts)
        case ScaledTy():
            return code
        case BoolTy():
            return code == 1
        case _:
            return code


def _other_than(texts: Sequence[str]) -> str:
    """Return a text that is none of those named."""
    text = "…"
    while text in texts:
        text += "…"
    return text
