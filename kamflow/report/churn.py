"""Who may leave: risk by tier, revenue at risk, and the plays that the policy proposes."""

from __future__ import annotations

from dataclasses import replace

from kamflow.base.text import Text
from kamflow.report.groups import by_class, count_bars, crossed
from kamflow.report.model import Axis, Bars, Chart, Heat, Line, Report, Table
from kamflow.report.portfolio import Lookup, Portfolio

ROLES = ("risk", "tier", "play", "revenue")
TITLE = Text("Churn risk", "流失风险")
_DEFINITION = (
    Text(
        "The risk is the decision of the policy (rules/retention.kam): seven weighted warning signals make a"
        " score; alarm from 40, warning from 25 as shipped.",
        "风险取自策略的决策（rules/retention.kam）：七个加权预警信号合成评分，出厂设置 40"
        " 分起为警报，25 分起为预警。",
    ),
    Text(
        "Revenue at risk is the revenue of the last 12 months of the customers at that level.",
        "风险涉及的销售额为该级别客户近 12 个月销售额之和。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count risk levels by tier, revenue by risk, plays by risk."""
    look = Lookup(p)
    risk, tier, play, revenue = (look.find(r) for r in ROLES)
    tables: list[Table] = []
    charts: list[Chart] = []
    if risk is not None and p.count:
        sums = [revenue] if revenue is not None else []
        tables.append(by_class(look, "risk", Text("Customers by risk", "各风险级别客户"), risk, sums))
        if revenue is not None:
            at_risk = count_bars(tables[-1], Text("Revenue by risk", "各风险级别的销售额"), 3)
            charts.append(replace(at_risk, name="risk_revenue"))
        if tier is not None:
            table, heat = crossed(look, "risk_by_tier", Text("Risk by tier", "各等级的流失风险"), risk, tier)
            tables.append(table)
            charts.append(_stacked(heat))
        if play is not None:
            table, heat = crossed(look, "plays", Text("Plays by risk", "各风险级别的挽留方案"), play, risk)
            tables.append(table)
            used = [i for i, row in enumerate(heat.cells) if any(row)]
            rows, cells = tuple(heat.rows[i] for i in used), tuple(heat.cells[i] for i in used)
            charts.append(replace(heat, rows=rows, cells=cells))
    return Report("churn", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _stacked(heat: Heat) -> Bars:
    series = tuple(Line(row, cells) for row, cells in zip(heat.rows, heat.cells, strict=True))
    return Bars(
        heat.name, heat.title, heat.columns, series, Axis(heat.across), heat.value, stacked=True, alarm=True
    )
