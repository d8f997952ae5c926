"""Each operator at the edges of its operands, and all that decides which part of a policy is reached."""

from __future__ import annotations

from itertools import product

import pytest

from kamflow.core.program import make_plan
from kamflow.engines.interp import Interpreter
from kamflow.values.outcome import Decided, NotDecided
from tests.sql.rig import DAY, check, compiled, lowered, outcomes, same, typed

EDGE = (-(10**9), -50, -3, -1, 0, 1, 2, 49, 50, 10**9)
PAIRS = [{"a": a, "b": b} for a, b in product(EDGE, EDGE)]
AMOUNTS = "record deal\n  a : number with 0 decimals\n  b : number with 0 decimals\nend\n"
FORMULAS = (
    "a + b", "a - b", "a * b", "-a", "abs(a)", "min(a, b)", "max(a, b)", "min(a, b, 7)", "max(a, 3)",
    "min(a, a)", "a * a * b", "(a + b) * (a - b)", "abs(a - b) * b",
)  # fmt: skip
TESTS = (
    "a < b", "a <= b", "a = b", "a is not b", "not a < b", "a < b and b < 50", "a < b or b < 0",
    "a >= -1 and a <= 49", "a is one of (1, 2, 49)", "a > 0 implies b > 0",
)  # fmt: skip


def decisions(kind: str, bodies: tuple[str, ...]) -> str:
    return "".join(f"decision d{i} of deal : {kind}\n  as {x}\nend\n" for i, x in enumerate(bodies))


def test_arithmetic_on_edges():
    check(AMOUNTS + decisions("number", FORMULAS), PAIRS)


def test_conditions_on_edges():
    want = check(AMOUNTS + decisions("yes/no", TESTS), PAIRS)
    told = {w.values for w in want if isinstance(w, Decided)}
    assert all({v[i] for v in told} == {True, False} for i in range(len(TESTS)))


@pytest.mark.parametrize(("decimals", "most"), [(0, 100), (0, 10**9), (6, 10**9), (6, 10**12)])
def test_products_are_exact_in_every_width(decimals, most):
    field = f"number with {decimals} decimals, {-most} to {most}"
    text = f"record deal\n  a : {field}\n  b : {field}\nend\n"
    values = (-most, most, 1, 0, -1, most - 1)
    check(
        text + decisions("number", ("a * b", "a * b - a", "-a - b", "abs(a) * abs(b)", "min(a * b, a)")),
        [{"a": a, "b": b} for a, b in product(values, values)],
    )


def test_narrow_columns_are_widened_before_arithmetic():
    """127 * 127 does not fit what holds 127."""
    text = "record deal\n  a : count, 0 to 127\n  b : count, 0 to 127\nend\n"
    bodies = ("a * b", "a + b", "a * 100", "-a - b", "a * b * 2 - b", "max(a, 100) * b")
    check(text + decisions("number", bodies), [{"a": a, "b": b} for a in (0, 1, 127) for b in (0, 126, 127)])


def test_texts_are_equal_by_their_characters_alone():
    words = ("a", "A", "a ", "ä", "a\u0308", "", "'", "ß", "ss", "\ufb01", "fi", "😀")
    text = "record deal\n  a : text\n  b : text\nend\n"
    bodies = ("a = b", 'a = "a"', 'a is one of ("ß", "fi", "\'")')
    raws = [{"a": a, "b": b} for a, b in product(words, words)]
    want = check(text + decisions("yes/no", bodies), raws)
    assert sum(w.values[0] is True for w in want if isinstance(w, Decided)) == len(words)


OPTIONAL = (
    "record deal\n  a : number with 0 decimals, optional\n  b : number with 0 decimals, optional\n"
    "  t : text, optional\n  y : yes/no, optional\nend\n"
)
GAPS = [
    {k: v for k, v in {"a": a, "b": b, "t": t, "y": y}.items() if v is not None}
    for a, b, t, y in product((None, 0, 5), (None, 0, 5), (None, "x"), (None, True, False))
]


def test_a_condition_is_true_or_false_and_missing_is_asked_for():
    bodies = (
        "a is missing", "a is present", "a is present and a > 3", "a is missing or a > 3",
        "a is present implies a > 3", "not (a is present and a > 3)", "(a otherwise 7) > (b otherwise 3)",
        "t is present and t = \"x\"", "y is present and y", "y is missing or not y",
        "a is present and b is present and a < b",
    )  # fmt: skip
    want = check(OPTIONAL + decisions("yes/no", bodies), GAPS)
    for values in (w.values for w in want if isinstance(w, Decided)):
        assert all(isinstance(v, bool) for v in values)


def test_a_condition_its_negation_and_missing_are_all_there_is():
    text = OPTIONAL + "".join(
        f"decision d{i} of deal : count\n  when {c} then 1\n  otherwise 0\nend\n"
        for i, c in enumerate(("a is present and a > 3", "a is present and not a > 3", "a is missing"))
    )
    want = check(text, GAPS)
    assert all(sum(w.values) == 1 for w in want if isinstance(w, Decided))


def test_arithmetic_lets_missing_through():
    bodies = ("a + b", "a * 3 otherwise 9", "min(a, b) otherwise -1", "max(a, 3) otherwise -1", "abs(a - b)")
    kinds = ["otherwise" in b for b in bodies]
    kept = tuple(b if k else f"{b} otherwise 99" for b, k in zip(bodies, kinds, strict=True))
    check(OPTIONAL + decisions("number", kept), GAPS)


