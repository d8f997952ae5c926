"""The lists within a record: complaints, orders, products bought, surveys; and how amounts are written.

Assumes: ``Books``. Leaves: parts of a record as of a day; nothing of a later day.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import TypeAlias

from examples.practice.books import Books, Customer, Row

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"
Record: TypeAlias = "dict[str, Json]"
YEAR = 365


def complaint_of(books: Books, row: Row, day: int) -> Json:
    out: dict[str, Json] = {
        "received_on": row["received_at"][:10], "severity": row["severity"], "about": row["about"]
    }  # fmt: skip
    solved = books.solved_on(row["complaint"], day)
    if solved is not None:
        out["solved_on"] = iso(solved)
    return out


def put_details(out: Record, one: Customer, day: int) -> None:
    end, start = (bisect_right(one.orders.days, d) for d in (day, day - 2 * YEAR))
    out["orders"] = [{"placed_on": o["placed_on"], "amount": o["amount"]} for o in one.orders.rows[start:end]]
    bought: dict[str, tuple[str, str]] = {}
    for o in one.orders.rows[:end]:
        first, _ = bought.get(o["product_group"], (o["placed_on"], ""))
        bought[o["product_group"]] = first, o["placed_on"]
    out["products_bought"] = [
        {"product_group": group, "first_bought_on": first, "last_bought_on": last}
        for group, (first, last) in bought.items()
    ]
    out["surveys"] = [_survey(s) for s in one.surveys.until(day)]


def _survey(row: Row) -> Json:
    out: dict[str, Json] = {
        "id": row["survey"], "surveyed_on": row["day"], "kind": row["kind"], "respondent": row["respondent"],
        "overall_answer": row["overall_answer"],
    }  # fmt: skip
    scores = {k: int(v) for k, v in row.items() if k.endswith(("_received", "_expected"))}
    return {**out, **scores}


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def money(cents: int) -> str:
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"
