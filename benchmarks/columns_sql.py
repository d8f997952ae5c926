"""KAM-30 by the SQL engine on DuckDB, fired rows included: ns a record.

`python -m benchmarks.columns_sql RECORDS WORKLOAD`; WORKLOAD is the folder of the workload's files, whose
SQL by hand is measured in turns with ours, and whose answers are compared.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from kamflow.base.span import Source
from kamflow.core.program import make_plan
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import create_tables
from kamflow.engines.sql.plan import SqlPlan
from kamflow.project.load import load_sources

POLICY = Path(__file__).with_name("kam30.kam")
TURNS = 7


def compiled() -> SqlPlan:
    project = load_sources({"kam30.kam": Source("kam30.kam", POLICY.read_text(encoding="utf-8"))})
    program = project.stretches[0].lowered
    assert program is not None
    plan = compile_sql(program, make_plan(program, "account"), 739_797)
    assert isinstance(plan, SqlPlan)
    return plan


def main() -> None:
    records = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    workload = sys.argv[2] if len(sys.argv) > 2 else ""
    began = time.perf_counter()
    plan = compiled()
    text = plan.select()
    _say(f"compiled in {time.perf_counter() - began:.2f} s, {len(text):,} characters")
    con = duckdb.connect(config={"threads": 2})
    sys.path.insert(0, workload)
    import kam30_columns as by_hand  # type: ignore[import-not-found]
    import kam30_workload as given  # type: ignore[import-not-found]

    _fill(con, plan, given.columns(records), given)
    con.execute(by_hand.DUCK_MACROS)
    queries = {"compiled": text, "by hand": by_hand.sql(money="int", fired=True)}
    best, used = dict.fromkeys(queries, float("inf")), dict.fromkeys(queries, float("inf"))
    for _ in range(TURNS):
        for name, query in queries.items():
            began, cpu = time.perf_counter(), time.process_time()
            con.execute(f"CREATE OR REPLACE TEMP TABLE result AS {query}")
            best[name] = min(best[name], time.perf_counter() - began)
            used[name] = min(used[name], time.process_time() - cpu)  # other processes disturb this less
    for name in queries:
        wall, cpu = (x[name] / records * 1e9 for x in (best, used))
        _say(f"{name}: {wall:.0f} ns a record on 2 threads, {cpu:.0f} ns of processor time")
    _say(f"by hand takes {best['by hand'] / best['compiled']:.2f} times as long")
    different = con.execute(
        f"SELECT count(*) FROM ({text}) a JOIN ({queries['by hand']}) b ON a.row = b.id WHERE NOT a.ok"
        " OR (v0, v1, v5, v7, v8, v10, v11) IS DISTINCT FROM"
        " (share_of_wallet, r, score, discount_bp, price, prepay_pct, credit_limit) OR (r3, r5, r6, r7, r8)"
        " IS DISTINCT FROM (segment_row, pricing_row, credit_row, retention_row, lifecycle_row)"
    ).fetchone()
    _say(f"records that differ: {different}")


def _fill(con: duckdb.DuckDBPyConnection, plan: SqlPlan, columns: dict[str, Any], given: Any) -> None:
    own: dict[str, Any] = {f: columns[given.SCALE[f][0] if f in given.SCALE else f] for f in given.FIELDS}
    table = plan.layout.tables[0]
    source = {"row": np.arange(len(own["id"])), **{c.name: own[c.path[0]] for c in table.columns}}
    create_tables(con, plan.layout)
    con.register("source", source)
    con.execute(f"INSERT INTO t0 SELECT {', '.join(source)} FROM source")
    names = {f: np.array(words, dtype=object)[own[f]] for f, words in given.ENUMS.items()}
    con.register("hand", {**own, **names})
    con.execute("CREATE TABLE t AS SELECT * FROM hand")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
