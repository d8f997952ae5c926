"""What whole files cost through the command, in new processes: wall, processor time and peak memory.

KAM-30 from NDJSON and Parquet; the example over the real lines of Online Retail where these are there.
``BENCH_LARGE=1`` adds 10,000,000 records, from Parquet and from NDJSON: their peak shows that memory is flat.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = Path(os.environ.get("KAMFLOW_DATA") or ROOT.parent / "shared" / "data")
LINES = DATA / "online_retail.parquet"
DAY = "2026-06-30"
RECORDS, LARGE = 1_000_000, 10

# the process's own peak: ru_maxrss would also count the process that started it
_PEAK = """
import re, sys
from pathlib import Path
from kamflow.cli.main import main
code = main(sys.argv[1:])
print(re.search("VmHWM:\\\\s+(\\\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    peak_mb: float


def files(lines: list[str], env: Mapping[str, str], *, workload: bool) -> None:
    """Measure; ``workload``: the modules of KAM-30 can be imported."""
    lines.append(f"Load before: {os.getloadavg()[0]:.1f}.\n")
    lines.append("| whole files, a new process each | records | s | CPU s | records/s | peak MB |")
    lines.append("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if workload:
            _kam30(lines, env, folder)
        if LINES.exists():
            example = ROOT / "examples" / "transactions"
            more = ["--child", f"lines={LINES}", "--map", str(example / "online_retail.toml")]
            cost = run_cli(["eval", *more, "--policies", str(example), "--as-of", "2011-12-10", "-o",
                         str(folder / "retail.parquet")], env, codes=(3,))  # fmt: skip
            lines.append(_row("Online Retail: invoice lines → decisions on 4,372 customers", 541_909, cost))
    lines.append("")


def _kam30(lines: list[str], env: Mapping[str, str], folder: Path) -> None:
    _write_ndjson(folder / "in.ndjson", RECORDS)
    _write_parquet(folder / "in.parquet", 1)
    todo = [("in.ndjson", "out.ndjson", RECORDS), ("in.ndjson", "out.parquet", RECORDS),
            ("in.parquet", "out.parquet", RECORDS)]  # fmt: skip
    if os.environ.get("BENCH_LARGE") == "1":
        _write_parquet(folder / "large.parquet", LARGE)
        _repeat(folder / "in.ndjson", folder / "large.ndjson", LARGE)
        todo += [(f"large.{kind}", f"out.{kind}", LARGE * RECORDS) for kind in ("parquet", "ndjson")]
    for source, target, count in todo:
        args = ["eval", str(folder / source), "--policies", str(HERE / "kam30.kam"), "--as-of", DAY]
        cost = run_cli([*args, "-o", str(folder / target)], env)
        kinds = " → ".join(Path(n).suffix[1:] for n in (source, target))
        lines.append(_row(f"KAM-30, {kinds}", count, cost))


def _row(what: str, count: int, cost: Cost) -> str:
    rate = count / cost.wall
    return f"| {what} | {count:,} | {cost.wall:.1f} | {cost.cpu:.1f} | {rate:,.0f} | {cost.peak_mb:,.0f} |"


def run_cli(args: Sequence[str], env: Mapping[str, str], codes: Sequence[int] = (0,)) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *args], capture_output=True, text=True, check=False, env=dict(env)
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in codes, done.stderr
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, int(done.stderr.split()[-1]) / 1024)


def _write_ndjson(path: Path, count: int) -> None:
    import kam30_workload as workload

    columns = workload.columns(count)
    with path.open("w", encoding="utf-8") as out:
        for start in range(0, count, 50_000):
            part = {k: v[start : start + 50_000] for k, v in columns.items()}
            records = workload.records(min(50_000, count - start), "float", part)
            out.writelines(json.dumps(record) + "\n" for record in records)


def _repeat(path: Path, target: Path, times: int) -> None:
    with target.open("wb") as out:
        for _ in range(times):
            with path.open("rb") as once:
                shutil.copyfileobj(once, out, 2**20)


def _write_parquet(path: Path, times: int) -> None:
    """Write a million records ``times`` over, each with an identifier of its own."""
    import duckdb
    import kam30_workload as workload
    import numpy as np

    columns: dict[str, Any] = workload.columns(RECORDS)
    given: dict[str, Any] = {}
    cells: list[str] = []
    for field in workload.FIELDS:
        cell = field
        if field in workload.SCALE:
            raw, scale = workload.SCALE[field]
            given[field] = columns[raw]
            cell = f"CAST({field} / CAST({10**scale} AS DOUBLE) AS DECIMAL(14, {scale}))"
        elif field in workload.ENUMS:
            given[field] = np.array(workload.ENUMS[field], dtype=object)[columns[field]]
        else:
            given[field] = columns[field]
        cells.append(f"{cell} AS {field}")
    with duckdb.connect() as connection:
        connection.register("given", given)
        connection.execute(f"CREATE TABLE once AS SELECT {', '.join(cells)} FROM given")
        every = ", ".join([f"id + n * {RECORDS} AS id", *workload.FIELDS[1:]])
        connection.execute(
            f"COPY (SELECT {every} FROM range({times}) AS t(n), once) TO '{path}' (FORMAT parquet)"
        )
