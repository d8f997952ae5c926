"""Events run to completion: variables, internal transitions, actions in order, what cannot end."""

from __future__ import annotations

import pytest

from kamflow.base.text import Text
from kamflow.workflow import keys
from kamflow.workflow.instance import Block
from kamflow.workflow.instance_json import fold
from kamflow.workflow.model import (
    ApplyRules,
    Assign,
    CreateTask,
    Emit,
    Escalate,
    Expression,
    Mode,
    Notify,
    Recipient,
    RequireReason,
    Role,
    StartPlay,
    StopPlay,
)
from kamflow.workflow.ready import make_ready
from tests.workflow.fakes import ALWAYS, DAY, Case, FakeFacts, days, edge, name, state, told, workflow

RUN = Mode.EVENT_DRIVEN


def test_an_event_moves_the_case_and_its_guard_sees_the_payload() -> None:
    facts = FakeFacts({"guard:yes": lambda a: a.payload["n"] > 3, "guard:no": lambda a: a.payload["n"] <= 3})
    states = (
        state("a", edge("yes", "b", event="go"), edge("no", "c", event="go")),
        state("b"),
        state("c"),
    )
    case = Case(workflow(*states, mode=RUN, events=("go",)), facts)
    (moved,) = case.send("go", 1, {"n": 4})
    assert (case.state, moved.transition) == ("b", "yes")
    assert facts.asked[-1][1].event == "go"


def test_an_event_whose_guards_are_all_false_is_consumed_and_told() -> None:
    case = Case(workflow(state("a", edge("up", "b", event="go")), state("b"), mode=RUN, events=("go",)))
    (stayed,) = case.send("go", 1, subject={"up": False})
    assert (stayed.happened.value, stayed.judged[0].value.value) == ("stayed", "false")
    assert case.case.last_at == 1


def test_transitions_without_an_event_follow_as_long_as_their_guards_hold() -> None:
    states = (
        state("a", edge("go", "b", event="go", when=False)),
        state("b", edge("on", "c")),
        state("c", edge("further", "d")),
        state("d"),
    )
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    entries = case.send("go", 1, subject={"on": True, "further": True})
    assert told(entries) == ["moved a>b", "moved b>c", "moved c>d"]
    assert {e.cause for e in entries} == {"e2"}


def test_a_new_case_runs_to_completion_too() -> None:
    case = Case(workflow(state("a", edge("on", "b", when=False)), state("b"), mode=RUN))
    assert told(case.entries) == ["started", "moved a>b"]
    assert case.state == "b"


@pytest.mark.parametrize(("limit", "ends"), [(3, True), (2, False)])
def test_more_steps_than_allowed_undo_everything_and_are_an_incident(limit: int, ends: bool) -> None:
    states = (
        state("a", edge("go", "b", event="go", when=False, sets=("seen",))),
        state("b", edge("e1", "c", when=False)),
        state("c", edge("e2", "d", when=False)),
        state("d", edge("e3", "e", when=False)),
        state("e"),
    )
    facts = FakeFacts({keys.setting("go", "seen"): lambda a: 1}, {"seen": 0})
    case = Case(workflow(*states, mode=RUN, events=("go",), max_microsteps=limit), facts)
    entries = case.send("go", 7, subject={"x": 1})
    if ends:
        assert case.state == "e"
        return
    assert told(entries) == ["incident livelock"]
    assert (case.state, case.case.vars, case.case.last_at) == ("a", {"seen": 0}, 7)
    assert case.case.subject == {"x": 1}
    assert fold(case.entries) == case.case


def test_a_circle_of_true_guards_ends_in_a_livelock() -> None:
    states = (
        state("a", edge("go", "b", event="go", when=False)),
        state("b", edge("ping", "c", when=False)),
        state("c", edge("pong", "b", when=False)),
    )
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    assert told(case.send("go", 1)) == ["incident livelock"]


def test_ambiguity_is_an_incident_for_events_too() -> None:
    states = (state("a", edge("x", "b", event="go"), edge("y", "c", event="go")), state("b"), state("c"))
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    (incident,) = case.send("go", 1, subject={"x": True, "y": True})
    assert (incident.code, case.state) == ("ambiguous", "a")


def test_assignments_are_worked_out_on_the_values_before() -> None:
    facts = FakeFacts(
        {keys.setting("swap", "x"): lambda a: a.vars["y"], keys.setting("swap", "y"): lambda a: a.vars["x"]},
        {"x": 1, "y": 2},
    )
    states = (state("a", edge("swap", "b", event="go", when=False, sets=("x", "y"))), state("b"))
    case = Case(workflow(*states, mode=RUN, events=("go",)), facts)
    case.send("go", 1)
    assert case.case.vars == {"x": 2, "y": 1}


