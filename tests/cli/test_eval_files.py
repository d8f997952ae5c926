"""`kamflow eval`: files in, files out; rejected records; memory."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import date, datetime

import pytest

from tests.cli.eval_rig import CUSTOMERS, Desk

FORMULA = "=cmd|'/c calc'!A1"


@pytest.fixture
def desk(tmp_path, capfd, monkeypatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def as_csv(records: list[dict]) -> str:
    names = ["id", "name", "revenue", "overdue"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([str(r.get(n, "")) for n in names] for r in records)
    return out.getvalue()


# ---- in


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_any_usual_encoding_gives_the_same_decisions(desk, encoding):
    (desk.folder / "in.csv").write_bytes(as_csv(CUSTOMERS[:2]).encode(encoding))
    ran = desk.run("eval", "in.csv")
    assert [r["decisions"]["tier"] for r in ran.records] == ["key", "basic"]
    assert [r["assumed"] for r in ran.records] == [{"overdue": "0 days"}, {}]
    assert ("GB18030" in ran.err) == (encoding == "gb18030")


def test_an_empty_cell_and_an_absent_key_decide_alike(desk):
    (desk.folder / "in.csv").write_text(as_csv(CUSTOMERS[:1]), encoding="utf-8")
    from_csv = desk.run("eval", "in.csv", "-q").records
    from_json = desk.run("eval", "in.json", "-q").records
    assert from_csv[0]["decisions"] == from_json[0]["decisions"]


# ---- out


def test_json_is_an_array_of_the_same_records(desk):
    lines = desk.run("eval", "in.json").records
    assert json.loads(desk.run("eval", "in.json", "--format", "json").text) == lines
    assert desk.run("eval", "in.json", "-o", "out.json").out == b""
    assert json.loads((desk.folder / "out.json").read_text(encoding="utf-8")) == lines


def test_csv_joins_lists_and_keeps_decimals(desk):
    desk.run("eval", "in.json", "-o", "out.csv")
    data = (desk.folder / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # or Excel takes it for another encoding
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert list(rows[0]) == ["id", "tier", "discount", "rebate", "actions"]
    assert rows[0] == {"id": "1", "tier": "key", "discount": "12.5%", "rebate": "125.01", "actions": ""}
    assert rows[1]["actions"] == "call (clerk, 2026-07-03); visit (boss, 2026-07-10)"


def test_csv_on_standard_output_has_no_mark(desk):
    assert desk.run("eval", "in.json", "--format", "csv").text.startswith("id,tier")


def test_a_workbook_has_labels_and_typed_cells(desk):
    import openpyxl

    desk.run("eval", "in.json", "-o", "out.xlsx", "--lang", "zh")
    sheet = openpyxl.load_workbook(desk.folder / "out.xlsx").active
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert rows[0] == ["id", "客户等级", "折扣 (%)", "返利", "行动"]
    assert rows[1][:4] == ["1", "重点客户", 12.5, 125.01]
    assert rows[2][4] == "call（专员，2026-07-03）；visit（总监，2026-07-10）"


def test_parquet_has_exact_decimals(desk):
    import duckdb

    desk.run("eval", "in.json", "-o", "out.parquet")
    rows = duckdb.sql(f"select id, tier, rebate::varchar, discount::varchar from '{desk.folder}/out.parquet'")
    assert rows.fetchall()[0] == ("1", "key", "125.01", "12.5")


def test_what_looks_like_a_formula_stays_text(desk):
    import openpyxl

    desk.put("evil.json", [{"id": FORMULA, "name": "n", "revenue": 1}])
    desk.run("eval", "evil.json", "-o", "out.csv")
    with (desk.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][0] == "'" + FORMULA
    desk.run("eval", "evil.json", "-o", "out.xlsx")
    cell = openpyxl.load_workbook(desk.folder / "out.xlsx").active["A2"]
    assert (cell.value, cell.data_type) == (FORMULA, "s")


def test_a_name_that_says_no_format_is_refused(desk):
    ran = desk.run("eval", "in.json", "-o", "out.doc")
    assert ran.code == 2
    assert ".ndjson" in ran.err


def test_an_output_that_cannot_be_written_is_said(desk):
    ran = desk.run("eval", "in.json", "-o", "no/such/folder/out.csv")
    assert ran.code == 2
    assert "KF0690" in ran.err


# ---- rejected


@pytest.fixture
def mixed(desk):
    bad = {"id": "9", "name": "n", "revenue": "lots"}
    lines = [json.dumps(r) for r in (CUSTOMERS[0], bad, {**bad, "id": "10"})] + ["{broken"]
    (desk.folder / "mixed.ndjson").write_text("\n".join(lines), encoding="utf-8")
    return desk


def test_bad_records_do_not_stop_the_others(mixed):
    ran = mixed.run("eval", "mixed.ndjson")
    assert ran.code == 3
    assert [r["id"] for r in ran.records] == ["1"]
    assert "4 in = 1 decided + 3 rejected" in ran.err
    assert "KF0601 not-an-amount × 2" in ran.err
    assert "mixed.ndjson:2.revenue" in ran.err
    assert "--rejects" in ran.err


def test_rejects_keep_the_record_and_why(mixed):
    mixed.run("eval", "mixed.ndjson", "--rejects", "rejects.ndjson", "--lang", "zh", "-o", "good.ndjson")
    kept = [json.loads(x) for x in (mixed.folder / "rejects.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [k["id"] for k in kept] == ["9", "10", None]
    assert kept[0]["record"]["revenue"] == "lots"
    assert kept[0]["findings"][0]["code"] == "KF0601"
    assert "金额" in kept[0]["findings"][0]["message"]
    assert kept[2]["record"] == "{broken"


def test_no_more_than_three_examples_of_a_code(desk):
    desk.put("bad.json", [{"id": str(i), "name": "n", "revenue": "lots"} for i in range(10)])
    err = desk.run("eval", "bad.json").err
    assert "× 10" in err
    assert err.count('"lots"') == 3
    assert "7 more" in err


def test_a_limit_of_rejects_stops_and_leaves_no_output(mixed):
    ran = mixed.run("eval", "mixed.ndjson", "--reject-limit", "1", "-o", "out.csv")
    assert ran.code == 3
    assert "KF0843" in ran.err
    assert sorted(p.name for p in mixed.folder.iterdir()) == ["in.json", "mixed.ndjson", "rules"]


def test_a_limit_that_is_not_passed_changes_nothing(mixed):
    ran = mixed.run("eval", "mixed.ndjson", "--reject-limit", "3")
    assert [r["id"] for r in ran.records] == ["1"]


def test_unknown_fields_are_rejected_or_noted(desk):
    desk.put("more.json", [{**CUSTOMERS[0], "colour": "red"}])
    assert desk.run("eval", "more.json").code == 3
    ran = desk.run("eval", "more.json", "--ignore-unknown")
    assert ran.code == 0
    assert "KF0612" in ran.err


def test_an_empty_file_is_no_success(desk):
    (desk.folder / "empty.json").write_bytes(b"")
    ran = desk.run("eval", "empty.json", "-o", "out.json")
    assert ran.code == 2
    assert not (desk.folder / "out.json").exists()


def test_an_earlier_output_survives_a_run_that_fails(desk):
    (desk.folder / "out.json").write_text("[]")
    assert desk.run("eval", "in.json", "-o", "out.json", "--only", "nothing").code == 2
    assert (desk.folder / "out.json").read_text() == "[]"


def test_dates_in_a_workbook_are_dates(desk):
    import openpyxl

    policy = desk.folder / "rules" / "grading.kam"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text + "\ndecision review_on of customer : date as today + 30 days\n", encoding="utf-8")
    desk.run("eval", "in.json", "--only", "review_on", "-o", "out.xlsx")
    sheet = openpyxl.load_workbook(desk.folder / "out.xlsx").active
    value = sheet["B2"].value
    assert (value.date() if isinstance(value, datetime) else value) == date(2026, 7, 30)


# ---- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("quiet", "seen"), [(False, True), (True, False)])
def test_long_work_shows_how_far_it_is_on_a_terminal(monkeypatch, quiet, seen):
    from kamflow.app.settings import Settings
    from kamflow.cli import eval_summary

    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(eval_summary, "_PATIENCE", 0.0)
    with eval_summary.Progress(Settings(quiet=quiet), wanted=True) as progress:
        for done in range(1, 1000):
            progress.step(done)
    assert ("a second" in stderr.getvalue()) == seen


# ---- processes


MEASURE = """
import re, sys
from pathlib import Path
from kamflow.cli.main import main
code = main(sys.argv[1:])
# not ru_maxrss: that also counts the process which started this one
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(code, int(peak) // 1024, file=sys.stderr)
"""


def test_memory_stays_flat_over_fifty_thousand_records(desk):
    with (desk.folder / "many.ndjson").open("w", encoding="utf-8") as file:
        for i in range(50_000):
            file.write(f'{{"id": "{i}", "name": "n{i}", "revenue": {i}, "overdue": {i % 90}}}\n')
    args = ["eval", "many.ndjson", "--as-of", "2026-06-30", "-o", "out.ndjson"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *args], cwd=desk.folder, capture_output=True, text=True, check=True
    )
    code, megabytes = done.stderr.split()[-2:]
    assert code == "0"
    assert int(megabytes) < 120  # the input alone is 3 MB, all decisions as objects far more than 200
    with (desk.folder / "out.ndjson").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == 50_000


def test_a_reader_that_goes_away_is_no_error_of_ours(desk):
    desk.put("many.json", [{"id": str(i), "name": "n", "revenue": 1} for i in range(3000)])
    command = f"{sys.executable} -m kamflow.cli.main eval many.json --as-of 2026-06-30 -q | head -1"
    run = f"import sys; from kamflow.cli.main import main; sys.exit(main({command.split()[3:-3]!r}))"
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -c '{run.replace(chr(39), chr(34))}' | head -1"],
        cwd=desk.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["id"] == "0"
    assert done.stderr == ""
