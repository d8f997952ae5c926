"""`kamflow eval --engine spark` writes what every other engine writes, to the byte."""

from __future__ import annotations

import json
import os
import random
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kamflow.cli.main import main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
LINES = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data") / "online_retail.parquet"
EXAMPLE = ROOT / "examples/transactions"
ENGINES = ("python", "duckdb", "native", "spark")


def decided(out: Path, *line: str) -> dict[str, bytes]:
    """Return what each engine writes."""
    found: dict[str, bytes] = {}
    for engine in ENGINES:
        target = out / f"{engine}.ndjson"
        code = main(("eval", *line, "--engine", engine, "-o", str(target)))
        assert code in {0, 3}, engine
        found[engine] = target.read_bytes()
    return found


def customers(count: int) -> list[dict[str, object]]:
    """Return customers with lists of lines, ties, gifts, returns, and some who never bought."""
    rng = random.Random(20261128)
    day = date(2011, 12, 9)
    return [
        {
            "id": f"c{i}",
            "lines": [
                {
                    "invoice": f"{rng.choice(('', 'C'))}{rng.randint(1, 40)}",
                    "article": rng.choice("ABCDE"),
                    "quantity": rng.choice((-3, 0, 1, 2, 50)),
                    "invoiced_on": (day - timedelta(days=rng.choice((0, 1, 30, 365)))).isoformat(),
                    "unit_price": rng.choice(("0", "0.001", "2.55", "3.333", "99.999")),
                }
                for _ in range(rng.choice((0, 1, 2, 9)))
            ],
        }
        for i in range(count)
    ]


def test_spark_decides_records_with_lists_and_everybody_known(spark: SparkSession, tmp_path: Path) -> None:
    assert spark is not None
    path = tmp_path / "customers.ndjson"
    path.write_text("".join(json.dumps(c) + "\n" for c in customers(400)), encoding="utf-8")
    found = decided(
        tmp_path, str(path), "--policies", str(EXAMPLE), "--portfolio", str(path), "--as-of", "2011-12-10"
    )
    assert len(found["python"].splitlines()) == 400
    assert {engine: out == found["python"] for engine, out in found.items()} == dict.fromkeys(ENGINES, True)
    classes = [json.loads(line)["decisions"]["abc_class"] for line in found["spark"].splitlines()]
    assert set(classes) == {"A", "B", "C"}


@pytest.mark.skipif(not LINES.exists(), reason="the data of Online Retail is not part of the project")
def test_every_engine_decides_the_4372_customers_alike(spark: SparkSession, tmp_path: Path) -> None:
    assert spark is not None
    found = decided(
        tmp_path, "--child", f"lines={LINES}", "--map", str(EXAMPLE / "online_retail.toml"), "--policies",
        str(EXAMPLE), "--as-of", "2011-12-10",
    )  # fmt: skip
    assert len(found["python"].splitlines()) == 4372
    assert {engine: out == found["python"] for engine, out in found.items()} == dict.fromkeys(ENGINES, True)
