"""The small model of silence and quick solutions, against a calculation by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kamflow.app.report import parse_assumptions
from kamflow.base.diagnostic import Diagnostic
from tests.report.conftest import Made, portfolio_of
from tests.report.test_gaps import customer, write


@pytest.fixture
def small(tmp_path) -> Made:
    """Sixty customers: one solved in two days, one in thirty, one open, and 57 without a complaint."""

    def one(i: int, **complaint: str) -> dict[str, object]:
        found = customer(f"C{i}")
        return {**found, "complaints": [complaint]} if complaint else found

    people = [
        one(0, received_on="2026-05-01", solved_on="2026-05-03"),
        one(1, received_on="2026-05-01", solved_on="2026-05-31"),
        one(2, received_on="2026-06-01"),
        *(one(i) for i in range(3, 60)),
    ]
    return Made(portfolio_of(write(tmp_path, people)))


def test_each_state_buys_again_at_the_rate_of_the_survey(small: Made) -> None:
    today = {r["state"]: (r["customers"], r["expected"]) for r in small.rows("repurchase", "today")}
    # 3 complain, 26 more for each are silent, but only 57 are left; 57 × 9 % = 5.13
    assert today == {
        "silent": (57, "5.13"), "complained": (1, "0.19"), "solved": (1, "0.54"), "quick": (1, "0.82"),
    }  # fmt: skip
    ifs = {r["if"]: r["expected"] for r in small.rows("repurchase", "what_if")}
    assert ifs["as_is"] == "6.68"
    assert ifs["solve_open"] == "7.03"  # 0.54 instead of 0.19
    assert ifs["solve_quickly"] == "7.59"  # 5.13 + 3 × 0.82
    assert ifs["speak_up"] == "49.20"  # 60 × 0.82


def test_assumptions_can_be_set(small: Made) -> None:
    said = parse_assumptions(("silent=0%", "per_complaint=2", "quick_days=1"))
    assert not isinstance(said, Diagnostic)
    other = Made(replace(small.portfolio, assumptions=said))
    today = {r["state"]: (r["customers"], r["expected"]) for r in other.rows("repurchase", "today")}
    assert today["silent"] == (3, "0.00")  # one more for each of the three
    assert today["quick"] == (0, "0.00")
    assert today["solved"] == (2, "1.08")


@pytest.mark.parametrize("said", ["silent=0.09", "silent=101%", "slow=3", "quick_days=1.5", "silent"])
def test_what_is_no_assumption_is_a_finding(said: str) -> None:
    found = parse_assumptions((said,))
    assert isinstance(found, Diagnostic)
    assert found.code == "KF1504"


@pytest.mark.parametrize(
    ("complaints", "state"),
    [
        ([("2026-05-01", "2026-05-08")], "quick"),  # seven days are within seven days
        ([("2026-05-01", "2026-05-09")], "solved"),
        ([("2026-05-01", "2026-05-02"), ("2026-05-01", "2026-05-30")], "solved"),  # the slowest counts
        ([("2026-05-01", "2026-05-02"), ("2026-06-01", None)], "complained"),  # an open one counts first
        ([("2025-06-30", None), ("2025-07-01", "2025-07-02")], "quick"),  # a year ago is out of the window
    ],
)
def test_a_customer_stands_where_its_worst_complaint_does(
    tmp_path, complaints: list[tuple[str, str | None]], state: str
) -> None:
    many = [{"received_on": a} | ({"solved_on": b} if b else {}) for a, b in complaints]
    made = Made(portfolio_of(write(tmp_path, [customer("a", complaints=many)])))
    told = {r["state"]: r["customers"] for r in made.rows("repurchase", "today")}
    assert {k for k, n in told.items() if n} == {state}
