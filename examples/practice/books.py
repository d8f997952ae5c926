"""The exports read: for each customer what happened, by day, so that any day can be looked up.

Assumes: the files of `generate.py`. Leaves: ``Books``; amounts in cents, days as numbers.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from pathlib import Path

EXPORTS = Path(__file__).with_name("exports")
Row = dict[str, str]


def read(folder: Path, name: str) -> Iterator[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def day_of(text: str) -> int:
    """Return the number of an ISO day; of a time, that of its day."""
    return date.fromisoformat(text[:10]).toordinal()


def cents_of(text: str) -> int:
    return int(text.replace(".", ""))


@dataclass(slots=True)
class Dated:
    """Rows of one customer by day, the oldest first."""

    days: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def add(self, day: int, row: Row) -> None:
        assert not self.days or day >= self.days[-1], "an export is in the order of its days"
        self.days.append(day)
        self.rows.append(row)

    def until(self, day: int) -> list[Row]:
        return self.rows[: bisect_right(self.days, day)]

    def last(self, day: int) -> Row | None:
        at = bisect_right(self.days, day)
        return self.rows[at - 1] if at else None

    def count(self, after: int, until: int) -> int:
        return bisect_right(self.days, until) - bisect_right(self.days, after)


@dataclass
class Customer:
    """All that is known of one customer. ``paid_on``: order → the day on which it was paid."""

    row: Row
    orders: Dated = field(default_factory=Dated)
    contacts: Dated = field(default_factory=Dated)
    visits: Dated = field(default_factory=Dated)
    account_reviews: Dated = field(default_factory=Dated)
    credit_reviews: Dated = field(default_factory=Dated)
    surveys: Dated = field(default_factory=Dated)
    log: Dated = field(default_factory=Dated)
    prices: Dated = field(default_factory=Dated)
    price_requests: Dated = field(default_factory=Dated)
    contracts: Dated = field(default_factory=Dated)
    complaints: Dated = field(default_factory=Dated)
    paid_on: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.row["customer"]

    @cached_property
    def known_since(self) -> int:
        return day_of(self.row["known_since"])

    @cached_property
    def amounts(self) -> list[int]:
        """Amounts of all orders, added up: the sum of the first n stands at n."""
        return [0, *accumulate(cents_of(o["amount"]) for o in self.orders.rows)]

    @cached_property
    def costs(self) -> list[int]:
        return [0, *accumulate(cents_of(o["cost"]) for o in self.orders.rows)]

    @cached_property
    def bills(self) -> list[tuple[int, int, int, int | None]]:
        """Day of the order, day due, amount, day paid of each order."""
        return [
            (placed, day_of(o["due_on"]), cents_of(o["amount"]), self.paid_on.get(o["order"]))
            for placed, o in zip(self.orders.days, self.orders.rows, strict=True)
        ]


@dataclass
class Books:
    """``events``: complaint or prospect → what was done, the oldest first; ``solved``: complaint → days on
    which it was solved, and on which it came back (negative)."""

    customers: dict[str, Customer]
    people: list[Row]
    complaints: dict[str, Row]
    complaint_events: dict[str, list[Row]]
    prospect_events: dict[str, list[Row]]

    def solved_on(self, complaint: str, day: int) -> int | None:
        """Return the day since which a complaint is solved, as of a day."""
        solved: int | None = None
        for event in self.complaint_events.get(complaint, ()):
            at = day_of(event["at"])
            if at > day:
                break
            name, values = event["event"], event["values"]
            if name in {"compensated", "withdraw"} or (name == "verified" and "founded=no" in values):
                solved = at
            elif name == "reopen" or (name == "survey_returned" and values[-1:] in {"1", "2", "3"}):
                solved = None
        return solved

    def person(self, role: str, region: str) -> str:
        """Return who has a role in a region, or everywhere."""
        return next(
            (p["name"] for p in self.people if p["role"] == role and p["region"] in {region, ""}), role
        )


_TABLES: tuple[tuple[str, str, Callable[[Customer], Dated]], ...] = (
    ("orders", "placed_on", lambda c: c.orders),
    ("contacts", "day", lambda c: c.contacts),
    ("account_reviews", "day", lambda c: c.account_reviews),
    ("credit_reviews", "day", lambda c: c.credit_reviews),
    ("surveys", "day", lambda c: c.surveys),
    ("crm_log", "day", lambda c: c.log),
    ("prices", "valid_from", lambda c: c.prices),
    ("price_requests", "asked_on", lambda c: c.price_requests),
    ("contracts", "signed_on", lambda c: c.contracts),
    ("complaints", "received_at", lambda c: c.complaints),
)


def read_books(folder: Path = EXPORTS) -> Books:
    """Read all exports of a folder."""
    customers = {row["customer"]: Customer(row) for row in read(folder, "customers")}
    for table, day, where in _TABLES:
        for row in read(folder, table):
            where(customers[row["customer"]]).add(day_of(row[day]), row)
    for row in read(folder, "payments"):
        customers[f"C{row['order'][:3]}"].paid_on[row["order"]] = day_of(row["paid_on"])
    for one in customers.values():
        for at, row in zip(one.contacts.days, one.contacts.rows, strict=True):
            if row["channel"] == "visit":
                one.visits.add(at, row)
    books = Books(
        customers, list(read(folder, "people")), {r["complaint"]: r for r in read(folder, "complaints")},
        defaultdict(list), defaultdict(list),
    )  # fmt: skip
    for row in read(folder, "complaint_log"):
        books.complaint_events[row["complaint"]].append(row)
    for row in read(folder, "prospect_log"):
        books.prospect_events[row["customer"]].append(row)
    return books
