"""Scripts over tables as people have them, run by DuckDB, beside the interpreter."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.core.program import make_plan
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import SqlPlan
from kamflow.engines.sql.script import Sources, emit_script
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import root_records
from kamflow.project.load import load_project, load_sources
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
        records = readable(program, record, [gen.record(record) for _ in range(300)])
        made, lines, _ = run(program, record, records)
        decided += compared(program, made, lines, wanted(program, record, records, DAY))
    assert decided > 30


# ---- what is not exactly a value of its field

FIELDS = """policy p
  currency CNY
end
type tier is ordered C < B < A
record visit
  on   : date
  cost : money
end
record deal
  id     : text
  amount : money
  share  : percent, optional
  number : count, 0 to 50, default 7
  since  : date
  tier   : tier
  active : yes/no
  visits : list of visit, up to 3 items
end
decision total of deal : money
  as amount + (sum of cost of visits)
end
decision some of deal : number
  when active and tier is at least B and since >= 2020-01-01 then number + (share otherwise 0%) * 100
  otherwise number
end
"""
GOOD = {
    "id": "'a'", "amount": "100", "share": "NULL", "number": "NULL", "since": "DATE '2024-02-29'",
    "tier": "'A'", "active": "TRUE",
}  # fmt: skip
NOT_EXACT = {
    "amount": ("100.001", "1e12", "NULL", "-100000000000.01"),
    "share": ("0.001", "10001", "-10001"),
    "number": ("51", "-1", "1.5", "1e30"),
    "since": ("NULL", "DATE '1899-12-31'", "DATE '2200-01-01'", "TIMESTAMP '2024-02-29 00:00:01'"),
    "tier": ("'a'", "'A '", "''", "NULL", "'D'"),
    "active": ("NULL",),
    "id": ("NULL",),
}


def policy():
    project = load_sources({"p.kam": Source("p.kam", FIELDS)})
    assert not project.has_errors, [f.message.en for f in project.findings]
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def answers(lines, visits=(), columns=None):
    """Return ``ok`` and the total by key; each line is a dict of SQL texts, a visit (parent, day, cost)."""
    program = policy()
    made = compile_sql(program, make_plan(program, "deal"), DAY)
    found = emit_script(program, made, Sources({"t0": "x.deals", "t1": "visits"}, "id"), Lang.EN)
    types = {"id": "TEXT", "amount": "DECIMAL(38, 5)", "share": "DECIMAL(20, 5)", "number": "DECIMAL(38, 2)",
             "since": "TIMESTAMP", "tier": "TEXT", "active": "BOOLEAN"} | (columns or {})  # fmt: skip
    db = duckdb.connect()
    db.execute("CREATE SCHEMA x")
    db.execute(f"CREATE TABLE x.deals ({', '.join(f'{n} {t}' for n, t in types.items())})")
    for line in lines:
        db.execute(f"INSERT INTO x.deals VALUES ({', '.join(line[n] for n in types)})")
    db.execute('CREATE TABLE visits (parent TEXT, "on" DATE, cost DECIMAL(20, 5))')
    for parent, day, cost in visits:
        db.execute("INSERT INTO visits VALUES (?, ?, ?)", [parent, day, cost])
    return [(key, ok, total) for key, ok, total, *_ in db.execute(found.text).fetchall()]


def test_plain_values_are_taken_and_defaults_stand_for_what_is_missing():
    assert answers([GOOD]) == [("a", True, Decimal("100.00"))]


@pytest.mark.parametrize("column", NOT_EXACT)
def test_what_is_not_exactly_a_value_of_its_field_is_not_ok(column):
    lines = [GOOD | {"id": f"'n{i}'"} | {column: bad} for i, bad in enumerate(NOT_EXACT[column])]
    found = answers([GOOD, *lines])
    assert sorted(found, key=str)[0] == ("a", True, Decimal("100.00"))
    assert [ok for _, ok, _ in found].count(True) == 1
    assert all(total is None for _, ok, total in found if not ok)


def test_a_float_is_taken_where_it_is_the_nearest_to_a_decimal():
    double = {"amount": "DOUBLE"}
    assert answers([GOOD | {"amount": "0.1"}], columns=double)[0][1:] == (True, Decimal("0.10"))
    assert answers([GOOD | {"amount": "0.1 + 1e-12"}], columns=double)[0][1] is False
    assert answers([GOOD | {"amount": "'nan'"}], columns=double)[0][1] is False


def test_two_records_with_one_key_are_both_not_ok():
    found = answers([GOOD, GOOD, GOOD | {"id": "'b'"}])
    assert sorted(found, key=str) == [("a", False, None), ("a", False, None), ("b", True, Decimal("100.00"))]


def test_a_line_of_a_list_spoils_the_record_that_it_belongs_to():
    lines = [GOOD | {"id": f"'{k}'"} for k in "abcde"]
    day = "2024-01-01"
    visits = [
        ("a", day, "1.50"), ("a", day, "2"), ("b", day, "0.001"), ("b", day, "1"), ("c", day, None),
        ("d", day, "1"), ("d", day, "1"), ("d", day, "1"), ("d", day, "1"), ("z", day, "0.001"),
    ]  # fmt: skip
    found = {key: (ok, total) for key, ok, total in answers(lines, visits)}
    assert found == {
        "a": (True, Decimal("103.50")), "b": (False, None), "c": (False, None), "d": (False, None),
        "e": (True, Decimal("100.00")),
    }  # fmt: skip
