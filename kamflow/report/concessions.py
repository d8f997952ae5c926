"""Price concessions: what customers ask for against what the policy gives, in money, by tier."""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.core.ty import ScaledTy
from kamflow.report.groups import CUSTOMERS, by_class, count_bars, groups_of, label_of
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
from kamflow.values.data import Value

ROLES = (
    "asked", "allowed", "list_price", "quantity", "orders", "tier", "approval", "cost_down_asked",
    "cost_down_given", "cost_down_answer",
)  # fmt: skip
TITLE = Text("Price concessions and the policy", "价格让步与政策")
_DEFINITION = (
    Text(
        "Beyond the policy = discount asked − discount by policy, where that is above zero;"
        " nothing is offset.",
        "超出政策＝申请折扣－政策折扣，仅计大于零的部分，不相互抵消。",
    ),
    Text(
        "Money a year = list price × units an order × orders a year × discount. It is summed exactly and"
        " rounded half up once, in the total that is shown.",
        "年金额＝目录价×每单数量×年订单数×折扣。逐户精确累加，只在显示合计时四舍五入一次。",
    ),
    Text(
        "Means are of the customers that ask, rounded half up to 0.01%.",
        "平均值只计提出申请的客户，四舍五入到 0.01%。",
    ),
)


def report(p: Portfolio) -> Report:
    """Sum discounts asked for and beyond the policy by tier; count approvals and answers."""
    look = Lookup(p)
    found = {role: look.find(role) for role in ROLES}
    asked, allowed, tier = found["asked"], found["allowed"], found["tier"]
    tables: list[Table] = []
    charts: list[Chart] = []
    if asked is not None and allowed is not None and p.count:
        table = _by_tier(look, asked, allowed, tier, [found[r] for r in ("list_price", "quantity", "orders")])
        tables.append(table)
        charts.append(_chart(table))
        if not any(v for v in asked.numbers()):
            look.say("nobody asks for a discount", "没有客户申请折扣")
    for role, title in (
        ("approval", Text("Who approves", "审批层级")),
        ("cost_down_answer", Text("Answers to a cost-down", "降价答复")),
    ):
        one = found[role]
        if one is not None and p.count:
            tables.append(by_class(look, role, title, one, []))
            charts.append(count_bars(tables[-1], title))
    down, given = found["cost_down_asked"], found["cost_down_given"]
    if down is not None and given is not None and p.count:
        tables.append(_cost_down(down, given))
    return Report("concessions", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _by_tier(
    look: Lookup, asked: Series, allowed: Series, tier: Series | None, money: list[Series | None]
) -> Table:
    groups: list[Value] = [None] if tier is None else groups_of(look, tier)
    tiers = tier.values if tier is not None else [None] * look.portfolio.count
    scale = max(asked.scaled().scale, allowed.scaled().scale)
    up = [int(10 ** (scale - s.scaled().scale)) for s in (asked, allowed)]
    volumes = _volumes(look, money)
    sums: dict[tuple[str, Value], int] = defaultdict(int)
    for i, (a, b) in enumerate(zip(asked.numbers(), allowed.numbers(), strict=True)):
        group = tiers[i]
        sums["all", group] += 1
        if not a or b is None:
            continue
        wants, gives = a * up[0], b * up[1]
        over = max(0, wants - gives)
        sums["asking", group] += 1
        sums["wants", group] += wants
        sums["gives", group] += gives
        sums["beyond", group] += over > 0
        if volumes is not None:
            sums["money", group] += wants * volumes[i]
            sums["over", group] += over * volumes[i]
    finer = sum(s.scaled().scale for s in money[1:] if s is not None)  # decimals of quantity and orders
    price = money[0].scaled() if money[0] is not None else None
    rows = [
        _row(look, tier, g, sums, (scale, finer, price is not None and volumes is not None)) for g in groups
    ]
    return Table(
        "concessions", Text("Discounts asked for, by tier", "各等级申请折扣"), _columns(price), tuple(rows)
    )


def _row(
    look: Lookup,
    tier: Series | None,
    group: Value,
    sums: dict[tuple[str, Value], int],
    how: tuple[int, int, bool],
) -> tuple[Cell, ...]:
    scale, finer, with_money = how
    asking, cut = sums["asking", group], int(10 ** (scale + 2 + finer))
    label = Label("all", Text("All", "全部")) if tier is None else label_of(look, tier, group)
    mean = [
        None if not asking else ratio(sums[k, group], asking * int(10**scale), 2) for k in ("wants", "gives")
    ]
    amounts = [ratio(sums[k, group], cut, 0) if with_money else None for k in ("money", "over")]
    return (label, sums["all", group], asking, *mean, sums["beyond", group], *amounts)


def _columns(price: ScaledTy | None) -> tuple[Column, ...]:
    money = price or COUNT
    return (
        Column("tier", Text("Tier", "客户等级")), CUSTOMERS,
        Column("asking", Text("Ask", "申请户数"), COUNT),
        Column("mean_asked", Text("Mean asked", "平均申请"), SHARE),
        Column("mean_by_policy", Text("Mean by policy", "平均政策"), SHARE),
        Column("beyond", Text("Beyond policy", "超政策户数"), COUNT),
        Column("money_asked", Text("Asked, a year", "申请金额（年）"), money),
        Column("money_beyond", Text("Beyond policy, a year", "超政策金额（年）"), money),
    )  # fmt: skip


def _volumes(look: Lookup, money: list[Series | None]) -> list[int] | None:
    """Return what each customer buys a year at list price; None where a part of it is missing altogether."""
    if any(s is None for s in money):
        return None
    columns = [s.numbers() for s in money if s is not None]
    gone = sum(any(v is None for v in line) for line in zip(*columns, strict=True))
    if gone:
        look.say(
            f"{gone:,} have no price, quantity or orders: no money",
            f"{gone:,} 个客户缺价格、数量或订单数，未计金额",
        )
    return [0 if p is None or q is None or n is None else p * q * n for p, q, n in zip(*columns, strict=True)]


def _chart(table: Table) -> Bars:
    labels = tuple(r[0].text for r in table.rows if isinstance(r[0], Label))

    def line(at: int) -> Line:
        return Line(
            table.columns[at].title, tuple(c if isinstance(c := r[at], int) else None for r in table.rows)
        )

    return Bars(
        "concessions", Text("Discount asked for and by policy, by tier", "各等级：申请折扣与政策折扣"),
        labels,
        (line(3), line(4)), Axis(table.columns[0].title), Axis(Text("Mean discount", "平均折扣"), 2, "%"),
    )  # fmt: skip


def _cost_down(asked: Series, given: Series) -> Table:
    pairs = [(a, b) for a, b in zip(asked.numbers(), given.numbers(), strict=True) if a and b is not None]
    scale = [int(10 ** s.scaled().scale) for s in (asked, given)]
    n = len(pairs)
    row: tuple[Cell, ...] = (
        n,
        ratio(sum(a for a, _ in pairs), n * scale[0], 2),
        ratio(sum(b for _, b in pairs), n * scale[1], 2),
        sum(b == 0 for _, b in pairs),
    )
    columns = (
        Column("asking", Text("Ask", "申请户数"), COUNT),
        Column("mean_asked", Text("Mean asked", "平均要求"), SHARE),
        Column("mean_given", Text("Mean given", "平均同意"), SHARE),
        Column("nothing", Text("Get nothing", "未同意户数"), COUNT),
    )
    return Table("cost_down", Text("Cost-down against last year", "与去年相比的降价"), columns, (row,))
