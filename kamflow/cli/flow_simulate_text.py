"""Simulations for people: tables on a terminal."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.cli import flow_options as on
from kamflow.cli.console import put
from kamflow.cli.flow_simulate_json import decimal, hours

if TYPE_CHECKING:
    from kamflow.app.simulate import Simulation, Variant
    from kamflow.flow.complaints_simulated import Complaints
    from kamflow.flow.published import Published
    from kamflow.flow.simulated import Simulated

_MONTHS = 12  # lines of the monthly table


def show(settings: Settings, done: Simulation) -> None:
    """Write what came of a simulation: a grid as one table, else everything."""
    if len(done.variants) > 1:
        _grid(settings, done.variants)
    else:
        variant = done.variants[0]
        _months(settings, variant)
        _moves(settings, variant)
        _stays(settings, variant)
        _figures(settings, variant.result)
    if done.complaints is not None and done.complaint_workflow is not None:
        put("\n")
        _complaints(settings, done.complaints, done.complaint_workflow)


def _labels(settings: Settings, published: Published) -> dict[str, str]:
    return {s.id.text: visible(s.label.in_(settings.lang)) for s in published.workflow.states}


def _percent(value: Fraction | None) -> str:
    return "–" if value is None else f"{decimal(100 * value, 1)}%"


def _months(settings: Settings, variant: Variant) -> None:
    s, labels = variant.result, _labels(settings, variant.published)
    step = -(-len(s.months) // _MONTHS)
    shown = s.months[step - 1 :: step]  # ends of quarters where three years are shown
    titles = [Text("Month", "月份"), *(Text(labels[x], labels[x]) for x in s.states)]
    rows = [(m.month, *(f"{n:,}" for n in m.customers)) for m in shown]
    on.put_table(settings, titles, rows, range(1, len(titles)))
    put("\n")


def _moves(settings: Settings, variant: Variant) -> None:
    labels = _labels(settings, variant.published)
    titles = [Text("Move", "迁移"), Text("From", "从"), Text("To", "到"), Text("Times", "次数")]
    rows = [
        (visible(x.transition), labels[x.source], labels[x.target], f"{x.count:,}")
        for x in variant.result.steps
    ]
    on.put_table(settings, titles, rows, (3,))
    put("\n")


def _stays(settings: Settings, variant: Variant) -> None:
    labels = _labels(settings, variant.published)
    titles = [
        Text("Stage", "阶段"),
        Text("Stays ended", "结束次数"),
        Text("Mean days", "平均天数"),
        Text("Share of time", "时间占比"),
    ]
    rows = [
        (labels[x.state], f"{x.ended:,}", decimal(x.mean_days, 0) or "–", _percent(x.share))
        for x in variant.result.stays
    ]
    on.put_table(settings, titles, rows, (1, 2, 3))
    put("\n")


def _figures(settings: Settings, s: Simulated) -> None:
    a, i = s.counted("approvals"), s.counted("incidents")
    rows = [
        (
            Text("Reversals within 180 days, a customer-year", "180天内反复（每客户年）"),
            decimal(s.reversals_a_year, 3),
        ),
        (
            Text("Share in decline, of those in co-operation", "衰退期占合作客户比例"),
            _percent(s.share_in_decline),
        ),
        (Text("Really declining, of the same", "其中真实衰退占比"), _percent(s.really_losing)),
        (Text("In decline who really decline", "衰退期中确在衰退"), _percent(s.seen.right)),
        (Text("Real decline of 120 days that is seen", "真实衰退满120天者被识别"), _percent(s.seen.found)),
        (Text("Won back · lost", "赢回 · 流失"), f"{s.of_kind('winback'):,} · {s.of_kind('exit'):,}"),
        (
            Text("Approvals: granted · rejected · timed out", "审批：通过 · 驳回 · 超时"),
            f"{a.get('approved', 0):,} · {a.get('rejected', 0):,} · {a.get('timed_out', 0):,}",
        ),
        (
            Text("Incidents: ambiguous · facts missing for long", "异常：歧义 · 长期缺数据"),
            f"{i.get('ambiguous', 0):,} · {i.get('stale_facts', 0):,}",
        ),
        (
            Text("Customer-years · reviews", "客户年 · 评审次数"),
            f"{decimal(s.customer_years, 0)} · {s.count('reviews'):,}",
        ),
    ]
    shown = [(name.in_(settings.lang), value or "–") for name, value in rows]
    on.put_table(settings, [Text("Figure", "指标"), Text("Value", "数值")], shown, (1,))


def _grid(settings: Settings, variants: tuple[Variant, ...]) -> None:
    titles = [
        Text("Tried", "取值"),
        Text("Reversals a year", "年反复次数"),
        Text("In decline", "衰退占比"),
        Text("Rightly", "确在衰退"),
        Text("Found", "被识别"),
        Text("Won back", "赢回"),
        Text("Lost", "流失"),
        Text("Incidents", "异常"),
    ]
    rows = [
        (
            " ".join(v.tried),
            decimal(v.result.reversals_a_year, 3) or "–",
            _percent(v.result.share_in_decline),
            _percent(v.result.seen.right),
            _percent(v.result.seen.found),
            f"{v.result.of_kind('winback'):,}",
            f"{v.result.of_kind('exit'):,}",
            f"{sum(v.result.counted('incidents').values()):,}",
        )
        for v in variants
    ]
    on.put_table(settings, titles, rows, range(1, len(titles)))


def _complaints(settings: Settings, c: Complaints, published: Published) -> None:
    labels = {s.id.text: visible(s.label.in_(settings.lang)) for s in published.workflow.slas}
    zh = settings.lang is Lang.ZH
    put(
        f"{c.cases:,} 件投诉，{c.closed:,} 件结案（中位 {hours(c.median)} 工作小时，"
        f"九成在 {hours(c.ninth)} 小时内），{c.reopened:,} 件重开\n\n"
        if zh
        else f"{c.cases:,} complaints, {c.closed:,} closed (half within {hours(c.median)} working hours, "
        f"nine in ten within {hours(c.ninth)}), {c.reopened:,} reopened\n\n"
    )
    titles = [
        Text("Deadline", "时限"),
        Text("Met", "按时"),
        Text("Missed", "超时"),
        Text("Share missed", "超时率"),
        Text("Exempt", "豁免"),
        Text("Open", "未结"),
    ]
    rows = [
        (
            labels[d.sla], f"{d.met:,}", f"{d.breached:,}",
            _percent(Fraction(d.breached, d.met + d.breached) if d.met + d.breached else None),
            f"{d.exempt:,}", f"{d.running:,}",
        )
        for d in c.deadlines
    ]  # fmt: skip
    on.put_table(settings, titles, rows, range(1, 6))
    ladder = {str(x.level): visible(x.label.in_(settings.lang)) for x in published.workflow.ladder.levels}
    if c.levels:
        put("\n")
        titles = [Text("Escalated to", "升级至"), Text("Times", "次数")]
        on.put_table(settings, titles, [(ladder.get(n, n), f"{k:,}") for n, k in c.levels], (1,))
