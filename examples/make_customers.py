"""Write examples/customers.json: 100 business customers as a CRM export would give them.

Seeded: the same file every time, on every machine (standard library only, whole numbers inside).
Each customer is of one of the kinds below, from the star account to the prospect who never bought;
its totals are those of its orders, its counts those of its complaints. As of 2026-06-30.

    python examples/make_customers.py            # writes examples/customers.json
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TypeAlias

AS_OF = date(2026, 6, 30)
YEAR_AGO, TWO_YEARS_AGO = date(2025, 6, 30), date(2024, 6, 30)
SEED = 20260630

Json: TypeAlias = "str | int | bool | list[dict[str, str]]"
Customer: TypeAlias = "dict[str, Json]"

STAGES = ("introduction", "growth", "maturity", "decline")
REASONS = ("price", "quality", "service", "relationship", "rival_offer", "own_business", "product_fit")
ABOUT = (
    "late delivery",
    "wrong quantity",
    "surface defect",
    "invoice wrong",
    "no call back",
    "包装破损",
    "批次不良",
)
SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴",
    ("伟", "芳", "敏", "静", "建国", "海燕", "志强", "晓梅", "立新", "文博"),
)
LATIN_PEOPLE = (
    "A. Keller",
    "M. Rossi",
    "J. Novak",
    "S. Tanaka",
    "L. Dubois",
    "P. Jensen",
    "R. Silva",
    "N. Patel",
)

CITIES = (
    "苏州",
    "宁波",
    "深圳",
    "东莞",
    "青岛",
    "无锡",
    "佛山",
    "成都",
    "武汉",
    "西安",
    "厦门",
    "合肥",
    "长沙",
)
WORDS = (
    "华瑞",
    "恒达",
    "金拓",
    "明远",
    "博创",
    "天衡",
    "润泽",
    "东升",
    "永信",
    "嘉禾",
    "立德",
    "腾辉",
    "安捷",
    "鸿图",
)
TRADES = ("电子", "机械", "医疗器械", "汽车零部件", "新能源", "食品", "包装材料", "化工", "家居")
# 13, 14 and 9 share no divisor: no name comes twice
CHINESE = tuple(f"{CITIES[i % 13]}{WORDS[i % 14]}{TRADES[i % 9]}有限公司" for i in range(64))
LATIN = """Alpine Motion AG, Baltic Pumps OÜ, Cascade Medical Inc., Delta Fasteners Ltd, Elbe Hydraulik GmbH
Fjord Seafood AS, Garonne Plastiques SA, Harbour Lighting Pty, Iberia Solar SL, Jura Précision SA
Kansai Valve K.K., Lombard Tessuti SpA, Meridian Foods LLC, Nordic Timber AB, Orion Sensors B.V.
Penrose & Sons Ltd, Quito Flores SA, Rhein Kabel GmbH, Savanna Tools Ltd, Tatra Glass s.r.o.
Umbria Ceramica SRL, Vistula Meble Sp. z o.o., Wexford Dairy Ltd, Xenon Optics Inc., York Instruments plc
Zagreb Papir d.o.o., O'Brien Packaging Ltd, Ångström Coatings AB, São Bento Têxtil Ltda, Müller & Koch KG
Hanoi Rubber JSC, Lagos Paints plc, Patagonia Wines SA, Bengal Jute Mills
Cape Dried Fruit Ltd, Suomi Saw Oy"""
OTHERS = tuple(name.strip() for line in LATIN.splitlines() for name in line.split(","))
INDUSTRIES = (
    "electronics",
    "machinery",
    "medical",
    "automotive",
    "energy",
    "food",
    "packaging",
    "chemicals",
    "furniture",
)
REGIONS = ("East", "South", "North", "West", "Overseas")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of customer: how many there are, and how they buy. Money in whole CNY."""

    name: str
    count: int
    orders_now: tuple[int, int]
    orders_before: tuple[int, int]
    amount: tuple[int, int]  # of one order
    silent: tuple[int, int]  # days since the last order
    margin: tuple[int, int]  # percent of revenue
    wallet: tuple[int, int]  # our share of what it buys, percent
    wallet_lost: int = 0  # points since last year
    since: tuple[int, int] = (800, 4000)  # days ago
    declines: bool = False


