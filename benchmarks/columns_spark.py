"""KAM-30 by the SQL engine on Spark, local, two threads, fired rows included: ns a record, same answers.

`python -m benchmarks.columns_spark RECORDS WORKLOAD`; WORKLOAD is the folder of the workload's files. All
answers are compared with those of DuckDB, a sample with the workload's own `gold()`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from kamflow.base.span import Source
from kamflow.core.program import make_plan
from kamflow.core.ty import EnumTy
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import create_tables
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.engines.sql.spark import decide_files, decide_on_spark, local_session, read_tables
from kamflow.project.load import load_sources

POLICY = Path(__file__).with_name("kam30.kam")
TURNS = 5
SAMPLE = 5_000


def compiled(dialect: str) -> SqlPlan:
    project = load_sources({"kam30.kam": Source("kam30.kam", POLICY.read_text(encoding="utf-8"))})
    program = project.stretches[0].lowered
    assert program is not None
    plan = compile_sql(program, make_plan(program, "account"), 739_797, dialect=dialect)
    assert isinstance(plan, SqlPlan)
    return plan


def main() -> None:
    records = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    sys.path.insert(0, sys.argv[2] if len(sys.argv) > 2 else "")
    import kam30_workload as given  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as scratch:
        measure(records, given, Path(scratch))


def measure(records: int, given: Any, scratch: Path) -> None:
    plan, columns = compiled("spark"), given.columns(records)
    con = duckdb.connect(config={"threads": 2})
    fill(con, plan, columns, given)
    con.execute(f"COPY t0 TO '{scratch / 't0.parquet'}' (FORMAT parquet)")
    began = time.perf_counter()
    spark = local_session(scratch)
    say(f"Spark {spark.version} started in {time.perf_counter() - began:.1f} s")
    files = {"t0": scratch / "t0.parquet"}
    times = []
    for _ in range(TURNS):
        began = time.perf_counter()
        found = decide_on_spark(spark, plan, read_tables(spark, plan, files))
        assert not isinstance(found, Refused), found
        found.write.format("noop").mode("overwrite").save()
        times.append(time.perf_counter() - began)
    shown = ", ".join(f"{t:.2f}" for t in times)
    say(f"{records:,} records from Parquet: first {times[0]:.2f} s, best {min(times):.2f} s ({shown})")
    say(f"best: {min(times) / records * 1e9:.0f} ns a record")
    began = time.perf_counter()
    assert decide_files(spark, plan, files, scratch / "out") is None
    say(f"Parquet to Parquet: {time.perf_counter() - began:.2f} s")
    con.execute(f"CREATE TABLE duck AS {compiled('duckdb').select()}")
    con.execute(f"CREATE TABLE spark AS SELECT * FROM '{scratch}/out/*.parquet'")
    both = con.execute("SELECT count(*) FROM (SELECT * FROM duck INTERSECT SELECT * FROM spark)").fetchone()
    assert both is not None
    say(f"records with the answers and rows of DuckDB: {both[0]:,} of {records:,}")
    say(f"records of a sample that differ from gold(): {differ(con, plan, columns, given)} of {SAMPLE:,}")
    spark.stop()


def fill(con: duckdb.DuckDBPyConnection, plan: SqlPlan, columns: dict[str, Any], given: Any) -> None:
    own: dict[str, Any] = {f: columns[given.SCALE[f][0] if f in given.SCALE else f] for f in given.FIELDS}
    source = {
        "row": np.arange(len(own["id"])),
        **{c.name: own[c.path[0]] for c in plan.layout.tables[0].columns},
    }
    create_tables(con, plan.layout)
    con.register("source", source)
    con.execute(f"INSERT INTO t0 SELECT {', '.join(source)} FROM source")


def differ(con: duckdb.DuckDBPyConnection, plan: SqlPlan, columns: dict[str, Any], given: Any) -> int:
    """Return for how many records of the sample an output is not the workload's."""
    lines = con.execute(f"SELECT * FROM spark WHERE row < {SAMPLE} ORDER BY row").fetchall()
    first = {k: v[:SAMPLE] for k, v in columns.items()}
    wrong = 0
    for line, record in zip(lines, given.records(SAMPLE, "cents", first), strict=True):
        values = dict(zip(plan.columns, line, strict=True))
        got = {
            o.key.name: o.ty.members[values[o.name]] if isinstance(o.ty, EnumTy) else values[o.name]
            for o in plan.outputs
        }
        want = given.gold(record)[0]
        wrong += {k: got[k] for k in want} != want
    return wrong


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
