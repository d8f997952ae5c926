"""Random pairs of small policies: what is said to differ is what differs, record by record."""

from __future__ import annotations

import pytest

from kamflow.compare.changes import compare
from kamflow.compare.model import Verdict
from kamflow.engines.smt import search
from tests.compare.random_tables import pair, ruled_pair
from tests.compare.two_versions import differing, is_equal, only, said_to_differ, version_of


@pytest.mark.parametrize("start", range(0, 360, 40))
def test_the_boxes_hold_exactly_the_records_on_which_two_versions_differ(
    start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "available", lambda: False)  # boxes decide alone
    for seed in range(start, start + 40):
        old, new = map(version_of, pair(seed))
        change = only(compare(old, new), "x")
        wanted = differing(old, new, "x")
        assert change.verdict is (Verdict.CHANGED if wanted else Verdict.EQUAL), (seed, *pair(seed))
        assert said_to_differ(change, new.programs[0].program) == wanted, (seed, *pair(seed))
        if not is_equal(change):
            assert change.witness is not None
            assert tuple(change.witness.new_record.fields.values()) in wanted


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_rules_readers_and_facts_change_where_a_record_says_so(start: int) -> None:
    for seed in range(start, start + 20):
        old, new = map(version_of, ruled_pair(seed))
        comparison = compare(old, new)
        for name in ("x", "y", "z"):
            change = only(comparison, name)
            wanted = differing(old, new, name)
            assert change.verdict is (Verdict.CHANGED if wanted else Verdict.EQUAL), (
                seed, name, change.why.en, *ruled_pair(seed),
            )  # fmt: skip
            if change.witness is not None:
                assert tuple(change.witness.new_record.fields.values()) in wanted


def test_the_pairs_are_of_both_kinds() -> None:
    found = [bool(differing(*map(version_of, pair(seed)), "x")) for seed in range(60)]
    assert 15 < sum(found) < 55
