"""Bugs that columns might have, planted: the comparison with the single path finds each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kamflow.batch import open_lines, reading, recognise
from kamflow.core.ty import ScaledTy
from tests.batch.rig import THINGS, read_both

Plant = Callable[[pytest.MonkeyPatch], None]


def keys_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(open_lines, "known_keys", lambda _sql, _decl: "true")


def numbers_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(open_lines, "_DOUBTFUL", "never there")


def doubles_rounded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        recognise,
        "_from_double",
        lambda x, ty, _asides: (
            f"CASE WHEN abs({x}) < 1000000 THEN CAST(round({x} * {10**ty.scale}) AS BIGINT) END"
        ),
    )


def any_number_text(patch: pytest.MonkeyPatch) -> None:
    def plain(x: str, ty: ScaledTy, _asides: recognise.Asides) -> str:
        number = f"TRY_CAST({x} AS DOUBLE)"
        return f"CASE WHEN abs({number}) < 1000000 THEN CAST({number} * {10**ty.scale} AS BIGINT) END"

    patch.setattr(recognise, "_from_plain", plain)


def range_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recognise, "_within", lambda whole, _ty: whole)


def any_date(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        recognise,
        "_from_written_day",
        lambda x, _ty, _asides: f"datesub('day', DATE '0001-01-01', TRY_CAST({x} AS DATE)) + 1",
    )


def bounds_of_days_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        recognise,
        "_from_day",
        lambda x, _ty, *, clock: f"datesub('day', DATE '0001-01-01', TRY_CAST({x} AS DATE)) + {1 + clock}",
    )


def members_by_any_case(patch: pytest.MonkeyPatch) -> None:
    inner = recognise.member_words
    patch.setattr(recognise, "member_words", lambda decl: {w.upper(): i for w, i in inner(decl).items()})


def defaults_are_missing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reading, "sql_literal", lambda _value, _ty: "NULL")


PLANTS: tuple[Plant, ...] = (
    keys_not_looked_at, numbers_not_looked_at, doubles_rounded, any_number_text, range_not_looked_at,
    any_date, bounds_of_days_not_looked_at, members_by_any_case, defaults_are_missing,
)  # fmt: skip


def lines() -> list[str]:
    raws: list[object] = [
        0.005,
        1e12,
        12.345,
        "1e2",
        "1,5",
        "12.345",
        "100000000000.01",
        "1899-12-31",
        "KEY",
        "2026-6-30",
    ]
    out = [
        json.dumps({"id": "r", name: raw}) for name in ("revenue", "orders", "since", "tier") for raw in raws
    ]
    out += ['{"id": "r", "revenue": 1, "revenue": 2}', '{"id": "r", "revenue": 0.1000000000000000055}']
    return [*out, '{"id": "r",  "revenue": 5, "unknown": 1}', '{"id": "r"}', '{"id": "r", "revenue": NaN, }']


@pytest.mark.parametrize("plant", PLANTS, ids=lambda p: p.__name__)
def test_a_planted_bug_is_found(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.ndjson"
    path.write_text("\n".join(lines()) + "\n")
    sound = read_both(path, THINGS, "thing")
    assert sound is not None
    sound.check()
    plant(monkeypatch)
    found = read_both(path, THINGS, "thing")
    assert found is not None
    with pytest.raises(AssertionError):
        found.check()
