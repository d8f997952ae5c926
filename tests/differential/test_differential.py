"""Generated policies mean one thing: every variant decides what the interpreter decides.

Counted as a decision: one policy x record x day x variant compared with the interpreter (typed plain,
typed traced; raw fast and raw traced where they did not decline; ``Engine.evaluate`` on one day).
`make diff` and `make diff-long` run more of the same.
"""

from __future__ import annotations

import random

import pytest

from kamflow.engines.interp.interpreter import Interpreter
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.values.outcome import Decided
from tests.differential.gen_policy import DAYS, PolicyGen, policy_of
from tests.differential.gen_record import RecordGen
from tests.differential.planted import PLANTED
from tests.differential.rig import PLACE, ROOT, Loaded, Mismatch, Tally, load, rerun, run_seed, seeds
from tests.differential.shrink import CASES, read, shrink

DECISIONS = 100_000
EVERYTHING = {
    # nodes; a Table is gone after the passes
    "PopTerm", "PopTerm.CLASSIFY", "PopTerm.PERCENTILE", "PopTerm.SHARE", "PopTerm.QUANTILE",
    "PopTerm.grouped", "group", "group without total",
    "Aggregate", "Apply", "Choose", "DivRound", "Gather", "Get", "If", "IsPresent", "ListOf", "Lit",
    "Override", "Param", "Pick", "Ref", "Struct", "Today", "Unwrap", "Var",
    # operators
    "ADD", "SUB", "MUL", "NEG", "ABS", "MIN", "MAX", "LT", "LE", "EQ_INT", "EQ_TEXT", "EQ_BOOL", "AND", "OR",
    "NOT", "ADD_MONTHS_CLAMP", "ADD_MONTHS_NEXT", "WHOLE_MONTHS", "YEAR_OF", "MONTH_OF",
    # hit policies, rounding modes, folds
    "UNIQUE", "FIRST", "COLLECT",
    "HALF_UP", "HALF_EVEN", "UP", "DOWN", "FLOOR", "CEILING",
    "Aggregate.SUM", "Aggregate.MIN", "Aggregate.MAX", "Aggregate.COUNT", "Aggregate.DISTINCT",
    "Gather.SUM", "Gather.MIN", "Gather.MAX", "Gather.COUNT", "Gather.LIST",
}  # fmt: skip


@pytest.fixture(scope="module")
def tally() -> Tally:
    found = Tally()
    for seed in seeds():
        if found.decisions >= DECISIONS:
            return found
        run_seed(seed, 200, 2, found)
    raise AssertionError("seeds never end")


def test_every_variant_decides_what_the_interpreter_decides(tally):
    assert tally.decisions >= DECISIONS
    assert min(tally.by_variant[v] for v in ("plain", "traced", "fast", "fast traced", "evaluate")) > 5_000


def test_most_generated_policies_pass_the_checker_and_the_others_get_findings(tally):
    assert sum(tally.refused.values()) <= 0.3 * tally.policies
    assert all(code.startswith("KF") for code in tally.refused)


def test_the_mix_could_show_a_difference(tally):
    """A run in which every comparison fails or nothing is missing would prove nothing."""
    met, decided = tally.met, tally.outcomes
    assert EVERYTHING - met.keys() == set()
    assert met["true"] >= 0.30 * met["compared"]
    assert met["missing"] >= 0.15 * met["asked"]
    assert met["inexact"] >= 0.05 * met["DivRound"]
    read = sum(decided.values()) - decided["Unreadable"]
    assert 0.01 * read <= read - decided["Decided"] <= 0.30 * read
    assert {"NO_ROW", "TWO_ROWS", "OVERRIDES_DISAGREE", "Contradicts", "Unreadable"} <= decided.keys()


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug, monkeypatch):
    PLANTED[bug](monkeypatch)
    with pytest.raises(Mismatch):
        run_until_found()


def run_until_found() -> None:
    for seed in range(360):
        if seed % 4:  # the fourth spends its time on the text
            run_seed(seed, 30, 1, Tally())