KINDS = (
    Kind("star", 10, (24, 40), (14, 22), (30_000, 120_000), (1, 25), (22, 40), (55, 90)),
    Kind("solid", 18, (10, 22), (10, 20), (8_000, 40_000), (2, 45), (12, 30), (30, 70)),
    Kind("rising", 8, (8, 16), (3, 6), (6_000, 30_000), (3, 28), (15, 32), (15, 45)),
    Kind("small", 14, (3, 9), (3, 9), (600, 4_000), (5, 80), (5, 25), (2, 60)),
    Kind("seldom, large", 7, (2, 3), (2, 3), (30_000, 90_000), (10, 58), (10, 28), (4, 25)),
    Kind("declining, large", 17, (5, 9), (16, 30), (60_000, 260_000), (62, 150), (24, 40), (45, 75), 18,
         declines=True),
    Kind("declining", 10, (4, 6), (8, 14), (12_000, 60_000), (70, 160), (14, 34), (25, 60), 12,
         declines=True),
    Kind("sleeping", 4, (1, 3), (6, 12), (25_000, 60_000), (185, 330), (10, 25), (10, 30), 20, declines=True),
    Kind("new", 7, (1, 4), (0, 0), (3_000, 40_000), (2, 60), (5, 25), (5, 40), since=(70, 170)),
    Kind("prospect", 3, (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), since=(5, 60)),
    Kind("gone", 2, (0, 0), (4, 9), (10_000, 30_000), (400, 600), (0, 0), (0, 0), declines=True),
)  # fmt: skip


