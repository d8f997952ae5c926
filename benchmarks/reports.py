"""What `kamflow report all` costs, cold: 200 and 100,000 customers with orders; raw lines of a retailer.

python benchmarks/reports.py [COUNT]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.files import LINES, ROOT, run_cli
from benchmarks.impact_portfolio import each_customer

SIZES = (200, 100_000)


def reports(lines: list[str], env: Mapping[str, str], sizes: tuple[int, ...] = SIZES) -> None:
    """Measure for `make bench`: processor time, wall and peak memory."""
    lines.append("| `kamflow report all`, a new process each | records | s | CPU s | peak MB |")
    lines.append("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for count in sizes:
            path = folder / f"{count}.ndjson"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in each_customer(count))
            args = [str(path), "--policies", str(ROOT / "rules"), "--as-of", "2026-06-30"]
            lines.append(_row("all shipped policies, customers with their orders", count, args, folder, env))
        if LINES.exists():
            example = ROOT / "examples/transactions"
            args = ["--child", f"lines={LINES}", "--map", str(example / "online_retail.toml"), "--policies",
                    str(example), "--as-of", "2011-12-09", "--assume", "lost_after=3"]  # fmt: skip
            lines.append(_row("Online Retail: raw invoice lines", 541_909, args, folder, env))
    lines.append("")


def _row(what: str, count: int, args: list[str], folder: Path, env: Mapping[str, str]) -> str:
    cost = run_cli(["report", "all", *args, "-o", str(folder / "out")], env, codes=(0, 3))
    return f"| {what} | {count:,} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak_mb:,.0f} |"


if __name__ == "__main__":
    import os

    found: list[str] = []
    reports(found, os.environ, tuple(int(a) for a in sys.argv[1:]) or SIZES)
    print("\n".join(found))
