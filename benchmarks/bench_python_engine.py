"""How fast one record is decided, dict to Decision, against plain Python written by hand.

    python benchmarks/bench_python_engine.py WORKLOAD_DIR [RECORDS]

`WORKLOAD_DIR` holds kam30_workload.py and kam30_plain.py. Rounds of both sides alternate and the
median of the ratios counts: absolute times move with the machine, the ratio hardly.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent))

import kam30_core
import kam30_plain
import kam30_workload as w

from kamflow.core.dress import shape_of
from kamflow.core.program import make_plan
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.values.decision import Decision

ROUNDS = 15


def per_record(function, records) -> float:
    """Return microseconds a record of one pass."""
    start = time.perf_counter()
    for record in records:
        function(record)
    return (time.perf_counter() - start) / len(records) * 1e6


def compare(base, others: dict, records) -> None:
    times: dict[str, list[float]] = {name: [] for name in others}
    plain: list[float] = []
    for _ in range(ROUNDS):
        plain.append(per_record(base, records))
        for name, function in others.items():
            times[name].append(per_record(function, records))
    print(f"{'plain Python (float)':32}{statistics.median(plain):7.3f} us")
    for name, values in times.items():
        ratio = statistics.median(v / p for v, p in zip(values, plain, strict=True))
        print(f"{name:32}{statistics.median(values):7.3f} us   x {ratio:.2f}")


def check(bound, records, cents) -> int:
    """Compare with the workload's exact answers; return how many records were compared."""
    enums = {n: d.ty.members for n, d in kam30_core.build(w).enums.items()}
    for record, exact in zip(records, cents, strict=True):
        flat = bound.fast(record)
        traced = bound.dress(bound.fast_traced(record))
        gold, fired = w.gold(exact)
        want = tuple(enums[k].index(v) if k in enums else v for k, v in gold.items())
        got = dict(zip([k.name for k in NAMES], flat, strict=False))
        assert tuple(got[k] for k in gold) == want, (record, gold, flat)
        assert traced.values == flat[:-1]
        assert traced.fired == tuple(fired[t] for t in ORDER), (fired, traced)
    return len(records)


program = kam30_core.build(w)
plan = make_plan(program, kam30_core.RECORD)
NAMES = plan.outputs
ORDER = [k.name.partition("#")[0] for k in plan.order if "#" in k.name]

if __name__ == "__main__":
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    compiled = compile_plan(program, plan)
    assert isinstance(compiled, CompiledPlan)
    start = time.perf_counter()
    bound = compiled.bind(739_000)
    print(f"compile, one variant: {(time.perf_counter() - start) * 1000:.1f} ms")
    columns = w.columns(count)
    records = w.records(count, "float", columns)
    print("equal to gold:", check(bound, records, w.records(count, "cents", columns)))
    fast, traced = bound.fast, bound.fast_traced
    shape = shape_of(program, plan, date.fromordinal(739_000))
    with_trace = bound.shape_traced(shape)
    print(Decision(with_trace, traced(records[0]), 0).to_dict())

    def decide(record):
        flat = fast(record)
        return None if flat is None else Decision(shape, flat, record["id"])

    def decide_traced(record):
        flat = traced(record)
        return None if flat is None else Decision(with_trace, flat, record["id"])

    others = {
        "values only": fast,
        "values only, traced": traced,
        "Decision": decide,
        "Decision, traced": decide_traced,
    }
    compare(kam30_plain.evaluate_float, others, records)
