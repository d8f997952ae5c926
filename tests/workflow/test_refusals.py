"""What is refused leaves the case as it was, and says what would be possible."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import CATALOG
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.workflow import step_errors
from kamflow.workflow.instance import START, TIME, Advanced, Arrived, Refused
from kamflow.workflow.model import Mode
from kamflow.workflow.ready import make_ready
from kamflow.workflow.steps import advance
from tests.workflow.fakes import ALWAYS, DAY, Case, FakeFacts, codes, days, edge, state, timer, told, workflow


def case() -> Case:
    states = (
        state(
            "a", edge("go", "b", event="forward", when=False), edge("end", "z", event="finish", when=False)
        ),
        state("b", edge("stop", "z", event="finish", when=False)),
        state("z", final=True),
    )
    made = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("forward", "finish")))
    made.send("forward", DAY)
    return made


@pytest.mark.parametrize(
    ("event", "when", "code", "hint"),
    [
        ("finsh", 2 * DAY, "KF1200", "Did you mean `finish`?"),
        ("forward", 2 * DAY, "KF1202", "Events that it takes: `finish`."),
        ("finish", DAY - 1, "KF1203", "Send the events of a case in the order in which they occurred."),
        (START, 2 * DAY, "KF1208", "Give the new case another id."),
        ("resume", 2 * DAY, "KF1212", "There is nothing to resume."),
    ],
)
def test_what_cannot_happen_is_refused_with_what_can(event: str, when: int, code: str, hint: str) -> None:
    tried = case()
    before = tried.case
    result = tried.try_to(event, when)
    assert isinstance(result, Refused)
    assert [(f.code, f.hint.en if f.hint else "") for f in result.findings] == [(code, hint)]
    assert tried.case == before


def test_suspending_twice_is_refused() -> None:
    tried = case()
    tried.send("suspend", 2 * DAY)
    assert codes(tried.try_to("suspend", 3 * DAY)) == ["KF1211"]


def test_a_final_case_takes_nothing_but_time() -> None:
    tried = case()
    tried.send("finish", 2 * DAY)
    assert codes(tried.try_to("finish", 3 * DAY)) == ["KF1201"]
    assert codes(tried.try_to("review", 3 * DAY)) == ["KF1201"]
    assert tried.send(TIME, 3 * DAY) == ()


def test_an_event_for_a_case_that_a_timer_has_ended_is_refused() -> None:
    states = (
        state("a", edge("go", "a", event="go"), timers=(timer("t", days(1), "z"),)),
        state("z", final=True),
    )
    tried = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("go",)))
    assert codes(tried.try_to("go", 2 * DAY)) == ["KF1201"]
    assert told(tried.wait_until(2 * DAY)) == ["moved a>z"]


def test_an_event_for_no_case_is_refused() -> None:
    ready = make_ready(workflow(state("a")), ALWAYS)
    assert codes(advance(ready, None, Arrived("e", "review", 0), FakeFacts(), case="c9")) == ["KF1209"]


def test_events_of_one_instant_are_in_order() -> None:
    tried = case()
    assert isinstance(tried.try_to("finish", DAY), Advanced)


def test_time_that_comes_late_does_nothing() -> None:
    tried = case()
    assert tried.send(TIME, 0) == ()


def test_findings_of_the_policies_refuse_the_whole_step() -> None:
    facts = FakeFacts()
    states = (state("a", edge("up", "b"), timers=(timer("t", days(1), do=()),)), state("b"))
    tried = Case(workflow(*states), facts)
    before = tried.case
    wrong = step_errors.COMMAND_FIELD.at(DataPlace("r"), Text("bad record", "记录有误"))
    facts.findings = (wrong,)
    result = tried.try_to("review", 2 * DAY)
    assert isinstance(result, Refused)
    assert result.findings == (wrong,)
    assert tried.case == before
    facts.findings = ()
    assert told(tried.review(2 * DAY, up=True)) == ["timer", "moved a>b"]


def test_a_payload_of_the_wrong_type_is_refused() -> None:
    facts = FakeFacts()
    states = (state("a", edge("go", "b", event="go", when=False)), state("b"))
    tried = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("go",)), facts)
    facts.payload_findings = (step_errors.COMMAND_FIELD.at(DataPlace("r"), Text("bad", "有误")),)
    assert codes(tried.try_to("go", 1)) == ["KF1217"]


def test_a_case_of_another_version_is_a_bug_of_the_caller() -> None:
    tried = case()
    other = make_ready(workflow(state("b"), version=9), ALWAYS)
    with pytest.raises(ValueError, match="given to"):
        advance(other, tried.now, Arrived("x", "review", 2 * DAY), FakeFacts())


def test_every_finding_of_this_room_is_said_in_both_languages() -> None:
    own = [code for code in CATALOG if "KF1200" <= code < "KF1230"]
    assert len(own) == 19
    result = case().try_to("finsh", 2 * DAY)
    assert isinstance(result, Refused)
    assert result.findings[0].message.zh == "该流程没有事件“finsh”。"
    assert result.findings[0].hint == Text("Did you mean `finish`?", "是否想写“finish”？")
