"""The calendar in integers: a day is one year, month and day of month, and nothing but they.

Formulas of the proleptic Gregorian calendar; ``values.dates`` says what the operators mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kamflow.core.ty import DATE_CEIL, DATE_FLOOR
from kamflow.engines.smt.terms import Term, Terms

_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_SINCE_MARCH = 305
_CYCLE, _FOUR_YEARS = 146_097, 1_461
_LENGTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Civil:
    year: Term
    month: Term
    day: Term


class Calendar:
    """Takes each day apart once."""

    def __init__(self, t: Terms) -> None:
        self._t = t
        self._known: dict[int, tuple[Term, Civil]] = {}

    def civil(self, day: Term) -> Civil:
        """Return year, month and day of month. Outside the calendar they are anything."""
        if isinstance(day, int):
            if not DATE_FLOOR <= day <= DATE_CEIL:  # behind a guard that is never passed
                return Civil(1, 1, 1)
            there = date.fromordinal(day)
            return Civil(there.year, there.month, there.day)
        known = self._known.get(day.get_id())
        if known is not None:
            return known[1]
        made = self._apart(day)
        self._known[day.get_id()] = (day, made)
        return made

    def _apart(self, day: Term) -> Civil:
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
        early = t.lt(9, months)  # January and February
        month = t.among(t.sub(t.add(months, 3), t.ite(early, 12, 0)), 1, 12)
        of_month = t.sub(of_year, t.div(t.add(t.mul(153, months), 2), 5))
        since = t.add(t.mul(400, cycle), t.add(t.mul(100, century), years))
        year = t.add(since, t.ite(early, 1, 0))
        return Civil(
            t.name("year", year), t.name("month", month), t.name("day", t.among(t.add(of_month, 1), 1, 31))
        )

    def _leap(self, year: Term) -> Term:
        t = self._t
        by = [t.eq(t.mod(year, n), 0) for n in (4, 100, 400)]
        return t.name("leap", t.and_((by[0], t.or_((t.not_(by[1]), by[2])))))

    def _length(self, year: Term, month: Term) -> Term:
        t = self._t
        plain = t.by_value(month, lambda m: _LENGTH[m - 1])
        assert plain is not None, "a month is one of twelve"
        return t.name("length", t.ite(t.and_((t.eq(month, 2), self._leap(year))), 29, plain))

    def number(self, at: Civil) -> Term:
        """Return the day number."""
        t = self._t
        past = t.sub(at.year, 1)
        leaps = t.add(t.sub(t.div(past, 4), t.div(past, 100)), t.div(past, 400))
        before = t.by_value(at.month, lambda m: _BEFORE[m - 1])
        assert before is not None, "a month is one of twelve"
        extra = t.ite(t.and_((t.lt(2, at.month), self._leap(at.year))), 1, 0)
        years = t.add(t.mul(365, past), leaps)
        return t.add(t.add(years, t.add(before, extra)), at.day)

    def add_months(self, day: Term, months: Term, *, clamp: bool) -> Term:
        t = self._t
        start = self.civil(day)
        index = t.name("months", t.add(t.add(t.mul(12, start.year), t.sub(start.month, 1)), months))
        year = t.name("year", t.div(index, 12))
        month = t.name("month", t.among(t.add(t.sub(index, t.mul(12, year)), 1), 1, 12))
        last = self._length(year, month)
        fits = t.le(start.day, last)
        to = t.ite(fits, start.day, last if clamp else t.add(last, 1))
        return self.number(Civil(year, month, to))

    def whole_months(self, start: Term, end: Term) -> Term:
        t = self._t
        a, b = self.civil(start), self.civil(end)
        between = t.add(t.mul(12, t.sub(b.year, a.year)), t.sub(b.month, a.month))
        forth = t.sub(between, t.ite(t.lt(b.day, a.day), 1, 0))
        back = t.add(between, t.ite(t.lt(a.day, b.day), 1, 0))
        return t.ite(t.le(start, end), forth, back)
