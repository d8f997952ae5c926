"""Gaps in the data: every report that can be given is given, and each says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kamflow.base.text import Lang
from kamflow.report import draw
from kamflow.report.catalog import REPORTS
from tests.report.conftest import Made, portfolio_of


def customer(name: str, **more: object) -> dict[str, object]:
    """Return the least of a customer: nothing that is optional."""
    return {
        "id": name, "name": name, "customer_since": "2020-01-01", "orders_12m": 4,
        "last_order_on": "2026-06-01",
        "revenue_12m": "1000.00", "revenue_prev_12m": "900.00", "profit_12m": "100.00", "list_price": "10.00",
        "unit_cost": "5.00", **more,
    }  # fmt: skip


def write(folder: Path, people: list[dict[str, object]]) -> Path:
    path = folder / "customers.json"
    path.write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
    return path


def words(made: Made, report: str) -> str:
    return " | ".join(t.en for t in made.report(report).missing)


def test_one_customer_without_anything_optional_has_every_report(tmp_path: Path) -> None:
    made = Made(portfolio_of(write(tmp_path, [customer("only")])))
    assert "Share of wallet: 1 of 1 have none" in words(made, "wallet")
    assert "no record has a complaint" in words(made, "complaints")
    assert "no complaint lies in the window" in words(made, "repurchase")
    assert "no record has a reason for decline" in words(made, "losses")
    assert "no customer has a tier until today" in words(made, "tiers")
    assert "nobody asks for a discount" in words(made, "concessions")
    assert "no database of cases" in words(made, "stages")
    assert [r["customers"] for r in made.rows("value", "classes")] == [1, 0, 0, 1]


def test_no_profit_at_all_leaves_the_curve_away_and_says_so(tmp_path: Path) -> None:
    made = Made(
        portfolio_of(write(tmp_path, [customer("a", profit_12m="-5.00"), customer("b", profit_12m="0.00")]))
    )
    report = made.report("value")
    assert "nobody has a profit" in words(made, "value")
    assert "pareto" not in {c.name for c in report.charts}
    assert made.rows("value", "classes")[-1]["losses"] == "-5.00"


def test_complaints_of_days_to_come_count_nowhere(tmp_path: Path) -> None:
    people = [
        customer("a", complaints=[{"received_on": "2026-07-05"}, {"received_on": "2026-06-20"}]),
        customer("b", complaints=[{"received_on": "2026-06-01", "solved_on": "2026-05-01"}]),
    ]
    made = Made(portfolio_of(write(tmp_path, people)))
    assert "1 complaints lie after the day of the report" in words(made, "complaints")
    assert "1 complaints were solved before they were received" in words(made, "complaints")
    assert [(r["customer"], r["age"]) for r in made.rows("complaints", "oldest")] == [("a", 10)]


def test_a_rejected_record_counts_nowhere_and_is_said_everywhere(tmp_path: Path) -> None:
    people = [customer("good"), customer("bad", last_order_on="2027-01-01"), {"id": "worse"}]
    made = Made(portfolio_of(write(tmp_path, people)))
    assert (made.portfolio.read, made.portfolio.rejected, made.portfolio.count) == (3, 2, 1)
    for name in REPORTS:
        assert "2 of 3 records were rejected" in words(made, name)


@pytest.mark.parametrize("name", REPORTS)
def test_an_empty_file_gives_an_empty_report_that_says_so(tmp_path: Path, name: str) -> None:
    made = Made(portfolio_of(write(tmp_path, [])))
    assert "no record that could be decided" in words(made, name)
    assert not made.report(name).charts
    assert all(t.name == "assumptions" for t in made.report(name).tables)


PORTFOLIOS: dict[str, list[dict[str, object]]] = {
    "one customer": [customer("only")],
    "no last order": [customer("a", last_order_on=None, orders_12m=0), customer("b")],
    "zero revenue": [
        customer(n, revenue_12m="0.00", revenue_prev_12m="0.00", profit_12m="0.00", share_of_wallet="0%",
                 purchasing_power="0.00")
        for n in "abc"
    ],
    "losses only": [customer(n, profit_12m="-1.00", receivables="5.00", overdue_days=70) for n in "ab"],
    "days to come": [
        customer("a", complaints=[{"received_on": "2027-01-01"}]),
        customer("b", orders=[{"placed_on": "2027-01-01", "amount": "5.00"}]),
        customer("c", orders=[{"placed_on": "2025-01-01", "amount": "5.00"}]),
    ],
    "no margin": [customer(n, list_price="5.00", unit_cost="5.00") for n in "ab"],
    "no numbers alike": [customer("a", revenue_12m="9999999999.99"), customer("b", revenue_12m="0.01")],
    "all rejected": [{"id": "a"}, {"id": "b", "name": "b"}],
    "empty": [],
}  # fmt: skip


DRAWN = {"one customer", "zero revenue", "losses only", "no numbers alike"}
"""Those whose charts have the narrowest axes: nothing, one thing, or things too far apart."""


@pytest.fixture(scope="session")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    return {
        name: Made(portfolio_of(write(tmp_path_factory.mktemp("gaps"), people)))
        for name, people in PORTFOLIOS.items()
    }


@pytest.mark.parametrize("portfolio", PORTFOLIOS)
@pytest.mark.parametrize("name", REPORTS)
def test_every_portfolio_has_every_report_with_its_definition_and_what_is_missing(
    gappy: dict[str, Made], name: str, portfolio: str
) -> None:
    made = gappy[portfolio]
    report = made.report(name)
    assert report.definition
    assert report.missing or report.tables, "it says nothing, and not why"
    if not made.portfolio.count:
        assert report.missing
    for table in report.tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
        json.dumps(made.rows(name, table.name))
    for chart in report.charts if portfolio in DRAWN else ():
        svg, png = draw.draw(chart, Lang.ZH)
        assert "<svg" in svg
        assert png.startswith(b"\x89PNG")


LACKS = {
    ("value", "losses only"): "nobody has a profit",
    ("wallet", "one customer"): "Share of wallet: 1 of 1 have none",
    ("satisfaction", "one customer"): "no survey that still counts",
    ("rates", "one customer"): "there is no list of orders",
    ("rates", "days to come"): "1 of 3 records were rejected",
    ("rates", "no last order"): "no cases of a lifecycle",
    ("complaints", "days to come"): "1 complaints lie after the day of the report",
    ("complaints", "one customer"): "no record has a complaint",
    ("losses", "zero revenue"): "no record has a reason for decline",
    ("tiers", "no margin"): "no customer has a tier until today",
    ("concessions", "no margin"): "nobody asks for a discount",
    ("repurchase", "one customer"): "no complaint lies in the window",
    ("deadlines", "one customer"): "no database of cases",
    ("stages", "all rejected"): "no database of cases",
    ("funnel", "one customer"): "no cases (--db)",
    ("rfm", "all rejected"): "no record that could be decided",
}


@pytest.mark.parametrize(("name", "portfolio"), LACKS)
def test_what_a_portfolio_lacks_is_said_in_the_report(
    gappy: dict[str, Made], name: str, portfolio: str
) -> None:
    assert LACKS[name, portfolio] in words(gappy[portfolio], name)


@pytest.mark.parametrize("name", REPORTS)
def test_what_is_said_is_said_in_both_languages(made: Made, name: str) -> None:
    report = made.report(name)
    texts = [
        report.title, *report.definition, *report.missing, *(t.title for t in report.tables),
        *(c.title for t in report.tables for c in t.columns), *(c.title for c in report.charts),
    ]  # fmt: skip
    for text in texts:
        assert any("\u4e00" <= c <= "\u9fff" for c in text.zh) or text.zh == "RFM", text
        assert not any("\u4e00" <= c <= "\u9fff" for c in text.en), text
