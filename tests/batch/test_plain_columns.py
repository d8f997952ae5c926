"""Parquet to Parquet in one statement: plain columns whose values and tests are told apart, at every edge."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from kamflow.batch import stream
from kamflow.batch.families import Decimals, Whole
from kamflow.batch.plain_columns import told_apart
from kamflow.batch.reading import RawValue, Reader, typed
from kamflow.core.columns import layout_of
from tests.batch import test_same
from tests.batch.rig import program
from tests.batch.test_same import Decide, both

decide = test_same.decide

POLICY = """policy plain
  effective from 2026-01-01
  currency CNY
end

type tier is ordered
  standard en "Standard" zh "普通客户" < key en "Key account" zh "重点客户"

record thing
  id     : text
  money  : money, -5 CNY to 1,000 CNY
  part   : percent, 0% to 250%
  rate   : number with 4 decimals, 0 to 10
  count  : count, 1 to 200
  age    : days
  tier   : tier
  active : yes/no
  since  : date
  note   : text, optional
  stars  : count, 1 to 5, default 3
end

decision total of thing : money as money + stars * 1 CNY
decision twice of thing : number with 4 decimals as 2 * rate
decision shown of thing : percent as part
decision counted of thing : count as count
decision old of thing : days as age
decision level of thing : tier as tier
decision open of thing : yes/no as active
decision on_day of thing : date as since
"""

GOOD = {
    "money": "1.50::DECIMAL(9, 2)",
    "part": "50::INTEGER",
    "rate": "1.2345::DECIMAL(14, 4)",
    "count": "7::TINYINT",
    "age": "1::BIGINT",
    "tier": "'key'",
    "active": "true",
    "since": "DATE '2025-02-28'",
    "note": "'n'",
    "stars": "2::SMALLINT",
}
PROBES = [
    ("money", "DECIMAL(9, 2)", ("-5.00", "-5.01", "1000.00", "1000.01", "9999999.99")),
    ("money", "DECIMAL(17, 1)", ("-5.0", "-5.1", "1000.0", "1000.1", "9999999999999999.9")),
    ("money", "DECIMAL(18, 2)", ("-5.00", "1000.00", "1000.01", "9999999999999999.99")),
    ("money", "DECIMAL(20, 3)", ("-5.000", "0.001", "1000.000", "1000.001")),
    ("money", "INTEGER", ("-5", "-6", "1000", "1001", "2147483647")),
    ("money", "HUGEINT", ("-5", "1000", "1001", "170141183460469231731687303715884105727")),
    ("money", "DOUBLE", ("-5", "0.005", "1000", "1000.01")),
    ("part", "SMALLINT", ("0", "-1", "250", "251")),
    ("rate", "DECIMAL(14, 4)", ("0.0000", "-0.0001", "10.0000", "10.0001", "9999999999.9999")),
    ("rate", "DECIMAL(5, 4)", ("0.0000", "9.9999", "-0.0001")),
    ("rate", "UBIGINT", ("0", "10", "11", "18446744073709551615")),
    ("count", "TINYINT", ("1", "0", "127", "-128")),
    ("count", "UINTEGER", ("1", "0", "200", "201", "4294967295")),
    ("count", "BIGINT", ("1", "200", "201", "9223372036854775807", "-9223372036854775808")),
    ("count", "DECIMAL(5, 1)", ("1.0", "1.5", "200.0", "200.5")),
    ("age", "INTEGER", ("0", "-1", "2147483647")),
    ("tier", "VARCHAR", ("standard", "Key account", "重点客户", "Standard", "nobody", "", "KEY")),
    ("active", "BOOLEAN", ("true", "false")),
    ("active", "VARCHAR", ("yes", "no", "maybe")),
    ("stars", "INTEGER", ("1", "0", "5", "6")),
]


def written(path: Path, **cells: str) -> str:
    """Write records: a good one, one with these cells, and a good one."""
    rows = [GOOD, {**GOOD, **cells}, GOOD]
    kinds = {c: duckdb.sql(f"SELECT {cells.get(c, GOOD[c])} AS x").types[0] for c in GOOD}
    lines = [
        f"SELECT 'r{i}' AS id, " + ", ".join(f"CAST({v} AS {kinds[c]}) AS {c}" for c, v in row.items())
        for i, row in enumerate(rows)
    ]
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({' UNION ALL '.join(lines)}) TO '{path}'")
    return path.name


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What each attempt in one statement came to."""
    found: list[int | None] = []
    right = stream.stream_parquet

    def noted(*args: object) -> int | None:
        found.append(right(*args))  # type: ignore[arg-type]
        return found[-1]

    from kamflow.app import eval_batch

    monkeypatch.setattr(eval_batch, "stream_parquet", noted)
    return found


