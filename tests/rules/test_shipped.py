"""The shipped policies, the samples and the example customers, through the public interface.

Figures expected here are written down from the practitioners' courses, not read from the policies.
"""

from __future__ import annotations

import json
import runpy
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

import kamflow
from kamflow import Decision
from kamflow.app.test import run_policy_tests

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = ROOT / "examples" / "customers.json"
AS_OF = date(2026, 6, 30)
Row: TypeAlias = dict[str, object]
FOLDERS = ("rules", "examples/samples", "examples/retail")


@pytest.fixture(scope="module")
def engine() -> kamflow.Engine:
    return kamflow.load(ROOT / "rules")


@pytest.fixture(scope="module")
def customers() -> list[Row]:
    rows: list[Row] = json.loads(CUSTOMERS.read_text(encoding="utf-8"))
    return rows


@pytest.fixture(scope="module")
def decided(engine: kamflow.Engine, customers: list[Row]) -> list[tuple[Row, Decision]]:
    found = list(engine.evaluate_many(customers, as_of=AS_OF))
    return [(c, d) for c, d in zip(customers, found, strict=True) if isinstance(d, Decision)]


# ---- the files


@pytest.mark.parametrize("folder", FOLDERS)
def test_policies_give_no_finding_and_pass_their_own_tests(folder: str) -> None:
    report = run_policy_tests([ROOT / folder])
    assert [(f.code, f.message.en) for f in report.project.findings] == []
    assert report.ran
    assert [r.result.title.en or r.result.title.zh for r in report.ran if not r.result.passed] == []


def test_everything_that_a_person_reads_has_a_label_in_both_languages(engine: kamflow.Engine) -> None:
    program = engine.stretch_on(AS_OF).program
    assert program is not None
    labels = {f"policy {p.name}": p.title for p in program.policies}
    labels |= {f"parameter {p.name}": p.label for p in program.params.values()}
    labels |= {f"{r.name}.{f.name}": f.label for r in program.records.values() for f in r.fields}
    for enum in program.enums.values():
        labels |= {f"{enum.ty.name}.{m}": t for m, t in zip(enum.ty.members, enum.labels, strict=True)}
    labels |= {str(d.key): d.label for d in program.defs.values() if "#" not in d.key.name}
    assert [name for name, text in labels.items() if not (text.en and text.zh)] == []


DOMAIN = {
    "recency_5": "30", "recency_4": "60", "recency_3": "90", "recency_2": "180",
    "frequency_5": "10", "frequency_4": "5", "money_5": "100000", "money_4": "50000",
    "recommends_from": "8", "drop_after": "6", "silent_for": "3",
    "high_debt_ratio": "60", "limit_new": "100000", "limit_existing": "200000", "advance_high_risk": "50",
    "credit_review_every": "3", "new_pays": "90", "vip_pays": "80",
    "prospect_every": "7", "intending_every": "2", "after_order_within": "1", "existing_every": "1",
    "delete_within": "15",
    "again_silent": "9", "again_heard": "19", "again_solved": "54", "again_quickly": "82",
    "dissatisfied_each": "27", "new_costs_times": "5",
    "survey_segment_every": "3", "survey_special_every": "6", "survey_yearly_every": "12",
    "fulfilment_target": "100", "leads_a_day": "1", "escalate_leads_after": "3",
}  # fmt: skip


@pytest.mark.parametrize(("name", "figure"), DOMAIN.items())
def test_figures_of_the_courses_are_the_shipped_defaults(
    engine: kamflow.Engine, name: str, figure: str
) -> None:
    program = engine.stretch_on(AS_OF).program
    assert program is not None
    param = program.params[name]
    value = param.value_on(AS_OF.toordinal())
    assert isinstance(value, int)
    scale = getattr(param.ty, "scale")  # noqa: B009
    assert Decimal(value).scaleb(-scale) == Decimal(figure)


# ---- the example customers


