"""What is wrong with a small table: the interpreter is asked about every record on every date."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from kamflow.core.expr import Choose, DefKey
from kamflow.core.program import Program
from kamflow.engines.interp import Interpreter
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Undecided, WhyUndecided
from tests.tables.gen_tables import Made

KEY = DefKey("thing", "answer#row")
Point = tuple[int, ...]


@dataclass
class Truth:
    """Of one day: combinations without a row, those with several and which, rows that answered."""

    gaps: set[Point] = field(default_factory=set)
    pairs: dict[tuple[int, int], set[Point]] = field(default_factory=dict)
    fired: set[int] = field(default_factory=set)


def truth_on(program: Program, made: Made, day: int) -> Truth:
    """Try all combinations of values of a table's columns."""
    interpreter = Interpreter(program, day)
    truth = Truth()
    for point in product(*(sorted(c.codes) for c in made.columns)):
        fields = {
            c.name: None if code < 0 else bool(code) if c.declared == "yes/no" else code
            for c, code in zip(made.columns, point, strict=True)
        }
        try:
            row = interpreter.value(KEY, TypedRecord("thing", fields))
            assert isinstance(row, int)
            truth.fired.add(row)
        except Undecided as undecided:
            what = undecided.what
            if what.why is WhyUndecided.NO_ROW:
                truth.gaps.add(point)
            else:
                for i, a in enumerate(what.rows):
                    for b in what.rows[i + 1 :]:
                        truth.pairs.setdefault((a, b), set()).add(point)
    return truth


def row_count(program: Program) -> int:
    body = program.defs[KEY].body
    assert isinstance(body, Choose)
    return len(body.branches)
