"""Every property of the families gets the verdict that trying all records gives; refutations are replayed."""

from __future__ import annotations

import pytest

from kamflow.prove.intervals import Days
from kamflow.prove.properties import Proved, Refuted, try_property
from kamflow.values.dates import day_from_iso
from tests.prove.brute import breaks, load
from tests.prove.families import FAMILIES, Family

_CASES = [(f, i) for f in FAMILIES for i in range(len(f.properties))]


def days_of(family: Family) -> Days:
    first = day_from_iso(family.first)
    assert first is not None
    return Days(first, first + family.days - 1)


def test_there_are_more_than_two_hundred_and_both_verdicts_are_common():
    assert len(_CASES) >= 200


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_a_verdict_is_that_of_all_records(family):
    days = days_of(family)
    wrong: list[str] = []
    refuted = 0
    for written in family.properties:
        program = load(f"{family.text}{written}\n", family.end)
        prop = program.properties[0]
        verdict = try_property(program, prop, days)
        fails = breaks(program, days, prop)
        refuted += fails
        if not isinstance(verdict, Refuted if fails else Proved):
            wrong.append(f"{written}: {verdict}, but {'some' if fails else 'no'} record breaks it")
    assert wrong == []
    assert 0 < refuted < len(family.properties)
