"""A calendar file is read, or each mistake in it is told once, at its place."""

from __future__ import annotations

from datetime import date

import pytest

from kamflow.workflow.calendar import Calendar, HolidaySource
from tests.workflow.calendar_slips import SLIPS
from tests.workflow.definitions import (
    CALENDARS,
    HERE,
    calendars,
    edited,
    line_col,
    shipped,
    shipped_calendars,
    told,
)


def test_the_shipped_calendar_says_what_its_file_says() -> None:
    (hq,) = shipped_calendars()
    worked = ((540, 720), (810, 1080))  # 09:00 to 12:00, 13:30 to 18:00
    assert isinstance(hq, Calendar)
    assert (hq.id, hq.tz) == ("cn-hq", "Asia/Shanghai")
    assert hq.week == (worked, worked, worked, worked, worked, (), ())
    assert hq.holidays == HolidaySource("CN", "", True)
    assert hq.until == date(2026, 12, 31).toordinal()


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_once_at_its_place(slip: str) -> None:
    old, new, code = SLIPS[slip]
    text, at = edited(CALENDARS, old, new)
    found, findings = calendars(text)
    assert found == ()
    assert [f.code for f in findings] == [code], [f.message.en for f in findings]
    if HERE in new:
        assert told(findings, text) == [(code, *line_col(text, at))]


def test_single_days_and_days_of_their_own_are_read() -> None:
    text, _ = edited(
        CALENDARS,
        '    mon-fri: ["09:00-12:00", "13:30-18:00"]\n',
        '    mon: ["00:00-24:00"]\n    wed-thu: ["08:00-09:00"]\n    sun: closed\n'
        '  extra: {"2026-02-28": ["09:00-12:00"], 2026-01-05: closed}\n',
    )
    (found,) = calendars(text)[0]
    assert found.week == (((0, 1440),), (), ((480, 540),), ((480, 540),), (), (), ())
    assert found.extra == (
        (date(2026, 1, 5).toordinal(), ()),
        (date(2026, 2, 28).toordinal(), ((540, 720),)),
    )


def test_several_calendars_stand_in_one_file() -> None:
    text = (
        shipped(CALENDARS)
        + 'eu: {label: {en: EU, zh: 欧洲}, tz: Europe/Berlin, hours: {mon: ["09:00-17:00"]}}\n'
    )
    found, findings = calendars(text)
    assert not findings
    assert [c.id for c in found] == ["cn-hq", "eu"]
    assert [text[c.span.start : c.span.end] for c in found] == ["cn-hq", "eu"]


@pytest.mark.parametrize("text", ["", "- a\n", "a\n", "{}\n"])
def test_a_file_that_is_no_map_of_calendars_is_told(text: str) -> None:
    found, findings = calendars(text)
    assert found == ()
    assert len(findings) == 1
