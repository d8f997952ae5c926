"""Where records stand among all: windows beside the interpreter, by value, strictly and exactly."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlglot import exp

from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Get, PopTerm, Var
from kamflow.core.program import EvalPlan, Program, RecordDecl, make_plan
from kamflow.core.ty import INT128, OptTy, RecordTy
from kamflow.engines.interp import Interpreter
from kamflow.engines.sql import populations
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused
from kamflow.values.data import TypedRecord
from tests.sql.rig import DAY, lowered, outcomes, same, typed

TEXT = """
type abc is ordered C < B < A
type region is one of north, south, east
record account
  active : yes/no
  size : money, optional
  small : count, 0 to 5
  region : region, optional
end
population accounts is account where active and small < 5
classify class of account over accounts : abc
  by size, largest first
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
classify worst of account over accounts : abc
  by small, smallest first
  A up to 30% of total
  B up to 60.5% of total
  C rest
  ties share the better class
  outside population C
end
define rank of account as percentile of size among accounts
define low of account as percentile of small among accounts
define part of account as share of size among accounts
define third of account as quantile 3 of size among accounts
define fifth of account as quantile 5 of small among accounts
decision best of account : yes/no
  table first
    | rank | class || best |
    | at least 90% | any || yes |
    | any | A || yes |
    | any | any || no |
end
"""
ONLY = ("class", "worst", "rank", "low", "part", "third", "fifth", "best")


def program() -> tuple[Program, EvalPlan]:
    found = lowered(TEXT)
    return found, make_plan(found, "account", ONLY)


def accounts(found: Program, seed: int, count: int, sizes: tuple[int, ...]) -> list[TypedRecord]:
    r = random.Random(seed)
    raws = [
        {"active": r.random() < 0.85, "small": r.randint(0, 5)}
        | ({"size": f"{r.choice(sizes)} CNY"} if r.random() < 0.9 else {})
        | ({"region": r.choice(("north", "south", "east"))} if r.random() < 0.8 else {})
        for _ in range(count)
    ]
    return typed(found, "account", raws)


SIZES = {
    "ties": (0, 1, 2, 5),
    "all different": tuple(range(1, 400)),
    "negative ones": (-300, -1, 0, 7, 90),
    "nothing": (0,),
    "a total below zero": (-5, 1),
    "as large as can be": (10**11, 10**11 - 1, -(10**11), 1),
}


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("count", [0, 1, 7, 120])
def test_standings_of_members_and_outsiders(sizes, count):
    found, plan = program()
    for seed in range(3):
        records = accounts(found, seed, count, SIZES[sizes])
        law = Interpreter(found, DAY, records)
        got = outcomes(found, plan, records)
        assert all(same(g, law.decide(plan, r)) for g, r in zip(got, records, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_only_members_count_and_everybody_has_a_standing(share):
    found, plan = program()
    for seed in range(4):
        records = accounts(found, seed, 60, SIZES["ties" if seed % 2 else "all different"])
        r = random.Random(seed)
        inside = [r.random() < share for _ in records]
        law = Interpreter(found, DAY, [a for a, m in zip(records, inside, strict=True) if m])
        got = outcomes(found, plan, records, members=inside)
        assert all(same(g, law.decide(plan, a)) for g, a in zip(got, records, strict=True))


def by_region(found: Program) -> Program:
    """Return the program with each standing among the accounts of the same region."""
    region = found.records["account"].field("region")
    assert region is not None
    group = Get(Var("self", RecordTy("account"), NOWHERE), "region", region.ty, NOWHERE)
    defs = {
        k: replace(d, body=replace(d.body, group=group)) if isinstance(d.body, PopTerm) else d
        for k, d in found.defs.items()
    }
    return replace(found, defs=defs)


def test_groups_are_populations_of_their_own_and_who_has_none_is_outside():
    found, plan = program()
    grouped = by_region(found)
    for seed in range(4):
        records = accounts(found, seed, 90, SIZES["ties" if seed % 2 else "all different"])
        got = outcomes(grouped, plan, records)
        for g, record in zip(got, records, strict=True):
            region = record.fields["region"]
            mine = [a for a in records if a.fields["region"] == region]
            outside = {"active": False} if region is None else {}  # as one that the condition leaves out
            asked = TypedRecord("account", {**record.fields, **outside})
            assert same(g, Interpreter(found, DAY, mine).decide(plan, asked))


CONDITION_UNDECIDED = """
record account
  size : count
  kind : count, 0 to 3
