"""What can be wrong with a table, as values: which rows, where, and a record that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.program import Def
from kamflow.prove.intervals import Days
from kamflow.tables.grid import Box, Grid
from kamflow.values.data import TypedRecord, Value


class Flaw(StrEnum):
    GAP = "gap"  # no row applies
    OVERLAP = "overlap"  # two rows of a unique table apply
    EMPTY = "empty"  # a cell that takes no value: the row never applies
    MASKED = "masked"  # rows before it take all that a row of a `first` table asks for
    DUPLICATE = "duplicate"  # two rows of a collect table apply to the same and say the same
    ALWAYS = "always"  # a row of a collect table that applies to everybody
    NOT_DECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Witness:
    """A valid record that meets the flaw on a day; the interpreter said so."""

    record: TypedRecord
    as_of: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A box of column values, and a record in it. ``box`` is None for a table that is no boxes."""

    box: Box | None
    witness: Witness | None


@dataclass(frozen=True, slots=True)
class TableDefect:
    """One flaw of one table on ``days``. ``rows`` are 0-based: those that meet, that never answer.

    ``grid`` is None for a table that is no boxes. ``changed``: the parameters whose new values begin on
    the first of these days and that the table reads; the flaw was not there before (``is_later``).
    ``cases``: combinations of values covered and in all, where all columns are lists of a few values.
    """

    flaw: Flaw
    key: DefKey
    definition: Def
    days: Days
    rows: tuple[int, ...] = ()
    spots: tuple[Spot, ...] = ()
    grid: Grid | None = None
    why: Text | None = None
    cases: tuple[int, int] | None = None
    is_later: bool = False
    changed: tuple[tuple[str, Value], ...] = ()

    @property
    def witness(self) -> Witness | None:
        return next((s.witness for s in self.spots if s.witness is not None), None)