def money(cents: int) -> str:
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def percent(part: int, whole: int) -> str:
    """Return ``part / whole`` in percent with two decimals, rounded half up."""
    return money((part * 20_000 + whole) // (2 * whole))


def days_before(count: int, base: date = AS_OF) -> str:
    return (base - timedelta(days=count)).isoformat()


def make_orders(kind: Kind, silent: int, rng: Random) -> list[tuple[date, int]]:
    """Return (day, cents) of the orders of two years, oldest first; the last one ``silent`` days ago."""
    out: list[tuple[date, int]] = []
    last = AS_OF - timedelta(days=silent)
    for start, count in (
        (TWO_YEARS_AGO, rng.randint(*kind.orders_before)),
        (YEAR_AGO, rng.randint(*kind.orders_now)),
    ):
        newest = min(last, start + timedelta(days=365))
        length = (newest - start).days
        for i in range(count):
            # evenly spread and shaken, so that intervals are believable; the newest stands as given
            day = newest - timedelta(days=i * length // count + (rng.randint(0, 3) if i else 0))
            if day > start:
                out.append((day, rng.randint(*kind.amount) * 100 + rng.choice((0, 0, 0, 50, 80, 99))))
    return sorted(out)


def mean_interval(days: list[date]) -> int | None:
    return (days[-1] - days[0]).days // (len(days) - 1) if len(days) > 1 else None


def purchases(kind: Kind, silent: int, rng: Random) -> Customer:
    orders = make_orders(kind, silent, rng)
    now = [(d, a) for d, a in orders if d > YEAR_AGO]
    before = [(d, a) for d, a in orders if d <= YEAR_AGO]
    revenue = sum(a for _, a in now)
    margin = rng.randint(*kind.margin)
    wallet = rng.randint(*kind.wallet)
    out: Customer = {
        "orders_12m": len(now),
        "revenue_12m": money(revenue),
        "revenue_prev_12m": money(sum(a for _, a in before)),
        "profit_12m": money(revenue * margin // 100),
        "cost_to_serve_12m": money(revenue * rng.randint(1, 6) // 100),
    }
    if orders:
        out["last_order_on"] = orders[-1][0].isoformat()
        out["orders"] = [
            {"placed_on": d.isoformat(), "amount": money(a), "product_stage": rng.choice(STAGES)}
            for d, a in orders
        ]
    for name, group in (("order_interval", now), ("order_interval_prev", before)):
        interval = mean_interval([d for d, _ in group])
        if interval is not None:
            out[name] = interval
    if wallet and rng.random() < 0.8:  # nobody knows every customer's purchases
        power = revenue * 100 // wallet // 100_000 * 100_000 + 100_000
        out["purchasing_power"] = money(power)
        out["share_of_wallet"] = percent(revenue, power)
        if before:
            points = kind.wallet_lost + rng.randint(-6, 6)
            out["share_of_wallet_prev"] = money(max(0, min(100, wallet + points)) * 100)
    if kind.name == "prospect":
        out["purchasing_power"] = money(rng.choice((60_000, 750_000, 3_200_000)) * 100)
    return out


def paying(kind: Kind, rng: Random) -> Customer:
    out: Customer = {}
    if rng.random() < 0.85:
        out["debt_ratio"] = f"{rng.randint(18, 64)}.{rng.randint(0, 99):02d}"
        out["operating_cash_flow"] = money(rng.randint(-300_000, 4_000_000) * 100)
        out["credit_reviewed_on"] = days_before(rng.randint(5, 130))
    out["receivables"] = money(rng.randint(0, 240_000) * 100)
    if kind.count and rng.random() < 0.12:
        out["overdue_days"] = rng.choice((3, 12, 35, 61, 95))
    if rng.random() < 0.08:
        out["last_overdue_on"] = days_before(rng.randint(10, 300))
    usual = rng.randint(20, 60)
    if kind.name not in {"new", "prospect"}:
        out["payment_days"] = usual + (rng.randint(0, 30) if kind.declines else rng.randint(-6, 6))
        out["payment_days_prev"] = usual
    return out


def contact(kind: Kind, chinese: bool, rng: Random) -> Customer:
    person = rng.choice(SURNAMES) + rng.choice(GIVEN) if chinese else rng.choice(LATIN_PEOPLE)
    before = rng.randint(3, 14)
    after = before // 3 if kind.declines else before + rng.randint(-1, 3)
    out: Customer = {"contacts_90d": after, "contacts_prev_90d": before}
    if rng.random() < 0.9:
        out["contact_name"] = person
        out["contact_phone"] = f"1{rng.choice('35789')}0000{rng.randint(0, 99_999):05d}"  # no real number
    if kind.declines and rng.random() < 0.35:
        out["key_person_left_on"] = days_before(rng.randint(10, 170))
    complaints: list[dict[str, str]] = []
    for _ in range(rng.randint(0, 3) if kind.declines else rng.choice((0, 0, 0, 0, 1))):
        age = rng.randint(1, 175)
        one = {"received_on": days_before(age), "about": rng.choice(ABOUT)}
        if age > 15 or rng.random() < 0.5:
            one["solved_on"] = days_before(max(0, age - rng.randint(1, 12)))
        complaints.append(one)
    if complaints:
        out["complaints"] = sorted(complaints, key=lambda c: c["received_on"])
    return out


def price_agreement(kind: Kind, rng: Random) -> Customer:
    cost = rng.randint(1_000, 90_000)
    listed = cost * rng.randint(118, 175) // 100
    out: Customer = {
        "product_stage": rng.choice(STAGES),
        "order_quantity": rng.choice((20, 60, 99, 100, 240, 500, 900, 2_000, 4_500)),
        "list_price": money(listed),
        "unit_cost": money(cost),
        "rival_pressure": rng.choice(("none", "some", "strong")),
    }
    if kind.name not in {"new", "prospect"}:
        out["last_price"] = money(listed * rng.randint(86, 100) // 100)
        if rng.random() < 0.4:
            out["cost_down_asked"] = rng.choice((2, 3, 5, 8, 10))
    if rng.random() < 0.3:
        out["discount_asked"] = rng.choice((2, 5, 9, 14, 22))
    if rng.random() < 0.2:
        out["claims_right"] = True
    return out


def worth(kind: Kind, rng: Random) -> Customer:
    out: Customer = {"strategic_fit": rng.choice(("low", "medium", "medium", "high"))}
    if kind.name in {"star", "declining, large"}:
        out["strategic_fit"] = rng.choice(("medium", "high", "high"))
    if rng.random() < 0.7:
        out["nps"] = rng.randint(0, 7) if kind.declines else rng.randint(5, 10)
    if rng.random() < 0.08:
        out["benchmark_customer"] = True
    return out


def edge_cases(customers: list[Customer]) -> None:
    """Set what a random draw may miss: figures that stand exactly on a line, and rare events."""
    of_kind = iter(customers)
    first = [next(of_kind) for _ in range(28)]  # stars and solid ones
    first[0] |= {"debt_ratio": "60.00", "operating_cash_flow": "0.00", "overdue_days": 0}  # still no risk
    first[0].pop("last_overdue_on", None)
    first[1] |= {"debt_ratio": "60.01", "operating_cash_flow": "2500000.00"}
    first[2] |= {"debt_ratio": "41.00", "operating_cash_flow": "-0.01"}
    first[3] |= {"past_arrears": True}
    first[4] |= {"last_overdue_on": "2026-04-01"}  # the last day that counts as recent
    first[5] |= {"benchmark_customer": True, "nps": 10}
    first[10] |= {"profit_12m": "-18250.40"}
    first[11] |= {"nps": 8}
    first[12] |= {"nps": 7}
    large = [c for c in customers if c.pop("_kind") == "declining, large"]
    large[0] |= {"blacklisted_us": True, "decline_reason": "quality"}
    large[1] |= {"overdue_days": 61, "decline_reason": "price"}
    large[2].pop("decline_reason")
    large[3] |= {"complaints": [{"received_on": "2026-06-29", "about": "批次不良"}]}


USUAL_TIER = {
    "star": "S", "solid": "A", "rising": "B", "small": "C", "seldom, large": "B", "declining, large": "A",
    "declining": "B", "sleeping": "B", "gone": "C",
}  # fmt: skip


def tier_so_far(kind: Kind, rng: Random) -> Customer:
    """Return the tier of the last review: the usual one, or a neighbour; new customers have none."""
    usual = USUAL_TIER.get(kind.name)
    if usual is None:
        return {}
    held = rng.randint(40, 700)
    return {
        "current_tier": rng.choice((usual, usual, usual, "A" if usual in "SB" else "B")),
        "tier_since": days_before(held),
        "tier_reviewed_on": days_before(min(held, rng.choice((30, 60, 91, 92, 120)))),
    }


def make_customers() -> list[Customer]:
    rng = Random(SEED)
    reviews = Random(f"{SEED} reviews")
    names = [(n, True) for n in CHINESE] + [(n, False) for n in OTHERS]
    rng.shuffle(names)
    out: list[Customer] = []
    declining = 0
    for kind in KINDS:
        for _ in range(kind.count):
            name, chinese = names[len(out)]
            silent = rng.randint(*kind.silent)
            one: Customer = {"_kind": kind.name, "id": f"C{len(out) + 1:03d}", "name": name}
            if rng.random() < 0.9:
                one["industry"] = rng.choice(INDUSTRIES)
            one["region"] = rng.choice(REGIONS[:4]) if chinese else "Overseas"
            one["customer_since"] = days_before(rng.randint(*kind.since))
            for part in (
                purchases(kind, silent, rng),
                worth(kind, rng),
                paying(kind, rng),
                contact(kind, chinese, rng),
                price_agreement(kind, rng),
            ):
                one |= part
            one |= tier_so_far(kind, reviews)
            if kind.declines:
                one["decline_reason"] = REASONS[declining % len(REASONS)]
                declining += 1
            out.append(one)
    edge_cases(out)
    return out


def main() -> None:
    path = Path(__file__).with_name("customers.json")
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in make_customers())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")
    print(f"{path.name}: {len(CHINESE)} Chinese and {len(OTHERS)} other names, 100 customers")


if __name__ == "__main__":
    main()
