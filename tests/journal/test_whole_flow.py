"""The shipped workflows from file to journal, from Python, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import kamflow
from kamflow.app.open_flow import FlowError
from kamflow.flow.cases import Receipt
from kamflow.flow.replay import verify_all
from kamflow.journal.rows import PendingEffect

ROOT = Path(__file__).resolve().parents[2]
CUSTOMER = json.loads((ROOT / "examples" / "customers.json").read_text(encoding="utf-8"))[0]
CHINA = timezone(timedelta(hours=8))
COMPLAINT = {
    "id": "K-1", "customer": CUSTOMER, "received_on": "2026-03-02", "severity": "major",
    "goods_value": "50000 CNY", "liability": "quality_defect",
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.fixture
def flow(address: str) -> kamflow.Flow:
    flow = kamflow.open_flow(address)
    names = ("complaint", "customer-lifecycle")
    flow.publish(ROOT / "rules", ROOT / "workflows", *names, at=at("2026-01-01"), prove=False)
    return flow


def state(done: object) -> str:
    assert isinstance(done, Receipt), done
    return str(done.result["state"])


def test_a_complaint_and_a_lifecycle_run_and_can_be_played_again(flow: kamflow.Flow) -> None:
    with flow:
        assert state(flow.start("complaint", "K-1", COMPLAINT, at=at("2026-03-02T09:30"))) == "received"
        assert state(flow.send("complaint", "K-1", "acknowledged", at=at("2026-03-02T10:00"))) == "listen"
        heard = {"apology_given": True, "summary": "late"}
        assert state(flow.send("complaint", "K-1", "listened", heard, at=at("2026-03-02T11:00"))) == "verify"
        assert flow.tick(at("2026-03-10")) > 0  # deadlines that nobody kept

        assert state(flow.start("customer-lifecycle", "C", CUSTOMER, at=at("2025-01-01"))) == "gestation"
        ready = {**CUSTOMER, "need_confirmed": True, "fits_positioning": True, "able_to_pay": True}
        moved = flow.review("customer-lifecycle", "C", ready, at=at("2026-06-30"))
        assert state(moved) == "initial"

        sentences = [line["sentence"] for line in flow.history("customer-lifecycle", "C")]
        assert sentences[-1] == {
            "en": "Moved from “Gestation (pre-KAM)” to “Initial cooperation”:"
            " First order by a qualified account.",
            "zh": "由“孕育期”转入“初期合作”：合格客户首次下单。",
        }
        left = {"left_on": "2026-06-29"}
        flow.send("customer-lifecycle", "C", "key_person_changed", left, at=at("2026-07-01"))
        sentences = [line["sentence"] for line in flow.history("customer-lifecycle", "C")]
        assert sentences[-1] == {
            "en": "Noted: The key person changed: the stage is at risk.",
            "zh": "已登记：关键岗位换人，阶段存在风险。",
        }
        for workflow in ("complaint", "customer-lifecycle"):
            (verified,) = verify_all(flow.cases.store, workflow)
            assert verified.findings == ()  # type: ignore[union-attr]  # one case
            assert verified.steps > 1  # type: ignore[union-attr]


def test_effects_reach_their_handlers_until_one_takes_them(flow: kamflow.Flow) -> None:
    taken: list[str] = []

    def refuses(_: PendingEffect) -> None:
        raise ConnectionError("no server")

    with flow:
        flow.start("complaint", "K-1", COMPLAINT, at=at("2026-03-02T09:30"))
        flow.on("notify", refuses)
        assert (flow.deliver().delivered, flow.deliver().delivered) == (0, 0)
        flow.on("notify", lambda effect: taken.append(effect.effect.kind))
        assert flow.deliver().failed == 0  # it waits its time before it is tried again
        assert taken == []


def test_a_published_version_can_not_be_published_with_another_text(
    flow: kamflow.Flow, tmp_path: Path
) -> None:
    for name in ("calendars", "complaint"):
        text = (ROOT / "workflows" / f"{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(
            text.replace("after: 30 days", "after: 31 days"), encoding="utf-8"
        )
    with flow, pytest.raises(FlowError) as refused:
        flow.publish(ROOT / "rules", tmp_path, at=at("2026-01-02"), prove=False)
    assert "version" in str(refused.value)
