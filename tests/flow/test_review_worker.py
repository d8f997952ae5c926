"""A second process works out half of the steps of a review: the journal is the same, if it is lost too."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.flow import review, review_chunk, review_worker
from tests.flow import review_rig


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch, lost: bool) -> list[int]:
    """Let small files have a worker too; count the tasks that are handed over."""
    counted: list[int] = []
    begin = review_worker.Worker.begin

    def asked(worker: review_worker.Worker, tasks: object) -> object:
        counted.append(len(tuple(tasks)))  # type: ignore[call-overload]  # a sequence
        if lost:
            assert worker._process is not None
            worker._process.kill()
        return begin(worker, tasks)  # type: ignore[arg-type]

    monkeypatch.setattr(review, "_LARGE", 1)
    monkeypatch.setattr(review_chunk, "_FEW", 2)
    monkeypatch.setattr(review.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(review_worker.Worker, "begin", asked)
    return counted


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "killed when it is asked"])
def test_two_processes_write_the_same_journal_as_one(tmp_path: Path, handed: list[int]) -> None:
    loaded = review_rig.write_definitions(tmp_path / "definitions")
    two = review_rig.opened(str(tmp_path / "two.db"), loaded)
    one = review_rig.opened(str(tmp_path / "one.db"), loaded)
    town = review_rig.Town(5, 80)
    for number in range(4):
        day, path = review_rig.day_of(number), town.write(tmp_path / f"{number}.ndjson")
        review_rig.fine(two, path, day, chunk=40, workers=2)
        before = len(handed)
        review_rig.fine(one, path, day, chunk=40, workers=1)
        assert len(handed) == before
        town.next_day()
    assert sum(handed) > 10
    assert review_rig.journal(two) == review_rig.journal(one)
    for cases in (one, two):
        cases.store.close()


def test_a_process_that_does_not_start_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "_LARGE", 1)
    monkeypatch.setattr(review_chunk, "_FEW", 2)
    monkeypatch.setattr(review.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(review_worker.sys, "executable", "/bin/false")
    loaded = review_rig.write_definitions(tmp_path / "definitions")
    cases = review_rig.opened(str(tmp_path / "two.db"), loaded)
    town = review_rig.Town(5, 80)
    for number in range(2):
        path = town.write(tmp_path / f"{number}.ndjson")
        done = review_rig.fine(cases, path, review_rig.day_of(number), chunk=40, workers=2)
        town.next_day()
    assert done.counts.changed
    cases.store.close()
