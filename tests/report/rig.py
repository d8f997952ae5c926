"""A small database of cases for reports: complaints handled well, late or not yet; customers in review."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from kamflow.app.open_flow import open_flow
from kamflow.flow.cases import Receipt

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = json.loads((ROOT / "examples" / "customers.json").read_text(encoding="utf-8"))
CST = timezone(timedelta(hours=8))

STEPS = (
    ("2026-07-06T10:15", "acknowledged", {}),
    ("2026-07-06T14:15", "listened", {"apology_given": True, "summary": "late"}),
    ("2026-07-07T10:15", "evidence_added", {"count": 2, "uri": "photo"}),
    (
        "2026-07-07T15:00",
        "verified",
        {"founded": True, "expectation": "refund", "expected_amount": "12000.00"},
    ),
    ("2026-07-08T09:30", "expectation_aligned", {}),
    ("2026-07-08T10:00", "offer_made", {"kind": "voucher", "amount": "2000.00"}),
    ("2026-07-08T15:00", "offer_accepted", {}),
    ("2026-07-09T10:00", "compensated", {"amount": "2000.00"}),
    ("2026-07-10T10:00", "survey_returned", {"satisfaction": 5}),
)
BEGUN = ((9, 0), (9, 0), (4, 0), (1, 7), (0, 0))
"""Complaints: how many steps each has taken, and how many days late it starts."""


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CST)


def make_database(path: Path) -> None:
    """Publish the shipped workflows; run five complaints and twelve customers until 2026-10-31."""
    with open_flow(str(path)) as flow:
        flow.publish(ROOT / "rules", ROOT / "workflows", at=_at("2026-06-30T09:00"), prove=False)
        for i, customer in enumerate(CUSTOMERS[:12]):
            done = flow.start("customer-lifecycle", customer["id"], customer, at=_at("2026-07-01T09:00"))
            assert isinstance(done, Receipt), done
            for month in (7, 8, 9):
                day = f"2026-{month:02}-{20 + i % 5}T09:00"
                done = flow.review("customer-lifecycle", customer["id"], customer, at=_at(day))
                assert isinstance(done, Receipt), done
        for k, (taken, late) in enumerate(BEGUN, 1):
            subject = {
                "id": f"K-{k}", "customer": CUSTOMERS[k], "received_on": "2026-07-06",
                "severity": ("minor", "major", "critical")[k % 3], "goods_value": "50000 CNY",
                "liability": "quality_defect",
            }  # fmt: skip
            done = flow.start("complaint", f"K-{k}", subject, at=_at("2026-07-06T09:30"))
            assert isinstance(done, Receipt), done
            for at, event, payload in STEPS[:taken]:
                done = flow.send("complaint", f"K-{k}", event, payload, at=_at(at) + timedelta(days=late))
                assert isinstance(done, Receipt), (k, event, done)
        flow.tick(_at("2026-10-31T00:00"))
