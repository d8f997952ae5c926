"""Reading files of records: places, exact numbers, encodings, flat memory, standard input."""

from __future__ import annotations

import datetime
import io
import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kamflow.portfolio import BadRecord, RawRecord, RecordSource, open_records

ROOT = Path(__file__).resolve().parents[2]


def raws(source: RecordSource) -> list[dict[str, object]]:
    return [item.raw for item in source if isinstance(item, RawRecord)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "place", "field"),
    [
        ("c.json", '[{"a": 1},\n {"a": 2}]', "c.json[1]", "c.json[1].a"),
        ("c.json", '{"a": 2}', "c.json", "c.json.a"),
        ("c.ndjson", '{"a": 1}\n\n{"a": 2}', "c.ndjson:3", "c.ndjson:3.a"),
        ("c.csv", 'b,a\n"x\ny",1\nz,2\n', "c.csv:4", "c.csv:4 column a"),
    ],
)
def test_a_value_is_placed_where_a_person_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, place: str, field: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / name, content)
    last = list(open_records(name))[-1]
    assert isinstance(last, RawRecord)
    assert str(last.place) == place
    assert str(last.locate(last.place, ".a")) == field


def test_a_cell_of_a_sheet_is_placed_by_its_letter_and_row(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "2026"
    book.active["C3"], book.active["D3"] = "id", "revenue"
    book.active["C4"], book.active["D4"] = "A", 40
    book.save(tmp_path / "c.xlsx")
    (item,) = open_records(tmp_path / "c.xlsx")
    assert isinstance(item, RawRecord)
    assert item.raw == {"id": "A", "revenue": 40}
    assert str(item.locate(item.place, ".revenue")).endswith("c.xlsx!2026:D4")


def test_a_sheet_gives_what_excel_shows(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["whole", "noise", "share", "day", "flag", "text", "literal"])
    sheet.append([40.0, 0.1 + 0.2, 0.125, datetime.date(2025, 3, 1), True, "007", 0.5])
    sheet["C2"].number_format = "0.0%"
    sheet["G2"].number_format = '0.0" %"'  # a percent sign that is only a word does not multiply
    book.save(tmp_path / "c.xlsx")
    (row,) = raws(open_records(tmp_path / "c.xlsx"))
    assert row == {
        "whole": 40,
        "noise": Decimal("0.3"),
        "share": "12.500%",
        "day": datetime.date(2025, 3, 1),
        "flag": True,
        "text": "007",
        "literal": Decimal("0.5"),
    }


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_gets_a_suggestion(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["id"])
    other = book.create_sheet("Customers")
    other.append(["id"])
    other.append(["A"])
    book.save(tmp_path / "c.xlsx")
    assert raws(open_records(tmp_path / "c.xlsx", sheet="Customers")) == [{"id": "A"}]
    wrong = open_records(tmp_path / "c.xlsx", sheet="Custommers")
    assert list(wrong) == []
    (problem,) = wrong.problems
    assert problem.code == "KF0670"
    assert problem.hint is not None
    assert '"Customers"' in problem.hint.en


def test_json_numbers_stay_exact_to_the_last_digit(tmp_path: Path) -> None:
    digits = "1234567890123456789012345678901234567.8"
    (row,) = raws(open_records(write(tmp_path / "c.json", f'[{{"x": {digits}, "y": 0.1}}]')))
    assert row == {"x": Decimal(digits), "y": Decimal("0.1")}


def test_a_gb18030_file_is_read_and_it_says_so(tmp_path: Path) -> None:
    source = open_records(write(tmp_path / "c.csv", "id,备注\nA,重点客户\n".encode("gb18030")))
    assert raws(source) == [{"id": "A", "备注": "重点客户"}]
    assert [(n.code, "GB18030" in n.message.en) for n in source.notes] == [("KF0646", True)]


def test_one_damaged_byte_does_not_turn_a_utf8_file_into_another_encoding(tmp_path: Path) -> None:
    lines = "id,note\n" + "A,重点客户\n" * 20
    source = open_records(write(tmp_path / "c.csv", lines.encode() + b"B,\xe5\xae\n" + lines.encode()[8:]))
    items = list(source)
    assert [type(i) for i in items].count(BadRecord) == 1
    assert {i.raw["note"] for i in items if isinstance(i, RawRecord)} == {"重点客户"}


def test_a_named_encoding_replaces_the_detection(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "id,note\nA,Müller\n".encode("latin-1"))
    assert raws(open_records(path, encoding="latin-1")) == [{"id": "A", "note": "Müller"}]
    for unusable in ("no-such", "utf-16", "base64", "\x00"):
        source = open_records(path, encoding=unusable)
        assert raws(source) == []
        assert [p.code for p in source.problems] == ["KF0645"]


def test_dotted_columns_make_nested_records(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "id,customer.tier,customer.contact.name\nA,key,Li\n")
    assert raws(open_records(path)) == [{"id": "A", "customer": {"tier": "key", "contact": {"name": "Li"}}}]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing.json", "KF0640"),
        ("folder.json", "KF0640"),
        ("a\0.json", "KF0640"),
        (".", "KF0641"),
        ("c.doc", "KF0641"),
    ],
)
def test_a_path_that_cannot_be_read_is_a_problem_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.json").mkdir()
    source = open_records(path)
    assert list(source) == []
    assert [p.code for p in source.problems] == [code]


