"""Runs of reviews: stopped and taken up, repeated, in conflict with others, tried without writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kamflow.app.flow import Loaded
from kamflow.flow.cases import Cases
from kamflow.flow.replay import Verified, verify_all
from kamflow.flow.review import FileReview, LeftOut, Moved
from kamflow.flow.review_chunk import Reviewer
from kamflow.journal.rows import Commit, InstanceRow, Outcome
from kamflow.journal.runs import Progress
from kamflow.journal.store import Store
from tests.flow import review_rig as rig


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return rig.write_definitions(tmp_path_factory.mktemp("definitions"))


def grown(folder: Path, loaded: Loaded, name: str, days: int = 2) -> tuple[Cases, rig.Town]:
    """Return a store after some days of reviews, and its customers as of the next."""
    cases, town = rig.opened(str(folder / f"{name}.db"), loaded), rig.Town(7, 60)
    for number in range(days):
        rig.fine(cases, town.write(folder / f"{name}{number}.ndjson"), rig.day_of(number))
        town.next_day()
    return cases, town


class StoppedHereError(Exception):
    pass


@pytest.mark.parametrize("after", ["commits", "progress"])
def test_a_run_that_was_stopped_is_taken_up_and_comes_to_the_same(
    after: str, loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, town = grown(tmp_path, loaded, "whole")
    stopped, _ = grown(tmp_path, loaded, "stopped")
    path, day = town.write(tmp_path / "next.ndjson"), rig.day_of(2)
    expected = rig.fine(whole, path, day, chunk=20)
    record, seen = FileReview._record, []

    def stop(self: FileReview, *args: object) -> None:
        seen.append(1)
        if len(seen) == 2 and after == "commits":
            raise StoppedHereError
        record(self, *args)  # type: ignore[arg-type]
        if len(seen) == 2:
            raise StoppedHereError

    with monkeypatch.context() as patch:
        patch.setattr(FileReview, "_record", stop)
        with pytest.raises(StoppedHereError):
            rig.run(stopped, path, day, chunk=20)
    again = rig.fine(stopped, path, day, chunk=30)  # the size of the first run counts
    assert again.taken_up == (1 if after == "commits" else 2)
    assert rig.journal(stopped) == rig.journal(whole)
    mine, other = again.counts, expected.counts
    assert (mine.read, mine.changed, mine.moves) == (other.read, other.changed, other.moves)
    assert expected.counts.changed > 10


def test_a_review_that_is_done_changes_nothing_more(loaded: Loaded, tmp_path: Path) -> None:
    cases, town = grown(tmp_path, loaded, "once")
    path, day = town.write(tmp_path / "next.ndjson"), rig.day_of(2)
    first = rig.fine(cases, path, day)
    before = rig.journal(cases)
    again = rig.fine(cases, path, day)
    assert again.finished_before
    assert again.counts == first.counts
    assert rig.journal(cases) == before


@pytest.mark.parametrize("columns", [True, False])
def test_another_file_of_the_same_day_reviews_nobody_twice(
    columns: bool, loaded: Loaded, tmp_path: Path
) -> None:
    cases, town = grown(tmp_path, loaded, "again")
    day = rig.day_of(2)
    town.people[0]["id"] = "NEW1"  # is started today
    first = rig.fine(cases, town.write(tmp_path / "next.ndjson"), day)
    before = rig.journal(cases)
    more = [{"id": "NEW2", "orders": 6, "health": "80.0"}]
    second = rig.fine(cases, town.write(tmp_path / "more.ndjson", more), day, columns=columns)
    fresh = [line for line in rig.journal(cases) if line not in before]
    assert {line[0] for line in fresh} == {"NEW2"}
    assert second.counts.before == first.counts.changed + first.counts.started
    assert second.counts.started == 2, "the one of now, and the one that the first run started"


def test_leave_to_start_cases_makes_it_another_review_of_the_file(loaded: Loaded, tmp_path: Path) -> None:
    cases, town = rig.opened(str(tmp_path / "late.db"), loaded), rig.Town(8, 5)
    path, day = town.write(tmp_path / "c.ndjson"), rig.day_of(0)
    first, _ = rig.run(cases, path, day, starts=False)
    assert (first.counts.refused, first.counts.started) == (5, 0)
    assert rig.fine(cases, path, day, starts=True).counts.started == 5


@pytest.mark.parametrize("when", ["before it is read", "before it is written"])
def test_a_case_that_others_move_meanwhile_is_reviewed_anew(
    when: str, loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, town = grown(tmp_path, loaded, "busy")
    path, day = town.write(tmp_path / "next.ndjson"), rig.day_of(2)
    moved: list[str] = []

    def meddle(names: Sequence[str]) -> None:
        """Let the first case that stands steady be visited, an hour before the review."""
        for name in names if not moved else ():
            row = cases.store.read(rig.FLOW, name)
            if isinstance(row, InstanceRow) and row.state == "steady":
                moved.append(name)
                at = rig.midnight(cases, day) - 3_600_000_000
                cases.send(rig.FLOW, name, "visited", {"count": 1}, at=at, event_id="x")
                return

    write, read = Store.commit_many, Reviewer._rows

    def late(self: Store, commits: Sequence[Commit], progress: Progress | None = None) -> list[Outcome]:
        meddle([c.instance.instance for c in commits if c.event_id != "x"])
        return write(self, commits, progress)

    def first(self: Reviewer, names: Sequence[str]) -> dict[str, InstanceRow]:
        meddle(names)
        return read(self, names)

    if when == "before it is written":
        monkeypatch.setattr(Store, "commit_many", late)
    else:
        monkeypatch.setattr(Reviewer, "_rows", first)
    review = rig.fine(cases, path, day)
    assert moved
    assert review.counts.conflicts == 1
    causes = [body for name, _, _, body in rig.journal(cases) if name == moved[0]]
    assert any('"cause":"x"' in body for body in causes)
    assert any(f'"cause":"review:{day}:{moved[0]}"' in body for body in causes)
    verified = list(verify_all(cases.store, rig.FLOW))
    assert all(isinstance(v, Verified) and not v.findings for v in verified)


def test_a_dry_run_tells_who_would_move_and_writes_nothing(loaded: Loaded, tmp_path: Path) -> None:
    cases, town = grown(tmp_path, loaded, "dry", days=3)
    path, day = town.write(tmp_path / "next.ndjson"), rig.day_of(3)
    before = rig.journal(cases)
    tried, would = rig.run(cases, path, day, dry=True)
    assert rig.journal(cases) == before
    assert all(r.as_of != str(day) for r in cases.store.runs())  # type: ignore[union-attr]
    done, did = rig.run(cases, path, day)
    assert would == did
    assert any(isinstance(m, Moved) for m in did)
    assert tried.counts == done.counts


def test_who_can_not_be_reviewed_is_left_out_with_a_reason(loaded: Loaded, tmp_path: Path) -> None:
    cases, town = grown(tmp_path, loaded, "left")
    more: list[dict[str, object]] = [
        {"id": "C0003", "orders": 6},  # was there already
        {"id": "X1", "orders": 600},
        {"id": "", "orders": 6},
        {"orders": 6},
        {"id": "X2", "orders": 6, "colour": "red"},
        {"id": "X3", "orders": 4},  # has no case
        {"id": "C0004", "orders": 0, "gap": 901} | {"name": "again"},
        {"id": "X4", "orders": 4, "gap": "5 days"},  # only the reader of single records takes this
        {"id": "X4", "orders": 4},
    ]
    town.people = [p for p in town.people if p["id"] != "C0004"]
    path, day = town.write(tmp_path / "next.ndjson", more), rig.day_of(2)
    codes = {}
    for columns in (True, False):
        review, told = rig.run(cases, path, day, dry=True, starts=False, columns=columns)
        left = [t for t in told if isinstance(t, LeftOut)]
        codes[columns] = {(t.case, t.findings[0].code, t.refused) for t in left}
        c = review.counts
        assert (c.read, c.rejected, c.refused) == (68, 6, 3)
        assert c.read == c.unchanged + c.changed + c.started + c.rejected + c.refused
    assert codes[True] == codes[False]
    assert codes[True] == {
        ("C0003", "KF1420", False), ("X1", "KF0604", False), (None, "KF1421", False),
        (None, "KF0610", False), ("X2", "KF0611", False), ("X3", "KF1401", True), ("C0004", "KF0705", True),
        ("X4", "KF1401", True), ("X4", "KF1420", False),
    }  # fmt: skip
