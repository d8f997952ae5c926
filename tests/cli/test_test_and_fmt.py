"""`kamflow test` and `kamflow fmt`."""

from __future__ import annotations

import io
import json
import sys
import xml.etree.ElementTree as ET

import pytest

POLICY = """\
policy p
end

record customer
  id : text
  overdue_days : days, 0 days to 100 days
end

decision late of customer : yes/no as overdue_days > 30 days
"""
PASSES = """
test "thirty days are not late" as of 2026-01-01
  given customer
    id = "C1"
    overdue_days = 30 days
  expect late = no
end
"""
FAILS = PASSES.replace("thirty days are not late", "thirty-one days, 三十一天").replace("30 days", "31 days")
UGLY = POLICY.replace("  id : text", "  id     :   text")


@pytest.fixture
def policy(folder):
    def write(text, name="a.kam"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_failing_expectation_is_shown_with_found_and_expected(run, policy):
    policy(POLICY + PASSES + FAILS)
    said = run("test", "a.kam")
    assert said.code == 1
    assert "late is yes; expected no" in said.out
    assert "expect late = no" in said.out
    assert "p    1 passed  1 failed" in said.out
    assert "2 tests, 2 expectations: 1 passed, 1 failed" in said.err
    chinese = run("test", "a.kam", "--lang", "zh")
    assert "late 为 是；期望 否" in chinese.out
    assert "1 通过  1 未通过" in chinese.out


def test_all_passing_is_code_0_and_v_lists_each(run, policy):
    policy(POLICY + PASSES)
    said = run("test", "a.kam", "-v")
    assert said.code == 0
    assert "passed  thirty days are not late" in said.out


def test_k_chooses_by_title_and_policy_and_choosing_nothing_is_a_mistake(run, policy):
    policy(POLICY + PASSES + FAILS)
    assert run("test", "a.kam", "-k", "not late").code == 0
    assert run("test", "a.kam", "-k", "三十一").code == 1
    assert run("test", "a.kam", "-k", "p").code == 1
    none = run("test", "a.kam", "-k", "no such test")
    assert (none.code, "no test contains `no such test`" in none.err) == (2, True)


def test_policies_that_do_not_compile_are_code_4(run, policy):
    policy(POLICY.replace("as overdue_days", "as overdeu_days") + PASSES)
    said = run("test", "a.kam")
    assert (said.code, said.out) == (4, "")
    assert "KF0201" in said.err


def test_junit_has_a_case_for_each_test(run, policy, folder):
    policy(POLICY + PASSES + FAILS)
    assert run("test", "a.kam", "--junit", "report.xml").code == 1
    root = ET.parse(folder / "report.xml").getroot()
    cases = {c.get("name"): c for c in root.iter("testcase")}
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert cases["thirty days are not late"].find("failure") is None
    assert "expected no" in cases["thirty-one days, 三十一天"].find("failure").get("message")
    again = ET.fromstring(run("test", "a.kam", "--output-format", "junit").out)
    assert len(list(again.iter("testcase"))) == 2


def test_json_of_tests_holds_the_failures_only(run, policy):
    policy(POLICY + PASSES + FAILS)
    assert [f["code"] for f in json.loads(run("test", "a.kam", "--output-format", "json").out)] == ["KF0530"]


def test_one_file_runs_its_own_tests_with_the_policies_it_uses(run, policy):
    policy(POLICY + FAILS, "rules/base.kam")
    own = "policy own\n  uses p\nend\n\ndecision worse of customer : yes/no as late\n"
    policy(own + PASSES.replace("expect late", "expect worse"), "rules/own.kam")
    assert run("test", "rules/own.kam").code == 0
    assert run("test", "rules").code == 1


# -- fmt


def test_fmt_writes_what_changes_and_nothing_else(run, policy):
    ugly, fine = policy(UGLY, "rules/a.kam"), policy(POLICY.replace("policy p", "policy q"), "rules/b.kam")
    run("fmt")
    assert ugly.read_text(encoding="utf-8") != UGLY
    before = fine.stat().st_mtime_ns, ugly.stat().st_mtime_ns
    again = run("fmt")
    assert (again.code, "0 changed, 2 left as they were" in again.err) == (0, True)
    assert (fine.stat().st_mtime_ns, ugly.stat().st_mtime_ns) == before


def test_fmt_check_names_the_file_and_changes_nothing(run, policy):
    path = policy(UGLY)
    said = run("fmt", "a.kam", "--check")
    assert (said.code, said.out) == (1, "a.kam\n")
    assert path.read_text(encoding="utf-8") == UGLY
    run("fmt", "a.kam")
    assert run("fmt", "a.kam", "--check").code == 0


def test_fmt_diff_shows_the_change_and_changes_nothing(run, policy):
    path = policy(UGLY)
    said = run("fmt", "a.kam", "--diff")
    assert said.code == 0
    assert "-  id     :   text" in said.out
    assert path.read_text(encoding="utf-8") == UGLY


def test_fmt_switches_keywords_and_back_without_loss_whatever_the_message_language(run, policy):
    path = policy(POLICY + PASSES)
    run("fmt", "a.kam")
    english = path.read_text(encoding="utf-8")
    assert run("fmt", "a.kam", "--keywords", "zh", "--lang", "en").code == 0
    chinese = path.read_text(encoding="utf-8")
    assert chinese.startswith("策略 p\n")
    assert run("test", "a.kam").code == 0
    run("fmt", "a.kam", "--keywords", "en", "--lang", "zh")
    assert path.read_text(encoding="utf-8") == english


def test_fmt_leaves_a_file_with_a_syntax_error_alone_and_says_where(run, policy):
    broken = POLICY.replace("end", "", 1)
    path, other = policy(broken + "define = 3\n", "rules/a.kam"), policy(UGLY, "rules/b.kam")
    said = run("fmt", "rules")
    assert said.code == 1
    assert "rules/a.kam" in said.err.replace("\\", "/")
    assert path.read_text(encoding="utf-8") == broken + "define = 3\n"
    assert other.read_text(encoding="utf-8") != UGLY


def test_fmt_of_stdin_writes_the_layout_to_stdout(run, folder, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(UGLY.encode())

    monkeypatch.setattr(sys, "stdin", Stdin)
    said = run("fmt", "-")
    assert said.code == 0
    assert "  id           : text" in said.out
    assert not list(folder.iterdir())


def test_fmt_keeps_the_mode_of_a_file_and_leaves_no_other_files(run, policy, folder):
    path = policy(UGLY)
    path.chmod(0o640)
    run("fmt", "a.kam")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in folder.iterdir()] == ["a.kam"]


def test_fmt_never_touches_the_shipped_policies_unasked(run):
    said = run("fmt")
    assert (said.code, said.out) == (2, "")
