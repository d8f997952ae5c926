"""The native engine decides what the interpreter decides, or declines."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kamflow.base.span import DataPlace, Source
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.core.ty import ScaledTy, strip_opt
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.audit import first_offence
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native import build, civil
from kamflow.engines.python.native.engine import BoundNative, NativePlan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.load import load_sources
from kamflow.values import dates
from kamflow.values.data import TypedRecord
from tests.differential.gen_record import RecordGen
from tests.native import policies
from tests.native.rig import compare, native, to_columns

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 6, 30).toordinal()
PLACE = DataPlace("record")


def program_of(text: str) -> Program:
    project = load_sources({"p.kam": Source("p.kam", text)})
    assert not project.has_errors, project.findings
    return lowered(project)


def lowered(project) -> Program:
    stretch = project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def facts(program: Program, record: str) -> EvalPlan:
    """Plan all definitions that have a name."""
    return make_plan(
        program, record, tuple(k.name for k in program.defs if k.record == record and "#" not in k.name)
    )


def taken(program: Program, plan: EvalPlan, *, jit: bool) -> NativePlan:
    found = native(program, plan, jit=jit)
    assert not isinstance(found, Refused), found
    return found


def read_all(program: Program, record: str, raws) -> list[TypedRecord]:
    reader = RecordReader(program.records[record], program)
    found = [reader.read(raw, PLACE) for raw in raws]
    assert all(isinstance(f, ReadRecord) for f in found)
    return [f.record for f in found]


# ---- whole policies


def test_shipped_policies_on_the_example_customers():
    files = {p.name: Source(p.name, p.read_text(encoding="utf-8")) for p in (ROOT / "rules").glob("*.kam")}
    program = lowered(load_sources(files))
    raws = json.loads((ROOT / "examples" / "customers.json").read_text(encoding="utf-8"))
    records = read_all(program, "customer", raws)
    bound = taken(program, make_plan(program, "customer"), jit=False).bind(DAY)
    assert compare(bound, records, Interpreter(program, DAY, records)) == (len(records), 0)


ENGLISH, CHINESE = "examples/samples/[a-z]*.kam", "examples/samples/[!a-z]*.kam"


@pytest.mark.parametrize(
    "pattern", [ENGLISH, CHINESE, "examples/retail/*.kam", "rules/*.kam", "benchmarks/*.kam"]
)
def test_policies_of_ours_on_records_at_their_edges(pattern):
    files = {p.name: Source(p.name, p.read_text(encoding="utf-8")) for p in ROOT.glob(pattern)}
    project = load_sources(files)
    assert not project.has_errors, project.findings
    program = lowered(project)
    for name in program.records:
        if not (plan := facts(program, name)).order:
            continue
        gen, reader = RecordGen(7, program, (DAY,)), RecordReader(program.records[name], program)
        read = [reader.read(gen.record(name), PLACE) for _ in range(120)]
        records = [r.record for r in read if isinstance(r, ReadRecord)]
        bound = taken(program, plan, jit=False).bind(DAY)
        decided, declined = compare(bound, records, Interpreter(program, DAY, records))
        assert declined <= 0.02 * decided
        assert decided > 0


def test_the_workload_of_the_benchmark_compiled():
    text = (ROOT / "benchmarks" / "kam30.kam").read_text(encoding="utf-8")
    program = program_of(text)
    gen, reader = RecordGen(8, program, (DAY,)), RecordReader(program.records["account"], program)
    read = [reader.read(gen.record("account"), PLACE) for _ in range(1000)]
    records = [r.record for r in read if isinstance(r, ReadRecord)]
    bound = taken(program, make_plan(program, "account"), jit=True).bind(DAY)
    assert compare(bound, records, Interpreter(program, DAY), threads=2) == (len(records), 0)


@pytest.fixture(scope="module")
def operators() -> Program:
    return program_of(policies.OPERATORS)


@pytest.fixture(scope="module")
def compiled(operators) -> BoundNative:
    return taken(operators, facts(operators, "deal"), jit=True).bind(DAY)


def deals(count: int, seed: int = 1) -> list[TypedRecord]:
    """Records at edges: ties of each rounding, month ends, equal values, all that may be missing."""
    r = random.Random(seed)
    days = [date(*d).toordinal() for d in ((2024, 2, 29), (2024, 1, 31), (2023, 2, 28), (2000, 2, 29))]
    days += [date(1999, 12, 31).toordinal(), DAY, DAY + 1, 693_600, 803_000]

    def maybe(value):
        return None if r.random() < 0.4 else value

    def buyer():
        return TypedRecord(
            "buyer", {"city": r.choice(("Bern", "x", "Ulm", "")), "rank": maybe(r.randrange(3))}
        )

    def line():
        return TypedRecord("line", {"item": r.choice(("free", "pen")), "cost": maybe(r.randrange(-500, 500))})

    def order():
        return TypedRecord(
            "order",
            {
                "on": r.choice(days),
                "amount": r.choice((-100_000, 100_000, 0, r.randrange(-999, 999))),
                "paid": r.random() < 0.7,
                "lines": tuple(line() for _ in range(r.randrange(4))),
            },
        )

    def deal():
        return TypedRecord(
            "deal",
            {
                "n": r.choice(
                    (-250, -150, -50, 50, 150, 250, 0, 1, -1, 100_000, -100_000, r.randrange(-999, 999))
                ),
                "m": r.choice((-50, 50, 0, 1, -1, r.randrange(-50, 51))),
                "maybe": maybe(r.randrange(-9, 10)),
                "d": r.choice(days),
                "e": maybe(r.choice(days)),
                "word": r.choice(("x", "Bern", "", "数")),
                "other": maybe(r.choice(("x", "Bern", "", "数", "only here"))),
                "grade": r.randrange(3),
                "buyer": buyer(),
                "agent": maybe(buyer()),
                "orders": tuple(order() for _ in range(r.choice((0, 1, 2, 5, 20)))),
            },
        )

    return [deal() for _ in range(count)]


def test_every_operator_compiled_and_plain(operators, compiled):
    records = deals(1500)
    law = Interpreter(operators, DAY)
    assert compare(compiled, records, law) == (1500, 0)
    plain = taken(operators, facts(operators, "deal"), jit=False).bind(DAY)
    assert compare(plain, records, law) == (1500, 0)


def test_threads_share_the_lines_and_nothing_else(compiled, monkeypatch):
    monkeypatch.setattr("kamflow.engines.python.native.engine._CHUNK", 64)
    columns = to_columns(compiled.native.layout, deals(1000, seed=2))
    one, four = compiled.run(columns), compiled.run(columns, threads=4)
    assert one.keys() == four.keys()
    for key, values in one.items():
        assert np.ma.filled(values, 0).tolist() == np.ma.filled(four[key], 0).tolist()


def test_nobody_at_all(compiled):
    result = compiled.run(to_columns(compiled.native.layout, []))
    assert [len(column) for column in result.values()] == [0] * len(result)


def test_without_rows_only_values_are_given(operators):
    bound = taken(operators, facts(operators, "deal"), jit=False).bind(DAY)
    keys = bound.run(to_columns(bound.native.layout, deals(3)), rows=False).keys()
    assert keys == {"ok", *(f"v{i}" for i in range(len(bound.native.plan.outputs)))}


def test_source_holds_nothing_but_what_it_may(compiled):
    assert first_offence(compiled.source()) is None


def test_machine_code_knows_no_floats(compiled):
    compiled.prepare()
    loops = [loop for loop in build._made.values() if hasattr(loop, "compiled")]
    assert loops
    for loop in loops:
        assert not re.search(r"\b(double|float|half|fp128)\b", loop.compiled.inspect_llvm())


# ---- parameters


def test_another_value_of_a_parameter_needs_no_other_code(operators):
    plan = taken(operators, facts(operators, "deal"), jit=False)
    june, july = plan.bind(DAY), plan.bind(DAY + 1)
    assert june.params["bar"] != july.params["bar"]
    assert june.source() == july.source()
    scenario = plan.bind(DAY, {"who": "Ulm", "bar": -3})
    assert scenario.source() == june.source()
    records = deals(300)
    for bound, law in (
        (july, Interpreter(operators, DAY + 1)),
        (scenario, Interpreter(operators, DAY, param_overlay={"who": "Ulm", "bar": -3})),
    ):
        assert compare(bound, records, law) == (300, 0)


TIERS = (
    policies.HEADER
    + """
