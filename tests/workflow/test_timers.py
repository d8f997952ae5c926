"""Timers of states: set on entry, cancelled on exit, fired in order and at their own times."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

from kamflow.base.text import NO_TEXT
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.instance import OVERRIDE
from kamflow.workflow.machine import make_machine
from kamflow.workflow.model import CreateTask, Duration, Emit, Mode, Unit
from kamflow.workflow.working_time import ready_calendar
from tests.workflow.fakes import (
    DAY,
    HOUR,
    Case,
    at,
    days,
    edge,
    hours,
    sla,
    state,
    timer,
    told,
    workflow,
)

TELL = (Emit("tick"),)


def test_a_timer_moves_the_case_at_its_own_time_and_is_the_cause() -> None:
    states = (
        state("a", timers=(timer("late", days(3), "b"),), leaving=(Emit("left"),)),
        state("b", timers=(timer("next", days(2), "c", (Emit("done"),)),)),
        state("c"),
    )
    case = Case(workflow(*states), start=DAY)
    first, second = case.wait_until(100 * DAY)
    assert (first.at, first.cause, first.code) == (4 * DAY, "state:late#1", "late")
    assert (second.at, case.case.entered_at) == (6 * DAY, 6 * DAY)
    assert [e.payload["event"] for e in (*first.effects, *second.effects)] == ["left", "done"]


def test_a_timer_that_only_tells_leaves_the_case_where_it_is_and_fires_once() -> None:
    case = Case(workflow(state("a", timers=(timer("tell", hours(5), do=TELL),))))
    (entry,) = case.wait_until(100 * DAY)
    assert (entry.happened.value, entry.at, entry.detail) == ("timer", 5 * HOUR, {"timer": "tell"})
    assert (case.state, case.case.entered_at, case.case.next_due) == ("a", 0, None)


def test_leaving_a_state_cancels_its_timers_and_coming_back_starts_them_anew() -> None:
    states = (
        state("a", edge("go", "b"), timers=(timer("t", days(3), do=TELL),)),
        state("b", edge("back", "a")),
    )
    case = Case(workflow(*states))
    case.review(DAY, go=True)
    assert case.case.timers == ()
    case.review(2 * DAY, back=True)
    assert [(t.key, t.due) for t in case.case.timers] == [("state:t#3", 5 * DAY)]


def test_timers_of_one_instant_fire_by_kind_and_then_by_key() -> None:
    states = (state("a", timers=(timer("z", hours(4), do=TELL), timer("b", hours(4), do=TELL))),)
    case = Case(workflow(*states, slas=(sla("zz", "enter:a", ["exit:a"], hours(4)),)))
    case.send(OVERRIDE, 0, {"to": "a", "until": "1970-01-01T04:00", "why": "x"}, actor="w")
    fired = [e.cause.split("#")[0] for e in case.wait_until(DAY)]
    assert fired == ["sla:zz", "state:b", "state:z", "override:a"]


def test_an_event_of_the_very_instant_comes_after_the_timer() -> None:
    states = (
        state("a", edge("go", "c", event="go", when=False), timers=(timer("t", days(1), "b"),)),
        state("b", edge("on", "d", event="go", when=False)),
        state("c"),
        state("d"),
    )
    case = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("go",)))
    assert told(case.send("go", DAY)) == ["moved a>b", "moved b>d"]


def test_a_move_by_a_timer_runs_to_completion_and_a_livelock_spends_the_timer() -> None:
    states = (
        state("a", timers=(timer("t", days(1), "b"),)),
        state("b", edge("ping", "c", when=False)),
        state("c", edge("pong", "b", when=False)),
    )
    case = Case(workflow(*states, mode=Mode.EVENT_DRIVEN))
    (incident,) = case.wait_until(DAY)
    assert (incident.code, incident.cause, case.state, case.case.timers) == (
        "livelock",
        "state:t#1",
        "a",
        (),
    )


def test_timers_of_no_length_that_go_in_a_circle_end_in_a_livelock() -> None:
    states = (
        state("a", timers=(timer("t", days(0), "b"),)),
        state("b", timers=(timer("u", days(0), "a"),)),
    )
    case = Case(workflow(*states))
    assert told(case.wait_until(DAY))[-1] == "incident livelock"
    assert case.case.timers == ()


def test_what_is_due_after_the_last_published_day_is_provisional() -> None:
    week = (((540, 1020),),) * 5 + ((), ())
    time = ready_calendar(Calendar("c", NO_TEXT, "UTC", week, until=date(2026, 12, 31).toordinal()))
    task = CreateTask("t", "owner", Duration(5, Unit.BUSINESS_DAYS))
    states = (state("a", entry=(task,), timers=(timer("t", Duration(9, Unit.BUSINESS_DAYS), do=TELL),)),)
    late = Case(workflow(*states), time=time, start=at("2026-12-30T09:00"))
    assert (late.case.timers[0].provisional, late.entries[0].effects[0].provisional) == (True, True)
    early = Case(workflow(*states), time=time, start=at("2026-06-30T09:00"))
    assert (early.case.timers[0].provisional, early.entries[0].effects[0].provisional) == (False, False)


def test_a_state_held_by_hand_that_is_let_go_runs_on_by_itself() -> None:
    states = (state("a", edge("on", "b", when=False)), state("b", edge("ping", "a", when=False)))
    case = Case(workflow(state("x"), *states, mode=Mode.EVENT_DRIVEN))
    case.send(OVERRIDE, 0, {"to": "a", "until": "1970-01-01", "why": "x"}, actor="w")
    assert told(case.wait_until(2 * DAY)) == ["released", "incident livelock"]
    assert (case.state, case.case.override) == ("a", None)


# ---- the machine


def test_the_machine_takes_the_first_that_may_fire_by_priority_and_then_order() -> None:
    edges = (
        edge("c", "x", priority=20),
        edge("b", "x", priority=10),
        edge("a", None, priority=10),
        edge("e", "x", event="state", priority=1),
    )
    choose = make_machine(workflow(state("s", *edges), state("x"), events=("state",)))
    assert choose("s", "", {"a", "b", "c"}) == "b"
    assert choose("s", "", {"a", "c"}) == "a"
    assert choose("s", "", ()) is None
    assert choose("s", "state", {"e"}) == "e"  # an event may be called what the library uses inside


def test_libraries_are_loaded_when_they_are_needed_and_not_before() -> None:
    code = (
        "import sys; import kamflow.workflow.steps, kamflow.workflow.next_step;"
        "print([m for m in ('transitions', 'holidays', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
