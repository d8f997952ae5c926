"""The help-desk log played on its workflow, against counts recomputed by plain SQL; and small logs by hand.

The log is not part of the project: its folder is $KAMFLOW_DATA, or `shared/data` beside the checkout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from kamflow.app.conform import Conformed, ConformRequest, conform_file
from kamflow.app.flow import CannotFlow

ROOT = Path(__file__).resolve().parents[2]
LOG = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data") / "helpdesk.csv.gz"
DESK = ROOT / "examples" / "helpdesk"
needs_log = pytest.mark.skipif(not LOG.exists(), reason="the help-desk log is not here (KAMFLOW_DATA)")


def played(log: Path) -> Conformed:
    done = conform_file(ConformRequest(str(log), (DESK,), (DESK,)))
    assert isinstance(done, Conformed), [f.message.en for f in done.findings]
    return done


@pytest.fixture(scope="module")
def desk() -> Conformed:
    return played(LOG)


# What SQL says of the log, without any notion of a workflow.
COUNTS = """
with stray as (select unnest(['VERIFIED', 'RESOLVED', 'INVALID', 'DUPLICATE']) as activity),
f as (
  select *,
    min(case when activity = 'Closed' then seq end) over (partition by case_id) as closed,
    min(case when activity = 'Resolve ticket' then seq end) over (partition by case_id) as resolved,
    arg_max(activity, seq) over (partition by case_id) as last_activity,
    activity in (from stray) as is_stray
  from log
)
select
  count(distinct case_id) as cases,
  count(*) as events,
  count(distinct case_id) filter (seq > closed) as after_closed,
  count(distinct case_id) filter (closed is null) as not_closed,
  count(distinct case_id) filter (
    seq > resolved and not is_stray and activity not in ('Resolve ticket', 'Closed')) as back_to_work,
  count(distinct case_id) filter (is_stray) as stray,
  count(*) filter (is_stray) as stray_events,
  count(distinct case_id) filter (
    closed is not null and not is_stray and last_activity not in ('Closed', 'VERIFIED')) as open_again,
  count(distinct case_id) - count(distinct case_id) filter (
    seq > closed or closed is null or is_stray
    or (seq > resolved and activity not in ('Resolve ticket', 'Closed'))) as conforming
