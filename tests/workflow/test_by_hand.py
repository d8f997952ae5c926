"""States set by hand, let go of, and cases moved to a new version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kamflow.workflow.instance import MIGRATE, OVERRIDE, RELEASE, Advanced, Arrived, Block
from kamflow.workflow.instance_json import fold
from kamflow.workflow.model import Emit, Migration, Mode, Workflow
from kamflow.workflow.ready import make_ready
from kamflow.workflow.steps import advance
from tests.workflow.fakes import (
    ALWAYS,
    DAY,
    HOUR,
    Case,
    FakeFacts,
    at,
    codes,
    days,
    edge,
    hours,
    name,
    sla,
    state,
    timer,
    told,
    workflow,
)


def definition() -> Workflow:
    states = (
        state("a", edge("up", "b"), leaving=(Emit("left"),)),
        state(
            "b",
            edge("down", "a"),
            entry=(Emit("entered"),),
            timers=(timer("move", days(2), "c"), timer("tell", days(1), do=(Emit("told"),))),
        ),
        state("c", final=True),
    )
    return workflow(*states)


def set_by_hand(to: str = "b", until: str = "1970-01-11") -> Case:
    """Until the end of 11 January 1970: the instant 11 * DAY."""
    case = Case(definition())
    payload = {"to": to, "until": until, "why": "agreed by phone"}
    case.send(OVERRIDE, DAY, payload, subject={"up": False}, actor="wang")
    return case


def test_a_state_set_by_hand_is_entered_and_says_who_and_why() -> None:
    case = set_by_hand()
    entry = case.entries[-1]
    assert (entry.happened.value, entry.actor, entry.source, entry.target) == ("overridden", "wang", "a", "b")
    assert entry.detail == {"until": 11 * DAY, "why": "agreed by phone"}
    assert [e.payload["event"] for e in entry.effects] == ["left", "entered"]
    assert case.case.override is not None


def test_guards_move_nothing_while_it_stands_and_say_so() -> None:
    case = set_by_hand()
    assert case.review(2 * DAY - 1, down=True) == ()
    assert told(case.wait_until(10 * DAY)) == ["timer"]  # what only tells goes on
    assert case.state == "b"


def test_events_are_held_back_too() -> None:
    states = (state("a", edge("go", "b", event="go", when=False)), state("b"))
    case = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("go",)))
    case.send(OVERRIDE, 1, {"to": "a", "until": "1970-01-05", "why": "x"}, actor="w")
    (stayed,) = case.send("go", 2)
    assert (stayed.judged[0].blocked, stayed.judged[0].until) == (Block.OVERRIDE, 5 * DAY)


def test_it_ends_by_itself_and_timers_that_move_begin_then() -> None:
    case = set_by_hand()
    entries = case.wait_until(100 * DAY)
    assert [(e.happened.value, e.at // DAY) for e in entries] == [
        ("timer", 2),
        ("released", 11),
        ("moved", 13),
    ]


def test_it_can_be_let_go_of_early() -> None:
    case = set_by_hand()
    assert told(case.send(RELEASE, 3 * DAY, {"why": "solved"}))[-1] == "released"
    assert told(case.review(4 * DAY, down=True)) == ["moved b>a"]
    assert codes(case.try_to(RELEASE, 4 * DAY)) == ["KF1210"]


def test_a_case_can_be_held_where_it_is() -> None:
    case = set_by_hand(to="a")
    assert case.entries[-1].effects == ()
    assert case.case.entered_at == 0
    assert case.review(2 * DAY, up=True) == ()
    case.wait_until(11 * DAY)
    assert told(case.review(12 * DAY, up=True)) == ["moved a>b"]


def test_holding_a_case_where_it_is_stops_only_the_timers_that_would_move_it() -> None:
    case = Case(definition())
    case.review(0, up=True)
    case.send(OVERRIDE, HOUR, {"to": "b", "until": "1970-01-10", "why": "x"}, actor="w")
    entries = case.wait_until(100 * DAY)
    assert [(e.happened.value, e.at // DAY) for e in entries] == [
        ("timer", 1),
        ("released", 10),
        ("moved", 12),
    ]


def test_a_later_override_takes_the_place_of_an_earlier_one() -> None:
    case = set_by_hand()
    case.send(OVERRIDE, 2 * DAY, {"to": "a", "until": "1970-01-20", "why": "again"}, actor="wang")
    assert case.state == "a"
    assert [(e.happened.value, e.at // DAY) for e in case.wait_until(99 * DAY)] == [("released", 20)]


@pytest.mark.parametrize(
    ("until", "instant"),
    [
        ("2026-09-30", at("2026-10-01T00:00")),
        ("2026-09-30T18:00", at("2026-09-30T18:00")),
        ("2026-09-30T18:00+08:00", at("2026-09-30T10:00")),
        ("2026-09-30T18:00:00Z", at("2026-09-30T18:00")),
    ],
)
def test_a_day_ends_with_it_and_a_time_may_name_its_zone(until: str, instant: int) -> None:
    case = set_by_hand(until=until)
    assert case.case.override is not None
    assert case.case.override.until == instant


@pytest.mark.parametrize(
    ("payload", "actor", "code"),
    [
        ({"to": "B", "until": "2026-01-01", "why": "x"}, "w", "KF1205"),
        ({"to": "b", "until": "soon", "why": "x"}, "w", "KF1207"),
        ({"to": "b", "until": "1969-12-31", "why": "x"}, "w", "KF1206"),
        ({"to": "b", "until": "2026-01-01", "why": "x"}, "", "KF1217"),
        ({"to": "b", "until": "2026-01-01"}, "w", "KF1217"),
    ],
)
def test_an_override_that_is_not_complete_is_refused(payload: dict, actor: str, code: str) -> None:
    case = Case(definition())
    before = case.case
    assert codes(case.try_to(OVERRIDE, DAY, payload, actor=actor)) == [code]
    assert case.case == before


def test_a_final_state_set_by_hand_ends_the_case() -> None:
    case = set_by_hand(to="c")
    assert (case.case.final, case.case.override, case.case.timers) == (True, None, ())


# ---- migrations


def second(keep: tuple[str, ...], **more) -> Workflow:
    return workflow(
        state("a2", edge("up", "b2", hold=days(10)), timers=(timer("move", days(30), "b2"),)),
        state("b2"),
        version=2,
        migrations=(Migration(1, ((name("a"), name("a2")),), keep),),
        **more,
    )


def first_version(**more) -> Case:
    states = (state("a", edge("up", "b", hold=days(10)), timers=(timer("old", days(9), "b"),)), state("b"))
    case = Case(workflow(*states, **more), FakeFacts(first={"n": 1, "gone": 2}))
    case.review(DAY, up=True)
    return case


def migrated(case: Case, to: Workflow, when: int = 5 * DAY):
    facts = FakeFacts(first={"n": 0, "new": None})
    return advance(make_ready(to, ALWAYS), case.now, Arrived("m", MIGRATE, when, {"from": 1}), facts)


def test_migrating_keeps_what_is_listed() -> None:
    case = first_version()
    result = migrated(case, second(("entered_at", "var", "hold")))
    assert isinstance(result, Advanced)
    now = result.instance
    assert (now.version, now.state, now.entered_at, now.vars) == (2, "a2", 0, {"n": 1, "new": None})
    assert now.holds == case.case.holds
    assert [(t.name, t.due) for t in now.timers] == [("move", 30 * DAY)]
    assert fold([*case.entries, *result.entries]) == now
    assert result.entries[0].detail == {"from": 1, "to": 2}


def test_migrating_begins_anew_what_is_not_listed() -> None:
    result = migrated(first_version(), second(()))
    assert isinstance(result, Advanced)
    now = result.instance
    assert (now.entered_at, now.vars, now.holds) == (5 * DAY, {"n": 0, "new": None}, ())
    assert [t.due for t in now.timers] == [35 * DAY]


def test_a_service_level_that_the_new_version_has_not_ends_without_a_verdict() -> None:
    case = first_version(slas=(sla("old", "enter:a", ["exit:a"], hours(500)),))
    result = migrated(case, second(()))
    assert isinstance(result, Advanced)
    assert [(x.verdict.value, x.consumed) for x in result.instance.ledgers] == [("exempt", 120 * HOUR)]
    assert [t.kind.value for t in result.instance.timers] == ["state"]


def test_migrations_that_do_not_fit_are_refused() -> None:
    case = first_version()
    assert codes(migrated(case, replace(second(()), migrations=()))) == ["KF1214"]
    assert codes(migrated(case, replace(second(()), migrations=(Migration(1, (), ()),)))) == ["KF1215"]
    assert codes(migrated(case, second(()), 9 * DAY)) == ["KF1216"]
