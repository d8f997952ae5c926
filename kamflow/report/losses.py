"""Why customers decline or are lost: reasons by tier, with revenue, and whether we could have acted."""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.report.cells import code_of
from kamflow.report.groups import SHARE_OF_CUSTOMERS, by_class, count_bars, crossed
from kamflow.report.model import COUNT, Bars, Cell, Chart, Column, Label, Report, Table, ratio
from kamflow.report.portfolio import Lookup, Portfolio, Series

ROLES = ("decline_reason", "loss_reason", "tier", "revenue")
TITLE = Text("Reasons for decline and loss", "衰退与流失原因")
OUT_OF_OUR_HANDS = frozenset({"own_business", "demand", "insolvency"})
_DEFINITION = (
    Text(
        "Reasons are fields of the record. Shares are of all customers, also of those"
        " without a reason; whether it"
        " is controllable is asked of those with one.",
        "原因取自客户档案字段。占比以全部客户为基数（含未填写者）；是否可控只统计已填写者。",
    ),
    Text(
        "Out of our hands: the customer's own business, no more demand, insolvency. All other reasons are"
        " controllable.",
        "不可控原因：客户自身经营、需求消失、破产；其余均为可控原因。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count reasons by tier, and the controllable ones."""
    look = Lookup(p)
    tier, revenue = look.find("tier"), look.find("revenue")
    tables: list[Table] = []
    charts: list[Chart] = []
    for role in ("decline_reason", "loss_reason"):
        reason = look.find(role)
        if reason is None or not p.count:
            continue
        if all(v is None for v in reason.values):
            look.say(
                f"no record has a {reason.label.en.lower()} ({reason.name})",
                f"没有任何记录填写{reason.label.zh or reason.label.en}（{reason.name}）",
            )
            continue
        sums = [revenue] if revenue is not None else []
        table = by_class(look, role, reason.label, reason, sums)
        tables.append(table)
        charts.append(_given_only(count_bars(table, reason.label)))
        if tier is not None:
            title = Text(f"{reason.label.en} by tier", f"各等级的{reason.label.zh or reason.label.en}")
            known = _known(reason, tier)
            tables.append(crossed(look, f"{role}_by_tier", title, *known)[0])
        tables.append(_controllable(role, reason))
    return Report("losses", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _known(reason: Series, tier: Series) -> tuple[Series, Series]:
    """Return both for the records that have a reason."""
    at = [i for i, v in enumerate(reason.values) if v is not None]
    return (
        Series(reason.name, reason.label, reason.ty, [reason.values[i] for i in at]),
        Series(tier.name, tier.label, tier.ty, [tier.values[i] for i in at]),
    )


def _given_only(chart: Bars) -> Bars:
    """Leave those without a reason off the picture; the table has them."""
    from dataclasses import replace

    (line,) = chart.series
    if chart.categories[-1].en != "(not given)":
        return chart
    return replace(chart, categories=chart.categories[:-1], series=(replace(line, values=line.values[:-1]),))


def _controllable(role: str, reason: Series) -> Table:
    counts: dict[bool, int] = defaultdict(int)
    for v in reason.values:
        if v is not None:
            counts[code_of(reason.ty, v) not in OUT_OF_OUR_HANDS] += 1
    all_ = sum(counts.values())
    rows: list[tuple[Cell, ...]] = [
        (Label("controllable", Text("Controllable", "可控")), counts[True], ratio(counts[True], all_)),
        (Label("not", Text("Out of our hands", "不可控")), counts[False], ratio(counts[False], all_)),
    ]
    columns = (
        Column("kind", Text("Kind", "类型")), Column("customers", Text("Customers", "客户数"), COUNT),
        SHARE_OF_CUSTOMERS,
    )  # fmt: skip
    title = Text(f"{reason.label.en}: controllable?", f"{reason.label.zh or reason.label.en}：是否可控")
    return Table(f"{role}_controllable", title, columns, tuple(rows))
