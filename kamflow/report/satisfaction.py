"""Satisfaction against loyalty: who is satisfied and loyal, who is held against its will, what hurts.

Assumes: decisions of rules/satisfaction.kam and rules/loyalty.kam, or others in their roles. Leaves: exact
means; who was not surveyed, or whose loyalty is not known, is said.
"""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.core.ty import INT128, NUMBER, TEXT, EnumTy, ScaledTy, strip_opt
from kamflow.report.cells import code_of
from kamflow.report.groups import CUSTOMERS, by_class, count_bars, crossed, label_of
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
    Points,
    Report,
    Scatter,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio, Series
from kamflow.values.data import TypedRecord, Value
from kamflow.values.dates import add_months

ROLES = ("satisfaction", "gap", "loyalty", "wallet", "surveys", "weakest", "revenue")
TITLE = Text("Satisfaction and loyalty", "满意度与忠诚度")
_HUNDREDTHS = ScaledTy(NUMBER, 2, -INT128, INT128)
_DIMENSIONS = (
    Label("tangibles", Text("Tangibles", "有形性")),
    Label("reliability", Text("Reliability", "可靠性")),
    Label("responsiveness", Text("Responsiveness", "响应性")),
    Label("assurance", Text("Assurance", "保证性")),
    Label("empathy", Text("Empathy", "移情性")),
)
_QUADRANTS = (
    Label("leaving", Text("Dissatisfied, small share", "不满意，份额低")),
    Label("visiting", Text("Satisfied, small share", "满意，份额低")),
    Label("held", Text("Dissatisfied, large share", "不满意，份额高")),
    Label("friends", Text("Satisfied, large share", "满意，份额高")),
)
_CAPTIVE, _AT_RISK = "captive", "at_risk"
_LARGE = 50  # percent; the policy's `main_supplier_from` counts before it
_DEFINITION = (
    Text(
        "Satisfaction = service received − service expected (PS − ES), the mean over the surveys that still"
        " count, with the weights of the five dimensions (rules/satisfaction.kam). Below 0 a customer is"
        " dissatisfied.",
        "满意度＝感知服务－期望服务（PS－ES），按五个维度加权，取有效期内各份调查的平均值"
        "（rules/satisfaction.kam）。小于 0 为不满意。",
    ),
    Text(
        "Loyalty is the class of rules/loyalty.kam, of share of wallet and attitude together: loyal (main"
        " part, prefers us), habitual, at risk, captive (would leave if it could).",
        "忠诚类型取自 rules/loyalty.kam，由钱包份额与态度共同判定：忠诚型（份额高且倾向我方）、习惯型、"
        "风险型、"
        "锁定型（想走但走不了）。",
    ),
    Text(
        "In the picture a share is large from 50% (`main_supplier_from`). Dissatisfied with a large share:"
        " kept by habit or ties, lost as soon as they loosen.",
        "图中钱包份额达到 50%（main_supplier_from）为高。不满意而份额高：靠习惯或约束维系，"
        "一旦松动即会流失。",
    ),
    Text(
        "Dimensions: each survey that still counts (of the last 12 months, `surveys_count_for`) weighs the"
        " same; mean received, mean expected, and received less expected, on a scale of 1 to 5.",
        "各维度：有效期内（近 12 个月，surveys_count_for）的每份调查权重相同；列出平均感知、"
        "平均期望及二者之差，"
        "量表为 1–5 分。",
    ),
)