def test_a_part_that_is_not_reached_can_neither_overflow_nor_divide_by_zero():
    """What is behind a guard is computed for all records at once, for all the guard says."""
    most = 10**17
    text = (
        f"record deal\n  a : number with 0 decimals, {-most} to {most}\n"
        f"  b : number with 0 decimals, {-most} to {most}\nend\n"
        "decision d of deal : number\n  when a >= 0 and a <= 9 and b >= 0 and b <= 9 then a * b * a * b\n"
        "  otherwise 0\nend\n"
        "decision q of deal : number with 0 decimals\n  when b > 0 then round(a / b, 1)\n"
        "  otherwise -1\nend\n"
        "define third of deal as round(a / 3, 1) when b > 0, otherwise a\n"
        "decision e of deal : number\n  when third >= -9 and third <= 9 then third * third * third\n"
        "  otherwise 0\nend\n"
    )
    values = (-most, -1, 0, 1, 9, 10, most)
    check(text, [{"a": a, "b": b} for a, b in product(values, values)])


TABLES = (
    AMOUNTS + "decision u of deal : count\n  table unique\n    | a || u |\n    | below 0 || 1 |\n"
    "    | 0 to 50 || 2 |\n    | at least 49 || 3 |\nend\n"
    "decision f of deal : number\n  table first\n    | a | b || f |\n    | below 0 | any || a |\n"
    "    | any | below 2 || b * 2 |\n    | any | 50 || 9 |\n  otherwise a - b\nend\n"
    "decision s of deal : number\n  table collect sum\n    | a || s |\n    | below 2 || a |\n"
    "    | at least 0 || 5 |\n    | 1 || b |\nend\n"
    "decision n of deal : count\n  table collect count\n    | a || n |\n    | below 2 || 1 |\n"
    "    | at least 0 || 1 |\nend\n"
    "decision l of deal : list of number\n  table collect list\n    | a || l |\n    | below 2 || a |\n"
    "    | at least 0 || 5 |\n    | 1 || b |\nend\n"
    "decision g of deal gives x : number, y : text\n  table collect list\n    | a || x | y |\n"
    '    | below 2 || a | "one" |\n    | at least 0 || 5 | "two" |\nend\n'
)


def test_tables_say_which_row_answers():
    want = check(TABLES, PAIRS)
    assert {w.why.name for w in want if isinstance(w, NotDecided)} == {"TWO_ROWS"}
    assert sum(isinstance(w, Decided) for w in want) > 50


OVERRIDES = (
    AMOUNTS + "decision d of deal : number\n  as a\nend\n"
    "rule one overrides d\n  when a > 0\n  then d = 1\nend\n"
    "rule two overrides d, one\n  when b > 0\n  then d = 2\nend\n"
    "rule three overrides d\n  when b > 1 and a > 1\n  then d = min(b, 3)\nend\n"
    "rule four overrides d, two, three\n  when a = 50\n  then d = b\nend\n"
)


def test_overrides_beat_agree_or_disagree():
    want = check(OVERRIDES, PAIRS)
    assert any(isinstance(w, NotDecided) for w in want)
    applied = {w.overrides for w in want if isinstance(w, Decided)}
    assert len(applied) > 5


def test_facts_that_no_record_has_are_declined():
    text = AMOUNTS + "decision d of deal : number\n  as a + b\nend\nimpossible of deal when a = b\n"
    want = check(text, PAIRS)
    assert sum(not isinstance(w, Decided) for w in want) == len(EDGE)


def test_parameters_count_on_the_day_and_can_be_overlaid():
    text = (
        "record deal\n  a : count\nend\n"
        "parameter from_ : count\n  from 2024-01-01 : 5\n  from 2024-06-01 : 50\nend\n"
        "decision d of deal : yes/no\n  as a >= from_\nend\n"
    )
    program = lowered(text)
    plan = make_plan(program, "deal")
    records = typed(program, "deal", [{"a": a} for a in (4, 5, 49, 50, 700)])
    for day, overlay in ((DAY, {}), (DAY + 60, {}), (DAY, {"from_": 700})):
        law = Interpreter(program, day, param_overlay=overlay)
        got = outcomes(program, plan, records, day, overlay=overlay)
        assert all(same(g, law.decide(plan, r)) for g, r in zip(got, records, strict=True))
        assert len({g.values for g in got if g is not None}) == 2


def test_a_plan_without_rows_has_the_values_alone():
    program = lowered(TABLES)
    plan = make_plan(program, "deal", ("f",))
    made = compiled(program, plan, rows=False)
    assert made.columns == ("row", "ok", "v0")
    assert made.reads == {"t0": ("c0", "c1")}
    assert compiled(program, plan).columns == ("row", "ok", "v0", "r0")


def test_a_plan_says_whether_it_may_decline_what_has_an_answer():
    inner = "record part\n  n : count\nend\ndecision x of part : count\n  table unique\n    | n || x |\n"
    inner += "    | below 5 || 1 |\nend\nrecord whole\n  p : part\nend\n"
    inner += "decision y of whole : count\n  as p.x\nend\n"
    program = lowered(TABLES + inner)
    assert not compiled(program, make_plan(program, "deal")).declines
    assert not compiled(program, make_plan(program, "part")).declines
    assert compiled(program, make_plan(program, "whole")).declines
