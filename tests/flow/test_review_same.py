"""A review of a file writes, line by line, what reviewing its customers one after the other writes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kamflow.app.flow import Loaded
from tests.flow import review_rig as rig

MET = (
    "singly",
    "hold",
    "dwell",
    "unknown",
    "incidents",
    "parked",
    "audited",
    "final",
    "changed",
    "unchanged",
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return rig.write_definitions(tmp_path_factory.mktemp("definitions"))


@pytest.mark.parametrize(
    ("seed", "form", "read"), [(1, "ndjson", True), (2, "parquet", True), (3, "parquet", False)]
)
def test_journals_are_equal_line_by_line_over_many_days(
    seed: int, form: str, read: bool, loaded: Loaded, tmp_path: Path
) -> None:
    """``read``: whether guards read variables; those that stand in for a field count either way."""
    if not read:
        loaded = rig.write_definitions(tmp_path / "unread", rig.UNREAD)
    batch = rig.opened(str(tmp_path / "batch.db"), loaded)
    singly = rig.opened(str(tmp_path / "singly.db"), loaded)
    town = rig.Town(seed, 110)
    met: Counter[str] = Counter()
    for number in range(10):
        day, path = rig.day_of(number), tmp_path / f"{number}.{form}"
        (town.write if form == "ndjson" else town.write_parquet)(path)
        review = rig.fine(batch, path, day, chunk=60)
        assert review.in_columns
        rig.review_singly(singly, path, day)
        for cases in (batch, singly):
            rig.interfere(cases, town, day, number)
        met.update({name: getattr(review.counts, name) for name in MET})
        met.update({f"{a} → {b}": n for (a, b), n in review.counts.moves.items()})
        town.next_day()
    mine, other = rig.journal(batch), rig.journal(singly)
    for a, b in zip(mine, other, strict=False):
        assert a == b
    assert len(mine) == len(other)
    assert rig.rows(batch) == rig.rows(singly)
    # it was no walk in the park: everything that a review can meet was met
    assert all(met[name] >= 2 for name in MET), met
    assert sum("→" in name for name in met) >= 8, met


def test_without_columns_the_same_is_written_and_counted(loaded: Loaded, tmp_path: Path) -> None:
    columns = rig.opened(str(tmp_path / "columns.db"), loaded)
    plain = rig.opened(str(tmp_path / "plain.db"), loaded)
    town = rig.Town(3, 60)
    for number in range(5):
        path = town.write(tmp_path / f"{number}.ndjson")
        first = rig.fine(columns, path, rig.day_of(number)).counts.to_json()
        second = rig.fine(plain, path, rig.day_of(number), columns=False).counts.to_json()
        for counts in (first, second):
            del counts["audited"], counts["singly"]
        assert first == second
        town.next_day()
    assert rig.journal(columns) == rig.journal(plain)


_WITHOUT = """
import sys
for name in ("numpy", "numba", "duckdb", "sqlglot"):
    sys.modules[name] = None
from pathlib import Path
from tests.flow import review_rig as rig
folder = Path(sys.argv[1])
cases = rig.opened(str(folder / "bare.db"), rig.write_definitions(folder / "bare"))
for number in range(2):
    review = rig.fine(cases, folder / f"{number}.ndjson", rig.day_of(number))
    assert not review.in_columns
"""


def test_without_what_columns_need_customers_are_reviewed_one_by_one(loaded: Loaded, tmp_path: Path) -> None:
    columns = rig.opened(str(tmp_path / "columns.db"), loaded)
    town = rig.Town(6, 20)
    for number in range(2):
        assert rig.fine(columns, town.write(tmp_path / f"{number}.ndjson"), rig.day_of(number)).in_columns
        town.next_day()
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", _WITHOUT, str(tmp_path)], check=True, cwd=root)
    assert rig.journal(rig.opened(str(tmp_path / "bare.db"), loaded)) == rig.journal(columns)


def test_cases_of_an_older_version_are_reviewed_by_that_version(loaded: Loaded, tmp_path: Path) -> None:
    newer = rig.WORKFLOW.replace("version: 1\n", "version: 2\n").replace("orders >= 3", "orders >= 5")
    names = ("fresh", "steady", "top", "weak", "gone", "shut")
    newer += "migrations:\n  - from: 1\n    map: {" + ", ".join(f"{n}: {n}" for n in names) + "}\n"
    newer += "    on_missing: reject\n    keep: [entered_at, var]\n"
    next_one = rig.write_definitions(tmp_path / "newer", newer)
    stores = [rig.opened(str(tmp_path / f"{n}.db"), loaded) for n in range(2)]
    town = rig.Town(4, 40)
    for number in range(4):
        if number == 2:
            stores = [rig.opened(str(tmp_path / f"{n}.db"), next_one) for n in range(2)]
            town.people += [p | {"id": f"N{p['id']}"} for p in rig.Town(5, 30).people]
        path = town.write(tmp_path / f"{number}.ndjson")
        rig.fine(stores[0], path, rig.day_of(number))
        rig.review_singly(stores[1], path, rig.day_of(number))
        town.next_day()
    assert rig.journal(stores[0]) == rig.journal(stores[1])
    assert {r.version for r in rig.rows(stores[0])} == {1, 2}
