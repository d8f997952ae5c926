"""`kamflow eval`: the answers, which records, which policies, which day; exit codes."""

from __future__ import annotations

import pytest

from kamflow.base.display import display_width
from tests.cli.eval_rig import RANKED, Desk


@pytest.fixture
def desk(tmp_path, capfd, monkeypatch) -> Desk:
    return Desk(tmp_path, capfd, monkeypatch)


def test_decides_as_reckoned_by_hand(desk):
    ran = desk.run("eval", "in.json")
    assert ran.code == 0
    assert [r["decisions"]["tier"] for r in ran.records] == ["key", "basic", "basic"]
    assert [r["decisions"]["discount"] for r in ran.records] == ["12.5%", "0%", "0%"]
    assert [r["decisions"]["rebate"] for r in ran.records] == ["125.01", "0.00", "0.00"]
    assert [len(r["decisions"]["actions"]) for r in ran.records] == [0, 2, 1]
    assert ran.records[1]["decisions"]["actions"][1] == {
        "action": "visit", "owner": "boss", "due": "2026-07-10",
    }  # fmt: skip


def test_a_record_has_the_documented_keys(desk):
    first = desk.run("eval", "in.json").records[0]
    assert list(first) == ["id", "as_of", "decisions", "assumed", "missing", "policies"]
    assert first["id"] == "1"
    assert first["as_of"] == "2026-06-30"
    assert first["assumed"] == {"overdue": "0 days"}
    assert first["missing"] == ["nps"]
    assert first["policies"]["grading"].startswith("sha256:")


def test_the_summary_is_on_stderr_and_adds_up(desk):
    ran = desk.run("eval", "in.json")
    assert "3 in = 3 decided + 0 rejected (as of 2026-06-30" in ran.err
    assert (
        "共 3 条 = 已决策 3 + 被拒 0（决策日期 2026-06-30" in desk.run("eval", "in.json", "--lang", "zh").err
    )


def test_quiet_leaves_the_summary_out(desk):
    assert desk.run("eval", "in.json", "--quiet").err == ""


def test_without_a_day_today_counts_is_said_and_is_recorded(desk):
    ran = desk.run("eval", "in.json", day=None)
    day = ran.records[0]["as_of"]
    assert f"as of {day} (today" in ran.err


def test_the_day_may_come_from_the_configuration(desk):
    (desk.folder / "kamflow.toml").write_text("as_of = 2026-01-02\n")
    ran = desk.run("eval", "in.json", day=None)
    assert ran.records[0]["as_of"] == "2026-01-02"
    assert "today" not in ran.err


def test_only_names_outputs_and_facts(desk):
    ran = desk.run("eval", "in.json", "--only", "rebate,tier")
    assert [list(r["decisions"]) for r in ran.records] == [["rebate", "tier"]] * 3


def test_an_unknown_output_is_refused_with_the_nearest(desk):
    ran = desk.run("eval", "in.json", "--only", "rebat")
    assert (ran.code, ran.out) == (2, b"")
    assert "did you mean `rebate`?" in ran.err


def test_a_decision_with_several_outputs_is_no_output_and_names_them(desk):
    policy = desk.folder / "rules" / "grading.kam"
    more = (
        "decision care of customer gives visits : count, calls : count\n"
        "  table unique\n    | tier  || visits | calls |\n"
        "    | key   || 12 | 4 |\n    | basic || 1 | 0 |\nend\n"
    )
    policy.write_text(policy.read_text("utf-8") + more, encoding="utf-8")
    ran = desk.run("eval", "in.json", "--only", "care")
    assert ran.code == 2
    assert "the decision `care` gives several; ask for them: visits,calls" in ran.err


def test_a_scenario_replaces_parameters(desk):
    # key from 5,000: the first customer's 1,000.04 is not enough any more
    ran = desk.run("eval", "in.json", "--scenario", "stricter")
    assert [r["decisions"]["tier"] for r in ran.records] == ["basic", "basic", "basic"]


def test_an_unknown_scenario_is_refused_with_those_there_are(desk):
    ran = desk.run("eval", "in.json", "--scenario", "strict")
    assert ran.code == 2
    assert 'no scenario "strict" (there are: "stricter")' in ran.err


def test_no_policy_in_force_is_one_finding(desk):
    ran = desk.run("eval", "in.json", day="2024-12-31")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.count("KF0522") == 1


def test_policies_that_do_not_compile_are_exit_code_4(desk):
    (desk.folder / "rules" / "bad.kam").write_text("policy bad\n", encoding="utf-8")
    ran = desk.run("eval", "in.json", "-o", "out.json")
    assert (ran.code, ran.out) == (4, b"")
    assert not (desk.folder / "out.json").exists()


