"""Engines that know everybody: by a portfolio, or by the cut-offs of one."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import kamflow
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import Question
from kamflow.values.outcome import Decided
from tests.project import reckoner
from tests.project.accounts import DAY, GROUPED, HEAD, PLAIN, answers, crowd


@pytest.fixture
def load(tmp_path):
    def load(text: str, name: str = "p.kam") -> kamflow.Engine:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return kamflow.load(tmp_path / name)

    return load


def by_hand(record, records, *, grouped: bool) -> tuple[object, ...]:
    def inside(r) -> bool:
        return bool(
            r["active"] and r["seats"] >= 1 and r["revenue"] is not None
            and not (grouped and r["region"] is None)
        )  # fmt: skip

    members = [
        r["revenue"] for r in records if inside(r) and (not grouped or r["region"] == record["region"])
    ]
    if not inside(record) or not members:
        return "C", Fraction(-1), Fraction(-1), 0
    mine = record["revenue"]
    part = reckoner.share(mine, members)
    return (
        reckoner.abc(mine, members),
        reckoner.percentile(mine, members),
        Fraction(-1) if part is None else part,
        reckoner.quantile(mine, members, 5),
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("size", [1, 2, 7, 60, 400])
def test_everybody_stands_where_counting_puts_them(load, grouped, size):
    records = crowd(size, seed=size)
    engine = load(GROUPED if grouped else PLAIN).with_portfolio(records, as_of=DAY)
    strangers = crowd(40, seed=99, top=200)
    for record in [*records, *strangers]:
        found = engine.evaluate(record, as_of=DAY)
        got = (found["class"], Fraction(found.rank), Fraction(found.part), found.fifth)
        assert got == by_hand(record, records, grouped=grouped), record


def test_cut_offs_decide_like_the_portfolio_they_were_written_of(load, tmp_path):
    records = crowd(300)
    for text in (PLAIN, GROUPED):
        engine = load(text)
        known = engine.with_portfolio(records, as_of=DAY)
        known.write_cutoffs(tmp_path / "c.json")
        by_file = engine.with_cutoffs(tmp_path / "c.json")
        everybody = [*records, *crowd(100, seed=5, top=300)]
        assert answers(by_file, everybody) == answers(known, everybody)
        assert (by_file.placed.size, by_file.placed.as_of) == (300, DAY)


def test_generated_code_and_interpreter_say_the_same_with_traces(load):
    records = crowd(120)
    for text in (PLAIN, GROUPED):
        engine = load(text)
        lowered = engine.stretch_on(DAY).lowered
        reader = RecordReader(lowered.records["account"], lowered)
        read = [reader.read(r, kamflow.project.slot.RECORD_PLACE) for r in records]
        members = [r.record for r in read if isinstance(r, ReadRecord)]
        law = Interpreter(lowered, DAY.toordinal(), members)
        slot = engine.with_portfolio(records, as_of=DAY).slot(Question(DAY, trace=True))
        assert slot.bound is not None
        for record in members:
            want = law.decide(slot.plan, record)
            assert isinstance(want, Decided)
            assert slot.bound.decide_traced(record) == want


def test_without_a_portfolio_a_class_is_a_finding_and_the_others_are_missing(load):
    engine = load(PLAIN)
    (record,) = crowd(1, seed=3)
    assert answers(engine, [record]) == [["KF0704"]]
    assert answers(engine, [record], only=["rank", "fifth"]) == [{"rank": "-1%", "fifth": 0}]


def test_an_engine_with_a_portfolio_leaves_the_other_as_it_was(load):
    engine = load(PLAIN)
    records = crowd(20)
    known = engine.with_portfolio(records, as_of=DAY)
    assert engine.placed is None
    assert not engine.evaluate(records[0], as_of=DAY).ok
    assert known.evaluate(records[0], as_of=DAY).ok


def test_who_cannot_be_read_is_no_member_and_is_told(load):
    good = {"id": "a", "active": True, "revenue": 10, "seats": 1}
    bad = {"id": "b", "active": True, "revenue": "lots", "seats": 1}
    engine = load(PLAIN).with_portfolio([good, bad, '{"id": 1', 7], as_of=DAY)  # type: ignore[list-item]
    assert engine.placed.size == 1
    assert [r.id for r in engine.placed.rejections] == ["b", None, None]
    assert [r.findings[0].code[:2] for r in engine.placed.rejections] == ["KF"] * 3
    assert engine.evaluate(good, as_of=DAY)["class"] == "A"


def test_records_may_be_texts_and_models(load):
    records = crowd(30)
    engine = load(PLAIN)
    model = engine.model(as_of=DAY)
    plain = engine.with_portfolio(records, as_of=DAY)
    for others in ([json.dumps(r) for r in records], [model(**r) for r in records]):
        assert answers(engine.with_portfolio(others, as_of=DAY), records) == answers(plain, records)


STAGED = (
    HEAD
    + """
