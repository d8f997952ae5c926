"""The calendar in integers, day by day, against the calendar of Python."""

from __future__ import annotations

import os
from datetime import date

import pytest

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, Op, Today
from kamflow.core.ty import DATE, DATE_CEIL, DATE_FLOOR, FIRST_DATE, LAST_DATE, MONTHS, ScaledTy
from kamflow.values.dates import add_months, month_of, whole_months, year_of
from tests.sql.core_rig import field, program, run

LONG = bool(os.environ.get("KAMFLOW_LONG"))
DAY = ScaledTy(DATE, 0, FIRST_DATE, LAST_DATE)
ANY_DAY = ScaledTy(DATE, 0, DATE_FLOOR, DATE_CEIL)
SPAN = ScaledTy(MONTHS, 0, -120_000, 120_000)
D, M, E = field("d", DAY), field("m", SPAN), field("e", DAY)


def op(what: Op, *args) -> Apply:
    ty = ANY_DAY if what in (Op.ADD_MONTHS_CLAMP, Op.ADD_MONTHS_NEXT) else SPAN
    return Apply(what, args, ty, NOWHERE)


def test_years_and_months_of_every_day_from_1900_to_2200():
    got = run(
        program({"d": DAY}, op(Op.YEAR_OF, D), op(Op.MONTH_OF, D)),
        f"SELECT range FROM range({FIRST_DATE}, {LAST_DATE + 1})",
    )
    assert len(got) == LAST_DATE + 1 - FIRST_DATE
    for day, found in enumerate(got, FIRST_DATE):
        at = date.fromordinal(day)
        assert found == (at.year, at.month)


@pytest.mark.parametrize(
    "day", [DATE_FLOOR, 58, 59, 60, 365, 366, 1461, 146_097, 146_098, DATE_CEIL - 31, DATE_CEIL]
)
def test_the_ends_of_the_calendar(day):
    far = field("d", ANY_DAY)
    made = program({"d": ANY_DAY}, op(Op.YEAR_OF, far), op(Op.MONTH_OF, far))
    assert run(made, f"SELECT {day}") == [(year_of(day), month_of(day))]


def days() -> list[int]:
    if LONG:
        return list(range(FIRST_DATE, LAST_DATE + 1))
    every = range(FIRST_DATE, LAST_DATE + 1)
    edges = [d for d in every if date.fromordinal(d).day in (1, 28, 29, 30, 31)]
    return sorted({*edges[::9], *range(FIRST_DATE, LAST_DATE, 97),
                   *(date(y, 2, d).toordinal() for y in range(1900, 2200) for d in (27, 28)),
                   *(date(y, 2, 29).toordinal() for y in range(1904, 2200, 4) if y != 2100)})  # fmt: skip


def test_months_later_and_before():
    """Every day from 1900 to 2200 by -24 to 24 months with KAMFLOW_LONG; else days that matter by some."""
    shifts = range(-24, 25) if LONG else (-24, -13, -12, -2, -1, 0, 1, 2, 3, 11, 12, 23)
    made = program({"d": DAY, "m": SPAN}, op(Op.ADD_MONTHS_CLAMP, D, M), op(Op.ADD_MONTHS_NEXT, D, M))
    chosen = days()
    for shift in shifts:
        got = run(made, f"SELECT unnest(?::BIGINT[]), {shift}", [chosen])
        wanted = [(add_months(d, shift, clamp=True), add_months(d, shift, clamp=False)) for d in chosen]
        assert got == wanted, shift


def test_whole_months_between_days():
    made = program(
        {"d": DAY, "e": DAY}, op(Op.WHOLE_MONTHS, D, E), op(Op.WHOLE_MONTHS, D, Today(DAY, NOWHERE))
    )
    today = date(2024, 2, 29).toordinal()
    chosen = days()[:: 1 if LONG else 5]
    pairs = [
        (d, e) for i, d in enumerate(chosen) for e in (chosen[-i - 1], d, d + 30 - 61 * (d > 730_000), today)
    ]
    got = run(
        made,
        "SELECT unnest(?::BIGINT[]), unnest(?::BIGINT[])",
        [*map(list, zip(*pairs, strict=True))],
        day=today,
    )
    assert got == [(whole_months(d, e), whole_months(d, today)) for d, e in pairs]
