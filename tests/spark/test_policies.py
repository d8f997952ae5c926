"""Whole policies on Spark: the shipped ones, the samples, the speed workload, and generated ones."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kamflow.core.program import make_plan, uses_population
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import SqlPlan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import root_records
from kamflow.project.load import load_project
from kamflow.values.outcome import Decided
from tests.differential.gen_policy import DAYS, PolicyGen
from tests.differential.gen_record import RecordGen
from tests.differential.rig import PLACE, ROOT, Loaded, load
from tests.spark.rig import outcomes
from tests.sql.rig import same

TOP = Path(__file__).parents[2]
DAY = 739_797  # 2026-06-30
POLICIES, RECORDS = 25, 100


def compare(spark, program, record, raws, day, tally=None):
    """Compare Spark with the interpreter for the records that can be read; return how many were decided."""
    plan = make_plan(program, record)
    if not isinstance(compile_sql(program, plan, day, dialect="spark"), SqlPlan):
        return None
    reader = RecordReader(program.records[record], program)
    found = [reader.read(raw, PLACE) for raw in raws]
    records = [f.record for f in found if isinstance(f, ReadRecord)]
    portfolio = records if uses_population(program, plan) else None
    law = Interpreter(program, day, portfolio)
    got = outcomes(spark, program, plan, records, day)
    left = 0
    for one, answer in zip(records, got, strict=True):
        want = law.decide(plan, one)
        if answer is None and isinstance(want, Decided):
            left += 1
            continue
        assert same(answer, want), f"{one.fields}\n got {answer}\n want {want}"
        if tally is not None:
            tally[type(want).__name__] += 1
    assert left <= len(records) / 5
    return len(records) - left


@pytest.mark.usefixtures("compiled_code")
def test_the_speed_workload(spark):
    program = lowered(TOP / "benchmarks" / "kam30.kam")
    (record,) = root_records(program)
    gen = RecordGen(1, program, (DAY,))
    tally = Counter()
    raws = [gen.record(record) for _ in range(3_000)]
    assert compare(spark, program, record, raws, DAY, tally) > 1_000
    assert tally["Decided"] > 1_000


def lowered(*paths):
    project = load_project(list(paths))
    assert not project.has_errors
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def test_the_shipped_policies_on_the_example_customers(spark):
    raws = json.loads((TOP / "examples" / "customers.json").read_text())
    assert compare(spark, lowered(TOP / "rules"), "customer", raws, DAY) == len(raws)


def test_the_samples(spark):
    program = lowered(TOP / "examples" / "samples")
    decided = Counter()
    for record in root_records(program):
        gen = RecordGen(7, program, (DAY,))
        compare(spark, program, record, [gen.record(record) for _ in range(200)], DAY, decided)
    assert decided["Decided"] > 100


def test_generated_policies(spark):
    tally: Counter[str] = Counter()

    def one(made):
        loaded, gen, day = made
        compare(spark, loaded.lowered, ROOT, [gen.record(ROOT) for _ in range(RECORDS)], day, tally)

    with ThreadPoolExecutor(2) as pool:  # Spark plans one while the interpreter decides another
        list(pool.map(one, generated(POLICIES)))
    assert tally["Decided"] > 1_000
    assert tally["NotDecided"] > 20


def generated(count, start=1):
    """Yield policies that Spark takes, with records and a day."""
    seed = start
    while count:
        loaded = load(PolicyGen(seed, flat=seed % 2 == 0).policy().text)
        day = DAYS[seed % len(DAYS)]
        seed += 1
        if not isinstance(loaded, Loaded):
            continue
        if isinstance(compile_sql(loaded.lowered, loaded.plan, day, dialect="spark"), SqlPlan):
            count -= 1
            yield loaded, RecordGen(seed, loaded.lowered, DAYS), day
