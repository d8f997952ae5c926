"""Overrides: who can disagree, who never applies, who always does; ordered ones and equal values are fine."""

from __future__ import annotations

import pytest

from kamflow.prove.intervals import Days
from kamflow.prove.overrides import try_overrides
from kamflow.values.dates import day_from_iso
from tests.prove.brute import load

DAYS = Days(738_886, 740_000)
BASE = (
    "record deal\n  n : number with 0 decimals, 0 to 100\n  late : yes/no\n  kind : text\nend\n"
    "decision off of deal : percent as 5%\n"
)


def rules(*parts: tuple[str, str, str], before: str = "") -> str:
    """Write rules as (name and what it overrides, condition, value)."""
    return (
        before
        + BASE
        + "".join(f"rule {name}\n  when {cond}\n  then off = {value}\nend\n" for name, cond, value in parts)
    )


def codes(text, days=DAYS):
    return [f.code for f in try_overrides(load(text), days).findings]


def test_two_that_can_both_apply_and_differ_are_an_error_with_a_record():
    text = rules(("a overrides off", "n > 50", "8%"), ("b overrides off", "late", "0%"))
    found = try_overrides(load(text), DAYS).findings
    assert [f.code for f in found] == ["KF0332"]
    assert "late yes" in found[0].message.en
    assert "8% or 0%" in found[0].message.en
    assert "“a”与“b”可能同时适用" in found[0].message.zh


@pytest.mark.parametrize(
    "parts",
    [
        [("a overrides off", "n > 50", "8%"), ("b overrides off, a", "late", "0%")],
        [("a overrides off", "n > 50", "8%"), ("b overrides off", "n < 50", "0%")],
        [("a overrides off", "n > 50", "8%"), ("b overrides off", "late", "8%")],
        [("a overrides off", 'kind = "x"', "8%"), ("b overrides off", 'kind = "y"', "0%")],
        [("a overrides off", "late and n > 3", "8%"), ("b overrides off", "not late", "0%")],
        [("a overrides off", "n > 50", "8%"), ("b overrides off", "n > 20 and late", "0%"),
         ("c overrides off, a, b", "n > 20", "1%")],
        [("a overrides off", "n > 50", "8%"), ("b overrides off, a", "n > 20", "0%"),
         ("c overrides off, b", "late", "1%")],
    ],
    ids=["ordered", "disjoint", "equal", "texts", "opposites", "beaten by a third", "a chain"],
)  # fmt: skip
def test_what_cannot_disagree_has_no_finding(parts):
    assert codes(rules(*parts)) == []


def test_values_that_are_equal_only_sometimes_disagree_at_other_times():
    text = rules(
        ("a overrides off", "n > 50", "(6% when n < 70, otherwise 7%)"), ("b overrides off", "late", "6%")
    )
    assert codes(text) == ["KF0332"]


def test_a_rule_that_never_applies_and_one_that_always_does_are_warned_about():
    text = rules(("a overrides off", "n * 2 = 7", "8%"))
    assert codes(text) == ["KF0333"]
    text = rules(("a overrides off", "n * 2 != 7", "8%"))
    assert codes(text) == ["KF0334"]


def test_facts_count_for_what_can_apply():
    text = rules(("a overrides off", "n > 50", "8%"), ("b overrides off", "late", "0%"))
    fact = "impossible when late and n > 10\n"
    assert codes(fact + text) == []


def test_a_conflict_that_a_future_parameter_brings_names_its_first_day():
    bar = "parameter bar : number\n  from 2024-01-01 : 100\n  from 2025-01-01 : 40\nend\n"
    text = rules(("a overrides off", "n > bar", "8%"), ("b overrides off", "late", "0%"), before=bar)
    last = day_from_iso("2026-12-31")
    assert last is not None
    found = try_overrides(load(text), Days(738_886, last)).findings
    assert [f.code for f in found] == ["KF0332"]
    assert found[0].message.en.startswith("From 2025-01-01: ")


def test_a_rule_of_two_outputs_is_said_once():
    text = (
        "record deal\n  n : number with 0 decimals, 0 to 100\nend\n"
        "decision terms of deal gives off : percent, days_to_pay : days\n  table first\n"
        "    | n         || off | days_to_pay |\n    | below 5   ||  0% |     10 days |\n"
        "    | any       ||  5% |     30 days |\nend\n"
        "rule never_so overrides off, days_to_pay\n  when n * 2 = 7\n"
        "  then off = 1%, days_to_pay = 3 days\nend\n"
    )
    assert codes(text) == ["KF0333"]


def test_missing_values_agree_with_missing_ones():
    digit = "number with 0 decimals"
    text = (
        f"record deal\n  n : {digit}, 0 to 9\n  m : {digit}, optional, 0 to 9\nend\n"
        "decision x of deal : number as 5\n"
        "rule a overrides x\n  when n > 3\n  then x = (m otherwise 2)\nend\n"
        "rule b overrides x\n  when n > 5 and m is missing\n  then x = {value}\nend\n"
    )
    assert codes(text.replace("{value}", "2")) == []
    assert codes(text.replace("{value}", "3")) == ["KF0332"]
