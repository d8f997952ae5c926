"""Records as of a day: against sums that DuckDB makes of the files, and against the files as they stood."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

import kamflow
from examples.practice.books import EXPORTS, Books, read_books
from examples.practice.history import review_days
from examples.practice.records import records_on

DAYS = (date(2025, 1, 1), date(2025, 9, 30), date(2026, 6, 30))

pytestmark = pytest.mark.xdist_group("practice")


def _cents(said: object) -> int:
    return int(str(said).replace(".", ""))


_SUMS = """
with o as (
  select customer, "order", placed_on, due_on, amount, amount - cost as profit,
         (select min(paid_on) from payments p where p."order" = o."order") as paid_on
  from orders o where placed_on <= $day
)
select c.customer,
  count(*) filter (placed_on > $day - 365) as orders,
  coalesce(sum(amount) filter (placed_on > $day - 365), 0) as revenue,
  coalesce(sum(amount) filter (placed_on <= $day - 365 and placed_on > $day - 730), 0) as revenue_before,
  coalesce(sum(profit) filter (placed_on > $day - 365), 0) as profit,
  coalesce(sum(amount) filter (paid_on is null or paid_on > $day), 0) as owed,
  greatest(0, coalesce(max($day - due_on) filter (paid_on is null or paid_on > $day), 0)) as overdue,
  max(placed_on) as last_order
from customers c left join o on o.customer = c.customer
where c.known_since <= $day group by 1
"""


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_sums_of_every_customer_are_those_of_plain_sql(books: Books, day: date) -> None:
    database = duckdb.connect()
    for name in ("customers", "orders", "payments"):
        types = {"amount": "decimal(18,2)", "cost": "decimal(18,2)"} if name == "orders" else {}
        database.read_csv(str(EXPORTS / f"{name}.csv"), dtype=types, header=True).to_table(name)
    expected = {row[0]: row[1:] for row in database.execute(_SUMS, {"day": day}).fetchall()}
    records = {str(r["id"]): r for r in records_on(books, day)}
    assert sorted(records) == sorted(expected)
    for customer, (orders, revenue, before, profit, owed, overdue, last) in expected.items():
        made = records[customer]
        assert made["orders_12m"] == orders, customer
        assert _cents(made["revenue_12m"]) == round(revenue * 100), customer
        assert _cents(made["revenue_prev_12m"]) == round(before * 100), customer
        assert _cents(made["profit_12m"]) == round(profit * 100), customer
        assert _cents(made["receivables"]) == round(owed * 100), customer
        assert made["overdue_days"] == overdue, customer
        assert made.get("last_order_on") == (None if last is None else last.isoformat()), customer


@pytest.mark.parametrize("day", DAYS[:2], ids=str)
def test_a_record_knows_nothing_of_later_days(books: Books, day: date, tmp_path: Path) -> None:
    """Exports from which every later line is taken give the same records."""
    dated = {
        "orders": "placed_on", "payments": "paid_on", "prices": "valid_from", "price_requests": "asked_on",
        "contracts": "signed_on", "contacts": "day", "account_reviews": "day", "credit_reviews": "day",
        "surveys": "day", "crm_log": "day", "complaints": "received_at", "complaint_log": "at",
        "prospect_log": "at",
    }  # fmt: skip
    for path in EXPORTS.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        column = dated.get(path.stem)
        kept = [r for r in rows if column is None or r[column][:10] <= day.isoformat()]
        with (tmp_path / path.name).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)
    assert records_on(read_books(tmp_path), day) == records_on(books, day)


def test_no_record_of_any_review_is_rejected(books: Books, engine: kamflow.Engine) -> None:
    wrong = [
        (day, made.id, made.findings[0].message.en)
        for day in review_days()
        for made in engine.evaluate_many(records_on(books, day), as_of=day, record_type="customer")
        if isinstance(made, kamflow.Rejection)
    ]
    assert not wrong, wrong[:5]


def test_a_complaint_is_solved_until_the_customer_says_otherwise(books: Books) -> None:
    """By the log of one complaint that came back: paid on 25 June, and not content on 29 June."""
    log = [(e["at"][:10], e["event"], e["values"]) for e in books.complaint_events["K2606-164-3"]]
    assert ("2026-06-25", "compensated") in [(at, event) for at, event, _ in log]
    assert ("2026-06-29", "survey_returned", "satisfaction=2") in log or (
        "2026-06-29", "survey_returned", "satisfaction=3") in log  # fmt: skip
    days = [date(2026, 6, 24), date(2026, 6, 25), date(2026, 6, 28), date(2026, 6, 29)]
    solved = [books.solved_on("K2606-164-3", d.toordinal()) for d in days]
    paid = date(2026, 6, 25).toordinal()
    assert solved == [None, paid, paid, None]
