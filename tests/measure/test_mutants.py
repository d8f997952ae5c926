"""Slips: which are made, which are noticed, and that the edit shown is what was tried."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from kamflow.base.span import Span
from kamflow.core.ty import ScaledTy
from kamflow.measure.mutants import Workshop, edited_project, sampled
from kamflow.measure.readings import read_tests
from kamflow.project.load import load_project
from tests.measure.planted import HEAD, load, mutants_of, readings_of, slips

ROOT = Path(__file__).resolve().parents[2]

TABLE = (
    HEAD
    + """
decision tier of customer : tier
  table unique
    | score || tier |
    | at least 80 || top |
    | below 80 || low |
end
"""
)


def edges(given: str = "79") -> str:
    return f"""
test "edges"
  given customers
    | id | score |
    | "a" | 80 |
    | "b" | {given} |
  expect customers
    | id | tier |
    | "a" | top |
    | "b" | low |
end
"""


def test_the_slips_of_a_table_are_those_of_a_person() -> None:
    assert slips(TABLE) == [
        ("| at least 80 || top |", "| above 80 || top |"),
        ("| at least 80 || top |", "| at least 79 || top |"),
        ("| at least 80 || top |", "| at least 80 || mid |"),
        ("| at least 80 || top |", ""),
        ("| below 80 || low |", "| at most 80 || low |"),
        ("| below 80 || low |", "| below 79 || low |"),
        ("| below 80 || low |", "| below 80 || mid |"),
        ("| below 80 || low |", ""),
        (
            "| at least 80 || top |\n| below 80 || low |",
            "| at least 80 || low |\n| below 80 || top |",
        ),
    ]  # `above 80` with one more is not made again: whoever notices one notices the other


def test_values_at_the_edge_notice_every_slip() -> None:
    assert slips(TABLE + edges(), survived=True) == []


def test_a_value_far_from_the_edge_lets_the_moved_bounds_survive() -> None:
    assert slips(TABLE + edges("70"), survived=True) == [
        ("| at least 80 || top |", "| at least 79 || top |"),
        ("| below 80 || low |", "| below 79 || low |"),
    ]


def test_without_tests_every_slip_survives() -> None:
    assert len(slips(TABLE, survived=True)) == len(slips(TABLE)) == 9


def test_a_slip_that_means_the_same_is_not_made() -> None:
    same = (
        HEAD
        + """
decision good of customer : yes/no as score >= 0
decision late of customer : yes/no as debt is present and debt > 99 days
"""
    )
    made = slips(same)
    # a count from 0 to 100 is always at least 0: `> 0` differs at 0, `>= -1` does not
    assert ("decision good of customer : yes/no as score >= 0",
            "decision good of customer : yes/no as score > 0") in made  # fmt: skip
    assert not any("score >= -1" in new for _, new in made)
    # more than 99 of at most 100 days: 100 is left, nothing above it
    assert any("debt > 100 days" in new for _, new in made)


def test_a_slip_that_does_not_compile_is_not_made() -> None:
    # `or` would read a value that may be missing, and so would the comparison alone
    text = HEAD + "\ndecision late of customer : yes/no as debt is present and debt > 10 days\n"
    assert not any(" or " in new for _, new in slips(text))
    assert not any(new.endswith("as debt > 10 days") for _, new in slips(text))


MANY = (
    HEAD
    + """
parameter from_score : count
  from 2025-01-01 : 50
  from 2026-01-01 : 60
end

decision good of customer : yes/no as score >= from_score or vip
decision price of customer : money as round(max(spent, 10 CNY) * 50% + 1 CNY, 0.01 CNY)

decision tier of customer : tier
  when vip then top
  otherwise when score > 50 then mid
  otherwise low
end

rule cap overrides tier
  when debt is present and debt > 10 days
  then tier = low
end

scorecard total of customer
  criterion a weight 40% on score
    | at least 50 | 10 |
    | below 50 | 0 |
  criterion b weight 60% on vip
    | yes | 10 |
    | no | 0 |
