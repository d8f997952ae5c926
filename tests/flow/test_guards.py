"""Guards are yes, no or unknown, and every engine says the same of them."""

from __future__ import annotations

import random

import pytest

from kamflow.base.span import DataPlace
from kamflow.core.expr import DefKey, walk
from kamflow.core.laws import check_laws
from kamflow.core.program import Program, make_plan
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import CompiledPlan, compile_plan
from kamflow.flow.as_policy import record_of
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.values.data import TypedRecord
from kamflow.values.outcome import Decided
from tests.flow.shop import GUARDS, desk, linked
from tests.native.rig import NativePlan, compare, native
from tests.sql.rig import outcomes, same

DAY = 740_000  # 2027-01-19
RECORD = record_of("desk", "offer")


@pytest.fixture(scope="module")
def program() -> Program:
    found = linked(*desk())
    assert not found.has_errors, [f.message.en for f in found.findings if f.is_error]
    stretch = found.project.stretch_on(DAY)
    assert stretch is not None
    assert stretch.lowered is not None
    return stretch.lowered


def raw(rng: random.Random) -> dict[str, object]:
    def some(*values: object) -> object:
        return rng.choice((None, *values))

    customer = {
        "id": "c",
        "health": some(0, "50", "50.1", 80, 100),
        "debt": some(0, 10, 40),
        "regular": some(True, False),
        "level": some("C", "B", "A"),
        "since": some("2027-01-19", "2026-10-22", "2026-10-21", "2027-01-20"),
        "orders": [{"amount": rng.choice((5, 10, "10.01", 50))} for _ in range(rng.randint(0, 3))],
    }
    return {
        "ticket": {
            "id": "t",
            "severity": rng.randint(0, 5),
            "customer": rng.choice((None, customer, customer)),
        },
        "var": {"offers": 1, "paid": some(10, "10.01"), "note": some("x", "y"), "warned": False},
        "ev": {
            "amount": some("100", "100.01"),
            "count": rng.randint(0, 2),
            "share": some("12.5%"),
            "note": "n",
        },
        "state": {"dwell": rng.choice((30, 31))},
    }


@pytest.fixture(scope="module")
def records(program: Program) -> list[TypedRecord]:
    rng = random.Random(7)
    reader = RecordReader(program.records[RECORD], program)
    read = [reader.read(raw(rng), DataPlace("r")) for _ in range(800)]
    return [r.record for r in read if isinstance(r, ReadRecord)]


@pytest.fixture(scope="module")
def names(program: Program) -> tuple[str, ...]:
    return tuple(k.name for k in program.defs if k.record == RECORD)


def test_guards_with_gaps_mean_the_same_on_every_engine(
    program: Program, records: list[TypedRecord], names: tuple[str, ...]
) -> None:
    plan = make_plan(program, RECORD, names)
    law = Interpreter(program, DAY)
    want = [law.decide(plan, r) for r in records]
    assert len(records) == 800
    assert all(isinstance(w, Decided) for w in want)
    compiled = compile_plan(program, plan)
    assert isinstance(compiled, CompiledPlan)
    bound = compiled.bind(DAY)
    assert [bound.decide(r) for r in records] == [Decided(w.values) for w in want if isinstance(w, Decided)]
    for got, one in zip(outcomes(program, plan, records, DAY), want, strict=True):
        assert same(got, one)


def test_guards_with_gaps_mean_the_same_in_machine_code(
    program: Program, records: list[TypedRecord], names: tuple[str, ...]
) -> None:
    simple = tuple(n for n in names if "orders" not in n)
    made = native(program, make_plan(program, RECORD, simple))
    assert isinstance(made, NativePlan), made
    decided, declined = compare(made.bind(DAY), records, Interpreter(program, DAY))
    assert (decided, declined) == (len(records), 0)


