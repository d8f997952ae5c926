"""A review of a file writes, line by line, what reviewing its customers one after the other writes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from kamflow.app.flow import Loaded
from tests.flow import review_rig as rig


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return rig.write_definitions(tmp_path_factory.mktemp("definitions"))


@pytest.mark.parametrize("seed", [1, 2])
def test_journals_are_equal_line_by_line_over_many_days(seed: int, loaded: Loaded, tmp_path: Path) -> None:
    batch = rig.opened(str(tmp_path / "batch.db"), loaded)
    singly = rig.opened(str(tmp_path / "singly.db"), loaded)
    town = rig.Town(seed, 150)
    met: Counter[str] = Counter()
    for number in range(16):
        day = rig.FIRST + timedelta(days=number)
        path = town.write(tmp_path / f"{number}.ndjson")
        review = rig.fine(batch, path, day)
        assert review.in_columns
        rig.review_singly(singly, town, day)
        for cases in (batch, singly):
            rig.interfere(cases, town, day, number)
        for name in ("hold", "dwell", "unknown", "incidents", "parked", "audited", "singly", "final", "changed"):
            met[name] += getattr(review.counts, name)
        met.update(f"{a} → {b}" for a, b in review.counts.moves)
        town.next_day()
    mine, other = rig.journal(batch), rig.journal(singly)
    for a, b in zip(mine, other, strict=False):
        assert a == b
    assert len(mine) == len(other)
    assert rig.rows(batch) == rig.rows(singly)
    # that it was no walk in the park
    assert all(met[n] > 10 for n in ("hold", "dwell", "unknown", "incidents", "parked", "audited")), met
    assert sum("→" in n for n in met) >= 9, met