from f
"""


@needs_log
def test_every_kind_of_deviation_is_counted_as_plain_sql_counts_it(desk: Conformed) -> None:
    sql = duckdb.connect()
    sql.execute("create table log as select * from read_csv(?)", [str(LOG)])
    found = sql.execute(COUNTS)
    names = [d[0] for d in found.description]
    row = found.fetchone()
    assert row is not None
    wanted = dict(zip(names, row, strict=True))
    got = {d.code: len(d.cases) for d in desk.result.deviations}
    stray = next(d for d in desk.result.deviations if d.code == "stray")
    assert {
        "cases": desk.result.cases, "events": desk.result.events, "conforming": desk.result.conforming,
        "stray_events": stray.events, **got,
    } == wanted  # fmt: skip


@needs_log
def test_the_published_figures_of_the_log_come_out(desk: Conformed) -> None:
    got = {d.code: len(d.cases) for d in desk.result.deviations}
    assert (desk.result.cases, desk.result.events) == (4580, 21348)
    assert (got["after_closed"], got["not_closed"], got["back_to_work"]) == (17, 21, 152)
    assert next(d.events for d in desk.result.deviations if d.code == "stray") == 8


def test_every_deadline_of_every_case_has_a_verdict(tmp_path: Path) -> None:
    done = played(write(tmp_path, NEAT + LATE))
    solve = next(k for k in done.result.kept if k.sla == "solve")
    assert (solve.met, solve.breached, solve.running) == (1, 1, 0)


# ---- small logs: each row is case, activity, time


@dataclass(frozen=True)
class Row:
    case: str
    activity: str
    at: str


NEAT = [
    Row("1", "Assign seriousness", "2024-03-04T09:00:00+01:00"),
    Row("1", "Take in charge ticket", "2024-03-04T10:00:00+01:00"),
    Row("1", "Resolve ticket", "2024-03-05T10:00:00+01:00"),
    Row("1", "Closed", "2024-03-20T10:00:00+01:00"),
]
LATE = [
    Row("2", "Assign seriousness", "2024-03-04T09:00:00+01:00"),
    Row("2", "Resolve ticket", "2024-04-15T10:00:00+01:00"),
    Row("2", "Closed", "2024-04-20T10:00:00+01:00"),
]


def write(folder: Path, rows: list[Row]) -> Path:
    path = folder / "log.csv"
    lines = [f"{r.case},{r.activity},{r.at}\n" for r in rows]
    path.write_text("case_id,activity,timestamp\n" + "".join(lines), encoding="utf-8")
    return path


def codes(done: Conformed) -> dict[str, int]:
    return {d.code: d.events for d in done.result.deviations}


def test_a_neat_case_conforms(tmp_path: Path) -> None:
    done = played(write(tmp_path, NEAT))
    assert (done.result.cases, done.result.conforming, codes(done)) == (1, 1, {})


def changed() -> Iterator[tuple[str, list[Row], dict[str, int]]]:
    at = "2024-03-25T10:00:00+01:00"
    yield "never closed", NEAT[:-1], {"not_closed": 1}
    yield "closed twice", [*NEAT, Row("1", "Closed", at)], {"after_closed": 1}
    yield "stray", [*NEAT[:1], Row("1", "INVALID", "2024-03-04T09:30:00+01:00"), *NEAT[1:]], {"stray": 1}
    again = [*NEAT, Row("1", "Take in charge ticket", at)]
    yield "open again", again, {"after_closed": 1, "back_to_work": 1, "open_again": 1}
    yield "closed unresolved", [NEAT[0], NEAT[3]], {"out_of_place": 1, "not_closed": 1}


@pytest.mark.parametrize(("rows", "wanted"), [c[1:] for c in changed()], ids=[c[0] for c in changed()])
def test_each_deviation_has_its_name(tmp_path: Path, rows: list[Row], wanted: dict[str, int]) -> None:
    done = played(write(tmp_path, rows))
    assert codes(done) == wanted
    assert done.result.conforming == 0


def test_labels_in_chinese_and_names_of_events_are_activities_too(tmp_path: Path) -> None:
    names = {
        "Assign seriousness": "评定严重程度",
        "Take in charge ticket": "take_in_charge",
        "Resolve ticket": "解决工单",
    }
    rows = [Row(r.case, names.get(r.activity, r.activity), r.at) for r in NEAT]
    assert codes(played(write(tmp_path, rows))) == {}


def test_rows_of_a_case_may_stand_in_any_order(tmp_path: Path) -> None:
    rows = [NEAT[2], LATE[1], NEAT[0], LATE[0], NEAT[3], LATE[2], NEAT[1]]
    done, ordered = played(write(tmp_path, rows)), played(write(tmp_path, NEAT + LATE))
    assert (done.result.conforming, done.result.spent) == (2, ordered.result.spent)


def test_a_log_without_its_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case,activity,timestamp\n1,Closed,2024-03-04\n", encoding="utf-8")
    done = conform_file(ConformRequest(str(path), (DESK,), (DESK,)))
    assert isinstance(done, CannotFlow)
    assert [f.code for f in done.findings] == ["KF1408"]
    assert "case_id" in done.findings[0].message.en


def test_a_row_without_a_time_is_left_out_and_told(tmp_path: Path) -> None:
    done = played(write(tmp_path, [*NEAT, Row("1", "Closed", "yesterday")]))
    assert [f.code for f in done.findings] == ["KF1409"]
    assert done.result.events == len(NEAT)


def test_the_command_gives_stable_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from kamflow.cli.main import main

    path = write(tmp_path, NEAT)
    code = main(
        ["flow", "conform", str(path), "--policies", str(DESK), "--workflows", str(DESK), "--format", "json"]
    )
    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (said["cases"], said["conforming"], said["deviations"]) == (1, 1, [])
    charge = next(t for t in said["times"] if t["state"] == "in_charge")
    assert charge["median_hours"] == "9.0"  # from 10:00 to 10:00 of the next working day, 9 hours a day
