"""Dates as proleptic Gregorian day numbers, and month arithmetic."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def day_from_iso(text: str) -> int | None:
    """Return the day number of ``YYYY-MM-DD``, or None where there is no such day."""
    if _ISO.match(text) is None:  # fromisoformat takes other forms as well
        return None
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def show_day(day: int) -> str:
    return date.fromordinal(day).isoformat()


def add_months(day: int, months: int, *, clamp: bool) -> int:
    """Return the same day of the month ``months`` later.

    Where that month is shorter, ``clamp`` takes its last day, else the first day of the next one.
    The checker's ranges keep the result within the calendar.
    """
    start = date.fromordinal(day)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    if start.day <= last:
        return date(year, month + 1, start.day).toordinal()
    end = date(year, month + 1, last).toordinal()
    return end if clamp else end + 1


def whole_months(start: int, end: int) -> int:
    """Return how many complete months lie between two days; negative when ``end`` comes first.

    A month is complete on the same day of the month; there is none on 31 for the shorter months,
    so 31 January to 28 February is 0 months and to 1 March is 1.
    """
    if end < start:
        return -whole_months(end, start)
    a, b = date.fromordinal(start), date.fromordinal(end)
    months = (b.year - a.year) * 12 + b.month - a.month
    return months - 1 if b.day < a.day else months


def year_of(day: int) -> int:
    return date.fromordinal(day).year


def month_of(day: int) -> int:
    return date.fromordinal(day).month