@pytest.mark.parametrize(("module", "name"), [("python_calamine", "c.xlsx"), ("duckdb", "c.parquet")])
def test_a_missing_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    source = open_records(write(tmp_path / name, b"PK"))
    assert list(source) == []
    (problem,) = source.problems
    assert problem.code == "KF0644"
    assert problem.hint is not None
    assert "pip install 'kamflow[" in problem.hint.en


@pytest.mark.parametrize(
    ("content", "format_", "rows"),
    [
        (b'[{"a": 1}]', "json", 1),
        (b'{"a": 1}\n{"a": 2}\n', "ndjson", 2),
        (b'{\n "a": 1\n}\n', "json", 1),
        (b"\xef\xbb\xbfa,b\n1,2\n", "csv", 1),
        (b"a;b\n1;2\n", "csv", 1),
    ],
)
def test_standard_input_is_known_by_its_first_bytes(
    monkeypatch: pytest.MonkeyPatch, content: bytes, format_: str, rows: int
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    source = open_records("-")
    assert len(raws(source)) == rows
    assert source.format == format_
    assert source.name == "stdin"


def test_a_parquet_reader_can_reach_no_other_file(tmp_path: Path) -> None:
    import duckdb

    from kamflow.portfolio.read_parquet import locked_connection

    secret = write(tmp_path / "secret.csv", "a\n1\n")
    allowed = write(tmp_path / "allowed.parquet", "")
    with locked_connection((allowed,)) as connection:
        for probe in (
            f"SELECT * FROM read_csv('{secret}')",
            f"SELECT * FROM read_text('{secret}')",
            f"COPY (SELECT 1) TO '{tmp_path / 'new.csv'}'",
            f"ATTACH '{tmp_path / 'new.db'}'",
            "SELECT * FROM read_csv('https://localhost/x.csv')",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET lock_configuration = false",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(probe)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["allowed.parquet", "secret.csv"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read as Linux shows it")
@pytest.mark.parametrize("suffix", ["ndjson", "csv", "json"])
def test_memory_stays_flat_however_long_the_file(tmp_path: Path, suffix: str) -> None:
    """Ten times the records must not take noticeably more memory; measured in another process."""
    peaks = []
    for count in (20_000, 200_000):
        path = tmp_path / f"c{count}.{suffix}"
        row = json.dumps({"id": "A", "note": "x" * 60})
        with path.open("w") as file:
            if suffix == "csv":
                file.write("id,note\n" + f"A,{'x' * 60}\n" * count)
            elif suffix == "json":
                file.write("[" + f"{row},\n" * (count - 1) + row + "]")
            else:
                file.write(f"{row}\n" * count)
        script = (
            "import sys\n"
            "from kamflow.portfolio import open_records\n"
            "assert sum(1 for _ in open_records(sys.argv[1])) == int(sys.argv[2])\n"
            "status = open('/proc/self/status').read()\n"  # `getrusage` would count the parent's peak too
            "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
        )
        command = [sys.executable, "-c", script, str(path), str(count)]
        run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        peaks.append(int(run.stdout))
    assert peaks[1] - peaks[0] < 5  # the larger file has 13 MB more


def test_a_lone_malformed_record_in_a_long_array_costs_only_itself(tmp_path: Path) -> None:
    rows = ['{"id": %d, "note": "%s"}' % (i, "é\\n" * 50) for i in range(5_000)]  # noqa: UP031
    rows[2_500] = '{"id": 2500, "note": }'
    source = open_records(write(tmp_path / "c.json", "[" + ",\n".join(rows) + "]"))
    items = list(source)
    (bad,) = [i for i in items if isinstance(i, BadRecord)]
    assert len(items) == 5_000
    assert bad.place.record == 2_500
    assert bad.place.line == 2_501
    assert "line 2501, column 22" in bad.finding.message.en
    assert [i.raw["id"] for i in items if isinstance(i, RawRecord)] == [i for i in range(5_000) if i != 2_500]


@pytest.mark.parametrize("suffix", ["json", "ndjson", "csv", "xlsx", "parquet"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail(tmp_path: Path, suffix: str, content: bytes) -> None:
    source = open_records(write(tmp_path / f"c.{suffix}", content))
    items = list(source)
    assert source.count == len(items)
    assert items or source.problems or suffix in {"csv", "json"}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.dictionaries(st.text(max_size=5), _VALUES, max_size=4), max_size=5), indent=st.booleans()
)
def test_whatever_json_can_say_is_read_back(
    tmp_path: Path, rows: list[dict[str, object]], indent: bool
) -> None:
    text = json.dumps(rows, indent=2 if indent else None)
    assert raws(open_records(write(tmp_path / "c.json", text))) == rows
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    assert raws(open_records(write(tmp_path / "c.ndjson", lines))) == rows


def test_a_file_that_is_cut_anywhere_never_yields_a_record_that_was_not_there(tmp_path: Path) -> None:
    rows = [{"id": "A", "n": {"id": "inner"}, "t": 'x}, {"id": "Z"'}, {"id": "B", "n": {}, "t": "[]"}]
    text = json.dumps(rows)
    start = time.perf_counter()
    for end in range(len(text)):
        found = raws(open_records(write(tmp_path / "c.json", text[:end])))
        assert found == rows[: len(found)]
    assert time.perf_counter() - start < 5
