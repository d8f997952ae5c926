"""Tables become branches: which cells apply to which values, a missing one included."""

from itertools import product

import pytest

from kamflow.core.expr import (
    AnyCell,
    Choose,
    DefKey,
    Hit,
    IsPresent,
    MissingCell,
    NotCell,
    OrCell,
    PointCell,
    RangeCell,
    walk,
)
from kamflow.core.laws import check_laws
from kamflow.core.ty import BOOL, TEXT
from kamflow.engines.interp import Interpreter
from kamflow.passes import run_passes
from kamflow.passes.unfold_tables import choose_of, row_condition
from tests.interp.build import (
    STATUS,
    TIER,
    YES,
    choose,
    customer,
    definition,
    get,
    lit,
    param,
    program,
    table,
)

ANY, MISSING = AnyCell(), MissingCell()


def between(lo, hi, *, lo_in=True, hi_in=True):
    return RangeCell(None if lo is None else lit(lo), lo_in, None if hi is None else lit(hi), hi_in)


def point(value, ty=None):
    return PointCell(lit(value) if ty is None else lit(value, ty))


def applies(column, cell, record):
    (row,) = table(Hit.FIRST, (column,), (cell,)).rows
    return Interpreter(program(), 0).evaluate(row_condition((column,), row), record)


AMOUNTS = (None, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("cell", "matched"),
    [
        (ANY, AMOUNTS),
        (MISSING, (None,)),
        (between(2, 4), (2, 3, 4)),
        (between(2, 4, hi_in=False), (2, 3)),
        (between(2, 4, lo_in=False), (3, 4)),
        (between(2, 4, lo_in=False, hi_in=False), (3,)),
        (between(None, 3), (1, 2, 3)),
        (between(3, None), (3, 4, 5)),
        (between(None, None), (1, 2, 3, 4, 5)),
        (point(3), (3,)),
        (NotCell(point(3)), (1, 2, 4, 5)),
        (NotCell(between(2, 4)), (1, 5)),
        (NotCell(OrCell((point(1), between(4, None)))), (2, 3)),
        (NotCell(ANY), ()),
        (NotCell(MISSING), (1, 2, 3, 4, 5)),
        (NotCell(NotCell(point(3))), (3,)),
        (OrCell((point(1), point(5))), (1, 5)),
        (OrCell((point(1), MISSING)), (None, 1)),
        (OrCell((MISSING, NotCell(point(1)))), (None, 2, 3, 4, 5)),
        (OrCell((point(1), ANY)), AMOUNTS),
        (OrCell((between(4, None),)), (4, 5)),
    ],
)
def test_a_cell_on_an_optional_column(cell, matched):
    found = [v for v in AMOUNTS if applies(get("opt"), cell, customer(opt=v))]
    assert found == list(matched)


@pytest.mark.parametrize(
    ("cell", "matched"),
    [
        (ANY, (1, 2, 3, 4, 5)),
        (MISSING, ()),
        (between(2, 4), (2, 3, 4)),
        (NotCell(between(2, 4)), (1, 5)),
        (OrCell((point(1), MISSING)), (1,)),
        (PointCell(param("limit")), (5,)),
        (RangeCell(None, True, param("limit"), False), (1, 2, 3, 4)),
    ],
)
def test_a_cell_on_a_required_column(cell, matched):
    assert [v for v in AMOUNTS if v and applies(get("a"), cell, customer(a=v))] == list(matched)


@pytest.mark.parametrize(
    ("column", "cell", "values", "matched"),
    [
        ("word", point("a", TEXT), ("a", "A", ""), ("a",)),
        ("wordopt", NotCell(point("", TEXT)), (None, "", "x"), ("x",)),
        ("flag", point(False, BOOL), (True, False), (False,)),
        ("flagopt", NotCell(point(True, BOOL)), (None, True, False), (False,)),
        ("grade", RangeCell(lit(1, TIER), True, None, True), (0, 1, 2), (1, 2)),
        ("grade", OrCell((point(0, TIER), point(2, TIER))), (0, 1, 2), (0, 2)),
        ("status", NotCell(point(1, STATUS)), (0, 1), (0,)),
    ],
)
def test_a_cell_compares_by_the_type_of_its_column(column, cell, values, matched):
    found = [v for v in values if applies(get(column), cell, customer(**{column: v}))]
    assert found == list(matched)


def test_a_row_applies_when_all_its_cells_do():
    columns = (get("a"), get("opt"), get("flag"))
    (row,) = table(Hit.FIRST, columns, (point(1), NotCell(point(2)), ANY)).rows
    cond = row_condition(columns, row)
    for a, opt, flag in product((1, 2), (None, 2, 3), (True, False)):
        found = Interpreter(program(), 0).evaluate(cond, customer(a=a, opt=opt, flag=flag))
        assert found == (a == 1 and opt == 3)


def test_a_row_without_a_condition_always_applies():
    columns = (get("a"), get("opt"))
    (row,) = table(Hit.FIRST, columns, (ANY, OrCell((ANY, MISSING)))).rows
    assert row_condition(columns, row) == YES


def test_a_required_column_is_never_asked_whether_it_is_present():
    (row,) = table(Hit.FIRST, (get("a"),), (NotCell(between(1, 2)),)).rows
    assert not any(isinstance(n, IsPresent) for n in walk(row_condition((get("a"),), row)))


def test_hit_policy_rows_and_otherwise_stay():
    before = table(Hit.COLLECT, (get("a"),), (ANY,), (point(1),), otherwise=True)
    after = choose_of(before)
    assert (after.hit, after.otherwise, after.ty) == (before.hit, before.otherwise, before.ty)
    assert [b.tag for b in after.branches] == [r.tag for r in before.rows]


def test_the_passes_leave_no_table_and_nothing_else_changed():
    prog = program(
        ("x#row", table(Hit.UNIQUE, (get("a"),), (between(None, 2),), (between(2, None, lo_in=False),))),
        ("y#row", choose(Hit.FIRST, YES)),
        others=(definition("first", get("b")),),
    )
    assert check_laws(prog, lowered=False) == []
    assert check_laws(prog, lowered=True) == ["`x#row of customer`: a table was not unfolded"]
    after = run_passes(prog, debug=True)
    assert list(after.defs) == list(prog.defs)
    assert isinstance(after.defs[DefKey("customer", "x#row")].body, Choose)
    assert after.defs[DefKey("customer", "y#row")] == prog.defs[DefKey("customer", "y#row")]
    assert run_passes(after) == after


def test_the_debug_flag_stops_at_a_broken_law():
    with pytest.raises(AssertionError, match="before the passes"):
        run_passes(program(("x#row", table(Hit.FIRST, (get("a"),), (MISSING,)))), debug=True)


def test_an_impossible_row_is_no_error_in_itself():
    assert applies(get("a"), NotCell(ANY), customer(a=1)) is False