def test_the_script_writes_the_file_that_is_shipped(customers: list[Row]) -> None:
    made = runpy.run_path(str(ROOT / "examples" / "make_customers.py"))["make_customers"]()
    assert made == customers


def test_every_example_customer_is_decided(customers: list[Row], decided: list[tuple[Row, Decision]]) -> None:
    assert len(customers) >= 80
    assert len(decided) == len(customers)


def test_totals_of_the_examples_are_those_of_their_orders(customers: list[Row]) -> None:
    for row in customers:
        orders = row.get("orders", [])
        assert isinstance(orders, list)
        now = [o for o in orders if date.fromisoformat(o["placed_on"]) > date(2025, 6, 30)]
        assert row["orders_12m"] == len(now)
        assert Decimal(str(row["revenue_12m"])) == sum(Decimal(o["amount"]) for o in now)
        last = max((o["placed_on"] for o in orders), default=None)
        assert row.get("last_order_on") == last


def test_the_examples_show_every_segment_tier_risk_and_reason(decided: list[tuple[Row, Decision]]) -> None:
    for output, count in (
        ("segment", 8),
        ("tier", 4),
        ("risk_level", 4),
        ("credit_risk", 3),
        ("approval", 4),
    ):
        assert len(Counter(d[output] for _, d in decided)) == count, output
    assert len({c.get("decline_reason") for c, _ in decided}) == 8  # seven and none


def test_missing_optionals_and_defaults_are_named(decided: list[tuple[Row, Decision]]) -> None:
    row, decision = next((c, d) for c, d in decided if "share_of_wallet" not in c)
    assert "share_of_wallet" in decision.missing
    assert decision.assumed["blacklisted_us"] == "no" or row.get("blacklisted_us")


# ---- the same answers, reckoned here


def score(value: Decimal | int, steps: tuple[int, ...]) -> int:
    return next((5 - i for i, step in enumerate(steps) if value >= step), 1)


def test_rfm_scores_and_segments_are_those_reckoned_by_hand(decided: list[tuple[Row, Decision]]) -> None:
    names = {
        (True, True): "value", (False, True): "keep", (True, False): "develop", (False, False): "win_back",
    }  # fmt: skip
    for row, decision in decided:
        last = row.get("last_order_on")
        age = (AS_OF - date.fromisoformat(str(last))).days if last else 10_000
        recency = score(-age, (-30, -60, -90, -180))
        frequency = score(int(str(row["orders_12m"])), (10, 5, 3, 2))
        money = score(Decimal(str(row["revenue_12m"])), (100_000, 50_000, 20_000, 5_000))
        assert (decision.recency_score, decision.frequency_score, decision.money_score) == (
            recency,
            frequency,
            money,
        )
        value = "important" if money >= 4 else "general"
        assert decision.segment == f"{value}_{names[recency >= 4, frequency >= 4]}"


def test_high_credit_risk_is_what_the_courses_call_so(decided: list[tuple[Row, Decision]]) -> None:
    for row, decision in decided:
        last = row.get("last_overdue_on")
        high = (
            Decimal(str(row.get("debt_ratio", 0))) > 60
            or Decimal(str(row.get("operating_cash_flow", 0))) < 0
            or int(str(row.get("overdue_days", 0))) > 0
            or (last is not None and date.fromisoformat(str(last)) >= AS_OF - timedelta(days=90))
            or bool(row.get("past_arrears"))
        )
        assert (decision.credit_risk == "high") is high
        assert decision.advance_payment == (50 if high else 0)
        assert decision.tier in ({"B", "C"} if high else {"S", "A", "B", "C"})


