"""Recency, frequency, money: how many customers stand where, what they are worth, and the segments."""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.report.groups import CUSTOMERS, HOW_MANY, by_class, count_bars
from kamflow.report.model import COUNT, TENTHS, Axis, Cell, Chart, Column, Heat, Report, Table, ratio
from kamflow.report.portfolio import Lookup, Portfolio, Series

ROLES = ("recency", "frequency", "money", "segment", "revenue")
TITLE = Text("RFM", "RFM 分析")
_DEFINITION = (
    Text(
        "Scores for recency, frequency and money are decisions of the policy (rules/tiering.kam): 1 is the"
        " lowest, 5 the best.",
        "近度、频度、额度评分取自策略的决策（rules/tiering.kam）：1 最低，5 最好。",
    ),
    Text(
        "The first map counts the customers of each pair of recency and frequency; the second gives the mean"
        " money score of these, rounded half up to 0.1.",
        "第一张图为各“近度×频度”格中的客户数；第二张图为格中客户额度评分的平均值，四舍五入到 0.1。",
    ),
    Text("Segments are decisions of the policy as well.", "客群同样取自策略的决策。"),
)


def report(p: Portfolio) -> Report:
    """Map customers by recency and frequency; sum revenue by segment."""
    look = Lookup(p)
    recency, frequency, money = look.find("recency"), look.find("frequency"), look.find("money")
    segment, revenue = look.find("segment"), look.find("revenue")
    tables: list[Table] = []
    charts: list[Chart] = []
    if recency is not None and frequency is not None and p.count:
        table, heats = _maps(recency, frequency, money)
        tables.append(table)
        charts += heats
    if segment is not None and p.count:
        title = Text("Segments", "客群")
        tables.append(by_class(look, "segments", title, segment, [revenue] if revenue else []))
        charts.append(count_bars(tables[-1], Text("Customers by segment", "各客群的客户数")))
        if revenue is not None:
            made = count_bars(tables[-1], Text("Revenue by segment", "各客群的销售额"), 3)
            charts.append(_named(made))
    return Report("rfm", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _named(chart: Chart) -> Chart:
    from dataclasses import replace

    return replace(chart, name="segment_revenue")


def _maps(recency: Series, frequency: Series, money: Series | None) -> tuple[Table, list[Heat]]:
    r_values, f_values = recency.numbers(), frequency.numbers()
    counts: dict[tuple[int, int], int] = defaultdict(int)
    points: dict[tuple[int, int], int] = defaultdict(int)
    m_values = money.numbers() if money is not None else [None] * len(r_values)
    for r, f, m in zip(r_values, f_values, m_values, strict=True):
        if r is not None and f is not None:
            counts[r, f] += 1
            points[r, f] += m or 0
    down = sorted({1, 2, 3, 4, 5} | {r for r, _ in counts}, reverse=True)
    across = sorted({1, 2, 3, 4, 5} | {f for _, f in counts})
    mean = {at: ratio(points[at], n, 1) for at, n in counts.items()}
    rows: list[tuple[Cell, ...]] = [
        (r, f, counts[r, f], mean[r, f] if money is not None else None)
        for r in down for f in across if counts.get((r, f))
    ]  # fmt: skip
    table = Table(
        "rfm", Text("Customers by recency and frequency", "各近度与频度的客户数"),
        (
            Column("recency", recency.label, COUNT), Column("frequency", frequency.label, COUNT),
            CUSTOMERS, Column("mean_money", Text("Mean money score", "平均额度评分"), TENTHS),
        ),
        tuple(rows),
    )  # fmt: skip
    titles = tuple(Text(str(r)) for r in down), tuple(Text(str(f)) for f in across)
    heats = [
        Heat(
            "rfm_customers",
            Text("Customers by recency and frequency", "各近度与频度的客户数"),
            *titles,
            tuple(tuple(counts.get((r, f), 0) for f in across) for r in down),
            recency.label,
            frequency.label,
            HOW_MANY,
        )
    ]
    if money is not None:
        heats.append(
            Heat(
                "rfm_money",
                Text("Mean money score", "平均额度评分"),
                *titles,
                tuple(tuple(mean.get((r, f)) for f in across) for r in down),
                recency.label,
                frequency.label,
                Axis(money.label, 1),
            )
        )
    return table, heats
