"""Engines that know everybody: by a portfolio, or by the cut-offs of one."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import date
from fractions import Fraction

import pytest

import kamflow
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.engine import Question
from kamflow.values.outcome import Decided
from tests.project import reckoner

DAY = date(2026, 6, 30)
HEAD = """policy p "P"
  effective from 2026-01-01
  currency CNY
end

type region is one of north, south, west
type abc is ordered C < B < A

record account
  id      : text
  region  : region, optional
  active  : yes/no
  revenue : money with 0 decimals, -1,000 CNY to 1,000,000 CNY, optional
  seats   : count, 0 to 1,000
  opened  : date, default 2020-01-01
end

parameter least : money
  from 2026-01-01 : 0 CNY
  from 2026-07-01 : 10 CNY
end

population accounts is account where active and seats >= 1
"""
TERMS = """
classify class of account over accounts : abc
  by revenue, largest first{within}
  A up to 80% of total
  B up to 95% of total
  C rest
  ties share the better class
  outside population C
end
define a_rank of account as percentile of revenue among accounts{by}
define a_part of account as share of revenue among accounts{by}
define a_fifth of account as quantile 5 of revenue among accounts{by}
decision rank of account : percent with 4 decimals as a_rank otherwise -1%
decision part of account : percent with 4 decimals as a_part otherwise -1%
decision fifth of account : count as a_fifth otherwise 0
"""
PLAIN = HEAD + TERMS.format(within="", by="")
GROUPED = HEAD + TERMS.format(within="\n  within region", by=" within region")


def crowd(size: int, seed: int = 1, *, top: int = 60) -> list[dict[str, object]]:
    """Accounts with many ties; some without revenue, region, or a place in the population."""
    dice = random.Random(seed)
    return [
        {
            "id": f"a{i}",
            "region": dice.choice(["north", "north", "south", "west", None]),
            "active": dice.random() < 0.85,
            "revenue": None if dice.random() < 0.1 else dice.randint(-5, top),
            "seats": dice.choice([0, 1, 2, 3]),
        }
        for i in range(size)
    ]


@pytest.fixture
def load(tmp_path):
    def load(text: str, name: str = "p.kam") -> kamflow.Engine:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return kamflow.load(tmp_path / name)

    return load


def answers(engine: kamflow.Engine, records, **more) -> list[dict[str, object]]:
    found = engine.evaluate_many(records, as_of=DAY, **more)
    return [f.to_dict()["decisions"] if f.ok else [x.code for x in f.findings] for f in found]


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


# ---- cut-offs of another time or policy


def written(load, tmp_path, text=PLAIN, size=50):
    engine = load(text)
    engine.with_portfolio(crowd(size), as_of=DAY).write_cutoffs(tmp_path / "c.json")
    return tmp_path / "c.json"


def code_of(action) -> str:
    with pytest.raises(kamflow.UsageError) as caught:
        action()
    return caught.value.finding.code


def test_cut_offs_serve_another_policy_whose_terms_are_the_same(load, tmp_path):
    file = written(load, tmp_path)
    renamed = PLAIN.replace("a_rank", "its_rank").replace("policy p", "policy q") + (
        "decision more of account : percent as its_rank otherwise 5%\n"
    )
    other = load(renamed, "q.kam").with_cutoffs(file)
    assert other.digest != other.placed.policies
    records = crowd(20)
    want = load(PLAIN).with_cutoffs(file)
    assert [a["rank"] for a in answers(other, records)] == [a["rank"] for a in answers(want, records)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("where active and seats >= 1", "where active and seats >= 2"),
        ("by revenue, largest first", "by revenue, smallest first"),
        ("A up to 80% of total", "A up to 70% of total"),
        ("outside population C", "outside population B"),
        ("quantile 5 of revenue", "quantile 4 of revenue"),
        ("of revenue among accounts", "of seats among accounts"),
        ("share of revenue among accounts", "share of revenue among accounts within region"),
        ("money with 0 decimals", "money"),
        ("C < B < A", "B < C < A"),
    ],
)
def test_cut_offs_of_other_terms_are_refused(load, tmp_path, old, new):
    file = written(load, tmp_path)
    assert old in PLAIN
    other = load(PLAIN.replace(old, new), "q.kam").with_cutoffs(file)
    assert code_of(lambda: other.evaluate(crowd(1)[0], as_of=DAY)) == "KF0883"


LEAST = PLAIN.replace("seats >= 1", "seats >= 1 and revenue is present and revenue > least")


def test_a_parameter_behind_a_term_counts_with_its_value_on_the_day(load, tmp_path):
    file = written(load, tmp_path, LEAST)
    engine = load(LEAST).with_cutoffs(file)
    assert engine.evaluate(crowd(1)[0], as_of=DAY).ok
    assert code_of(lambda: engine.evaluate(crowd(1)[0], as_of=date(2026, 7, 1))) == "KF0883"
    plain = load(PLAIN).with_cutoffs(written(load, tmp_path))  # reads no parameter: later days are fine
    assert plain.evaluate(crowd(1)[0], as_of=date(2026, 7, 1)).ok


def test_a_portfolio_counts_on_its_own_day_only(load):
    engine = load(PLAIN).with_portfolio(crowd(9), as_of=DAY)
    assert code_of(lambda: engine.evaluate(crowd(1)[0], as_of=date(2026, 7, 1))) == "KF0884"
    assert engine.evaluate(crowd(1)[0], as_of=date(2026, 6, 30)).ok


def test_a_scenario_that_moves_a_term_is_refused_and_another_is_not(load, tmp_path):
    scenarios = 'scenario "high"\n  set least = 50 CNY\nend\n'
    engine = load(LEAST + scenarios).with_portfolio(crowd(50), as_of=DAY)
    assert code_of(lambda: engine.scenario("high").evaluate(crowd(1)[0], as_of=DAY)) == "KF0883"
    again = load(LEAST + scenarios).scenario("high").with_portfolio(crowd(50), as_of=DAY)
    assert again.evaluate(crowd(1)[0], as_of=DAY).ok
    unread = load(PLAIN + scenarios).with_portfolio(crowd(50), as_of=DAY)
    assert unread.scenario("high").evaluate(crowd(1)[0], as_of=DAY).ok


def test_cut_offs_that_were_never_measured_cannot_be_written(load, tmp_path):
    engine = load(PLAIN)
    assert code_of(lambda: engine.write_cutoffs(tmp_path / "c.json")) == "KF0883"
    assert not (tmp_path / "c.json").exists()


# ---- hostile files


def test_every_changed_byte_is_noticed(load, tmp_path):
    file = written(load, tmp_path, GROUPED, size=12)
    data = file.read_bytes()
    engine = load(GROUPED)
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert code_of(lambda: engine.with_cutoffs(file)) in {"KF0881", "KF0882"}, at
    for cut in (0, 1, 50, len(data) - 1):
        file.write_bytes(data[:cut])
        assert code_of(lambda: engine.with_cutoffs(file)) in {"KF0881", "KF0882"}, cut
    file.write_bytes(data)
    assert engine.with_cutoffs(file).evaluate(crowd(1)[0], as_of=DAY).ok


def forged(path, change) -> None:
    """Change the content and vouch for it again, as somebody would who means it."""
    _, body = path.read_text(encoding="utf-8").split("\n", 1)
    content = change(json.loads(body))
    body = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) + "\n"
    digest = hashlib.sha256(body.encode()).hexdigest()
    head = json.dumps({"format": "kamflow cut-offs", "version": 1, "sha256": digest})
    path.write_text(f"{head}\n{body}", encoding="utf-8")


def put(*path, value):
    def change(content):
        at = content
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return content

    return change


def term_of(kind):
    return {"classify": 0, "percentile": 1, "share": 2, "quantile": 3}[kind]


FORGED = {
    "no object": lambda c: [c],
    "no JSON": lambda c: "{",
    "very deep": lambda c: "[" * 100_000,
    "a number of 5,000 digits": lambda c: "9" * 5_000,
    "no day": put("as_of", value="2026-02-30"),
    "a day as a number": put("as_of", value=7),
    "members below zero": put("members", value=-1),
    "terms are no list": put("terms", value={}),
    "no kind": put("terms", 0, "kind", value="median"),
    "a class that is none": put("terms", 0, "groups", 0, "answers", value=["Z", "B", "A"]),
    "answers lack": put("terms", 1, "groups", 0, "answers", value="0"),
    "thresholds that fall": put("terms", 1, "groups", 0, "from", value="5 -3"),
    "a threshold in words": put("terms", 1, "groups", 0, "from", value="five"),
    "a total of nothing": put("terms", 2, "groups", 0, "total", value="0"),
    "a total as a number": put("terms", 2, "groups", 0, "total", value=1e300),
    "a region that is none": put("terms", 3, "groups", 0, "group", value="east"),
    "a group twice": lambda c: (c["terms"][3]["groups"].append(c["terms"][3]["groups"][0]), c)[1],
    "a percentile above all": put(
        "terms", 1, "groups", 0, value={"group": "north", "from": "", "answers": "2000000"}
    ),
    "a quantile of none": put("terms", 3, "groups", 0, value={"group": "north", "from": "", "answers": "6"}),
    "groups where there are none": lambda c: (c["terms"][1].pop("within"), c)[1],
    "a share of steps": lambda c: (c["terms"][2].update(c["terms"][1], digest=c["terms"][2]["digest"]), c)[1],
    "classes of another order": lambda c: (c["terms"][0]["classes"].append("D"),
        put("terms", 0, "groups", 0, value={"group": "north", "from": "", "answers": ["D"]})(c))[1],
}  # fmt: skip


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_file_is_a_finding(load, tmp_path, how):
    file = written(load, tmp_path, GROUPED)
    kinds = [t["kind"] for t in json.loads(file.read_text(encoding="utf-8").split("\n", 1)[1])["terms"]]
    assert kinds == ["classify", "percentile", "share", "quantile"]
    forged(file, FORGED[how])
    engine = load(GROUPED)
    assert code_of(lambda: engine.with_cutoffs(file).evaluate(crowd(1)[0], as_of=DAY)) == "KF0881"


def test_a_later_format_and_no_file_are_findings(load, tmp_path):
    file = written(load, tmp_path)
    file.write_bytes(file.read_bytes().replace(b'"version": 1', b'"version": 2', 1))
    assert code_of(lambda: load(PLAIN).with_cutoffs(file)) == "KF0881"
    assert code_of(lambda: load(PLAIN).with_cutoffs(tmp_path / "none.json")) == "KF0880"
    assert code_of(lambda: load(PLAIN).with_cutoffs("a\0b")) == "KF0880"
    assert code_of(lambda: load(PLAIN).with_cutoffs(tmp_path)) == "KF0880"


def test_a_file_is_small_and_readable(load, tmp_path):
    """Ten numbers a term but for percentiles, whatever the number of members."""
    text = HEAD + TERMS.format(within="", by="").replace(
        "define a_rank of account as percentile of revenue among accounts", "define a_rank of account as 5%"
    )
    sizes = [written(load, tmp_path, text, size).stat().st_size for size in (50, 2_000)]
    assert sizes[1] < 2_000
    body = json.loads((tmp_path / "c.json").read_text(encoding="utf-8").split("\n", 1)[1])
    assert body["terms"][0]["groups"][0]["answers"] == ["C", "B", "A"]