def test_an_internal_transition_sets_variables_and_nothing_else() -> None:
    facts = FakeFacts({keys.setting("add", "n"): lambda a: a.vars["n"] + a.payload["k"]}, {"n": 0})
    states = (
        state(
            "a",
            edge("add", None, event="add", when=False, sets=("n",)),
            entry=(Emit("entered"),),
            leaving=(Emit("left"),),
        ),
    )
    case = Case(workflow(*states, mode=RUN, events=("add",)), facts)
    (entry,) = case.send("add", DAY, {"k": 5})
    assert (entry.happened.value, entry.effects, case.case.vars) == ("internal", (), {"n": 5})
    assert case.case.entered_at == 0


def test_a_transition_to_its_own_state_leaves_and_enters_it() -> None:
    states = (
        state(
            "a",
            edge("again", "a", event="go", when=False),
            entry=(Emit("entered"),),
            leaving=(Emit("left"),),
        ),
    )
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    (entry,) = case.send("go", DAY)
    assert [e.payload["event"] for e in entry.effects] == ["left", "entered"]
    assert case.case.entered_at == DAY


def test_actions_become_effects_in_order_with_keys_that_never_come_again() -> None:
    owner = Recipient(Role.ROLE, "owner")
    states = (
        state("a", edge("go", "b", event="go", when=False, do=(Emit("gone"),)), leaving=(StopPlay("p"),)),
        state(
            "b",
            entry=(
                Notify((owner, Recipient(Role.SUBJECT, "contact")), "t"),
                CreateTask("call", "owner", days(2), Text("Call", "致电")),
                Assign("manager", "territory"),
                RequireReason(name("why"), ("x", "y")),
                Escalate(None, owner, "up"),
            ),
        ),
    )
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    (entry,) = case.send("go", DAY)
    assert [(e.key, e.kind) for e in entry.effects] == [
        ("w/c1/2/0", "stop_play"),
        ("w/c1/2/1", "emit"),
        ("w/c1/2/2", "notify"),
        ("w/c1/2/3", "create_task"),
        ("w/c1/2/4", "assign"),
        ("w/c1/2/5", "require_reason"),
        ("w/c1/2/6", "escalate"),
    ]
    assert entry.effects[2].payload == {"to": ["role:owner", "subject.contact"], "template": "t"}
    assert entry.effects[3].due == 3 * DAY


def test_arguments_of_exit_actions_see_the_variables_before_and_those_of_entry_actions_after() -> None:
    seen = FakeFacts(
        {
            keys.setting("go", "n"): lambda a: 2,
            keys.argument("exit:a", "p", "n"): lambda a: a.vars["n"],
            keys.argument("do:go", "p", "n"): lambda a: a.vars["n"],
            keys.argument("entry:b", "p", "n"): lambda a: a.vars["n"],
        },
        {"n": 1},
    )
    play = StartPlay("p", days(90), 3, ((name("n"), Expression("var.n")),))
    go = edge("go", "b", event="go", when=False, sets=("n",), do=(play,))
    case = Case(
        workflow(state("a", go, leaving=(play,)), state("b", entry=(play,)), mode=RUN, events=("go",)),
        seen,
    )
    (entry,) = case.send("go", DAY)
    assert [e.payload["args"] for e in entry.effects] == [{"n": 1}, {"n": 2}, {"n": 2}]
    assert {(e.due, e.payload["max_attempts"]) for e in entry.effects} == {(91 * DAY, 3)}


def test_what_a_policy_decides_goes_into_the_effect_of_applying_it() -> None:
    rules = ApplyRules(name("pricing"), "propose", 2)
    definition = workflow(
        state("a", edge("go", "b", event="go", when=False)),
        state("b", entry=(rules,)),
        mode=RUN,
        events=("go",),
    )
    facts = FakeFacts({keys.ruleset("pricing", "price"): lambda a: "9.50"})
    case = Case(definition, facts, ready=make_ready(definition, ALWAYS, {"pricing": ("price",)}))
    (entry,) = case.send("go", 1)
    assert entry.effects[0].payload == {
        "ruleset": "pricing",
        "mode": "propose",
        "min_options": 2,
        "decisions": {"price": "9.50"},
    }


def test_dwell_holds_an_event_back_and_says_until_when() -> None:
    states = (state("a", edge("go", "b", event="go", when=False), dwell=days(3)), state("b"))
    case = Case(workflow(*states, mode=RUN, events=("go",)))
    (stayed,) = case.send("go", 1)
    assert (stayed.judged[0].blocked, stayed.judged[0].until) == (Block.DWELL, 3 * DAY)
    assert told(case.send("go", 3 * DAY)) == ["moved a>b"]