@pytest.mark.parametrize("path", sorted(CASES.glob("*.kam")), ids=lambda p: p.stem)
def test_a_difference_found_once_stays_away(path):
    text, raw, day, why = read(path)
    assert isinstance(load(text), Loaded), why
    assert rerun(text, raw, day) is None, why


def test_the_order_of_declarations_changes_nothing_that_is_decided():
    """Only the numbers of rules, and which of several undecided definitions is named, follow the text."""
    for seed in range(1, 60, 2):
        policy = PolicyGen(seed, flat=False).policy()
        loaded = load(policy.text)
        random.Random(seed).shuffle(policy.blocks)
        again = load(policy.text)
        assert isinstance(loaded, Loaded) == isinstance(again, Loaded)
        if isinstance(loaded, Loaded) and isinstance(again, Loaded):
            gen = RecordGen(seed, loaded.lowered, DAYS)
            for raw in (gen.record(ROOT) for _ in range(12)):
                assert decided(loaded, raw) == decided(again, raw)


def decided(loaded: Loaded, raw: dict[str, object]) -> object:
    read = RecordReader(loaded.lowered.records[ROOT], loaded.lowered).read(raw, PLACE)
    if not isinstance(read, ReadRecord):
        return "unreadable"
    outcome = Interpreter(loaded.lowered, DAYS[1]).decide(loaded.plan, read.record)
    if not isinstance(outcome, Decided):
        return type(outcome)
    return dict(zip(loaded.plan.outputs, outcome.values, strict=True))


def test_a_failing_case_shrinks_to_what_it_needs(monkeypatch):
    PLANTED["< for <="](monkeypatch)
    text, found = first_failure()
    small, raw = shrink(text, found)
    again = rerun(small, raw, found.day, with_text=False)
    assert again is not None
    assert again.kind == found.kind
    assert len(small.splitlines()) < len(text.splitlines()) / 2


def first_failure() -> tuple[str, Mismatch]:
    for seed in seeds(2):
        try:
            run_seed(seed, 30, 1, Tally())
        except Mismatch as found:
            return policy_of(seed).text, found
    raise AssertionError("seeds never end")


HEADER = "policy p\n  currency CNY\n  month end clamp\nend\n"
BIG = "record deal\n  b : number with 0 decimals\nend\ndefine w of deal as b * b * b * b\n"
REFUSED = {
    "half a month moves a date": (
        "KF0208",
        "record deal\n  d : date\n  m : months\nend\ndecision x of deal : date\n  as d + m * 0.5\nend\n",
    ),
    "half a day moves a date": (
        "KF0210",
        "record deal\n  d : date\n  m : days\nend\ndecision x of deal : date\n  as d + m * 0.5\nend\n",
    ),
    "decimals for a comparison make it too wide": (
        "KF0211",
        f"{BIG}decision x of deal : yes/no\n  as w > 0.0001\nend\n",
    ),
    "decimals for a sibling make it too wide": (
        "KF0211",
        f"{BIG}decision x of deal : number\n  as w when b > 3, otherwise 1.2345\nend\n",
    ),
    "decimals for a cell make it too wide": (
        "KF0211",
        f"{BIG}decision x of deal : number\n  table first\n    | w || x |\n    | below 0.0001 || 1 |\n"
        "    | any || 2 |\nend\n",
    ),
    "rows together are too wide": (
        "KF0211",
        f"{BIG}decision x of deal : number\n  table collect sum\n    | b || x |\n"
        "    | any || w * 90 |\n    | any || w * 90 |\nend\n",
    ),
    "a condition apart is too wide": (
        "KF0211",
        f"{BIG}decision x of deal : number\n  as b\nend\nnever of deal when w > 0.0001\n".replace(
            "never of deal when", 'never "w is small" of deal\n ',
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_engine_could_keep_exactly_is_refused(what):
    code, body = REFUSED[what]
    assert load(HEADER + body) == [code]
