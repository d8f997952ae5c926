"""Day numbers and months, against a calendar that is counted and not looked up."""

from datetime import date

import pytest

from kamflow.values.dates import add_months, day_from_iso, month_of, show_day, whole_months, year_of

FIRST, LAST = date(1900, 1, 1).toordinal(), date(2200, 12, 31).toordinal()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def counted_months():
    """Return [(year, month, first day number, length)], counted from 0001-01-01 = 1."""
    months, day = [], 1
    for year in range(1, 2211):
        for month, length in enumerate(LENGTHS, 1):
            actual = 29 if month == 2 and is_leap(year) else length
            months.append((year, month, day, actual))
            day += actual
    return months


MONTHS = counted_months()
BY_DAY = [(i, d) for i, (_, _, _, length) in enumerate(MONTHS) for d in range(1, length + 1)]
SOME_DAYS = [
    day
    for day in range(FIRST, LAST + 1)
    if BY_DAY[day - 1][1] >= 28 or BY_DAY[day - 1][1] == 1 or day % 13 == 0
]
"""All ends and beginnings of months of three centuries, and each 13th day."""

SHIFTS = range(-24, 25)


def shifted(day, months, clamp):
    index, of_month = BY_DAY[day - 1]
    _, _, first, length = MONTHS[index + months]
    if of_month <= length:
        return first + of_month - 1
    return first + length - (1 if clamp else 0)


@pytest.mark.parametrize("clamp", [True, False])
def test_months_added_to_all_days_of_three_centuries(clamp):
    # each day meets some of the shifts, and all 49 shifts meet every kind of day
    for n, day in enumerate(SOME_DAYS):
        for months in SHIFTS[n % 7 :: 7]:
            assert add_months(day, months, clamp=clamp) == shifted(day, months, clamp), (day, months)


def test_every_month_end_of_a_leap_cycle_meets_every_shift():
    for day in range(date(1999, 1, 1).toordinal(), date(2004, 12, 31).toordinal() + 1):
        if BY_DAY[day - 1][1] >= 28:
            for months in SHIFTS:
                assert add_months(day, months, clamp=True) == shifted(day, months, True)
                assert add_months(day, months, clamp=False) == shifted(day, months, False)


def test_year_and_month_of_every_day():
    for day in range(FIRST, LAST + 1):
        year, month, _, _ = MONTHS[BY_DAY[day - 1][0]]
        assert (year_of(day), month_of(day)) == (year, month)


def completed(start, end):
    """Count complete months one by one: each ends on the day of the month, or where the month has no
    such day, on the day after the month."""
    months = 0
    while shifted(start, months + 1, clamp=False) <= end:
        months += 1
    return months


def test_whole_months_are_counted_one_by_one():
    for start in SOME_DAYS[::97]:
        for gap in (0, 1, 27, 28, 29, 30, 31, 58, 59, 60, 61, 90, 365, 366, 700):
            assert whole_months(start, start + gap) == completed(start, start + gap), (start, gap)
            assert whole_months(start + gap, start) == -completed(start, start + gap)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-31", "2026-02-28", 0),
        ("2026-01-31", "2026-03-01", 1),
        ("2024-02-29", "2025-02-28", 11),
        ("2024-02-29", "2025-03-01", 12),
        ("2026-01-15", "2026-02-14", 0),
        ("2026-01-15", "2026-02-15", 1),
        ("2026-02-15", "2026-01-15", -1),
        ("2026-02-14", "2026-01-15", 0),
        ("1900-01-01", "2199-12-31", 3599),
    ],
)
def test_a_month_is_complete_on_its_day(start, end, months):
    assert whole_months(day_from_iso(start), day_from_iso(end)) == months


@pytest.mark.parametrize(
    ("text", "day"), [("0001-01-01", 1), ("1970-01-01", 719_163), ("9999-12-31", 3_652_059)]
)
def test_a_day_is_its_number(text, day):
    assert day_from_iso(text) == day
    assert show_day(day) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-2-1", "2026-02-29", "1900-02-29", "2100-02-29", "0000-01-01", "2026-13-01", "2026-00-10",
        "2026-01-00", "2026-04-31", "20260101", "2026-W01-1", "2026-001", "2026-01-01T00:00", " 2026-01-01",
        "2026-01-01 ", "2026-01-01\n", "２０２６-01-01", "٢٠٢٦-01-01", "-2026-01-01", "+002026-01-01",
        "2026/01/01", "10000-01-01", "2026-01-1", "01-02-2026",
    ],
)  # fmt: skip
def test_what_is_no_day(text):
    assert day_from_iso(text) is None


def test_29_february_is_a_day_every_fourth_year_but_not_in_1900():
    assert [y for y in range(1896, 2013, 4) if day_from_iso(f"{y}-02-29") is None] == [1900]
