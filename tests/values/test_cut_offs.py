"""Answers from thresholds are those of the measures themselves, for members and for everybody else."""

from __future__ import annotations

import random

import pytest

from kamflow.values.population import (
    WHOLE,
    Part,
    Steps,
    class_steps,
    percentile_steps,
    quantile_steps,
    standing_of,
)

CLASSES = ((3, 500_000), (1, 800_000), (2, 950_000), (0, None))


def crowds():
    """Few and many members, ties, zeros, negatives, totals around zero, measures beyond 64 bits."""
    dice = random.Random(4)
    yield from ((), (0,), (0, 0), (5,), (-5, 5), (-7, 5), (5, 5, 5), (10**25, 1, 1), (-1, -1, 3))
    for _ in range(300):
        low = dice.choice((-30, -3, 0, 1))
        high = dice.choice((3, 40, 10**30))
        yield tuple(dice.randint(low, high) for _ in range(dice.randint(1, 40)))


def asked(members):
    dice = random.Random(len(members))
    around = {m + d for m in members for d in (-1, 0, 1)}
    return sorted(around | {dice.randint(-40, 50) for _ in range(10)} | {-(10**40), 10**40})


def at(cut_off, value):
    return None if cut_off is None else cut_off.at(value)


@pytest.mark.parametrize("largest_first", [True, False])
def test_a_class_by_thresholds_is_the_class_by_the_measures(largest_first):
    for members in crowds():
        standing = standing_of(members)
        found = class_steps(standing, CLASSES, largest_first=largest_first)
        for value in asked(members):
            want = standing.class_of(value, CLASSES, largest_first=largest_first)
            assert at(found, value) == want, (members, value)


def test_percentile_and_quantile_by_thresholds_are_those_by_the_measures():
    for members in crowds():
        standing = standing_of(members)
        ranks, fifths = percentile_steps(standing), quantile_steps(standing, 5)
        for value in asked(members):
            assert at(ranks, value) == standing.percentile(value), (members, value)
            assert at(fifths, value) == standing.quantile(value, 5), (members, value)


def test_a_share_needs_the_total_only():
    for members in crowds():
        standing = standing_of(members)
        part = Part(standing.total) if standing.total > 0 else None
        for value in asked(members):
            assert at(part, value) == standing.share(value), (members, value)


def test_only_thresholds_at_which_an_answer_changes_are_kept():
    crowd = standing_of(random.Random(1).choices(range(10**6), k=5_000))
    assert len(quantile_steps(crowd, 10).starts) == 9
    assert len(class_steps(crowd, CLASSES, largest_first=True).starts) == 3
    many = standing_of(range(2_000_000))  # two members share each answer of six digits
    assert len(percentile_steps(many).answers) == WHOLE + 1  # 100 % is for who is above all


def test_a_step_begins_at_its_start():
    steps = Steps((10, 20), (1, 2, 3))
    assert [steps.at(v) for v in (9, 10, 19, 20)] == [1, 2, 2, 3]
