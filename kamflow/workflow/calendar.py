"""Business calendars as values: opening hours, holidays, make-up working days.

A calendar is read from ``calendars.yaml`` (``read_calendars``) and made ready for counting by
``working_time``.
"""

from __future__ import annotations

from dataclasses import field

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Span
from kamflow.base.text import NO_TEXT, Text

Hours = tuple[tuple[int, int], ...]
"""Opening hours of a day: (from, to) in minutes since midnight, ascending, apart; empty: closed."""


@frozen
class HolidaySource:
    """Public holidays of the `holidays` library. ``working_weekends``: its make-up days (调休) are worked."""

    country: str
    subdivision: str = ""
    working_weekends: bool = False


@frozen
class Calendar:
    """``week``: Monday first. ``extra``: day number → hours, which win over everything else.

    ``until``: the last day (number) for which holidays are published; what falls later is `provisional`.
    """

    id: str
    label: Text
    tz: str
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    holidays: HolidaySource | None = None
    extra: tuple[tuple[int, Hours], ...] = ()
    until: int | None = None
    source: str = ""
    digest: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


_ALL_DAY: Hours = ((0, 1440),)
NO_CALENDAR = Calendar(
    "always", NO_TEXT, "UTC", (_ALL_DAY, _ALL_DAY, _ALL_DAY, _ALL_DAY, _ALL_DAY, _ALL_DAY, _ALL_DAY)
)
