"""Tiers: how many customers each has and what they bring; who moves in the review."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.core.ty import EnumTy, strip_opt
from kamflow.report.groups import by_class, count_bars, crossed
from kamflow.report.model import COUNT, SHARE, Cell, Chart, Column, Label, Report, Table, ratio
from kamflow.report.portfolio import Lookup, Portfolio, Series

ROLES = ("tier", "tier_before", "tier_after", "review_result", "revenue", "value")
TITLE = Text("Tiers and their moves", "客户等级与等级变动")
_DEFINITION = (
    Text(
        "The tier is the decision of the policy; sums are of all customers of the tier, losses included.",
        "客户等级取自策略的决策；金额为该等级全部客户之和，含亏损。",
    ),
    Text(
        "Moves compare the tier in the record with the tier after the review (rules/review.kam). Customers"
        " without a tier in the record are new: they neither rise nor fall.",
        "变动比较档案中的等级与评审后的等级（rules/review.kam）。档案中没有等级的客户为首次定级，不计升降。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count and sum by tier; count the moves from tier to tier."""
    look = Lookup(p)
    tier, before, after = look.find("tier"), look.find("tier_before"), look.find("tier_after")
    result, revenue, value = look.find("review_result", quiet=True), look.find("revenue"), look.find("value")
    tables: list[Table] = []
    charts: list[Chart] = []
    if tier is not None and p.count:
        sums = list({m.name: m for m in (revenue, value) if m is not None}.values())
        tables.append(by_class(look, "tiers", Text("Customers by tier", "各等级客户"), tier, sums))
        charts.append(count_bars(tables[-1], Text("Customers by tier", "各等级客户数")))
    if before is not None and after is not None and p.count:
        if all(v is None for v in before.values):
            look.say(
                f"no customer has a tier until today ({before.name}): nobody moves",
                f"所有客户都没有此前等级（{before.name}），无从比较变动",
            )
        else:
            title = Text("Moves of the review: from → to", "评审变动：由 → 至")
            table, heat = crossed(look, "moves", title, before, after, matrix=True)
            tables += [table, _directions(before, after)]
            charts.append(heat)
    if result is not None and p.count:
        tables.append(by_class(look, "review", Text("Results of the review", "评审结果"), result, []))
    return Report("tiers", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _directions(before: Series, after: Series) -> Table:
    """Count who rises, stays and falls; needs an order of tiers for that, else who moves at all."""
    pairs = [
        (a, b)
        for a, b in zip(before.numbers(), after.numbers(), strict=True)
        if a is not None and b is not None
    ]
    ty = strip_opt(before.ty)
    up, down = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
    stays, first = len(pairs) - up - down, sum(v is None for v in before.values)
    if isinstance(ty, EnumTy) and ty.ordered:
        lines = [
            ("up", Text("Up", "升级"), up),
            ("stays", Text("Stays", "不变"), stays),
            ("down", Text("Down", "降级"), down),
        ]
    else:
        lines = [("moves", Text("Moves", "变动"), up + down), ("stays", Text("Stays", "不变"), stays)]
    lines.append(("first", Text("First tier", "首次定级"), first))
    rows: list[tuple[Cell, ...]] = [
        (Label(code, text), n, ratio(n, len(before.values))) for code, text, n in lines
    ]
    columns = (
        Column("move", Text("Move", "变动")), Column("customers", Text("Customers", "客户数"), COUNT),
        Column("share_of_customers", Text("Share of customers", "客户占比"), SHARE),
    )  # fmt: skip
    return Table("directions", Text("Up, down, unchanged", "升级、降级与不变"), columns, tuple(rows))
