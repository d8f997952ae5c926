"""`kamflow.evaluate_table`: the same answers as `evaluate`, from paths and from arrays in memory."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import kamflow
from tests.batch.rig import RANKS, THINGS

DAY = date(2026, 6, 30)


def test_arrays_in_a_table_out(tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    engine = kamflow.load(tmp_path / "p.kam")
    given = {"id": np.array(["a", "b", "c"], dtype=object), "stars": np.array([5, 9, 3])}
    with kamflow.evaluate_table(engine, given, as_of=DAY) as table:
        assert table.rows() == [("a", Decimal(5)), ("c", Decimal(3))]
        assert table.relation.columns == ["id", "got"]
        ((row, rejection),) = table.rejections
    assert row == 1
    single = engine.evaluate({"id": "b", "stars": 9}, as_of=DAY)
    assert isinstance(single, kamflow.Rejection)
    assert [f.code for f in rejection.findings] == [f.code for f in single.findings]


def test_a_file_with_a_population(tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(RANKS, encoding="utf-8")
    engine = kamflow.load(tmp_path / "p.kam")
    people = [{"id": str(i), "revenue": i, "note": "x"} for i in range(8)] + [
        {"id": "w", "revenue": "1k CNY"}
    ]
    (tmp_path / "x.ndjson").write_text("".join(json.dumps(p) + "\n" for p in people))
    with kamflow.evaluate_table(engine, tmp_path / "x.ndjson", as_of=DAY) as table:
        found = {row[0]: row[1:] for row in table.rows()}
        assert [row[0] for row in table.rows()] == [p["id"] for p in people]
    among = engine.with_portfolio(people, as_of=DAY)
    for one in people:
        single = among.evaluate(one, as_of=DAY)
        assert isinstance(single, kamflow.Decision)
        assert found[str(one["id"])] == (single["value_class"], single["place"], single["fifth"])


def test_what_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    engine = kamflow.load(tmp_path / "p.kam")
    (tmp_path / "x.csv").write_text("id,nothing\n1,2\n")
    with pytest.raises(kamflow.UsageError, match="KF0897"):
        kamflow.evaluate_table(engine, tmp_path / "x.csv", as_of=DAY)
