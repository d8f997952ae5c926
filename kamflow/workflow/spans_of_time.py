"""How long durations are, as far as they compare without knowing from when they run.

Elapsed and working time do not compare with each other. A business day is as long as the calendar's longest.
"""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.model import Duration, Unit
from kamflow.workflow.walk import BUSINESS

_MINUTES = {
    Unit.MINUTES: 1,
    Unit.HOURS: 60,
    Unit.DAYS: 1440,
    Unit.WEEKS: 10_080,
    Unit.BUSINESS_HOURS: 60,
}

_CHINESE = {
    Unit.MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.DAYS: "天",
    Unit.WEEKS: "周",
    Unit.BUSINESS_HOURS: "个工作小时",
    Unit.BUSINESS_DAYS: "个工作日",
}


def in_words(duration: Duration) -> Text:
    return Text(str(duration), f"{duration.amount} {_CHINESE[duration.unit]}")


def minutes(duration: Duration, calendar: Calendar | None) -> int:
    """Return minutes, of working time for business units."""
    if duration.unit is Unit.BUSINESS_DAYS:
        return duration.amount * longest_day(calendar)
    return duration.amount * _MINUTES[duration.unit]


def longest_day(calendar: Calendar | None) -> int:
    """Return the minutes of the longest working day of the week, 1440 without a calendar."""
    if calendar is None:
        return 1440
    return max(sum(end - start for start, end in hours) for hours in calendar.week) or 1440


def comparable(a: Duration, b: Duration) -> bool:
    return (a.unit in BUSINESS) == (b.unit in BUSINESS)


def longer(a: Duration, b: Duration, calendar: Calendar | None) -> bool:
    """Whether ``a`` is longer than ``b``; no where that can't be said."""
    return comparable(a, b) and minutes(a, calendar) > minutes(b, calendar)


def calendar_days(duration: Duration, calendar: Calendar) -> int:
    """Return about how many days of the calendar a business duration takes, rounded up; no holidays."""
    open_days = sum(bool(hours) for hours in calendar.week) or 7
    worked = -(-minutes(duration, calendar) // longest_day(calendar))
    return -(-worked * 7 // open_days)
