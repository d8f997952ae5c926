"""Time as a calendar counts it: days of its zone, opening hours, holidays, make-up working days.

Days and weeks are days of the time zone at the same wall time; hours and minutes are elapsed. Business hours
are open time, elapsed: an hour that clocks repeat counts twice. One business day is the open time of a usual
working day: the length that most of the week's open days have, on a tie the longest; so a budget and what
was used of it have one measure. A make-up day has the hours of the first weekday of that length.

A day's hours, first match: an `extra` entry · a make-up day of the holidays' source on a day that the week
has closed · a holiday: closed · the week. Needs the library `holidays` for calendars that name a source,
and one that it knows (``unknown_holidays``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import accumulate
from typing import assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.workflow import step_errors
from kamflow.workflow.calendar import Calendar, HolidaySource, Hours
from kamflow.workflow.model import Duration, Unit
from kamflow.workflow.wall_time import DAY, END_OF_TIME, HOUR, MINUTE, WallTime

_ELAPSED = {Unit.MINUTES: MINUTE, Unit.HOURS: HOUR, Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY}


class _Year:
    """The opening intervals of one year as instants, and the open time up to each one's end."""

    __slots__ = ("ends", "starts", "totals")

    def __init__(self, intervals: list[tuple[int, int]]) -> None:
        self.starts = [a for a, _ in intervals]
        self.ends = [b for _, b in intervals]
        self.totals = list(accumulate(b - a for a, b in intervals))

    @property
    def total(self) -> int:
        return self.totals[-1] if self.totals else 0

    def until(self, instant: int) -> int:
        """Return the open time of the year before an instant."""
        i = bisect_right(self.starts, instant) - 1
        return 0 if i < 0 else self.totals[i] - max(0, self.ends[i] - instant)

    def reached(self, worked: int) -> int:
        """Return the earliest instant at which that much of the year's open time (> 0) is over."""
        i = bisect_left(self.totals, worked)
        return self.ends[i] - (self.totals[i] - worked)