def test_a_missing_input_is_found_before_others_are_decided(desk):
    ran = desk.run("eval", "in.json", "gone.json")
    assert (ran.code, ran.out) == (2, b"")
    assert "gone.json" in ran.err


def test_several_inputs_are_one_run(desk):
    assert [r["id"] for r in desk.run("eval", "in.json", "in.json").records] == ["1", "2", "3"] * 2


def test_standard_input_is_a_dash(desk):
    ran = desk.run("eval", "-", stdin=(desk.folder / "in.json").read_bytes())
    assert [r["id"] for r in ran.records] == ["1", "2", "3"]


def test_a_broken_pipe_ends_quietly(desk, monkeypatch):
    import io
    import sys

    class Gone(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: memoryview) -> int:
            if ended:  # what is still in the buffer when the test is over
                return len(data)
            raise BrokenPipeError(32, "Broken pipe")

    # 2,000 records fill the buffer: the write itself fails, not only the last flush
    many = [{"id": str(i), "name": "n", "revenue": 1} for i in range(2000)]
    desk.put("many.json", many)
    ended = []
    monkeypatch.setattr("kamflow.cli.main._pipe_closed", lambda: ended.append(1) or 141)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Gone()), write_through=True))
    from kamflow.cli.main import main

    assert main(["eval", "many.json", "--as-of", "2026-06-30"]) == 141
    assert ended == [1]
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)


# ---- which record


TWO = """\
policy two "Two records"
  owner "Sales"
  currency CNY
end
record shop
  id    : text
  sales : money
end
record line
  id    : text
  units : count
end
decision big of shop : yes/no as sales > 10 CNY
decision many of line : yes/no as units > 10
"""


@pytest.fixture
def two(desk):
    (desk.folder / "two.kam").write_text(TWO, encoding="utf-8")
    desk.put("shops.json", [{"id": "a", "sales": 11}])
    desk.put("lines.json", [{"id": "b", "units": 3}])
    desk.put("neither.json", [{"id": "c"}])
    return desk


@pytest.mark.parametrize(
    ("file", "decision"), [("shops.json", {"big": True}), ("lines.json", {"many": False})]
)
def test_the_record_whose_fields_fit_is_taken_and_said(two, file, decision):
    ran = two.run("eval", file, "--policies", "two.kam")
    assert [r["decisions"] for r in ran.records] == [decision]
    assert "its fields fit best" in ran.err


def test_a_record_that_could_be_either_is_asked_for(two):
    ran = two.run("eval", "neither.json", "--policies", "two.kam")
    assert ran.code == 2
    assert "--record" in ran.err


def test_the_record_may_be_named(two):
    ran = two.run("eval", "neither.json", "--policies", "two.kam", "--record", "shop")
    assert ran.code == 3
    assert "`sales`" in ran.err


# ---- portfolio


@pytest.fixture
def ranked(desk):
    (desk.folder / "ranked.kam").write_text(RANKED, encoding="utf-8")
    # of 100: 80 is A (nothing lies before it), 15 begins at 80 % and is B, 5 begins at 95 % and is C
    desk.put("all.json", [{"id": "x", "revenue": 80}, {"id": "y", "revenue": 15}, {"id": "z", "revenue": 5}])
    desk.put("some.json", [{"id": "z", "revenue": 5}])
    return desk


def test_a_missing_portfolio_is_one_finding_not_one_a_record(ranked):
    ran = ranked.run("eval", "all.json", "--policies", "ranked.kam")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.count("KF0840") == 1
    assert "--portfolio all.json" in ran.err


def test_classes_are_those_among_the_portfolio(ranked):
    ran = ranked.run("eval", "some.json", "--policies", "ranked.kam", "--portfolio", "all.json")
    assert ran.code == 0
    assert ran.records[0]["decisions"] == {"class": "C"}
    ran = ranked.run("eval", "all.json", "--policies", "ranked.kam", "--portfolio", "all.json")
    assert [r["decisions"]["class"] for r in ran.records] == ["A", "B", "C"]


def test_members_that_cannot_be_read_are_counted_and_left_out(ranked):
    ranked.put("all.json", [{"id": "x", "revenue": "lots"}, {"id": "z", "revenue": 5}])
    ran = ranked.run("eval", "some.json", "--policies", "ranked.kam", "--portfolio", "all.json")
    assert ran.code == 3
    assert ran.records[0]["decisions"] == {"class": "A"}  # the only one left is everything
    assert "portfolio: 2 read, 1 of them unreadable" in ran.err


