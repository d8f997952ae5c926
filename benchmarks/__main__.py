"""`make bench`: what kamflow costs, as ratios measured in one run; writes benchmarks/RESULTS.md.

The workload and the peers come from the folder KAMFLOW_BENCH (default: ../shared/bench beside the
checkout); peers that are not installed are left out and named. Nothing here is a test: no figure fails.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeAlias

import kamflow
from benchmarks.columns import columns
from benchmarks.files import files
from benchmarks.flow import flow
from benchmarks.impact_portfolio import impact
from benchmarks.proofs import proofs
from benchmarks.reports import reports
from benchmarks.standings import standings
from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.project.load import load_sources

HERE = Path(__file__).resolve().parent
BENCH = Path(os.environ.get("KAMFLOW_BENCH", HERE.parent.parent / "shared" / "bench"))
DAY = date(2026, 6, 30)
ROUNDS = 15


Timed: TypeAlias = "tuple[str, Callable[[dict[str, object]], object], list[dict[str, object]]]"


def by_turns(what: list[Timed]) -> list[tuple[str, float, float]]:
    """Return (name, microseconds a record, ratio to the first), medians over rounds.

    Each round times everything once: whatever else the machine does hits all alike.
    """
    rounds = []
    for _ in range(ROUNDS):
        times = []
        for _, function, records in what:
            gc.collect()
            start = time.perf_counter()
            for record in records:
                function(record)
            times.append((time.perf_counter() - start) / len(records) * 1e6)
        rounds.append(times)
    columns = list(zip(*rounds, strict=True))
    return [
        (
            name,
            statistics.median(times),
            statistics.median(t / first for t, first in zip(times, columns[0], strict=True)),
        )
        for (name, _, _), times in zip(what, columns, strict=True)
    ]


def one_record(lines: list[str]) -> None:
    import kam30_plain
    import kam30_workload as workload

    engine = kamflow.load(HERE / "kam30.kam")
    records = workload.records(20_000, "float")
    cents = workload.records(20_000, "cents")
    wrong = 0
    for record, cent in zip(records, cents, strict=True):
        decision = engine.evaluate(record, as_of=DAY)
        wrong += workload.norm({k: decision[k] for k in workload.OUT}) != workload.gold(cent)[0]
    lines.append(f"KAM-30 against `gold()`: {len(records):,} records, {wrong} differ.\n")
    evaluate, outputs = engine.evaluate, workload.OUT

    def read_all(record: dict[str, object]) -> None:
        decision = evaluate(record, as_of=DAY)
        for name in outputs:
            decision[name]

    sample = records[:5_000]
    what: list[Timed] = [
        ("plain Python, float (`evaluate_float`)", kam30_plain.evaluate_float, sample),
        ("kamflow `engine.evaluate`", lambda r: evaluate(r, as_of=DAY), sample),
        ("kamflow, traced", lambda r: evaluate(r, as_of=DAY, trace=True), sample),
        ("kamflow, and all 13 outputs read as Decimal", read_all, sample),
        ("plain Python, Decimal", kam30_plain.evaluate_decimal, workload.records(5_000, "decimal")),
    ]
    try:
        import kam30_zen

        what.append(("zen static loader, half-even", kam30_zen.make_zen(half_even=True), sample[:500]))
    except ImportError:
        lines.append("zen is not installed: left out.\n")
    rows = by_turns(what)
    ours = rows[1][2]
    lines.append("| one record, dict in, decision out | µs | × plain float | × kamflow |\n|---|---|---|---|")
    lines.extend(f"| {name} | {us:.2f} | {ratio:.2f} | {ratio / ours:.1f} |" for name, us, ratio in rows)
    lines.append("")


def shipped(lines: list[str]) -> None:
    """Decide the example customers with all shipped policies: child lists, texts, amounts as text."""
    engine = kamflow.load(HERE.parent / "rules")
    records = json.loads((HERE.parent / "examples" / "customers.json").read_text(encoding="utf-8"))
    orders = sum(len(r.get("orders", ())) for r in records) / len(records)
    _, us, _ = by_turns([("", lambda r: engine.evaluate(r, as_of=DAY), records * 5)])[0]
    outputs = len(engine.evaluate(records[0], as_of=DAY).to_dict()["decisions"])
    lines.append(
        f"All shipped policies, {outputs} decisions on a customer with {orders:.0f} orders as JSON has them: "
        f"{us:.0f} µs a customer.\n"
    )


# as users have it: compiled modules are kept between runs
_ENV = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _child(code: str) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE.parent, env=_ENV)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def compiling(lines: list[str]) -> None:
    path = HERE / "kam30.kam"
    bare = _child("pass")
    cold = _child(
        f"import kamflow, datetime; e = kamflow.load({str(path)!r}); "
        "e.evaluate({}, as_of=datetime.date(2026, 6, 30))"
    )
    lines.append("| compiling | ms |\n|---|---|")
    imported = _child("import kamflow")
    lines.append(f"| `import kamflow`, over the bare interpreter ({bare:.0f} ms) | {imported - bare:.0f} |")
    what = "KAM-30 parse + check + generate, cold: a new process with its imports, over bare"
    lines.append(f"| {what} | {cold - bare:.0f} |")
    warm = []
    for _ in range(5):
        start = time.perf_counter()
        kamflow.load(path).evaluate({}, as_of=DAY)
        warm.append((time.perf_counter() - start) * 1e3)
    lines.append(f"| KAM-30 parse + check + generate, warm | {statistics.median(warm):.0f} |")
    rows = "".join(
        f"    | {2 * i} to below {2 * i + 2} | x or y | at least {i} | any | {i % 90} days || {i} |\n"
        for i in range(10_000)
    )
    text = (
        'policy big "Big"\nend\ntype letter is one of x, y, z\nrecord r\n  a : number\n  l : letter\n'
        "  b : number\n  c : yes/no\n  d : days\nend\ndecision out of r : number\n  table first\n"
        "    | a | l | b | c | d || out |\n" + rows + "    | any | any | any | any | any || 0 |\nend\n"
    )
    start = time.perf_counter()
    project = load_sources({"big.kam": Source("big.kam", text)}, Sink())
    lines.append(f"| a table of 10,000 rows, parse + check | {(time.perf_counter() - start) * 1e3:.0f} |")
    assert not project.has_errors, project.findings[:3]
    lines.append("")


def commands(lines: list[str]) -> None:
    lines.append("| command, cold process | ms |\n|---|---|")
    small = (
        'policy small "Small"\nend\nrecord r\n  a : count\nend\ndecision d of r : count\n  as a + 1\nend\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "small.kam")
        path.write_text(small, encoding="utf-8")
        for name, args in (("kamflow --help", ["--help"]), ("kamflow check small.kam", ["check", str(path)])):
            times = []
            for _ in range(5):
                start = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-m", "kamflow", *args], check=True, capture_output=True, env=_ENV
                )
                times.append((time.perf_counter() - start) * 1e3)
            lines.append(f"| `{name}` | {statistics.median(times):.0f} |")
    lines.append("")


# the process's own peak: ru_maxrss would also count the process that started it
_PEAK = """
import re, sys
from pathlib import Path
from kamflow.cli.main import main
main(sys.argv[1:])
print(re.search("VmHWM:\\\\s+(\\\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def stream(lines: list[str], count: int) -> None:
    """Decide ``count`` KAM-30 records from NDJSON through the command, and note its peak memory."""
    import kam30_workload as workload

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.ndjson"), Path(folder, "out.ndjson")
        columns = workload.columns(count)
        with source.open("w", encoding="utf-8") as out:
            for start in range(0, count, 50_000):
                part = {k: v[start : start + 50_000] for k, v in columns.items()}
                for record in workload.records(min(50_000, count - start), "float", part):
                    out.write(json.dumps(record) + "\n")
        del columns
        start_time = time.perf_counter()
        args = ["eval", str(source), "--policies", str(HERE / "kam30.kam"), "--as-of", DAY.isoformat()]
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, *args, "-o", str(target), "--quiet"],
            check=True, capture_output=True, text=True, env=_ENV,
        )  # fmt: skip
        seconds = time.perf_counter() - start_time
        peak = int(done.stderr.split()[-1]) / 1024
        with target.open(encoding="utf-8") as done:
            decided = sum(1 for _ in done)
    lines.append(
        f"`kamflow eval` of {count:,} records from NDJSON to NDJSON: {decided:,} decided in {seconds:.0f} s "
        f"({seconds / count * 1e6:.1f} µs a record), peak memory {peak:.0f} MB.\n"
    )


def main() -> None:
    lines = [
        "# Results\n",
        "Written by `make bench`. Ratios are of one run and comparable; absolute times are of one machine.\n",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, kamflow {kamflow.__version__}.\n",
    ]
    compiling(lines)
    commands(lines)
    proofs(lines, _ENV)
    shipped(lines)
    impact(lines, _ENV)
    reports(lines, _ENV)
    flow(lines, int(os.environ.get("KAMFLOW_BENCH_REVIEW", "1000000")))
    if BENCH.is_dir():
        sys.path.insert(0, str(BENCH))
    files(lines, _ENV, workload=BENCH.is_dir())
    if BENCH.is_dir():
        one_record(lines)
        columns(lines)
        standings(lines)
        stream(lines, int(os.environ.get("KAMFLOW_BENCH_STREAM", "1000000")))
    else:
        lines.append(f"No workload folder ({BENCH.name}): KAM-30 was not measured.\n")
    text = "\n".join(lines)
    print(text)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
