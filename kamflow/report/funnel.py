"""The customer funnel: prospects, possible, ordinary, key and closed customers; how far cases came."""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.core.ty import EnumTy, strip_opt
from kamflow.report.cases import CaseFile
from kamflow.report.groups import CUSTOMERS, SHARE_OF_CUSTOMERS, count_bars
from kamflow.report.model import (
    COUNT,
    SHARE,
    Axis,
    Bars,
    Cell,
    Chart,
    Column,
    Label,
    Line,
    Report,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio, Series

ROLES = ("all_orders", "qualified", "tier", "legal_status")
TITLE = Text("Customer funnel", "客户漏斗")
_STEPS = (
    Label("prospect", Text("Prospect", "潜在客户")),
    Label("possible", Text("Possible", "意向客户")),
    Label("ordinary", Text("Ordinary", "普通客户")),
    Label("key", Text("Key", "大客户")),
    Label("closed", Text("Closed", "已关闭")),
)
_DEFINITION = (
    Text(
        "Each customer stands in one step. Closed: its legal status is not the first one"
        " (active). Key: it has"
        " orders, and its tier is in the upper half of the tiers. Ordinary: it has orders. Possible: no order"
        " yet, but qualified (need, fit and means). Prospect: all others.",
        "每个客户只在一个环节。已关闭：法律状态不是第一种（存续）；大客户：有订单且等级位于上半部分；普通客户：有订单；"
        "意向客户：尚无订单但已合格（需求、契合、支付能力）；其余为潜在客户。",
    ),
    Text(
        "Of cases: how many have ever entered a state, by the journal.",
        "实例漏斗：曾进入各阶段的实例数，以历史记录为准。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count customers by step of the funnel, and cases by the states that they came to."""
    look = Lookup(p)
    orders, qualified, tier, legal = (look.find(r) for r in ROLES)
    tables: list[Table] = []
    charts: list[Chart] = []
    if orders is not None and p.count:
        tables.append(_customers(p, orders, qualified, tier, legal))
        charts.append(count_bars(tables[-1], TITLE))
    if not p.cases:
        look.say(
            "no cases (--db): how far they came is not told", "没有实例（--db）：无法统计进入各阶段的数量"
        )
    for one in p.cases or ():
        if one.moves:
            table, chart = _cases(one)
            tables.append(table)
            charts.append(chart)
    return Report("funnel", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _customers(
    p: Portfolio, orders: Series, qualified: Series | None, tier: Series | None, legal: Series | None
) -> Table:
    counts = dict.fromkeys((s.code for s in _STEPS), 0)
    upper = _upper_half(tier)
    for i, n in enumerate(orders.numbers()):
        if legal is not None and legal.values[i] not in (None, 0):
            counts["closed"] += 1
        elif n:
            counts["key" if tier is not None and tier.values[i] in upper else "ordinary"] += 1
        else:
            counts["possible" if qualified is not None and qualified.values[i] is True else "prospect"] += 1
    rows: list[tuple[Cell, ...]] = [(s, counts[s.code], ratio(counts[s.code], p.count)) for s in _STEPS]
    columns = (Column("step", Text("Step", "环节")), CUSTOMERS, SHARE_OF_CUSTOMERS)
    return Table("funnel", TITLE, columns, tuple(rows))


def _upper_half(tier: Series | None) -> frozenset[int]:
    ty = strip_opt(tier.ty) if tier is not None else None
    if not isinstance(ty, EnumTy) or not ty.ordered:
        return frozenset()
    return frozenset(range((len(ty.members) + 1) // 2, len(ty.members)))


def _cases(one: CaseFile) -> tuple[Table, Bars]:
    entered: dict[str, set[str]] = defaultdict(set)
    for move in one.moves:
        entered[move.target].add(move.case)
    rows: list[tuple[Cell, ...]] = [
        (Label(s.id, s.label), len(entered[s.id]), ratio(len(entered[s.id]), len(one.now)))
        for s in one.states
    ]
    title = Text(
        f"{one.label.en}: cases that came so far", f"{one.label.zh or one.label.en}：曾进入各阶段的实例"
    )
    columns = (
        Column("state", Text("State", "阶段")), Column("cases", Text("Cases", "实例数"), COUNT),
        Column("share", Text("Share", "占比"), SHARE),
    )  # fmt: skip
    values = tuple(len(entered[s.id]) for s in one.states)
    cases = Text("Cases", "实例数")
    chart = Bars(
        f"{one.workflow}_funnel", title, tuple(s.label for s in one.states), (Line(cases, values),),
        Axis(Text("State", "阶段")), Axis(cases),
    )  # fmt: skip
    return Table(chart.name, title, columns, tuple(rows)), chart