@pytest.mark.parametrize(("field", "kind", "values"), PROBES, ids=lambda v: v if isinstance(v, str) else "")
def test_values_at_the_ends_of_their_ranges(
    field: str,
    kind: str,
    values: tuple[str, ...],
    decide: Decide,
    tmp_path: Path,
) -> None:
    (tmp_path / "p.kam").write_text(POLICY, encoding="utf-8")
    for value in values:
        name = written(tmp_path / "x.parquet", **{field: f"'{value}'::{kind}"})
        assert both(decide, name, "p.kam", "parquet").code in (0, 3)


@pytest.mark.parametrize("field", GOOD)
def test_a_field_without_a_value(
    field: str,
    decide: Decide,
    tmp_path: Path,
    streamed: list[int | None],
) -> None:
    (tmp_path / "p.kam").write_text(POLICY, encoding="utf-8")
    kind = duckdb.sql(f"SELECT {GOOD[field]} AS x").types[0]
    name = written(tmp_path / "x.parquet", **{field: f"NULL::{kind}"})
    came = both(decide, name, "p.kam", "parquet")
    rejected = field not in ("note", "stars")
    assert (came.rejects != b"") is rejected
    assert streamed == [None if rejected else 3]


def test_good_files_are_decided_in_one_statement(
    decide: Decide,
    tmp_path: Path,
    streamed: list[int | None],
) -> None:
    (tmp_path / "p.kam").write_text(POLICY, encoding="utf-8")
    both(decide, written(tmp_path / "x.parquet"), "p.kam", "parquet")
    assert streamed == [3]


def test_fields_may_be_called_what_the_statement_calls_its_own(
    decide: Decide, tmp_path: Path, streamed: list[int | None]
) -> None:
    names = ("raw_good", "good", "c0", "c1", "c2", "v0", "ok", "typed", "x1")
    fields = "".join(f"  {n} : count, 0 to 9\n" for n in names)
    total = " + ".join(f"{10**i} * {n}" for i, n in enumerate(names))
    text = f"policy p\n  currency CNY\nend\nrecord thing\n  id : count\n{fields}end\n"
    (tmp_path / "p.kam").write_text(f"{text}decision total of thing : count as {total}\n", encoding="utf-8")
    cells = ", ".join(f"(i * {k} + {k}) % 10 AS {n}" for k, n in enumerate(names, 3))
    for bad in ("", " UNION ALL SELECT 41 AS id" + ", 10" * len(names)):
        with duckdb.connect() as connection:
            made = f"SELECT i AS id, {cells} FROM range(40) AS t(i){bad}"
            connection.execute(f"COPY ({made}) TO '{tmp_path / 'x.parquet'}'")
        came = both(decide, "x.parquet", "p.kam", "parquet")
        assert came.code == (3 if bad else 0)
    assert streamed == [40, None]


def test_what_was_read_in_another_way_keeps_its_tests() -> None:
    """Only the test that a value's own test stands for is left out."""
    made = program(POLICY)
    decl, table = made.records["thing"], layout_of(made, "thing").tables[0]
    families = {"count": Whole(), "rate": Decimals(14, 4)}

    def scope(name: str) -> RawValue | None:
        return RawValue(name, families[name]) if name in families else None

    reading = Reader(made).read_table(table, scope)
    apart = told_apart(reading, table, decl, scope, made)
    own = {f"{typed(table.column((n,)).name)} IS NOT NULL" for n in families}
    assert {t for t in reading.good if t not in apart.raw_tests} == own
    reading.good = [f"({t})" for t in reading.good]
    kept = told_apart(reading, table, decl, scope, made)
    assert kept.raw_tests == tuple(dict.fromkeys(reading.good))
    assert kept.columns == {c: typed(c) for c in reading.columns}
