"""The order of keys that lines of NDJSON are held against: where they agree, no line is looked at closely."""

from __future__ import annotations

import json
from pathlib import Path

from kamflow.batch.open_lines import habits_of
from kamflow.core.program import FieldDecl, RecordDecl
from kamflow.core.ty import TextTy

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
