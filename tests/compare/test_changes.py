"""Two versions worked out by hand: what changed, where, through what, and what is the same."""

from __future__ import annotations

import pytest

from kamflow.compare.changes import Asked
from kamflow.compare.model import Comparison, Verdict, Where
from kamflow.engines.smt import search
from tests.compare.two_versions import diff, only, output, regions

HEAD = """policy p
  currency CNY
end

type tier is ordered C < B < A

record account
  id : text
  score : number, 0 to 100
  tier : tier
  blocked : yes/no
  late_by : days, 0 days to 365 days, optional
end

"""

RATE = (
    HEAD
    + """parameter keen_from : number
  from 2025-01-01 : 80
end

decision rate of account : percent
  table unique
    | tier   | score                  || rate |
    | A      | at least keen_from     ||   8% |
    | A      | below keen_from        ||   5% |
    | B or C | any                    ||   0% |
end

decision fee of account : percent as 10% - rate
"""
)


def words(c: Comparison) -> list[str]:
    return [f"{d.subject} {d.name}: {d.text.en}" for d in c.declared]


def test_a_result_in_a_row_differs_in_the_box_of_the_row() -> None:
    found = diff(RATE, RATE.replace("||   5% |", "||   6% |"))
    change = only(found, "rate")
    assert change.verdict is Verdict.CHANGED
    assert regions(change) == [(["tier = A, score below 80"], "5%", "6%")]
    assert change.witness is not None
    assert (change.witness.old.value.en, change.witness.new.value.en) == ("5%", "6%")
    assert [r.row for r in change.witness.new.step.rows] == [2]


def test_what_reads_a_changed_output_changes_through_it() -> None:
    change = only(diff(RATE, RATE.replace("||   5% |", "||   6% |")), "fee")
    assert change.verdict is Verdict.CHANGED
    assert change.own == ()
    assert change.through == ("rate",)
    assert change.witness is not None
    assert (change.witness.old.value.en, change.witness.new.value.en) == ("5%", "4%")


def test_a_parameter_that_moves_a_bound_is_the_box_between_the_two() -> None:
    found = diff(RATE, RATE.replace(": 80\n", ": 82\n"))
    assert words(found) == ["parameter keen_from: 80 → 82"]
    assert regions(only(found, "rate")) == [(["tier = A, score 80 to below 82"], "8%", "5%")]


def test_a_value_that_begins_some_day_changes_nothing_until_then() -> None:
    found = diff(RATE, RATE.replace(": 80\n", ": 80\n  from 2027-01-01 : 82\n"))
    (_, before), (days, after) = output(found, "rate").stretches
    assert before.verdict is Verdict.EQUAL
    assert after.verdict is Verdict.CHANGED
    assert days.first == 739_982  # 2027-01-01
    assert words(found) == [
        "parameter keen_from: 80 from 2025-01-01 → 80 from 2025-01-01, 82 from 2027-01-01"
    ]
    one_day = diff(RATE, RATE.replace(": 80\n", ": 80\n  from 2027-01-01 : 82\n"), Asked(day=739_981))
    assert all(o.is_equal for o in one_day.outputs)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at least keen_from ", "at least 80 "),
        ("| B or C |", "| not A  |"),
        ("10% - rate", "100% - rate - 90%"),
        ("| A      | below keen_from        ||   5% |\n", ""),
    ],
)
def test_the_same_written_differently_is_equal(old: str, new: str) -> None:
    later = RATE.replace(old, new)
    if not new:  # an `otherwise` in place of a row
        later = later.replace("||   0% |\n", "||   0% |\n  otherwise 5%\n")
    assert later != RATE
    for o in diff(RATE, later).outputs:
        assert o.is_equal, (o.name, o.stretches)


def test_a_parameter_of_another_name_and_the_same_value_is_equal() -> None:
    found = diff(RATE, RATE.replace("keen_from", "loyal_from"))
    assert all(o.is_equal for o in found.outputs)
    assert words(found) == ["parameter loyal_from: new", "parameter keen_from: removed"]


def test_a_row_taken_away_leaves_records_without_an_answer() -> None:
    found = diff(RATE, RATE.replace("    | A      | below keen_from        ||   5% |\n", ""))
    assert regions(only(found, "rate")) == [
        (["tier = A, score below 80"], "5%", "no answer (no row applies)")
    ]
    fee = only(found, "fee")
    assert fee.verdict is Verdict.CHANGED
    assert fee.witness is not None
    assert fee.witness.new.why_not.en == "no row applies"


def test_a_table_and_clauses_that_say_the_same_are_equal() -> None:
    clauses = """decision rate of account : percent
  when tier is A and score >= 80 then 8%
  otherwise when tier is A then 5%
  otherwise 0%
end
"""
    start = RATE.index("decision rate")
    text = RATE[:start] + clauses + RATE[RATE.index("\ndecision fee") :]
    assert all(o.is_equal for o in diff(RATE, text).outputs)


RULES = (
    RATE
    + """
rule blocked_pays overrides rate
  when blocked
  then rate = 1%
  because en "blocked"
end
"""
)


