"""Generated policies mean one thing over columns, too: the text as plain Python in breadth, compiled in part.

A decision is one record, decided by the native engine and the interpreter: values, rows and overrides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native.engine import NativePlan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.values.data import TypedRecord
from tests.differential.gen_policy import DAYS, PolicyGen
from tests.differential.gen_record import RecordGen
from tests.differential.rig import PLACE, ROOT, Loaded, load
from tests.native.planted import PLANTED
from tests.native.rig import Differs, compare, native

_loaded: dict[int, Loaded | None] = {}


def policy(seed: int) -> Loaded | None:
    """Return a generated policy, kept: the planted bugs ask for the same ones again."""
    if seed not in _loaded:
        found = load(PolicyGen(seed, flat=seed % 2 == 0).policy().text)
        _loaded[seed] = found if isinstance(found, Loaded) else None
    return _loaded[seed]


def records_of(loaded: Loaded, seed: int, count: int) -> list[TypedRecord]:
    gen = RecordGen(seed, loaded.lowered, DAYS)
    reader = RecordReader(loaded.lowered.records[ROOT], loaded.lowered)
    read = [reader.read(gen.record(ROOT), PLACE) for _ in range(count)]
    return [r.record for r in read if isinstance(r, ReadRecord)]


def run(seeds: Iterable[int], count: int, *, jit: bool) -> Iterator[tuple[int, int]]:
    for seed in seeds:
        loaded = policy(seed)
        if loaded is None:
            continue
        plan = native(loaded.lowered, loaded.plan, jit=jit)
        assert isinstance(plan, NativePlan), plan  # nothing that is generated is refused
        day = DAYS[seed % len(DAYS)]
        law = Interpreter(loaded.lowered, day)
        yield compare(plan.bind(day), records_of(loaded, seed, count), law, threads=2)


def test_generated_policies_as_plain_python():
    found = list(run(range(40), 50, jit=False))
    decided, declined = (sum(n) for n in zip(*found, strict=True))
    assert decided > 1000
    assert declined < 0.01 * decided


def test_generated_policies_compiled():
    found = list(run((2,), 400, jit=True))
    decided, declined = (sum(n) for n in zip(*found, strict=True))
    assert decided > 300
    assert declined < 0.01 * decided


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug, monkeypatch):
    first, plant = PLANTED[bug]
    plant(monkeypatch)
    with pytest.raises((Differs, OverflowError)):
        for _ in run((first, *range(150)), 40, jit=False):
            pass


def test_a_set_of_more_rows_than_bits_is_refused_by_name():
    rows = "".join(f"    | {i} || {i} |\n" for i in range(63))
    text = (
        'policy p "P"\nend\nrecord deal\n  x : number with 0 decimals, 0 to 100\nend\n'
        "decision y of deal : number\n  table collect sum\n    | x || y |\n" + rows + "end\n"
    )
    loaded = load(text)
    assert isinstance(loaded, Loaded), loaded
    assert native(loaded.lowered, loaded.plan) == Refused("y#row of deal", "63 rows in one set")
