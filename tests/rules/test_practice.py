"""Satisfaction, service quality, expectations, loyalty and development, as a caller of the engine meets them.

What is expected is reckoned here by hand or anew in Python, not read from the policies.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

import kamflow
from kamflow import Decision

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 6, 30)
Row: TypeAlias = dict[str, object]
WEIGHTS = {"tangibles": 11, "reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16}


@pytest.fixture(scope="module")
def engine() -> kamflow.Engine:
    return kamflow.load(ROOT / "rules")


@pytest.fixture(scope="module")
def customer() -> Row:
    rows: list[Row] = json.loads((ROOT / "examples" / "customers.json").read_text(encoding="utf-8"))
    return rows[0]


def decided(engine: kamflow.Engine, record: Row, name: str | None = None) -> Decision:
    found = engine.evaluate(record, as_of=AS_OF, record_type=name)
    assert isinstance(found, Decision), [f.message.en for f in found.findings]
    return found


def survey(rng: Random, day: date) -> dict[str, int | str]:
    answers: dict[str, int | str] = {"surveyed_on": day.isoformat()}
    for dimension in WEIGHTS:
        answers |= {f"{dimension}_received": rng.randint(1, 5), f"{dimension}_expected": rng.randint(1, 5)}
    return answers


def gap(answers: dict[str, int | str]) -> Decimal:
    points = sum(
        w * (int(answers[f"{d}_received"]) - int(answers[f"{d}_expected"])) for d, w in WEIGHTS.items()
    )
    return Decimal(points) / 100


@pytest.mark.parametrize("seed", range(20))
def test_satisfaction_is_the_mean_gap_of_the_surveys_of_twelve_months(
    engine: kamflow.Engine, customer: Row, seed: int
) -> None:
    rng = Random(seed)
    days = [AS_OF - timedelta(days=rng.randint(0, 700)) for _ in range(rng.randint(1, 6))]
    surveys = [survey(rng, day) for day in days]
    recent = [gap(s) for s, day in zip(surveys, days, strict=True) if day > date(2025, 6, 30)]
    found = decided(engine, customer | {"surveys": surveys})
    assert found.surveys_lately == len(recent)
    if not recent:
        assert (found.satisfaction, found.weakest_dimension) == ("not_surveyed", "none")
        return
    mean = (sum(recent, Decimal(0)) / len(recent)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    steps = (
        ("0.5", "exceeds"),
        ("0", "meets"),
        ("-0.5", "just_below"),
        ("-1.5", "below_it"),
        ("-9", "far_below"),
    )
    assert found.satisfaction == next(name for least, name in steps if mean >= Decimal(least))


def test_a_single_survey_is_decided_by_name(engine: kamflow.Engine) -> None:
    answers = survey(Random(7), AS_OF)
    assert Decimal(str(decided(engine, dict(answers), "survey").service_gap)) == gap(answers)


@pytest.mark.parametrize(
    "slip",
    [
        {"contract_due_12m": 3, "contract_kept_12m": 4},
        {"surveys": [survey(Random(1), AS_OF + timedelta(days=1))]},
        {"surveys": [survey(Random(1), AS_OF) | {"empathy_received": 6}]},
        {"relation_health": "splendid"},
    ],
    ids=["more kept than due", "a survey to come", "six of five points", "no such state"],
)
def test_what_can_not_be_is_rejected(engine: kamflow.Engine, customer: Row, slip: Row) -> None:
    assert engine.evaluate(customer, as_of=AS_OF).ok
    assert not engine.evaluate(customer | slip, as_of=AS_OF).ok


def test_a_day_of_service_lists_its_failures_with_their_points(engine: kamflow.Engine) -> None:
    day: Row = {"id": "d", "day": "2026-06-29", "deliveries": 400, "goods_lost": 1, "calls_abandoned": 3}
    found = decided(engine, day, "service_day")
    decisions = found.to_dict()["decisions"]
    assert isinstance(decisions, dict)
    assert decisions["failures"] == [
        {"failure": "goods_lost", "failure_points": 10},
        {"failure": "call_abandoned", "failure_points": 3},
    ]
    assert (found.service_index, found.service_quality) == (13, "needs_care")  # 32.5 on a thousand
    assert not engine.evaluate(day | {"day": "2026-07-01"}, as_of=AS_OF, record_type="service_day").ok


def test_an_offer_is_checked_against_the_service_that_the_tier_is_due(
    engine: kamflow.Engine, customer: Row
) -> None:
    offer: Row = {
        "id": "o", "customer": customer, "delivery_in": 10, "needed_in": 10, "pass_rate": "99",
        "pass_rate_needed": "99", "price": "105", "price_expected": "100",
        "service_offered": "value_adding", "cost_open": True, "progress_open": True,
    }  # fmt: skip
    assert decided(engine, customer).service_level == "value_adding"
    assert decided(engine, offer, "offer").offer_verdict == "send"
    less = decided(engine, offer | {"service_offered": "fire_prevention"}, "offer")
    assert (less.offer_verdict, less.offer_gaps) == ("improve", ("service",))


def test_an_expectation_goes_through_four_steps(engine: kamflow.Engine, customer: Row) -> None:
    row: Row = {"id": "e", "customer": customer, "factor": "sales_promise"}
    steps: list[Row] = [{}, {"known": True}, {"reasonable": False}, {"settled": True}]
    seen = []
    for step in steps:
        row |= step
        found = decided(engine, row, "expectation")
        seen.append((found.expectation_step, found.expectation_move))
    assert seen == [
        ("learn", "ask"), ("sort_out", "judge"), ("settle", "correct_promise"), ("exceed", "add_surprise"),
    ]  # fmt: skip


LOYAL = {
    "share_of_wallet": "60",
    "supplier_rank": 1,
    "price_sensitivity": "low",
    "rival_attitude": "turns_away",
}
TIES = {"technical_dependence": "high", "service_dependence": "high", "process_dependence": "high"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "loyal"),
        ({"supplier_rank": 3, "rival_attitude": "listens"}, "habitual"),
        ({"supplier_rank": 5, "price_sensitivity": "high", "rival_attitude": "invites"}, "at_risk"),
        ({"supplier_rank": 5, "price_sensitivity": "high", "rival_attitude": "invites"} | TIES, "captive"),
        ({"share_of_wallet": "49.99"}, "habitual"),
        ({"share_of_wallet": None}, "not_known"),
        ({"supplier_rank": None, "price_sensitivity": None}, "not_known"),
    ],
)
def test_share_and_attitude_make_the_four_kinds_of_loyalty(
    engine: kamflow.Engine, customer: Row, change: Row, expected: str
) -> None:
    row = {k: v for k, v in (customer | LOYAL | change).items() if v is not None}
    assert decided(engine, row).loyalty_class == expected


def test_leaving_early_costs_the_agreed_part_of_what_is_left(engine: kamflow.Engine, customer: Row) -> None:
    contract = {"contract_until": "2027-01-15", "contract_value_year": "100000", "exit_penalty_rate": "15"}
    found = decided(engine, customer | contract)  # six full months: 50,000, of which 15%
    assert Decimal(str(found.exit_penalty)) == Decimal(7500)
    assert found.switching_cost == "low", "7.5% of a year's value does not bind"
    longer = decided(engine, customer | contract | {"contract_until": "2027-05-01"})  # ten months: 12.5%
    assert longer.switching_cost == "medium"


def test_a_change_of_the_key_person_puts_a_strategic_stage_at_risk_at_once(
    engine: kamflow.Engine, customer: Row
) -> None:
    strong = {"relation_stage": "strategic", "oke_organisation": 4, "oke_key_person": 4, "oke_extensive": 3}
    row = {k: v for k, v in (customer | strong).items() if k != "key_person_left_on"}
    assert decided(engine, row).stage_risk == "safe"
    assert decided(engine, row | {"oke_extensive": 2}).stage_risk == "relation_too_thin"
    changed = decided(engine, row | {"key_person_left_on": "2026-06-29"})
    assert (changed.stage_risk, changed.stage_owner, changed.stage_within) == (
        "key_person_changed", "sales_director", 3,
    )  # fmt: skip


def test_three_days_without_a_lead_reach_the_area_manager(engine: kamflow.Engine) -> None:
    told = []
    short = 0
    for leads in (1, 0, 0, 0, 1):
        day: Row = {"id": "d", "rep": "R1", "day": "2026-06-29", "leads": leads, "short_days_before": short}
        told.append(decided(engine, day, "rep_day").lead_told)
        short = 0 if leads else short + 1
    assert told == [
        "account_manager",
        "account_manager",
        "account_manager",
        "area_manager",
        "account_manager",
    ]


def test_the_personal_fields_of_surveys_and_reps_decide_nothing(
    engine: kamflow.Engine, customer: Row
) -> None:
    answers = survey(Random(3), AS_OF)
    plain = decided(engine, customer | {"surveys": [answers]})
    named = decided(engine, customer | {"surveys": [answers | {"respondent": "王五"}]})
    assert plain.to_dict()["decisions"] == named.to_dict()["decisions"]


# ---- the example files


@pytest.mark.parametrize(
    ("file", "record", "shown"),
    [
        ("customers", None, {
            "funnel_stage": {"prospect", "possible", "ordinary", "key", "closed"},
            "loyalty_class": {"not_known", "loyal", "habitual", "at_risk", "captive"},
            "stage_risk": {"safe", "key_person_changed", "relation_broken", "relation_falls_back"},
            "next_survey_kind": {"none_yet", "by_segment", "special_procedure", "yearly"},
            "fulfilment": {"nothing_due", "on_target", "short_of_target"},
        }),
        ("service_days", "service_day", {"service_quality": {"flawless", "good", "needs_care", "alarming"}}),
        ("rep_days", "rep_day", {"lead_step": {"on_target", "remind_rep", "escalate_leads"}}),
        ("offers", "offer", {"offer_verdict": {"send", "improve", "rework"}}),
        ("expectations", "expectation", {"expectation_step": {"learn", "sort_out", "settle", "exceed"}}),
    ],
)  # fmt: skip
def test_the_example_files_are_decided_whole_and_show_every_answer(
    engine: kamflow.Engine, file: str, record: str | None, shown: dict[str, set[str]]
) -> None:
    rows: list[Row] = json.loads(
        (ROOT / "examples" / "relations" / f"{file}.json").read_text(encoding="utf-8")
    )
    answers = [decided(engine, row, record) for row in rows]
    assert {name: {a[name] for a in answers} for name in shown} == shown
