"""Reviews: guards, priorities, dwell, holds, unknown facts. Expected times are counted by hand."""

from __future__ import annotations

import pytest

from kamflow.workflow.instance import Block, Hold, Truth
from kamflow.workflow.instance_json import fold
from tests.workflow.fakes import DAY, Case, FakeFacts, days, edge, state, told, workflow


def test_a_true_guard_moves_the_case_and_the_entry_says_why() -> None:
    case = Case(workflow(state("a", edge("up", "b")), state("b")))
    (moved,) = case.review(DAY, up=True)
    assert case.state == "b"
    assert (moved.source, moved.target, moved.transition, moved.code) == ("a", "b", "up", "up")
    assert moved.cause == "e2"
    assert moved.judged[0].value is Truth.YES
    assert moved.judged[0].facts == {"up": True}
    assert case.case.entered_at == case.case.last_at == DAY


def test_a_review_that_changes_nothing_writes_nothing() -> None:
    case = Case(workflow(state("a", edge("up", "b")), state("b")))
    before = case.case
    assert case.review(DAY, up=False) == ()
    assert case.case == before


def test_one_review_moves_a_case_once_even_where_it_could_go_on() -> None:
    case = Case(workflow(state("a", edge("up", "b")), state("b", edge("on", "c")), state("c")))
    assert told(case.review(DAY, up=True, on=True)) == ["moved a>b"]
    assert told(case.review(DAY, up=True, on=True)) == ["moved b>c"]


def test_the_lowest_priority_wins_and_the_others_are_told_as_outranked() -> None:
    case = Case(
        workflow(
            state("a", edge("late", "b", priority=30), edge("early", "c", priority=20)),
            state("b"),
            state("c"),
        )
    )
    (moved,) = case.review(DAY, late=True, early=True)
    assert case.state == "c"
    assert {j.transition: j.blocked for j in moved.judged} == {"early": None, "late": Block.OUTRANKED}


def test_global_transitions_compete_with_those_of_the_state() -> None:
    close = edge("close", "z", priority=0, bypass=True, sources=("a",))
    case = Case(
        workflow(state("a", edge("up", "b"), dwell=days(5)), state("b"), state("z"), everywhere=(close,))
    )
    assert told(case.review(DAY, up=True, close=True)) == ["moved a>z"]


def test_two_eligible_transitions_of_one_priority_move_nothing_and_are_an_incident() -> None:
    case = Case(workflow(state("a", edge("one", "b"), edge("two", "c")), state("b"), state("c")))
    (incident,) = case.review(DAY, one=True, two=True)
    assert (incident.happened.value, incident.code) == ("incident", "ambiguous")
    assert incident.detail == {"transitions": ["one", "two"]}
    assert {j.blocked for j in incident.judged} == {Block.AMBIGUOUS}
    assert case.state == "a"


def test_rivals_below_the_winner_are_no_ambiguity() -> None:
    rivals = (edge("one", "b"), edge("two", "b"), edge("first", "c", priority=1))
    case = Case(workflow(state("a", *rivals), state("b"), state("c")))
    assert told(case.review(DAY, one=True, two=True, first=True)) == ["moved a>c"]


@pytest.mark.parametrize(("when", "moves"), [(30 * DAY - 1, False), (30 * DAY, True), (31 * DAY, True)])
def test_dwell_is_over_on_the_day_itself(when: int, moves: bool) -> None:
    case = Case(workflow(state("a", edge("up", "b"), dwell=days(30)), state("b")))
    case.review(when, up=True)
    assert (case.state == "b") is moves


def test_a_transition_that_bypasses_dwell_does_not_wait() -> None:
    case = Case(workflow(state("a", edge("up", "b", bypass=True), dwell=days(30)), state("b")))
    assert told(case.review(1, up=True)) == ["moved a>b"]


@pytest.mark.parametrize(("when", "moves"), [(14 * DAY - 1, False), (14 * DAY, True)])
def test_a_hold_begins_with_the_first_review_that_finds_the_guard_true(when: int, moves: bool) -> None:
    case = Case(workflow(state("a", edge("up", "b", hold=days(10))), state("b")))
    (began,) = case.review(4 * DAY, up=True)
    assert (began.judged[0].blocked, began.judged[0].until) == (Block.HOLD, 14 * DAY)
    case.review(when, up=True)
    assert (case.state == "b") is moves


