"""When a row of a `first` table really answers: what it asks for, less what rows before it take."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.core.expr import DefKey, Hit, Table
from kamflow.core.program import Program
from kamflow.passes import run_passes
from kamflow.prove.box_words import say_box
from kamflow.prove.constants import constants
from kamflow.tables.cover import TooMany, pieces_of
from kamflow.tables.grid import NotABox, grid_of
from kamflow.tables.merge import few_boxes

_MAX_BOXES = 4  # of a row; more do not read as a condition


def effective_conditions(program: Program, key: DefKey, day: int) -> tuple[Text, ...] | None:
    """Return for each row of a `first` table when it answers, with the parameters of a day.

    None for any other definition, and where rows overlap in too many ways to be said. A row to which
    nothing is left has an empty text.
    """
    table = program.defs[key].body
    if not isinstance(table, Table) or table.hit is not Hit.FIRST:
        return None
    grid = grid_of(table, constants(run_passes(program), day))
    if isinstance(grid, NotABox):
        return None
    try:
        pieces = [few_boxes(left) for left in pieces_of(grid.rows)]
    except TooMany:
        return None
    if any(len(boxes) > _MAX_BOXES for boxes in pieces):
        return None
    said = [[say_box(program, grid.axes, box) for box in boxes] for boxes in pieces]
    return tuple(Text("; or ".join(s.en for s in row), "；或 ".join(s.zh for s in row)) for row in said)
