"""Every form of a value, in every kind of file: columns take it as intake does, or decline it."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from kamflow.batch.connect import connect
from tests.batch.rig import THINGS, read_both

FIELDS = (
    "revenue", "margin", "weight", "orders", "overdue", "notice", "since", "active", "tier", "name", "huge",
    "small", "stars",
)  # fmt: skip
TEXTS = (
    "0", "-0", "1", "7", "00012", "1.5", "1.50", "1.500", "12.34", "12.345", "-3", "-3.5", "+4", "1e2",
    "1E2", ".5", "5.",
    "1,200,000", "1,2", "1.2M", "120万", "１２００", "12 ", " 12", "12.5%",
    "30 days", "3个月", "1_000", "0x1F",
    "(5)",
    "99999999999.99", "100000000000", "100000000000.00", "100000000000.01", "-100000000000.01",
    "9007199254740993",
    "999999999999999999", "1000000000000000000", "100000000000000000000", "100000000000000000000.0001",
    "99999999999999999999.9999", "123456789012345678901234567890", "0.00000001", "0.000000001", "1.00000000",
    "0." + "0" * 30 + "1", "nan", "NaN", "inf", "Infinity", "-inf", "true", "True", "TRUE", "tRuE", "yes",
    "Yes", "YES",
    "no", "No", "false", "False", "是", "否", "key", "Key", "KEY", " key",
    "Key account", "重点客户", "普通客户",
    "standard", "sieben", "七", "null", "NULL", "None", "", " ", "\t", "2026-06-30", "2026-6-30",
    "2026-02-30",
    "2024-02-29", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "0001-01-01", "9999-12-31",
    "20260630",
    "2026-06-30 00:00:00", "2026-06-30T00:00:00", "２０２６-06-30", "2026/06/30", "epoch", "infinity",
    "46203", "Acme",
    "O'Neill", 'say "hi"', "back\\slash", "a\nb", "tab\there", "武汉东升", "é", "e\u0301", "😀", "x" * 10_000,
    "x" * 10_001, "a;b", "a,b", "=1+1", "{}", "[]", "[1]", '{"a":1}', "\u2028", "\x7f", "\ufeffbom", "3",
    "5", "6",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "-0.0", "0.0", "1", "7", "1.0", "1.5", "1.50", "0.1", "0.29", "0.07", "1.005", "12.34",
    "12.345", "12.3450",
    "1e2", "1E2", "1e-2", "1.5e3", "1e22", "1e-400", "1e400", "100000000000", "100000000000.01",
    "99999999999.99",
    "-99999999999.99", "9007199254740993", "9007199254740993.5", "999999999999999", "1000000000000000",
    "1234567890123456789", "12345678901234567890123", "0.1000000000000000055", "0.10000000000000000000",
    "0.30000000000000004", "1.10000000000000008", "0.00000001", "0.000000001", "2.5000", "46203", "20260630",
    "true", "false", "null", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "[]", "[1]", "{}",
    '{"a": 1}', "3",
)  # fmt: skip


def line_of(field: str, raw: str) -> str:
    return f'{{"id": "r", "{field}": {raw}}}'


@pytest.mark.parametrize("field", FIELDS)
def test_json_values(field: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    texts = [json.dumps(t) for t in TEXTS] + [json.dumps(t, ensure_ascii=False) for t in TEXTS]
    path.write_text("\n".join(line_of(field, t) for t in (*texts, *NUMBERS)) + "\n", encoding="utf-8")
    both = read_both(path, THINGS, "thing")
    assert both is not None
    both.check()
    assert len(both.columns) >= 2  # null, and the forms that are plain


@pytest.mark.parametrize("field", FIELDS)
def test_cells(field: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", field])
        out.writerows(["r", t] for t in TEXTS if "\n" not in t)
    both = read_both(path, THINGS, "thing")
    assert both is not None
    both.check()
    assert len(both.columns) >= 2


KINDS = {
    "VARCHAR": [*TEXTS, None],
    "DOUBLE": [0.0, -0.0, 1.0, 0.1, 0.29, 0.07, 1.005, 12.34, 12.345, 0.1 + 0.2, 1e22, 1e-8, 1e-9,
    99999999999.99,
               100000000000.0, 100000000000.01, float("nan"), float("inf"), -float("inf"), 3.0, 5.0,
               2.0**53, None],
    "FLOAT": [0.0, 0.5, 0.1, 3.0, float("nan"), None],
    "TINYINT": [0, -1, 3, 5, 127, None],
    "SMALLINT": [0, 3, 32767, None],
    "INTEGER": [0, 3, -5, 46203, 2**31 - 1, None],
    "BIGINT": [0, 3, 10**9, 10**9 + 1, 10**11, 10**11 + 1, -(10**11), 2**63 - 1, -(2**63), None],
    "UBIGINT": [0, 3, 2**64 - 1, None],
    "HUGEINT": [0, 3, 10**20, 10**20 + 1, 2**127 - 1, -(2**127), None],
    "DECIMAL(4,1)": ["0", "3.0", "1.5", "999.9", None],
    "DECIMAL(18,2)": ["0", "3.00", "12.34", "-0.01", "100000000000.00", "100000000000.01",
    "9999999999999999.99", None],
    "DECIMAL(18,10)": ["0", "3", "0.00000001", "0.000000001", "0.0000000001", "1.5", None],
    "DECIMAL(38,0)": ["0", "3", "9" * 38, "-" + "9" * 38, None],
    "DECIMAL(38,8)": ["0", "3", "9" * 30 + ".99999999", "0.00000001", "1.50000000", None],
    "DECIMAL(38,30)": ["0", "3", "0." + "0" * 29 + "1", "99999999.5", None],
    "BOOLEAN": [True, False, None],
    "DATE": ["2026-06-30", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "0001-01-01",
    "infinity", "-infinity",
             "5000-01-01 (BC)", None],
    "TIMESTAMP": ["2026-06-30", "2026-06-30 00:00:01", "2026-06-30 00:00:00.000001", "1899-12-31",
    "infinity", None],
    "TIMESTAMP_S": ["2026-06-30", "2026-06-30 00:00:01", None],
    "TIMESTAMP_NS": ["2026-06-30", "2026-06-30 00:00:00.000000001", None],
    "TIMESTAMPTZ": ["2026-06-30", None],
    "TIME": ["00:00:00", None],
    "BLOB": ["r", None],
    "UUID": ["c0ffee00-0000-0000-0000-000000000000", None],
    "INTEGER[]": ["[1]", None],
    "STRUCT(a INTEGER)": ["{'a': 1}", None],
    "MAP(VARCHAR, INTEGER)": ["{a=1}", None],
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_columns(kind: str, tmp_path: Path) -> None:
    """One file a field, with one column of the kind."""
    fields = (*FIELDS, "id") if kind == "VARCHAR" else ("revenue", "orders", "since", "active", "small", "id")
    with connect(tuple((tmp_path / f"{f}.parquet").resolve() for f in fields)) as locked:
        for field in fields:
            typed(kind, field, tmp_path / f"{field}.parquet", locked)


def typed(kind: str, field: str, path: Path, locked: duckdb.DuckDBPyConnection) -> None:
    texts = [None if v is None else str(v) for v in KINDS[kind]]
    locked.execute("CREATE OR REPLACE TABLE t AS SELECT unnest(CAST(? AS VARCHAR[])) AS v", [texts])
    columns = f"CAST(v AS {kind}) AS {field}"
    columns = columns if field == "id" else f"'r' AS id, {columns}"
    locked.execute(f"COPY (SELECT {columns} FROM t) TO '{path}' (FORMAT parquet, USE_TMP_FILE false)")
    both = read_both(path, THINGS, "thing", locked)
    assert both is not None or kind == "TIMESTAMPTZ"
    if both is not None:
        both.check()


def test_what_is_plain_is_taken(tmp_path: Path) -> None:
    """Declining everything would be right, and of no use."""
    row = {
        "id": "1", "revenue": "1200.50", "margin": "12.5", "weight": "2.5", "orders": "40", "overdue": "30",
        "notice": "3", "since": "2026-06-30", "active": "yes", "tier": "重点客户",
        "name": "武汉", "huge": "1.5",
        "small": "0.5", "stars": "5",
    }  # fmt: skip
    numbers = {"revenue", "margin", "weight", "orders", "overdue", "notice", "huge", "small", "stars"}
    (tmp_path / "x.csv").write_text(
        ",".join(row) + "\n" + ",".join(row.values()) + "\n" + "," * 12 + '"q, ""r"""\n'
    )
    mixed = {n: float(v) if n in numbers else v for n, v in row.items()}
    lines = [json.dumps(r, ensure_ascii=a) for r in (row, mixed) for a in (True, False)]
    (tmp_path / "x.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, count in (("x.ndjson", 4), ("x.csv", 1)):
        both = read_both(tmp_path / name, THINGS, "thing")
        assert both is not None
        both.check()
        assert both.columns[0]["since"] == date(2026, 6, 30).toordinal()
        assert sorted(both.columns) == list(range(count)), name
