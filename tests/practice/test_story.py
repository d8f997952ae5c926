"""The story has in it what its README promises; counted from cases and decisions, not from the generator."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import pytest

import kamflow
from examples.practice.cast import REASONS
from examples.practice.history import COMPLAINT, DEVELOPMENT, LIFECYCLE
from examples.practice.quarter import at_risk, requests, stages_then_and_now, tier_moves
from tests.practice.conftest import Lived

pytestmark = pytest.mark.xdist_group("practice")


def test_everything_that_happened_was_taken(lived: Lived) -> None:
    assert lived.done.refused == []
    assert lived.done.left_out == []
    assert lived.done.counts["moves"] > 300


def test_the_profit_is_shared_out_as_it_usually_is(lived: Lived) -> None:
    """Pareto: 10 % of customers bring about 70 % of the profit, the next 20 % about 20 %."""
    q = lived.quarter
    profits = sorted((q.amount(c, "profit_12m") for c in q.decisions), reverse=True)
    earned = [p for p in profits if p > 0]
    total = sum(earned, Decimal(0))

    def share(part: Decimal) -> Decimal:
        return sum(earned[: round(len(earned) * part)], Decimal(0)) / total

    tenth, third = share(Decimal("0.1")), share(Decimal("0.3"))
    assert Decimal("0.65") < tenth < Decimal("0.75")
    assert Decimal("0.85") < third < Decimal("0.95")
    classes = Counter(str(q.decisions[c]["abc_class"]) for c in q.decisions if q.amount(c, "profit_12m") > 0)
    assert 0.07 < classes["A"] / len(earned) < 0.13
    assert 0.14 < classes["B"] / len(earned) < 0.26


def test_every_stage_has_customers_and_every_reason_too(lived: Lived) -> None:
    counts = stages_then_and_now(lived.quarter)
    assert set(counts) == {"gestation", "initial", "stable", "strategic", "decline", "lost", "closed"}
    assert all(now > 0 for _, now in counts.values()), counts
    assert sum(now for _, now in counts.values()) == 200
    reasons = {r.get("decline_reason") for r in lived.quarter.records.values()}
    assert set(REASONS) <= reasons


def test_the_quarter_has_moves_of_every_kind(lived: Lived) -> None:
    moves = {(m.source, m.target) for m in lived.quarter.moves}
    assert {
        ("initial", "stable"), ("stable", "strategic"), ("strategic", "stable"), ("strategic", "decline"),
        ("stable", "decline"), ("decline", "stable"), ("decline", "lost"), ("lost", "initial"),
    } <= moves  # fmt: skip
    assert all(m.day >= "2026-04-01" for m in lived.quarter.moves)
    assert [(m.customer, m.target, m.waits) for m in lived.quarter.waiting] == [
        ("C127", "strategic", "sales_director")
    ]


def test_complaints_are_late_in_the_south_in_june(lived: Lived) -> None:
    late = lived.quarter.late
    assert len(late) >= 3
    assert all(one.missed for one in late)
    regions = Counter(lived.quarter.books.customers[one.customer].row["region"] for one in late)
    assert regions.most_common(1)[0][0] == "华南"


def test_there_is_something_to_decide(lived: Lived) -> None:
    q = lived.quarter
    assert len(at_risk(q)) >= 10
    assert len({str(q.decisions[x.customer]["play"]) for x in at_risk(q)}) >= 6
    moved = Counter(
        str(q.decisions[c]["next_tier"]) > str(q.records[c]["current_tier"]) for c in tier_moves(q)
    )
    assert len(moved) == 2, "some move up, some down"
    approvals = {str(q.decisions[c]["approval"]) for c in requests(q)}
    assert {"sales_director", "general_manager"} <= approvals


def test_what_the_readme_tells_of_single_customers(lived: Lived, readmes: tuple[str, str]) -> None:
    q = lived.quarter
    with kamflow.open_flow(str(lived.state.database())) as flow:

        def moves(customer: str) -> list[tuple[str, str]]:
            return [
                (str(e["when"])[:7], str(e["target"]))
                for e in flow.history(LIFECYCLE, customer) if e["happened"] == "moved"
            ]  # fmt: skip

        assert moves("C057")[-1] == ("2026-05", "decline")
        assert str(q.records["C057"]["last_order_on"])[:7] == "2026-03"
        assert moves("C048")[-1] == ("2026-01", "decline")
        assert moves("C095")[-1][1] == "stable"
        assert moves("C095")[-2][1] == "strategic"
        assert moves("C142")[-1] == ("2026-04", "strategic")
        assert moves("C166")[-1] == ("2026-04", "stable")
        for customer in ("C175", "C124"):
            assert [target for _, target in moves(customer)[-2:]] == ["lost", "initial"]
    blacklist = q.records["C048"]
    assert blacklist["blacklisted_us"] is True
    assert {"apology_made_on", "cause_reported_on", "audit_passed_on"} <= set(blacklist)
    assert "trial_order_on" not in blacklist
    assert (q.decisions["C178"]["tier"], q.decisions["C178"]["abc_class"]) == ("B", "A")
    for readme in readmes:
        told = set(re.findall(r"C\d{3}", readme))
        assert told == {"C178", "C057", "C048", "C095", "C142", "C127", "C166", "C175", "C124"}


def test_prospects_and_complaints_came_to_all_ends(lived: Lived) -> None:
    prospects = Counter(state for _, state in lived.quarter.cases[DEVELOPMENT].now)
    assert prospects["filed"] > 0
    assert prospects["lost"] > 0
    assert prospects["visit"] > 0
    complaints = Counter(state for _, state in lived.quarter.cases[COMPLAINT].now)
    assert complaints["archived"] > 10
    assert sum(d.verdict == "breached" for d in lived.quarter.cases[COMPLAINT].deadlines) > 10
    entered = {m.target for m in lived.quarter.cases[COMPLAINT].moves}
    assert {"closed_unfounded", "closed_resolved", "offered", "follow_up"} <= entered
