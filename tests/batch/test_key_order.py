"""The order of keys that lines of NDJSON are held against: where they agree, no line is looked at closely."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kamflow.batch import open_lines, pieces
from kamflow.batch.open_lines import habits_of
from kamflow.core.program import FieldDecl, RecordDecl
from kamflow.core.ty import TextTy
from tests.batch.rig import THINGS
from tests.batch.test_same import Decide, both, decide

__all__ = ["decide"]

DECL = RecordDecl("r", tuple(FieldDecl(n, TextTy()) for n in "abcde"))


def test_keys_that_the_first_lines_lack_have_their_place_in_the_order(tmp_path: Path) -> None:
    path = tmp_path / "k.ndjson"
    records = [{"a": "1", "e": "1"}] * 40 + [{"a": "1", "c": "1", "e": "1"}, {"b": "1", "c": "1", "x": 1}]
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    order = habits_of(path, DECL).order
    assert order == ("b", "a", "c", "e")
    for record in records:  # each line is in this order, strangers aside
        assert [k for k in order if k in record] == [k for k in record if k != "x"]


def test_values_that_are_texts_are_told_by_most_of_the_first_lines(tmp_path: Path) -> None:
    path = tmp_path / "k.ndjson"
    records = [
        {"a": "1", "b": 1, "c": None, "d": "x", "e": 2},
        {"a": "2", "b": "1", "c": "x", "d": 3, "e": None},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in [*records, {"b": 5, "d": "y"}]), encoding="utf-8")
    assert habits_of(path, DECL).quoted == {"a", "c", "d"}


def test_keys_are_looked_for_all_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "k.ndjson"
    records = [{"a": "1"}] * 1000 + [{"a": "1", "c": "1"}] * 500 + [{"a": "1"}] * 500
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    found = habits_of(path, DECL)
    assert found.order == ("a", "c")  # the first 500 lines have no `c`
    assert found.seldom == {"c"}
    monkeypatch.setattr(open_lines, "_PLACES", 1)
    assert habits_of(path, DECL).order == ("a",)
    assert habits_of(path, DECL).whole(DECL).others == ("b", "c", "d", "e")


@pytest.mark.parametrize(("late", "name", "readings"), [(1, "n", 1), (50, "n", 2), (50, None, 1)])
def test_a_piece_with_other_keys_than_those_looked_at_is_read_again(
    late: int,
    name: str | None,
    readings: int,
    decide: Decide,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A few records are left to the single path; of many, the piece is read again, if that helps."""
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    records: list[dict[str, object]] = [{"id": str(i), "stars": 3} for i in range(100)]
    bad = {"stars": 9} if name is None else {"stars": 3, "name": name}
    records[-late:] = [{"id": str(i), **bad} for i in range(late)]
    path = tmp_path / "x.ndjson"
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    monkeypatch.setattr(open_lines, "_SAMPLE", 10)
    monkeypatch.setattr(open_lines, "_PLACES", 1)
    count: list[int] = []
    real = pieces.load

    def counted(*args: object, **more: object) -> object:
        count.append(1)
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(pieces, "load", counted)
    both(decide, "x.ndjson", "p.kam", "ndjson")
    assert len(count) == readings
