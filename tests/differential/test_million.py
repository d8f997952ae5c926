"""A million decisions of one policy, each by machine code, by a query and by generated Python: all equal.

Generated policies are many with few records each; this is the other way round, so that an edge that one
record in a hundred thousand hits is hit.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kamflow.base.span import Source
from kamflow.core.columns import Column, layout_of
from kamflow.core.expr import Lit, walk
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, strip_opt
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.engines.python.native.engine import NativePlan, compile_native
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.duck import locked
from kamflow.engines.sql.plan import SqlPlan
from kamflow.project.load import load_sources
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided

POLICY = Path(__file__).resolve().parents[2] / "benchmarks/kam30.kam"
COUNT, DAY, SEED = 1_000_000, date(2026, 6, 30).toordinal(), 20261128
Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def policy() -> tuple[Program, EvalPlan]:
    program = (
        load_sources({"kam30.kam": Source("kam30.kam", POLICY.read_text(encoding="utf-8"))})
        .stretches[0]
        .lowered
    )
    assert program is not None
    return program, make_plan(program, "account")


@pytest.fixture(scope="module")
def given(policy: tuple[Program, EvalPlan]) -> Columns:
    program, _ = policy
    rng = np.random.default_rng(SEED)
    numbers = [n.value for d in program.defs.values() for n in walk(d.body) if isinstance(n, Lit)]
    edges = np.array(sorted({n + d for n in numbers if type(n) is int for d in (-1, 0, 1)}), dtype=np.int64)
    return {c.name: _column(c, edges, rng) for c in layout_of(program, "account").tables[0].columns}


def _column(column: Column, edges: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return values: a third on, below and above the numbers of the policy, some at the ends."""
    ty = strip_opt(column.ty)
    if isinstance(ty, BoolTy):
        return rng.integers(0, 2, COUNT).astype(bool)
    assert isinstance(ty, ScaledTy | EnumTy)
    lo, hi = (ty.lo, ty.hi) if isinstance(ty, ScaledTy) else (0, len(ty.members) - 1)
    wide = hi - lo > 1000
    magnitude = rng.uniform(0, np.log(float(hi - lo + 1)), COUNT) if wide else None
    values = (
        lo + np.exp(magnitude).astype(np.int64) if magnitude is not None else rng.integers(lo, hi + 1, COUNT)
    )
    values = np.clip(values, lo, hi)
    inside = edges[(edges >= lo) & (edges <= hi)]
    if len(inside) and wide:
        at = rng.random(COUNT) < 0.33
        values[at] = rng.choice(inside, int(at.sum()))
    ends = rng.random(COUNT) < 0.01
    values[ends] = rng.choice(np.array([lo, hi], dtype=np.int64), int(ends.sum()))
    width = {"int8": np.int8, "int16": np.int16, "int32": np.int32}.get(column.physical.value, np.int64)
    return values.astype(width)


@pytest.fixture(scope="module")
def by_code(policy: tuple[Program, EvalPlan], given: Columns) -> Columns:
    native = compile_native(*policy)
    assert isinstance(native, NativePlan)
    return dict(native.bind(DAY).run({"t0": given}, threads=2))


def test_a_query_decides_a_million_records_as_machine_code_does(
    policy: tuple[Program, EvalPlan], given: Columns, by_code: Columns
) -> None:
    plan = compile_sql(*policy, DAY)
    assert isinstance(plan, SqlPlan)
    with locked(threads=2) as base:
        base.register("given", {"row": np.arange(COUNT), **given})
        base.execute("CREATE TABLE t0 AS SELECT * FROM given")
        found = base.execute(f"SELECT * FROM ({plan.select()}) ORDER BY row").fetchnumpy()
    assert found["ok"].all()
    assert by_code["ok"].all()
    names = [n for n in by_code if n != "row"]
    assert {n[0] for n in names} >= {"v", "r"}
    assert [n for n in names if not np.array_equal(found[n], by_code[n])] == []


def test_generated_python_decides_the_million_as_machine_code_does(
    policy: tuple[Program, EvalPlan], given: Columns, by_code: Columns
) -> None:
    program, plan = policy
    compiled = compile_plan(program, plan)
    assert isinstance(compiled, CompiledPlan)
    bound = compiled.bind(DAY)
    fields = [c.path[0] for c in layout_of(program, "account").tables[0].columns]
    lines = zip(
        *(given[c.name].tolist() for c in layout_of(program, "account").tables[0].columns), strict=True
    )
    values = zip(*(by_code[f"v{i}"].tolist() for i in range(len(plan.outputs))), strict=True)
    wrong = decided = 0
    for line, expected in zip(lines, values, strict=True):
        outcome = bound.decide(TypedRecord("account", dict(zip(fields, line, strict=True))))
        decided += isinstance(outcome, Decided)
        wrong += not (isinstance(outcome, Decided) and outcome.values == expected)
    assert (decided, wrong) == (COUNT, 0)


def test_every_row_of_every_table_answers_somewhere(
    policy: tuple[Program, EvalPlan], by_code: Columns
) -> None:
    rows = {n: len(np.unique(v)) for n, v in by_code.items() if n.startswith("r") and n != "row"}
    program, plan = policy
    tables = [program.defs[k].body for k in plan.order if k.name.endswith("#row")]
    assert list(rows.values()) == [len(t.branches) + (t.otherwise is not None) for t in tables]  # type: ignore[union-attr]
