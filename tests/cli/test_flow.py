"""`kamflow flow`, `graph` and `db` from file to journal, as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Said

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = json.loads((ROOT / "examples" / "customers.json").read_text(encoding="utf-8"))

COMPLAINT = {
    "id": "K-1", "customer": CUSTOMERS[0], "received_on": "2026-03-02", "severity": "major",
    "goods_value": "50000 CNY", "liability": "quality_defect", "contact": "陈敏 13800138000",
}  # fmt: skip

STEPS = (
    ("2026-03-02T10:15", "acknowledged"),
    ("2026-03-02T14:15", "listened", "apology_given=yes", "summary=late"),
    ("2026-03-03T10:15", "evidence_added", "count=2", "uri=photo"),
    ("2026-03-03T14:00", "verified", "founded=yes", "expectation=refund", "expected_amount=12000"),
    ("2026-03-04T09:30", "expectation_aligned"),
    ("2026-03-04T10:00", "offer_made", "kind=voucher", "amount=2000"),
    ("2026-03-04T15:00", "offer_accepted"),
    ("2026-03-05T10:00", "compensated", "amount=2000"),
    ("2026-03-06T10:00", "survey_returned", "satisfaction=5"),
)
"""A complaint that is handled as it should be: time, event, what comes with it."""


@pytest.fixture
def complaint(run: Run, folder: Path) -> Run:
    """A published complaint workflow and one case of it."""
    (folder / "k1.json").write_text(json.dumps(COMPLAINT, ensure_ascii=False), encoding="utf-8")
    assert run("flow", "publish", "complaint").code == 0
    said = run("flow", "start", "complaint", "K-1", "--subject", "k1.json", "--at", "2026-03-02T09:30")
    assert said.code == 0, said.err
    return run


def send(run: Run, at: str, event: str, *values: str) -> Said:
    return run("flow", "send", "complaint", "K-1", event, *values, "--at", at)


def test_a_complaint_goes_through_its_six_steps_and_is_archived_by_its_timer(complaint: Run) -> None:
    states = []
    for at, event, *values in STEPS:
        said = send(complaint, at, event, *values)
        assert said.code == 0, said.err
        states.append(json.loads(said.out)["state"])
    assert list(dict.fromkeys(states)) == [
        "listen", "verify", "lower_expectation", "propose", "offered", "exceed", "follow_up",
        "closed_resolved",
    ]  # fmt: skip
    fired = complaint("flow", "due", "--until", "2026-06-01", "--fire")
    assert fired.code == 0
    status = json.loads(complaint("flow", "status", "complaint", "K-1", "--format", "json").out)
    assert status["state"] == "archived"
    # 30 days after it was closed, whenever that was looked at
    assert status["since"] == "2026-04-05T10:00:00+08:00"
    assert {d["sla"]: d["verdict"] for d in status["deadlines"]} == {
        "acknowledge": "met", "verify": "met", "propose": "met", "resolve": "met",
    }  # fmt: skip
    replayed = complaint("flow", "replay", "complaint", "--verify")
    assert replayed.code == 0
    assert "0 with findings" in replayed.err


def test_history_tells_the_same_in_both_languages(complaint: Run) -> None:
    for at, event, *values in STEPS[:4]:
        send(complaint, at, event, *values)
    en = complaint("flow", "history", "complaint", "K-1", "--format", "text").out
    zh = complaint("flow", "history", "complaint", "K-1", "--format", "text", "--lang", "zh").out
    assert (
        "Moved from “Verify facts, evidence, expectation” to “Lower the expectation”: Complaint is founded."
        in en
    )
    assert "由“核实事实、收集证据、了解期望”转入“降低期望值”：投诉成立。" in zh
    assert len(en.splitlines()) == len(zh.splitlines())
    judged = complaint("flow", "history", "complaint", "K-1", "--format", "text", "-v").out
    assert "`unfounded` to “Not founded”: its condition does not hold (ev.founded yes" in judged


def test_the_same_event_id_does_it_once_and_other_content_is_refused(complaint: Run) -> None:
    once = (
        "flow",
        "send",
        "complaint",
        "K-1",
        "acknowledged",
        "--at",
        "2026-03-02T10:00",
        "--event-id",
        "e1",
    )
    first, second = (json.loads(complaint(*once).out) for _ in range(2))
    assert (first.pop("repeated"), second.pop("repeated")) == (False, True)
    assert first == second
    other = complaint(
        "flow", "send", "complaint", "K-1", "acknowledged", "--at", "2026-03-02T11:00", "--event-id", "e1"
    )
    assert (other.code, other.err[:6]) == (1, "KF1310")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("acknowledge",), "KF1200"),  # did you mean `acknowledged`
        (("compensated", "amount=12"), "KF1202"),  # nothing takes it here
        (("acknowledged", "--at", "2026-03-01"), "KF1203"),  # before the case began
        (("acknowledged", "--at", "yesterday"), "KF1407"),
        (("acknowledged", "colour=red"), "KF0"),  # a field that the event has not
    ],
)
def test_what_is_refused_leaves_the_case_as_it_was(complaint: Run, args: tuple[str, ...], code: str) -> None:
    before = complaint("flow", "export", "complaint").out
    at = () if "--at" in args else ("--at", "2026-03-02T10:00")
    said = complaint("flow", "send", "complaint", "K-1", *args, *at)
    assert said.code in {1, 2}
    assert said.err.startswith(code), said.err
    assert complaint("flow", "export", "complaint").out == before


def test_personal_data_that_no_guard_reads_is_not_in_the_database(complaint: Run, folder: Path) -> None:
    phone = CUSTOMERS[0]["contact_phone"].encode()
    found = [p.name for p in folder.iterdir() if p.name.startswith("kamflow.db") for secret in
             (phone, b"13800138000") if secret in p.read_bytes()]  # fmt: skip
    assert found == []
    assert CUSTOMERS[0]["id"].encode() in (folder / "kamflow.db").read_bytes() + b"".join(
        p.read_bytes() for p in folder.glob("kamflow.db-*")
    )  # the test looks in the right files


def test_effects_are_delivered_once_to_a_file(complaint: Run, folder: Path) -> None:
    send(complaint, *STEPS[0])
    for _ in range(2):
        assert complaint("flow", "due", "--until", "2026-03-02", "--deliver", "out.ndjson").code == 0
    lines = [json.loads(x) for x in (folder / "out.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [(x["kind"], x["key"]) for x in lines] == [
        ("notify", "complaint/K-1/1/0"),
        ("create_task", "complaint/K-1/2/0"),
    ]
    assert lines[1]["payload"]["id"] == "call"


def test_an_altered_journal_is_found(complaint: Run, folder: Path) -> None:
    import sqlite3

    send(complaint, *STEPS[0])
    with sqlite3.connect(folder / "kamflow.db") as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute("update journal set body = replace(body, 'listen', 'verify') where seq = 2")
    said = complaint("flow", "replay", "complaint")
    assert said.code == 1
    assert "KF13" in said.err


def test_a_journal_that_was_written_anew_as_a_whole_is_found_by_a_checkpoint(
    complaint: Run, folder: Path
) -> None:
    for at, event, *values in STEPS[:2]:
        send(complaint, at, event, *values)
    (folder / "mark.json").write_text(
        complaint("flow", "export", "complaint", "--checkpoint").out, encoding="utf-8"
    )
    assert complaint("flow", "replay", "complaint", "--checkpoint", "mark.json").code == 0
    (folder / "kamflow.db").unlink()
    for extra in folder.glob("kamflow.db-*"):
        extra.unlink()
    complaint("flow", "publish", "complaint")
    complaint("flow", "start", "complaint", "K-1", "--subject", "k1.json", "--at", "2026-03-02T09:31")
    assert complaint("flow", "replay", "complaint").code == 0  # whole in itself
    said = complaint("flow", "replay", "complaint", "--checkpoint", "mark.json")
    assert (said.code, "KF13" in said.err) == (1, True)
    wrong = complaint("flow", "replay", "complaint", "--checkpoint", "k1.json")
    assert (wrong.code, "KF13" in wrong.err) == (1, True)


def test_a_case_follows_its_own_version_and_a_definition_edited_in_place_is_refused(
    complaint: Run, folder: Path
) -> None:
    text = (ROOT / "workflows" / "complaint.yaml").read_text(encoding="utf-8")
    own = folder / "workflows"
    own.mkdir()
    (own / "calendars.yaml").write_text(
        (ROOT / "workflows" / "calendars.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    shipped = ("--policies", str(ROOT / "rules"), "--workflows", str(own))
    (own / "complaint.yaml").write_text(
        text.replace("after: 3 business days", "after: 2 business days"), encoding="utf-8"
    )
    edited = complaint("flow", "publish", *shipped)
    assert edited.code == 1
    assert "KF13" in edited.err
    assert "version" in edited.err
    version = next(x for x in text.splitlines() if x.startswith("version:"))
    newer = text.replace(version, "version: 99").replace("after: 3 business days", "after: 2 business days")
    (own / "complaint.yaml").write_text(newer, encoding="utf-8")
    assert complaint("flow", "publish", *shipped).code == 0
    done = json.loads(send(complaint, *STEPS[0]).out)
    assert done["version"] == int(version.split()[1])


def test_what_waits_for_approval_is_listed_and_granted(complaint: Run) -> None:
    for at, event, *values in STEPS[:3]:
        send(complaint, at, event, *values)
    said = send(complaint, "2026-03-03T15:00", "verified", "founded=no", "expectation=x", "expected_amount=1")
    assert json.loads(said.out)["state"] == "verify"
    waiting = json.loads(complaint("flow", "approve", "--format", "json").out)
    assert (waiting["instance"], waiting["transition"], waiting["role"]) == (
        "K-1",
        "unfounded",
        "area_manager",
    )
    granted = complaint("flow", "approve", "complaint", "K-1", "--at", "2026-03-03T16:00", "--actor", "wang")
    assert json.loads(granted.out)["state"] == "closed_unfounded"
    assert complaint("flow", "approve", "--format", "json").out == ""


# ---- lifecycles


@pytest.fixture
def lifecycle(run: Run, folder: Path) -> Run:
    (folder / "c.json").write_text(json.dumps(CUSTOMERS[0], ensure_ascii=False), encoding="utf-8")
    (folder / "all.json").write_text(json.dumps(CUSTOMERS[:3], ensure_ascii=False), encoding="utf-8")
    assert run("flow", "publish", "customer-lifecycle").code == 0
    name = CUSTOMERS[0]["id"]
    said = run("flow", "start", "customer-lifecycle", name, "--subject", "c.json", "--at", "2026-01-01")
    assert said.code == 0, said.err
    return run


def test_eval_tells_the_stage_and_what_is_unknown_without_writing(lifecycle: Run) -> None:
    before = lifecycle("flow", "export", "customer-lifecycle").out
    said = lifecycle("eval", "all.json", "--as-of", "2026-06-30")
    records = [json.loads(x) for x in said.out.splitlines()]
    stage = records[0]["workflows"]["customer-lifecycle"]
    assert (stage["state"], stage["since"]) == ("gestation", "2026-01-01")
    first_order = next(c for c in stage["candidates"] if c["transition"] == "first_order")
    assert first_order["facts"]["qualified"] is False
    assert all("workflows" not in r for r in records[1:])  # they have no case
    assert lifecycle("flow", "export", "customer-lifecycle").out == before


def test_eval_without_stages_is_as_if_there_were_no_database(lifecycle: Run) -> None:
    plain = lifecycle("eval", "all.json", "--as-of", "2026-06-30", "--no-stages")
    assert "workflows" not in plain.out
    staged = lifecycle("eval", "all.json", "--as-of", "2026-06-30")
    decided = [json.loads(x)["decisions"] for x in staged.out.splitlines()]
    assert decided == [json.loads(x)["decisions"] for x in plain.out.splitlines()]


def test_an_override_holds_until_its_day(lifecycle: Run) -> None:
    name = CUSTOMERS[0]["id"]
    args = ("flow", "override", "customer-lifecycle", name)
    assert lifecycle(*args, "strategic", "--until", "2026-03-01", "--at", "2026-02-01").code == 2  # no reason
    done = lifecycle(
        *args, "strategic", "--until", "2026-03-01", "--at", "2026-02-01", "--why", "board", "--actor", "li"
    )
    assert json.loads(done.out)["state"] == "strategic"
    lifecycle("flow", "due", "--until", "2026-03-02", "--fire")
    told = lifecycle("flow", "history", "customer-lifecycle", name, "--format", "text").out
    assert "Set by hand from “Gestation (pre-KAM)” to “Strategic partnership” (by li: board)." in told
    assert "Set free again" in told


# ---- pictures and the database


@pytest.mark.parametrize(
    ("form", "first"), [("mermaid", "stateDiagram-v2"), ("dot", "digraph"), ("svg", "<svg")]
)
def test_a_workflow_is_drawn_without_a_database(run: Run, folder: Path, form: str, first: str) -> None:
    said = run("graph", "customer-lifecycle", "--format", form, "--lang", "zh")
    assert said.code == 0, said.err
    assert said.out.startswith(first)
    assert "战略合作" in said.out
    assert not (folder / "kamflow.db").exists()


def test_a_picture_has_the_counts_of_the_database(lifecycle: Run) -> None:
    said = lifecycle("graph", "customer-lifecycle", "--counts", "--format", "dot")
    assert 'gestation" [label="Gestation (pre-KAM) (1)"' in said.out


def test_db_says_what_form_a_database_has(run: Run, folder: Path) -> None:
    assert run("db", "status").code != 0  # there is none yet
    assert run("db", "upgrade").code == 0
    assert run("db", "status").code == 0
    assert (folder / "kamflow.db").exists()
