"""Reports on cases against what the journal says, counted here by SQL and by hand."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kamflow.app.report_cases import read_cases
from kamflow.report.cases import CaseFile
from tests.report.conftest import Made
from tests.report.rig import BEGUN, make_database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.db"
    make_database(path)
    return path


@pytest.fixture(scope="module")
def with_cases(made: Made, database: Path) -> Made:
    found = read_cases(str(database))
    return Made(replace(made.portfolio, cases=tuple(c for c in found if isinstance(c, CaseFile))))


def test_states_are_those_of_the_store(with_cases: Made, database: Path) -> None:
    with sqlite3.connect(database) as db:
        sql = "SELECT state, count(*) FROM instance WHERE workflow = 'complaint' GROUP BY state"
        stored = dict(db.execute(sql).fetchall())
    told = {r["state"]: r["cases"] for r in with_cases.rows("stages", "complaint_states")}
    assert {k: n for k, n in told.items() if n} == stored
    assert sum(told.values()) == len(BEGUN)


def test_moves_are_the_changes_of_state_in_the_journal(with_cases: Made, database: Path) -> None:
    with sqlite3.connect(database) as db:
        sql = "SELECT instance, body FROM journal WHERE workflow = 'complaint' ORDER BY instance, seq"
        lines = db.execute(sql).fetchall()
    last: dict[str, str] = {}
    moves: Counter[tuple[str, str]] = Counter()
    for case, body in lines:
        state = json.loads(body).get("changes", {}).get("state")
        if state is not None:
            moves[last.get(case, ""), state] += 1
            last[case] = state
    told = {(r["from"], r["to"]): r["moves"] for r in with_cases.rows("stages", "complaint_matrix")}
    assert told == dict(moves)
    flow = with_cases.rows("stages", "complaint_flow")
    assert sum(r["moves"] for r in flow) == sum(moves.values())
    assert {r["month"] for r in flow} == {"2026-07", "2026-08"}  # archived 30 days after it was closed


def test_cases_by_month_are_the_journal_played_until_the_months_end(with_cases: Made, database: Path) -> None:
    with sqlite3.connect(database) as db:
        sql = """
            SELECT instance, strftime('%Y-%m', at / 1000000 + 8 * 3600, 'unixepoch') AS month, body
            FROM journal WHERE workflow = 'complaint' ORDER BY instance, seq
        """
        lines = db.execute(sql).fetchall()
    rows = with_cases.rows("stages", "complaint_months")
    assert [r["month"] for r in rows] == ["2026-07", "2026-08"]
    for row in rows:
        state: dict[str, str] = {}
        for case, month, body in lines:
            new = json.loads(body).get("changes", {}).get("state")
            if new is not None and month <= row["month"]:
                state[case] = new
        told = {k: v for k, v in row.items() if k not in {"month", "all"} and v}
        assert told == dict(Counter(state.values()))
        assert row["all"] == len(state)


def test_open_cases_are_told_by_age_with_the_deadlines_that_they_missed(with_cases: Made) -> None:
    later = Made(replace(with_cases.portfolio, as_of=date(2026, 8, 10)))
    ages = {r["age"]: (r["open"], r["missed"]) for r in later.rows("deadlines", "complaint_ageing")}
    # all began on 6 July; the two that took all nine steps are closed
    assert ages == {"0-7": (0, 0), "8-30": (0, 0), "31-90": (3, 3), "91+": (0, 0)}
    late = later.rows("deadlines", "complaint_late")
    never = {r["step"] for r in late if r["case"] == "K-5"}
    assert "acknowledge" in never
    assert all(r["age"] == 35 for r in late)
    assert all(
        (date(2026, 8, 10) - date.fromisoformat(str(r["missed_on"]))).days == r["over"] for r in late
    )  # fmt: skip


def test_deadlines_are_met_and_missed_as_the_complaints_were_handled(with_cases: Made) -> None:
    told = {r["step"]: r for r in with_cases.rows("deadlines", "complaint_deadlines")}
    # three are acknowledged after 45 minutes; one a week late, one never
    assert (told["acknowledge"]["met"], told["acknowledge"]["breached"]) == (3, 2)
    assert told["acknowledge"]["share_met"] == "60%"
    assert told["acknowledge"]["median_hours"] == "0.8"
    assert told["resolve"]["met"] == 2  # those that took all nine steps
    assert told["resolve"]["running"] == 0  # by October the others have used their time up


def test_the_funnel_of_cases_counts_who_ever_came_there(with_cases: Made) -> None:
    told = {r["state"]: r["cases"] for r in with_cases.rows("funnel", "complaint_funnel")}
    assert told["received"] == 5
    assert told["verify"] == sum(steps >= 2 for steps, _ in BEGUN)
    assert told["follow_up"] == sum(steps >= 8 for steps, _ in BEGUN)


def test_a_workflow_without_cases_is_named(with_cases: Made) -> None:
    assert any("prospect-development has no case yet" in t.en for t in with_cases.report("stages").missing)


def test_a_database_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_text("this is no database, but long enough to be taken for a header " * 20, encoding="utf-8")
    assert not any(isinstance(c, CaseFile) for c in read_cases(str(broken)))