def test_a_guard_that_turns_false_resets_its_hold() -> None:
    case = Case(workflow(state("a", edge("up", "b", hold=days(10))), state("b")))
    case.review(1 * DAY, up=True)
    case.review(2 * DAY, up=False)
    assert case.case.holds == ()
    case.review(3 * DAY, up=True)
    case.review(12 * DAY, up=True)
    assert case.state == "a"
    case.review(13 * DAY, up=True)
    assert case.state == "b"


def test_an_unknown_guard_never_fires_and_freezes_its_hold() -> None:
    case = Case(workflow(state("a", edge("up", "b", hold=days(10))), state("b")))
    case.review(1 * DAY, up=True)
    (frozen,) = case.review(4 * DAY)
    assert (frozen.happened.value, frozen.judged[0].missing) == ("stayed", ("up",))
    assert case.review(5 * DAY) == ()
    case.review(9 * DAY, up=True)
    assert dict(case.case.holds)["up"] == Hold(1 * DAY, None, 5 * DAY)
    case.review(16 * DAY - 1, up=True)
    assert case.state == "a"
    case.review(16 * DAY, up=True)  # ten days of ten, five of them do not count
    assert case.state == "b"


def test_leaving_a_state_clears_its_holds() -> None:
    states = (
        state("a", edge("hold", "z", hold=days(10)), edge("go", "b")),
        state("b", edge("back", "a")),
        state("z"),
    )
    case = Case(workflow(*states))
    case.review(0, hold=True, go=False)
    case.review(5 * DAY, hold=True, go=True)
    assert case.case.holds == ()
    case.review(6 * DAY, back=True)
    case.review(12 * DAY, hold=True, go=False)
    assert case.state == "a"
    case.review(22 * DAY, hold=True, go=False)
    assert case.state == "z"


def test_facts_that_stay_unknown_are_an_incident_once_at_its_own_time() -> None:
    case = Case(workflow(state("a", edge("up", "b")), state("b"), stale_after=days(45)))
    case.review(1 * DAY)
    assert case.review(45 * DAY) == ()
    (stale,) = case.review(50 * DAY)
    assert (stale.code, stale.at, stale.transition) == ("stale_facts", 46 * DAY, "up")
    assert case.wait_until(500 * DAY) == ()
    case.review(501 * DAY, up=False)
    assert told(case.review(502 * DAY)) == ["stayed"]
    assert told(case.wait_until(600 * DAY)) == ["incident stale_facts"]


def test_facts_that_become_known_in_time_are_no_incident() -> None:
    case = Case(workflow(state("a", edge("up", "b")), state("b"), stale_after=days(45)))
    case.review(1 * DAY)
    case.review(45 * DAY, up=False)
    assert case.case.timers == ()
    assert case.wait_until(100 * DAY) == ()


def test_an_event_edge_is_no_part_of_a_review() -> None:
    states = (
        state("a", edge("up", "b"), edge("end", "z", event="terminated", when=False)),
        state("b"),
        state("z"),
    )
    case = Case(workflow(*states, events=("terminated",)))
    case.review(1, up=False, end=True)
    assert case.state == "a"
    assert told(case.send("terminated", 2)) == ["moved a>z"]


def test_an_event_does_not_judge_what_reviews_judge() -> None:
    states = (state("a", edge("up", "b"), edge("end", "z", event="terminated")), state("b"), state("z"))
    case = Case(workflow(*states, events=("terminated",)))
    (stayed,) = case.send("terminated", 2, subject={"up": True, "end": False})
    assert [j.transition for j in stayed.judged] == ["end"]
    assert case.state == "a"


def test_only_yes_is_true() -> None:
    facts = FakeFacts({"guard:up": lambda asked: "yes"})
    case = Case(workflow(state("a", edge("up", "b")), state("b")), facts)
    (stayed,) = case.review(1)
    assert stayed.judged[0].value is Truth.UNKNOWN


def test_expressions_are_asked_for_whole_days_in_the_state_and_for_the_day() -> None:
    facts = FakeFacts()
    case = Case(workflow(state("a", edge("up", "b")), state("b")), facts, start=DAY // 2)
    case.review(3 * DAY, up=False)
    asked = facts.asked[-1][1]
    assert (asked.dwell, asked.day, asked.event) == (2, 719_163 + 3, "")


def test_entries_folded_give_the_case() -> None:
    case = Case(workflow(state("a", edge("up", "b", hold=days(1))), state("b", edge("down", "a"))))
    for n, facts in enumerate([{"up": True}, {}, {"up": True}, {"up": True}, {"down": True}], 1):
        case.review(n * DAY, **facts)
        assert fold(case.entries) == case.case
    assert [e.seq for e in case.entries] == list(range(1, len(case.entries) + 1))
