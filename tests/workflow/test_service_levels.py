"""Ledgers of service levels and the ladder: consumed time, pauses, warnings, breaches, reopenings."""

from __future__ import annotations

import pytest

from kamflow.base.text import NO_TEXT, Text
from kamflow.workflow import keys
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.instance import Ledger, Verdict
from kamflow.workflow.instance_json import fold
from kamflow.workflow.model import (
    AutoLevel,
    BudgetTable,
    CreateTask,
    Duration,
    Emit,
    Escalate,
    FromTable,
    Ladder,
    Level,
    Mode,
    OnReopen,
    Recipient,
    Role,
    SlaDue,
    Unit,
    Workflow,
)
from kamflow.workflow.working_time import ready_calendar
from tests.workflow.fakes import (
    DAY,
    HOUR,
    SOME,
    Case,
    FakeFacts,
    at,
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

LADDER = Ladder(tuple(Level(n, Text(f"L{n}"), Recipient(Role.ROLE, f"r{n}")) for n in range(4)))


def simple(*slas, **more) -> Workflow:
    """open → done, back by `reopen`; `start` leads from new to open."""
    return workflow(
        state("new", edge("start", "open", event="start", when=False)),
        state("open", edge("finish", "done", event="finish", when=False)),
        state("done", edge("again", "open", event="reopen", when=False), closed=True),
        mode=Mode.EVENT_DRIVEN,
        events=("start", "finish", "reopen"),
        slas=slas,
        **more,
    )


def ledgers(case: Case) -> list[tuple[str, int, str, int]]:
    return [(x.sla, x.epoch, x.verdict.value, x.consumed) for x in case.case.ledgers]


ANSWER = sla("answer", "enter:open", ["exit:open"], hours(10), warn=(50, 80))


def test_a_level_met_says_how_much_was_used() -> None:
    case = Case(simple(ANSWER))
    case.send("start", HOUR)
    entries = case.send("finish", 5 * HOUR)
    assert told(entries) == ["moved open>done", "sla_stopped"]
    assert entries[1].detail == {
        "sla": "answer", "epoch": 0, "verdict": "met", "consumed": 4 * HOUR, "budget": 10 * HOUR,
    }  # fmt: skip
    assert case.case.timers == ()


def test_warnings_and_the_breach_are_told_once_each_at_their_own_times() -> None:
    case = Case(simple(ANSWER))
    case.send("start", 0)
    entries = case.wait_until(100 * DAY)
    assert [(e.happened.value, e.at) for e in entries] == [
        ("sla_warned", 5 * HOUR),
        ("sla_warned", 8 * HOUR),
        ("sla_breached", 10 * HOUR),
    ]
    assert [e.detail.get("percent") for e in entries] == [50, 80, None]
    case.send("finish", 101 * DAY)
    assert ledgers(case) == [("answer", 0, "breached", 101 * 24 * HOUR)]


@pytest.mark.parametrize(("when", "verdict"), [(10 * HOUR - 1, "met"), (10 * HOUR, "breached")])
def test_a_budget_is_breached_at_the_instant_at_which_it_is_used_up(when: int, verdict: str) -> None:
    case = Case(simple(ANSWER))
    case.send("start", 0)
    case.send("finish", when)
    assert case.case.ledgers[0].verdict.value == verdict


def test_business_budgets_count_open_hours() -> None:
    office = Calendar("c", NO_TEXT, "UTC", (((540, 1020),),) * 5 + ((), ()))  # 9 to 17
    definition = simple(sla("answer", "enter:open", ["exit:open"], Duration(1, Unit.BUSINESS_DAYS)))
    case = Case(definition, time=ready_calendar(office), start=at("2026-06-05T08:00"))
    case.send("start", at("2026-06-05T16:00"))  # a Friday
    (breached,) = case.wait_until(at("2026-06-20T00:00"))
    assert breached.at == at("2026-06-08T16:00")
    assert (breached.detail["consumed"], breached.detail["budget"]) == (8 * HOUR, 8 * HOUR)


def test_suspending_stops_pausable_clocks_and_resuming_lets_them_run_on() -> None:
    case = Case(simple(ANSWER, sla("hard", "enter:open", ["exit:open"], hours(12), pausable=False)))
    case.send("start", 0)
    (suspended,) = case.send("suspend", 4 * HOUR, {"why": "asked the customer"})
    assert suspended.detail == {"why": "asked the customer"}
    assert told(case.wait_until(12 * HOUR)) == ["sla_breached"]  # the hard one
    case.send("resume", 24 * HOUR)
    entries = case.wait_until(100 * HOUR)
    assert [e.at for e in entries] == [25 * HOUR, 28 * HOUR, 30 * HOUR]
    ledger = case.case.ledgers[0]
    assert (ledger.consumed, ledger.paused) == (10 * HOUR, 20 * HOUR)


def test_a_reply_of_the_customer_resumes_and_is_taken_at_any_time() -> None:
    case = Case(simple(ANSWER))
    case.send("start", 0)
    case.send("suspend", HOUR)
    assert told(case.send("customer_replied", 2 * HOUR)) == ["resumed"]
    assert told(case.send("customer_replied", 3 * HOUR)) == ["stayed"]
    assert case.case.suspended_at is None


def test_a_pause_ends_by_itself_after_its_longest_time_and_the_case_stays_suspended() -> None:
    case = Case(simple(sla("answer", "enter:open", ["exit:open"], hours(10), max_pause=days(2))))
    case.send("start", 0)
    case.send("suspend", 4 * HOUR)
    entries = case.wait_until(100 * DAY)
    assert [(e.happened.value, e.at) for e in entries] == [
        ("timer", 52 * HOUR),
        ("sla_breached", 58 * HOUR),
    ]
    assert case.case.suspended_at == 4 * HOUR
    case.send("resume", 101 * DAY)
    assert case.case.ledgers[0].paused == 48 * HOUR


def test_a_clock_that_starts_while_the_case_is_suspended_starts_paused() -> None:
    case = Case(simple(ANSWER))
    case.send("suspend", 0)
    case.send("start", HOUR)
    assert case.wait_until(50 * HOUR) == ()
    case.send("resume", 60 * HOUR)
    assert case.wait_until(65 * HOUR)[0].at == 65 * HOUR


def test_a_budget_of_a_table_is_that_of_the_subject() -> None:
    rows = tuple((name(r), ((name("ack"), hours(n)),)) for r, n in (("critical", 1), ("minor", 9)))
    table = BudgetTable(name("budgets"), SOME, rows)
    answer = sla("answer", "enter:open", ["exit:open"], FromTable(name("budgets"), name("ack")))
    facts = FakeFacts({keys.budget_by("budgets"): lambda a: a.subject.get("severity")})
    case = Case(simple(answer, budgets=(table,)), facts)
    case.send("start", 0, subject={"severity": "critical"})
    assert case.case.ledgers[0].budget == HOUR
    nobody = Case(simple(answer, budgets=(table,)), facts)
    entries = nobody.send("start", 0, subject={})
    assert told(entries) == ["moved new>open", "incident no_budget"]
    assert (entries[1].detail, nobody.case.ledgers) == ({"sla": "answer"}, ())


def reopened(on_reopen: OnReopen, used: int) -> Case:
    case = Case(simple(sla("answer", "enter:new", ["enter:done"], hours(10), reopen=on_reopen, warn=(50,))))
    case.send("start", used)
    case.send("finish", used)
    entries = case.send("reopen", 100 * HOUR)
    assert told(entries)[:2] == ["reopened done>open", "moved done>open"]
    assert case.case.epoch == 1
    return case


def test_a_reopened_case_gets_a_new_budget_and_the_old_verdict_stays() -> None:
    case = reopened(OnReopen.NEW_BUDGET, 6 * HOUR)
    old = case.case.ledgers[0]
    assert [e.at for e in case.wait_until(300 * HOUR)] == [105 * HOUR, 110 * HOUR]
    assert case.case.ledgers[0] is old or case.case.ledgers[0] == old
    assert ledgers(case) == [("answer", 0, "met", 6 * HOUR), ("answer", 1, "breached", 10 * HOUR)]


def test_a_reopened_case_may_go_on_with_what_is_left() -> None:
    case = reopened(OnReopen.CONTINUE, 6 * HOUR)
    assert [(e.happened.value, e.at) for e in case.wait_until(300 * HOUR)] == [("sla_breached", 104 * HOUR)]
    assert case.case.ledgers[0].verdict is Verdict.MET


def test_what_was_breached_before_is_not_told_again() -> None:
    case = reopened(OnReopen.CONTINUE, 20 * HOUR)
    assert case.wait_until(300 * HOUR) == ()
    assert [x.verdict for x in case.case.ledgers] == [Verdict.BREACHED, Verdict.BREACHED]


def test_a_reopened_case_may_be_exempt() -> None:
    case = reopened(OnReopen.EXEMPT, 6 * HOUR)
    assert case.wait_until(300 * HOUR) == ()
    assert case.case.ledgers[1].verdict is Verdict.EXEMPT


def test_only_spans_that_the_case_is_in_the_middle_of_begin_again() -> None:
    early = sla("early", "enter:new", ["exit:new"], hours(1))
    case = Case(simple(early, ANSWER))
    case.send("start", 0)
    case.send("finish", HOUR)
    case.send("reopen", 2 * HOUR)
    assert [(x.sla, x.epoch) for x in case.case.ledgers] == [("early", 0), ("answer", 0), ("answer", 1)]


def test_closing_stops_what_no_mark_has_stopped_without_a_verdict() -> None:
    never = sla("never", "enter:open", ["exit:new"], hours(5))
    case = Case(simple(never))
    case.send("start", 0)
    case.send("finish", HOUR)
    assert ledgers(case) == [("never", 0, "exempt", HOUR)]
    assert case.case.timers == ()


def test_started_again_within_an_epoch_a_level_has_a_new_ledger() -> None:
    states = (
        state("a", edge("go", "b", event="go", when=False)),
        state("b", edge("back", "a", event="back", when=False)),
    )
    work = sla("work", "enter:a", ["exit:a"], hours(10))
    case = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("go", "back"), slas=(work,)))
    case.send("go", HOUR)
    case.send("back", 2 * HOUR)
    assert ledgers(case) == [("work", 0, "met", HOUR), ("work", 0, "running", 0)]


