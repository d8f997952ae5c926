"""`python -m tests.differential`: many decisions, the count and the rate; failing cases are shrunk and kept.

KAMFLOW_DIFF=N decisions (default 10**8), KAMFLOW_DIFF_SEED=S the first seed.
"""

from __future__ import annotations

import os
import sys
import time

from tests.differential.batches import run_batch_seed
from tests.differential.gen_policy import policy_of
from tests.differential.rig import Mismatch, Tally, run_seed, seeds
from tests.differential.shrink import save, shrink

_MOST_CASES = 5


def main() -> int:
    wanted = int(float(os.environ.get("KAMFLOW_DIFF", "1e8")))
    start = int(os.environ.get("KAMFLOW_DIFF_SEED", "1000000"))
    tally, began, said, kept = Tally(), time.perf_counter(), 0.0, 0
    for seed in seeds(start):
        if tally.decisions >= wanted or kept >= _MOST_CASES:
            break
        try:
            run_seed(seed, 200, 2, tally)
            run_batch_seed(seed, 200, tally)
        except Mismatch as found:
            kept += 1
            _keep(seed, found)
        if time.perf_counter() - said > 30:
            said = time.perf_counter()
            _say(tally, began)
    _say(tally, began)
    _mix(tally)
    return 1 if kept else 0


def _keep(seed: int, found: Mismatch) -> None:
    text = policy_of(seed).text
    _write(f"seed {seed}: {found}")
    small, raw = shrink(text, found)
    _write(f"kept as {save(f'seed_{seed}', small, raw, found.day, found.kind)}")


def _say(tally: Tally, began: float) -> None:
    seconds = time.perf_counter() - began
    _write(f"{tally.decisions:,} decisions of {tally.policies:,} policies in {seconds:,.0f} s:"
           f" {tally.decisions / seconds:,.0f}/s")  # fmt: skip


def _mix(tally: Tally) -> None:
    met = tally.met
    _write(f"by variant {dict(tally.by_variant)}")
    _write(f"outcomes {dict(tally.outcomes)}, refused policies {dict(tally.refused)}")
    for part, whole in (("true", "compared"), ("missing", "asked"), ("inexact", "DivRound")):
        _write(f"{part}: {met[part] / max(1, met[whole]):.0%} of {met[whole]:,} {whole}")


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
