"""Credit: limits, what is owed, what is left, by risk; who is over the limit; how long it is overdue."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.core.ty import TEXT
from kamflow.report.groups import by_class, label_of
from kamflow.report.model import COUNT, Axis, Bars, Cell, Chart, Column, Label, Line, Report, Table
from kamflow.report.portfolio import Lookup, Portfolio, Series, money_unit

ROLES = ("credit_risk", "limit", "owed", "left", "overdue")
TITLE = Text("Credit exposure", "信用敞口")
_BUCKETS = ((0, 0), (1, 30), (31, 60), (61, 90), (91, None))
_DEFINITION = (
    Text(
        "Risk, limit and credit still open are decisions of the policy (rules/credit.kam).",
        "风险、额度与剩余额度取自策略的决策（rules/credit.kam）。",
    ),
    Text(
        "Over the limit = owed − limit, where that is above zero. Overdue customers stand in the bucket of"
        " their days overdue, with all that they owe.",
        "超额＝应收账款－信用额度，仅计大于零的部分。逾期客户按逾期天数归档，金额为其全部应收账款。",
    ),
)


def report(p: Portfolio) -> Report:
    """Sum limits and receivables by risk; list who is over the limit; sum overdue buckets."""
    look = Lookup(p)
    risk, limit, owed, left, overdue = (look.find(r) for r in ROLES)
    tables: list[Table] = []
    charts: list[Chart] = []
    if risk is not None and p.count:
        sums = [s for s in (limit, owed, left) if s is not None]
        tables.append(by_class(look, "risk", Text("Exposure by risk", "各风险级别的敞口"), risk, sums))
        if sums:
            charts.append(_chart(tables[-1], sums))
    if limit is not None and owed is not None and p.count:
        if limit.scaled() == owed.scaled():
            tables.append(_over(look, limit, owed, risk))
        else:
            look.say(
                f"{limit.name} and {owed.name} are of different units: who is over the limit is not told",
                f"{limit.name} 与 {owed.name} 单位不同，无法判断超额",
            )
    if overdue is not None and owed is not None and p.count:
        tables.append(_buckets(overdue, owed))
        charts.append(_overdue(tables[-1], owed))
    return Report("credit", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _chart(table: Table, sums: list[Series]) -> Bars:
    ty = sums[0].scaled()
    lines = tuple(
        Line(s.label, tuple(c if isinstance(c := r[3 + i], int) else None for r in table.rows))
        for i, s in enumerate(sums)
    )
    labels = tuple(r[0].text for r in table.rows if isinstance(r[0], Label))
    up = Axis(Text("Amount", "金额"), ty.scale, money_unit(ty))
    return Bars("exposure", table.title, labels, lines, Axis(table.columns[0].title), up)


def _over(look: Lookup, limit: Series, owed: Series, risk: Series | None) -> Table:
    found = [
        (o - n, i) for i, (n, o) in enumerate(zip(limit.numbers(), owed.numbers(), strict=True))
        if n is not None and o is not None and o > n
    ]  # fmt: skip
    found.sort(key=lambda x: (-x[0], x[1]))
    rows: list[tuple[Cell, ...]] = []
    for over, i in found:
        level = None if risk is None else label_of(look, risk, risk.values[i])
        rows.append((look.portfolio.ids[i], level, limit.values[i], owed.values[i], over))
    if not found:
        look.say("nobody is over the limit", "没有客户超出信用额度")
    columns = (
        Column("customer", Text("Customer", "客户"), TEXT), Column("risk", Text("Risk", "风险")),
        Column("limit", limit.label, limit.scaled()), Column("owed", owed.label, owed.scaled()),
        Column("over", Text("Over the limit", "超额"), owed.scaled()),
    )  # fmt: skip
    return Table(
        "over_limit",
        Text("Over the limit, most first", "超额客户（由高到低）"),
        columns,
        tuple(rows),
        shown=15,
    )


def _buckets(overdue: Series, owed: Series) -> Table:
    one = int(10 ** overdue.scaled().scale)
    rows: list[tuple[Cell, ...]] = []
    days = overdue.numbers()
    for low, high in _BUCKETS:
        mine = [
            o or 0 for d, o in zip(days, owed.numbers(), strict=True)
            if d is not None and low <= -(-d // one) and (high is None or -(-d // one) <= high)
        ]  # fmt: skip
        rows.append((_bucket(low, high), len(mine), sum(mine)))
    columns = (
        Column("overdue", Text("Days overdue", "逾期天数")),
        Column("customers", Text("Customers", "客户数"), COUNT),
        Column("owed", owed.label, owed.scaled()),
    )
    return Table("overdue", Text("Overdue", "逾期账龄"), columns, tuple(rows))


def _bucket(low: int, high: int | None) -> Label:
    if high == 0:
        return Label("0", Text("not overdue", "未逾期"))
    if high is None:
        return Label(f"{low}+", Text(f"over {low - 1} days", f"{low - 1} 天以上"))
    return Label(f"{low}-{high}", Text(f"{low} to {high} days", f"{low}–{high} 天"))


def _overdue(table: Table, owed: Series) -> Bars:
    rows = table.rows[1:]
    labels = tuple(r[0].text for r in rows if isinstance(r[0], Label))
    values = tuple(c if isinstance(c := r[2], int) else None for r in rows)
    up = Axis(owed.label, owed.scaled().scale, money_unit(owed.scaled()))
    return Bars("overdue", Text("Owed by days overdue", "逾期应收账款"), labels, (Line(owed.label, values),),
                Axis(table.columns[0].title), up)  # fmt: skip