class WorkingTime:
    """A calendar made ready. Instants and lengths are microseconds."""

    __slots__ = ("_extra", "_usual_hours", "_wall", "_years", "business_day", "calendar")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._wall = WallTime(calendar.tz)
        self._extra: Mapping[int, Hours] = dict(calendar.extra)
        self._years: dict[int, _Year] = {}
        self._usual_hours = _usual_hours(calendar)
        self.business_day = _length(self._usual_hours) * MINUTE

    def day_of(self, instant: int) -> int:
        """Return the day number that clocks of the zone show."""
        return self._wall.read(instant)[0]

    def at_midnight(self, day: int) -> int:
        """Return the first instant of a day."""
        return self._wall.midnight(day)

    def at(self, day: int, time_of_day: int) -> int:
        """Return the instant of a wall time (microseconds since midnight) on a day."""
        return self._wall.at(day, time_of_day)

    def whole_days(self, start: int, end: int) -> int:
        """Return how many days of the zone have passed since ``start``: the n with start + n days ≤ end."""
        first, time_of_day = self._wall.read(start)
        n = self.day_of(end) - first
        return max(0, n if n <= 0 or self._wall.at(first + n, time_of_day) <= end else n - 1)

    def length(self, duration: Duration) -> tuple[int, bool]:
        """Return a budget's microseconds, and whether they are working time. A day or week of a budget
        that is not of business days is 24 or 168 hours."""
        match duration.unit:
            case Unit.BUSINESS_HOURS:
                return duration.amount * HOUR, True
            case Unit.BUSINESS_DAYS:
                return duration.amount * self.business_day, True
            case Unit.MINUTES | Unit.HOURS | Unit.DAYS | Unit.WEEKS:
                return duration.amount * _ELAPSED[duration.unit], False
            case _:
                assert_never(duration.unit)

    def add(self, instant: int, duration: Duration) -> tuple[int, bool]:
        """Return when a duration that begins at an instant is over, and whether that is provisional:
        open hours were counted on days for which no holidays are published yet."""
        amount = duration.amount
        match duration.unit:
            case Unit.MINUTES | Unit.HOURS:
                return min(instant + amount * _ELAPSED[duration.unit], END_OF_TIME), False
            case Unit.DAYS | Unit.WEEKS:
                if amount == 0:
                    return instant, False
                day, time_of_day = self._wall.read(instant)
                days = amount if duration.unit is Unit.DAYS else 7 * amount
                return self._wall.at(day + days, time_of_day), False
            case Unit.BUSINESS_HOURS | Unit.BUSINESS_DAYS:
                return self.add_used(instant, self.length(duration)[0], business=True)
            case _:
                assert_never(duration.unit)

    def add_used(self, instant: int, used: int, *, business: bool) -> tuple[int, bool]:
        """Return the earliest instant at which that much time is used up, and whether it is provisional.

        Working time starts with the next opening; it is over when the last minute is, not when the
        next day opens. A calendar that never opens again gives ``END_OF_TIME``.
        """
        if not business:
            return min(instant + used, END_OF_TIME), False
        if used <= 0:
            return instant, False
        number = self._year_of(instant)
        year = self._year(number)
        used += year.until(instant)
        last = self._last_year()
        while used > year.total:
            used -= year.total
            number += 1
            if number > last:
                return END_OF_TIME, True
            year = self._year(number)
        due = year.reached(used)
        until = self.calendar.until
        return due, until is not None and self.day_of(due - 1) > until

    def used(self, start: int, end: int, *, business: bool) -> int:
        """Return the time between two instants: open time where ``business``, else all of it."""
        return self.between(start, end) if business else end - start

    def between(self, start: int, end: int) -> int:
        """Return the open time between two instants; negative when ``end`` comes first."""
        if end < start:
            return -self.between(end, start)
        first, last = self._year_of(start), self._year_of(end)
        open_time = self._year(last).until(end) - self._year(first).until(start)
        return open_time + sum(self._year(y).total for y in range(first, last))

    def hours_of(self, day: int) -> Hours:
        """Return a day's opening hours, in minutes of the wall clock."""
        return self._hours(day, *_public(self.calendar.holidays, date.fromordinal(day).year))

    def _hours(self, day: int, closed: frozenset[date], made_up: frozenset[date]) -> Hours:
        extra = self._extra.get(day)
        if extra is not None:
            return extra
        that = date.fromordinal(day)
        usual = self.calendar.week[that.weekday()]
        if that in made_up and not usual:
            return self._usual_hours
        return () if that in closed else usual

    def _year(self, number: int) -> _Year:
        found = self._years.get(number)
        if found is None:
            closed, made_up = _public(self.calendar.holidays, number)
            at = self._wall.at
            intervals = [
                (opens, shuts)
                for day in range(date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal())
                for a, b in self._hours(day, closed, made_up)
                if (opens := at(day, a * MINUTE)) < (shuts := self._end(day, b))
            ]
            found = self._years[number] = _Year(intervals)
        return found

    def _end(self, day: int, minutes: int) -> int:
        return self._wall.midnight(day + 1) if minutes == 24 * 60 else self._wall.at(day, minutes * MINUTE)

    def _year_of(self, instant: int) -> int:
        """Return the year in whose days an instant lies, also where clocks go back over New Year."""
        number = date.fromordinal(self.day_of(min(instant, END_OF_TIME - 2 * DAY))).year
        return number + (instant >= self._wall.midnight(date(number + 1, 1, 1).toordinal()))

    def _last_year(self) -> int:
        if self.business_day:
            return 9997
        return max((date.fromordinal(d).year for d in self._extra), default=0)


def ready_calendar(calendar: Calendar) -> WorkingTime:
    """Make a calendar ready for counting; years are worked out when they are first needed."""
    return WorkingTime(calendar)


def unknown_holidays(calendar: Calendar) -> Diagnostic | None:
    """Return a finding where the library does not know the country or region that a calendar names; such a
    calendar can't be made ready."""
    source = calendar.holidays
    if source is None:
        return None
    import holidays

    known = holidays.list_supported_countries()
    if source.country not in known:
        return step_errors.unknown_holidays(calendar, source.country, known)
    regions = known[source.country]
    if source.subdivision and source.subdivision not in regions:
        return step_errors.unknown_holidays(calendar, source.subdivision, regions)
    return None


def _length(hours: Hours) -> int:
    return sum(b - a for a, b in hours)


def _usual_hours(calendar: Calendar) -> Hours:
    open_days = [hours for hours in calendar.week if _length(hours)]
    if not open_days:
        return ()
    counted = Counter(map(_length, open_days))
    usual = max(counted, key=lambda length: (counted[length], length))
    return next(hours for hours in open_days if _length(hours) == usual)


def _public(source: HolidaySource | None, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return the public holidays of a year, and the weekend days that are worked in exchange."""
    if source is None:
        return frozenset(), frozenset()
    import holidays

    found = holidays.country_holidays(
        source.country, subdiv=source.subdivision or None, years=[year, year + 1], expand=False
    )  # next year's exchanges may lie in this one
    made_up = found.weekend_workdays if source.working_weekends else ()
    return (
        frozenset(day for day in found if day.year == year),
        frozenset(day for day in made_up if day.year == year),
    )
