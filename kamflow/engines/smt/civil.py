"""The calendar in integers: a day is a month, counted from year 0, and a day of that month.

Days within a few years are looked up among the first days of their months; all others are taken apart by the
formulas of the proleptic Gregorian calendar. ``values.dates`` says what the operators mean.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from kamflow.core.ty import DATE_CEIL, DATE_FLOOR
from kamflow.engines.smt.terms import FEW, Term, Terms

_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_LENGTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SINCE_MARCH = 305
_CYCLE, _FOUR_YEARS = 146_097, 1_461
_FIRST_MONTH, _LAST_MONTH = 12, 9999 * 12 + 11


@dataclass(frozen=True, slots=True)
class Civil:
    """``month`` counts from January of year 0; ``day`` from 1."""

    month: Term
    day: Term


def _month_of(day: int) -> int:
    there = date.fromordinal(max(DATE_FLOOR, min(DATE_CEIL, day)))
    return there.year * 12 + there.month - 1


def _start(month: int) -> int:
    year, of_year = divmod(max(_FIRST_MONTH, min(_LAST_MONTH, month)), 12)
    return date(year, of_year + 1, 1).toordinal()


def _length(month: int) -> int:
    year, of_year = divmod(max(_FIRST_MONTH, min(_LAST_MONTH, month)), 12)
    return monthrange(year, of_year + 1)[1]


class Calendar:
    """Takes each day apart once."""

    def __init__(self, t: Terms) -> None:
        self._t = t
        self._known: dict[int, tuple[Term, Civil]] = {}

    def civil(self, day: Term, lo: int = DATE_FLOOR, hi: int = DATE_CEIL) -> Civil:
        """Return month and day of month of a day between ``lo`` and ``hi``; elsewhere they are anything."""
        if isinstance(day, int):
            month = _month_of(day)
            return Civil(month, day - _start(month) + 1)
        known = self._known.get(day.get_id())
        if known is None:
            first, last = _month_of(lo), _month_of(hi)
            made = self._looked_up(day, first, last) if last - first < FEW else self._taken_apart(day)
            known = self._known[day.get_id()] = (day, made)
        return known[1]

    def _looked_up(self, day: Term, first: int, last: int) -> Civil:
        t = self._t
        starts = [_start(m) for m in range(first, last + 1)]

        def among(low: int, high: int) -> tuple[Term, Term]:
            """Return month and its first day, by halving."""
            if low == high:
                return first + low, starts[low]
            middle = (low + high + 1) // 2
            early = t.lt(day, starts[middle])
            (a, a_start), (b, b_start) = among(low, middle - 1), among(middle, high)
            return t.ite(early, a, b), t.ite(early, a_start, b_start)

        month, start = among(0, len(starts) - 1)
        of_month = t.among(t.add(t.sub(day, start), 1), 1, 31)
        return Civil(t.name("month", month), t.name("day", of_month))

    def _taken_apart(self, day: Term) -> Civil:
        """Count from 1 March of year 0, so that a leap day is the last of its year.

        Cycles of 400 years, centuries, years, then months, whose lengths from March on go by (153 m + 2) / 5.
        """
        t = self._t
        past = t.add(day, _SINCE_MARCH)
        cycle = t.name("cycle", t.div(past, _CYCLE))
        of_cycle = t.name("of_cycle", t.sub(past, t.mul(_CYCLE, cycle)))
        century = t.name("century", t.among(t.div(t.add(t.mul(4, of_cycle), 3), _CYCLE), 0, 3))
        of_century = t.name("of_century", t.sub(of_cycle, t.div(t.mul(_CYCLE, century), 4)))
        years = t.name("years", t.div(t.add(t.mul(4, of_century), 3), _FOUR_YEARS))
        of_year = t.name("of_year", t.sub(of_century, t.div(t.mul(_FOUR_YEARS, years), 4)))
        months = t.name("months", t.among(t.div(t.add(t.mul(5, of_year), 2), 153), 0, 11))
        of_month = t.sub(of_year, t.div(t.add(t.mul(153, months), 2), 5))
        since = t.add(t.mul(400, cycle), t.add(t.mul(100, century), years))
        month = t.add(t.mul(12, since), t.add(months, 2))
        return Civil(t.name("month", month), t.name("day", t.among(t.add(of_month, 1), 1, 31)))

    def year(self, at: Civil) -> Term:
        return self._t.name("year", self._t.div(at.month, 12))

    def month(self, at: Civil) -> Term:
        """Return the month of the year, 1 to 12."""
        t = self._t
        return t.name("month", t.among(t.add(t.mod(at.month, 12), 1), 1, 12))

    def _start_and_length(self, month: Term) -> tuple[Term, Term]:
        """Return the first day of a month and how many days it has."""
        t = self._t
        start, length = t.by_value(month, _start), t.by_value(month, _length)
        if start is not None and length is not None:
            return start, length
        at = Civil(month, 1)
        year, of_year = self.year(at), self.month(at)
        before, plain = (
            t.by_value(of_year, lambda m: _BEFORE[m - 1]),
            t.by_value(of_year, lambda m: _LENGTH[m - 1]),
        )
        assert before is not None, "a month is one of twelve"
        assert plain is not None, "a month is one of twelve"
        by = [t.eq(t.mod(year, n), 0) for n in (4, 100, 400)]
        leap = t.name("leap", t.and_((by[0], t.or_((t.not_(by[1]), by[2])))))
        past = t.sub(year, 1)
        leaps = t.add(t.sub(t.div(past, 4), t.div(past, 100)), t.div(past, 400))
        extra = t.ite(t.and_((t.lt(2, of_year), leap)), 1, 0)
        number = t.add(t.add(t.mul(365, past), leaps), t.add(before, extra))
        length = t.ite(t.and_((t.eq(of_year, 2), leap)), 29, plain)
        return t.add(number, 1), t.name("length", length)

    def add_months(self, start: Civil, months: Term, *, clamp: bool) -> Term:
        t = self._t
        to = t.name("to_month", t.add(start.month, months))
        first, length = self._start_and_length(to)
        fits = t.le(start.day, length)
        day = t.ite(fits, start.day, length if clamp else t.add(length, 1))
        return t.add(first, t.sub(day, 1))

    def whole_months(self, start: Term, end: Term, a: Civil, b: Civil) -> Term:
        """Return the complete months between two days that were taken apart."""
        t = self._t
        between = t.sub(b.month, a.month)
        forth = t.sub(between, t.ite(t.lt(b.day, a.day), 1, 0))
        back = t.add(between, t.ite(t.lt(a.day, b.day), 1, 0))
        return t.ite(t.le(start, end), forth, back)
