"""Rates of churn, retention and win-back: counted here by hand, by brute force, and by the policy itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kamflow.base.text import Text
from kamflow.report.cases import CaseFile, Move, State
from kamflow.report.model import Label
from kamflow.report.rates import ASSUMPTIONS
from kamflow.values.decision import Decision
from tests.report.conftest import AS_OF, Made, portfolio_of
from tests.report.test_gaps import customer, words, write


def bought(name: str, *days: str, since: str = "2020-01-01", **more: object) -> dict[str, object]:
    orders = [{"placed_on": d, "amount": "10.00"} for d in days]
    return customer(name, customer_since=since, orders=orders, last_order_on=max(days), **more)


# AS_OF is 2026-06-30; the first order on file of all is of 2025-01-20, so months begin with 2026-01
FIVE = [
    bought("steady", "2025-01-20", "2025-07-01", "2025-12-31", "2026-06-01"),
    bought("leaves", "2025-03-10", loss_reason="price"),  # silent for 12 months in March 2026
    bought("returns", "2025-02-05", "2026-05-09"),  # lost in February, back in May
    bought("begins", "2026-04-02", since="2026-04-01"),  # new in April
    bought("old", "2026-04-02", since="2019-04-01"),  # a customer for years: won back in April, not new
]


@pytest.fixture
def five(tmp_path: Path) -> Made:
    return Made(portfolio_of(write(tmp_path, FIVE)))


def test_months_are_those_counted_by_hand(five: Made) -> None:
    told = [
        tuple(r[k] for k in ("month", "active", "lost", "won_back", "new", "active_after", "lost_before"))
        for r in five.rows("rates", "months")
    ]
    assert told == [
        ("2026-01", 3, 0, 0, 0, 3, 1),
        ("2026-02", 3, 1, 0, 0, 2, 1),
        ("2026-03", 2, 1, 0, 0, 1, 2),
        ("2026-04", 1, 0, 1, 1, 3, 3),
        ("2026-05", 3, 0, 1, 0, 4, 2),
        ("2026-06", 4, 0, 0, 0, 4, 1),
    ]


def test_rates_are_shares_of_who_was_there_when_the_month_began(five: Made) -> None:
    told = {r["month"]: (r["churn"], r["retention"], r["win_back"]) for r in five.rows("rates", "months")}
    assert told["2026-02"] == ("33.33%", "66.67%", "0%")
    assert told["2026-03"] == ("50%", "50%", "0%")
    assert told["2026-04"] == ("0%", "100%", "33.33%")
    assert told["2026-05"] == ("0%", "100%", "50%")


def test_losses_have_the_reason_on_file_and_those_without_are_said(five: Made) -> None:
    told = [(r["month"], r["reason"], r["lost"]) for r in five.rows("rates", "reasons")]
    assert told == [
        ("2026-02", "", 1), ("2026-03", "price", 1), ("all", "price", 1), ("all", "", 1),
    ]  # fmt: skip
    assert "1 of 2 losses have no reason on file" in words(five, "rates")


def test_another_number_of_months_is_assumed_and_printed(five: Made) -> None:
    shorter = replace(ASSUMPTIONS["lost_after"], value=6)
    made = Made(replace(five.portfolio, assumptions={"lost_after": shorter}))
    assert "in the 6 months before it" in made.report("rates").definition[0].en
    rows = {r["month"]: r for r in made.rows("rates", "months")}
    assert min(rows) == "2025-07"  # six months after the first month on file
    assert (rows["2025-08"]["active"], rows["2025-08"]["lost"]) == (3, 1)  # 5 February is six months ago


def each(people: list[dict[str, object]]) -> Iterator[list[date]]:
    for one in people:
        yield sorted(date.fromisoformat(o["placed_on"]) for o in one.get("orders", ()))  # type: ignore[attr-defined]


def test_months_of_the_example_are_those_of_a_count_day_by_day(
    made: Made, raws: list[dict[str, object]]
) -> None:
    """Active on a first day: any order from the same day a year before on; asked of every order."""

    def active(on: date) -> set[int]:
        return {
            i
            for i, days in enumerate(each(raws))
            if any(on.replace(year=on.year - 1) <= d < on for d in days)
        }

    rows = made.rows("rates", "months")
    assert len(rows) == 12
    for row in rows:
        first = date.fromisoformat(f"{row['month']}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        was, now = active(first), active(after)
        assert (row["active"], row["lost"]) == (len(was), len(was - now)), row
        assert row["won_back"] + row["new"] == len(now - was)  # type: ignore[operator]
        assert row["active_after"] == len(now)


def test_the_year_is_the_decision_of_the_policy(
    made: Made, decided: list[tuple[dict[str, object], Decision]]
) -> None:
    movement = [d["movement"] for _, d in decided]
    told = {r["rate"]: (r["customers"], r["of"]) for r in made.rows("rates", "year_rates")}
    kept, lost = movement.count("kept"), movement.count("lost_now")
    assert lost
    assert told["churn"] == (lost, kept + lost)
    assert told["retention"] == (kept, kept + lost)
    assert told["win_back"] == (
        movement.count("won_back"), movement.count("won_back") + movement.count("gone")
    )  # fmt: skip


def test_twelve_months_of_losses_add_up_to_the_year_of_the_policy(made: Made) -> None:
    """Both say who bought in the year before and not since; nobody comes back within the example's year."""
    rows = made.rows("rates", "months")
    assert not any(r["won_back"] for r in rows)
    year = {r["rate"]: r for r in made.rows("rates", "year_rates")}["churn"]
    assert (rows[0]["active"], sum(r["lost"] for r in rows)) == (year["of"], year["customers"])  # type: ignore[misc]