record r
  x : number with 0 decimals, 0 to 100
end
parameter low : number "Low"
  from 2026-01-01 : 10
end
parameter high : number "High"
  from 2026-01-01 : 20
end
decision y of r : number
  table first
    | x                || y |
    | at least high    || 3 |
    | low to below high || 2 |
    | 50               || 9 |
    | any              || 1 |
end
"""
)


def test_parameters_in_cells_lie_in_the_code_by_name_and_shape_it_by_their_order():
    program = program_of(TIERS)
    plan = taken(program, make_plan(program, "r"), jit=False)
    records = [TypedRecord("r", {"x": x}) for x in range(101)]
    sources = set()
    for low, high in (
        (10, 20),
        (11, 60),
        (12, 70),
        (20, 20),
        (30, 5),
        (0, 100),
        (-5, 500),
        (50, 51),
        (7, 50),
    ):
        overlay = {"low": low, "high": high}
        bound = plan.bind(DAY, overlay)
        assert compare(bound, records, Interpreter(program, DAY, param_overlay=overlay)) == (101, 0)
        sources.add(bound.source())
    assert (
        plan.bind(DAY, {"low": 11, "high": 60}).source() == plan.bind(DAY, {"low": 12, "high": 70}).source()
    )
    assert len(sources) < 9


# ---- long tables


@pytest.mark.parametrize("hit", ["first", "unique"])
def test_a_long_table_at_both_ends_of_each_row_and_where_rows_meet(hit):
    rows = [
        f"    | {3 * i} to below {3 * i + (4 if i % 20 == 9 else 3)} | {'abc'[i % 3]} | any || {i} |"
        for i in range(80)
    ]
    rows.insert(40, "    | 120 to 130 | b | missing || 777 |")
    text = (
        policies.HEADER + "type kind is one of a, b, c\nrecord r\n  x : number with 0 decimals, 0 to 250\n"
        "  k : kind\n  o : number, optional\nend\ndecision y of r : number\n"
        f"  table {hit}\n    | x | k | o || y |\n" + "\n".join(rows) + "\nend\n"
    )
    program = program_of(text)
    records = [
        TypedRecord("r", {"x": x, "k": (x // 3 + d) % 3, "o": None if x % 2 else 0})
        for x in range(251)
        for d in (0, 1)
    ]
    bound = taken(program, make_plan(program, "r"), jit=False).bind(DAY)
    decided, declined = compare(bound, records, Interpreter(program, DAY))
    assert declined == 0
    assert 200 < decided <= len(records)
    assert bound.source().count("\n") < 30  # looked up, not tried row by row


# ---- widths

WIDE = (
    policies.HEADER
    + """
