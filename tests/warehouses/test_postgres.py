"""The cases of ``tests/sql`` and scripts over natural tables on a real PostgreSQL, beside the interpreter."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest

from kamflow.core.columns import ROOT
from kamflow.core.program import make_plan
from kamflow.core.ty import INT128
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.lines import lines_of
from kamflow.engines.sql.plan import SqlPlan
from kamflow.engines.sql.warehouses import POSTGRES
from tests.sql import core_rig, rig, test_rounding
from tests.sql.rig import DAY, compiled, connection
from tests.sql.test_dates import *  # noqa: F403 - the same cases, on another engine
from tests.sql.test_operators import *  # noqa: F403
from tests.sql.test_rounding import (  # noqa: F401
    test_a_divisor_of_zero_is_no_failure,
    test_quotients_by_constants,
    test_quotients_of_fields,
    test_the_step_is_multiplied_after_rounding,
)
from tests.warehouses import cluster
from tests.warehouses.rig import compared, script, statements, wanted
from tests.warehouses.test_scripts import DAY as TODAY
from tests.warehouses.test_scripts import TOP, RecordGen, lowered, readable, root_records

pytestmark = pytest.mark.xdist_group("postgres")  # one server


@pytest.fixture(scope="module")
def server():
    why = cluster.missing()
    if why is not None:
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="kam"))  # short: a socket's path has at most 107 characters
    made = cluster.make(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def on_postgres(server, monkeypatch):
    monkeypatch.setattr(rig, "outcomes", partial(outcomes, server))
    monkeypatch.setattr(test_rounding, "run", partial(run, server))
    monkeypatch.setattr(core_rig, "run", partial(run, server))
    monkeypatch.setattr(test_rounding, "PAIRS", 1_200)


def fill(server, made, lines, *, members=False):
    for table in made.layout.tables:
        kinds = ['"row" BIGINT'] if table.name == ROOT else ['"row" BIGINT', '"parent" BIGINT']
        kinds += [f'"{c.name}" {POSTGRES.types[c.physical]}' for c in table.columns]
        kinds += ['"member" BOOLEAN'] if members and table.name == ROOT else []
        some = [f"({', '.join(map(written, line))})" for line in lines[table.name]]
        server.execute(
            f'DROP TABLE IF EXISTS "{table.name}"',
            f'CREATE TABLE "{table.name}" ({", ".join(kinds)})',
            *([f'INSERT INTO "{table.name}" VALUES {", ".join(some)}'] if some else []),
        )


def written(value):
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return str(value)


def outcomes(server, program, plan, records, day=DAY, *, overlay=None, members=None):
    made = compiled(program, plan, day, overlay=overlay, members=members is not None, dialect="postgres")
    fill(server, made, lines_of(made.layout, records, members=members), members=members is not None)
    found = [None] * len(records)
    lines = server.query(made.select())
    assert len(lines) == len(records)
    for line in lines:
        if line["ok"]:
            found[line["row"]] = rig._decided(program, made, [line[c] for c in made.columns[2:]])
    return found


def run(server, made, lines, params=(), day=1):
    plan = compile_sql(made, make_plan(made, "r"), day, dialect="postgres")
    assert isinstance(plan, SqlPlan), plan
    rows = connection().execute(f"SELECT * FROM ({lines})", params).fetchall()
    fill(server, plan, {"t0": [(i, *line) for i, line in enumerate(rows)]})
    found = server.query(plan.select())
    assert all(line["ok"] for line in found)
    return [tuple(line[c] for c in plan.columns[2:]) for line in sorted(found, key=lambda x: x["row"])]


def test_128_bits_are_exact_here():
    assert POSTGRES.most == INT128


@pytest.mark.parametrize("path", ["rules", "benchmarks/kam30.kam"])
def test_scripts_over_tables_of_people(server, path):
    program = lowered(TOP / path)
    decided = 0
    for record in root_records(program):
        gen = RecordGen(11, program, (TODAY,))
        raws = [gen.record(record) for _ in range(300)]
        if record == "customer":
            raws += json.loads((TOP / "examples" / "customers.json").read_text())
        records = readable(program, record, raws)
        found, made, names = script(program, make_plan(program, record), TODAY, "postgres")
        server.execute(*statements(made.layout, records, names, "postgres"))
        lines = [decimals(line, found, made) for line in server.query(found.text)]
        decided += compared(program, made, lines, wanted(program, record, records, TODAY))
    assert decided > 50


def decimals(line, found, made):
    """Return the values of a line; what JSON has as a text may be a date."""
    from datetime import date

    from kamflow.core.ty import ScaledTy, UnitKind, strip_opt

    values = [line[name] for name in found.results]
    for i, o in enumerate(made.outputs, 2):
        ty = strip_opt(o.ty)
        if isinstance(ty, ScaledTy) and ty.unit.kind is UnitKind.DATE and values[i] is not None:
            values[i] = date.fromisoformat(values[i])
    return values
