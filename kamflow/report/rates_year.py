"""Who was kept, lost and won back over the year, as rules/win_back.kam decides it: one class a customer.

Assumes: the policy's `movement`. Leaves: counts by class, and the rates that they make.
"""

from __future__ import annotations

from collections import Counter

from kamflow.base.text import Text
from kamflow.report.cells import code_of
from kamflow.report.groups import CUSTOMERS, SHARE_OF_CUSTOMERS, label_of
from kamflow.report.model import COUNT, SHARE, Cell, Column, Label, Table, ratio
from kamflow.report.portfolio import Lookup, Portfolio, Series
from kamflow.values.data import Value


def over_the_year(p: Portfolio, look: Lookup) -> list[Table]:
    """Return customers by class with the revenue that they had before, and the rates."""
    movement = look.find("movement")
    if movement is None:
        return []
    before = look.find("revenue_before", quiet=True)
    counts, money = Counter[Value](movement.values), Counter[Value]()
    for v, amount in zip(movement.values, before.numbers() if before is not None else (), strict=False):
        money[v] += amount or 0
    groups = [*(v for v, _ in look.members(movement)), *([None] if counts[None] else [])]
    rows: list[tuple[Cell, ...]] = [
        (
            label_of(look, movement, v), counts[v], ratio(counts[v], p.count),
            money[v] if before is not None else None,
        )
        for v in groups
    ]  # fmt: skip
    money_ty = before.scaled() if before is not None else COUNT
    label = before.label if before is not None else Text("Revenue before", "此前销售额")
    columns = (
        Column("movement", movement.label), CUSTOMERS, SHARE_OF_CUSTOMERS, Column("before", label, money_ty),
    )  # fmt: skip
    title = Text("Over the last 12 months", "近 12 个月")
    return [Table("year", title, columns, tuple(rows)), *_year_rates(movement, counts)]


def _year_rates(movement: Series, counts: Counter[Value]) -> list[Table]:
    named = {code_of(movement.ty, v): n for v, n in counts.items() if v is not None}
    kept, lost, back = (named.get(n, 0) for n in ("kept", "lost_now", "won_back"))
    if not {"kept", "lost_now", "won_back", "gone"} & named.keys():
        return []
    bought, away = kept + lost, back + named.get("gone", 0)
    rows: list[tuple[Cell, ...]] = [
        (_rate("churn", "Churn rate", "流失率"), lost, bought, ratio(lost, bought)),
        (_rate("retention", "Retention rate", "保留率"), kept, bought, ratio(kept, bought)),
        (_rate("win_back", "Win-back rate", "挽回率"), back, away, ratio(back, away)),
    ]
    columns = (
        Column("rate", Text("Rate", "比率")), Column("customers", Text("Customers", "客户数"), COUNT),
        Column("of", Text("Of", "基数"), COUNT), Column("share", Text("Rate", "比率"), SHARE),
    )  # fmt: skip
    note = Text(
        "Churn and retention are of those who bought in the 12 months before the last 12; win-back is of"
        " those who bought earlier, but not in them.",
        "流失率与保留率以上一个 12 个月有采购的客户为基数；挽回率以更早有采购、上一个 12"
        " 个月未采购的客户为基数。",
    )
    return [Table("year_rates", Text("Rates of the year", "年度比率"), columns, tuple(rows), note)]


def _rate(code: str, en: str, zh: str) -> Label:
    return Label(code, Text(en, zh))
