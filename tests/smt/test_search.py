"""The questions that others ask: one record, two programs, the nearest record."""

from __future__ import annotations

import pytest

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, DefKey, Expr, Get, Lit, Op, Ref, Var
from kamflow.core.program import Program
from kamflow.core.ty import BOOL, RecordTy, ScaledTy, strip_opt
from kamflow.engines.interp import Interpreter
from kamflow.engines.smt import search as searches
from kamflow.engines.smt.answer import Found, NotKnown, Nowhere
from kamflow.engines.smt.search import Search
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord
from tests.prove.brute import load

DAYS = Days(739_300, 739_400)
TEXT = """type tier is ordered C < B < A
record deal
  id    : text
  t     : tier
  price : money, 0 CNY to 100,000 CNY
  cost  : money, optional, 0 CNY to 100,000 CNY
end
decision off of deal : percent
  table unique
    | t || off |
    | A || 10% |
    | B ||  5% |
    | C ||  0% |
end
decision net of deal : money as round(price * (100% - off), 0.01 CNY)
decision notes of deal : list of text
  table collect list
    | t          || notes |
    | at least B || "x"   |
    | A          || "y"   |
end
"""
OLD = load(TEXT)
SELF = Var("self", RecordTy("deal"), NOWHERE)


def ref(program: Program, name: str) -> Ref:
    key = DefKey("deal", name)
    return Ref(key, SELF, program.defs[key].ty, NOWHERE)


def at_most(e: Expr, value: int) -> Expr:
    return Apply(Op.LE, (e, Lit(value, strip_opt(e.ty), NOWHERE)), BOOL, NOWHERE)


def not_(e: Expr) -> Expr:
    return Apply(Op.NOT, (e,), BOOL, NOWHERE)


def test_what_is_preferred_is_met_where_it_can_be():
    price = Get(SELF, "price", ScaledTy(ref(OLD, "net").ty.unit, 2, 0, 10_000_000), NOWHERE)
    search = Search(OLD, "deal", DAYS)
    found = search.find([not_(at_most(ref(OLD, "net"), 5_000))], prefer=[at_most(price, 5_100)])
    assert isinstance(found, Found)
    assert 5_000 < found.records[0].fields["price"] <= 5_100


@pytest.mark.parametrize(
    "change", [("B ||  5%", "B ||  6%"), ("0 CNY to 100,000 CNY\n  cost", "1.5 CNY to 90,000 CNY\n  cost")]
)
def test_a_record_for_which_two_programs_differ_or_none(change):
    new = load(TEXT.replace(*change))
    answer = Search(OLD, "deal", DAYS).find_changed(new, [(ref(OLD, "net"), ref(new, "net"))])
    if "%" not in change[0]:
        assert isinstance(answer, Nowhere)
        return
    assert isinstance(answer, Found)
    before, after = answer.records
    assert before.fields["price"] == after.fields["price"]
    values = [
        Interpreter(p, answer.as_of).value(DefKey("deal", "net"), r) for p, r in ((OLD, before), (new, after))
    ]
    assert values[0] != values[1]


def test_types_that_changed_are_compared_by_what_they_say():
    new = load(TEXT.replace("C < B < A", "D < C < B < A").replace("| C ||", "| C or D ||"))
    pairs = [(ref(OLD, "off"), ref(new, "off"))]
    assert isinstance(Search(OLD, "deal", DAYS).find_changed(new, pairs), Nowhere)
    finer = load(TEXT.replace("off of deal : percent", "off of deal : percent with 4 decimals"))
    assert isinstance(
        Search(OLD, "deal", DAYS).find_changed(finer, [(ref(OLD, "off"), ref(finer, "off"))]), Nowhere
    )


def test_lists_of_two_programs_are_compared_as_lists():
    rows = '| at least B || "x"   |\n    | A          || "y"   |'
    assert rows in TEXT
    same = '| B          || "x"   |\n    | A          || "x"   |\n    | A          || "y"   |'
    new = load(TEXT.replace(rows, same))
    pairs = [(ref(OLD, "notes"), ref(new, "notes"))]
    assert isinstance(Search(OLD, "deal", DAYS).find_changed(new, pairs), Nowhere)
    other = load(TEXT.replace('|| "y"', '|| "z"'))
    found = Search(OLD, "deal", DAYS).find_changed(other, [(ref(OLD, "notes"), ref(other, "notes"))])
    assert isinstance(found, Found)
    assert found.records[0].fields["t"] == 2


def near(free, most: int):
    record = TypedRecord("deal", {"id": "x", "t": 0, "price": 10_000, "cost": None})
    return Search(OLD, "deal", DAYS).find_near(record, free, [at_most(ref(OLD, "net"), most)])


def test_the_nearest_record_changes_one_field_and_that_by_little():
    answer = near([("t",), ("price",)], 5_000)
    assert isinstance(answer, Found)
    assert answer.records[0].fields == {"id": "x", "t": 0, "price": 5_000, "cost": None}


def test_the_field_that_is_listed_first_changes_rather():
    by_tier, by_price = near([("t",), ("price",)], 9_000), near([("price",), ("t",)], 9_000)
    assert isinstance(by_tier, Found)
    assert isinstance(by_price, Found)
    assert (by_tier.records[0].fields["t"], by_tier.records[0].fields["price"]) == (2, 10_000)
    assert (by_price.records[0].fields["t"], by_price.records[0].fields["price"]) == (0, 9_000)


def test_no_record_near_where_the_free_fields_cannot_do_it():
    assert isinstance(near([("t",)], 5_000), Nowhere)


def test_without_z3_nothing_is_known(monkeypatch):
    monkeypatch.setattr(searches, "available", lambda: False)
    answer = near([("t",)], 5_000)
    assert isinstance(answer, NotKnown)
    assert "kamflow[prove]" in answer.why.en
    assert isinstance(Search(OLD, "deal", DAYS).find([]), NotKnown)
