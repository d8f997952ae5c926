"""Scripts over tables as people have them, run by DuckDB, beside the interpreter."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from kamflow.core.program import make_plan
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import SqlPlan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import root_records
from kamflow.project.load import load_project
from tests.differential.gen_record import RecordGen
from tests.differential.rig import PLACE
from tests.warehouses.rig import compared, script, statements, wanted

TOP = Path(__file__).parents[2]
DAY = 739_797


def lowered(path):
    project = load_project([path])
    assert not project.has_errors
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def readable(program, record, raws):
    reader = RecordReader(program.records[record], program)
    found = [reader.read(raw, PLACE) for raw in raws]
    return [f.record for f in found if isinstance(f, ReadRecord)]


def run(program, record, records, connection=None):
    found, made, names = script(program, make_plan(program, record), DAY, "duckdb")
    db = connection or duckdb.connect()
    for statement in statements(made.layout, records, names, "duckdb"):
        db.execute(statement)
    return made, db.execute(found.text).fetchall(), found


def test_the_shipped_policies():
    program = lowered(TOP / "rules")
    records = readable(program, "customer", json.loads((TOP / "examples" / "customers.json").read_text()))
    made, lines, found = run(program, "customer", records)
    assert compared(program, made, lines, wanted(program, "customer", records, DAY)) == len(records) > 50
    assert {"tier", "tier_row"} <= set(found.results)


@pytest.mark.parametrize("path", ["rules", "examples/samples", "benchmarks/kam30.kam"])
def test_adversarial_records(path):
    program = lowered(TOP / path)
    decided = 0
    for record in root_records(program):
        if not isinstance(compile_sql(program, make_plan(program, record), DAY), SqlPlan):
            continue
        gen = RecordGen(5, program, (DAY,))
        records = readable(program, record, [gen.record(record) for _ in range(200)])
        made, lines, _ = run(program, record, records)
        decided += compared(program, made, lines, wanted(program, record, records, DAY))
    assert decided > 30


# ---- what is not exactly a value of its field

FIELDS = """policy p
  currency CNY
end
type tier is ordered C < B < A
record visit
  on : date
  cost : money, optional
end
record deal
  id : text
  amount : money
  share : percent, optional
  count : count, default 7, 0 to 50
  since : date
  tier : tier
  note : text, optional
  active : yes/no
  visits : list of visit, up to 3
end
decision total of deal : money
  as amount + sum of v.cost otherwise 0 CNY of each v in visits
end
"""
