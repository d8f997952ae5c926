"""One policy and all its records at once: the engines over columns beside the interpreter.

A *decision* here is one record on one day, told by the query and compared with the interpreter: values, fired
rows, overrides. A query may decline a record that has an answer (counted as ``duckdb declined``), and a plan
may be refused by name (``duckdb refused``); neither may be often.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.core.program import uses_population
from kamflow.engines.interp import Interpreter
from kamflow.engines.python.native.engine import NativePlan
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import insert_records
from kamflow.engines.sql.plan import Refused
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided
from tests.differential.gen_policy import DAYS, policy_of
from tests.differential.gen_record import RecordGen
from tests.differential.rig import PLACE, ROOT, Loaded, Mismatch, Tally, guarded, load
from tests.native.rig import compare, native
from tests.sql.rig import connection, fetched, same


def run_batch_seed(seed: int, records: int, tally: Tally) -> None:
    """Make a policy and compare the query with the interpreter on all its records, who are the portfolio."""
    text = policy_of(seed).text
    loaded = load(text)
    if not isinstance(loaded, Loaded):
        return
    gen = RecordGen(seed, loaded.lowered, DAYS)
    raws = [gen.record(ROOT) for _ in range(records)]
    try:
        run_batch(loaded, raws, gen.r.choice(DAYS), tally)
    except Mismatch as found:
        found.add_note(f"seed {seed}\n{text}")
        raise


def run_batch(loaded: Loaded, raws: Sequence[dict[str, object]], day: int, tally: Tally) -> None:
    reader = RecordReader(loaded.lowered.records[ROOT], loaded.lowered)
    readable: list[tuple[dict[str, object], TypedRecord]] = []
    for raw in raws:
        read = reader.read(raw, PLACE)
        if isinstance(read, ReadRecord):
            readable.append((raw, read.record))
    compares = uses_population(loaded.lowered, loaded.plan)
    law = Interpreter(loaded.lowered, day, [record for _, record in readable] if compares else None)
    _native(loaded, [record for _, record in readable], law, day, tally)
    made = guarded("duckdb", compile_sql, loaded.lowered, loaded.plan, day)
    if isinstance(made, Refused):
        tally.by_variant["duckdb refused"] += 1
        return
    insert_records(connection(), made.layout, [record for _, record in readable])
    try:
        got = guarded("duckdb", fetched, loaded.lowered, made, len(readable))
    except Mismatch as found:
        found.day = day
        found.raw = readable[0][0] if len(readable) == 1 else None
        raise
    tally.by_variant["duckdb policies"] += 1
    for (raw, record), told in zip(readable, got, strict=True):
        want = law.decide(loaded.plan, record)
        tally.decisions += 1
        tally.by_variant["duckdb"] += 1
        if made.declines and told is None and isinstance(want, Decided):
            tally.by_variant["duckdb declined"] += 1
        elif not same(told, want):
            found = Mismatch("duckdb", f"\n  got  {told}\n  want {want}")
            found.raw, found.day = raw, day
            found.crowd = [r for r, _ in readable] if compares else ()
            raise found


def _native(loaded: Loaded, records: list[TypedRecord], law: Interpreter, day: int, tally: Tally) -> None:
    """Decide the same records by generated code over columns, of every 25th policy by machine code."""
    compiled = tally.by_variant["native policies"] % 25 == 24
    plan = guarded("native", native, loaded.lowered, loaded.plan, jit=compiled)
    if not isinstance(plan, NativePlan):
        tally.by_variant["native refused"] += 1
        return
    try:
        decided, declined = guarded("native", compare, plan.bind(day), records, law)
    except Mismatch as found:
        found.day = day
        raise
    tally.by_variant["native policies"] += 1
    tally.by_variant["native"] += len(records)
    tally.by_variant["native declined"] += declined
    tally.decisions += len(records)
    assert decided + declined <= len(records)
