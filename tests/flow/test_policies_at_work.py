"""The shipped workflows with the shipped policies: what the tables say is what a case does, event by event.

Expected owners, plays, days and amounts are read off the tables in `rules/`; tiers are added up by hand on
the six indicators of `rules/tiering.kam`; due times are counted on the calendar of the headquarters.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kamflow.workflow.instance import Effect, Entry, JsonMap, Refused
from tests.flow.simulations import published
from tests.workflow.fakes import Case, at, told

DAY_ONE = "2026-03-02"

# revenue 2,000,000 (25) + margin 40% (20) + growth 0% (6) + wallet unknown (3) + no figures on credit (6)
# + strategic fit medium (7.5) = 67.5: tier A, from 65
TIER_A: dict[str, Any] = {
    "id": "C-1", "name": "Example", "customer_since": "2020-01-01", "orders_12m": 12, "order_interval": 30,
    "revenue_12m": "2000000", "revenue_prev_12m": "2000000", "profit_12m": "800000", "list_price": 10,
    "unit_cost": 5, "need_confirmed": True, "fits_positioning": True, "able_to_pay": True,
    "open_opportunities": 1,
}  # fmt: skip
# growth of 25% (15) and a high fit (15) in place of 6 and 7.5: 84, tier S from 80
TIER_S = {**TIER_A, "revenue_prev_12m": "1600000", "strategic_fit": "high"}
# revenue 10,000 (0), no margin (5), growth 0% (6), wallet (3), credit (6), fit low (0): 20, tier C below 45
TIER_C = {
    **TIER_A, "revenue_12m": "10000", "revenue_prev_12m": "10000", "profit_12m": "0", "strategic_fit": "low",
}  # fmt: skip


def on(day: str, time: str = "09:00") -> int:
    return at(f"{day}T{time}+08:00")


def lifecycle(facts: JsonMap = TIER_A) -> Case:
    """Return the case of a customer that ordered yesterday, on its way."""
    one = published()
    subject = {**facts, "last_order_on": "2026-03-01"}
    return Case(one.workflow, one.facts, ready=one.ready, start=on(DAY_ONE), subject=subject)


def review(case: Case, day: str, facts: JsonMap = TIER_A, last_order: str = "") -> tuple[Entry, ...]:
    return case.send("review", on(day), subject={**facts, "last_order_on": last_order or day})


def stable(facts: JsonMap = TIER_A) -> Case:
    """Return a customer in stable co-operation since 2026-05-04, ordering all the time."""
    case = lifecycle(facts)
    for day in ("2026-03-03", "2026-03-04", "2026-05-04"):  # an order; then 60 days of regular ones
        review(case, day, facts)
    assert case.state == "stable"
    return case


def declining(facts: JsonMap = TIER_A) -> tuple[Case, tuple[Entry, ...]]:
    """Return a customer that fell silent after its first order: 120 days, four of its intervals."""
    case = lifecycle(facts)
    review(case, "2026-03-03", facts, "2026-03-01")
    review(case, "2026-06-29", facts, "2026-03-01")  # 120 days without an order: the hold begins
    entries = review(case, "2026-08-28", facts, "2026-03-01")  # 60 days later
    assert case.state == "decline"
    return case, entries


def plays(entries: tuple[Entry, ...], play: str) -> list[dict[str, Any]]:
    """Return what a play was started with, each time."""
    found = [e.payload for e in effects(entries, "start_play") if e.payload["id"] == play]
    return [dict(p["args"]) for p in found]  # type: ignore[arg-type]


def effects(entries: tuple[Entry, ...], kind: str) -> list[Effect]:
    return [x for e in entries for x in e.effects if x.kind == kind]


# ---- the decline and its reason


def test_a_decline_for_the_price_sets_off_the_play_of_tier_a() -> None:
    """Price, tier A: volume rebate, sales director, 5 days, 5% at most; a discount against a contract."""
    _, entries = declining({**TIER_A, "decline_reason": "price"})
    (play,) = plays(entries, "retention")
    assert (play["play"], play["owner"], play["due"], play["max_offer"]) == (
        "volume_rebate", "sales_director", "2026-09-02", "5%",
    )  # fmt: skip
    assert (play["tier"], play["cause"], play["control"]) == ("A", "price", "controllable")
    assert [(t["tool"], t["tool_owner"], t["tool_due"]) for t in play["tools"]] == [
        ("discount", "sales_director", "2026-09-11"), ("contract", "sales_director", "2026-09-11"),
    ]  # fmt: skip
    (task,) = effects(entries, "create_task")
    assert (task.payload["id"], task.due) == ("root_cause", on("2026-09-02"))


def test_who_does_not_know_the_reason_asks_first_and_then_the_play_is_chosen_anew() -> None:
    case, entries = declining()
    (asked,) = plays(entries, "retention")
    assert (asked["play"], asked["due"], asked["tools"]) == ("find_the_reason", "2026-08-31", [])
    found = case.send("cause_found", on("2026-08-31", "10:00"), {"reason": "rival_offer"})
    assert told(found) == ["internal"]
    (play,) = plays(found, "retention")
    # a rival, tier A: show the value, within 5 days, 4% at most
    assert (play["play"], play["owner"], play["due"], play["max_offer"]) == (
        "value_review", "sales_director", "2026-09-05", "4%",
    )  # fmt: skip
    assert case.case.subject["decline_reason"] == "rival_offer"


def test_the_reason_stands_in_where_the_record_is_silent_and_gives_way_where_it_speaks() -> None:
    case, _ = declining()
    case.send("cause_found", on("2026-08-31"), {"reason": "rival_offer"})
    silent = {**TIER_A, "last_order_on": "2026-03-01"}
    for hour, record, counts in (
        ("10:00", silent, "rival_offer"),
        ("11:00", {**silent, "decline_reason": "quality"}, "quality"),
        ("12:00", silent, "rival_offer"),
    ):
        case.send("key_person_changed", on("2026-09-01", hour), {"left_on": "2026-08-31"}, subject=record)
        assert case.case.subject["decline_reason"] == counts
        assert case.case.vars["cause"] == "rival_offer"


def test_a_reason_that_nobody_knows_is_refused_and_changes_nothing() -> None:
    case, _ = declining()
    before = case.case
    refused = case.try_to("cause_found", on("2026-08-31"), {"reason": "weather"})
    assert isinstance(refused, Refused)
    assert "weather" in refused.findings[0].message.en
    assert case.case == before


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("cause_found", {}),
        ("relisting_step_done", {"step": "flowers", "done_on": "2026-08-30"}),
        ("blacklisted_us", {"listed_on": "soon"}),
        ("relation_rescored", {"organisation": 6, "key_person": 3, "extensive": 2}),
        ("win_back_attempted", {"tool": "pleading"}),
    ],
)
def test_what_comes_with_an_event_has_to_be_as_it_is_declared(event: str, payload: JsonMap) -> None:
    case, _ = declining()
    assert isinstance(case.try_to(event, on("2026-08-31"), payload), Refused)


def test_a_recovered_customer_was_kept_and_a_new_decline_asks_for_its_reason_anew() -> None:
    case, _ = declining()
    case.send("cause_found", on("2026-08-31"), {"reason": "service"})
    review(case, "2026-09-01")  # it orders again
    entries = review(case, "2026-10-31")
    assert case.state == "stable"
    (stopped,) = effects(entries, "stop_play")
    assert stopped.payload == {"id": "retention", "args": {"outcome": "kept"}}
    assert case.case.vars["cause"] is None
    assert case.case.subject.get("decline_reason") is None


# ---- the key person


OKE = {"oke_organisation": 2, "oke_key_person": 3, "oke_extensive": 2}
"""Just what a stable stage needs."""


def test_a_key_person_changes_and_nobody_wins_the_successor() -> None:
    case = stable({**TIER_A, **OKE})
    changed = case.send("key_person_changed", on("2026-06-01"), {"left_on": "2026-05-29"})
    (task,) = effects(changed, "create_task")
    # stable: the sales director acts within 3 days
    assert (task.payload["id"], task.payload["role"], task.due) == (
        "rescore_relation", "account_manager", on("2026-06-04"),
    )  # fmt: skip
    (play,) = plays(changed, "succession")
    assert (play["risk"], play["owner"], play["due"]) == (
        "key_person_changed",
        "sales_director",
        "2026-06-04",
    )
    scored = case.send(
        "relation_rescored", on("2026-06-03"), {"organisation": 2, "key_person": 1, "extensive": 2}
    )
    gaps = plays(scored, "relation")[0]["gaps"]
    # towards the strategic stage: 4, 4 and 3
    assert [(g["oke_part"], g["oke_has"], g["oke_needs"]) for g in gaps] == [
        ("organisation", 2, 4), ("key_person", 1, 4), ("extensive", 2, 3),
    ]  # fmt: skip
    silent = dict(TIER_A)  # the record keeps no scores: what was told counts on
    review(case, "2026-06-04", silent)
    review(case, "2026-08-02", silent)
    assert case.state == "stable"  # 59 days
    back = review(case, "2026-08-03", silent)
    assert told(back)[0] == "moved stable>initial"
    assert back[0].code == "relation_too_thin"


def test_a_successor_who_is_won_in_time_keeps_the_stage() -> None:
    case = stable({**TIER_A, **OKE})
    case.send("key_person_changed", on("2026-06-01"), {"left_on": "2026-05-29"})
    low = {"organisation": 2, "key_person": 1, "extensive": 2}
    case.send("relation_rescored", on("2026-06-03"), low)
    review(case, "2026-06-04")
    case.send("relation_rescored", on("2026-07-20"), {**low, "key_person": 2})  # within one point
    review(case, "2026-07-21")
    review(case, "2026-10-21")
    assert case.state == "stable"


def test_a_relation_that_is_known_to_be_thin_does_not_become_stable() -> None:
    case = lifecycle({**TIER_A, **OKE, "oke_key_person": 2})
    for day in ("2026-03-03", "2026-03-04", "2026-05-04", "2026-07-04"):
        review(case, day, {**TIER_A, **OKE, "oke_key_person": 2})
    assert case.state == "initial"


# ---- the blacklist


def test_whoever_blacklists_us_goes_the_way_off_the_list_step_by_step() -> None:
    case = stable()
    entries = case.send("blacklisted_us", on("2026-06-01"), {"listed_on": "2026-05-29"})
    assert told(entries)[0] == "moved stable>decline"
    (path,) = plays(entries, "relisting")
    # apologise within a day of the listing, report the root cause within 7
    assert [(s["relisting_step"], s["relisting_owner"], s["relisting_due"]) for s in path["steps"]] == [
        ("apologise", "general_manager", "2026-05-30"), ("report_cause", "sales_director", "2026-06-05"),
    ]  # fmt: skip
    (play,) = plays(entries, "retention")
    assert (play["play"], play["owner"], play["max_offer"]) == ("apology_path", "general_manager", "0%")
    done = {"step": "apologise", "done_on": "2026-06-01"}
    case.send("relisting_step_done", on("2026-06-01", "15:00"), done)
    done = {"step": "report_cause", "done_on": "2026-06-03"}
    (next_step,) = plays(case.send("relisting_step_done", on("2026-06-03"), done), "relisting")
    # both are done: the audit within 45 days of the listing
    assert [(s["relisting_step"], s["relisting_due"]) for s in next_step["steps"]] == [
        ("pass_audit", "2026-07-13")
    ]
    # it buys as before, but who has us on its blacklist has not recovered
    for day in ("2026-06-04", "2026-08-04"):
        review(case, day)
    assert case.state == "decline"
    case.send("relisted", on("2026-08-05"))
    for day in ("2026-08-06", "2026-10-06"):
        review(case, day)
    assert case.state == "stable"


# ---- winning back


def lost(facts: JsonMap = TIER_A) -> tuple[Case, tuple[Entry, ...]]:
    case, _ = declining(facts)
    return case, case.send("contract_terminated", on("2026-08-31"))


def test_three_attempts_and_then_they_part_on_good_terms() -> None:
    case, entries = lost()
    assert case.state == "lost"
    (first,) = plays(entries, "winback")
    assert (first["course"], first["attempts_left"]) == ("win_again", 3)
    for n, day in enumerate(("2026-10-01", "2026-11-02"), 1):
        again = plays(case.send("win_back_attempted", on(day), {"tool": "contract"}), "winback")
        assert [p["attempts_left"] for p in again] == [3 - n]
    last = case.send("win_back_attempted", on("2026-12-01"), {"tool": "discount"})
    (parting,) = plays(last, "parting")
    assert parting["course"] == "part_well"
    # nothing is owed; tier A is thanked by the general manager, and called again after six months
    assert [(s["exit_step"], s["exit_owner"], s["exit_due"]) for s in parting["steps"]] == [
        ("hand_over", "account_manager", "2026-12-31"), ("thank_customer", "general_manager", "2026-12-15"),
        ("stop_offers", "account_manager", "2026-12-16"), ("call_again", "account_manager", "2027-06-01"),
    ]  # fmt: skip


def test_who_left_for_reasons_that_are_not_ours_is_not_tried() -> None:
    _, entries = lost({**TIER_A, "decline_reason": "own_business"})
    (play,) = plays(entries, "winback")
    assert play["course"] == "part_well"
    assert [s["exit_step"] for s in play["parting"]][:2] == ["hand_over", "thank_customer"]


def test_who_comes_back_begins_anew_and_its_attempts_are_forgotten() -> None:
    case, _ = lost()
    case.send("win_back_attempted", on("2026-10-01"), {"tool": "contract"})
    entries = case.send("won_back", on("2026-10-20"))
    assert told(entries)[0] == "moved lost>initial"
    assert (case.case.vars["attempts"], case.case.subject.get("win_back_attempts")) == (None, None)
    assert [e.payload["id"] for e in effects(entries, "stop_play")] == ["winback"]


# ---- a complaint's deadlines


def complaint(customer: JsonMap, severity: str, **more: Any) -> Case:
    """Return a complaint received on Friday the 6th of March 2026 at 17:00, an hour before closing time."""
    one = published("complaint")
    subject = {
        "id": "K", "customer": {**customer, "last_order_on": "2026-03-01"}, "received_on": "2026-03-06",
        "severity": severity, "goods_value": "50000", **more,
    }  # fmt: skip
    return Case(one.workflow, one.facts, ready=one.ready, start=on("2026-03-06", "17:00"), subject=subject)


def missed(case: Case, until: str) -> dict[str, int]:
    entries = case.wait_until(on(until))
    return {str(e.detail["sla"]): e.at for e in entries if e.happened.value == "sla_breached"}


@pytest.mark.parametrize(
    ("customer", "severity", "due"),
    [
        # tier S is answered within 2 hours: one on Friday, one on Monday
        (TIER_S, "critical", {"acknowledge": on("2026-03-09", "10:00"),
                              "propose": on("2026-03-10", "17:00"), "resolve": on("2026-03-12", "17:00")}),
        # tier A within 4
        (TIER_A, "major", {"acknowledge": on("2026-03-09", "12:00"),
                           "propose": on("2026-03-11", "17:00"), "resolve": on("2026-03-16", "17:00")}),
        # tier C within 24 hours, which hold 7 of work: one on Friday, 3 before and 3 after lunch on Monday
        (TIER_C, "minor", {"acknowledge": on("2026-03-09", "16:30"),
                           "propose": on("2026-03-16", "17:00"), "resolve": on("2026-03-24", "17:00")}),
        # a critical one within 4 whatever the tier
        (TIER_C, "critical", {"acknowledge": on("2026-03-09", "12:00"),
                              "propose": on("2026-03-10", "17:00"), "resolve": on("2026-03-13", "17:00")}),
    ],
)  # fmt: skip
def test_the_deadlines_of_a_complaint_follow_from_tier_and_severity(
    customer: JsonMap, severity: str, due: dict[str, int]
) -> None:
    assert missed(complaint(customer, severity), "2026-04-30") == due


def _to_offer(case: Case, **verified: Any) -> tuple[Entry, ...]:
    case.send("acknowledged", on("2026-03-06", "17:30"))
    case.send("listened", on("2026-03-06", "17:40"), {"apology_given": True, "summary": "late"})
    case.send("evidence_added", on("2026-03-06", "17:45"), {"count": 1, "uri": "photo"})
    said = {"founded": True, "expectation": "refund", "expected_amount": "20000", **verified}
    verified_now = case.send("verified", on("2026-03-06", "17:50"), said)
    proposed = case.send("expectation_aligned", on("2026-03-06", "17:55"))
    return verified_now + proposed


def test_what_was_verified_decides_the_answer_and_the_proposals() -> None:
    case = complaint(TIER_C, "minor")
    entries = _to_offer(case, liability="late_delivery", objection="doubt")
    (answer,) = plays(entries, "answer_objection")
    assert (answer["answer"], answer["liability"]) == ("prove", "late_delivery")
    (rules,) = effects(entries, "apply_rules")
    decided: dict[str, Any] = rules.payload["decisions"]  # type: ignore[assignment]
    # late delivery, tier C: 5% of 50,000, 10,000 at most; 20,000 were claimed: above the limit
    assert (decided["compensation_limit"], decided["claim_approver"]) == ("2500.00", "sales_director")
    assert [r["remedy"] for r in decided["remedies"]] == [
        "apology_call",
        "express_delivery",
        "price_reduction",
    ]


def test_the_time_that_the_customer_takes_to_decide_is_not_ours() -> None:
    case = complaint(TIER_C, "minor")
    _to_offer(case, liability="late_delivery")
    case.send("offer_made", on("2026-03-09"), {"kind": "price", "amount": "2000"})
    assert case.state == "offered"
    # six working days after Friday 17:00 the proposal would have been late, and nobody has answered
    asked = case.wait_until(on("2026-03-17"))
    assert {x.sla: x.verdict.value for x in case.case.ledgers}["propose"] == "met"
    assert [x.payload["id"] for x in effects(asked, "create_task")] == ["ask_again"]


@pytest.mark.parametrize(
    ("amount", "role"),
    [
        ("2500.00", ""),
        ("2500.01", "sales_director"),
        ("99999.99", "sales_director"),
        ("100000", "general_manager"),
    ],
)
def test_who_approves_a_compensation_follows_from_the_policys_limits(amount: str, role: str) -> None:
    case = complaint(TIER_C, "minor")
    _to_offer(case, liability="late_delivery")
    case.send("offer_made", on("2026-03-09"), {"kind": "price", "amount": "2000"})
    case.send("offer_accepted", on("2026-03-09", "10:00"))
    case.send("compensated", on("2026-03-09", "11:00"), {"amount": amount})
    assert (case.case.pending.role if case.case.pending else "") == role


# ---- developing a prospect


def prospect() -> Case:
    """Return a prospect of whom nothing is known but its name, found on Thursday the 5th of March 2026."""
    one = published("prospect-development")
    subject = {
        "id": "P", "name": "Prospect", "customer_since": "2026-03-01", "orders_12m": 0, "revenue_12m": "0",
        "revenue_prev_12m": "0", "profit_12m": "0", "list_price": 10, "unit_cost": 5, "open_opportunities": 1,
    }  # fmt: skip
    return Case(one.workflow, one.facts, ready=one.ready, start=on("2026-03-05", "10:00"), subject=subject)


def test_three_workdays_without_a_lead_go_to_the_area_manager_as_the_policy_of_reps_has_it() -> None:
    """Friday, Monday, Tuesday: the weekend is none of them."""
    found = prospect().wait_until(on("2026-03-12"))
    (told_to,) = [(e.at, x.payload["to"]) for e in found for x in e.effects if x.kind == "escalate"]
    assert told_to == (on("2026-03-10", "10:00"), "role:area_manager")
    program = published("prospect-development").facts.program_on(on_day("2026-03-05"))
    days = program.params["escalate_leads_after"].value_on(on_day("2026-03-05"))
    (timer,) = published("prospect-development").workflow.states[0].timers
    assert str(timer.after) == f"{days} business days"


def on_day(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def test_what_screening_finds_moves_a_prospect_down_the_funnel() -> None:
    case = prospect()
    case.send("lead_collected", on("2026-03-06"), {"source": "fair"})
    (asked,) = plays(case.send("information_complete", on("2026-03-06", "10:00")), "qualify")
    assert asked["ask"] == ["need", "fit_with_us", "means"]
    fits = {"need_confirmed": True, "fits_positioning": True, "able_to_pay": True}
    case.send("screened", on("2026-03-09"), fits)
    case.send("surveyed", on("2026-03-10"), {"complete": True})
    (funnel,) = plays(case.send("needs_analysed", on("2026-03-11"), {"potential": True}), "funnel")
    # qualified, with an opportunity, purchasing power unknown
    assert funnel == {"stage": "ordinary", "next": "visit_and_offer"}


def test_a_prospect_that_can_not_pay_is_lost_and_says_so() -> None:
    case = prospect()
    case.send("lead_collected", on("2026-03-06"), {"source": "fair"})
    case.send("information_complete", on("2026-03-06", "10:00"))
    case.send(
        "screened", on("2026-03-09"), {"need_confirmed": True, "fits_positioning": True, "able_to_pay": False}
    )
    assert (case.state, case.case.subject["able_to_pay"]) == ("lost", False)
