"""A million KAM-30 records in memory: the native engine beside the same policy by hand in numpy and DuckDB.

``columns(lines)`` appends a section to the results; the folder of the workload must be on ``sys.path``.
Every row is timed in turns with the others, fired rows included, and its answers on a sample are those
of ``gold()``: a difference is counted and shown, never left out.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kamflow.base.span import Source
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.core.ty import EnumTy
from kamflow.engines.python.native import build
from kamflow.engines.python.native.engine import BoundNative, NativePlan, compile_native, is_installed
from kamflow.project.load import load_sources

HERE = Path(__file__).resolve().parent
DAY = date(2026, 6, 30)
COUNT = 1_000_000
SAMPLE = 5_000
ROUNDS = 7

STANDINGS = """
type abc is ordered C < B < A
population accounts is account where profit > 0 CNY
classify abc of account over accounts : abc
  by profit, largest first
  A up to 70% of total
  B up to 90% of total
  C rest
  ties share the better class
  outside population C
end
define place of account as percentile of profit among accounts
decision high of account : yes/no as place is present and place >= 90%
"""


@dataclass(frozen=True)
class Row:
    """``answers`` gives the outputs of the sample's ``i``-th record, in the workload's own scaled form."""

    name: str
    run: Callable[[], Any]
    answers: Callable[[Any, int], dict[str, object]] | None = None
    count: int = COUNT


def columns(lines: list[str]) -> None:
    if not is_installed():
        lines.append("numba is not installed: columns were not measured.\n")
        return
    import kam30_workload as workload

    data = workload.columns(COUNT)
    bound, plan, program = kam30()
    given = lay_out(bound.native, data, workload)
    rows = [
        Row("native, 1 thread", lambda: bound.run(given), by_codes(plan, program, workload)),
        Row("native, 2 threads", lambda: bound.run(given, threads=2), by_codes(plan, program, workload)),
        *by_query(program, plan, given, workload),
        *by_hand(data),
        *zen(workload, data),
    ]
    golds = [workload.gold(r)[0] for r in workload.records(SAMPLE, "cents", first(data, SAMPLE))]
    wrong = {}
    for row in rows:
        found = row.run()
        differ = (
            sum(row.answers(found, i) != g for i, g in enumerate(golds[: row.count])) if row.answers else 0
        )
        wrong[row.name] = f"{differ} of {min(SAMPLE, row.count):,}" if row.answers else "not compared"
    lines.append(
        f"| KAM-30 over columns, {COUNT:,} records in memory, fired rows included | ns a record "
        "| × native, 2 threads | differ from `gold()` |\n|---|---|---|---|"
    )
    for row, (ns, ratio) in zip(rows, in_turns(rows), strict=True):
        lines.append(f"| {row.name} | {ns:.0f} | {ratio:.1f} | {wrong[row.name]} |")
    lines.append("")
    compiling(lines)
    standings(lines, data, workload)


def in_turns(rows: list[Row]) -> list[tuple[float, float]]:
    """Return (nanoseconds a record, ratio to the second row): medians over rounds of everything once."""
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for row in rows:
            gc.collect()
            start = time.perf_counter()
            row.run()
            times.append((time.perf_counter() - start) / row.count * 1e9)
        rounds.append(times)
    return [
        (statistics.median(r[i] for r in rounds), statistics.median(r[i] / r[1] for r in rounds))
        for i in range(len(rows))
    ]


def kam30(
    more: str = "", cache: Path | None = None, outputs: tuple[str, ...] = ()
) -> tuple[BoundNative, EvalPlan, Program]:
    text = (HERE / "kam30.kam").read_text(encoding="utf-8") + more
    project = load_sources({"kam30.kam": Source("kam30.kam", text)})
    assert not project.has_errors, project.findings[:3]
    stretch = project.stretch_on(DAY.toordinal())
    assert stretch is not None
    assert stretch.lowered is not None
    plan = make_plan(stretch.lowered, "account", outputs)
    native = compile_native(stretch.lowered, plan, cache=cache)
    assert isinstance(native, NativePlan), native
    bound = native.bind(DAY)
    return bound, plan, stretch.lowered


def lay_out(native: NativePlan, data: dict[str, Any], workload: Any) -> dict[str, dict[str, Any]]:
    def column(field: str) -> Any:
        return data[workload.SCALE[field][0]] if field in workload.SCALE else data[field]

    return {"t0": {c.name: column(c.path[0]) for c in native.layout.tables[0].columns}}


def first(data: dict[str, Any], count: int) -> dict[str, Any]:
    return {k: v[:count] for k, v in data.items()}


def by_codes(plan: EvalPlan, program: Program, workload: Any) -> Callable[[Any, int], dict[str, object]]:
    wanted = {k.name: (f"v{i}", program.defs[k].ty) for i, k in enumerate(plan.outputs)}

    def answers(found: Any, i: int) -> dict[str, object]:
        if not found["ok"][i]:
            return {}
        out: dict[str, object] = {}
        for name in workload.OUT:
            column, ty = wanted[name]
            code = int(found[column][i])
            out[name] = ty.members[code] if isinstance(ty, EnumTy) else code
        return out

    return answers


def by_query(program: Program, plan: EvalPlan, given: dict[str, dict[str, Any]], workload: Any) -> list[Row]:
    """Return the SQL engine on DuckDB: the query's result goes into a table, as by hand."""
    try:
        import duckdb

        from kamflow.engines.sql.compile import compile_sql
        from kamflow.engines.sql.plan import SqlPlan
    except ImportError:
        return []
    base = duckdb.connect()
    base.execute("SET threads = 2")
    import numpy as np

    base.register("given", {"row": np.arange(COUNT), **given["t0"]})
    base.execute("CREATE TABLE t0 AS SELECT * FROM given")
    sql = compile_sql(program, plan, DAY.toordinal())
    assert isinstance(sql, SqlPlan), sql
    query = f"CREATE OR REPLACE TEMP TABLE answers AS {sql.select()}"
    sample: dict[str, Any] = {}

    def answers(found: Any, i: int) -> dict[str, object]:
        if not sample:
            sample.update(base.execute(f"SELECT * FROM answers ORDER BY row LIMIT {SAMPLE}").fetchnumpy())
        return by_codes(plan, program, workload)(sample, i)

    return [Row("SQL on DuckDB, 2 threads", lambda: base.execute(query), answers)]


