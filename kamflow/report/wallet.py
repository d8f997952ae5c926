"""Share of wallet against revenue: four quadrants, and the room to grow."""

from __future__ import annotations

from collections import defaultdict

from kamflow.base.text import Text
from kamflow.report.groups import CUSTOMERS, label_of
from kamflow.report.model import Axis, Cell, Chart, Column, Label, Points, Report, Scatter, Table
from kamflow.report.portfolio import Lookup, Portfolio, Series, money_unit
from kamflow.values.data import Value

ROLES = ("wallet", "revenue", "power", "tier")
TITLE = Text("Share of wallet and revenue", "钱包份额与销售额")
_HALF = 50
_NAMES = (
    ("small_open", Text("Small, room to win", "小客户，份额待争取")),
    ("small_won", Text("Small, mostly ours", "小客户，份额已占")),
    ("large_open", Text("Large, room to win", "大客户，份额待争取")),
    ("large_won", Text("Large, mostly ours", "大客户，份额已占")),
)
_DEFINITION = (
    Text(
        "A customer is won from a share of wallet of 50%, and large from the median revenue of those shown"
        " (the lower one of the two in the middle).",
        "钱包份额达到 50% 视为已占；销售额达到图中客户的中位数（偶数个时取较小者）视为大客户。",
    ),
    Text(
        "Room = what the customer buys a year from anybody, less its revenue with us; nothing where that is"
        " below zero.",
        "增长空间＝客户年采购总额－我方销售额，小于零按零计。",
    ),
)


def report(p: Portfolio) -> Report:
    """Place customers by share of wallet and revenue; sum the quadrants."""
    look = Lookup(p)
    wallet, revenue = look.find("wallet"), look.find("revenue")
    power, tier = look.find("power"), look.find("tier", quiet=True)
    tables: list[Table] = []
    charts: list[Chart] = []
    if wallet is not None and revenue is not None and p.count:
        look.gaps(wallet)
        if power is not None and power.scaled() != revenue.scaled():  # no sum of two currencies
            look.say(
                f"{power.name} is not in the unit of {revenue.name}: no room to grow",
                f"{power.name} 与 {revenue.name} 单位不同，未计增长空间",
            )
            power = None
        if power is not None:
            look.gaps(power)
        known = [
            (i, w, r)
            for i, (w, r) in enumerate(zip(wallet.numbers(), revenue.numbers(), strict=True))
            if w is not None and r is not None
        ]
        if known:
            won = _HALF * int(10 ** wallet.scaled().scale)
            large = sorted(r for _, _, r in known)[(len(known) - 1) // 2]
            tables.append(_table(known, (won, large), revenue, power))
            charts.append(_chart(look, known, (won, large), (wallet, revenue, tier)))
    return Report("wallet", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


def _table(
    known: list[tuple[int, int, int]], split: tuple[int, int], revenue: Series, power: Series | None
) -> Table:
    counts, sums, rooms = [0] * 4, [0] * 4, [0] * 4
    powers = power.numbers() if power is not None else []
    for i, w, r in known:
        at = (w >= split[0]) + 2 * (r >= split[1])
        counts[at] += 1
        sums[at] += r
        bought = powers[i] if powers else None
        rooms[at] += max(0, bought - r) if bought is not None else 0
    rows: list[tuple[Cell, ...]] = [
        (Label(code, text), counts[i], sums[i], rooms[i] if power is not None else None)
        for i, (code, text) in enumerate(_NAMES)
    ]
    columns = (
        Column("quadrant", Text("Quadrant", "象限")), CUSTOMERS,
        Column(revenue.name, revenue.label, revenue.scaled()),
        Column("room", Text("Room to grow", "增长空间"), revenue.scaled()),
    )  # fmt: skip
    return Table("quadrants", Text("Quadrants", "四象限"), columns, tuple(rows))


def _chart(
    look: Lookup, known: list[tuple[int, int, int]], split: tuple[int, int],
    series: tuple[Series, Series, Series | None],
) -> Scatter:  # fmt: skip
    wallet, revenue, tier = series
    groups: dict[Value, list[tuple[int, int]]] = defaultdict(list)
    for i, w, r in known:
        groups[tier.values[i] if tier is not None else None].append((w, r))
    made: list[Points] = []
    if tier is None:
        made.append(Points(Text("Customers", "客户"), tuple(groups[None])))
    else:
        order: list[Value] = [v for v, _ in look.members(tier)]
        made += [
            Points(label_of(look, tier, v).text, tuple(groups[v])) for v in [*order, None] if v in groups
        ]
    a, b, c, d = (text for _, text in _NAMES)
    return Scatter(
        "wallet", TITLE, tuple(made), Axis(wallet.label, wallet.scaled().scale, "%"),
        Axis(revenue.label, revenue.scaled().scale, money_unit(revenue.scaled())), split, (a, b, c, d), True,
    )  # fmt: skip