def test_without_orders_last_orders_give_churn_and_no_win_back(tmp_path: Path) -> None:
    people = [
        customer("stays", last_order_on="2026-06-01"), customer("left", last_order_on="2025-03-10"),
        customer("never", last_order_on=None),
    ]  # fmt: skip
    made = Made(portfolio_of(write(tmp_path, people)))
    rows = {r["month"]: r for r in made.rows("rates", "months")}
    assert (rows["2026-03"]["active"], rows["2026-03"]["churn"]) == (2, "50%")
    assert (rows["2026-04"]["active"], rows["2026-04"]["churn"]) == (1, "0%")
    assert {r["win_back"] for r in rows.values()} == {None}
    assert "there is no list of orders" in words(made, "rates")


def test_orders_of_less_than_a_year_give_no_month_and_say_from_when_on(tmp_path: Path) -> None:
    made = Made(portfolio_of(write(tmp_path, [bought("a", "2025-09-01", "2026-05-01")])))
    assert not [t for t in made.report("rates").tables if t.name == "months"]
    assert "orders on file begin on 2025-09-01" in words(made, "rates")


# ---- cases

STATES = (
    State("gestation", Text("Gestation", "孕育期")), State("stable", Text("Stable", "稳定")),
    State("lost", Text("Lost", "流失")), State("closed", Text("Closed", "关闭"), final=True),
)  # fmt: skip


def lifecycle(moves: list[tuple[str, str, str]], reasons: dict[str, str]) -> CaseFile:
    state: dict[str, str] = {}
    made = []
    for case, on, target in moves:
        why = Label(f"to_{target}", Text(f"to {target}", f"转入{target}"))
        made.append(Move(case, date.fromisoformat(on).toordinal(), state.get(case, ""), target, why))
        state[case] = target
    return CaseFile(
        "life", Text("Lifecycle", "生命周期"), STATES, (), tuple(state.items()), tuple(made), (), "gestation",
        reasons,
    )  # fmt: skip


MOVES = [
    ("a", "2026-01-05", "gestation"), ("a", "2026-01-20", "stable"),
    ("a", "2026-03-10", "lost"), ("a", "2026-05-02", "stable"),
    ("b", "2026-01-05", "gestation"), ("b", "2026-02-11", "stable"), ("b", "2026-03-30", "closed"),
    ("c", "2026-02-01", "gestation"), ("c", "2026-04-04", "lost"),  # never a customer: no churn
    ("d", "2026-01-08", "stable"), ("d", "2026-06-20", "lost"),
]  # fmt: skip


def test_moves_into_loss_and_out_of_it_give_the_rates_of_a_lifecycle(made: Made) -> None:
    life = lifecycle(MOVES, {"a": "price"})
    with_cases = Made(replace(made.portfolio, cases=(life,)))
    told = [
        tuple(r[k] for k in ("month", "active", "lost", "won_back", "new", "active_after", "lost_before"))
        for r in with_cases.rows("rates", "life_months")
    ]
    assert told == [
        # who was entered before the first move, in January, is not new
        ("2026-02", 2, 0, 0, 1, 3, 0),
        ("2026-03", 3, 2, 0, 0, 1, 0),
        ("2026-04", 1, 0, 0, 0, 1, 1),
        ("2026-05", 1, 0, 1, 0, 2, 2),  # `a` and `c` are lost; `b` is closed for good
        ("2026-06", 2, 1, 0, 0, 1, 1),
    ]
    reasons = [(r["month"], r["reason"], r["lost"]) for r in with_cases.rows("rates", "life_reasons")]
    assert reasons[:3] == [("2026-03", "price", 1), ("2026-03", "to_closed", 1), ("2026-06", "to_lost", 1)]


def test_cases_alone_need_no_records(tmp_path: Path) -> None:
    empty = portfolio_of(write(tmp_path, []))
    alone = Made(replace(empty, cases=(lifecycle(MOVES, {}),)))
    assert len(alone.rows("rates", "life_months")) == 5


def test_prospects_that_are_given_up_are_no_customers_lost(made: Made) -> None:
    prospects = replace(lifecycle(MOVES, {}), reviewed=False)
    with_cases = Made(replace(made.portfolio, cases=(prospects,)))
    assert not [t for t in with_cases.report("rates").tables if t.name.startswith("life")]
    assert "no cases of a lifecycle" in words(with_cases, "rates")


def test_moves_after_the_day_of_the_report_count_nowhere(made: Made) -> None:
    early = replace(made.portfolio, cases=(lifecycle(MOVES, {}),), as_of=date(2026, 4, 15))
    rows = Made(early).rows("rates", "life_months")
    assert [r["month"] for r in rows] == ["2026-02", "2026-03"]  # April is not over
    assert json.dumps(rows[-1]["active_after"]) == "1"


def test_the_day_of_the_report_is_the_end_of_a_month_or_leaves_it_out(tmp_path: Path) -> None:
    assert date(2026, 6, 30) == AS_OF
    made = Made(replace(portfolio_of(write(tmp_path, FIVE)), as_of=date(2026, 6, 29)))
    assert made.rows("rates", "months")[-1]["month"] == "2026-05"
