"""Population arithmetic against counting everybody one by one, in fractions."""

import random
from fractions import Fraction
from math import floor

import pytest

from kamflow.values.population import standing_of

ABC = (("A", 800_000), ("B", 950_000), ("C", None))
CLASSES = ((2, 800_000), (1, 950_000), (0, None))


def class_by_hand(value, members, *, largest_first):
    total = sum(members)
    if total <= 0:
        return None
    better = [m for m in members if (m > value if largest_first else m < value)]
    share = Fraction(sum(better), total)
    return next(c for c, bound in CLASSES if bound is None or share < Fraction(bound, 10**6))


@pytest.mark.parametrize("lowest", [0, 1, -30])
def test_everything_is_what_counting_says(lowest):
    dice = random.Random(lowest)
    for _ in range(1_500):
        members = [dice.randint(lowest, dice.choice((3, 40, 10**9))) for _ in range(dice.randint(1, 12))]
        standing = standing_of(members)
        value = dice.choice([*members, dice.randint(lowest - 1, 50)])
        below, count, total = sum(m < value for m in members), len(members), sum(members)
        assert standing.percentile(value) == floor(Fraction(below, count) * 10**6)
        for n in (1, 3, 4, 10):
            assert standing.quantile(value, n) == min(n, 1 + floor(Fraction(n * below, count)))
        in_total = total > 0 and 0 <= value <= total
        assert standing.share(value) == (floor(Fraction(value, total) * 10**6) if in_total else None)
        for first in (True, False):
            by_hand = class_by_hand(value, members, largest_first=first)
            assert standing.class_of(value, CLASSES, largest_first=first) == by_hand


def letters(members, *, largest_first=True):
    standing = standing_of(members)
    return "".join(str(standing.class_of(m, ABC, largest_first=largest_first)) for m in members)


@pytest.mark.parametrize(
    ("members", "classes"),
    [
        ((700, 150, 100, 50), "AABC"),  # 150 crosses 80 % and is still A
        ((800, 150, 50), "ABC"),  # 80 % are reached exactly: who comes then is B
        ((799, 151, 50), "AAC"),  # one unit short of it
        ((1000,), "A"),
        ((500, 500), "AA"),
        ((100,) * 10, "A" * 10),  # ties share the better class
        ((800, 100, 100), "ABB"),
        ((100, 0, 0), "ACC"),  # nothing of the total: all of it came before
        ((50, 700, 100, 150), "CABA"),  # the order of the members means nothing
    ],
)
def test_classes_by_the_share_before_the_account(members, classes):
    assert letters(members) == classes


def test_smallest_first_turns_the_order():
    assert letters((1, 99), largest_first=True) == "CA"
    assert letters((1, 99), largest_first=False) == "AA"


def test_smallest_first_reaches_the_last_class():
    members = (1,) * 81 + (2,) * 7 + (3,)  # total 98: 81 before the twos, 95 before the three
    standing = standing_of(members)
    assert [standing.class_of(m, ABC, largest_first=False) for m in (1, 2, 3)] == ["A", "B", "C"]


@pytest.mark.parametrize("members", [(), (0, 0), (-5, 5), (-5, 3)])
def test_without_a_total_nobody_has_a_class_or_a_share(members):
    standing = standing_of(members)
    assert standing.class_of(5, ABC, largest_first=True) is None
    assert standing.share(0) is None


def test_an_empty_population_ranks_nobody():
    assert standing_of(()).percentile(5) is None
    assert standing_of(()).quantile(5, 4) is None


def test_negative_measures_lower_the_total_and_come_last():
    assert letters((60, 50, -10)) == "AAC"
    assert letters((90, 20, -10)) == "ABC"  # 90 % of the total come before the second
    standing = standing_of((90, 20, -10))
    assert standing.share(-10) is None
    assert standing.share(90) == 900_000
    assert standing_of((110, -10)).share(110) is None  # more than there is in all


def test_an_outsider_s_values():
    standing = standing_of((10, 20, 30, 40))
    assert standing.percentile(1000) == 1_000_000
    assert standing.quantile(1000, 4) == 4
    assert standing.percentile(0) == 0
    assert standing.share(1000) is None
    assert standing.class_of(1000, ABC, largest_first=True) == "A"


def test_ties_are_equal_and_cut_down():
    standing = standing_of((5, 5, 7))
    assert [standing.percentile(v) for v in (5, 6, 7)] == [0, 666_666, 666_666]
    assert [standing.quantile(v, 2) for v in (5, 7)] == [1, 2]
    assert standing.share(5) == 294_117  # 5/17 = 29.41176…
