"""Who brings the profit: classes with their shares, the Pareto curve, and what the top customers bring."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.text import Text
from kamflow.report.model import (
    COUNT,
    SHARE,
    Axis,
    Bars,
    Bound,
    Cell,
    Column,
    Curve,
    Label,
    Line,
    Report,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio, Series

ROLES = ("value", "revenue", "class")
TITLE = Text("Value by class", "客户价值与 ABC 类")
_TOP = (1, 5, 10, 20, 50)
_POINTS = 400
_PARTS = Axis(Text("Share of customers, best first", "客户占比（由高到低）"), 2, "%")


def report(p: Portfolio) -> Report:
    """Sum what customers bring by class; draw the curve of Pareto over those who bring something."""
    look = Lookup(p)
    value, revenue, classes = look.find("value"), look.find("revenue"), look.find("class")
    tables: list[Table] = []
    charts: list[Bars | Curve] = []
    measures = [m for m in dict.fromkeys((value, revenue)) if m is not None]
    for measure in dict.fromkeys(m.name for m in measures):
        look.gaps(next(m for m in measures if m.name == measure))
    if value is not None and p.count:
        ranked = _ranked(value)
        if not ranked:
            look.say(f"nobody has a {value.label.en.lower()} above zero", f"没有客户的{value.label.zh}大于零")
        bounds: tuple[Bound, ...] = ()
        if classes is not None:
            table = _by_class(look, value, classes)
            tables.append(table)
            charts.append(_bars(look, value, classes, table))
            bounds = _bounds(look, value, classes)
        if ranked:
            charts.append(_curve(value, ranked, bounds))
    tops = [m for m in measures if _ranked(m)]
    tops = [m for m in tops if m.scaled() == tops[0].scaled()]  # one column has one unit
    if tops:
        tables.append(_top(tops))
    return Report("value", TITLE, _definition(value), tuple(tables), tuple(charts), tuple(look.missing))


def _definition(value: Series | None) -> tuple[Text, ...]:
    name, zh = (value.label.en.lower(), value.label.zh or value.label.en) if value else ("profit", "利润")
    return (
        Text(
            "The class of a customer is the decision of the policy; as shipped (rules/portfolio.kam) sorted"
            " by profit, A up to 70% of all profit, B up to 90%, C the rest.",
            "客户的类别取自策略的决策（rules/portfolio.kam）：按利润由高到低排列，累计到 70%"
            " 为 A 类，到 90% 为"
            " B 类，其余为 C 类。",
        ),
        Text(
            f"Share = the {name} of those above zero in the class, divided by that of all above zero; losses"
            " are told beside it. Shares are rounded half up to 0.01%.",
            f"占比＝该类中{zh}大于零者之和÷全部大于零者之和；亏损另列。占比四舍五入到 0.01%。",
        ),
        Text(
            "The curve adds customers up from the best one; customers at or below zero are not on it.",
            "曲线从贡献最高的客户起累计；贡献不大于零的客户不在曲线上。",
        ),
    )


def _ranked(value: Series) -> list[int]:
    return sorted((v for v in value.numbers() if v is not None and v > 0), reverse=True)


def _by_class(look: Lookup, value: Series, classes: Series) -> Table:
    numbers, count = value.numbers(), look.portfolio.count
    whole = sum(v for v in numbers if v is not None and v > 0)
    rows: list[tuple[Cell, ...]] = []
    for member, text in look.members(classes):
        mine = [v for v, c in zip(numbers, classes.values, strict=True) if c == member]
        gains = sum(v for v in mine if v is not None and v > 0)
        losses = sum(v for v in mine if v is not None and v < 0)
        label = Label(_code(classes, member), text)
        rows.append((label, len(mine), ratio(len(mine), count), gains, ratio(gains, whole), losses))
    gone = sum(c is None for c in classes.values)
    if gone:
        look.say(f"{gone:,} have no class", f"{gone:,} 个客户没有类别")
    all_losses = sum(v for v in numbers if v is not None and v < 0)
    rows.append(
        (
            Label("all", Text("All", "合计")),
            count,
            ratio(count, count),
            whole,
            ratio(whole, whole),
            all_losses,
        )
    )
    return Table(
        "classes", Text(f"{value.label.en} by class", f"各类客户的{value.label.zh or value.label.en}"),
        (
            Column("class", Text("Class", "类别")),
            Column("customers", Text("Customers", "客户数"), COUNT),
            Column("share_of_customers", Text("Share of customers", "客户占比"), SHARE),
            Column(value.name, value.label, value.scaled()),
            Column("share", Text(f"Share of {value.label.en.lower()}", "占比"), SHARE),
            Column("losses", Text("Losses", "亏损"), value.scaled()),
        ),
        tuple(rows),
    )  # fmt: skip


def _code(series: Series, member: object) -> str:
    from kamflow.report.cells import code_of

    return code_of(series.ty, member)


def _bars(look: Lookup, value: Series, classes: Series, table: Table) -> Bars:
    rows = table.rows[:-1]
    titles = tuple(text for _, text in look.members(classes))
    return Bars(
        "classes", Text("Share of customers and of what they bring", "客户占比与贡献占比"), titles,
        (
            Line(Text("Customers", "客户"), tuple(_int(r[2]) for r in rows)),
            Line(value.label, tuple(_int(r[4]) for r in rows)),
        ),
        Axis(Text("Class", "类别")), Axis(Text("Share", "占比"), 2, "%"),
    )  # fmt: skip


def _int(cell: Cell) -> int | None:
    return cell if isinstance(cell, int) else None


def _bounds(look: Lookup, value: Series, classes: Series) -> tuple[Bound, ...]:
    """Return where each class but the last ends on the curve: customers and value up to there."""
    pairs = [(v, c) for v, c in zip(value.numbers(), classes.values, strict=True) if v is not None and v > 0]
    whole = sum(v for v, _ in pairs)
    found: list[Bound] = []
    people = worth = 0
    for member, text in look.members(classes)[:-1]:
        mine = [v for v, c in pairs if c == member]
        people, worth = people + len(mine), worth + sum(mine)
        across, up = ratio(people, len(pairs)), ratio(worth, whole)
        if mine and across is not None and up is not None:
            found.append(Bound(text, across, up))
    return tuple(found)


def _curve(value: Series, ranked: Sequence[int], bounds: tuple[Bound, ...]) -> Curve:
    n, whole, so_far = len(ranked), sum(ranked), 0
    step = max(1, n // _POINTS)
    points = [(0, 0)]
    for i, one in enumerate(ranked, 1):
        so_far += one
        if i % step == 0 or i == n:
            points.append((ratio(i, n) or 0, ratio(so_far, whole) or 0))
    up = Axis(
        Text(f"Share of {value.label.en.lower()}", f"{value.label.zh or value.label.en}累计占比"), 2, "%"
    )
    return Curve("pareto", Text("Pareto curve", "帕累托曲线"), tuple(points), bounds, _PARTS, up)


def _top(measures: Sequence[Series]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for measure in {m.name: m for m in measures}.values():
        ranked = _ranked(measure)
        whole = sum(ranked)
        for percent in _TOP:
            n = max(1, (2 * len(ranked) * percent + 100) // 200)
            part = sum(ranked[:n])
            rows.append((Label(measure.name, measure.label), percent * 100, n, part, ratio(part, whole)))
    ty = measures[0].scaled()
    return Table(
        "top", Text("What the best customers bring", "头部客户的贡献"),
        (
            Column("measure", Text("Measure", "指标")),
            Column("best", Text("The best", "头部"), SHARE),
            Column("customers", Text("Customers", "客户数"), COUNT),
            Column("brought", Text("They bring", "贡献"), ty),
            Column("share", Text("Share", "占比"), SHARE),
        ),
        tuple(rows),
        Text(
            "Of the customers above zero; their number is rounded half up, at least one.",
            "只计大于零的客户；客户数四舍五入，至少一个。",
        ),
    )  # fmt: skip
