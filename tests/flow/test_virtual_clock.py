"""A simulated year of timers: each fires once, at its own due time, whoever looks at the clock and when.

Due times are worked out a second time here, with ``zoneinfo`` and a walk over days, in a zone that changes
its clocks twice in the year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from kamflow.workflow.calendar import NO_CALENDAR
from kamflow.workflow.instance import START, TIME, Advanced, Arrived, Entry, Happened, Instance
from kamflow.workflow.instance_json import canonical, entry_json
from kamflow.workflow.model import Duration, Notify, Recipient, Role, Unit
from kamflow.workflow.steps import Ready, advance, make_ready
from kamflow.workflow.working_time import ready_calendar
from tests.workflow.fakes import FakeFacts, state, timer, workflow

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFICE = ((9 * 60, 17 * 60),)
HOURS = (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ())
YEAR = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
CASES = 86

# (after, unit, where it leads): what does not lead anywhere fires beside the others
TIMERS: dict[str, tuple[tuple[int, Unit, str], ...]] = {
    "a": (
        (7, Unit.MINUTES, ""), (5, Unit.HOURS, ""), (1, Unit.DAYS, ""), (26, Unit.HOURS, "b"),
    ),
    "b": (
        (13, Unit.MINUTES, ""), (3, Unit.BUSINESS_HOURS, ""), (2, Unit.WEEKS, ""), (1, Unit.DAYS, "a"),
    ),
}  # fmt: skip


def instant(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@cache
def clockwork() -> Ready:
    note = Notify((Recipient(Role.ROLE, "desk"),), "time_passed")
    states = [
        state(
            name,
            timers=tuple(
                timer(f"{name}{i}", Duration(n, unit), to, () if to else (note,))
                for i, (n, unit, to) in enumerate(timers)
            ),
        )
        for name, timers in TIMERS.items()
    ]
    berlin = replace(NO_CALENDAR, id="berlin", tz="Europe/Berlin", week=HOURS)
    return make_ready(workflow(*states), ready_calendar(berlin))


def begin(case: int) -> datetime:
    """Return when a case begins: at any minute; some at the hour that clocks skip in spring."""
    if case % 5 == 0:
        return datetime(2026, 1, 1 + case % 25, 1, 30, tzinfo=UTC)
    return YEAR[0] + timedelta(minutes=Random(f"begin {case}").randrange(3 * 24 * 60))


def run(case: int, looks: Iterator[datetime] | list[datetime]) -> list[Entry]:
    """Let a case live through the year; somebody looks at the clock at some times."""
    facts, now = FakeFacts(), None
    entries: list[Entry] = []
    arrivals = [Arrived("start", START, instant(begin(case)))]
    arrivals += [Arrived(f"look {i}", TIME, instant(at)) for i, at in enumerate(looks)]
    for arrived in [*arrivals, Arrived("end", TIME, instant(YEAR[1]))]:
        now = _step(now, arrived, facts, entries)
    return entries


def _step(now: Instance | None, arrived: Arrived, facts: FakeFacts, entries: list[Entry]) -> Instance:
    done = advance(clockwork(), now, arrived, facts, case="c")
    assert isinstance(done, Advanced)
    entries.extend(done.entries)
    return done.instance


# ---- the same, by other means


def after(start: datetime, amount: int, unit: Unit) -> datetime:
    match unit:
        case Unit.MINUTES | Unit.HOURS:
            return start + timedelta(minutes=amount * (60 if unit is Unit.HOURS else 1))
        case Unit.DAYS | Unit.WEEKS:
            wall = start.astimezone(BERLIN).replace(tzinfo=None)
            wall += timedelta(days=amount * (7 if unit is Unit.WEEKS else 1))
            return of_wall(wall)
        case _:
            return in_office(start, timedelta(hours=amount))


def of_wall(wall: datetime) -> datetime:
    found = wall.replace(tzinfo=BERLIN).astimezone(UTC)
    while found.astimezone(BERLIN).replace(tzinfo=None) != wall:  # clocks skip it: the next time they show
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
        found = wall.replace(tzinfo=BERLIN).astimezone(UTC)
    return found


def in_office(start: datetime, left: timedelta) -> datetime:
    day = start.astimezone(BERLIN).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    while True:
        if day.weekday() < 5:
            opens, shuts = of_wall(day.replace(hour=9)), of_wall(day.replace(hour=17))
            opens = max(opens, start)
            if opens + left <= shuts:
                return opens + left
            left -= max(timedelta(0), shuts - opens)
        day += timedelta(days=1)


@cache
def expected(case: int) -> tuple[tuple[int, str], ...]:
    """Return (instant, timer) of all that fires in the year."""
    at, where, out = begin(case), "a", []
    while True:
        dues = [(after(at, n, unit), i, to) for i, (n, unit, to) in enumerate(TIMERS[where])]
        leaves, _, to = next(d for d in dues if d[2])
        out += [(due, f"{where}{i}") for due, i, _ in sorted(dues) if due <= leaves]
        if leaves > YEAR[1]:
            return tuple((instant(due), name) for due, name in out if due <= YEAR[1])
        at, where = leaves, to


def fired(entries: list[Entry]) -> tuple[tuple[int, str], ...]:
    return tuple((e.at, str(e.detail["timer"])) for e in entries if e.happened is not Happened.STARTED)


def test_a_hundred_thousand_timers_of_a_year_fire_once_each_at_their_own_time() -> None:
    count = 0
    for case in range(CASES):
        entries = run(case, [])
        assert fired(entries) == expected(case), f"case {case}"
        keys = [e.cause for e in entries]
        assert len(keys) == len(set(keys)), "no timer fires twice"
        assert all(x.seq + 1 == y.seq and x.at <= y.at for x, y in pairwise(entries))
        count += len(entries) - 1
    assert count >= 100_000


@pytest.mark.parametrize("case", range(0, CASES, 7))
def test_it_does_not_matter_when_or_how_often_somebody_looks_at_the_clock(case: int) -> None:
    rng = Random(f"looks {case}")
    whole = (YEAR[1] - begin(case)) // timedelta(seconds=1)
    seldom_or_often = rng.choice((3, 40, 400))
    looks = sorted(begin(case) + timedelta(seconds=rng.randrange(whole)) for _ in range(seldom_or_often))
    late = [looks[0], *looks]  # two at the same instant
    said = [canonical(entry_json(e)) for e in run(case, late)]
    assert said == [canonical(entry_json(e)) for e in run(case, [])]


def test_the_year_has_what_makes_clocks_difficult() -> None:
    """Some timers fall into the hour that is skipped, some into the one that comes twice."""
    skipped = instant(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    twice = [instant(datetime(2026, 10, 25, h, 0, tzinfo=UTC)) for h in (0, 2)]
    at = [at for case in range(CASES) for at, _ in expected(case)]
    assert skipped in at, "02:30 does not exist on that day: 03:00 it is"
    assert any(twice[0] <= t < twice[1] for t in at)
