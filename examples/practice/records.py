"""The exports as of a day become customer records of `rules/customer.kam`: what was known at its end.

    python -m examples.practice.records 2026-06-30 customers.json

Assumes: ``Books``. Leaves: JSON-like records, the same function for every day; nothing of a later day.
"""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from examples.practice.books import Books, Customer, cents_of, day_of, read_books
from examples.practice.record_lists import YEAR, Record, complaint_of, iso, money, put_details

_QUARTER = 90
_INTERVALS = 8  # gaps between orders that make the usual interval
_VISIT, _OTHER = 90_000, 8_000  # what a visit and any other contact cost us, in cents
_DEGREES = ("technical_dependence", "service_dependence", "process_dependence", "brand_attachment")
_PER_REVIEW = ("oke_organisation", "oke_key_person", "oke_extensive", "open_opportunities", "supplier_rank")
_WORDS_PER_REVIEW = ("rival_pressure", "quality_tolerance", "price_sensitivity", "rival_attitude")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reviews before have set: the tier, since when, reviewed when; the stage of the lifecycle."""

    tier: str
    since: str
    reviewed_on: str
    stage: str | None = None


def records_on(
    books: Books, day: date, standings: Mapping[str, Standing] | None = None, *, details: bool = True
) -> list[Record]:
    """Return a record for each customer that was known on a day.

    ``details``: lists of orders, products and surveys too, which a review of stages does not need.
    """
    at = day.toordinal()
    return [
        record_on(books, one, at, (standings or {}).get(one.id), details=details)
        for one in books.customers.values()
        if one.known_since <= at
    ]


def record_on(
    books: Books, one: Customer, day: int, standing: Standing | None = None, *, details: bool = True
) -> Record:
    row = one.row
    out: Record = {
        "id": one.id, "name": row["name"], "industry": row["industry"], "region": row["region"],
        "contact_name": row["contact_name"], "contact_phone": row["contact_phone"],
        "strategic_fit": row["strategic_fit"], "benchmark_customer": row["benchmark"] == "yes",
        "special_procedure": row["special_procedure"] == "yes", "dedicated_assets": row["dedicated_assets"],
        **{name: row[name] for name in _DEGREES},
    }  # fmt: skip
    _put_purchases(out, one, day)
    _put_payment(out, one, day)
    _put_contacts(out, one, day)
    _put_account_reviews(out, one, day)
    _put_log(out, one, day)
    _put_prices(out, one, day)
    _put_contract(out, one, day)
    out["complaints"] = [complaint_of(books, c, day) for c in one.complaints.until(day)]
    if standing is not None:
        out |= {
            "current_tier": standing.tier, "tier_since": standing.since,
            "tier_reviewed_on": standing.reviewed_on,
        }  # fmt: skip
        if standing.stage is not None:
            out["relation_stage"] = standing.stage
    last = one.surveys.last(day)
    if last is not None:
        out["nps"] = int(last["nps"])
    if details:
        put_details(out, one, day)
    return out


def _put_purchases(out: Record, one: Customer, day: int) -> None:
    days = one.orders.days
    now, year_ago, before = (bisect_right(days, d) for d in (day, day - YEAR, day - 2 * YEAR))
    revenue = one.amounts[now] - one.amounts[year_ago]
    first = days[0] if now else one.known_since
    out |= {
        "customer_since": iso(max(one.known_since, first) if _began_here(one) else one.known_since),
        "orders_12m": now - year_ago,
        "revenue_12m": money(revenue),
        "revenue_prev_12m": money(one.amounts[year_ago] - one.amounts[before]),
        "profit_12m": money(revenue - (one.costs[now] - one.costs[year_ago])),
        "contract_due_12m": now - year_ago,
        "contract_kept_12m": sum(o["delivered_late"] == "no" for o in one.orders.rows[year_ago:now]),
    }
    if now:
        out["last_order_on"] = iso(days[now - 1])
    for name, end in (("order_interval", now), ("order_interval_prev", year_ago)):
        gaps = [b - a for a, b in pairwise(days[max(0, end - 1 - _INTERVALS) : end]) if b - a <= YEAR]
        if gaps:  # a silence of more than a year is no rhythm
            out[name] = max(1, round(sum(gaps) / len(gaps)))


def _began_here(one: Customer) -> bool:
    """Say whether the first order of a customer is in the exports: others bought before they begin."""
    return (
        bool(one.orders.days) and one.orders.days[0] - one.known_since > 60 and one.known_since > _BOOKS_BEGIN
    )


_BOOKS_BEGIN = date(2023, 1, 1).toordinal()


def _put_payment(out: Record, one: Customer, day: int) -> None:
    owed = overdue = 0
    last_overdue: int | None = None
    took: list[int] = []
    took_before: list[int] = []
    for placed, due, amount, paid in one.bills:
        if placed > day:
            break
        open_ = paid is None or paid > day
        if open_:
            owed += amount
            overdue = max(overdue, day - due)
        elif paid is not None:
            (took if placed > day - YEAR else took_before if placed > day - 2 * YEAR else []).append(
                paid - placed
            )
        late_until = day if open_ else paid
        if late_until is not None and late_until > due:
            last_overdue = max(last_overdue or 0, late_until - (0 if open_ else 1))
    out["receivables"] = money(owed)
    out["overdue_days"] = max(0, overdue)
    if last_overdue is not None:
        out["last_overdue_on"] = iso(last_overdue)
    for name, lengths in (("payment_days", took), ("payment_days_prev", took_before)):
        if lengths:
            out[name] = round(sum(lengths) / len(lengths))
    review = one.credit_reviews.last(day)
    if review is not None:
        out["debt_ratio"] = review["debt_ratio_percent"]
        out["operating_cash_flow"] = review["operating_cash_flow"]
        out["credit_reviewed_on"] = review["day"]


def _put_contacts(out: Record, one: Customer, day: int) -> None:
    out["contacts_90d"] = one.contacts.count(day - _QUARTER, day)
    out["contacts_prev_90d"] = one.contacts.count(day - 2 * _QUARTER, day - _QUARTER)
    for name, dated in (("last_contact_on", one.contacts), ("last_visit_on", one.visits)):
        last = dated.last(day)
        if last is not None:
            out[name] = last["day"]
    visits = one.visits.count(day - YEAR, day)
    others = one.contacts.count(day - YEAR, day) - visits
    out["cost_to_serve_12m"] = money(visits * _VISIT + others * _OTHER)


def _put_account_reviews(out: Record, one: Customer, day: int) -> None:
    review, before = one.account_reviews.last(day), one.account_reviews.last(day - YEAR)
    for said, revenue, name in (
        (review, out["revenue_12m"], "share_of_wallet"),
        (before, out["revenue_prev_12m"], "share_of_wallet_prev"),
    ):  # fmt: skip
        if said is not None and said["purchasing_power"]:
            power = cents_of(said["purchasing_power"])
            share = min(10_000, cents_of(str(revenue)) * 10_000 // max(1, power))  # hundredths of a percent
            out[name] = money(share)
            if said is review:
                out["purchasing_power"] = money(max(power, cents_of(str(revenue))))
    if review is not None:
        out |= {name: int(review[name]) for name in _PER_REVIEW if review[name]}
        out |= {name: review[name] for name in _WORDS_PER_REVIEW}


def _put_log(out: Record, one: Customer, day: int) -> None:
    attempts = 0
    names = {"need": "need_confirmed", "fit": "fits_positioning", "means": "able_to_pay"}
    for at, row in zip(one.log.days, one.log.rows, strict=True):
        if at > day:
            break
        match row["what"], row["value"]:
            case ("need" | "fit" | "means") as what, value:
                out[names[what]] = value == "yes"
            case "win_back_attempt", _:
                attempts += 1
            case ("decline_reason" | "loss_reason") as what, "":
                out.pop(what, None)
            case ("decline_reason" | "loss_reason") as what, value:
                out[what] = value
            case "dissolved", _:
                out["legal_status"] = "dissolved"
            case "key_person_left", _:
                out["key_person_left_on"] = iso(at)
            case "blacklisted_us", _:
                out["blacklisted_us"], out["blacklisted_us_on"] = True, iso(at)
            case ("apology_made" | "cause_reported" | "audit_passed" | "trial_order") as what, _:
                out[f"{what}_on"] = iso(at)
            case _:
                pass
    out["win_back_attempts"] = attempts


def _put_prices(out: Record, one: Customer, day: int) -> None:
    now = one.prices.last(day)
    assert now is not None, "each customer has a price list from the first day of the books on"
    out |= {
        "product_stage": now["product_stage"], "order_quantity": int(now["units_an_order"]),
        "list_price": now["list_price"], "unit_cost": now["unit_cost"],
    }  # fmt: skip
    before = one.prices.last(day_of(now["valid_from"]) - 1)
    if before is not None and out["orders_12m"]:
        out["last_price"], out["unit_cost_prev"] = before["agreed_price"], before["unit_cost"]
    if now["fixed_until"]:
        out["price_fixed_until"] = now["fixed_until"]
    for row in one.price_requests.until(day):
        if not row["answered_on"] or day_of(row["answered_on"]) > day:  # still waits for an answer
            out[f"{row['kind']}_asked"] = int(row["percent"])


def _put_contract(out: Record, one: Customer, day: int) -> None:
    row = one.contracts.last(day)
    if row is not None and day_of(row["until"]) >= day:
        out |= {
            "contract_until": row["until"], "contract_value_year": row["value_year"],
            "exit_penalty_rate": int(row["exit_penalty_percent"]), "annual_quota": row["quota_year"],
            "quota_ends_on": row["until"],
        }  # fmt: skip


def write_records(path: Path, records: list[Record]) -> None:
    lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in records)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8", newline="\n")


def main() -> None:
    day, path = date.fromisoformat(sys.argv[1]), Path(sys.argv[2])
    records = records_on(read_books(), day)
    write_records(path, records)
    print(f"{path}: {len(records)} customers as of {day}")


if __name__ == "__main__":
    main()