def test_no_price_lies_below_cost_and_margin(decided: list[tuple[Row, Decision]]) -> None:
    for row, decision in decided:
        floor = (Decimal(str(row["unit_cost"])) * Decimal("1.08")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert decision.floor_price == floor
        assert Decimal(str(decision.net_price)) >= floor
        assert Decimal(str(decision.offer_price)) >= floor


# ---- actions, which tests in files can't state line by line


def healthy(customers: list[Row]) -> Row:
    """Return a record of the first example customer without any signal."""
    gone = {"key_person_left_on", "complaints", "decline_reason", "last_overdue_on"}
    row = {k: v for k, v in customers[0].items() if k not in gone}
    return row | {"last_order_on": "2026-06-29", "contacts_90d": 9, "contacts_prev_90d": 9} | {
        "share_of_wallet": "60.00", "share_of_wallet_prev": "60.00", "order_interval": 10,
        "order_interval_prev": 10, "payment_days": 30, "payment_days_prev": 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        ({}, []),
        ({"key_person_left_on": "2026-06-01"}, [("meet_successor", "2026-07-10")]),
        ({"share_of_wallet": "50.00"}, [("study_rival", "2026-07-14")]),
        ({"payment_days": 45}, [("talk_about_payment", "2026-07-05")]),
        ({"contacts_90d": 4}, [("renew_contact", "2026-07-07")]),
        ({"complaints": [{"received_on": "2025-12-01"}]}, [("answer_complaint", "2026-07-01")]),
        (
            {"last_order_on": "2026-03-30"},
            [("review_account", "2026-07-07"), ("ask_for_order", "2026-07-03")],
        ),
        (
            {"last_order_on": "2026-03-30", "order_interval": 20},
            [
                ("review_account", "2026-07-07"),
                ("visit_executives", "2026-07-05"),
                ("ask_for_order", "2026-07-03"),
            ],
        ),
    ],
)
def test_each_signal_brings_its_actions(
    engine: kamflow.Engine, customers: list[Row], signal: Row, expected: list[tuple[str, str]]
) -> None:
    row = healthy(customers) | signal
    row.pop("orders")
    decision = engine.evaluate(row, as_of=AS_OF)
    assert isinstance(decision, Decision)
    decisions = decision.to_dict()["decisions"]
    assert isinstance(decisions, dict)
    actions = decisions["actions"]
    assert isinstance(actions, list)
    assert [(a["action"], a["due"]) for a in actions if isinstance(a, dict)] == expected


# ---- facts that no customer has, scenarios


@pytest.mark.parametrize(
    "slip",
    [
        {"customer_since": "2026-07-01"},
        {"last_order_on": "2026-07-01"},
        {"last_order_on": None},
        {"orders_12m": 0},
        {"orders": [{"placed_on": "2026-07-01", "amount": "1.00"}]},
    ],
)
def test_a_record_that_contradicts_itself_is_rejected(
    engine: kamflow.Engine, customers: list[Row], slip: Row
) -> None:
    assert engine.evaluate(customers[0], as_of=AS_OF).ok
    assert not engine.evaluate(customers[0] | slip, as_of=AS_OF).ok


def test_a_higher_bar_moves_customers_down_only(engine: kamflow.Engine, customers: list[Row]) -> None:
    before = [d.tier for d in engine.evaluate_many(customers, as_of=AS_OF) if isinstance(d, Decision)]
    raised = engine.scenario("Raise the bar of tier S")
    after = [d.tier for d in raised.evaluate_many(customers, as_of=AS_OF) if isinstance(d, Decision)]
    moved = {(b, a) for b, a in zip(before, after, strict=True) if a != b}
    assert moved == {("S", "A")}


# ---- samples


def test_english_and_chinese_samples_live_in_one_folder() -> None:
    engine = kamflow.load(ROOT / "examples" / "samples")
    record: Row = {
        "编号": "甲",
        "年销售额": "120万元",
        "上年销售额": "100万元",
        "年订单数": 12,
        "最近下单": "2026-06-20",
        "逾期天数": 61,
    }
    decision = engine.evaluate(record, as_of=AS_OF, record_type="客户")
    assert isinstance(decision, Decision)
    # 100×40% + 100×25% + 100×20% + 100×15%; overdue for more than 60 days caps the tier
    assert decision["价值分"] == 100
    assert decision["等级"] == "成长客户"