def test_each_guard_is_true_false_and_unknown_for_some_of_these_records(
    program: Program, records: list[TypedRecord]
) -> None:
    """So that the comparison of engines compares something."""
    law = Interpreter(program, DAY)
    keys = tuple(f"guard:g{i}" for i in range(len(GUARDS)))
    found = [law.decide(make_plan(program, RECORD, keys), r) for r in records]
    seen = [{w.values[i] for w in found if isinstance(w, Decided)} for i in range(len(keys))]
    never_unknown = {i for i, g in enumerate(GUARDS) if g.startswith("(customer.health otherwise")}
    opened = {i for i, g in enumerate(GUARDS) if "customer.health is present" in g}
    for i, values in enumerate(seen):
        assert {True, False} <= values, GUARDS[i]
        assert (None in values) == (i not in opened), GUARDS[i]
    assert never_unknown, "its customer may still be missing"


CASES = [
    # what is read where it is missing makes unknown, wherever it stands
    ("severity > 3 and customer.health > 50", {"severity": 1, "health": None}, None),
    ("severity > 3 or customer.health > 50", {"severity": 5, "health": None}, None),
    ("customer.regular", {"regular": None}, None),
    ("(severity when customer.regular, otherwise 0) > 2", {"regular": None, "severity": 5}, None),
    ("customer.ratio > 2", {"health": 80, "debt": 0}, None),
    ("customer.ratio > 2", {"health": 80, "debt": 10}, True),
    # what was opened is no gap
    ("customer.health is present and customer.health > 50", {"health": None}, False),
    ("customer.health is missing or customer.health > 50", {"health": None}, True),
    ("(customer.health otherwise 0) > 50", {"health": None}, False),
    # a gap counts wherever it stands, but what belongs to something opened is not there to be read without it
    ("customer.debt is present and customer.health > customer.debt", {"debt": None, "health": None}, None),
    ("customer is present and customer.health > 50", {"customer": None}, False),
    ("customer is present and customer.health > 50", {"health": None}, None),
    ("customer is missing or customer.health > 50", {"customer": None}, True),
    ("customer.health > 50", {"customer": None}, None),
]  # fmt: skip


@pytest.mark.parametrize(("guard", "given", "want"), CASES)
def test_what_a_guard_says_of_gaps(guard: str, given: dict[str, object], want: bool | None) -> None:
    found = linked(*desk((guard,)))
    program = found.project.stretches[-1].lowered
    assert program is not None, [f.message.en for f in found.findings]
    severity = given.get("severity", 0)
    own = {"id": "c", **{k: v for k, v in given.items() if k != "severity"}}
    customer = given.get("customer", own)
    record = RecordReader(program.records[RECORD], program).read(
        {
            "ticket": {"id": "t", "severity": severity, "customer": customer},
            "var": {}, "ev": {"count": 1, "note": ""}, "state": {"dwell": 0},
        },
        DataPlace("r"),
    )  # fmt: skip
    assert isinstance(record, ReadRecord)
    outcome = Interpreter(program, DAY).decide(make_plan(program, RECORD, ("guard:g0",)), record.record)
    assert outcome == Decided((want,))


def test_a_gap_in_the_entries_of_a_list_is_still_a_finding() -> None:
    shop_with_gap = "(count of customer.orders where amount > customer.health) > 0"
    found = linked(*desk((shop_with_gap,)))
    assert [f.code for f in found.findings if f.is_error] == ["KF0208"]  # money is no number
    text = "(count of ticket.customer.orders where amount > var.paid) > 0"
    assert not linked(*desk((text,))).has_errors  # the gap is the case's, not an entry's


def test_what_guards_are_made_of_keeps_the_laws_of_the_core(program: Program) -> None:
    assert check_laws(program, lowered=True) == []


def test_names_of_guards_reach_no_generated_text(program: Program, names: tuple[str, ...]) -> None:
    compiled = compile_plan(program, make_plan(program, RECORD, names))
    assert isinstance(compiled, CompiledPlan)
    source = compiled.bind(DAY).source()
    assert source
    assert "@" not in source
    assert "guard" not in source
    assert any(
        n.key == DefKey("ticket", "limit")
        for d in program.defs.values()
        for n in walk(d.body)
        if hasattr(n, "key")
    )
