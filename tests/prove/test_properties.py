"""What comes with a verdict: the record, the day it begins to fail, the reason for no verdict, the replay."""

from __future__ import annotations

import time

import pytest

from kamflow.core.expr import Op
from kamflow.engines.interp import apply_op, interpreter
from kamflow.engines.smt import encode, world
from kamflow.prove.intervals import Days
from kamflow.prove.properties import NotDecided, Proved, Refuted, try_property
from kamflow.prove.property_findings import refuted
from kamflow.prove.replay import ReplayError
from kamflow.values.dates import day_from_iso
from kamflow.values.rounding import Rounding, round_div
from tests.prove.brute import load


def day(text: str) -> int:
    found = day_from_iso(text)
    assert found is not None
    return found


YEARS = Days(day("2024-01-01"), day("2027-12-31"))
DEAL = "record deal\n  n : number with 0 decimals, 0 to 100\n  m : number with 0 decimals, 0 to 100\nend\n"


def verdict(text, days=YEARS):
    program = load(text)
    return try_property(program, program.properties[0], days)


def finding(text, days=YEARS):
    program = load(text)
    found = try_property(program, program.properties[0], days)
    assert isinstance(found, Refuted)
    return refuted(program.properties[0], found)


# ---- what is shown


def test_only_the_fields_that_matter_are_shown():
    said = finding(f'{DEAL}define twice of deal as 2 * n + 0 * m\nalways "small"\n  twice <= 50 or m < 0\n')
    assert said.code == "KF0401"
    assert said.message.en.startswith('Not always true: "small": n ')
    assert "m " not in said.message.en.split('"small"')[1]
    assert "twice" in said.message.en
    assert said.message.zh.startswith("并不总是成立：“small”：n ")


def test_a_property_that_breaks_on_a_later_day_says_so_once():
    text = (
        "parameter bar : number\n  from 2024-01-01 : 10\n  from 2026-01-01 : 60\n"
        "  from 2026-07-01 : 70\nend\n"
        f'{DEAL}always "n is fine"\n  n >= 50 implies n >= bar\n'
    )
    assert finding(text).message.en.startswith('From 2026-01-01: Not always true: "n is fine"')
    assert finding(text).message.zh.startswith("自 2026-01-01 起：")
    assert isinstance(verdict(text, Days(YEARS.first, day("2025-12-31"))), Proved)


def test_a_property_that_fails_from_the_first_day_on_names_no_day():
    assert finding(f'{DEAL}never "n is 7"\n  n = 7\n').message.en == 'This can happen: "n is 7": n 7'


def test_both_records_of_a_broken_order_are_shown_with_the_rows_that_answered():
    said = finding(
        f"{DEAL}decision off of deal : percent\n  table unique\n    | n           || off |\n"
        "    | below 10    ||  0% |\n    | 10 to 49    ||  5% |\n    | above 49    ||  3% |\nend\n"
        'always "more is better"\n  off does not fall when n rises\n'
    )
    assert said.code == "KF0402"
    assert "n 49 -> 50" in said.message.en
    assert said.message.en.endswith("off 5% -> 3%")
    assert [label.text.en for label in said.labels] == ["answers before", "answers after"]


def test_a_definition_as_driver_is_free_while_everything_else_stays():
    text = (
        f"{DEAL}define score of deal as n + m\n"
        "decision off of deal : number as 3 when score >= 7, score when n > m, otherwise 1\n"
        'always "better"\n  off does not fall when score rises\n'
    )
    assert "score " in finding(text).message.en
    assert isinstance(verdict(text.replace("score when n > m, ", "")), Proved)


def test_personal_fields_are_not_said():
    text = 'record deal\n  who : text, personal(sales)\nend\nnever "it is he"\n  who = "Li"\n'
    program = load(text, "clamp\n  purpose sales")
    found = try_property(program, program.properties[0], YEARS)
    assert isinstance(found, Refuted)
    assert refuted(program.properties[0], found).message.en == 'This can happen: "it is he": who (personal)'


def test_texts_of_a_record_that_is_found_are_shown_in_quotes():
    said = finding('record deal\n  a : text\nend\nnever "x"\n  a = "Li"\n')
    assert said.message.en.endswith('a "Li"')


# ---- child lists and populations

ORDERS = (
    "record order\n  amount : money, 0 CNY to 1,000 CNY\n  ok : yes/no\nend\n"
    "record deal\n  orders : list of order, default [], up to 500 items\nend\n"
    "define total of deal as sum of amount of orders\n"
)


def test_a_proof_holds_for_lists_of_any_length():
    assert isinstance(verdict(f'{ORDERS}always "t"\n  total <= 500,000 CNY\n'), Proved)
    assert isinstance(
        verdict(f'{ORDERS}always "t"\n  (count of orders where ok) = 0 or total >= 0 CNY\n'), Proved
    )


def test_an_example_has_a_list_of_a_few_entries():
    said = finding(f'{ORDERS}always "t"\n  total <= 1,500 CNY\n')
    assert "orders [" in said.message.en


def test_what_only_a_long_list_shows_is_not_decided():
    found = verdict(f'{ORDERS}always "t"\n  total <= 4,000 CNY\n')
    assert isinstance(found, NotDecided)
    assert "longer lists" in found.why.en


RANKED = (
    "record deal\n  n : number, 0 to 100\nend\npopulation all_of_them is deal where n > 0\n"
    "define place of deal as percentile of n among all_of_them\n"
    "define good of deal as place is present and place >= 50%\n"
)


