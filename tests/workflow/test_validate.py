"""What is wrong with a workflow as a whole is told once, at its place."""

from __future__ import annotations

from datetime import date

import pytest

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.workflow.model import Workflow
from kamflow.workflow.validate import validate
from kamflow.workflow.validate_change import validate_change
from tests.workflow.definitions import HERE, NAMES, line_col, read_one, shipped, shipped_calendars, told
from tests.workflow.structure_slips import SLIPS

TODAY = date(2026, 6, 30).toordinal()


def checked(workflow: Workflow, today: int | None = TODAY) -> tuple[Diagnostic, ...]:
    sink = Sink()
    validate(workflow, shipped_calendars(), sink, today)
    return sink.sorted()


def planted(name: str, *edits: tuple[str, str]) -> tuple[str, int]:
    text = shipped(name)
    for old, new in edits:
        assert text.replace(HERE, "").count(old) == 1, old
        text = text.replace(old, new)
    return text.replace(HERE, ""), text.find(HERE)


@pytest.mark.parametrize("name", NAMES)
def test_shipped_workflows_are_without_a_finding(name: str) -> None:
    assert checked(read_one(shipped(name))) == ()


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_once_at_its_place(slip: str) -> None:
    name, edits, code = SLIPS[slip]
    text, at = planted(name, *edits)
    findings = checked(read_one(text))
    assert told(findings, text) == [(code, *line_col(text, at))], [f.message.en for f in findings]
    assert findings[0].message.zh != findings[0].message.en


def test_an_unknown_name_comes_with_the_one_that_was_meant() -> None:
    text, _ = planted("complaint", ("event: offer_accepted", "event: offer_acepted"))
    (finding,) = checked(read_one(text))
    assert finding.hint is not None
    assert "`offer_accepted`" in finding.hint.en
    assert finding.fix[0].new_text == "offer_accepted"


def test_an_unreachable_state_counts_what_lies_behind_it() -> None:
    text, _ = planted("complaint", ("event: acknowledged, to: listen,", "event: acknowledged, to: received,"))
    (finding,) = checked(read_one(text))
    # verify, lower_expectation, propose, exceed, follow_up, two closed states and the archive
    assert "the 9 behind it" in finding.message.en


def test_a_calendar_that_ends_before_the_longest_timer_is_told_on_the_day_it_begins_to() -> None:
    """Decline is reviewed after 30 business days: six weeks. The calendar ends on 2026-12-31."""
    lifecycle = read_one(shipped("lifecycle"))
    last = date(2026, 12, 31).toordinal() - 42
    assert checked(lifecycle, last) == ()
    findings = checked(lifecycle, last + 1)
    text = shipped("lifecycle")
    assert told(findings, text) == [("KF1033", *line_col(text, text.index("30 business days")))]
    assert checked(lifecycle, None) == ()


def test_a_hold_between_reviews_is_a_note() -> None:
    every = ("review_every: 1 day", "review_every: 10 days")
    text, at = planted("lifecycle", every, ("hold: {for: 14 days}", "hold: §14 days"))
    findings = checked(read_one(text))
    assert told(findings, text) == [("KF1030", *line_col(text, at))]
    assert not findings[0].is_error


def test_a_part_may_have_all_the_time_of_the_whole() -> None:
    """A working day of the calendar has 7.5 hours, so two of them are 15 business hours."""
    text, _ = planted("tabled", ("{ack: 1 business hour,", "{ack: 15 business hours,"))
    assert checked(read_one(text)) == ()
    over, _ = planted("tabled", ("{ack: 1 business hour,", "{ack: 16 business hours,"))
    assert [f.code for f in checked(read_one(over))] == ["KF1028"]


def test_two_mistakes_are_two_findings() -> None:
    text, _ = planted(
        "complaint", ("event: offer_accepted", "event: offer_acepted"), ("due: sla.verify", "due: sla.verfy")
    )
    assert [f.code for f in checked(read_one(text))] == ["KF1020", "KF1020"]


# ---- a new version


def changed(old: str, new: str) -> list[tuple[str, int, int]]:
    sink = Sink()
    validate_change(read_one(old), read_one(new), sink)
    return told(sink.sorted(), new)


V4 = ("version: 3 ", "version: 4 ")
MIGRATION = (
    "migrations:\n  - from: 2\n",
    "migrations:\n  - from: 3\n    map: {gestation: gestation, initial: initial, stable: stable, "
    "strategic: strategic, decline: decline, lost: lost}\n  - from: 2\n",
)


def test_the_same_text_is_no_change() -> None:
    assert changed(shipped("lifecycle"), shipped("lifecycle")) == []


def test_another_text_needs_a_higher_version() -> None:
    text, at = planted(
        "lifecycle", ("version: 3 ", "version: §3 "), ("hold: {for: 14 days}", "hold: 15 days")
    )
    assert changed(shipped("lifecycle"), text) == [("KF1034", *line_col(text, at))]


def test_a_lifecycle_says_where_each_state_leads() -> None:
    text, _ = planted("lifecycle", V4, MIGRATION)
    assert changed(shipped("lifecycle"), text) == []


def test_a_lifecycle_without_a_migration_is_refused() -> None:
    text, at = planted("lifecycle", ("version: 3 ", "version: §4 "))
    assert changed(shipped("lifecycle"), text) == [("KF1035", *line_col(text, at))]


def test_a_state_without_a_counterpart_is_refused() -> None:
    text, _ = planted("lifecycle", V4, MIGRATION)
    text = text.replace(" lost: lost}\n  - from: 2", "}\n  - from: 2")
    at = text.index("from: 3")
    assert changed(shipped("lifecycle"), text) == [("KF1035", *line_col(text, at))]


def test_a_state_that_the_old_version_had_not_is_told() -> None:
    text, _ = planted("lifecycle", V4, MIGRATION)
    text = text.replace(
        "decline: decline, lost: lost}\n  - from: 2", "decline: decline, lots: lost}\n  - from: 2"
    )
    assert changed(shipped("lifecycle"), text) == [("KF1020", *line_col(text, text.index("lots")))]


def test_complaints_stay_on_their_version() -> None:
    text, _ = planted("complaint", ("version: 2", "version: 3"), ("calendar: cn-hq", "calendar: cn-hq "))
    assert changed(shipped("complaint"), text) == []


def test_another_subject_is_another_workflow() -> None:
    text, at = planted("lifecycle", V4, ("subject: customer ", "subject: §client "))
    assert changed(shipped("lifecycle"), text) == [("KF1038", *line_col(text, at))]


def test_another_mode_is_another_workflow() -> None:
    text, at = planted("development", ("version: 1", "version: 2"))
    old = shipped("development").replace("event-driven", "state-driven").replace("step: to-completion\n", "")
    assert at == -1
    assert changed(old, text) == [("KF1038", *line_col(text, text.index("prospect-development")))]
