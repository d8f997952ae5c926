"""Slips of a sales-ops person in a copy of the shipped policies: one finding that says who falls through.

The ids are those of the example customers for whom `kamflow eval` has no answer with the slip.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from kamflow.app.check import AskData, check_policies
from kamflow.base.diagnostic import Diagnostic
from kamflow.project.engine import Engine
from kamflow.project.load import load_project
from kamflow.values.decision import Rejection

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = ROOT / "examples" / "customers.json"
DAY = date(2026, 6, 30)

_A_DECLINE = (
    '    | A    | decline            ||           15% | "run-out"'
    '                                  | "清库存"                 |\n'
)
ROW_DELETED = ("pricing.kam", _A_DECLINE, "")
BOUND_TWICE = (
    "pricing.kam",
    "| growth or maturity ||            8% |",
    "| growth or decline  ||            8% |",
)
SCORE_TWICE = (
    "tiering.kam",
    "| tier_a_from to below tier_s_from ||",
    "| tier_a_from to tier_s_from       ||",
)
NEW_TIER = ("customer.kam", '  C en "Tier C"', '  D en "Tier D" zh "D级客户" <\n  C en "Tier C"')
NEXT_YEAR = ("tiering.kam", "  from 2025-01-01 : 65", "  from 2025-01-01 : 65\n  from 2027-01-01 : 85")
NEW_SELLER = (
    "tiering.kam",
    '  hunter en "Hunter"',
    '  farmer en "Farmer" zh "农夫型",\n  hunter en "Hunter"',
)
Slip = tuple[str, str, str]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


def plant(folder: Path, *slips: Slip) -> None:
    for name, old, new in slips:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1 or (name, old) == (NEXT_YEAR[0], NEXT_YEAR[1]), old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found(folder: Path) -> list[Diagnostic]:
    result = check_policies([folder], AskData(str(CUSTOMERS), DAY.toordinal()))
    assert not result.project.has_errors, [f.message.en for f in result.project.findings]
    return list(result.findings)


def rejected(folder: Path, table: str, day: date = DAY) -> list[str]:
    """Return the customers whom a table leaves without an answer, by deciding them all."""
    engine = Engine(load_project([folder]))
    customers = json.loads(CUSTOMERS.read_text(encoding="utf-8"))
    answers = engine.evaluate_many(customers, as_of=day)
    return [
        customer["id"]
        for customer, answer in zip(customers, answers, strict=True)
        if isinstance(answer, Rejection) and any(f"`{table}`" in f.message.en for f in answer.findings)
    ]


@pytest.mark.parametrize(
    ("slips", "table", "code"),
    [
        ([ROW_DELETED], "base_discount", "KF0301"),
        ([ROW_DELETED, BOUND_TWICE], "base_discount", "KF0301"),
        ([SCORE_TWICE], "tier", "KF0302"),
    ],
    ids=["a row deleted", "a row deleted and its case typed elsewhere", "a bound typed twice"],
)
def test_a_slip_is_one_finding_with_the_customers_whom_it_leaves_without_an_answer(
    copy: Path, slips: list[Slip], table: str, code: str
) -> None:
    plant(copy, *slips)
    (finding,) = found(copy)
    ids = rejected(copy, table)
    assert finding.code == code
    if ids:
        assert f"in your data: {len(ids)} of 100 ({', '.join(ids[:3])}" in finding.message.en
    else:
        assert "in your data: nobody" in finding.message.en
    assert finding.example, "a record that shows it, also where no customer of today does"


def test_a_parameter_dated_next_year_is_found_today_with_the_customers_of_that_day(copy: Path) -> None:
    plant(copy, NEXT_YEAR)
    (finding,) = found(copy)
    assert finding.code == "KF0304"
    assert "from 2027-01-01 tier_a_from is 85" in finding.message.en
    assert rejected(copy, "tier") == [], "today nothing is wrong"
    ids = rejected(copy, "tier", date(2027, 1, 1))
    assert f"in your data: {len(ids)} of 100 ({', '.join(ids[:3])}" in finding.message.en


def test_a_role_that_was_only_added_to_the_list_is_idle(copy: Path) -> None:
    plant(copy, NEW_SELLER)
    (finding,) = found(copy)
    assert (finding.code, "`farmer` of seller" in finding.message.en) == ("KF0309", True)


def test_a_tier_that_customers_get_is_missing_in_each_table_that_reads_it(copy: Path) -> None:
    low = '    | below tier_b_from                || C    | "low score"    | "综合评分低"   |'
    plant(
        copy,
        NEW_TIER,
        (
            "tiering.kam",
            low,
            low.replace("below tier_b_from   ", "40 to below tier_b_from")
            + '\n    | below 40 || D | "very low score" | "综合评分很低" |',
        ),
    )
    by_table = {f.message.en.split()[1]: f for f in found(copy)}
    assert all(f.code == "KF0301" and "tier = D" in f.message.en for f in by_table.values())
    shown = {
        name: f.message.en.partition("in your data: ")[2].partition(" (")[0] for name, f in by_table.items()
    }
    assert shown == {
        "base_discount": "13 of 100",
        "playbook": "13 of 100",
        "treatment": "13 of 100",
        "level_now": "12 of 100",  # one of the 13 never bought: all prospects below A are served alike
        "rise": "nobody",  # no customer of the examples has a cost of before
        "compensation": "",  # about complaints, not customers
    }


A_WEIGHT = ("satisfaction.kam", "  from 2025-01-01 : 16%", "  from 2025-01-01 : 16%\n  from 2027-01-01 : 26%")
RELATION_WEIGHT = ("development.kam", "  from 2025-01-01 : 35%", "  from 2025-01-01 : 30%")
THIN_IS_SAFE = ("development.kam", "|| relation_too_thin   |", "|| safe                |")
BOUND_LOW = (
    "loyalty.kam",
    "| main_supplier                  | weak      | high           || captive",
    "| main_supplier                  | weak      | at least medium || captive",
)
BOUND_LOW_TOO = (
    "loyalty.kam",
    "| main_supplier                  | weak      | below high     ||",
    "| main_supplier                  | weak      | below medium   ||",
)


def test_slips_against_what_must_hold_are_refuted_each_by_its_property(copy: Path) -> None:
    plant(copy, A_WEIGHT, RELATION_WEIGHT, THIN_IS_SAFE, BOUND_LOW, BOUND_LOW_TOO)
    result = check_policies([copy], prove=True)
    refuted = [f.message.en for f in result.findings if f.is_error]
    for title in (
        "the weights of the five dimensions add up to the whole",  # from 2027 on
        "no gap is larger than the scale allows",  # for the same weight
        "the weights of the three relations add up to the whole",
        "a strategic stage is called safe without all three relations",
        "only who finds it costly to leave is captive",
    ):
        assert len([text for text in refuted if title in text]) == 1, (title, refuted)
    assert len(refuted) == 5