def test_a_new_rule_differs_where_it_applies() -> None:
    found = diff(RATE, RULES)
    (own,) = only(found, "rate").own
    assert own.part is Where.OVERRIDES
    assert regions(only(found, "rate")) == [(["blocked = yes"], "not overridden", "1%")]


def test_a_change_in_the_table_below_a_rule_is_shown_by_a_record_the_rule_leaves_alone() -> None:
    change = only(diff(RULES, RULES.replace("||   5% |", "||   6% |")), "rate")
    assert [o.part for o in change.own] == [Where.ROWS]
    assert change.witness is not None
    assert change.witness.new_record.fields["blocked"] is False


def test_what_a_rule_always_hides_is_no_change() -> None:
    always = RULES.replace("when blocked\n", "when score >= 0\n")
    found = diff(always, always.replace("||   5% |", "||   6% |"))
    assert output(found, "rate").is_equal


def test_added_removed_and_of_another_type() -> None:
    fee = "decision fee of account : percent as 10% - rate"
    found = diff(RATE, RATE.replace(fee, "decision cost of account : count as 3"))
    assert only(found, "cost").verdict is Verdict.ADDED
    assert only(found, "fee").verdict is Verdict.REMOVED
    other = diff(RATE, RATE.replace(fee, "decision fee of account : count as 3"))
    assert only(other, "fee").verdict is Verdict.TYPE_CHANGED


def test_fields_types_and_facts_are_said_in_words() -> None:
    new = (
        RATE.replace("ordered C < B < A", "ordered C < B < A < S")
        .replace("score : number, 0 to 100", "score : number, 0 to 120")
        .replace(
            "late_by : days, 0 days to 365 days, optional",
            "late_by : days, 0 days to 365 days, default 0 days",
        )
        .replace("  blocked : yes/no\n", "  blocked : yes/no\n  region : text\n")
        .replace("| B or C | any ", "| not A  | any ")
    ) + '\nimpossible of account when blocked and tier is A\n  because en "nobody in A is blocked"\n'
    found = diff(RATE, new)
    assert words(found) == [
        "type tier: new: S",
        "field account.score: range: 0 to 100 → 0 to 120",
        "field account.region: new field, required: records without it are rejected",
        "field account.late_by: optional → default 0 days",
        "fact account: now impossible, such records are rejected: nobody in A is blocked"
        " (blocked and tier is A)",
    ]
    assert all(o.is_equal for o in found.outputs)  # for every record that both take


def test_a_default_counts_for_records_that_leave_the_field_out() -> None:
    old = RATE.replace("  blocked : yes/no\n", "  blocked : yes/no, default no\n") + (
        "\ndecision holds of account : yes/no as blocked\n\ndecision two of account : count as 2\n"
    )
    found = diff(old, old.replace("default no", "default yes"))
    change = only(found, "holds")
    assert change.verdict is Verdict.CHANGED
    assert change.through == ("blocked",)
    assert change.witness is not None
    assert change.witness.without == "blocked"
    assert (change.witness.old.value.en, change.witness.new.value.en) == ("no", "yes")
    assert output(found, "two").is_equal
    assert output(found, "rate").is_equal


def test_without_z3_what_boxes_cannot_say_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "available", lambda: False)
    found = diff(RATE, RATE.replace("10% - rate", "100% - rate - 90%"))
    assert only(found, "fee").verdict is Verdict.NOT_DECIDED
    assert "z3" in only(found, "fee").why.en
    assert output(found, "rate").is_equal


def test_lists_say_what_is_more_and_what_is_less() -> None:
    old = (
        HEAD
        + """type action is one of call, visit, write

decision actions of account gives action : action
  table collect list
    | tier     | blocked || action |
    | A        | any     || call   |
    | A        | no      || visit  |
    | any      | yes     || write  |
end
"""
    )
    change = only(diff(old, old.replace("| no      || visit", "| any     || visit")), "actions")
    assert change.verdict is Verdict.CHANGED
    assert regions(change) == [(["tier = A, blocked = yes"], "none", "visit")]


def test_other_records_change_through_the_record_in_them() -> None:
    quote = """
record quote
  account : account
  price : money, 1 CNY to 1,000 CNY
end

decision cut of quote : percent as account.rate
"""
    found = diff(RATE + quote, RATE.replace("||   5% |", "||   6% |") + quote)
    change = only(found, "cut")
    assert change.verdict is Verdict.CHANGED
    assert change.through == ("account.rate",)
    assert change.witness is not None


def test_a_version_that_begins_later_says_so() -> None:
    dated = RATE.replace("  currency CNY\n", "  currency CNY\n  effective from 2025-01-01\n", 1)
    later = dated.replace("effective from 2025-01-01", "effective from 2025-03-01")
    found = diff(dated, later)
    assert "policy p: in force: 2025-01-01 – … → 2025-03-01 – …" in words(found)
    assert [c.verdict for _, c in output(found, "rate").stretches] == [Verdict.REMOVED, Verdict.EQUAL]
