"""What proofs cost: large tables as boxes, properties of the samples, all shipped policies cold."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from kamflow.project.load import load_project
from kamflow.project.prove import in_force
from kamflow.prove.properties import try_property
from kamflow.tables.cover import is_complete, uncovered
from kamflow.tables.grid import Box
from kamflow.tables.overlaps import meeting_rows

ROOT = Path(__file__).resolve().parents[1]


def partition(count: int, columns: int) -> tuple[Box, list[Box]]:
    """Return a domain and disjoint rows that fill it, cut at random."""
    r = Random(1)
    domain: Box = (((0, 10**6),),) * columns
    boxes = [domain]
    while len(boxes) < count:
        at, col = r.randrange(len(boxes)), r.randrange(columns)
        box = boxes[at]
        ((lo, hi),) = box[col]
        if lo == hi:
            continue
        cut = r.randint(lo, hi - 1)
        boxes[at] = (*box[:col], ((lo, cut),), *box[col + 1 :])
        boxes.append((*box[:col], ((cut + 1, hi),), *box[col + 1 :]))
    r.shuffle(boxes)
    return domain, boxes


def _ms(what: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        what()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def proofs(lines: list[str], env: dict[str, str]) -> None:
    lines.append("| proving | ms |\n|---|---|")
    for count, columns in ((1_500, 5), (10_000, 8)):
        domain, rows = partition(count, columns)
        whole = _ms(lambda d=domain, r=rows: (any(meeting_rows(r)), is_complete(d, r)))
        lines.append(
            f"| a table of {count:,} rows × {columns} columns: disjoint and complete | {whole:.0f} |"
        )
        found = _ms(lambda d=domain, r=rows[1:]: uncovered(d, r))
        lines.append(f"| … with one row removed: where the gap is | {found:.0f} |")
    for name, ms in _properties():
        lines.append(f"| property “{name}” | {ms:.0f} |")
    for args in (["check", "rules"], ["check", "--prove", "rules"]):
        command = [sys.executable, "-m", "kamflow", *args]
        run = partial(subprocess.run, command, check=True, capture_output=True, env=env, cwd=ROOT)
        cold = _ms(run, rounds=3)
        lines.append(f"| `kamflow {' '.join(args)}`, cold process | {cold:.0f} |")
    lines.append("")


def _properties() -> list[tuple[str, float]]:
    """Return how long each property of the samples takes, in the order of the files."""
    samples = ROOT / "examples" / "samples"
    out: dict[str, float] = {}
    for stem in ("tiering", "pricing", "retention"):
        project = load_project([samples / f"{s}.kam" for s in dict.fromkeys(("tiering", stem))])
        for _, _, program, days in in_force(project):
            for prop in program.properties:
                name = prop.title.en or prop.title.zh
                if Path(prop.span.source).stem == stem and name not in out:
                    out[name] = _ms(partial(try_property, program, prop, days), rounds=1)
    return list(out.items())