def test_a_population_term_is_free_but_keeps_the_order_of_its_measure():
    assert isinstance(
        verdict(f'{RANKED}decision x of deal : number as 2 when good, otherwise 1\nalways "m"\n'
                "  x does not fall when n rises\n"), Proved,
    )  # fmt: skip
    assert isinstance(verdict(f'{RANKED}always "out"\n  n = 0 implies place is missing\n'), Proved)
    said = finding(f'{RANKED}never "g"\n  good\n')
    assert "place " in said.message.en


GROUPED = RANKED.replace("n : number, 0 to 100", "n : number, 0 to 100\n  m : number, 0 to 9").replace(
    "define place of deal as percentile of n among all_of_them\n",
    "define big of deal as m > 5\ndefine place of deal as percentile of n among all_of_them within big\n",
)


def test_within_a_group_the_order_holds_for_records_of_one_group_only():
    good = f"{GROUPED}decision x of deal : number as 2 when good, otherwise 1\n"
    assert isinstance(verdict(f'{good}always "m"\n  x does not fall when n rises\n'), Proved)
    assert not isinstance(verdict(f'{good}always "m"\n  x does not fall when m rises\n'), Proved)


# ---- no verdict

HARD = "record deal\n" + "".join(f"  {x} : number with 0 decimals, 1 to 1,000,000\n" for x in "abc") + "end\n"


@pytest.mark.parametrize(
    "body",
    [
        "a * a * a + b * b * b != c * c * c",
        "a * a * b != c * c * c + 7 or a * b * c != b * b * b + 11",
        "(a * b) * (b * c) * (a + c) != 123,456,789,012,345,679",
    ],
)
def test_hard_questions_end_within_their_limit_without_a_verdict(body):
    start = time.process_time()
    found = verdict(f'{HARD}always "h"\n  {body}\n', Days(YEARS.first, YEARS.first))
    assert isinstance(found, NotDecided)
    assert "multiplied or divided" in found.why.en
    assert "相乘" in found.why.zh
    assert time.process_time() - start < 60  # a limit of steps, not of seconds: this only bounds it


def test_what_stays_when_the_driver_moves_need_not_be_looked_at(monkeypatch):
    """``odd`` is too large for a question; whatever it is, it is the same before and after."""
    monkeypatch.setattr(world, "MOST_NODES", 300)
    parts = "".join(f"define d{i} of deal as {' + '.join(['m'] * 20)}\n" for i in range(10))
    sums = " + ".join(f"d{i}" for i in range(10))
    text = (
        f"{DEAL}{parts}define odd of deal as {sums} > 7\n"
        "decision off of deal : number\n  table first\n    | odd | n     || off |\n"
        "    | yes | at least 50 || 1 |\n    | yes | any || 2 |\n"
        "    | no  | at least 70 || 3 |\n    | no  | any || {last} |\nend\n"
        'always "more is not worse"\n  off does not rise when n rises\n'
    )
    assert verdict(text.replace("{last}", "4")) == Proved()
    assert isinstance(verdict(text.replace("{last}", "2")), NotDecided)  # a record takes the whole question


def test_the_same_question_has_the_same_answer_twice():
    text = f'{HARD}always "h"\n  round(a * b / c, 1) <= a + b + 1,000\n'
    first, second = verdict(text), verdict(text)
    assert isinstance(first, Refuted)
    assert isinstance(second, Refuted)
    assert [r.record.fields for r in first.records] == [r.record.fields for r in second.records]


# ---- the replay

ROUNDED = (
    'record deal\n  x : number with 1 decimals, -3 to 3\nend\nalways "r"\n  round(x, 1, {mode}) != {value}\n'
)


def test_a_planted_bug_of_the_interpreter_makes_the_replay_fail(monkeypatch):
    text = ROUNDED.format(mode="half_up", value=3)
    assert isinstance(verdict(text), Refuted)
    monkeypatch.setattr(interpreter, "round_div", lambda n, d, mode: round_div(n, d, Rounding.HALF_EVEN) % 2)
    with pytest.raises(ReplayError):
        verdict(text)


def test_a_planted_bug_of_the_encoding_makes_the_replay_fail(monkeypatch):
    right = encode.apply_op
    monkeypatch.setattr(
        encode, "apply_op", lambda w, op, args, types: right(w, Op.LT if op is Op.LE else op, args, types)
    )
    with pytest.raises(ReplayError, match="interpreter"):
        verdict(f'{DEAL}always "le"\n  n <= n + 0 * m\n')


def test_a_planted_bug_makes_the_replay_of_two_records_fail(monkeypatch):
    text = f'{DEAL}decision x of deal : number as min(n, 50)\nalways "up"\n  x does not rise when n rises\n'
    assert isinstance(verdict(text), Refuted)
    right = apply_op._on_ints
    monkeypatch.setattr(apply_op, "_on_ints", lambda op, a: 3 if op is Op.MIN else right(op, a))
    with pytest.raises(ReplayError):
        verdict(text)


def test_a_fact_that_the_interpreter_sees_in_the_example_makes_the_replay_fail(monkeypatch):
    text = f'{DEAL}impossible when n > 5\nnever "n is 3"\n  n = 3\n'
    assert isinstance(verdict(text), Refuted)
    right = apply_op._on_ints
    monkeypatch.setattr(apply_op, "_on_ints", lambda op, a: True if op is Op.LT else right(op, a))
    with pytest.raises(ReplayError, match="impossible"):
        verdict(text)
