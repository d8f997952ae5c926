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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DETAILS = ("orders", "complaints")
CHANGE = "tier_s_from=85"


def customers(count: int) -> list[dict[str, object]]:
    spec = importlib.util.spec_from_file_location("make_customers", ROOT / "examples/make_customers.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    sys.modules["make_customers"] = maker
    spec.loader.exec_module(maker)
    out: list[dict[str, object]] = []
    first = maker.SEED
    while len(out) < count:
        maker.SEED = first + len(out)
        for one in maker.make_customers():
            kept = {k: v for k, v in one.items() if k not in DETAILS}
            out.append(kept | {"id": f"C{len(out) + 1:07d}"})
    return out[:count]


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


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        for path in write(Path(name), customers(count)):
            command = [sys.executable, "-m", "kamflow", "diff", str(ROOT / "rules"), "--set", CHANGE]
            command += ["--data", str(path), "--as-of", "2026-06-30", "--by", "region"]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            took = time.perf_counter() - started
            said = next((x for x in done.stdout.splitlines() if "2026-06-30:" in x), done.stderr[-200:])
            print(f"{path.suffix[1:]:8} {took:6.2f} s   {said.rpartition(': ')[2]}")


if __name__ == "__main__":
    main()
