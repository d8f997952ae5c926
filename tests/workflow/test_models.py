"""Random streams against independent counts; and bugs planted in the steps, each of which is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.workflow import year
from tests.workflow.model_based import run
from tests.workflow.planted import PLANTED
from tests.workflow.year import check_ledger, check_pollers


@pytest.mark.parametrize("first", [10_000, 20_000, 30_000, 40_000])
def test_thousands_of_steps_are_as_a_table_says(first: int) -> None:
    mix: Counter[str] = Counter()
    run(6_000, first, mix)
    for what in ("moved", "internal", "ambiguous", "livelock", "dwell", "hold", "outranked"):
        assert mix[what] > 20, mix


@pytest.mark.parametrize("seed", range(8))
def test_when_a_poller_comes_makes_no_difference(seed: int) -> None:
    assert check_pollers(seed) > 100


def test_a_service_level_is_told_when_a_count_of_hours_says_so() -> None:
    told = Counter(what for seed in range(60) for what in check_ledger(seed))
    assert told["breach"] > 40
    assert told["25"] > 50


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    year.ready.cache_clear()
    plant, check = PLANTED[bug]
    plant(monkeypatch)
    with pytest.raises((AssertionError, StopIteration)):
        check()
    year.ready.cache_clear()
