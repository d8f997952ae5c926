"""Time `kamflow diff --data` on 10^5 customers: one threshold of rules/ changed, who moves, what it costs.

The customers are those of examples/make_customers.py under a thousand seeds, without details (orders and
complaints). Prints seconds of whole runs of the command, cold, by format.

    python benchmarks/impact_portfolio.py [COUNT]
"""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DETAILS = ("orders", "complaints")
CHANGE = "tier_s_from=85"


def customers(count: int) -> list[dict[str, object]]:
    return [{k: v for k, v in one.items() if k not in DETAILS} for one in each_customer(count)]


def each_customer(count: int) -> Iterator[dict[str, object]]:
    """Yield customers with their orders and complaints; a thousand seeds, a hundred customers each."""
    spec = importlib.util.spec_from_file_location("make_customers", ROOT / "examples/make_customers.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    sys.modules["make_customers"] = maker
    spec.loader.exec_module(maker)
    first, made = maker.SEED, 0
    while made < count:
        maker.SEED = first + made
        for one in maker.make_customers()[: count - made]:
            made += 1
            yield one | {"id": f"C{made:07d}"}


def write(folder: Path, records: list[dict[str, object]]) -> list[Path]:
    ndjson, table = folder / "customers.ndjson", folder / "customers.csv"
    with ndjson.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    names = list(dict.fromkeys(k for r in records for k in r))
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, names, lineterminator="\n")
        rows.writeheader()
        rows.writerows(records)
    import duckdb

    parquet = folder / "customers.parquet"
    duckdb.sql(f"SELECT * FROM read_csv('{table}', all_varchar = true)").write_parquet(str(parquet))
    return [ndjson, table, parquet]


def runs(count: int, env: dict[str, str] | None = None) -> list[tuple[str, float, str]]:
    """Return for each format how long the command takes, cold, and what it says of who moves."""
    out: list[tuple[str, float, str]] = []
    with tempfile.TemporaryDirectory() as name:
        for path in write(Path(name), customers(count)):
            command = [sys.executable, "-m", "kamflow", "diff", str(ROOT / "rules"), "--set", CHANGE]
            command += ["--data", str(path), "--as-of", "2026-06-30", "--by", "region"]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=ROOT)
            took = time.perf_counter() - started
            said = next((x for x in done.stdout.splitlines() if "2026-06-30:" in x), done.stderr[-200:])
            out.append((path.suffix[1:], took, said.rpartition(": ")[2]))
    return out


def impact(lines: list[str], env: dict[str, str], count: int = 100_000) -> None:
    """Measure `kamflow diff --data`, for `make bench`."""
    try:
        found = runs(count, env)
    except ImportError:  # the files are written by DuckDB
        lines.append("DuckDB is not installed: `kamflow diff --data` was not measured.\n")
        return
    lines.append(
        f"`kamflow diff rules/ --set {CHANGE} --data FILE` on {count:,} customers, the whole command, cold"
        f" ({found[0][2]}):\n"
    )
    lines.append("| file | s |\n|---|---|")
    lines.extend(f"| {kind} | {took:.1f} |" for kind, took, _ in found)
    lines.append("")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for kind, took, said in runs(count):
        print(f"{kind:8} {took:6.2f} s   {said}")


if __name__ == "__main__":
    main()