record r
  a : money, -100,000,000,000 CNY to 100,000,000,000 CNY
  b : number with 4 decimals, -100,000,000 to 100,000,000
  p : percent with 4 decimals
end
define product of r as round(a * b * p, 0.01 CNY, half_even)
define total of r as a * b + a * b * 3
decision x of r : yes/no as total > 5 CNY
decision y of r : money as product
"""
)


@pytest.mark.parametrize("jit", [False, True])
def test_a_product_that_may_not_fit_is_declined_and_never_wrong(jit):
    program = program_of(WIDE)
    bound = taken(program, make_plan(program, "r"), jit=jit).bind(DAY)
    r = random.Random(3)

    def amount(most):
        return r.choice((0, 1, -1, most, -most, r.randrange(-9999, 9999), r.randrange(-most, most)))

    records = [
        TypedRecord("r", {"a": amount(10**13), "b": amount(10**12), "p": amount(10**8)}) for _ in range(800)
    ]
    decided, declined = compare(bound, records, Interpreter(program, DAY))
    ok = bound.run(columns_of(bound, records))["ok"].tolist()
    fits = [4 * abs(r.fields["a"] * r.fields["b"] * max(abs(r.fields["p"]), 10**4)) < 2**63 for r in records]
    assert all(fine for fine, fit in zip(ok, fits, strict=True) if fit)
    assert decided > 300
    assert declined > 100


# ---- what columns may not be


def columns_of(bound: BoundNative, records) -> dict:
    return to_columns(bound.native.layout, records)


def column_named(bound: BoundNative, table: str, *path: str) -> str:
    found = bound.native.layout.table(table).column(path)
    assert found is not None
    return found.name


def test_a_line_outside_its_type_or_without_a_required_field_is_declined(compiled):
    columns = columns_of(compiled, deals(20))
    n, m, on = (column_named(compiled, t, f) for t, f in (("t0", "n"), ("t0", "m"), ("t1", "on")))
    columns["t0"][n][3] = 100_001
    columns["t0"][m] = np.ma.MaskedArray(columns["t0"][m], mask=[i == 5 for i in range(20)])
    parents = columns["t1"]["parent"]
    columns["t1"][on] = np.ma.MaskedArray(columns["t1"][on], mask=parents == parents[-1])
    ok = compiled.run(columns)["ok"].tolist()
    assert [i for i, fine in enumerate(ok) if not fine] == sorted({3, 5, int(parents[-1])})


def _floats(columns, name):
    columns["t0"][name] = columns["t0"][name].astype(np.float64)


def _too_large(columns, name):
    columns["t0"][name] = columns["t0"][name].astype(np.int64) + 2**40


def _unsorted(columns, name):
    columns["t1"]["parent"] = columns["t1"]["parent"][::-1].copy()


def _of_nobody(columns, name):
    columns["t1"]["parent"] = columns["t1"]["parent"] + 20


def _short(columns, name):
    columns["t0"][name] = columns["t0"][name][1:]


def _no_text(columns, name):
    for column, values in columns["t0"].items():
        if values.dtype == object and not np.ma.isMaskedArray(values):
            columns["t0"][column] = np.array([None] * len(values), dtype=object)


@pytest.mark.parametrize("spoil", [_floats, _too_large, _unsorted, _of_nobody, _short, _no_text])
def test_what_are_no_such_columns_is_a_mistake_of_the_caller(compiled, spoil):
    columns = columns_of(compiled, deals(20))
    spoil(columns, column_named(compiled, "t0", "m"))
    with pytest.raises(ValueError, match=r"t[01]"):
        compiled.run(columns)


def test_other_widths_and_steps_of_memory_are_the_same_columns(compiled):
    columns = columns_of(compiled, deals(50))
    want = compiled.run(columns)["v0"].tolist()
    for name in ("n", "m"):
        column = column_named(compiled, "t0", name)
        wide = np.repeat(columns["t0"][column].astype(np.int64), 2)[::2]
        wide.flags.writeable = False
        columns["t0"][column] = wide
    assert compiled.run(columns)["v0"].tolist() == want


def test_it_reads_only_what_the_plan_needs(operators):
    plan = taken(operators, make_plan(operators, "deal", ("costs",)), jit=False)
    item = plan.layout.table("t2")
    assert {t: set(c) for t, c in plan.reads.items()} == {
        "t0": set(), "t1": set(), "t2": {c.name for c in item.columns},
    }  # fmt: skip


# ---- what is refused


def test_a_field_of_more_digits_than_64_bits_hold_is_refused_by_name():
    program = program_of(
        policies.HEADER + "record r\n  x : number with 0 decimals\nend\ndecision y of r : number as x\n"
    )
    key, decl = next(iter(program.defs)), program.records["r"]
    field = decl.fields[0]
    bare = strip_opt(field.ty)
    assert isinstance(bare, ScaledTy)
    wide = replace(bare, hi=10**25)
    records = {"r": replace(decl, fields=(replace(field, ty=wide),))}
    found = native(replace(program, records=records), make_plan(program, "r"))
    assert found == Refused("x", "a field of more than 18 digits"), key


def test_a_number_of_more_digits_than_64_bits_hold_is_refused_by_name():
    text = WIDE + "decision z of r : yes/no as a * b * 100,000 > 99,999,999,999,999,999 CNY\n"
    program = program_of(text)
    found = native(program, make_plan(program, "r", ("z",)))
    assert isinstance(found, Refused)
    assert "digits" in found.reason


# ---- days


def test_days_of_the_whole_calendar():
    for day in range(1, 3_652_060, 11):
        assert (civil.year_of(day), civil.month_of(day)) == (dates.year_of(day), dates.month_of(day))


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024])
def test_months_from_every_day_of_a_year(year):
    first = date(year, 1, 1).toordinal()
    for day in range(first, first + 366):
        for months in (-25, -12, -1, 0, 1, 2, 11, 12, 13, 48):
            for function, clamp in ((civil.add_months_clamp, True), (civil.add_months_next, False)):
                moved = function(day, months)
                assert moved == dates.add_months(day, months, clamp=clamp)
                assert civil.whole_months(day, moved) == dates.whole_months(day, moved)
