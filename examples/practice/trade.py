"""What customers buy and how they pay: orders with their cost and due day, receipts, price agreements.

Orders follow the curve of the customer, the season of the trade (a quiet spring festival, a busy fourth
quarter) and the working week. Assumes: an ``Account``. Leaves: rows as the ERP exports them; nothing after
the last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from examples.practice.cast import BEGIN, BOOKS, END, Account

_SEASON = (78, 62, 118, 104, 100, 104, 92, 94, 108, 98, 112, 130)  # percent of a usual month
_GROUPS = (
    # name, how often in 100 orders, size in percent of a usual order
    ("consumables", 42, 85), ("spare_parts", 36, 100), ("machine", 7, 210), ("software", 5, 90),
    ("training", 5, 35), ("service_contract", 5, 120),
)  # fmt: skip
_SPRING_FESTIVAL = {
    2023: (date(2023, 1, 16), 16), 2024: (date(2024, 2, 5), 16), 2025: (date(2025, 1, 23), 15),
    2026: (date(2026, 2, 12), 15),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """Money in cents. ``late``: delivered after the day that was agreed."""

    number: str
    customer: str
    placed_on: date
    product_group: str
    amount: int
    cost: int
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    order: str
    paid_on: date
    amount: int


def working_day(day: date) -> date:
    """Return the day itself, or the next on which somebody works."""
    festival = _SPRING_FESTIVAL.get(day.year)
    if festival is not None and festival[0] <= day < festival[0] + timedelta(days=festival[1]):
        day = festival[0] + timedelta(days=festival[1])
    return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])


def make_orders(account: Account) -> list[Order]:
    """Return the orders of four years, oldest first."""
    rng = account.rng("orders")
    days = _order_days(account)
    usual = account.revenue * 100 // account.orders  # cents of a usual order
    names, weights = [g[0] for g in _GROUPS], [g[1] for g in _GROUPS]
    sizes = {name: size for name, _, size in _GROUPS}
    out: list[Order] = []
    for i, day in enumerate(days):
        group = "machine" if i == 0 and rng.random() < 0.6 else rng.choices(names, weights)[0]
        if account.kind.name == "dealer":
            group = "consumables" if rng.random() < 0.6 else "spare_parts"
        size = rng.randint(55, 145) * sizes[group]
        amount = usual * size // 10_000 // 1_000 * 1_000 + rng.choice((0, 0, 0, 500, 800))
        margin = account.margin + rng.randint(-3, 3)
        if account.kind.reason == "price" and account.falling(day):
            margin -= 6
        terms = 30 if account.revenue < 500_000 else 45 if account.revenue < 2_500_000 else 60
        late = rng.random() < (0.45 if _serves_badly(account, day) else 0.03)
        number = f"{account.id[1:]}-{i + 1:03d}"
        out.append(Order(number, account.id, day, group, amount, amount * (100 - margin) // 100,
                         day + timedelta(days=terms), late))  # fmt: skip
    return out


def _serves_badly(account: Account, day: date) -> bool:
    """In the months around the fall of a customer that leaves for our service, deliveries are late."""
    start = account.falls_on
    return account.kind.reason == "service" and start is not None and abs((day - start).days) < 75


def _order_days(account: Account) -> list[date]:
    rng = account.rng("order days")
    if account.kind.name == "one order":
        return [working_day(account.known_since + timedelta(days=120))]
    out: list[date] = []
    at = BOOKS + timedelta(days=rng.randint(0, 365 // account.orders))
    while at <= END:
        rate = account.orders * account.level(at) * _SEASON[at.month - 1]  # orders a year, times 10,000
        if rate < 2_500:  # a quarter of an order a year: it does not buy
            at += timedelta(days=12)
            continue
        day = working_day(at)
        if day <= END:
            out.append(day)
        gap = 3_650_000 * rng.randint(70, 130) // (rate * 100)
        at += timedelta(days=max(1, min(gap, 200)))
    return sorted(set(out))


def make_receipts(account: Account, orders: list[Order]) -> list[Receipt]:
    """Return what was paid until the last day; an order is paid at once, or not yet."""
    rng = account.rng("receipts")
    out: list[Receipt] = []
    for order in orders:
        paid = order.placed_on + timedelta(days=account.pays_in + rng.randint(-5, 2))
        if account.kind.name == "middle, pays late" and order.placed_on >= date(2025, 1, 1):
            paid = order.due_on + timedelta(days=rng.randint(4, 55))
        elif account.kind.reason == "own_business" and account.falling(order.placed_on):
            paid = order.due_on + timedelta(days=rng.randint(25, 120))
        elif rng.random() < (0.0015 if account.revenue > 2_500_000 else 0.008):
            paid = order.due_on + timedelta(days=rng.randint(2, 12))
        if paid <= END:
            out.append(Receipt(order.number, paid, order.amount))
    return out


def make_prices(account: Account) -> list[tuple[str, str, str, int, str, str, str, str]]:
    """Return the price agreements of each year: customer, from, product stage, units an order, list price,
    unit cost, agreed price, fixed until."""
    rng = account.rng("prices")
    cost = rng.randint(6_000, 240_000)
    listed = cost * rng.randint(138, 172) // 100
    stage = rng.choice(("introduction", "growth", "growth", "maturity", "maturity", "maturity", "decline"))
    units = max(1, account.revenue * 100 // account.orders // listed)
    out = []
    for year in (2023, 2024, 2025, 2026):
        start = date(year, 1, 1)
        agreed = listed * rng.randint(88, 100) // 100
        until = date(year, 12, 31).isoformat() if account.revenue > 2_500_000 else ""
        out.append((
            account.id, start.isoformat(), stage, units, cents(listed), cents(cost), cents(agreed), until
        ))  # fmt: skip
        cost = cost * rng.randint(99, 104) // 100
        listed = listed * rng.randint(100, 103) // 100
    return out


def make_requests(account: Account) -> list[tuple[str, str, str, int, str]]:
    """Return what customers asked of our prices: customer, day, kind, percent, day of the answer."""
    rng = account.rng("requests")
    out: list[tuple[str, str, str, int, str]] = []
    bought = account.kind.name not in {"prospect", "one order", "dissolved"}
    for kind, chance, sizes in (
        ("discount", 0.16, (3, 5, 8, 12, 15, 18)), ("cost_down", 0.18, (2, 3, 5, 8, 10)),
    ):  # fmt: skip
        for month in range(24, 48, 4):
            day = BEGIN + timedelta(days=month * 3044 // 100 + rng.randint(3, 115))
            hard = account.kind.reason in {"price", "rival_offer"} and account.falling(day)
            if day <= END and bought and rng.random() < (0.8 if hard else chance):
                answered = day + timedelta(days=rng.randint(6, 40))
                size = rng.choice(sizes[3:] if hard else sizes)
                out.append((
                    account.id, day.isoformat(), kind, size,
                    answered.isoformat() if answered <= END else "",
                ))  # fmt: skip
    return sorted(out, key=lambda r: r[1])


def cents(amount: int) -> str:
    """Write an amount in CNY."""
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{amount // 100}.{amount % 100:02d}"