def by_hand(data: dict[str, Any]) -> list[Row]:
    import kam30_columns as hand

    def numpy_answers(found: Any, i: int) -> dict[str, object]:
        out = {k: found[0][k][i] for k in hand.OUT}
        return {k: hand.CODE[k][v] if k in hand.CODE else int(v) for k, v in out.items()}

    def in_chunks() -> Any:
        import numpy as np

        parts = [
            hand.numpy_eval({k: v[s : s + 65_536] for k, v in data.items()}, fired=True, style="fast")
            for s in range(0, COUNT, 65_536)
        ]
        values = {k: np.concatenate([p[0][k] for p in parts]) for k in parts[0][0]}
        return values, {k: np.concatenate([p[1][k] for p in parts]) for k in parts[0][1]}

    rows = [Row("numpy by hand, in chunks, 1 thread", in_chunks, numpy_answers)]
    try:
        import duckdb
    except ImportError:
        return rows
    base = duckdb.connect()
    base.execute("SET threads = 2")
    base.execute(hand.DUCK_MACROS)
    members = ", ".join(f"'{m}'" for m in hand.LIFECYCLE)
    names = {k: f"{k} AS {k.rsplit('_', 1)[0]}" if k.endswith(("_c", "_e4", "_e2")) else k for k in data}
    names["product_lifecycle"] = f"[{members}][product_lifecycle + 1] AS product_lifecycle"
    base.register("given", data)
    base.execute(f"CREATE TABLE t AS SELECT {', '.join(names.values())} FROM given")
    query = f"CREATE OR REPLACE TEMP TABLE done AS {hand.sql('int', fired=True)}"

    def duck_answers(found: Any, i: int) -> dict[str, object]:
        if not sample:
            columns = ", ".join(hand.OUT)
            sample.extend(base.execute(f"SELECT {columns} FROM done ORDER BY id LIMIT {SAMPLE}").fetchall())
        return dict(zip(hand.OUT, sample[i], strict=True))

    sample: list[tuple[object, ...]] = []
    return [*rows, Row("DuckDB by hand, BIGINT, 2 threads", lambda: base.execute(query), duck_answers)]


def zen(workload: Any, data: dict[str, Any]) -> list[Row]:
    try:
        import kam30_zen
        import zen as engine
    except ImportError:
        return []
    count = 2_000
    records = workload.records(count, "float", first(data, count))
    graph = kam30_zen.zen_graph(half_even=True)
    made = engine.ZenEngine({"loader": {"type": "static", "content": {"k": graph}}})
    if not hasattr(made, "evaluate_batch"):
        return []
    batch = [{"key": "k", "context": record} for record in records]
    name = "zen `evaluate_batch`, static loader, half-even"
    return [Row(name, lambda: made.evaluate_batch(batch), None, count)]


def compiling(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(3):
            build._made.clear()
            bound, _, _ = kam30(cache=Path(folder))
            start = time.perf_counter()
            bound.prepare()
            times.append(time.perf_counter() - start)
    cold, cached = times[0] * 1e3, statistics.median(times[1:]) * 1e3
    lines.append(
        f"Native code of KAM-30: {cold:.0f} ms to compile, {cached:.0f} ms from the cache, numba imported.\n"
    )


def standings(lines: list[str], data: dict[str, Any], workload: Any) -> None:
    bound, _, _ = kam30(STANDINGS, outputs=("abc", "high"))
    given = lay_out(bound.native, data, workload)
    bound.run(given)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = bound.run(given, threads=2)
        times.append(time.perf_counter() - start)
    assert found["ok"].all()
    seconds = statistics.median(times)
    lines.append(f"ABC and a percentile over {COUNT:,} accounts, native, 2 threads: {seconds:.2f} s.\n")


def main() -> None:
    import os
    import sys

    sys.path.insert(0, os.environ.get("KAMFLOW_BENCH", str(HERE.parent.parent / "shared" / "bench")))
    lines: list[str] = []
    columns(lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
