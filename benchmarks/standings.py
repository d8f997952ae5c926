"""What populations cost: measuring a portfolio, deciding over it, one record by its cut-offs, their size."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

import kamflow

HERE = Path(__file__).resolve().parent
DAY = date(2026, 6, 30)
MEMBERS = 100_000
ROUNDS = 15
COMPARED = """
type pareto is ordered pareto_c < pareto_b < pareto_a

population buyers is account where annual_revenue > 0 CNY

classify pareto_class of account over buyers : pareto
  by annual_revenue, largest first
  pareto_a up to 80% of total
  pareto_b up to 95% of total
  pareto_c rest
  ties share the better class
  outside population pareto_c
end

decision revenue_rank of account : percent with 4 decimals
  as percentile of annual_revenue among buyers otherwise 0%
end
"""


def standings(lines: list[str]) -> None:
    """Time KAM-30 with a Pareto class and a rank of its revenue against KAM-30 alone."""
    import kam30_workload as workload

    text = (HERE / "kam30.kam").read_text(encoding="utf-8")
    records = workload.records(MEMBERS, "float")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "compared.kam"
        path.write_text(text + COMPARED, encoding="utf-8")
        plain, compared = kamflow.load(HERE / "kam30.kam"), kamflow.load(path)
        start = time.perf_counter()
        known = compared.with_portfolio(records, as_of=DAY)
        measured = time.perf_counter() - start
        file = Path(folder) / "cut-offs.json"
        known.write_cutoffs(file)
        start = time.perf_counter()
        service = compared.with_cutoffs(file)
        loaded = time.perf_counter() - start
        size = file.stat().st_size
    sample = records[:5_000]
    without, with_them = _by_turns([plain, service], sample)
    start = time.perf_counter()
    assert all(d.ok for d in known.evaluate_many(records, as_of=DAY))
    decided = time.perf_counter() - start
    lines.append("| KAM-30 with a Pareto class and a percentile of revenue | |\n|---|---|")
    lines.append(f"| measuring {MEMBERS:,} members, µs a member | {measured / MEMBERS * 1e6:.1f} |")
    lines.append(f"| deciding them over the portfolio, µs a record | {decided / MEMBERS * 1e6:.1f} |")
    lines.append(f"| one record by cut-offs, µs | {with_them:.2f} |")
    lines.append(
        f"| the same, × KAM-30 without population terms ({without:.2f} µs) | {with_them / without:.2f} |"
    )
    lines.append(f"| file of cut-offs, KB; reading it, ms | {size / 1000:,.0f}; {loaded * 1e3:.0f} |")
    lines.append("")


def _by_turns(engines: list[kamflow.Engine], sample: list[dict[str, object]]) -> list[float]:
    """Return microseconds a record, medians over rounds in which each engine has its turn."""
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for engine in engines:
            start = time.perf_counter()
            for record in sample:
                engine.evaluate(record, as_of=DAY)
            times.append((time.perf_counter() - start) / len(sample) * 1e6)
        rounds.append(times)
    return [statistics.median(column) for column in zip(*rounds, strict=True)]
