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


# ---- customers with what the newer policies read; the figures are reckoned by hand


@pytest.fixture(scope="module")
def terms(engine: kamflow.Engine) -> dict[object, Decision]:
    return decide(engine, rows_of("terms/customers.json"), "customer")


def lines_of(decision: Decision, name: str) -> list[Row]:
    return cast("list[Row]", cast("Row", decision.to_dict()["decisions"])[name])


def test_a_price_follows_our_cost_by_tier_rivals_and_contract(terms: dict[object, Decision]) -> None:
    told = {
        k: (d.rise_timing, str(d.raised_price), d.rise_on)
        for k, d in terms.items()
        if k in {"T1", "T2", "T3"}
    }
    assert told == {
        "T1": ("lead", "441.81", date(2026, 7, 30)),  # 411.20 + all of 30.61, after 30 days' notice
        "T2": ("lag", "885.34", date(2026, 7, 31)),  # 864.59 + half of 41.49, 60 days after the rivals
        "T3": ("together", "211.23", date(2027, 1, 1)),  # 206.25 + 80% of 6.23, when the contract ends
    }


def test_a_frequent_buyer_beyond_its_quota_earns_both_rewards(terms: dict[object, Decision]) -> None:
    # 30 orders, mostly ours: 2%; 108% of its quota: 2%; of 2,162,911.27; next step at 2,400,000
    assert str(terms["T1"].reward_amount) == "86516.45"
    assert str(terms["T1"].to_next_step) == "237088.73"
    assert terms["T1"].rebate_due_on == date(2027, 1, 30)


def test_suggestions_follow_from_what_was_bought(terms: dict[object, Decision]) -> None:
    assert [s["suggestion"] for s in lines_of(terms["T1"], "suggestions")] == [
        "spare_parts", "training", "software", "service_contract", "machine", "supply_contract",
    ]  # fmt: skip


def test_follow_up_keeps_the_days_of_the_courses(terms: dict[object, Decision]) -> None:
    told = {k: (terms[k].follow_up_kind, terms[k].follow_up_on) for k in ("T2", "T3", "T5", "T6")}
    assert told == {
        "T2": ("after_order", date(2026, 6, 27)),  # ordered on the 26th, not called since
        "T3": ("existing", date(2026, 6, 15)),  # a month after the last contact
        "T5": ("former", date(2026, 8, 2)),
        "T6": ("intending", date(2026, 7, 1)),  # two days after
    }
    assert terms["T3"].follow_up_owner == "area_manager"  # missed for more than three days


def test_the_blacklisted_go_a_path_of_their_own_and_the_lost_part_well(terms: dict[object, Decision]) -> None:
    assert terms["T4"].course == "off_the_blacklist"
    assert lines_of(terms["T4"], "relisting") == [
        {"relisting_step": "report_cause", "relisting_owner": "sales_director", "relisting_due": "2026-07-02"}
    ]
    assert (terms["T5"].movement, terms["T5"].course) == ("lost_now", "part_well")
    assert lines_of(terms["T5"], "parting")


def test_files_of_customers_are_scored_by_what_is_known_and_kept_up_to_date(engine: kamflow.Engine) -> None:
    files = decide(engine, rows_of("customer_files.json"), "customer_file")
    # K02 lacks who decides (20), latent needs (5), budget (10), preferences (5) and the rival's share (10);
    # K08 has the last contact (5) and nobody else who supplies it (10)
    assert {k: d.file_score for k, d in files.items()} == {"K01": 100, "K02": 50, "K08": 15}
    assert {k: d.file_state for k, d in files.items()} == {
        "K01": "up_to_date",
        "K02": "update_now",  # talked on the 26th, written on the 12th
        "K08": "review_now",  # a month after the 28th of May
    }
    assert str(files["K01"].rivals_share) == "32.00"


def test_complaints_are_answered_by_tier_and_paid_within_limits(engine: kamflow.Engine) -> None:
    cases = decide(engine, rows_of("complaint_cases.json"), "complaint_case")
    # a defect is paid in full up to the value of the goods; a delay 5% of 24,000; goodwill 5% of 9,000
    limits = {k: str(d.compensation_limit) for k, d in cases.items()}
    assert limits == {"F1": "180000.00", "F2": "1200.00", "F3": "450.00"}
    assert {k: d.claim_approver for k, d in cases.items()} == {
        "F1": "area_manager",
        "F2": "sales_director",
        "F3": "sales_director",
    }
    alone = json.loads((EXAMPLES / "case_F1.json").read_text(encoding="utf-8"))
    assert alone == rows_of("complaint_cases.json")[0]
