"""`kamflow why`: one record, in sentences."""

from __future__ import annotations

import json

import pytest

from kamflow.base.display import display_width
from tests.cli.eval_rig import RANKED, Desk


@pytest.fixture
def desk(tmp_path, capfd, monkeypatch) -> Desk:
    monkeypatch.setenv("COLUMNS", "120")
    made = Desk(tmp_path, capfd, monkeypatch)
    monkeypatch.setenv("COLUMNS", "120")
    return made


def test_a_row_is_told_with_what_it_read(desk):
    text = desk.run("why", "in.json", "--id", "1", "--only", "tier").text
    assert (
        "tier is Key account because row 1 of tier applies: "
        "revenue is 1,000.04 CNY (at least key_from = 1,000.00 CNY)." in text
    )
    assert "reason: large enough" in text
    assert "row 2 applies too, but comes later" in text


def test_a_row_in_chinese(desk):
    text = desk.run("why", "in.json", "--id", "1", "--only", "tier", "--lang", "zh").text
    assert (
        "客户等级为“重点客户”，因为命中 tier 表第 1 行："
        "销售额为 1,000.04 元（不低于 key_from = 1,000.00 元）。" in text
    )
    assert "理由：规模达标" in text


def test_an_override_says_what_it_overrode(desk):
    text = desk.run("why", "in.json", "--id", "2", "--only", "tier").text
    assert (
        "tier is Basic because rule late overrides it: overdue is 75 days; without it: Key account." in text
    )
    assert "reason: pays late" in text
    assert "before the rule: row 1 of tier applies" in text


def test_the_chain_goes_down_to_the_input(desk):
    lines = desk.run("why", "in.json", "--id", "1", "--only", "rebate").text.splitlines()
    told = [x for x in lines if " is " in x]
    assert told[0].startswith("rebate is 125.01 CNY: revenue is 1,000.04 CNY, discount is 12.5%.")
    assert told[1].startswith(
        "  discount is 12.5% because clause 1 of discount applies: tier is Key account."
    )
    assert told[2].startswith("    tier is Key account because row 1")
    assert "  rounded half up: 125.005 to 125.01" in lines


def test_collected_rows_are_told_one_by_one(desk):
    text = desk.run("why", "in.json", "--id", "2", "--only", "actions").text
    assert "actions has 2 entries because 2 rows of actions apply." in text
    assert "row 2 gives visit (Boss, 2026-07-10): overdue is 75 days (above 60 days)" in text


def test_an_assumed_default_is_marked(desk):
    text = desk.run("why", "in.json", "--id", "1", "--only", "actions").text
    assert "no row of actions applies" in text
    assert "assumed: overdue = 0 days" in text
    chinese = desk.run("why", "in.json", "--id", "1", "--only", "actions", "--lang", "zh").text
    assert "取默认值：overdue = 0 天" in chinese


def test_only_what_the_question_reads_is_said_to_be_assumed_or_missing(desk):
    asked = desk.run("why", "in.json", "--id", "1", "--only", "actions").text
    assert "assumed: overdue" in asked  # the table reads it, and the record leaves it out
    assert "missing:" not in asked  # nps: no row reads it
    whole = desk.run("why", "in.json", "--id", "1").text
    assert "nps" in whole.partition("missing:")[2]
    policy = desk.folder / "rules" / "grading.kam"
    late = "define paid of customer as overdue <= 5 days\ndecision praise of customer : yes/no as paid\n"
    policy.write_text(policy.read_text("utf-8") + late, encoding="utf-8")
    through = desk.run("why", "in.json", "--id", "1", "--only", "praise").text
    assert "assumed: overdue" in through  # behind a fact that the decision reads


def test_personal_data_is_not_told(desk):
    policy = desk.folder / "rules" / "grading.kam"
    text = policy.read_text(encoding="utf-8")
    text = text.replace('  owner "Sales"', '  owner "Sales"\n  purpose service', 1)
    text += "\ndecision callable of customer : yes/no as phone is present\n"
    policy.write_text(text, encoding="utf-8")
    ran = desk.run("why", "in.json", "--id", "1", "--only", "callable")
    assert ran.code == 0, ran.err
    assert "phone is (personal)" in ran.text
    assert "139" not in ran.text


def test_among_whom_a_class_was_found(desk):
    (desk.folder / "ranked.kam").write_text(RANKED, encoding="utf-8")
    desk.put("all.json", [{"id": "x", "revenue": 80}, {"id": "y", "revenue": 15}])
    ran = desk.run("why", "all.json", "--id", "y", "--policies", "ranked.kam", "--portfolio", "all.json")
    assert "class is B among all_customers: revenue is 15.00 CNY; rank 2 of 2; 84.2% before it." in ran.text


def test_without_only_the_main_decision_comes_first_and_in_full(desk):
    lines = desk.run("why", "in.json", "--id", "1").text.splitlines()
    assert lines[0].startswith("1  宁波恒达机械有限公司  (as of 2026-06-30)")
    assert lines[2].startswith("tier is Key account")
    assert any(x.startswith("rebate is") for x in lines)


def test_all_explains_every_decision(desk):
    text = desk.run("why", "in.json", "--id", "1", "--all").text
    for name in ("tier", "discount", "rebate", "actions"):
        assert f"{name} is" in text or f"{name} has" in text


def test_lines_fit_the_terminal(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    for lang in ("en", "zh"):
        text = desk.run("why", "in.json", "--id", "2", "--all", "--lang", lang).text
        assert max(map(display_width, text.splitlines())) <= 60


def test_json_is_the_record_of_eval_with_its_trace(desk):
    one = json.loads(desk.run("why", "in.json", "--id", "2", "--format", "json").text)
    assert one == desk.run("eval", "in.json", "--explain").records[1]


def test_an_unknown_id_is_refused_with_the_nearest(desk):
    desk.put("in.json", [{"id": "C001", "name": "n", "revenue": 1}])
    ran = desk.run("why", "in.json", "--id", "C010")
    assert ran.code == 2
    assert "did you mean `C001`?" in ran.err


def test_an_id_given_twice_is_said(desk):
    desk.put("in.json", [{"id": "1", "name": "first", "revenue": 1}, {"id": "1", "name": "n", "revenue": 1}])
    ran = desk.run("why", "in.json", "--id", "1")
    assert "KF0846" in ran.err
    assert "first" in ran.text


def test_a_record_that_cannot_be_decided_says_why(desk):
    desk.put("in.json", [{"id": "1", "name": "n", "revenue": "lots"}])
    ran = desk.run("why", "in.json", "--id", "1")
    assert ran.code == 3
    assert "KF0601" in ran.err
