"""Dealers, files of personal data and answer templates: the small records, as a caller meets them."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias, cast

import pytest

import kamflow
from kamflow import Decision

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
AS_OF = date(2026, 6, 30)
Row: TypeAlias = dict[str, object]
Phrases: TypeAlias = Mapping[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def engine() -> kamflow.Engine:
    return kamflow.load(ROOT / "rules")


def decide(engine: kamflow.Engine, rows: list[Row], record: str) -> dict[object, Decision]:
    found = engine.evaluate_many(rows, as_of=AS_OF, record_type=record)
    return {row["id"]: cast("Decision", d) for row, d in zip(rows, found, strict=True)}


def rows_of(name: str) -> list[Row]:
    return cast("list[Row]", json.loads((EXAMPLES / name).read_text(encoding="utf-8")))


def test_dealers_are_reviewed_by_quota_growth_share_and_discipline(engine: kamflow.Engine) -> None:
    dealers = decide(engine, rows_of("dealers.json"), "dealer")
    # D1 121% of its quota, D2 85% and sold outside (7% of its sales), D3 55% below the resale floor, D4 new
    assert {k: d.dealer_verdict for k, d in dealers.items()} == {
        "D1": "keep",  # there is nothing above a core dealer
        "D2": "coach",
        "D3": "demote",
        "D4": "coach",
    }
    assert str(dealers["D1"].dealer_rebate) == "290400.00"  # 4% of 7,260,000
    assert str(dealers["D2"].dealer_rebate) == "12750.00"  # half of 1% of 2,550,000
    assert str(dealers["D3"].dealer_rebate) == "0.00"


def test_personal_data_is_used_for_its_purpose_and_deleted_in_time(engine: kamflow.Engine) -> None:
    files = decide(engine, rows_of("personal_files.json"), "personal_file")
    assert {k: d.use_verdict for k, d in files.items()} == {
        "P1": "allowed",
        "P2": "other_purpose",
        "P3": "deletion_asked",
        "P4": "no_purpose",
    }
    assert files["P3"].deletion_due == date(2026, 6, 25)  # fifteen days after the tenth
    assert files["P3"].deletion_state == "late"


# ---- answer templates: the search stands outside the policies


@pytest.fixture(scope="module")
def script() -> dict[str, object]:
    return runpy.run_path(str(EXAMPLES / "answers" / "find_phrases.py"))


@pytest.fixture(scope="module")
def phrases(script: dict[str, object]) -> Phrases:
    return cast("Callable[[Path, date], Phrases]", script["phrases_of"])(ROOT / "rules", AS_OF)


def test_templates_are_used_reworded_or_withdrawn_by_what_they_say(
    engine: kamflow.Engine, script: dict[str, object], phrases: Phrases
) -> None:
    read = cast("Callable[[Path, Phrases, date], Row]", script["read_template"])
    rows = [read(path, phrases, AS_OF) for path in sorted((EXAMPLES / "answers").glob("*.txt"))]
    decided = decide(engine, rows, "answer_template")
    assert {k: (d.template_verdict, d.phrases_used) for k, d in decided.items()} == {
        "late_delivery": ("usable", 0),
        "surface_defect": ("reword", 2),  # "nothing I can do", "wait until you hear from us"
        "wrong_use": ("withdraw", 4),  # 操作不当, 别激动, 公司规定, 没办法
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这不可能。", {"impossible_so": 1}),
        ("THAT  IS\nimpossible, and that is impossible!", {"impossible_so": 2}),
        ("这件事由我来跟进。", {}),
        ("It cannot be.", {}),  # the same in other words is not found
    ],
)
def test_a_phrase_is_found_whatever_its_case_and_spaces(
    script: dict[str, object], phrases: Phrases, text: str, found: dict[str, int]
) -> None:
    search = cast("Callable[[str, Phrases], list[dict[str, str | int]]]", script["search"])
    assert {f["phrase"]: f["times"] for f in search(text, phrases)} == found


def test_every_phrase_is_searched_for_in_both_languages(phrases: Phrases) -> None:
    assert len(phrases) >= 10
    assert all(len(set(wordings)) == 2 for wordings in phrases.values())
