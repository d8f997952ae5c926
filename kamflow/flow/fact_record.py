"""The raw record of one simulated customer on one day, as a source would give it (`rules/customer.kam`).

Assumes: a ``Life``. Leaves: JSON with what could be known on that day, nothing later: totals of the 365 days
up to and including it, the year before, intervals as the mean of the last eight. It takes the way of every
record: read, checked and decided by the policies.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date

from kamflow.flow.fact_model import LOSING, Drawn, Life, Regime
from kamflow.values.codec import Json

YEAR = 365
_QUARTER = 90
_INTERVALS = 8  # how many gaps the usual interval is the mean of
_COMPLAINTS_KEPT = 400  # days
_NEW_KEY_PERSON, _LOST_WITH_KEY_PERSON = 120, 2  # days until the successor is won, points until then


def record_on(life: Life, day: int) -> dict[str, Json]:
    """Return what the books say of a customer at the end of a day (a day number)."""
    month = life.month(day)
    regime = life.regimes[month]
    now, year_ago, before = (bisect_right(life.orders, d) for d in (day, day - YEAR, day - 2 * YEAR))
    revenue = life.sums[now] - life.sums[year_ago]
    contacts = [bisect_right(life.contacts, d) for d in (day, day - _QUARTER, day - 2 * _QUARTER)]
    traits = life.traits
    out: dict[str, Json] = {
        "id": life.id,
        "name": f"Simulated {life.id}",
        "customer_since": iso(min(life.known, day)),
        "orders_12m": now - year_ago,
        "revenue_12m": money(revenue),
        "revenue_prev_12m": money(life.sums[year_ago] - life.sums[before]),
        "profit_12m": money(revenue * life.margin // 100),
        "cost_to_serve_12m": money(revenue * 3 // 100),
        "strategic_fit": traits["fit"],
        "nps": traits["nps"],
        "payment_days": life.pays_in[month],
        "payment_days_prev": life.pays_in[max(0, month - 12)],
        "contacts_90d": contacts[0] - contacts[1],
        "contacts_prev_90d": contacts[1] - contacts[2],
        "need_confirmed": traits["need"],
        "fits_positioning": traits["fits"],
        "able_to_pay": traits["pays"],
        "legal_status": "dissolved" if regime is Regime.GONE else "active",
        "list_price": money(int(traits["list_price"])),
        "unit_cost": money(int(traits["unit_cost"])),
        "complaints": [_complaint(c, day) for c in life.complaints if _is_kept(c, day)],
    }
    if now:
        out["last_order_on"] = iso(life.orders[now - 1])
    for name, end in (("order_interval", now), ("order_interval_prev", year_ago)):
        if end > 1:
            first = max(0, end - 1 - _INTERVALS)
            out[name] = max(1, round((life.orders[end - 1] - life.orders[first]) / (end - 1 - first)))
    if life.wallet_seen[month]:
        _put_wallet(out, life, month, revenue, life.sums[year_ago] - life.sums[before])
    if life.open_deals[month] is not None:
        out["open_opportunities"] = life.open_deals[month]
    left = bisect_right(life.left, day)
    if left:
        out["key_person_left_on"] = iso(life.left[left - 1])
    if traits["scored"]:
        new = left > 0 and day - life.left[left - 1] < _NEW_KEY_PERSON
        for name in ("organisation", "key_person", "extensive"):
            lost = _LOST_WITH_KEY_PERSON if new and name == "key_person" else 0
            out[f"oke_{name}"] = min(5, max(0, life.depth[month] + int(traits[name]) - lost))
    if regime in LOSING:
        out["decline_reason"] = traits["reason"]
    return out


def case_record(life: Life, number: int) -> dict[str, Json]:
    """Return the record of one complaint as a case (`rules/complaint.kam`), as of the day it came in."""
    drawn = life.complaints[number]
    out: dict[str, Json] = {
        "id": f"{life.id}-{number + 1}",
        "customer": record_on(life, drawn.received),
        "received_on": iso(drawn.received),
        "about": drawn.about,
        "severity": drawn.severity,
        "goods_value": money(drawn.goods),
    }
    if drawn.liability is not None:
        out["liability"] = drawn.liability
    if drawn.claimed is not None:
        out["claimed_amount"] = money(drawn.claimed)
    return out


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def money(cents: int) -> str:
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def _put_wallet(out: dict[str, Json], life: Life, month: int, revenue: int, before: int) -> None:
    for name, part, power in (
        ("share_of_wallet", revenue, life.power[month]),
        ("share_of_wallet_prev", before, life.power[max(0, month - 12)]),
    ):
        out[name] = money(min(10_000, part * 100 // max(1, power)))  # hundredths of a percent
    out["purchasing_power"] = money(life.power[month] * 100)


def _is_kept(drawn: Drawn, day: int) -> bool:
    return day - _COMPLAINTS_KEPT < drawn.received <= day


def _complaint(drawn: Drawn, day: int) -> Json:
    said: dict[str, Json] = {
        "received_on": iso(drawn.received), "about": drawn.about, "severity": drawn.severity,
    }  # fmt: skip
    if drawn.solved <= day:
        said["solved_on"] = iso(drawn.solved)
    return said
