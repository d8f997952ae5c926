"""The shipped workflows as stories of one case: their texts, with guards that are Python functions.

Due times are counted by hand on the calendar of the headquarters: 9 to 12 and 13:30 to 18, Shanghai.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kamflow.base.diagnostic import Sink
from kamflow.base.resources import resource_dir
from kamflow.base.span import Source
from kamflow.workflow import keys
from kamflow.workflow.instance import APPROVE
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars
from kamflow.workflow.working_time import WorkingTime, ready_calendar
from tests.workflow.fakes import Case, FakeFacts, at, told

FOLDER = Path(str(resource_dir("workflows")))


@cache
def shipped(name: str) -> Workflow:
    sink = Sink()
    found = read_workflow(Source(name, (FOLDER / name).read_text(encoding="utf-8")), sink)
    assert found is not None
    return found


@cache
def headquarters() -> WorkingTime:
    text = (FOLDER / "calendars.yaml").read_text(encoding="utf-8")
    return ready_calendar(next(c for c in read_calendars(Source("c", text), Sink()) if c.id == "cn-hq"))


def complaint() -> Case:
    evidence = next(
        t.id.text for s in shipped("complaint.yaml").states for t in s.internal if "evidence" in str(t)
    )
    facts = FakeFacts(
        {
            keys.budget("acknowledge"): lambda a: 4,
            keys.budget("verify"): lambda a: 3,
            keys.budget("propose"): lambda a: 6,
            keys.budget("resolve"): lambda a: 12,
            keys.auto_level(0): lambda a: False,
            keys.auto_level(1): lambda a: a.vars["reopens"] >= 2,
            keys.auto_level(2): lambda a: a.vars["offers"] >= 3,
            "guard:heard": lambda a: a.payload["apology_given"],
            "guard:founded": lambda a: a.payload["founded"] and a.vars["evidence_count"] >= 1,
            "guard:unfounded": lambda a: not a.payload["founded"] and a.vars["evidence_count"] >= 1,
            keys.setting(evidence, "evidence_count"): lambda a: a.vars["evidence_count"] + a.payload["count"],
            keys.setting("reopened", "reopens"): lambda a: a.vars["reopens"] + 1,
            keys.setting("appealed", "reopens"): lambda a: a.vars["reopens"] + 1,
        },
        {"evidence_count": 0, "offers": 0, "reopens": 0, "founded": None},
    )
    return Case(
        shipped("complaint.yaml"), facts, time=headquarters(), start=at("2026-06-29T10:00+08:00"),
        subject={"severity": "minor"},
    )  # fmt: skip


def test_a_complaint_that_is_not_founded_is_approved_appealed_and_in_time() -> None:
    case = complaint()
    due = {t.name: t.due for t in case.case.timers}
    assert due["acknowledge"] == at("2026-06-29T12:00+08:00")  # half of four hours: the warning
    case.send("acknowledged", at("2026-06-29T11:00+08:00"))
    moved = case.send("listened", at("2026-06-29T14:00+08:00"), {"apology_given": True, "summary": "late"})
    # three working days of 7.5 hours, begun at 14:00 on Monday
    assert moved[0].effects[0].due == at("2026-07-02T14:00+08:00")
    case.send("evidence_added", at("2026-06-29T15:00+08:00"), {"count": 1, "uri": "photo"})
    (parked,) = case.send("verified", at("2026-06-29T16:00+08:00"), {"founded": False, "expectation": "x"})
    assert parked.detail["due"] == at("2026-06-30T16:00+08:00")
    # nobody answers: at 16:00 on Tuesday and on Wednesday the request climbs above the team lead
    late = case.wait_until(at("2026-07-02T09:00+08:00"))
    climbs = [(e.happened.value, e.detail["level"]) for e in late if e.happened.value == "escalated"]
    assert climbs == [("escalated", 2), ("escalated", 3)]
    assert case.case.pending is not None
    assert case.case.pending.role == "general_manager"
    approved = case.send(
        APPROVE, at("2026-07-02T10:00+08:00"), {"approval": case.case.pending.id}, actor="lin"
    )
    assert told(approved)[:2] == ["approved", "moved verify>closed_unfounded"]
    verdicts = {x.sla: x.verdict.value for x in case.case.ledgers}
    assert verdicts == {"acknowledge": "met", "verify": "met", "propose": "met", "resolve": "met"}
    # an appeal: everything that is still to be done has its time anew, the acknowledgement has not
    again = case.send("reopen", at("2026-07-06T09:00+08:00"), {"why": "new photos"})
    assert told(again)[:2] == ["reopened closed_unfounded>verify", "moved closed_unfounded>verify"]
    running = {x.sla for x in case.case.ledgers if x.epoch == 1 and x.verdict.value == "running"}
    assert running == {"verify", "propose", "resolve"}
    assert (case.case.level, case.case.vars["reopens"]) == (-1, 1)


def test_a_complaint_that_nobody_acknowledges_climbs_and_is_withdrawn_without_a_verdict_on_the_rest() -> None:
    case = complaint()
    entries = case.wait_until(at("2026-06-29T18:00+08:00"))
    assert [(e.happened.value, e.at) for e in entries] == [
        ("sla_warned", at("2026-06-29T12:00+08:00")),
        ("sla_breached", at("2026-06-29T15:30+08:00")),  # 10 to 12 and 13:30 to 15:30
        ("escalated", at("2026-06-29T15:30+08:00")),
    ]
    case.send("withdraw", at("2026-06-30T09:00+08:00"), {"why": "solved by phone"})
    assert {x.sla: x.verdict.value for x in case.case.ledgers} == {
        "acknowledge": "breached",
        "propose": "exempt",
        "resolve": "met",
    }
    assert (case.case.final, case.case.timers) == (True, ())


def test_a_strategic_customer_is_promoted_after_ninety_days_and_with_a_yes() -> None:
    case = Case(shipped("lifecycle.yaml"), time=headquarters(), start=at("2026-01-05T00:00+08:00"))
    case.review(at("2026-01-06T00:00+08:00"), first_order=True)
    assert case.state == "initial"
    case.review(at("2026-01-07T00:00+08:00"), stabilise=True)
    case.review(at("2026-03-08T00:00+08:00"), stabilise=True)  # 60 days after the 7th of January
    assert case.state == "stable"
    quiet = dict.fromkeys(("stable_declines", "stable_regresses", "close_account"), False)
    case.review(at("2026-03-09T00:00+08:00"), promote_strategic=True, **quiet)
    (early,) = case.review(at("2026-06-06T00:00+08:00"), promote_strategic=True, stable_declines=True)[-1:]
    assert case.state == "stable"
    assert early.happened.value == "stayed"  # a decline began to be counted; the promotion lacks a day
    (parked,) = case.review(at("2026-06-07T00:00+08:00"), promote_strategic=True, **quiet)
    # ten working days from Sunday the 7th of June; the 19th, Friday, is the Dragon Boat Festival
    assert parked.detail["due"] == at("2026-06-22T18:00+08:00")
    case.send(APPROVE, at("2026-06-08T09:00+08:00"), {"approval": parked.detail["approval"]}, actor="wang")
    assert case.state == "strategic"
