"""The policies that come with kamflow: a query says of their records what the interpreter says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kamflow.base.span import DataPlace, Source
from kamflow.core.program import Program, make_plan, uses_population
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.load import load_sources
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided
from tests.differential.gen_record import RecordGen
from tests.sql.rig import outcomes, same

ROOT = Path(__file__).resolve().parents[2]
DAY = 739_797  # 2026-06-30
PLACES = ("rules", "examples/samples", "examples/retail", "benchmarks")


def program(place: str, lang: str = "") -> Program:
    files = sorted((ROOT / place).glob("*.kam"))
    if place == "examples/samples":  # the same policies in two languages
        files = [f for f in files if f.stem.isascii() == (lang == "en")]
    project = load_sources({str(p): Source(str(p), p.read_text(encoding="utf-8")) for p in files})
    assert not [f for f in project.findings if f.is_error]
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def compare(found: Program, name: str, records: list[TypedRecord]) -> int:
    """Return how many records have an answer, which the query must tell."""
    plan = make_plan(found, name)
    if uses_population(found, plan):
        made = compile_sql(found, plan, DAY)
        if isinstance(made, Refused):  # a population asked of a record inside this one
            assert "population" in made.reason.en
            return 0
    law = Interpreter(found, DAY, records)
    want = [law.decide(plan, r) for r in records]
    assert all(same(g, w) for g, w in zip(outcomes(found, plan, records, DAY), want, strict=True))
    return sum(isinstance(w, Decided) for w in want)


@pytest.mark.parametrize(("place", "lang"), [(p, "") for p in PLACES if "samples" not in p]
                         + [("examples/samples", "en"), ("examples/samples", "zh")])  # fmt: skip
def test_records_full_of_edges_and_gaps(place, lang):
    found = program(place, lang)
    decided = 0
    for name in found.records:
        if not found.outputs_of(name):
            continue
        gen = RecordGen(7, found, (DAY, DAY - 30, DAY - 90))
        reader = RecordReader(found.records[name], found)
        read = [reader.read(gen.record(name), DataPlace("record")) for _ in range(50)]
        records = [r.record for r in read if isinstance(r, ReadRecord)]
        compare(found, name, records)
        decided += compare(replace(found, impossible=()), name, records)  # few such records are possible
    assert decided > 30


def test_the_example_customers():
    found = program("rules")
    raws = json.loads((ROOT / "examples/customers.json").read_text(encoding="utf-8"))
    reader = RecordReader(found.records["customer"], found)
    read = [reader.read(raw, DataPlace("record")) for raw in raws]
    records = [r.record for r in read if isinstance(r, ReadRecord)]
    assert compare(found, "customer", records) > 0.9 * len(raws)
