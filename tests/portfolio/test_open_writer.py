"""Writing files of records: exact, without formulas, whole or not at all."""

from __future__ import annotations

import contextlib
import datetime
import errno
import io
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from kamflow.base.diagnostic import Diagnostic
from kamflow.portfolio import Column, ColumnKind, RawRecord, RecordWriter, open_records, open_writer

COLUMNS = (
    Column("id"),
    Column("price", ColumnKind.NUMBER, 2),
    Column("due", ColumnKind.DATE),
    Column("ok", ColumnKind.YES_NO),
    Column("actions", ColumnKind.JSON),
)
ROWS: list[dict[str, object]] = [
    {"id": "客户, \"A\"\n二", "price": Decimal("1118.75"), "due": datetime.date(2026, 7, 2), "ok": True,
     "actions": [{"action": "visit", "due": datetime.date(2026, 7, 2)}]},
    {"id": "B", "price": "-1234567890123456.10", "due": "2026-07-03", "ok": None, "actions": None},
]  # fmt: skip
FORMULAS = [
    "=1+1",
    "+cmd|'/C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "-",
    "=HYPERLINK(1)",
]


def writer(path: Path, columns: tuple[Column, ...] = COLUMNS, **options: bool) -> RecordWriter:
    opened = open_writer(path, columns, **options)  # type: ignore[arg-type]
    assert isinstance(opened, RecordWriter), opened
    return opened


def write(path: Path, rows: list[dict[str, object]], columns: tuple[Column, ...] = COLUMNS) -> None:
    with writer(path, columns) as out:
        for row in rows:
            out.write(row)
        assert out.finish() is None


def read(path: Path) -> list[dict[str, object]]:
    return [i.raw for i in open_records(path) if isinstance(i, RawRecord)]


@pytest.mark.parametrize("suffix", ["json", "ndjson", "csv", "xlsx", "parquet"])
def test_what_is_written_is_read_back_exactly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    write(path, ROWS)
    first, second = read(path)
    assert first["id"] == ROWS[0]["id"]
    assert Decimal(str(first["price"])) == Decimal("1118.75")
    assert Decimal(str(second["price"])) == Decimal("-1234567890123456.10")  # 18 digits: more than a float
    assert str(first["due"]) == "2026-07-02"
    assert str(second["due"]) == "2026-07-03"
    assert first["ok"] in {True, "yes"}
    assert second["ok"] in {None, ""}
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", ["json", "csv", "xlsx", "ndjson"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"a.{suffix}", ROWS)
    write(tmp_path / f"b.{suffix}", ROWS)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    import openpyxl

    texts = [*FORMULAS, "https://example.com", "mailto:a@b.c", "{=1+1}"]
    columns = (Column("=A1"), Column("n", ColumnKind.NUMBER))
    write(tmp_path / "out.xlsx", [{"=A1": t, "n": t} for t in texts], columns)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert len(cells) == 2 + 2 * len(texts)
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.hyperlink is None for c in cells)
    assert [c.value for c in sheet["A"]][1] == "=1+1"


def test_a_number_goes_into_a_workbook_as_a_number_only_where_excel_keeps_it(tmp_path: Path) -> None:
    import openpyxl

    numbers = ["0.1", "123456789012.345", "1234567890123456", "-0.005", "1e5"]
    write(tmp_path / "o.xlsx", [{"n": n} for n in numbers], (Column("n", ColumnKind.NUMBER, 3),))
    values = [c.value for c in openpyxl.load_workbook(tmp_path / "o.xlsx").active["A"]][1:]
    assert values == [0.1, 123456789012.345, "1234567890123456", -0.005, "1e5"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_quoted_in_csv(tmp_path: Path, text: str) -> None:
    write(tmp_path / "out.csv", [{"a": text}], (Column("a"),))
    assert read(tmp_path / "out.csv") == [{"a": f"'{text}"}]


@pytest.mark.parametrize("text", ["-12.50", "+8", "12%", "-0", "a=b", "", "'"])
def test_plain_numbers_and_harmless_texts_are_left_alone_in_csv(tmp_path: Path, text: str) -> None:
    write(tmp_path / "out.csv", [{"a": text, "b": "x"}], (Column("a"), Column("b")))
    assert read(tmp_path / "out.csv") == [{"a": text, "b": "x"}]


def test_a_csv_file_begins_with_a_byte_order_mark_unless_told_otherwise(tmp_path: Path) -> None:
    write(tmp_path / "with.csv", [])
    with writer(tmp_path / "without.csv", bom=False) as out:
        out.finish()
    assert (tmp_path / "with.csv").read_bytes().startswith(b"\xef\xbb\xbfid,price")
    assert (tmp_path / "without.csv").read_bytes().startswith(b"id,price")


def test_no_rows_are_an_empty_array(tmp_path: Path) -> None:
    write(tmp_path / "out.json", [])
    assert (tmp_path / "out.json").read_bytes() == b"[]\n"


@pytest.mark.parametrize("suffix", ["json", "ndjson", "csv", "xlsx", "parquet"])
def test_a_run_that_stops_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_bytes(b"old")
    with contextlib.suppress(RuntimeError), writer(path) as out:
        out.write(ROWS[0])
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


class _FullDisk(io.BytesIO):
    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, data: object) -> int:
        self._room -= 1
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


def _write_until_full(path: Path) -> Diagnostic | None:
    opened = open_writer(path, COLUMNS)
    if isinstance(opened, Diagnostic):
        return opened
    with opened as out:
        for _ in range(5):
            out.write({"id": "A"})
        return out.finish()


@pytest.mark.parametrize("room", range(5))
def test_a_full_disk_is_a_finding_whichever_write_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda *_args, **_options: _FullDisk(room))
        failure = _write_until_full(tmp_path / "out.csv")
    assert isinstance(failure, Diagnostic)
    assert failure.code == "KF0690"
    assert "no space" in failure.message.en
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "code"), [("no/such/folder/out.csv", "KF0690"), ("out.doc", "KF0641"), ("folder.csv", "KF0690")]
)
def test_an_output_that_cannot_be_opened_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    opened = open_writer(path, COLUMNS)
    assert isinstance(opened, Diagnostic)
    assert opened.code == code


@pytest.mark.parametrize(("module", "suffix"), [("xlsxwriter", "xlsx"), ("duckdb", "parquet")])
def test_a_missing_extra_is_a_finding_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, suffix: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for room in ("write_xlsx", "write_parquet"):
        monkeypatch.delitem(sys.modules, f"kamflow.portfolio.{room}", raising=False)
    opened = open_writer(tmp_path / f"out.{suffix}", COLUMNS)
    assert isinstance(opened, Diagnostic)
    assert opened.code == "KF0644"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format_", ["json", "ndjson", "csv", "xlsx", "parquet"])
def test_standard_output_takes_every_format(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, format_: str
) -> None:
    stdout = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=stdout))
    opened = open_writer("-", COLUMNS, format=format_)
    assert isinstance(opened, RecordWriter)
    with opened as out:
        out.write(ROWS[1])
        assert out.finish() is None
    path = tmp_path / f"x.{format_}"
    path.write_bytes(stdout.getvalue())
    assert [r["id"] for r in read(path)] == ["B"]


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(tmp_path / "link.csv", [{"id": "A"}])
    assert (tmp_path / "link.csv").is_symlink()
    assert read(tmp_path / "real.csv")[0]["id"] == "A"
