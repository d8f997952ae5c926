"""Generated policies mean over columns what they mean for one record.

Counted as a decision: one policy x record compared with the interpreter; `make diff` and `make diff-long`
run more of the same.
"""

from __future__ import annotations

import pytest

from tests.differential.batches import run_batch_seed
from tests.differential.planted_sql import PLANTED_SQL
from tests.differential.rig import Mismatch, Tally, seeds

DECISIONS = 2_000


@pytest.fixture(scope="module")
def tally() -> Tally:
    found = Tally()
    for seed in seeds(3_000):
        if found.by_variant["duckdb"] >= DECISIONS:
            return found
        run_batch_seed(seed, 60, found)
    raise AssertionError("seeds never end")


def test_the_query_decides_what_the_interpreter_decides(tally):
    assert tally.by_variant["duckdb"] >= DECISIONS


def test_little_is_declined_that_has_an_answer_and_few_plans_are_refused(tally):
    by = tally.by_variant
    assert by["duckdb declined"] <= 0.04 * by["duckdb"]
    assert by["duckdb refused"] <= 0.1 * (by["duckdb policies"] + by["duckdb refused"])


@pytest.mark.parametrize("bug", PLANTED_SQL)
def test_a_bug_planted_into_the_query_is_found(bug, monkeypatch):
    plant, first = PLANTED_SQL[bug]
    plant(monkeypatch)
    with pytest.raises(Mismatch):
        run_until_found(first)


def run_until_found(first: int) -> None:
    for seed in range(first, first + 200):
        run_batch_seed(seed, 40, Tally())
