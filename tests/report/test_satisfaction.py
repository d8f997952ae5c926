"""Satisfaction and loyalty against what the policies decide, and against means reckoned by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import kamflow
from tests.report.conftest import AS_OF, Made, portfolio_of
from tests.report.rig import ROOT
from tests.report.test_gaps import customer, words, write

DIMENSIONS = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
CAPTIVE = {
    "share_of_wallet": "80%", "supplier_rank": 4, "quality_tolerance": "low", "price_sensitivity": "high",
    "rival_attitude": "invites", "technical_dependence": "high", "service_dependence": "high",
    "process_dependence": "high",
}  # fmt: skip
LOYAL = {**CAPTIVE, "supplier_rank": 1, "quality_tolerance": "high", "price_sensitivity": "low",
         "rival_attitude": "turns_away"}  # fmt: skip


def survey(on: str, received: int, expected: int, **more: int) -> dict[str, object]:
    marks = {f"{d}_received": received for d in DIMENSIONS} | {f"{d}_expected": expected for d in DIMENSIONS}
    return {"surveyed_on": on, **marks, **more}


PEOPLE = [
    customer("held", surveys=[survey("2026-05-01", 2, 4)], **CAPTIVE),
    customer("happy", surveys=[survey("2026-05-01", 5, 4)], **LOYAL),
    customer("sulks", surveys=[survey("2026-05-01", 3, 4, empathy_received=4)], share_of_wallet="20%",
             **{k: v for k, v in CAPTIVE.items() if not k.endswith("dependence") and k != "share_of_wallet"}),
    customer("old", surveys=[survey("2025-06-30", 1, 5)], **LOYAL),
    customer("unknown"),
]  # fmt: skip


@pytest.fixture
def few(tmp_path: Path) -> Made:
    return Made(portfolio_of(write(tmp_path, PEOPLE)))


def test_quadrants_count_those_with_a_survey_that_counts_and_a_share(few: Made) -> None:
    told = {r["quadrant"]: r["customers"] for r in few.rows("satisfaction", "quadrants")}
    assert told == {"leaving": 1, "visiting": 0, "held": 1, "friends": 1}
    assert "2 of 5 lack a survey that counts or a share of wallet" in words(few, "satisfaction")


def test_the_matrix_is_what_the_policies_decide(few: Made) -> None:
    engine = kamflow.load(ROOT / "rules").with_portfolio(PEOPLE, as_of=AS_OF, record_type="customer")
    decided = [engine.evaluate(p, as_of=AS_OF, record_type="customer") for p in PEOPLE]
    wanted: dict[tuple[object, object], int] = {}
    for d in decided:
        assert isinstance(d, kamflow.Decision)
        key = (d["satisfaction"], d["loyalty_class"])
        wanted[key] = wanted.get(key, 0) + 1
    told = {
        (r["satisfaction"], r["loyalty_class"]): r["customers"] for r in few.rows("satisfaction", "matrix")
    }
    assert told == wanted


def test_who_is_dissatisfied_and_captive_or_at_risk_is_listed_captive_first(few: Made) -> None:
    told = [(r["customer"], r["loyalty"], r["gap"]) for r in few.rows("satisfaction", "unhappy")]
    # 16% for empathy met, 84% a point short
    assert told == [("held", "captive", "-2.00"), ("sulks", "at_risk", "-0.84")]


def test_dimensions_are_means_over_the_surveys_that_still_count(few: Made) -> None:
    told = {r["dimension"]: r for r in few.rows("satisfaction", "dimensions")}
    assert list(told) == list(DIMENSIONS)
    received = Fraction(2 + 5 + 3, 3)
    assert told["reliability"]["received"] == f"{float(round(received, 2)):.2f}"
    assert told["reliability"]["expected"] == "4.00"
    assert told["reliability"]["gap"] == "-0.67"
    assert (told["empathy"]["received"], told["empathy"]["below"]) == ("3.67", 1)
    assert {r["surveys"] for r in told.values()} == {3}
    assert told["reliability"]["weight"] == "32%"
    assert "1 of 4 surveys no longer count" in words(few, "satisfaction")


def test_nobody_surveyed_leaves_loyalty_and_says_what_is_missing(made: Made) -> None:
    assert "100 of 100 customers: no survey still counts" in words(made, "satisfaction")
    assert "nobody has both a survey that counts and a share of wallet" in words(made, "satisfaction")
    assert sum(r["customers"] for r in made.rows("satisfaction", "loyalty")) == 100  # type: ignore[misc]