def test_a_task_may_be_due_when_a_level_is() -> None:
    task = CreateTask("do", "owner", SlaDue(name("answer")))
    states = (
        state("new", edge("start", "open", event="start", when=False)),
        state("open", entry=(task,)),
    )
    case = Case(workflow(*states, mode=Mode.EVENT_DRIVEN, events=("start",), slas=(ANSWER,)))
    (moved,) = case.send("start", HOUR)
    assert moved.effects[0].due == 11 * HOUR


# ---- the ladder


def test_a_breach_raises_the_level_and_tells_that_rung() -> None:
    breach = (Escalate(1, None, ""), Emit("review"))
    case = Case(simple(sla("answer", "enter:open", ["exit:open"], hours(1), breach=breach), ladder=LADDER))
    case.send("start", 0)
    breached, escalated = case.wait_until(DAY)
    assert [e.kind for e in breached.effects] == ["emit"]
    assert escalated.detail == {"level": 1, "before": -1, "by": "sla:answer"}
    assert escalated.effects[0].payload["to"] == "role:r1"
    assert (case.case.level, case.case.rungs) == (1, (1,))


def test_a_level_only_climbs_and_each_rung_is_told_once() -> None:
    slas = [
        sla(f"s{n}", "enter:open", ["exit:open"], hours(n), breach=(Escalate(level, None, ""),))
        for n, level in ((1, 2), (2, 1), (3, 2), (4, 3))
    ]
    case = Case(simple(*slas, ladder=LADDER))
    case.send("start", 0)
    raised = [e.detail["level"] for e in case.wait_until(DAY) if e.happened.value == "escalated"]
    assert raised == [2, 3]


