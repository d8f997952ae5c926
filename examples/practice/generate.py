"""Write the exports of the story: what a CRM, an ERP and a service desk know of 200 customers.

    python -m examples.practice.generate             # writes examples/practice/exports/*.csv

Seeded: the same files every time, on every machine (standard library only, no clock). The customers and
their fates stand in `cast.py`; here they become tables, the oldest row first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from examples.practice import cast, desk, prospects, relations, trade
from examples.practice.cast import Account
from examples.practice.trade import cents

EXPORTS = Path(__file__).with_name("exports")
_SURVEY = tuple(f"{s}_{k}" for s in relations._SCORES for k in ("received", "expected"))

COLUMNS = {
    "customers": ("customer name industry region account_manager known_since contact_name contact_phone"
                  " strategic_fit benchmark special_procedure dedicated_assets technical_dependence"
                  " service_dependence process_dependence brand_attachment"),
    "people": "name role region",
    "orders": "order customer placed_on product_group amount cost due_on delivered_late",
    "payments": "order paid_on amount",
    "prices": ("customer valid_from product_stage units_an_order list_price unit_cost agreed_price"
               " fixed_until"),
    "price_requests": "customer asked_on kind percent answered_on",
    "contracts": "customer signed_on until value_year exit_penalty_percent quota_year",
    "contacts": "customer day channel",
    "account_reviews": ("customer day purchasing_power oke_organisation oke_key_person"
                        " oke_extensive open_opportunities rival_pressure supplier_rank quality_tolerance"
                        " price_sensitivity rival_attitude"),
    "credit_reviews": "customer day debt_ratio_percent operating_cash_flow",
    "surveys": f"survey customer day kind respondent overall_answer {' '.join(_SURVEY)} nps",
    "crm_log": "day customer what value",
    "complaints": ("complaint customer received_at severity about objection liability goods_value"
                   " claimed_amount"),
    "complaint_log": "complaint at event actor values",
    "prospect_log": "customer at event actor values",
}  # fmt: skip
"""The tables, and their columns."""


@dataclass(slots=True)
class Tables:
    rows: dict[str, list[Sequence[object]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def add(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        self.rows[table] += rows


def make_tables() -> Tables:
    """Let all customers live, and return what was noted of it."""
    tables = Tables()
    tables.add("people", _people())
    for account in cast.make_cast():
        _add(tables, account)
    for name, column in (
        ("orders", 2), ("payments", 1), ("contacts", 1), ("account_reviews", 1), ("credit_reviews", 1),
        ("surveys", 2), ("crm_log", 0), ("complaints", 2), ("complaint_log", 1), ("prospect_log", 1),
        ("price_requests", 1), ("contracts", 1), ("prices", 1),
    ):  # fmt: skip
        tables.rows[name].sort(key=lambda row, at=column: str(row[at]))  # type: ignore[misc]
    return tables


def _add(tables: Tables, account: Account) -> None:
    orders = trade.make_orders(account)
    tables.add("customers", [_customer(account)])
    tables.add("orders", (
        (o.number, o.customer, o.placed_on, o.product_group, cents(o.amount), cents(o.cost), o.due_on,
         "yes" if o.late else "no")
        for o in orders
    ))  # fmt: skip
    tables.add("payments", (
        (r.order, r.paid_on, cents(r.amount)) for r in trade.make_receipts(account, orders)
    ))  # fmt: skip
    tables.add("prices", trade.make_prices(account))
    tables.add("price_requests", trade.make_requests(account))
    tables.add("contracts", relations.make_contracts(account))
    tables.add("contacts", relations.make_contacts(account, orders))
    tables.add("account_reviews", relations.make_account_reviews(account, orders))
    tables.add("credit_reviews", relations.make_credit_reviews(account))
    tables.add("surveys", relations.make_surveys(account, orders))
    tables.add("crm_log", relations.make_log(account, orders))
    complaints, events = desk.make_complaints(account, orders)
    tables.add("complaints", (
        (c.id, c.customer, _minute(c.received_at), c.severity, c.about, c.objection, c.liability,
         cents(c.goods), "" if c.claimed is None else cents(c.claimed))
        for c in complaints
    ))  # fmt: skip
    for table, many in (
        ("complaint_log", events), ("prospect_log", prospects.make_development(account, orders))
    ):  # fmt: skip
        tables.add(table, ((e.case, _minute(e.at), e.event, e.actor, e.values) for e in many))


def _minute(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


def _customer(account: Account) -> Sequence[object]:
    rng = account.rng("customer")
    large = account.revenue > 2_500_000
    fit = rng.choice(("high", "high", "medium") if large else ("low", "medium", "medium", "medium", "high"))
    degrees = ("medium", "high", "high") if account.wallet >= 45 else ("low", "low", "medium")
    phone = f"1{rng.choice('35789')}0000{rng.randint(0, 99_999):05d}"  # no real number
    assets = account.revenue // 50 if account.wallet >= 50 and large else 0
    return (
        account.id, account.name, account.industry, account.region, account.manager, account.known_since,
        cast.person(rng), phone, fit, "yes" if large and rng.random() < 0.2 else "no",
        "yes" if large and rng.random() < 0.3 else "no", f"{assets}.00",
        *(rng.choice(degrees) for _ in range(4)),
    )  # fmt: skip


def _people() -> Iterable[Sequence[object]]:
    for region, names in cast.ACCOUNT_MANAGERS.items():
        for name in names:
            yield name, "account_manager", region
    for region, name in cast.AREA_MANAGERS.items():
        yield name, "area_manager", region
    yield cast.SALES_DIRECTOR, "sales_director", ""
    yield cast.GENERAL_MANAGER, "general_manager", ""


def csv_text(columns: str, rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns.split())
    writer.writerows(rows)
    return out.getvalue()


def make_exports() -> dict[str, bytes]:
    """Return the files by name. A byte order mark lets Excel read the Chinese."""
    tables = make_tables()
    return {
        f"{name}.csv": b"\xef\xbb\xbf" + csv_text(columns, tables.rows[name]).encode()
        for name, columns in COLUMNS.items()
    }


def main() -> None:
    EXPORTS.mkdir(exist_ok=True)
    made = make_exports()
    for name, data in made.items():
        (EXPORTS / name).write_bytes(data)
    print(f"{EXPORTS}: {len(made)} files, {sum(map(len, made.values())):,} bytes")


if __name__ == "__main__":
    main()
