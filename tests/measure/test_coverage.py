"""What tests reach, against counts made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.measure.coverage import Tally, measure_coverage
from kamflow.measure.places import Group, PlaceKind
from kamflow.measure.readings import read_tests
from kamflow.project.load import load_project
from tests.measure.planted import HEAD, cover

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    HEAD
    + """
parameter top_from : count
  from 2025-01-01 : 80
  from 2026-01-01 : 90
end

define late of customer as debt is present and debt > 10 days
define fee of customer as 5 CNY when late, 1 CNY when vip, otherwise 0 CNY
define days of customer as debt otherwise 0 days

decision tier of customer : tier
  table unique
    | score            || tier |
    | at least top_from || top |
    | 50 to below top_from || mid |
    | below 50 || low |
end

decision points of customer : count
  table collect sum
    | score       || points |
    | at least 10 ||      1 |
    | at least 20 ||      2 |
end

decision word of customer : text
  when late then "late"
  otherwise when vip then "vip"
  otherwise "plain"
end

rule cap overrides tier
  when late and tier is top
  then tier = mid
end

rule lift overrides tier, cap
  when vip and tier is below top
  then tier = top
end

scorecard total of customer
  criterion a weight 50% on score
    | at least 50 | 10 |
    | below 50 | 0 |
  criterion b weight 50% on vip
    | yes | 10 |
    | no | 0 |
end

impossible of customer when vip and score = 0
  because "nobody is a customer of this kind"
"""
)
TEST = """
test "one customer" as of 2025-06-01
  given customer
    score = 80
    debt = missing
    vip = no
  expect tier is top
  expect points = 3
  expect word = "plain"
  expect total = 5
end
"""


def missed(text: str) -> set[tuple[str, str, int]]:
    return {
        (c.place.kind.value, c.place.owner, c.place.number) for p in cover(text).policies for c in p.missed
    }


def test_without_tests_nothing_is_reached() -> None:
    coverage = cover(POLICY)
    assert coverage.tally().reached == 0
    # tier 3, points 2, word 2 and its otherwise, total 2 + 2
    assert coverage.tally(Group.ROWS) == Tally(0, 12)
    # two rows of `points` that do not apply; fee in 3 ways, days in 2
    assert coverage.tally(Group.BRANCHES) == Tally(0, 7)
    # cap and lift each apply or not, and cap can lose
    assert coverage.tally(Group.RULES) == Tally(0, 5)
    assert coverage.tally(Group.PARAMETERS) == Tally(0, 2)
    assert coverage.tally(Group.FACTS) == Tally(0, 1)
    assert coverage.tally(Group.DEFINITIONS) == Tally(0, 3)


def test_one_test_reaches_what_its_expectations_read() -> None:
    assert missed(POLICY + TEST) == {
        ("row", "tier", 2),
        ("row", "tier", 3),
        ("row-not-applied", "points", 1),
        ("row-not-applied", "points", 2),
        ("clause", "word", 1),
        ("clause", "word", 2),
        ("rule-applied", "cap", 1),
        ("rule-lost", "cap", 1),
        ("rule-applied", "lift", 2),
        ("band", "total.a", 2),
        ("band", "total.b", 1),
        ("parameter-value", "top_from", 2),
        ("branch", "fee", 1),
        ("branch", "fee", 2),
        ("branch", "fee", 3),
        ("definition", "fee", 1),
        ("branch", "days", 1),
        ("branch", "days", 2),
        ("definition", "days", 1),
    }


def test_a_rule_that_applies_and_is_overruled_has_lost_and_not_applied() -> None:
    beaten = POLICY.replace(
        "lift overrides tier, cap\n  when vip and tier is below top", "lift overrides tier, cap\n  when vip"
    )
    both = """
test "both rules" as of 2025-06-01
  given customer
    score = 90
    debt = 11 days
    vip = yes
  expect tier is top
end
"""
    gone = missed(beaten) - missed(beaten + both)
    assert ("rule-lost", "cap", 1) in gone
    assert ("rule-applied", "lift", 2) in gone
    assert ("rule-applied", "cap", 1) not in gone


def test_each_value_of_a_parameter_counts_when_it_was_in_force() -> None:
    late = TEST.replace("2025-06-01", "2026-06-01").replace("tier is top", "tier is mid")
    assert ("parameter-value", "top_from", 1) in missed(POLICY + late)
    assert ("parameter-value", "top_from", 2) not in missed(POLICY + late)


def test_a_value_that_ended_before_the_policy_began_is_no_place() -> None:
    early = POLICY.replace("from 2025-01-01 : 80", "from 2024-01-01 : 70\n  from 2025-01-01 : 80")
    assert cover(early).tally(Group.PARAMETERS) == Tally(0, 2)


def test_what_a_test_states_is_not_evaluated() -> None:
    given = """
test "given" as of 2025-06-01
  given customer
    tier = mid
  expect tier is mid
end
"""
    assert cover(POLICY + given).tally(Group.ROWS).reached == 0


def test_places_stand_at_their_lines_and_say_the_row_in_the_author_s_words() -> None:
    (policy,) = cover(POLICY).policies
    row = next(c.place for c in policy.places if c.place.kind is PlaceKind.ROW and c.place.number == 2)
    assert POLICY[row.span.start : row.span.end].startswith("50 to below top_from")
    assert row.words.en == "score 50 to below top_from → tier mid"


def test_only_the_tests_that_are_wanted_count() -> None:
    coverage = cover(POLICY + TEST, wanted="nobody")
    assert coverage.tally().reached == 0


def test_a_percentage_is_cut_so_that_100_is_everything() -> None:
    assert Tally(999_999, 1_000_000).percent == 99.9
    assert Tally(0, 0).percent == 100


@pytest.mark.parametrize("file", ["rules", "examples/retail"])
def test_removing_a_test_never_raises_coverage(file: str) -> None:
    project = load_project([ROOT / file])
    files = set(project.sources)
    every = read_tests(project, files)
    before = reached(measure_coverage(project, every, files))
    for span in dict.fromkeys(r.case.span for r in every):
        fewer = [r for r in every if r.case.span != span]
        assert reached(measure_coverage(project, fewer, files)) <= before


def reached(coverage: object) -> set[tuple[object, ...]]:
    policies = getattr(coverage, "policies")  # noqa: B009
    return {
        (c.place.kind, c.place.owner, c.place.number, c.place.span)
        for p in policies
        for c in p.places
        if c.reached
    }
