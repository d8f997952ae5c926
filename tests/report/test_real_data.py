"""Reports on real data, as the READMEs of the examples run them, against plain SQL.

The data are not part of the project: their folder is $KAMFLOW_DATA, or `shared/data` beside the checkout.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from kamflow.cli.main import main
from tests.report.rig import ROOT

DATA = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data")
LINES, LOG, CUSTOMERS = (
    DATA / n for n in ("online_retail.parquet", "helpdesk.csv.gz", "customers_retail.json")
)
Rows = Callable[[str], list[dict[str, str]]]


def reported(example: str, folder: Path) -> Rows:
    """Run the report of an example's README; return what reads its tables."""
    text = (ROOT / "examples" / example / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    command = next(line for line in text.splitlines() if line.startswith("kamflow report"))
    args = shlex.split(command)[1:]
    args = [a.replace("examples/", f"{ROOT}/examples/") for a in args]
    for file in (LINES, LOG, CUSTOMERS):
        args = [f"{a.removesuffix(file.name)}{file}" if a.endswith(file.name) else a for a in args]
    args[args.index("-o") + 1] = str(folder / "out")
    code = main(args)
    assert code in {0, 3}, command
    assert (folder / "out" / "report.html").exists()

    def rows(table: str) -> list[dict[str, str]]:
        with (folder / "out" / f"{table}.csv").open(encoding="utf-8-sig") as found:
            return list(csv.DictReader(found))

    return rows


@pytest.mark.skipif(not LINES.exists(), reason="the data of Online Retail is not part of the project")
def test_churn_of_raw_transactions_is_what_sql_says(tmp_path: Path) -> None:
    rows = reported("transactions", tmp_path)
    told = [
        tuple(int(r[k]) for k in ("active", "lost", "won_back", "new", "active_after"))
        for r in rows("rates/months")
    ]
    sql = f"""
        WITH o AS (
          SELECT DISTINCT CustomerID AS c, CAST(InvoiceDate AS DATE) AS d FROM '{LINES}'
          WHERE CustomerID IS NOT NULL AND Quantity > 0 AND UnitPrice > 0),
        m AS (
          SELECT CAST(unnest(generate_series(
            DATE '2011-03-01', DATE '2011-11-01', INTERVAL 1 MONTH)) AS DATE) AS a),
        s AS (
          SELECT m.a, c, bool_or(d < m.a AND d >= m.a - INTERVAL 3 MONTH) AS was,
            bool_or(d < m.a + INTERVAL 1 MONTH AND d >= m.a - INTERVAL 2 MONTH) AS now,
            bool_or(d < m.a) AS before
          FROM m, o GROUP BY m.a, c)
        SELECT count(*) FILTER (was), count(*) FILTER (was AND NOT now),
          count(*) FILTER (now AND NOT was AND before), count(*) FILTER (now AND NOT before),
          count(*) FILTER (now)
        FROM s GROUP BY a ORDER BY a
    """
    assert told == duckdb.sql(sql).fetchall()
    revenue = {r["class"]: r["customers"] for r in rows("value/classes")}
    assert revenue["all"] == "4372"
    said = json.loads((tmp_path / "out/rates/data.json").read_text(encoding="utf-8"))["missing"]
    assert any("135,080 of 541,909 lines" in t["en"] for t in said)


@pytest.mark.skipif(not LOG.exists(), reason="the help-desk log is not here (KAMFLOW_DATA)")
def test_tickets_of_a_log_stand_where_sql_says(tmp_path: Path) -> None:
    rows = reported("helpdesk", tmp_path)
    sql = f"""
        WITH log AS (SELECT * FROM read_csv('{LOG}')),
        s AS (SELECT case_id, bool_or(activity = 'Closed') AS closed FROM log GROUP BY 1)
        SELECT count(*), count(*) FILTER (closed) FROM s
    """
    cases, closed = duckdb.sql(sql).fetchall()[0]
    ever = {r["state"]: int(r["cases"]) for r in rows("funnel/ticket_funnel")}
    assert (ever["new"], ever["closed"]) == (cases, closed)
    months = rows("stages/ticket_months")
    assert (months[0]["month"], months[-1]["month"]) == ("2010-01", "2014-01")
    assert int(months[-1]["all"]) == cases
    standing = {r["state"]: int(r["cases"]) for r in rows("stages/ticket_states")}
    assert {s: n for s, n in standing.items() if n} == {
        s: int(n) for s, n in months[-1].items() if s not in {"month", "all"} and int(n)
    }
    still = sum(n for s, n in standing.items() if s not in {"closed", "archived"})
    assert sum(int(r["open"]) for r in rows("deadlines/ticket_ageing")) == still


@pytest.mark.skipif(not CUSTOMERS.exists(), reason="customers_retail.json is not here (KAMFLOW_DATA)")
def test_reports_on_customers_of_a_wholesaler_add_up(tmp_path: Path) -> None:
    rows = reported("retail", tmp_path)
    raw = json.loads(CUSTOMERS.read_text(encoding="utf-8"))
    gold = sum(float(r["net_revenue"]) >= 20_000 for r in raw)
    tiers = {r["net_tier"]: int(r["customers"]) for r in rows("tiers/tiers")}
    assert tiers["platinum"] == gold
    assert sum(tiers.values()) == len(raw) == 4372
