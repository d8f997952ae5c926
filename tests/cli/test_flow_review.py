"""`kamflow flow review` as a person meets it: lines of moves, a summary in both languages, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.flow import review_rig as rig


@pytest.fixture
def town(run: Run, folder: Path) -> rig.Town:
    """Customers whose workflow is published in the folder's own store, and was started the day before."""
    rig.write_definitions(folder / "defs", rig.PLAIN)
    said = run("flow", "publish", "life", "--policies", "defs", "--workflows", "defs")
    assert said.code == 0, said.err
    made = rig.Town(5, 30)
    made.write(folder / "first.ndjson")
    assert run("flow", "review", "first.ndjson", "--as-of", "2026-03-02", "--start").code == 0
    return made


def test_moves_are_lines_of_json_and_the_summary_adds_up(run: Run, folder: Path, town: rig.Town) -> None:
    for number, person in enumerate(town.people):
        person["orders"] = 4 if number < 12 else 2
    town.write(folder / "c.ndjson")
    said = run("flow", "review", "c.ndjson", "--as-of", "2026-03-03", "--format", "json")
    assert said.code == 0
    moves = [json.loads(line) for line in said.out.splitlines()]
    assert [m["id"] for m in moves] == [f"C{n:04}" for n in range(12)]
    assert {(m["from"], m["to"], m["transition"], m["awaits_approval"]) for m in moves} == {
        ("fresh", "steady", "begin", False)
    }
    assert moves[0]["reason"] == {"en": "Orders", "zh": "下单"}
    assert "30 in = 18 unchanged + 12 changed + 0 started + 0 rejected + 0 refused" in said.err
    assert [line.split() for line in said.err.splitlines()[1:3]] == [["→", "steady"], ["fresh", "12"]]


def test_the_summary_is_chinese_where_that_is_asked_for(run: Run, folder: Path, town: rig.Town) -> None:
    town.write(folder / "c.ndjson")
    said = run("--lang", "zh", "flow", "review", "c.ndjson", "--as-of", "2026-03-03", "--dry-run")
    assert said.code == 0
    assert "共 30 条 = 不变 " in said.err
    assert "评审日期 2026-03-03" in said.err


def test_who_is_left_out_is_kept_with_the_reason(run: Run, folder: Path, town: rig.Town) -> None:
    town.write(folder / "c.ndjson", [{"id": "X1", "orders": 999}, {"id": "X2", "orders": 1}])
    said = run("flow", "review", "c.ndjson", "--as-of", "2026-03-03", "--rejects", "out.ndjson")
    assert said.code == 3
    kept = [json.loads(line) for line in (folder / "out.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [(k["id"], k["refused"], k["findings"][0]["code"], k["record"]["orders"]) for k in kept] == [
        ("X1", False, "KF0604", 999), ("X2", True, "KF1401", 1),
    ]  # fmt: skip
    assert "KF0604" in said.err
    assert "KF1401" in said.err


def test_the_same_review_again_says_that_it_is_done(run: Run, folder: Path, town: rig.Town) -> None:
    said = run("flow", "review", "first.ndjson", "--as-of", "2026-03-02", "--start")
    assert (said.code, said.out) == (0, "")
    assert "finished before" in said.err
    assert "30 in = 0 unchanged + 0 changed + 30 started" in said.err


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("nowhere.ndjson", "--as-of", "2026-03-03"), 2, "no such file"),
        (("first.ndjson", "--as-of", "2024-03-03"), 2, "no policy is in force"),
        (("first.ndjson", "--as-of", "2026-03-03", "--workflow", "lfe"), 2, "KF1400"),
        (("first.ndjson", "--as-of", "2026-03-03", "--audit", "lots"), 2, "--audit takes a percentage"),
        (("first.ndjson", "--as-of", "2026-03-03", "--chunk", "0"), 2, "--chunk takes a number"),
        (("first.ndjson",), 2, "--as-of"),
    ],
)
def test_what_can_not_be_done_is_said(
    args: tuple[str, ...], code: int, says: str, run: Run, folder: Path, town: rig.Town
) -> None:
    said = run("flow", "review", *args)
    assert said.code == code
    assert says in said.err


def test_a_workflow_that_events_move_is_not_reviewed(run: Run, folder: Path, town: rig.Town) -> None:
    text = rig.PLAIN.replace("id: life\n", "id: other\n").replace("state-driven", "event-driven")
    text = text.replace("step: single", "step: to-completion")
    (folder / "defs" / "other.yaml").write_text(text, encoding="utf-8")
    said = run("flow", "publish", "other", "--policies", "defs", "--workflows", "defs")
    assert said.code == 0, said.err
    said = run("flow", "review", "first.ndjson", "--as-of", "2026-03-03", "--workflow", "other")
    assert said.code == 2
    assert "KF1423" in said.err
