"""Reviews of files read and write the same on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kamflow.journal.rows import InstanceRow
from kamflow.journal.standing import known_events, rows_of, standings_of
from tests.flow import review_rig
from tests.journal import rig

SAID = '[5,null,{"a":3},"名"]'


def test_where_cases_stand_is_read_by_names(address: str) -> None:
    store = rig.opened(address)
    for name in ("a", "b", "z"):
        commit = rig.step(name, f"e:{name}")
        row = commit.instance
        kept = InstanceRow(*(getattr(row, f) for f in row.__slots__[:-1]), SAID)
        store.commit(type(commit)(kept, *(getattr(commit, f) for f in commit.__slots__[1:])))
    found = store.database.read(lambda c: standings_of(c, rig.FLOW, ["z", "a", "none"]))
    assert isinstance(found, list)
    assert {s.instance: json.loads(s.said) for s in found} == {n: json.loads(SAID) for n in ("a", "z")}
    assert {(s.rev, s.state, bool(s.final), s.next_due) for s in found} == {(1, "open", False, None)}
    rows = store.database.read(lambda c: rows_of(c, rig.FLOW, ["b", "none"]))
    assert rows == {"b": store.read(rig.FLOW, "b")}
    known = store.database.read(lambda c: known_events(c, rig.FLOW, ["e:a", "e:none"]))
    assert isinstance(known, dict)
    assert {event: one.instance for event, one in known.items()} == {"e:a": "a"}
    store.close()


@pytest.mark.parametrize("backend", ["postgres"])
def test_a_review_over_columns_equals_single_ones_on_a_server_too(address: str, tmp_path: Path) -> None:
    loaded = review_rig.write_definitions(tmp_path / "definitions")
    batch = review_rig.opened(address, loaded)
    singly = review_rig.opened(str(tmp_path / "singly.db"), loaded)
    town = review_rig.Town(21, 50)
    for number in range(4):
        day, path = review_rig.day_of(number), town.write(tmp_path / f"{number}.ndjson")
        assert review_rig.fine(batch, path, day, chunk=20).in_columns
        review_rig.review_singly(singly, path, day)
        town.next_day()
    assert review_rig.journal(batch) == review_rig.journal(singly)
    batch.store.close()
    singly.store.close()
