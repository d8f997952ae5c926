"""Random tables with one defect and without: all found, none invented, to the last combination of values."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product
from random import Random

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.core.program import Program
from kamflow.engines.smt.answer import NotKnown
from kamflow.project.load import Stretch, load_sources
from kamflow.prove.intervals import Days
from kamflow.prove.table_defects import Flaw, TableDefect
from kamflow.prove.tables import prove_tables
from tests.tables.gen_tables import DEFECTS, Made, sound
from tests.tables.oracle import KEY, Point, Truth, row_count, truth_on

FROM_2025, FROM_2027 = date(2025, 1, 1).toordinal(), date(2027, 1, 1).toordinal()
DAYS = Days(FROM_2025, date(2199, 12, 31).toordinal())


def _loaded(made: Made) -> Stretch:
    text = made.text()
    project = load_sources({"t.kam": Source("t.kam", text)}, Sink())
    assert not project.has_errors, (text, [f.message.en for f in project.findings])
    return project.stretches[-1]


def _never_asked(*_question: object) -> NotKnown:
    raise AssertionError("columns that are fields need no search")


def _defects(stretch: Stretch) -> list[TableDefect]:
    assert stretch.program is not None
    assert stretch.lowered is not None
    return list(prove_tables(stretch.program, stretch.lowered, DAYS, _never_asked, {KEY}))


def _points(defect: TableDefect, made: Made) -> set[Point]:
    """Return the combinations of values in a defect's boxes."""
    assert defect.grid is not None
    axes, found = defect.grid.axes, set()
    for point in product(*(sorted(c.codes) for c in made.columns)):
        codes = [a.missing if code < 0 else a.lo + code for a, code in zip(axes, point, strict=True)]
        for spot in defect.spots:
            assert spot.box is not None
            if all(any(x <= c <= y for x, y in v) for v, c in zip(spot.box, codes, strict=True)):
                found.add(point)
    return found


def _compare(made: Made) -> set[Flaw]:
    """Hold what is found against what is true, on each of the days on which the parameter has its values."""
    stretch = _loaded(made)
    found = _defects(stretch)
    program = stretch.lowered
    assert program is not None
    assert Flaw.NOT_DECIDED not in {d.flaw for d in found}
    for witness in (d.witness for d in found if d.flaw in {Flaw.GAP, Flaw.OVERLAP}):
        assert witness is not None
    days = [FROM_2025] if made.values is None or len(set(made.values)) == 1 else [FROM_2025, FROM_2027]
    said_before: list[TableDefect] = []
    for day in days:
        truth = truth_on(program, made, day)
        now = [d for d in found if d.days.first <= day <= d.days.last]
        _compare_gaps(truth, now + said_before, made)
        _compare_overlaps(truth, now + said_before, made)
        _compare_dead_rows(truth, now + said_before, made, program)
        said_before += now
    return {d.flaw for d in found}


def _compare_gaps(truth: Truth, found: list[TableDefect], made: Made) -> None:
    regions = [_points(d, made) for d in found if d.flaw is Flaw.GAP]
    assert truth.gaps in regions if truth.gaps else not regions, made.text()


def _compare_overlaps(truth: Truth, found: list[TableDefect], made: Made) -> None:
    shown = set().union(*(_points(d, made) for d in found if d.flaw is Flaw.OVERLAP))
    true = set().union(*truth.pairs.values())
    assert shown == true, made.text()
    rows = {r for d in found if d.flaw is Flaw.OVERLAP for r in d.rows}
    assert rows == {r for pair in truth.pairs for r in pair}, made.text()


def _compare_dead_rows(truth: Truth, found: list[TableDefect], made: Made, program: Program) -> None:
    if made.hit != "first":
        return
    dead = set(range(row_count(program))) - truth.fired
    said = {d.rows[0] for d in found if d.flaw in {Flaw.MASKED, Flaw.EMPTY}}
    assert said == dead, made.text()


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_tables_with_a_seeded_defect(part: int) -> None:
    flaws: Counter[Flaw] = Counter()
    for seed in range(part * 100, part * 100 + 100):
        make = DEFECTS[seed % len(DEFECTS)]
        flaws.update(_compare(make(Random(seed))))
    assert flaws[Flaw.GAP] > 15
    assert flaws[Flaw.OVERLAP] > 10
    assert flaws[Flaw.MASKED] > 5


@pytest.mark.parametrize("part", range(10))
def test_a_thousand_tables_without_a_defect(part: int) -> None:
    for seed in range(part * 100, part * 100 + 100):
        assert _compare(sound(Random(10**6 + seed))) == set(), seed


def test_what_is_said_of_a_date_to_come_is_said_once() -> None:
    made = Made(
        columns=DEFECTS[-1](Random(1)).columns[:1],
        rows=[(frozenset({2, 3, 4}),), (frozenset({0, 1}),)],
        late={0: "at least bound"},
        values=(2, 1),
    )
    (defect,) = _defects(_loaded(made))
    assert (defect.flaw, defect.is_later, defect.days.first) == (Flaw.OVERLAP, True, FROM_2027)
    assert defect.changed == (("bound", 1),)
