"""Counting time by calendars: published schedules, known clock changes, a count minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamflow.base.text import NO_TEXT
from kamflow.workflow.calendar import Calendar, HolidaySource, Hours
from kamflow.workflow.model import Duration, Unit
from kamflow.workflow.wall_time import END_OF_TIME
from kamflow.workflow.working_time import WorkingTime, ready_calendar, unknown_holidays
from tests.workflow.fakes import DAY, HOUR, at

OFFICE: Hours = ((9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60))
MINUTE = 60_000_000


def weekdays(hours: Hours, weekend: Hours = ()) -> tuple[Hours, ...]:
    return (hours,) * 5 + (weekend,) * 2


def calendar(tz: str, week: tuple[Hours, ...], **more: object) -> Calendar:
    return Calendar("c", NO_TEXT, tz, week, **more)  # type: ignore[arg-type]


@cache
def china(**more: object) -> WorkingTime:
    source = HolidaySource("CN", working_weekends=True)
    until = date(2026, 12, 31).toordinal()
    return ready_calendar(calendar("Asia/Shanghai", weekdays(OFFICE), holidays=source, until=until, **more))


def days(*texts: str) -> set[date]:
    found: set[date] = set()
    for text in texts:
        first, _, last = text.partition("/")
        day, end = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return found


# The State Council's notices of November 2024 and November 2025: days off, and weekend days worked instead.
PUBLISHED = {
    2025: (
        days("2025-01-01", "2025-01-28/2025-02-04", "2025-04-04/2025-04-06", "2025-05-01/2025-05-05",
             "2025-05-31/2025-06-02", "2025-10-01/2025-10-08"),
        days("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
        248,
    ),
    2026: (
        days("2026-01-01/2026-01-03", "2026-02-15/2026-02-23", "2026-04-04/2026-04-06",
             "2026-05-01/2026-05-05", "2026-06-19/2026-06-21", "2026-09-25/2026-09-27",
             "2026-10-01/2026-10-07"),
        days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
        248,
    ),
}  # fmt: skip


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_of_china_is_as_the_state_council_published_it(year: int) -> None:
    off, worked, count = PUBLISHED[year]
    every = days(f"{year}-01-01/{year}-12-31")
    expected = {d for d in every if d in worked or (d.weekday() < 5 and d not in off)}
    assert {d for d in every if china().hours_of(d.toordinal())} == expected
    assert len(expected) == count
    start, end = (china().at_midnight(date(y, 1, 1).toordinal()) for y in (year, year + 1))
    assert china().between(start, end) == count * 7.5 * HOUR


def test_a_make_up_day_has_the_hours_of_a_usual_day_and_only_where_they_are_worked() -> None:
    saturday = date(2026, 2, 14).toordinal()
    assert china().hours_of(saturday) == OFFICE
    source = HolidaySource("CN", working_weekends=False)
    plain = ready_calendar(calendar("Asia/Shanghai", weekdays(OFFICE), holidays=source))
    assert plain.hours_of(saturday) == ()


def test_a_make_up_day_in_the_year_before_is_seen() -> None:
    assert china().hours_of(date(2005, 12, 31).toordinal()) == OFFICE  # a Saturday, for New Year 2006


def test_own_entries_win_over_holidays_make_up_days_and_the_week() -> None:
    extra = {date(2026, 10, 1): ((600, 660),), date(2026, 10, 10): (), date(2026, 12, 31): ()}
    time = china(extra=tuple((d.toordinal(), hours) for d, hours in extra.items()))
    assert {d: time.hours_of(d.toordinal()) for d in extra} == extra


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        # Friday evening before the Spring Festival of 2026: the Saturday after it is worked
        ("2026-02-13T18:00+08:00", Duration(1, Unit.BUSINESS_DAYS), "2026-02-14T18:00+08:00"),
        ("2026-02-14T18:00+08:00", Duration(1, Unit.BUSINESS_HOURS), "2026-02-24T10:00+08:00"),
        ("2026-02-14T17:30+08:00", Duration(1, Unit.BUSINESS_DAYS), "2026-02-24T17:30+08:00"),
        # over lunch, before opening, at night
        ("2026-06-30T11:30+08:00", Duration(1, Unit.BUSINESS_HOURS), "2026-06-30T14:00+08:00"),
        ("2026-06-30T07:00+08:00", Duration(1, Unit.BUSINESS_HOURS), "2026-06-30T10:00+08:00"),
        ("2026-06-30T23:00+08:00", Duration(3, Unit.BUSINESS_HOURS), "2026-07-01T12:00+08:00"),
        # over National Day: 4.5 hours on Wednesday, 7.5 on Thursday the 8th, 3 on Friday
        ("2026-09-30T13:30+08:00", Duration(2, Unit.BUSINESS_DAYS), "2026-10-09T12:00+08:00"),
        ("2026-06-30T10:00+08:00", Duration(0, Unit.BUSINESS_DAYS), "2026-06-30T10:00+08:00"),
        ("2026-06-30T10:00+08:00", Duration(30, Unit.DAYS), "2026-07-30T10:00+08:00"),
        ("2026-06-30T10:00+08:00", Duration(2, Unit.WEEKS), "2026-07-14T10:00+08:00"),
        ("2026-06-30T10:00+08:00", Duration(36, Unit.HOURS), "2026-07-01T22:00+08:00"),
        ("2026-06-30T10:00+08:00", Duration(90, Unit.MINUTES), "2026-06-30T11:30+08:00"),
    ],
)
def test_due_dates_in_china(start: str, duration: Duration, due: str) -> None:
    assert china().add(at(start), duration) == (at(due), False)


@pytest.mark.parametrize(
    ("tz", "start", "due"),
    [
        ("America/New_York", "2026-03-07T02:30-05:00", "2026-03-08T03:00-04:00"),  # 02:30 is skipped
        ("America/New_York", "2026-10-31T01:30-04:00", "2026-11-01T01:30-04:00"),  # comes twice: the first
        ("America/New_York", "2026-11-01T01:30-05:00", "2026-11-02T01:30-05:00"),
        ("Europe/Berlin", "2026-03-28T02:15+01:00", "2026-03-29T03:00+02:00"),
        ("Europe/Berlin", "2026-10-24T02:15+02:00", "2026-10-25T02:15+02:00"),
        ("Australia/Lord_Howe", "2026-10-03T02:15+10:30", "2026-10-04T02:30+11:00"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-04T01:45+11:00", "2026-04-05T01:45+11:00"),
        ("Pacific/Apia", "2011-12-29T10:00-10:00", "2011-12-31T00:00+14:00"),  # a day that never was
        ("Asia/Shanghai", "2026-03-07T02:30+08:00", "2026-03-08T02:30+08:00"),
    ],
)
def test_a_day_later_is_the_same_time_on_the_wall(tz: str, start: str, due: str) -> None:
    time = ready_calendar(calendar(tz, weekdays(OFFICE)))
    assert time.add(at(start), Duration(1, Unit.DAYS)) == (at(due), False)


def test_what_counts_open_hours_on_days_without_published_holidays_is_provisional() -> None:
    # 2026-12-31 is a Thursday: 18:00 on it is the last published working minute
    start = at("2026-12-31T17:00+08:00")
    assert china().add(start, Duration(1, Unit.BUSINESS_HOURS)) == (start + HOUR, False)
    assert china().add(start, Duration(2, Unit.BUSINESS_HOURS))[1]
    assert china().add(start, Duration(30, Unit.DAYS)) == (start + 30 * DAY, False)


def test_a_business_day_is_the_length_that_most_open_days_have() -> None:
    short_friday = ready_calendar(calendar("UTC", (OFFICE,) * 4 + (((540, 720),), (), ())))
    assert short_friday.business_day == 7.5 * HOUR
    assert ready_calendar(calendar("UTC", ((),) * 7)).business_day == 0
    tie = ready_calendar(calendar("UTC", (((0, 60),), ((0, 120),)) + ((),) * 5))
    assert tie.business_day == 2 * HOUR


def test_a_calendar_that_never_opens_is_never_due() -> None:
    shut = ready_calendar(calendar("UTC", ((),) * 7, extra=((date(2026, 1, 5).toordinal(), ((0, 60),)),)))
    assert shut.add(at("2026-01-01T00:00"), Duration(1, Unit.BUSINESS_HOURS)) == (
        at("2026-01-05T01:00"),
        False,
    )
    assert shut.add(at("2026-01-01T00:00"), Duration(2, Unit.BUSINESS_HOURS)) == (END_OF_TIME, True)
    assert shut.add(0, Duration(10**9, Unit.WEEKS))[0] == END_OF_TIME


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        (HolidaySource("CN"), None),
        (HolidaySource("DE", "BY"), None),
        (None, None),
        (HolidaySource("CX1"), "Did you mean `CX`?"),
        (HolidaySource("DE", "BYY"), "Did you mean `BY`?"),
    ],
)
def test_a_country_or_region_without_known_holidays_is_a_finding(
    source: HolidaySource | None, hint: str | None
) -> None:
    found = unknown_holidays(calendar("UTC", weekdays(OFFICE), holidays=source))
    assert (None if found is None or found.hint is None else found.hint.en) == hint
    assert found is None or found.code == "KF1218"


# ---- against a count minute by minute, by nothing but what clocks show

ZONES = {
    "America/New_York": [date(2026, 3, 6), date(2026, 10, 30)],
    "Europe/Berlin": [date(2026, 3, 27), date(2026, 10, 23)],
    "Australia/Lord_Howe": [date(2026, 4, 3), date(2026, 10, 2)],
    "Asia/Shanghai": [date(2026, 2, 12), date(2025, 12, 30)],
}
WEEKS = {
    "office": weekdays(OFFICE),
    "night": weekdays(((0, 360), (22 * 60, 1440)), ((0, 1440),)),
    "one o'clock": ((((60, 120)),),) * 7,
    "always": (((0, 1440),),) * 7,
}
_SPAN = 6 * 1440


@cache
def counted(tz: str, week: str, start: date) -> tuple[WorkingTime, int, list[int]]:
    """Return the calendar, its first minute, and the open minutes before each minute of six days."""
    time = ready_calendar(calendar(tz, WEEKS[week]))
    first = int(datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(tz)).timestamp()) // 60
    totals = [0]
    for minute in range(first, first + _SPAN):
        shown = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(tz))
        of_day = shown.hour * 60 + shown.minute
        is_open = any(a <= of_day < b for a, b in WEEKS[week][shown.weekday()])
        totals.append(totals[-1] + is_open)
    return time, first, totals


_CASES = st.sampled_from([(tz, w, d) for tz, starts in ZONES.items() for w in WEEKS for d in starts])


@given(_CASES, st.integers(0, _SPAN), st.integers(0, _SPAN))
def test_open_time_between_two_instants_is_what_a_count_of_minutes_gives(
    case: tuple[str, str, date], a: int, b: int
) -> None:
    time, first, totals = counted(*case)
    assert time.between((first + a) * MINUTE, (first + b) * MINUTE) == (totals[b] - totals[a]) * MINUTE


@given(_CASES, st.integers(0, _SPAN), st.integers(1, 2000))
def test_time_is_used_up_at_the_first_minute_by_which_a_count_has_it(
    case: tuple[str, str, date], a: int, minutes: int
) -> None:
    time, first, totals = counted(*case)
    if totals[-1] - totals[a] < minutes:
        return
    due = next(m for m in range(a, _SPAN + 1) if totals[m] - totals[a] >= minutes)
    found, _ = time.add_used((first + a) * MINUTE, minutes * MINUTE, business=True)
    assert found == (first + due) * MINUTE


_INSTANTS = st.integers(at("2019-01-01T00:00"), at("2028-01-01T00:00"))
_TIMES = [china()] + [ready_calendar(calendar(tz, w)) for tz in ZONES for w in WEEKS.values()]


@given(st.sampled_from(_TIMES), _INSTANTS, st.integers(1, 3000 * HOUR))
def test_adding_and_measuring_are_inverse_and_no_earlier_instant_would_do(
    time: WorkingTime, start: int, used: int
) -> None:
    due, _ = time.add_used(start, used, business=True)
    assert time.between(start, due) == used
    assert time.between(start, due - 1) == used - 1
    assert time.between(due, start) == -used


@given(
    st.sampled_from(_TIMES), _INSTANTS, st.integers(0, 90 * DAY), st.sampled_from(Unit), st.integers(0, 40)
)
def test_who_begins_later_is_never_done_earlier(
    time: WorkingTime, start: int, later: int, unit: Unit, amount: int
) -> None:
    first, second = (time.add(t, Duration(amount, unit))[0] for t in (start, start + later))
    if unit in {Unit.DAYS, Unit.WEEKS}:  # of the hour that comes twice only the first is ever a result
        second += HOUR
    assert first <= second
    assert time.add(start, Duration(amount, unit))[0] >= start - HOUR


@given(st.sampled_from(_TIMES), _INSTANTS, st.integers(0, 800 * DAY))
def test_whole_days_are_the_most_that_can_be_added(time: WorkingTime, start: int, length: int) -> None:
    n = time.whole_days(start, start + length)
    if n:
        assert time.add(start, Duration(n, Unit.DAYS))[0] <= start + length
    assert time.add(start, Duration(n + 1, Unit.DAYS))[0] > start + length


@given(st.sampled_from(_TIMES), _INSTANTS)
def test_an_instant_lies_in_the_day_that_begins_at_its_midnight(time: WorkingTime, instant: int) -> None:
    day = time.day_of(instant)
    assert time.at_midnight(day) <= instant < time.at_midnight(day + 1)


def test_the_order_of_questions_does_not_matter() -> None:
    source = HolidaySource("CN", working_weekends=True)
    fresh = ready_calendar(calendar("Asia/Shanghai", weekdays(OFFICE), holidays=source))
    late, early = (
        (at("2025-06-01T00:00"), at("2027-06-01T00:00")),
        (at("2024-01-01T00:00"), at("2024-12-31T00:00")),
    )
    assert fresh.between(*late) == china().between(*late)
    assert fresh.between(*early) == china().between(*early)
