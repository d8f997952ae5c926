"""The two ways of reviewing watch each other: an error planted in one is found, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kamflow.app.flow import Loaded
from kamflow.batch.subjects import Judged, Subjects
from kamflow.flow import choose_columns, review_columns
from kamflow.flow.review_columns import audits_of
from tests.flow import review_rig as rig

Arr = Any


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return rig.write_definitions(tmp_path_factory.mktemp("definitions"))


def holds_end_early(patch: pytest.MonkeyPatch) -> None:
    add_all = choose_columns.add_all
    patch.setattr(choose_columns, "add_all", lambda *args: add_all(*args) - 86_400_000_000)


def nobody_moves(patch: pytest.MonkeyPatch) -> None:
    def lazy(*args: Any) -> choose_columns.Choices:
        made = choose_columns.choose(*args)
        made.does[:] = choose_columns.Does.STAYS
        return made

    patch.setattr(review_columns, "choose", lazy)


def missing_counts_as_no(patch: pytest.MonkeyPatch) -> None:
    judge = Subjects.judge

    def without(*args: Any, **more: Any) -> Judged:
        found = judge(*args, **more)
        for truth in found.truths:
            truth[truth == choose_columns.UNKNOWN] = choose_columns.NO
        return found

    patch.setattr(Subjects, "judge", without)


def dwell_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choose_columns, "add_all", lambda _, instants, __: np.zeros_like(instants))


def last_one_wins(patch: pytest.MonkeyPatch) -> None:
    settle = choose_columns._settle

    def other(ready: Any, cases: Any, group: Any, made: Any) -> None:
        group.chosen[group.chosen >= 0] = len(ready.by_id) - 1
        settle(ready, cases, group, made)

    patch.setattr(choose_columns, "_settle", other)


@pytest.mark.parametrize(
    "plant", [holds_end_early, nobody_moves, missing_counts_as_no, dwell_is_forgotten, last_one_wins]
)
def test_a_planted_error_is_found_and_nothing_is_written(
    plant: Callable[[pytest.MonkeyPatch], None], loaded: Loaded, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cases, town = rig.opened(str(tmp_path / "a.db"), loaded), rig.Town(11, 80)
    for number in range(4):
        rig.fine(cases, town.write(tmp_path / f"{number}.ndjson"), rig.day_of(number))
        town.next_day()
    before = rig.journal(cases)
    path, day = town.write(tmp_path / "next.ndjson"), rig.day_of(4)
    with monkeypatch.context() as patch:
        plant(patch)
        review, _ = rig.run(cases, path, day, audit=0.5, chunk=1_000)
    assert [f.code for f in review.failed] == ["KF1422"]
    assert rig.journal(cases) == before
    rig.fine(cases, path, day)  # without the error the run is taken up and done


def test_the_same_customers_are_audited_again_and_others_on_another_day() -> None:
    names = [f"C{i}" for i in range(20_000)]
    first = {n for n in names if audits_of("2026-06-30", 0.01)(n)}
    assert first == {n for n in names if audits_of("2026-06-30", 0.01)(n)}
    assert 140 <= len(first) <= 260, "one in a hundred"
    other = {n for n in names if audits_of("2026-07-01", 0.01)(n)}
    assert len(first & other) < 20
    assert all(audits_of("d", 1.0)(n) for n in names)
    assert not any(audits_of("d", 0.0)(n) for n in names)