def report(p: Portfolio) -> Report:
    """Cross satisfaction with loyalty, sum up the dimensions, list who is dissatisfied and captive."""
    look = Lookup(p)
    tables: list[Table] = []
    charts: list[Chart] = []
    if p.count:
        found = {r: look.find(r, quiet=r in {"wallet", "weakest", "revenue"}) for r in ROLES}
        made, drawn = _classes(look, found)
        tables, charts = [*made], [*drawn]
        gap, wallet = found["gap"], found["wallet"]
        if gap is not None and wallet is not None:
            tables_, charts_ = _quadrants(look, gap, wallet, found["loyalty"])
            tables += tables_
            charts += charts_
        elif gap is not None:
            look.say("there is no share of wallet: no quadrants", "没有钱包份额：无法划分四象限")
        tables += _unhappy(look, found)
        if found["surveys"] is not None:
            made, drawn = _dimensions(look, found["surveys"])
            tables += made
            charts += drawn
    return Report("satisfaction", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _classes(look: Lookup, found: dict[str, Series | None]) -> tuple[list[Table], list[Chart]]:
    satisfaction, loyalty, revenue = found["satisfaction"], found["loyalty"], found["revenue"]
    tables: list[Table] = []
    charts: list[Chart] = []
    if loyalty is not None:
        table = by_class(
            look, "loyalty", Text("Customers by loyalty", "各忠诚类型客户"), loyalty,
            [revenue] if revenue is not None else [],
        )  # fmt: skip
        tables.append(table)
        charts.append(count_bars(table, table.title))
        _say_unknown(look, loyalty, Text("loyalty is not known", "忠诚类型未知"))
    if satisfaction is not None:
        _say_unknown(look, satisfaction, Text("no survey still counts", "没有有效期内的调查"))
        if loyalty is not None:
            title = Text("Satisfaction by loyalty", "满意度与忠诚类型")
            made, heat = crossed(look, "matrix", title, satisfaction, loyalty)
            tables.append(made)
            charts.append(heat)
    return tables, charts


_UNKNOWN = frozenset({"not_known", "not_surveyed"})


def _say_unknown(look: Lookup, series: Series, what: Text) -> None:
    n = sum(v is None or code_of(series.ty, v) in _UNKNOWN for v in series.values)
    if n:
        all_ = look.portfolio.count
        look.say(f"{n:,} of {all_:,} customers: {what.en}", f"{all_:,} 个客户中有 {n:,} 个{what.zh}")


def _quadrants(
    look: Lookup, gap: Series, wallet: Series, loyalty: Series | None
) -> tuple[list[Table], list[Chart]]:
    both = [
        (i, g, w)
        for i, (g, w) in enumerate(zip(gap.numbers(), wallet.numbers(), strict=True))
        if g is not None and w is not None
    ]
    if not both:
        look.say(
            "nobody has both a survey that counts and a share of wallet: no quadrants",
            "没有客户同时具备有效调查与钱包份额：无法划分四象限",
        )
        return [], []
    lacks = look.portfolio.count - len(both)
    if lacks:
        look.say(
            f"quadrants: {lacks:,} of {look.portfolio.count:,} lack a survey that counts or a share of"
            f" wallet",
            f"四象限：{look.portfolio.count:,} 个客户中有 {lacks:,} 个缺少有效调查或钱包份额",
        )
    scale = wallet.scaled().scale
    large = look.portfolio.parameter("main_supplier_from", _LARGE * int(10**scale), scale)
    counts = [0] * 4
    for _, g, w in both:
        counts[(g >= 0) + 2 * (w >= large)] += 1
    rows: list[tuple[Cell, ...]] = [
        (q, counts[i], ratio(counts[i], len(both))) for i, q in enumerate(_QUADRANTS)
    ]
    columns = (
        Column("quadrant", Text("Quadrant", "象限")), CUSTOMERS,
        Column("share", Text("Share of those surveyed", "占已调查客户"), SHARE),
    )  # fmt: skip
    title = Text("Satisfaction and share of wallet", "满意度与钱包份额")
    return [Table("quadrants", title, columns, tuple(rows))], [
        _scatter(look, title, both, (gap, wallet, loyalty), large)
    ]


def _scatter(
    look: Lookup, title: Text, both: list[tuple[int, int, int]],
    series: tuple[Series, Series, Series | None], large: int,
) -> Scatter:  # fmt: skip
    gap, wallet, loyalty = series
    groups: dict[Value, list[tuple[int, int]]] = defaultdict(list)
    for i, g, w in both:
        groups[loyalty.values[i] if loyalty is not None else None].append((g, w))
    order: list[Value] = [v for v, _ in look.members(loyalty)] if loyalty is not None else []
    points = tuple(
        Points(
            label_of(look, loyalty, v).text if loyalty is not None else CUSTOMERS.title, tuple(groups[v])
        )
        for v in [*order, None] if v in groups
    )  # fmt: skip
    a, b, c, d = (q.text for q in _QUADRANTS)
    return Scatter(
        "quadrants", title, points, Axis(gap.label, gap.scaled().scale),
        Axis(wallet.label, wallet.scaled().scale, "%"), (0, large), (a, b, c, d),
    )  # fmt: skip


def _unhappy(look: Lookup, found: dict[str, Series | None]) -> list[Table]:
    """List who is dissatisfied and captive, then who is dissatisfied and at risk; the worst first."""
    gap, loyalty = found["gap"], found["loyalty"]
    if gap is None or loyalty is None:
        return []
    revenue, weakest, wallet = found["revenue"], found["weakest"], found["wallet"]
    p = look.portfolio
    chosen: list[tuple[int, int, int]] = []
    for i, (g, v) in enumerate(zip(gap.numbers(), loyalty.values, strict=True)):
        code = code_of(loyalty.ty, v) if v is not None else ""
        if g is not None and g < 0 and code in {_CAPTIVE, _AT_RISK}:
            chosen.append((code == _AT_RISK, g, i))
    more = [s for s in (wallet, revenue, weakest) if s is not None]
    rows: list[tuple[Cell, ...]] = [
        (
            p.ids[i], label_of(look, loyalty, loyalty.values[i]), g,
            *(label_of(look, s, s.values[i]) if isinstance(strip_opt(s.ty), EnumTy) else s.values[i]
              for s in more),
        )
        for _, g, i in sorted(chosen)
    ]  # fmt: skip
    columns = (
        Column("customer", Text("Customer", "客户"), TEXT), Column("loyalty", loyalty.label),
        Column("gap", gap.label, gap.scaled()),
        *(Column(s.name, s.label, None if isinstance(strip_opt(s.ty), EnumTy) else s.ty) for s in more),
    )  # fmt: skip
    title = Text("Dissatisfied and captive, or at risk", "不满意的锁定型与风险型客户")
    return [Table("unhappy", title, columns, tuple(rows), shown=30)]


# ---- the five dimensions


def _dimensions(look: Lookup, surveys: Series) -> tuple[list[Table], list[Chart]]:
    p = look.portfolio
    for_months = p.parameter("surveys_count_for", 12)
    kept: list[TypedRecord] = []
    every = 0
    for many in surveys.lists():
        for one in many:
            every += 1
            on = one.fields.get("surveyed_on")
            if isinstance(on, int) and on <= p.day < add_months(on, for_months, clamp=True):
                kept.append(one)
    if every > len(kept):
        look.say(
            f"{every - len(kept):,} of {every:,} surveys no longer count, or lie after the day of the report",
            f"{every:,} 份调查中有 {every - len(kept):,} 份已过有效期或晚于报告日",
        )
    rows: list[tuple[Cell, ...]] = []
    for label in _DIMENSIONS:
        pairs = [
            (got, wanted)
            for one in kept
            if isinstance(got := one.fields.get(f"{label.code}_received"), int)
            and isinstance(wanted := one.fields.get(f"{label.code}_expected"), int)
        ]
        if pairs:
            n, got, wanted = len(pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
            mean = (ratio(wanted, n, 2), ratio(got, n, 2), ratio(got - wanted, n, 2))
            below = sum(a < b for a, b in pairs)
            weight = f"weight_{label.code}"
            known = p.parameter(weight, 0, SHARE.scale) if weight in p.program.params else None
            rows.append((label, n, *mean, below, known))
    if not rows:
        look.say(
            "no survey that still counts has the five dimensions: no means of them",
            "没有含五个维度的有效调查：无法计算各维度平均分",
        )
        return [], []
    columns = (
        Column("dimension", Text("Dimension", "维度")), Column("surveys", Text("Surveys", "调查份数"), COUNT),
        Column("expected", Text("Expected", "期望"), _HUNDREDTHS),
        Column("received", Text("Received", "感知"), _HUNDREDTHS),
        Column("gap", Text("Received − expected", "感知－期望"), _HUNDREDTHS),
        Column("below", Text("Below expectation", "低于期望份数"), COUNT),
        Column("weight", Text("Weight", "权重"), SHARE),
    )  # fmt: skip
    title = Text("The five dimensions of service", "五个服务维度")
    table = Table("dimensions", title, columns, tuple(rows))
    lines = tuple(
        Line(columns[at].title, tuple(v if isinstance(v := r[at], int) else None for r in rows))
        for at in (2, 3)
    )
    chart = Bars(
        "dimensions", title, tuple(r[0].text for r in rows if isinstance(r[0], Label)), lines,
        Axis(columns[0].title), Axis(Text("Mean, 1 to 5", "平均分（1–5）"), 2),
    )  # fmt: skip
    return [table], [chart]
