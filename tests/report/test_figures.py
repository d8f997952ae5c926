"""Each figure of a report, counted again by hand from the decisions of the public engine."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest

from kamflow.values.decision import Decision
from tests.report.conftest import AS_OF, Made

Decided = list[tuple[dict[str, object], Decision]]
D = Decimal


def percent(part: Decimal | int, whole: Decimal | int) -> str:
    """Return a share as data has it: rounded half up to 0.01 %, no zeros at the end."""
    text = str((D(part) * 100 / D(whole)).quantize(D("0.01"), ROUND_HALF_UP)).rstrip("0").rstrip(".")
    return f"{text}%"


def money(raw: dict[str, object], name: str) -> Decimal:
    return D(str(raw.get(name) or 0))


def test_value_by_class_is_the_sum_of_profits_above_zero(made: Made, decided: Decided) -> None:
    whole = sum(max(D(0), money(r, "profit_12m")) for r, _ in decided)
    for row in made.rows("value", "classes")[:-1]:
        mine = [money(r, "profit_12m") for r, d in decided if d.abc_class == row["class"]]
        gains = sum(m for m in mine if m > 0)
        assert row["customers"] == len(mine)
        assert row["profit_12m"] == f"{gains:.2f}"
        assert row["share"] == percent(gains, whole)
        assert row["losses"] == f"{sum((m for m in mine if m < 0), D(0)):.2f}"
    assert [r["class"] for r in made.rows("value", "classes")] == ["A", "B", "C", "all"]


def test_the_curve_ends_at_everything_and_bends_as_the_customers_are_sorted(
    made: Made, decided: Decided
) -> None:
    (curve,) = [c for c in made.report("value").charts if c.name == "pareto"]
    best = sorted((money(r, "profit_12m") for r, _ in decided if money(r, "profit_12m") > 0), reverse=True)
    assert curve.points[0] == (0, 0)
    assert curve.points[-1] == (10000, 10000)
    assert len(curve.points) == len(best) + 1
    for k in (1, 10, 50):
        at = D(curve.points[k][1]) / 100
        assert abs(at - sum(best[:k]) * 100 / sum(best)) <= D("0.005")
    a_class = [d for _, d in decided if d.abc_class == "A"]
    assert curve.bounds[0].across == int(D(10000 * len(a_class) / len(best)).quantize(D(1), ROUND_HALF_UP))


def test_rfm_counts_each_pair_of_scores_with_its_mean_money_score(made: Made, decided: Decided) -> None:
    pairs = Counter((d.recency_score, d.frequency_score) for _, d in decided)
    rows = {(r["recency"], r["frequency"]): r for r in made.rows("rfm", "rfm")}
    assert {k: r["customers"] for k, r in rows.items()} == dict(pairs)
    for (r, f), row in rows.items():
        scores = [D(d.money_score) for _, d in decided if (d.recency_score, d.frequency_score) == (r, f)]
        assert row["mean_money"] == str((sum(scores) / len(scores)).quantize(D("0.1"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("report", "table", "output"),
    [("rfm", "segments", "segment"), ("tiers", "tiers", "tier"), ("tiers", "review", "review_result"),
     ("churn", "risk", "risk_level"), ("concessions", "approval", "approval"),
     ("concessions", "cost_down_answer", "cost_down_answer"), ("credit", "risk", "credit_risk")],
)  # fmt: skip
def test_customers_of_a_class_are_those_that_the_engine_puts_there(
    made: Made, decided: Decided, report: str, table: str, output: str
) -> None:
    counts = Counter(str(d[output]) for _, d in decided)
    rows = made.rows(report, table)
    told = {r.get(output): r["customers"] for r in rows}
    assert {k: n for k, n in told.items() if n} == dict(counts)
    assert sum(r["customers"] for r in rows) == len(decided)
    for row in rows:
        if "sum_revenue_12m" in row:
            mine = [money(r, "revenue_12m") for r, d in decided if str(d[output]) == row[output]]
            assert row["sum_revenue_12m"] == f"{sum(mine, D(0)):.2f}"


def test_moves_and_their_directions_compare_the_record_with_the_review(made: Made, decided: Decided) -> None:
    moves = Counter((str(r.get("current_tier") or ""), str(d.next_tier)) for r, d in decided)
    told = {(r["current_tier"], r["next_tier"]): r["customers"] for r in made.rows("tiers", "moves")}
    assert told == dict(moves)
    order = "CBAS"
    up = sum(n for (a, b), n in moves.items() if a and order.index(b) > order.index(a))
    down = sum(n for (a, b), n in moves.items() if a and order.index(b) < order.index(a))
    told = {r["move"]: r["customers"] for r in made.rows("tiers", "directions")}
    first = sum(n for (a, _), n in moves.items() if not a)
    assert told == {"up": up, "down": down, "first": first, "stays": len(decided) - up - down - first}


def test_quadrants_split_at_half_the_wallet_and_the_median_revenue(made: Made, decided: Decided) -> None:
    known = [
        (D(r["share_of_wallet"]), money(r, "revenue_12m"), r) for r, _ in decided if r.get("share_of_wallet")
    ]
    middle = sorted(v for _, v, _ in known)[(len(known) - 1) // 2]
    told = {r["quadrant"]: r for r in made.rows("wallet", "quadrants")}
    large_open = [(v, r) for w, v, r in known if w < 50 and v >= middle]
    assert told["large_open"]["customers"] == len(large_open)
    rooms = [max(D(0), D(str(r["purchasing_power"])) - v) for v, r in large_open if r.get("purchasing_power")]
    assert told["large_open"]["room"] == f"{sum(rooms):.2f}"
    assert sum(r["customers"] for r in told.values()) == len(known)


def test_concessions_beyond_the_policy_are_counted_in_money(made: Made, decided: Decided) -> None:
    for row in made.rows("concessions", "concessions"):
        asking = [
            (r, d) for r, d in decided if d.tier == row["tier"] and D(str(r.get("discount_asked", 0))) > 0
        ]
        assert row["asking"] == len(asking)
        over, asked = D(0), D(0)
        for r, d in asking:
            volume = D(str(r["list_price"])) * int(r["order_quantity"]) * int(r["orders_12m"])
            asked += volume * D(str(r["discount_asked"])) / 100
            over += volume * max(D(0), D(str(r["discount_asked"])) - d.list_discount) / 100
        assert row["money_asked"] == str(asked.quantize(D("0.01"), ROUND_HALF_UP))
        assert row["money_beyond"] == str(over.quantize(D("0.01"), ROUND_HALF_UP))


def test_whoever_owes_more_than_the_limit_is_listed_most_first(made: Made, decided: Decided) -> None:
    over = {r["id"]: money(r, "receivables") - d.credit_limit for r, d in decided}
    over = {k: v for k, v in over.items() if v > 0}
    rows = made.rows("credit", "over_limit")
    assert {r["customer"]: D(r["over"]) for r in rows} == over
    assert [D(r["over"]) for r in rows] == sorted(over.values(), reverse=True)


def test_overdue_buckets_hold_everybody_once(made: Made, decided: Decided) -> None:
    told = {r["overdue"]: r for r in made.rows("credit", "overdue")}
    late = [(int(r.get("overdue_days", 0)), money(r, "receivables")) for r, _ in decided]
    assert told["31-60"]["customers"] == sum(31 <= d <= 60 for d, _ in late)
    assert told["31-60"]["owed"] == f"{sum(o for d, o in late if 31 <= d <= 60):.2f}"
    assert sum(r["customers"] for r in told.values()) == len(decided)


def test_open_complaints_are_aged_and_listed_oldest_first(made: Made, decided: Decided) -> None:
    def age(one: dict[str, str]) -> int:
        return (AS_OF - AS_OF.fromisoformat(one["received_on"])).days

    open_ = [(age(c), r["id"]) for r, _ in decided for c in r.get("complaints", ()) if not c.get("solved_on")]
    rows = made.rows("complaints", "oldest")
    assert sorted(((r["age"], r["customer"]) for r in rows), reverse=True) == sorted(open_, reverse=True)
    assert [r["age"] for r in rows] == sorted((a for a, _ in open_), reverse=True)
    told = {r["age"]: r["all"] for r in made.rows("complaints", "ageing")}
    assert told["8-30"] == sum(8 <= a <= 30 for a, _ in open_)
    solved = [c for r, _ in decided for c in r.get("complaints", ()) if c.get("solved_on")]
    assert sum(r["solved"] for r in made.rows("complaints", "solved")) == len(solved)


def test_every_action_is_listed_with_owner_and_day(made: Made, decided: Decided) -> None:
    every = Counter(
        (r["id"], "actions", a.action, a.owner, a.due.isoformat(), a.reason)
        for r, d in decided
        for a in d.actions
    )
    more = {
        "reminders": ("reminder", "remind", "remind_due"), "toolbox": ("tool", "tool_owner", "tool_due"),
        "parting": ("exit_step", "exit_owner", "exit_due"),
    }  # fmt: skip
    for name, parts in more.items():
        for r, d in decided:
            for line in d[name]:
                what, owner, due = (getattr(line, part) for part in parts)
                every[r["id"], name, what, owner, due.isoformat(), None] += 1
    rows = made.rows("actions", "actions")
    told = Counter((r["customer"], r["list"], r["action"], r["owner"], r["due"], r["reason"]) for r in rows)
    assert told == every
    assert {name for _, name, *_ in every} == {"actions", *more}  # the example has some of each
    assert [r["due"] for r in rows] == sorted(r["due"] for r in rows)
    owners = {r["owner"]: r["all"] for r in made.rows("actions", "owners")}
    assert owners == Counter(owner for _, _, _, owner, _, _ in every.elements())


def test_reasons_are_counted_and_told_apart_by_what_can_be_done(made: Made, decided: Decided) -> None:
    reasons = Counter(r["decline_reason"] for r, _ in decided if r.get("decline_reason"))
    told = {r["decline_reason"]: r["customers"] for r in made.rows("losses", "decline_reason")}
    assert {k: n for k, n in told.items() if k and n} == dict(reasons)
    kinds = {r["kind"]: r["customers"] for r in made.rows("losses", "decline_reason_controllable")}
    assert kinds == {
        "controllable": sum(reasons.values()) - reasons["own_business"],
        "not": reasons["own_business"],
    }


def test_the_funnel_has_everybody_in_one_step(made: Made, decided: Decided) -> None:
    told = {r["step"]: r["customers"] for r in made.rows("funnel", "funnel")}
    bought = [(r, d) for r, d in decided if r["orders_12m"] and r.get("legal_status", "active") == "active"]
    assert told["key"] == sum(d.tier in ("S", "A") for _, d in bought)
    assert told["ordinary"] == sum(d.tier in ("B", "C") for _, d in bought)
    assert sum(told.values()) == len(decided)