define place of account as percentile of revenue among accounts
population upper is account where place is present and place >= 50%
define again of account as percentile of seats among upper
define third of account as quantile 3 of (place otherwise 0%) among accounts
decision x of account : percent with 4 decimals as again otherwise -1%
decision y of account : count as third otherwise 0
"""
)


def test_a_population_may_rest_on_where_its_members_stand_in_another(load, tmp_path):
    records = crowd(80)
    engine = load(STAGED)
    known = engine.with_portfolio(records, as_of=DAY)
    inside = [r for r in records if r["active"] and r["seats"] >= 1 and r["revenue"] is not None]
    place = {r["id"]: reckoner.percentile(r["revenue"], [m["revenue"] for m in inside]) for r in inside}
    upper = [r["seats"] for r in inside if place[r["id"]] >= 50]
    for record in inside:
        found = known.evaluate(record, as_of=DAY)
        if place[record["id"]] >= 50:
            assert Fraction(found.x) == reckoner.percentile(record["seats"], upper)
        else:
            assert found.x == -1
    known.write_cutoffs(tmp_path / "c.json")
    assert answers(engine.with_cutoffs(tmp_path / "c.json"), records) == answers(known, records)
    lowered = engine.stretch_on(DAY).lowered
    reader = RecordReader(lowered.records["account"], lowered)
    members = [reader.read(r, kamflow.project.slot.RECORD_PLACE).record for r in records]
    slot = known.slot(Question(DAY, trace=True))
    law = Interpreter(lowered, DAY.toordinal(), members)
    assert [slot.bound.decide_traced(m) for m in members] == [law.decide(slot.plan, m) for m in members]


UNDECIDED = (
    HEAD
    + """
decision size of account : money
  table unique
    | seats     || size      |
    | 1         || 10 CNY    |
    | 2         || 20 CNY    |
    | 2         || 30 CNY    |
  otherwise 5 CNY
end
population sized is account where active or size > 9 CNY
define place of account as percentile of size among sized
decision x of account : percent as place otherwise -1%
"""
)


def test_a_member_that_is_undecided_where_it_matters_is_no_member(load):
    """Two rows apply at 2 seats: such an account has no size, so it stands nowhere."""
    engine = load(UNDECIDED)
    records = [
        {"id": "a", "active": True, "seats": 1}, {"id": "b", "active": True, "seats": 2},
        {"id": "c", "active": True, "seats": 3}, {"id": "d", "active": False, "seats": 3},
    ]  # fmt: skip
    known = engine.with_portfolio(records, as_of=DAY)
    places = next(iter(known.placed.terms.values())).places
    assert places.members[None].measures == (500, 1000)
    assert [f.ok for f in known.evaluate_many(records, as_of=DAY)] == [True, False, True, True]
    assert known.evaluate(records[0], as_of=DAY).x == 50


# ---- populations within tables, scorecards, rules, facts


EVERYWHERE = (
    HEAD
    + """
scorecard worth of account
  criterion rank weight 60% on percentile of seats among accounts
    | missing       | 0   |
    | at least 50%  | 100 |
    | below 50%     | 20  |
  criterion fifth weight 40% on (quantile 2 of seats among accounts within region otherwise 1)
    | 2         | 50 |
    | 1         | 10 |
end

decision level of account : abc
  table first
    | percentile of seats among accounts | share of seats among accounts || level |
    | at least 50%                       | at least 40%                  || A     |
    | at least 50%                       | any                           || B     |
    | any                                | any                           || C     |
end

rule poor overrides level
  when percentile of seats among accounts is missing
  then level = C
end

decision gift of account : money
  when quantile 2 of seats among accounts within region is present and active then 5 CNY
  otherwise 0 CNY
end

decision list of account : list of text
  table collect list
    | share of seats among accounts || list  |
    | at least 10%                  || "big" |
    | missing                       || "out" |
end

always "who is worth anything is inside"
  gift > 0 CNY implies active
"""
)


def test_terms_may_stand_in_tables_scorecards_rules_clauses_and_properties(load, tmp_path):
    """Seats 1, 2, 7 of active accounts: below each are 0, 1, 2 of 3; 7 of 10 is 70 %."""
    records = [
        {"id": "a", "region": "north", "active": True, "seats": 1},
        {"id": "b", "region": "north", "active": True, "seats": 2},
        {"id": "c", "region": "south", "active": True, "seats": 7},
        {"id": "d", "region": "south", "active": False, "seats": 9},
    ]
    engine = load(EVERYWHERE)
    want = [
        (16, "C", "5.00", ["big"]),  # 0.6 × 20 + 0.4 × 10
        (32, "C", "5.00", ["big"]),  # second of two in the north
        (64, "A", "5.00", ["big"]),  # alone in the south
        (4, "C", "0.00", ["out"]),
    ]
    known = engine.with_portfolio(records, as_of=DAY)
    known.write_cutoffs(tmp_path / "c.json")
    for one in (known, engine.with_cutoffs(tmp_path / "c.json")):
        got = answers(one, records)
        assert [(float(g["worth"]), g["level"], g["gift"], g["list"]) for g in got] == want


GUARDED = (
    HEAD
    + """
decision x of account : yes/no
  when revenue is present and percentile of revenue among accounts >= 50% then yes
  otherwise no
end
"""
)


def test_a_guard_around_a_term_says_nothing_about_the_members(load):
    """The term is reckoned for everybody, also for those whose revenue is missing."""
    engine = load(GUARDED.replace("accounts >= 50%", "accounts is present"))
    records = [
        {"id": "a", "active": True, "revenue": 10, "seats": 1},
        {"id": "b", "active": True, "revenue": None, "seats": 1},
    ]
    known = engine.with_portfolio(records, as_of=DAY)
    assert [d.x for d in known.evaluate_many(records, as_of=DAY)] == [True, False]


def test_what_a_population_s_condition_reads_is_part_of_every_plan(load):
    """So that each engine has it at hand, and the first undecided definition is the same everywhere."""
    engine = load(UNDECIDED)
    slot = engine.with_portfolio([], as_of=DAY).slot(Question(DAY, only=("x",)))
    names = [k.name for k in slot.plan.order]
    assert names.index("size") < names.index("place")