def test_a_portfolio_of_nobody_is_refused(ranked):
    ranked.put("none.json", [])
    ran = ranked.run("eval", "some.json", "--policies", "ranked.kam", "--portfolio", "none.json")
    assert (ran.code, ran.out) == (2, b"")


def test_a_portfolio_that_is_not_needed_is_said(desk):
    ran = desk.run("eval", "in.json", "--portfolio", "in.json")
    assert ran.code == 0
    assert "KF0841" in ran.err


# ---- the table


def test_the_table_shows_labels_reasons_and_names_what_does_not_fit(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "78")
    lines = desk.run("eval", "in.json", "--format", "table").text.splitlines()
    first = next(x for x in lines if "宁波" in x)
    assert "Key account" in first
    assert "large enough" in first
    assert "pays late" in next(x for x in lines if "Jura" in x)
    assert "Tier: Key account 1 · Basic 2" in lines
    assert "2 more decisions: actions, discount (--only NAME,NAME shows them" in " ".join(lines)


def test_what_is_asked_for_by_name_goes_before_the_reason(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    names = ["--only", "tier,discount,rebate,actions", "--format", "table"]
    text = " ".join(desk.run("eval", "in.json", *names).text.split())
    assert "because (Tier)" not in text
    assert "too wide for these columns: actions (--explain or --format csv shows them)" in " ".join(
        text.split()
    )
    assert "too wide" not in desk.run("eval", "in.json", "--only", "tier,discount", "--format", "table").text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [60, 78, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_columns_stand_straight(desk, monkeypatch, lang, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = desk.run("eval", "in.json", "--format", "table", "--lang", lang).text.splitlines()
    assert max(map(display_width, lines)) <= width
    rule = next(x for x in lines if x.startswith("──"))
    where = {i for i, c in enumerate(rule) if c == " "}
    row = next(x for x in lines if "宁波" in x)
    columns = [c + " " * (display_width(c) - 1) for c in row]  # a wide character takes two columns
    flat = "".join(columns)
    assert all(flat[i] == " " for i in where if i < len(flat))


def test_the_table_in_chinese(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = desk.run("eval", "in.json", "--format", "table", "--lang", "zh").text
    assert "公司名称" in text
    assert "重点客户" in text
    assert "规模达标" in text
    assert "客户等级：重点客户 1 · 普通客户 2" in text


def test_only_keeps_the_order_asked_for(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = desk.run("eval", "in.json", "--format", "table", "--only", "rebate,tier").text
    head = text.splitlines()[0]
    assert head.index("Rebate") < head.index("Tier")


def test_terminal_escapes_in_the_data_are_shown_not_obeyed(desk):
    desk.put("evil.json", [{"id": "1", "name": "a\u202eb", "revenue": 1}])
    ran = desk.run("eval", "evil.json", "--format", "table")
    assert "\u202e" not in ran.text + ran.err


def test_a_table_goes_into_a_file_whole(desk):
    ran = desk.run("eval", "in.json", "--format", "table", "-o", "out.txt")
    assert (ran.code, ran.out) == (0, b"")
    assert "宁波恒达机械有限公司" in (desk.folder / "out.txt").read_text(encoding="utf-8")
    assert [p.name for p in desk.folder.iterdir() if "part" in p.name] == []


# ---- explain


def test_explain_adds_a_trace_with_everything_behind_a_decision(desk):
    trace = desk.run("eval", "in.json", "--explain").records[1]["trace"]
    tier = trace["outputs"]["tier"]
    assert tier["value"] == "basic"
    assert tier["base"] == "key"
    assert tier["rows"] == [{"kind": "row", "row": 1, "because": {"en": "large enough", "zh": "规模达标"}}]
    assert [(o["rule"], o["won"]) for o in tier["overrides"]] == [("late", True)]
    assert [x["row"] for x in tier["lost"]] == [2]
    assert tier["read"] == {"overdue": 75, "revenue": "5000.00"}


def test_explain_says_what_was_rounded(desk):
    trace = desk.run("eval", "in.json", "--explain").records[0]["trace"]
    assert trace["rounded"] == [
        {"definition": "rebate of customer", "exact": "125.005", "result": "125.01", "mode": "half_up"}
    ]


def test_explain_as_blocks(desk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = desk.run("eval", "in.json", "--explain", "--format", "table").text
    assert "at least key_from = 1,000.00 CNY" in text
    assert "rule late overrides it: overdue is 75 days; without it: Key account" in text
    assert "rounded half up: 125.005 to 125.01" in text
    assert "no row of actions applies" in text
    assert "assumed: overdue = 0 days" in text


def test_explain_has_no_place_in_a_flat_file(desk):
    assert desk.run("eval", "in.json", "--explain", "--format", "csv").code == 2