end
decision key of account : yes/no
  table unique
    | kind || key |
    | 0 || yes |
    | 1 || no |
    | 1 to 2 || yes |
end
population keys is account where key
define rank of account as percentile of size among keys
"""


def test_who_has_no_answer_is_outside_and_does_not_take_others_along():
    found = lowered(CONDITION_UNDECIDED)
    plan = make_plan(found, "account", ("rank",))
    r = random.Random(3)
    records = typed(found, "account", [{"size": r.randint(0, 9), "kind": r.randint(0, 3)} for _ in range(80)])
    law = Interpreter(found, DAY, records)
    got = outcomes(found, plan, records)
    assert all(same(g, law.decide(plan, a)) for g, a in zip(got, records, strict=True))
    assert any(g is None for g in got)


def test_a_condition_that_may_not_be_reached_is_refused_by_name():
    text = CONDITION_UNDECIDED.replace("where key", "where size > 3 and key")
    found = lowered(text)
    refused = compile_sql(found, make_plan(found, "account", ("rank",)), DAY)
    assert isinstance(refused, Refused)
    assert "key" in refused.reason.en


def test_a_population_of_a_record_inside_is_refused_by_name():
    text = "record quote\n  owner : account\nend\ndefine high of quote as owner.rank otherwise 0%\n"
    found = lowered(CONDITION_UNDECIDED + text)
    refused = compile_sql(found, make_plan(found, "quote", ("high",)), DAY)
    assert isinstance(refused, Refused)
    assert refused.name == "rank of account"


def test_measures_whose_sum_could_overflow_are_refused():
    found, _ = program()
    size = found.records["account"].fields[1]
    assert isinstance(size.ty, OptTy)
    wide = OptTy(replace(size.ty.inner, lo=-INT128, hi=INT128))
    decl = found.records["account"]
    fields = tuple(replace(f, ty=wide) if f.name == "size" else f for f in decl.fields)
    records = {**found.records, "account": RecordDecl("account", fields)}
    key = DefKey("account", "part#pop1")
    body = found.defs[key].body
    assert isinstance(body, PopTerm)
    assert isinstance(body.measure, Get)
    defs = {
        **found.defs,
        key: replace(found.defs[key], body=replace(body, measure=replace(body.measure, ty=wide))),
    }
    refused = compile_sql(
        replace(found, records=records, defs=defs), make_plan(found, "account", ("part",)), DAY
    )
    assert isinstance(refused, Refused)


def peers_counted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(populations._Windows, "below_count", lambda w: w._over(exp.Count, w._count, "asc"))


def own_part_counted(patch: pytest.MonkeyPatch) -> None:
    def wrong(self, *, largest_first):
        return self._sum_over("desc" if largest_first else "asc")

    patch.setattr(populations._Windows, "better_sum", wrong)


def outsiders_counted(patch: pytest.MonkeyPatch) -> None:
    right = populations._Windows.__init__

    def wrong(self, b, frame, mine, counted, group):
        right(self, b, frame, mine, mine, group)

    patch.setattr(populations._Windows, "__init__", wrong)


def bounds_met(patch: pytest.MonkeyPatch) -> None:
    from kamflow.engines.sql.build import Builder

    patch.setattr(Builder, "lt", Builder.le)


@pytest.mark.parametrize("bug", [peers_counted, own_part_counted, outsiders_counted, bounds_met])
def test_a_planted_bug_is_seen(bug, monkeypatch):
    bug(monkeypatch)
    with pytest.raises(AssertionError):
        all_of_them()


def all_of_them() -> None:
    test_standings_of_members_and_outsiders("ties", 120)
    test_standings_of_members_and_outsiders("nothing", 7)
    test_only_members_count_and_everybody_has_a_standing(0.4)
