"""How customers and we are in touch: contacts, account reviews, credit reviews, surveys, and the CRM's log.

Contacts thin out and satisfaction falls where a customer falls, each reason in its own way. Assumes: an
``Account`` and its orders. Leaves: rows as the CRM exports them.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from examples.practice.cast import BEGIN, BOOKS, END, Account, person
from examples.practice.trade import Order, cents, working_day

_FIRST = date(2024, 1, 1)  # the CRM came in then
_YEAR = timedelta(days=365)
Row = tuple[object, ...]


def make_contacts(account: Account, orders: list[Order]) -> list[Row]:
    """Return customer, day, channel: about evenly spread, fewer where the customer falls away."""
    rng = account.rng("contacts")
    every = 7 if account.revenue > 2_500_000 else 16 if account.revenue > 450_000 else 34
    day = max(_FIRST, account.known_since) + timedelta(days=rng.randint(0, every))
    out: list[Row] = []
    while day <= END:
        on = working_day(day)
        if on <= END:
            channel = rng.choices(("visit", "call", "message", "mail"), (22, 38, 30, 10))[0]
            out.append((account.id, on.isoformat(), channel))
        thin = 1
        if account.falling(day):
            thin = 3 if account.kind.reason in {"relationship", "rival_offer", ""} else 2
        if account.level(day) == 0 and orders:
            thin = 5
        day += timedelta(days=every * thin * rng.randint(80, 120) // 100)
    return out


def make_account_reviews(account: Account, orders: list[Order]) -> list[Row]:
    """Return what the account manager writes down every quarter (small customers: every half-year)."""
    rng = account.rng("account reviews")
    step = 92 if account.revenue > 450_000 else 183
    day = max(_FIRST + timedelta(days=rng.randint(0, 40)), account.known_since + timedelta(days=12))
    out: list[Row] = []
    known = rng.random() < (0.97 if account.revenue > 2_500_000 else 0.75)  # what it buys elsewhere
    while day <= END:
        out.append(_review(account, orders, day, rng, known=known))
        day += timedelta(days=step + rng.randint(-6, 6))
    return out


def _review(account: Account, orders: list[Order], day: date, rng: Random, *, known: bool) -> Row:
    falling = account.falling(day)
    reason = account.kind.reason
    parts = _relation(account, falling=falling)
    power = ""
    if known and account.wallet:
        usual = account.revenue * 100 // account.wallet
        if account.kind.name == "anchor, thinner" and day > date(2025, 8, 5):
            usual = usual * min(185, 100 + (day - date(2025, 8, 5)).days // 2) // 100
        elif account.kind.name in {"large, rising", "large, rising late", "middle, rising", "new"}:
            usual = usual * max(60, account.level(day)) // 100
        elif falling and reason == "own_business":
            usual = usual * max(25, account.level(day)) // 100
        power = cents(usual // 10_000 * 10_000 * 100)
    bought = [o for o in orders if day - _YEAR < o.placed_on <= day]
    level = account.level(day)
    deals = rng.choice((0, 1, 1, 2, 3)) if account.revenue > 450_000 else rng.choice((0, 0, 1, 1))
    if account.kind.name == "prospect" or (not orders or day < orders[0].placed_on):
        deals = rng.choice((0, 1, 1))
    if falling or (level == 0 and not bought):
        deals = 0
    pressure = "none" if account.revenue < 100_000 else rng.choice(("none", "some", "some"))
    if falling and reason in {"price", "rival_offer"}:
        pressure = "strong"
    attitude = "invites" if falling and reason in {"price", "rival_offer"} else rng.choice(
        ("listens", "listens", "turns_away") if account.wallet >= 40 else ("listens", "listens", "invites")
    )  # fmt: skip
    rank = 1 if account.wallet >= 45 and not falling else rng.randint(2, 4)
    tolerance = (
        "low" if falling and reason in {"quality", "service"} else rng.choice(("low", "medium", "medium"))
    )
    price = "high" if falling and reason == "price" else rng.choice(("low", "medium", "medium", "high"))
    return (
        account.id,
        day.isoformat(),
        power,
        *parts,
        deals,
        pressure,
        rank,
        tolerance,
        price,
        attitude,
    )


def make_credit_reviews(account: Account) -> list[Row]:
    """Return customer, day, debt ratio in percent, operating cash flow of a year."""
    if account.kind.name in {"prospect", "one order"}:
        return []
    rng = account.rng("credit")
    step = 90 if account.revenue > 450_000 else 182
    day = max(_FIRST + timedelta(days=rng.randint(0, step)), account.known_since + timedelta(days=60))
    debt = rng.randint(2_200, 5_600)
    if account.rng("indebted").random() < 0.05:
        debt = rng.randint(6_100, 7_000)
    flow = account.revenue * rng.randint(20, 160) // 100
    out: list[Row] = []
    while day <= END:
        poor = account.kind.reason == "own_business" and account.falling(day)
        now = min(9_500, debt + (2_400 if poor else 0) + rng.randint(-250, 250))
        yearly = (-flow if poor else flow) * rng.randint(80, 120)
        out.append((account.id, day.isoformat(), f"{now // 100}.{now % 100:02d}", cents(yearly)))
        day += timedelta(days=step + rng.randint(-9, 4))
    return out


def _relation(account: Account, *, falling: bool) -> tuple[object, object, object]:
    """Return the relation of the organisations, with key people, and the extensive one, 0 to 5; for small
    customers nobody scores them."""
    if account.revenue <= 450_000:
        return "", "", ""
    more = account.rng("relation").choice((0, 0, 1))
    organisation, key, extensive = account.depth, min(5, account.depth + 1), min(5, account.depth + more)
    if falling and account.kind.reason == "relationship":
        return max(0, organisation - 1), 1, extensive
    return organisation, key, extensive


_SCORES = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
_ANSWERS = ("fully_dissatisfied", "dissatisfied", "neutral", "satisfied", "fully_satisfied")
_HURTS = {
    "quality": ("reliability", "assurance"), "service": ("responsiveness", "empathy"),
    "relationship": ("empathy",), "price": (), "rival_offer": ("assurance",), "own_business": (),
    "product_fit": ("tangibles",), "": (),
}  # fmt: skip


def make_surveys(account: Account, orders: list[Order]) -> list[Row]:
    """Return one row for each answered questionnaire: by quarter from the middle up, else once a year."""
    rng = account.rng("surveys")
    large = account.revenue > 450_000
    day = date(2024, 7, 8) + timedelta(days=rng.randint(0, 80 if large else 360))
    usual = rng.choice((4, 4, 4, 5, 3))
    out: list[Row] = []
    while day <= END:
        on = working_day(day)
        bought = any(on - _YEAR < o.placed_on <= on for o in orders)
        if bought and on <= END and rng.random() < (0.85 if large else 0.45):
            out.append(_survey(account, on, usual, rng, kind="by_segment" if large else "yearly"))
        day += timedelta(days=91 if large else 365)
    return out


def _survey(account: Account, day: date, usual: int, rng: Random, *, kind: str) -> Row:
    start = account.falls_on
    sore = start is not None and abs((day - start).days) < 150
    hurts = _HURTS[account.kind.reason] if sore else ()
    scores: list[int] = []
    for name in _SCORES:
        expected = rng.choice((4, 4, 5))
        received = max(1, min(5, usual + rng.choice((-1, 0, 0, 0, 1)) - (2 if name in hurts else 0)))
        scores += [received, expected]
    mean = sum(scores[::2]) / 5
    overall = max(0, min(4, round(mean) - 1 - (1 if hurts else 0)))
    nps = max(0, min(10, overall * 2 + rng.choice((0, 0, 0, 1)) - (1 if sore else 0)))
    number = f"S{day:%y%m}-{account.id[1:]}"
    return (number, account.id, day.isoformat(), kind, person(rng), _ANSWERS[overall], *scores, nps)


def make_log(account: Account, orders: list[Order]) -> list[Row]:
    """Return day, customer, what, value: what the CRM notes beside contacts and reviews."""
    rng = account.rng("log")
    out: list[tuple[date, str, str]] = []
    if account.kind.name == "prospect":
        out += _questions(account, rng)
    else:
        first = min((o.placed_on for o in orders), default=END)
        day = min(account.known_since + timedelta(days=rng.randint(15, 40)), first)
        out += [(max(day, BOOKS), what, "yes") for what in ("need", "fit", "means")]
    start = account.falls_on
    if start is not None and account.kind.reason:
        out += _fall(account, start, rng)
    if account.kind.name == "small, fading":
        out.append(((start or END) + timedelta(days=rng.randint(230, 330)), "win_back_attempt", "discount"))
        reason = rng.choice(("price", "competitor", "demand", "other"))
        out.append(((start or END) + timedelta(days=540), "loss_reason", reason))
    return [(d.isoformat(), account.id, what, value) for d, what, value in sorted(out) if d <= END]


def _questions(account: Account, rng: Random) -> list[tuple[date, str, str]]:
    """Need, fit and means of a prospect, as far as they were asked."""
    out = []
    for i, what in enumerate(("need", "fit", "means")):
        day = account.known_since + timedelta(days=18 + 6 * i)
        if rng.random() < 0.85:
            out.append((day, what, "no" if rng.random() < 0.12 else "yes"))
    return out


def _fall(account: Account, start: date, rng: Random) -> list[tuple[date, str, str]]:
    """What is noted of a customer that falls: why, who left, what was tried, and whether it came back."""
    reason, name = account.kind.reason, account.kind.name
    found = start + timedelta(days=rng.randint(50, 95))
    out = [(found, "decline_reason", reason)]
    if reason == "relationship":
        out.append((start + timedelta(days=rng.randint(-20, 10)), "key_person_left", person(rng)))
    if name in {"large, service", "middle, recovered"}:
        back = BEGIN + timedelta(days=(account.kind.curve[-2][0] + account.shift) * 3044 // 100)
        out.append((back + timedelta(days=60), "decline_reason", ""))
    if name == "large, quality":
        out += [
            (start + timedelta(days=40), "blacklisted_us", "yes"),
            (start + timedelta(days=41), "apology_made", ""),
            (start + timedelta(days=49), "cause_reported", ""),
            (start + timedelta(days=112), "audit_passed", ""),
        ]
    if name == "won back":
        out += [
            (start + timedelta(days=d), "win_back_attempt", tool)
            for d, tool in ((470, "service_repair"), (640, "discount"))
        ]
        out += [
            (start + timedelta(days=500), "loss_reason", "service"),
            (END - timedelta(days=80), "decline_reason", ""), (END - timedelta(days=80), "loss_reason", ""),
        ]  # fmt: skip
    if name == "dissolved":
        out += [
            (start + timedelta(days=170), "dissolved", ""),
            (start + timedelta(days=175), "loss_reason", "insolvency"),
        ]
    return out


def make_contracts(account: Account) -> list[Row]:
    """Return supply contracts by calendar year: customer, signed, until, value a year, penalty, quota."""
    if account.revenue < 900_000 or account.kind.name == "new":
        return []
    rng = account.rng("contracts")
    out: list[Row] = []
    for year in (2024, 2025, 2026):
        signed = date(year, 1, rng.randint(4, 20))
        if account.falling(signed):
            break
        value = account.revenue * account.level(signed) // 100 // 10_000 * 10_000
        penalty = rng.choice((0, 5, 5, 10)) if account.revenue > 2_500_000 else 0
        out.append((account.id, signed.isoformat(), date(year, 12, 31).isoformat(), cents(value * 80),
                    penalty, cents(value * 105)))  # fmt: skip
    return out
