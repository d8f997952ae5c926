"""The calendar in integers: a day is a month, counted from January of year 0, and a day of that month.

``values.dates`` is the law. Formulas of the proleptic Gregorian calendar that count from 1 March of year 0,
so that a leap day is the last of its year; no division below sees anything negative for a valid day.
"""

from __future__ import annotations

from datetime import date

from kamflow.core.ty import DATE_CEIL, DATE_FLOOR
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.terms import Term, literal_int

_SINCE_MARCH = 305
_CYCLE, _FOUR_YEARS = 146_097, 1_461
_FAR = 2**40


def _n(value: int) -> Term:
    return literal_int(value)


class Calendar:
    """Takes each day of a frame apart once."""

    def __init__(self, b: Builder, frame: Frame) -> None:
        self._b, self._frame = b, frame
        self._known: dict[str, tuple[Term, Term]] = {}

    def civil(self, day: Term) -> tuple[Term, Term]:
        """Return the month, and how many days of it come before."""
        if isinstance(day.const, int):
            there = date.fromordinal(max(DATE_FLOOR, min(DATE_CEIL, day.const)))
            return _n(there.year * 12 + there.month - 1), _n(there.day - 1)
        day = self._near(self._frame.add(day))
        name = day.sql.name
        if name not in self._known:
            self._known[name] = self._taken_apart(day)
        return self._known[name]

    def _near(self, t: Term) -> Term:
        """Leave no room for an overflow: what is far outside the calendar was never reached."""
        if t.lo >= -_FAR and t.hi <= _FAR:
            return t
        b = self._b
        cond = b.all_([b.le(_n(-_FAR), t), b.le(t, _n(_FAR))])
        return self._frame.add(b.case([(cond, b.clipped(t, max(t.lo, -_FAR), min(t.hi, _FAR)))], None))

    def _div(self, a: Term, by: int) -> Term:
        lo, hi = (int(x / by) if abs(x) < 2**50 else x // by for x in (a.lo, a.hi))
        return self._b.quot(a, _n(by), min(lo, hi, 0), max(lo, hi, 0))

    def _mod(self, a: Term, by: int) -> Term:
        return self._b.rem(a, _n(by))

    def _taken_apart(self, day: Term) -> tuple[Term, Term]:
        """Cycles of 400 years, centuries, years, then months, whose lengths from March on are a line."""
        b = self._b
        past = b.add(b.mul(day, _n(4)), _n(4 * _SINCE_MARCH + 3))
        century = self._div(past, _CYCLE)
        of_century = b.add(b.mul(self._div(self._mod(past, _CYCLE), 4), _n(4)), _n(3))
        year = self._div(of_century, _FOUR_YEARS)
        of_year = self._div(self._mod(of_century, _FOUR_YEARS), 4)
        line = b.add(b.mul(of_year, _n(2141)), _n(197_913))
        months = b.mul(b.add(b.mul(century, _n(100)), year), _n(12))
        month = b.sub(b.add(months, self._div(line, 65_536)), _n(1))
        before = self._div(self._mod(line, 65_536), 2141)
        return self._frame.add(month), self._frame.add(before)

    def _first_day(self, month: Term) -> Term:
        """Return the number of a month's first day; ``month`` may be repeated."""
        b = self._b
        since = b.sub(month, _n(2))
        year, of_year = self._div(since, 12), self._mod(since, 12)
        leaps = b.add(b.sub(self._div(year, 4), self._div(year, 100)), self._div(year, 400))
        before = self._div(b.add(b.mul(of_year, _n(153)), _n(2)), 5)
        whole = b.add(b.add(b.mul(year, _n(365)), leaps), before)
        return b.sub(whole, _n(_SINCE_MARCH))

    def year(self, day: Term) -> Term:
        return self._div(self.civil(day)[0], 12)

    def month_of_year(self, day: Term) -> Term:
        """Return the month of the year, 1 to 12."""
        return self._b.add(self._mod(self.civil(day)[0], 12), _n(1))

    def add_months(self, day: Term, months: Term, *, clamp: bool) -> Term:
        """Return that day of another month; behind its end the last day, or the day after."""
        b, frame = self._b, self._frame
        month, before = self.civil(day)
        to = frame.add(b.add(month, self._near(frame.share(months))))
        there = frame.add(b.add(self._first_day(to), before))
        next_month = self._first_day(frame.add(b.add(to, _n(1))))
        end = frame.add(b.sub(next_month, _n(1)) if clamp else next_month)
        return b.least([there, end], largest=False)

    def whole_months(self, start: Term, end: Term) -> Term:
        """Return the complete months between two days; fewer than none when the end comes first."""
        b, frame = self._b, self._frame
        (a_month, a_day), (b_month, b_day) = self.civil(start), self.civil(end)
        start, end = frame.share(start), frame.share(end)
        between = frame.share(b.sub(b_month, a_month))
        forth = b.sub(between, b.one_if(b.lt(b_day, a_day)))
        back = b.add(between, b.one_if(b.lt(a_day, b_day)))
        return b.case([(b.le(start, end), forth)], back)
