"""Months of customers from their orders: who was active, lost, won back, new.

Assumes: order days of customers, or their last order days. Leaves: a ``Month`` each, with the places of the
customers who left; what is missing is said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from kamflow.base.frozen import frozen
from kamflow.core.ty import ListTy, RecordTy, ScaledTy, UnitKind, strip_opt
from kamflow.report import months
from kamflow.report.portfolio import Lookup, Portfolio, Series
from kamflow.values.data import TypedRecord
from kamflow.values.dates import add_months, show_day

_DAY_NAMES = ("placed_on", "ordered_on", "invoiced_on", "order_date", "date", "下单日期", "订单日期")

_AMOUNT_NAMES = ("amount", "quantity", "unit_price", "金额", "数量", "单价")


@frozen
class Month:
    """``active``, ``away``: how many were active, and lost, when it began. ``left``: who is no longer active
    at its end. ``back`` and ``new``: who is active only at its end. None: it is not known."""

    first: int
    active: int
    left: tuple[int | str, ...]
    new: int
    back: int | None = None
    away: int | None = None


@frozen
class _Customer:
    """``place`` in the portfolio; ``days`` of its orders, ascending; a customer ``since``, where known."""

    place: int
    days: Sequence[int]
    since: int | None


def by_orders(
    p: Portfolio, look: Lookup, orders: Series, last: Series | None, since: Series | None, after: int,
    known_after: int,
) -> list[Month] | None:  # fmt: skip
    """Return the whole months whose ``after`` months before are on file; None where nobody has a list.

    ``known_after``: months after which a customer without earlier orders on file is no new one.
    """
    customers = _customers(p, look, orders, last, since)
    if not customers:
        return None
    begins = min(c.days[0] for c in customers)
    first = months.later(months.first_of(begins), after)
    bounds = months.whole(first, p.day)
    if len(bounds) < 2:
        look.say(
            f"orders on file begin on {show_day(begins)}: {after} months later no month is over yet, so there"
            " are no rates by month",
            f"订单明细始于 {show_day(begins)}：其后 {after} 个月起尚无完整月份，无法按月计算",
        )
        return []
    look.say(
        f"orders on file begin on {show_day(begins)}: rates by month begin {after} months later",
        f"订单明细始于 {show_day(begins)}：按月比率自其后 {after} 个月起算",
    )
    if since is None:
        look.say(
            "nobody says since when it is a customer: who has no earlier order on file counts as new",
            "没有合作起始日：此前无订单记录的客户一律计为新增",
        )
    return _counted(customers, bounds, after, known_after)


def _customers(
    p: Portfolio, look: Lookup, orders: Series, last: Series | None, since: Series | None
) -> list[_Customer]:
    name = _day_field(p, orders)
    if name is None:
        look.say(f"{orders.name} have no day of order", f"{orders.name} 没有下单日期")
        return []
    begun = since.numbers() if since is not None else [None] * p.count
    last_days = last.numbers() if last is not None else [None] * p.count
    found: list[_Customer] = []
    future = without = 0
    for i, many in enumerate(orders.lists()):
        days = sorted({d for one in many if isinstance(d := one.fields.get(name), int) and _is_order(one)})
        kept = days[: bisect_left(days, p.day + 1)]
        future += len(days) - len(kept)
        if kept:
            found.append(_Customer(i, kept, begun[i]))
        else:
            without += last_days[i] is not None
    if future:
        look.say(
            f"{future:,} order days lie after the day of the report and count nowhere",
            f"{future:,} 个下单日晚于报告日，未计入",
        )
    if without and found:
        look.say(
            f"{without:,} customers have a last order, but no order in {orders.name}: they are in no month",
            f"{without:,} 个客户有最近下单日，但 {orders.name} 中没有订单：未计入各月",
        )
    return found


def _is_order(line: TypedRecord) -> bool:
    """Say whether something was bought: returns and free goods are no orders."""
    fields = line.fields
    return all(not isinstance(v := fields.get(n), int) or v > 0 for n in _AMOUNT_NAMES)


def _day_field(p: Portfolio, orders: Series) -> str | None:
    ty = strip_opt(orders.ty)
    item = strip_opt(ty.item) if isinstance(ty, ListTy) else None
    if not isinstance(item, RecordTy):
        return None
    dates = [
        f.name for f in p.program.records[item.name].fields
        if isinstance(plain := strip_opt(f.ty), ScaledTy) and plain.unit.kind is UnitKind.DATE
    ]  # fmt: skip
    return next((n for n in _DAY_NAMES if n in dates), dates[0] if len(dates) == 1 else None)


def _counted(
    customers: Sequence[_Customer], bounds: Sequence[int], after: int, known_after: int
) -> list[Month]:
    n = len(bounds)
    starts = [add_months(b, -after, clamp=True) for b in bounds]
    old_from = [add_months(b, -known_after, clamp=True) for b in bounds]
    active, away, back, new = [0] * n, [0] * n, [0] * n, [0] * n
    left: list[list[int]] = [[] for _ in bounds]
    for one in customers:
        days, since = one.days, one.since
        was = was_lost = False
        for i, bound in enumerate(bounds):
            before = bisect_left(days, bound)  # orders before this day
            now = before > 0 and days[before - 1] >= starts[i]
            if i and was and not now:
                left[i - 1].append(one.place)
            elif i and now and not was:
                (back if was_lost else new)[i - 1] += 1
            was = now
            was_lost = not now and (before > 0 or (since is not None and since <= old_from[i]))
            active[i] += now
            away[i] += was_lost
    return [Month(bounds[i], active[i], tuple(left[i]), new[i], back[i], away[i]) for i in range(n - 1)]


def by_last_order(p: Portfolio, look: Lookup, last: Series, since: Series, after: int) -> list[Month]:
    """Return the last twelve whole months from last orders: who bought before is taken to have bought on."""
    known = [
        (i, s, d)
        for i, (s, d) in enumerate(zip(since.numbers(), last.numbers(), strict=True))
        if s is not None and d is not None and d <= p.day
    ]
    bounds = months.whole(months.later(months.first_of(p.day + 1), -12), p.day)
    if not known or len(bounds) < 2:
        look.say("nobody has a last order", "没有任何客户有最近下单日")
        return []
    look.say(
        f"there is no list of orders: months are made from {last.name} and {since.name}; who was silent and"
        " came back is not seen, so there is no win-back by month",
        f"没有订单明细：各月由 {last.name} 与 {since.name} 推算；中途停购又恢复的客户无法识别，"
        f"因此没有按月挽回率",
    )
    starts = [add_months(b, -after, clamp=True) for b in bounds]
    made: list[Month] = []
    for i in range(len(bounds) - 1):
        here = [(k, d) for k, s, d in known if s < bounds[i] and d >= starts[i]]
        gone = tuple(k for k, d in here if d < starts[i + 1])
        new = sum(bounds[i] <= s < bounds[i + 1] and d >= starts[i + 1] for _, s, d in known)
        made.append(Month(bounds[i], len(here), gone, new))
    return made
