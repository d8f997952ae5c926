"""Standings of whole columns equal those of the interpreter, and of ``values.population``, value by value."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Lit, PopKind, PopTerm
from kamflow.core.ty import BOOL, INT64, NUMBER, OptTy, ScaledTy
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import Refused
from kamflow.engines.python.native.standing import Crowd
from kamflow.values.data import TypedRecord
from kamflow.values.population import NOBODY, Standing, standing_of
from tests.native import policies
from tests.native.rig import compare, native, to_columns
from tests.native.test_native import DAY, facts, program_of, taken

TIES = (0, 0, 1, 1, 5, 100, -7, -100)
CROWDS = {
    "ties": TIES,
    "nobody has anything": (0, 0, 0),
    "below zero altogether": (-5, 3, -1),
    "one": (4,),
    "large": (10**12, 10**12, -(10**12), 10**12 - 1),
    "many": tuple(random.Random(5).choice((1, 2, 3, 40, 41, 10**6)) for _ in range(150)),
    "a long tail": tuple(2**i for i in range(39)),
}


def account(r: random.Random, revenue: int) -> TypedRecord:
    return TypedRecord(
        "account",
        {
            "id": "a",
            "region": r.choice((0, 1, None)),
            "city": r.choice(("Ulm", "Bern", "", None)),
            "key": r.random() < 0.5,
            "revenue": revenue,
            "active": r.choice((0, 1, 1, 1)),
        },
    )


@pytest.fixture(scope="module")
def population():
    return program_of(policies.POPULATION)


@pytest.mark.parametrize("crowd", CROWDS)
def test_everybody_stands_as_the_interpreter_says(population, crowd):
    r = random.Random(crowd)
    records = [account(r, revenue) for revenue in CROWDS[crowd]]
    bound = taken(population, facts(population, "account"), jit=False).bind(DAY)
    assert compare(bound, records, Interpreter(population, DAY, records)) == (len(records), 0)


def test_compiled(population):
    r = random.Random(1)
    records = [account(r, r.choice((*TIES, r.randrange(10**6)))) for _ in range(400)]
    bound = taken(population, facts(population, "account"), jit=True).bind(DAY)
    assert compare(bound, records, Interpreter(population, DAY, records), threads=2) == (400, 0)


def test_who_is_no_member_stands_by_value_and_changes_nobody(population):
    r = random.Random(2)
    members = [account(r, revenue) for revenue in TIES * 3]
    others = [account(r, revenue) for revenue in (1, 2, 10**9, -500)]
    bound = taken(population, facts(population, "account"), jit=False).bind(DAY)
    columns = to_columns(bound.native.layout, [*members, *others])
    columns["t0"]["member"] = np.arange(len(members) + len(others)) < len(members)
    found = bound.run(columns)
    law, plan = Interpreter(population, DAY, members), bound.native.plan
    for i, record in enumerate([*members, *others]):
        values = law.decide(plan, record).values
        got = [found[f"v{n}"][i] for n in range(len(values))]
        assert [None if g is np.ma.masked else g for g in got] == list(values)


UNDECIDED = (
    policies.HEADER
    + """
record account
  revenue : number with 0 decimals, 0 to 1000
  kind    : number with 0 decimals, 0 to 3
end
decision weight of account : number
  table unique
    | kind       || weight |
    | at most 1  || 1 |
    | 1          || 2 |
    | 2          || 5 |
end
population known is account where kind > 0
define rank of account as percentile of weighted among known
define weighted of account as revenue * weight
decision x of account : yes/no as rank is present and rank > 50%
impossible of account when revenue = 777 because "nobody has this"
"""
)


def test_a_member_whose_measure_has_no_answer_is_outside_and_has_none():
    program = program_of(UNDECIDED)
    r = random.Random(4)
    records = [
        TypedRecord("account", {"revenue": r.choice((777, r.randrange(1001))), "kind": r.randrange(4)})
        for _ in range(60)
    ]
    bound = taken(program, facts(program, "account"), jit=False).bind(DAY)
    decided, declined = compare(bound, records, Interpreter(program, DAY, records))
    assert declined == 0
    assert 8 < decided < 30


def test_a_measure_that_may_not_fit_is_refused_by_name():
    text = UNDECIDED.replace("0 to 1000", "0 to 1,000,000,000,000,000")
    program = program_of(text.replace("revenue * weight", "revenue * revenue * weight"))
    found = native(program, facts(program, "account"))
    assert isinstance(found, Refused)
    assert found.name == "weighted of account"


# ---- one value at a time, with totals that pass 64 bits

MEASURE = ScaledTy(NUMBER, 0, -INT64, INT64)
CLASSES = {
    "pareto": ((2, 800_000), (1, 950_000), (0, None)),
    "none at all": ((2, 0), (1, 0), (0, None)),
    "odd": ((2, 333_333), (1, 999_999), (0, None)),
}


def term(kind: PopKind, classes=CLASSES["pareto"], *, largest_first: bool = True) -> PopTerm:
    some = Lit(0, MEASURE, NOWHERE)
    return PopTerm(kind, "p", some, None, 7, classes, largest_first, 1, OptTy(BOOL), NOWHERE)


def answer(e: PopTerm, standing: Standing, value: int) -> int | None:
    match e.kind:
        case PopKind.CLASSIFY:
            found = standing.class_of(value, e.classes, largest_first=e.largest_first)
            return e.outside if found is None else found
        case PopKind.PERCENTILE:
            return standing.percentile(value)
        case PopKind.SHARE:
            return standing.share(value)
        case PopKind.QUANTILE:
            return standing.quantile(value, e.n)


TERMS = [
    *(term(kind) for kind in PopKind),
    *(term(PopKind.CLASSIFY, c, largest_first=up) for c in CLASSES.values() for up in (True, False)),
]
HUGE = (INT64, INT64, INT64 - 1, 5, 5, -INT64, 2**62, 10**15, 0, 1)


@pytest.mark.parametrize("crowd", [TIES, HUGE, (), (3,), tuple(range(-3, 30))])
@pytest.mark.parametrize("e", TERMS, ids=lambda e: f"{e.kind}-{e.largest_first}-{e.classes[0][1]}")
def test_all_at_once_is_one_by_one(e, crowd):
    members = np.array(crowd, dtype=np.int64)
    asked = np.array(sorted({*crowd, *(v + d for v in crowd for d in (1, -1) if abs(v + d) <= INT64), 17}))
    measures = np.concatenate([members, asked]).astype(np.int64)
    member = np.arange(len(measures)) < len(members)
    everybody = np.ones(len(measures), dtype=bool)
    value, outside = Crowd(measures, everybody, member, None).standing(e)
    standing = standing_of(crowd) if crowd else NOBODY
    for i, measure in enumerate(measures.tolist()):
        want = answer(e, standing, measure)
        if e.kind is PopKind.CLASSIFY:
            assert value[i] == want
        else:
            assert (None if outside[i] else value[i]) == want
