"""Calendar months as reports count them: ``2026-06``, their first days, the months between two.

Assumes: day numbers. Leaves: text and day numbers.
"""

from __future__ import annotations

from datetime import date

from kamflow.values.dates import add_months

SHOWN = 24
"""Months on a picture; the table has them all."""


def name_of(day: int) -> str:
    """Return the month of a day: ``2026-06``."""
    return date.fromordinal(day).isoformat()[:7]


def first_of(day: int) -> int:
    """Return the first day of the month that a day lies in."""
    return date.fromordinal(day).replace(day=1).toordinal()


def later(first: int, months: int) -> int:
    """Return the first day of the month that lies ``months`` later (earlier where below zero)."""
    return add_months(first, months, clamp=True)


def firsts(start: int, end: int) -> list[int]:
    """Return the first days of all months from that of ``start`` to that of ``end``."""
    found = [first_of(start)]
    while (following := later(found[-1], 1)) <= end:
        found.append(following)
    return found if start <= end else []


def whole(start: int, day: int) -> list[int]:
    """Return the first days of the months that are over on a day, and the first day after the last of them.

    A month is over when ``day`` is its last day or later.
    """
    return [f for f in firsts(start, day + 1) if f <= day + 1]