def test_rungs_that_climb_by_themselves_are_judged_after_each_event() -> None:
    auto = Ladder(LADDER.levels, (AutoLevel(SOME, 1), AutoLevel(SOME, 2)))
    facts = FakeFacts(
        {
            keys.auto_level(0): lambda a: a.subject.get("one"),
            keys.auto_level(1): lambda a: a.subject.get("two"),
        }
    )
    case = Case(simple(ladder=auto), facts)
    assert told(case.send("start", 0, subject={"one": True})) == ["moved new>open", "escalated"]
    assert told(case.send("review", 1, subject={"one": True, "two": None})) == []
    (up,) = case.send("review", 2, subject={"one": True, "two": True})
    assert up.detail == {"level": 2, "before": 1, "by": "level:1"}
    assert fold(case.entries) == case.case


def test_closing_ends_the_climb_and_reopening_begins_it_anew() -> None:
    up, top = timer("up", days(1), do=(Escalate(1, None, ""),)), Escalate(3, None, "")
    definition = workflow(
        state("open", edge("finish", "done", event="finish", when=False), timers=(up,)),
        state("done", edge("again", "open", event="again", when=False), closed=True, entry=(top,)),
        mode=Mode.EVENT_DRIVEN, events=("finish", "again"), ladder=LADDER,
    )  # fmt: skip
    case = Case(definition)
    assert told(case.wait_until(DAY)) == ["timer", "escalated"]
    assert told(case.send("finish", 2 * DAY)) == ["moved open>done"]
    assert case.case.level == 1
    case.send("again", 3 * DAY)
    assert (case.case.level, case.case.rungs) == (-1, ())
    assert told(case.wait_until(9 * DAY)) == ["timer", "escalated"]


def test_a_ledger_is_the_sum_of_the_time_that_its_clock_ran() -> None:
    case = Case(simple(ANSWER))
    case.send("start", 0)
    for n in range(1, 9):
        case.send("suspend" if n % 2 else "resume", n * HOUR)
    case.send("finish", 9 * HOUR)
    assert case.case.ledgers == (
        Ledger(
            "answer", 0, 0, 10 * HOUR, False, consumed=5 * HOUR, paused=4 * HOUR, warned=(50,),
            stopped_at=9 * HOUR, verdict=Verdict.MET,
        ),
    )  # fmt: skip
