"""Hostile Parquet files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb

from tests.hostile.case import Case, case


def _parquet(select: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()


def parquet_files() -> Iterable[Case]:
    good = _parquet("SELECT 'A' AS id, 1200.50::DECIMAL(18, 2) AS revenue")
    yield from (
        case("good.parquet", good, (1, 0)),
        case("empty_file.parquet", b"", (0, 0), "KF0643"),
        case("not_parquet.parquet", b"id,revenue\nA,10\n", (0, 0), "KF0642"),
        case("magic_only.parquet", b"PAR1", (0, 0), "KF0642"),
        case("magic_twice.parquet", b"PAR1PAR1", (0, 0), "KF0642"),
        case("cut.parquet", good[:-20], (0, 0), "KF0642"),
        case("footer_too_long.parquet", good[:-8] + b"\xff\xff\xff\x7f" + b"PAR1", (0, 0), "KF0642"),
        case("footer_zeros.parquet", good[:60] + bytes(len(good) - 68) + good[-8:], (0, 0), "KF0642"),
        case("no_rows.parquet", _parquet("SELECT 'A' AS id, 5 AS revenue WHERE false"), (0, 0)),
        case("nan.parquet", _parquet("SELECT 'A' AS id, 'nan'::DOUBLE AS revenue"), (0, 1), "KF0601"),
        case("infinity.parquet", _parquet("SELECT 'A' AS id, 'inf'::DOUBLE AS revenue"), (0, 1), "KF0601"),
        case(
            "float_noise.parquet",
            _parquet("SELECT 'A' AS id, 0.1::DOUBLE + 0.2::DOUBLE AS revenue"),
            (0, 1),
            "KF0603",
        ),
        case("nulls.parquet", _parquet("SELECT 'A' AS id, NULL::DOUBLE AS revenue"), (0, 1), "KF0610"),
        case("blob.parquet", _parquet("SELECT 'A'::BLOB AS id, 5 AS revenue"), (0, 1), "KF0606"),
        case(
            "hugeint.parquet",
            _parquet("SELECT 'A' AS id, 99999999999999999999999999999999999999::DECIMAL(38, 0) AS revenue"),
            (0, 1),
            "KF0604",
        ),
        case(
            "timestamp.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, TIMESTAMP '2025-03-01 10:00:00' AS since"),
            (0, 1),
            "KF0607",
        ),
        case(
            "midnight.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, TIMESTAMP '2025-03-01' AS since"),
            (1, 0),
        ),
        case(
            "date_far.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, DATE '12000-01-01' AS since"),
            (0, 1),
            "KF0607",
        ),
        case(
            "date_infinity.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, 'infinity'::DATE AS since"),
            (0, 1),
            "KF0604",
        ),
        case(
            "list_of_structs.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, [{'amount': 5, 'on': DATE '2025-01-01'}] AS orders"),
            (1, 0),
        ),
        case(
            "list_with_null.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, [NULL::INTEGER] AS orders"),
            (0, 1),
            "KF0610",
        ),
        case(
            "unknown_column.parquet",
            _parquet("SELECT 'A' AS id, 5 AS revenue, 1 AS colour"),
            (0, 1),
            "KF0611",
        ),
        case(
            "column_with_sql.parquet",
            _parquet("""SELECT 'A' AS id, 5 AS revenue, 1 AS "x""; DROP TABLE y; --" """),
            (0, 1),
            "KF0611",
        ),
    )
