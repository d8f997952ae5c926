"""The retail policy on 4,372 real customers, against a recomputation in plain Python.

The data are not part of the project: their folder is $KAMFLOW_DATA, or `shared/data` beside the
project's. Without them the tests of real data are skipped.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

import kamflow
from kamflow import Decision

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data") / "customers_retail.json"
AS_OF = date(2011, 12, 10)
Row: TypeAlias = dict[str, object]


@pytest.fixture(scope="module")
def customers() -> list[Row]:
    if not DATA.is_file():
        pytest.skip(f"no data at {DATA}: set KAMFLOW_DATA to the folder of customers_retail.json")
    rows: list[Row] = json.loads(DATA.read_text(encoding="utf-8"))
    return rows


@pytest.fixture(scope="module")
def decisions(customers: list[Row]) -> dict[str, Decision]:
    engine = kamflow.load(ROOT / "examples" / "retail")
    found = list(engine.evaluate_many(customers, as_of=AS_OF, ignore_unknown=True))
    assert [d for d in found if not d.ok] == []
    return {str(c["id"]): d for c, d in zip(customers, found, strict=True) if isinstance(d, Decision)}


def segment_by_hand(row: Row) -> str:
    if not row["orders"]:
        return "no_paid_order"
    recent, often = int(str(row["recency_days"])) <= 60, int(str(row["orders"])) >= 5
    value = "important" if Decimal(str(row["revenue"])) >= 2000 else "general"
    return (
        value
        + {
            (True, True): "_value",
            (False, True): "_keep",
            (True, False): "_develop",
            (False, False): "_win_back",
        }[recent, often]
    )


def tier_by_hand(revenue: object) -> str:
    amount = Decimal(str(revenue))
    steps = (("platinum", 20_000), ("gold", 5_000), ("silver", 1_000))
    return next((name for name, least in steps if amount >= least), "standard")


def test_every_customer_gets_the_segment_that_a_count_by_hand_gives(
    customers: list[Row], decisions: dict[str, Decision]
) -> None:
    by_hand = {str(c["id"]): segment_by_hand(c) for c in customers}
    assert {i: d.segment for i, d in decisions.items()} == by_hand
    assert len(Counter(by_hand.values())) == 9  # each segment occurs


def test_the_34_customers_without_a_paid_order_are_a_segment_of_their_own(
    decisions: dict[str, Decision],
) -> None:
    assert Counter(d.segment for d in decisions.values())["no_paid_order"] == 34


def test_tiers_by_gross_and_by_net_revenue_are_those_counted_by_hand(
    customers: list[Row], decisions: dict[str, Decision]
) -> None:
    for row in customers:
        decision = decisions[str(row["id"])]
        gross, net = tier_by_hand(row["revenue"]), tier_by_hand(row["net_revenue"])
        assert (decision.gross_tier, decision.net_tier) == (gross, net)
        assert decision.tiers_differ is (gross != net)


@pytest.mark.parametrize(
    ("customer", "gross", "nothing_left"), [("12346", "platinum", True), ("16446", "platinum", False)]
)
def test_whoever_returned_everything_is_platinum_by_gross_and_standard_by_net_revenue(
    decisions: dict[str, Decision], customer: str, gross: str, nothing_left: bool
) -> None:
    decision = decisions[customer]
    assert (decision.gross_tier, decision.net_tier, decision.tiers_differ) == (gross, "standard", True)
    assert decision.returned_all is nothing_left


def test_undeclared_months_are_refused_unless_they_are_said_to_be_ignored(customers: list[Row]) -> None:
    engine = kamflow.load(ROOT / "examples" / "retail")
    assert not engine.evaluate(customers[0], as_of=AS_OF).ok
    assert engine.evaluate(customers[0], as_of=AS_OF, ignore_unknown=True).ok