end
"""
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from 2025-01-01 : 50", "from 2025-01-01 : 49"),
        ("from 2026-01-01 : 60", "from 2026-01-01 : 61"),
        ("score >= from_score or vip", "score > from_score or vip"),
        ("score >= from_score or vip", "score >= from_score and vip"),
        ("score >= from_score or vip", "score >= from_score or not vip"),
        ("score >= from_score or vip", "as vip"),
        ("max(spent", "min(spent"),
        ("+ 1 CNY", "- 1 CNY"),
        ("0.01 CNY)", "0.01 CNY, down)"),
        ("0.01 CNY)", "0.1 CNY)"),
        ("when vip then top", "when not vip then top"),
        ("otherwise when score > 50 then mid", ""),
        ("score > 50", "score >= 50"),
        ("then tier = low", "then tier = mid"),
        ("rule cap overrides tier", ""),
        ("weight 40%", "weight 41%"),
        ("| at least 50 | 10 |", "| at least 50 | 11 |"),
    ],
)
def test_a_slip_of_each_sort_is_made(old: str, new: str) -> None:
    assert any(old in before and new in after for before, after in slips(MANY))


SOME_TESTS = """
test "a customer with debts" as of 2026-06-01
  given customer
    score = 50
    debt = 11 days
    vip = yes
    spent = 20.01 CNY
  expect good = yes
  expect price = 11.01 CNY
  expect tier is low
  expect total = 10
end
"""


def test_only_tests_that_read_a_parameter_on_a_day_of_its_value_are_tried() -> None:
    text = (
        MANY
        + """
test "before" as of 2025-06-01
  given customer
    score = 50
    vip = no
  expect good = yes
end
"""
    )
    by_value = {m.slip.edits[0].new_text: m for m in mutants_of(text) if m.kind.value == "parameter"}
    assert {v: (m.tried, m.survived) for v, m in by_value.items()} == {
        "49": (1, True), "51": (1, False), "59": (0, True), "61": (0, True),
    }  # fmt: skip


def test_an_expectation_that_fails_already_notices_nothing() -> None:
    wrong = edges().replace('"a" | top', '"a" | mid')
    assert ("| at least 80 || top |", "| above 80 || top |") in slips(TABLE + wrong, survived=True)


# ---- the edit that is shown is what was tried


def bare(node: object) -> object:
    """A node without spans, and without the ranges of types: those follow from the values."""
    if isinstance(node, ScaledTy):
        return (node.unit, node.scale)
    if isinstance(node, tuple):
        return tuple(bare(x) for x in node)
    if is_dataclass(node) and not isinstance(node, type | Span):
        return (type(node).__name__, *(bare(getattr(node, f.name)) for f in fields(node) if f.compare))
    return node


@pytest.mark.parametrize("which", ["a policy of 170 lines", "every sort of slip"])
def test_the_edit_of_every_mutant_loaded_from_its_text_is_that_mutant(which: str) -> None:
    project = load_project([ROOT / "examples/retail"]) if "lines" in which else load(MANY + SOME_TESTS)
    workshop = Workshop(project, read_tests(project, set(project.sources)))
    made = list(workshop.mutants(workshop.places(set(project.sources))))
    assert len(made) > 45
    for mutant in made:
        again = edited_project(project, mutant.slip.edits)
        assert [f.message.en for f in again.findings if f.is_error] == []
        for variant in mutant.variants:
            other = again.stretch_on(variant.stretch.start)
            assert other is not None
            assert other.lowered is not None
            assert {k: p.versions for k, p in other.lowered.params.items()} == {
                k: p.versions for k, p in variant.lowered.params.items()
            }
            for key, d in variant.lowered.defs.items():
                if key in other.lowered.defs and mutant.kind.value != "drop-rule":
                    assert bare(other.lowered.defs[key].body) == bare(d.body), mutant.slip.edits
        # and its tests say the same: those that fail there are those that noticed it
        failing = {r.case.title for r in read_tests(again, set(again.sources)) if not r.holds}
        assert (mutant.noticed_by is None) == (not failing)
        assert mutant.noticed_by is None or mutant.noticed_by in failing


def test_a_limit_takes_the_same_slips_every_time_in_the_order_of_the_text() -> None:
    project = load(MANY)
    workshop = Workshop(project, readings_of(project))
    places = workshop.places(set(project.sources))
    some = sampled(places, 7)
    assert len(some) == 7
    assert [p for p in places if p in some] == some
    assert sampled(list(reversed(places)), 7)[::-1] == some
    assert sampled(places, 10_000) == places


_JSON = ("--output-format", "json")


def test_results_do_not_depend_on_the_order_of_hashes(tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(MANY, encoding="utf-8")
    said = set()
    for seed in ("0", "1", "77"):
        done = subprocess.run(
            [sys.executable, "-m", "kamflow", "test", "p.kam", "--mutate", "--cov", *_JSON],
            cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1
