"""Transitions that wait for somebody's yes."""

from __future__ import annotations

import pytest

from kamflow.base.text import Text
from kamflow.workflow.instance import APPROVE, REJECT, Block
from kamflow.workflow.instance_json import fold
from kamflow.workflow.model import Ladder, Level, Mode, OnTimeout, Recipient, Role, Workflow
from tests.workflow.fakes import DAY, Case, FakeFacts, asks, codes, days, edge, state, told, workflow


def lifecycle(on_timeout: OnTimeout = OnTimeout.REJECT, **more) -> Workflow:
    up = edge("up", "top", priority=40, hold=days(10), approve=asks("director", days(5), on_timeout))
    return workflow(
        state("a", up, edge("fall", "low", priority=20), edge("later", "low", priority=50)),
        state("top"),
        state("low"),
        **more,
    )


def parked(definition: Workflow | None = None) -> Case:
    case = Case(definition or lifecycle())
    case.review(0, up=True)
    (entry,) = case.review(10 * DAY, up=True)
    assert entry.happened.value == "parked"
    return case


def test_a_transition_that_needs_approval_waits_and_asks_for_it() -> None:
    case = parked()
    entry, pending = case.entries[-1], case.case.pending
    assert case.state == "a"
    assert pending is not None
    assert (pending.id, pending.role, pending.since) == ("up#3", "director", 10 * DAY)
    assert entry.judged[1].blocked is Block.APPROVAL
    assert entry.detail == {"approval": "up#3", "role": "director", "due": 15 * DAY}
    assert (entry.effects[0].kind, entry.effects[0].due) == ("create_task", 15 * DAY)


def test_approving_lets_it_fire() -> None:
    case = parked()
    entries = case.send(APPROVE, 11 * DAY, {"approval": "up#3", "why": "fine"}, actor="lin")
    assert told(entries) == ["approved", "moved a>top"]
    assert (entries[0].actor, entries[0].detail["why"]) == ("lin", "fine")
    assert (case.case.pending, case.case.timers) == (None, ())
    assert fold(case.entries) == case.case


def test_an_approval_of_what_is_no_longer_true_lapses() -> None:
    case = parked()
    entries = case.send(APPROVE, 11 * DAY, {"approval": "up#3"}, subject={"up": False}, actor="lin")
    assert told(entries) == ["lapsed"]
    assert (entries[0].detail["why"], case.state, case.case.pending) == ("guard", "a", None)


def test_an_approval_of_what_is_unknown_now_is_refused_and_stays_open() -> None:
    case = parked()
    result = case.try_to(APPROVE, 11 * DAY, {"approval": "up#3"}, subject={}, actor="lin")
    assert codes(result) == ["KF1213"]
    assert case.case.pending is not None


def test_rejecting_is_told_and_the_hold_begins_anew() -> None:
    case = parked()
    (rejected,) = case.send(REJECT, 11 * DAY, {"approval": "up#3", "why": "too early"}, actor="lin")
    assert rejected.detail == {"approval": "up#3", "why": "too early"}
    assert told(case.review(20 * DAY, up=True)) == []
    assert told(case.review(21 * DAY, up=True)) == ["parked a>top"]


def test_a_request_that_nobody_answers_is_rejected_at_its_own_time() -> None:
    case = parked()
    (timed_out,) = case.wait_until(100 * DAY)
    assert (timed_out.happened.value, timed_out.at) == ("timed_out", 15 * DAY)
    assert timed_out.detail["outcome"] == "rejected"
    assert case.case.pending is None


def test_a_request_that_escalates_climbs_the_ladder_once_a_level_and_waits_at_the_top() -> None:
    rungs = tuple(Level(n, Text("x"), Recipient(Role.ROLE, f"r{n}")) for n in (1, 2))
    case = parked(lifecycle(OnTimeout.ESCALATE, ladder=Ladder(rungs)))
    entries = case.wait_until(1000 * DAY)
    assert [(e.happened.value, e.at // DAY, e.detail.get("outcome")) for e in entries] == [
        ("timed_out", 15, "escalated"),
        ("escalated", 15, None),
        ("timed_out", 20, "escalated"),
        ("escalated", 20, None),
        ("timed_out", 25, "waits"),
    ]
    pending = case.case.pending
    assert pending is not None
    assert (pending.level, pending.role, pending.id) == (2, "r2", "up#3")
    assert told(case.send(APPROVE, 1001 * DAY, {"approval": "up#3"}, actor="x")) == [
        "approved",
        "moved a>top",
    ]


def test_a_review_that_finds_the_guard_false_lapses_the_request() -> None:
    case = parked()
    assert told(case.review(12 * DAY, up=False)) == ["lapsed"]
    assert case.case.holds == ()
    assert case.case.timers == ()


def test_a_review_that_finds_it_still_true_changes_nothing() -> None:
    case = parked()
    case.review(12 * DAY, up=True, later=True, fall=False)
    assert case.state == "a"
    assert case.review(13 * DAY, up=True, later=True, fall=False) == ()
    assert case.case.pending is not None


def test_a_better_transition_overtakes_what_waits() -> None:
    case = parked()
    entries = case.review(12 * DAY, up=True, fall=True)
    assert told(entries) == ["lapsed", "moved a>low"]
    assert entries[0].detail["why"] == "left"


def test_a_worse_one_may_go_once_the_request_has_lapsed() -> None:
    case = parked()
    assert told(case.review(12 * DAY, up=False, later=True)) == ["lapsed", "moved a>low"]


@pytest.mark.parametrize("command", [APPROVE, REJECT])
def test_an_approval_that_is_not_pending_is_refused(command: str) -> None:
    case = parked()
    result = case.try_to(command, 11 * DAY, {"approval": "up#2", "why": "x"})
    assert codes(result) == ["KF1204"]


def test_a_late_approval_comes_after_the_time_out() -> None:
    case = parked()
    assert codes(case.try_to(APPROVE, 15 * DAY, {"approval": "up#3"})) == ["KF1204"]


def complaint() -> Case:
    facts = FakeFacts({"guard:no": lambda a: a.payload["founded"] is False})
    states = (
        state(
            "verify",
            edge("no", "closed", event="verified", approve=asks("lead", days(1))),
            edge("yes", "next", event="accepted", when=False),
        ),
        state("closed", closed=True),
        state("next"),
    )
    return Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("verified", "accepted")), facts)


def test_an_event_that_waits_is_judged_again_with_its_own_payload() -> None:
    case = complaint()
    (entry,) = case.send("verified", 1, {"founded": False})
    assert entry.happened.value == "parked"
    assert told(case.send("verified", 2, {"founded": False})) == ["stayed"]
    assert told(case.send(APPROVE, 3, {"approval": "no#2"}, actor="x")) == ["approved", "moved verify>closed"]


def test_another_event_that_leaves_the_state_lapses_what_waits() -> None:
    case = complaint()
    case.send("verified", 1, {"founded": False})
    assert told(case.send("accepted", 2)) == ["lapsed", "moved verify>next"]
    assert case.case.timers == ()
