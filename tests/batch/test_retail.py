"""The shipped example on the real data: known facts of it, from raw lines, in one command."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from kamflow.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
LINES = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data") / "online_retail.parquet"


@pytest.mark.skipif(not LINES.exists(), reason="the data of Online Retail is not part of the project")
def test_retail_from_raw_transactions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.parquet"
    example = ROOT / "examples/transactions"
    code = main(
        ("eval", "--child", f"lines={LINES}", "--map", str(example / "online_retail.toml"), "--policies",
         str(example), "--as-of", "2011-12-10", "-o", str(out))
    )  # fmt: skip
    assert code == 3
    assert "541,909 in = 406,829 of a record + 135,080 of none" in capfd.readouterr().err
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT count(*), count(*) FILTER (frequency > 0), sum(frequency), sum(revenue) FROM '{out}'"
        ).fetchone()
    assert found is not None
    customers, buyers, orders, revenue = found
    assert (customers, buyers, orders) == (4372, 4338, 18532)
    assert abs(float(revenue) - 8_911_407.904) < 4338 * 0.005  # published; each customer's is rounded
