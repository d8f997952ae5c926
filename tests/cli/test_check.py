"""`kamflow check`: exit codes, formats, fixes, what is not proved yet."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from kamflow.app.check import apply_edits, plan_fixes
from kamflow.base.diagnostic import Diagnostic, Edit, Severity
from kamflow.base.span import Source, Span
from kamflow.base.text import Text

RECORD = "record customer\n  id : text\n  overdue_days : days, 0 days to 100 days\nend\n\n"
GOOD = f"policy p\nend\n\n{RECORD}decision late of customer : yes/no as overdue_days > 30 days\n"
TYPO = GOOD.replace("as overdue_days", "as overdeu_days")
WARNED = f"{GOOD}define unused of customer as overdue_days + 1 day\n"
TABLE = """
decision tier of customer : text
  table unique
    | overdue_days    || tier   |
    | at most 30 days || "good" |
    | above 30 days   || "late" |
end

always "days are days"
  overdue_days >= 0 days
"""


@pytest.fixture
def policy(folder):
    def write(text, name="a.kam"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "code"), [(GOOD, 0), (TYPO, 1), (WARNED, 1), (GOOD + TABLE, 0), ("policy p\n", 1), ("", 1)]
)
def test_errors_and_warnings_are_code_1_and_notes_are_not(run, policy, text, code):
    policy(text)
    assert run("check", "a.kam").code == code


def test_nothing_to_check_is_a_wrong_command_line(run, folder):
    (folder / "empty").mkdir()
    assert run("check", "empty").code == 2
    assert run("check", "nowhere.kam").code == 2
    assert run("test", "nowhere.kam").code == 4  # there is nothing that could compile


def test_findings_go_to_stdout_and_the_summary_to_stderr(run, policy):
    policy(TYPO)
    said = run("check", "a.kam")
    assert "KF0201 error" in said.out
    assert "^^^^" in said.out
    assert "1 file, 1 policy checked: 1 error in 1 file" in said.err
    assert run("check", "a.kam", "--quiet").err == ""
    assert "1 处错误" in run("check", "a.kam", "--lang", "zh").err


def test_what_is_typed_but_not_proved_is_said_in_one_line_and_listed_with_v(run, policy):
    policy(GOOD + TABLE)
    said = run("check", "a.kam")
    assert said.out == ""
    assert "1 property is typed, not yet proved" in said.err
    assert "1 条性质类型无误，尚未证明" in run("check", "a.kam", "--lang", "zh").err
    listed = run("check", "a.kam", "-v")
    assert (listed.code, listed.out.count("KF0490")) == (0, 1)


def test_every_format_is_what_it_says(run, policy):
    policy(TYPO)
    concise = run("check", "a.kam", "--output-format", "concise").out
    assert concise.startswith("a.kam:9:39: KF0201 error:")
    found = json.loads(run("check", "a.kam", "--output-format", "json").out)
    assert [f["code"] for f in found] == ["KF0201"]
    assert json.loads(run("check", "a.kam", "--output-format", "sarif").out)["version"] == "2.1.0"
    assert run("check", "a.kam", "--output-format", "github").out.startswith("::error file=a.kam,")
    junit = ET.fromstring(run("check", "a.kam", "--output-format", "junit").out)
    assert junit.get("failures") == "1"


def test_machine_formats_are_whole_without_findings_too(run, policy):
    policy(GOOD)
    assert json.loads(run("check", "a.kam", "--output-format", "json").out) == []
    assert json.loads(run("check", "a.kam", "--output-format", "sarif").out)["runs"][0]["results"] == []


def test_fix_shows_the_change_applies_it_and_checks_again(run, policy):
    path = policy(TYPO)
    said = run("check", "a.kam", "--fix")
    assert said.code == 0
    assert path.read_text(encoding="utf-8") == GOOD
    assert "-decision late of customer : yes/no as overdeu_days" in said.err
    assert "+decision late of customer : yes/no as overdue_days" in said.err


def test_fix_leaves_the_line_ends_and_the_link_that_leads_to_a_file(run, policy, folder):
    path = policy(TYPO.replace("\n", "\r\n"), "real.kam")
    (folder / "link.kam").symlink_to(path)
    assert run("check", "link.kam", "--fix").code == 0
    assert path.read_bytes() == GOOD.replace("\n", "\r\n").encode()
    assert (folder / "link.kam").is_symlink()


def test_fix_touches_nothing_where_nothing_can_be_mended(run, policy):
    path = policy(WARNED)
    before = path.stat().st_mtime_ns
    assert run("check", "a.kam", "--fix").code == 1
    assert path.stat().st_mtime_ns == before


def finding(*edits):
    return Diagnostic("KF0000", "x", Severity.ERROR, edits[0].span, Text("x"), fix=edits)


def edit(start, end, new):
    return Edit(Span("a", start, end), new)


@pytest.mark.parametrize(
    ("fixes", "wanted"),
    [
        ([[edit(0, 1, "X")], [edit(2, 3, "Y")]], "XbYdef"),
        ([[edit(0, 3, "X")], [edit(2, 4, "Y")]], "Xdef"),  # they overlap: the second waits
        ([[edit(1, 1, "X")], [edit(1, 1, "Y")]], "aXbcdef"),  # two inserts at one place: which comes first?
        ([[edit(0, 1, "X"), edit(4, 5, "Z")], [edit(4, 6, "Y")]], "XbcdZf"),
        ([[edit(4, 6, "Y")], [edit(0, 1, "X"), edit(4, 5, "Z")]], "abcdY"),  # never half a fix
    ],
)
def test_fixes_that_meet_are_not_both_applied(fixes, wanted):
    mended = list(plan_fixes([finding(*edits) for edits in fixes], {"a": Source("a", "abcdef")}))
    assert [m.text for m in mended] == [wanted]


def test_a_fix_that_reaches_into_another_file_is_left_to_its_author():
    other = finding(edit(0, 1, "X"), Edit(Span("b", 0, 1), "X"))
    assert list(plan_fixes([other], {"a": Source("a", "abc"), "b": Source("b", "abc")})) == []


def test_edits_are_applied_from_the_end_so_that_places_stay_right():
    assert apply_edits("abc", [edit(0, 1, "long"), edit(2, 3, "")]) == "longb"


def test_one_file_is_checked_with_the_policies_it_uses(run, policy):
    policy(f"policy base\nend\n\n{RECORD}", "rules/base.kam")
    own = "policy own\n  uses base\nend\n\ndecision late of customer : yes/no as overdue_days > 30 days\n"
    policy(own, "rules/own.kam")
    policy("policy broken\n", "rules/broken.kam")
    said = run("check", "rules/own.kam")
    assert (said.code, said.out) == (0, "")
    assert "1 file, 1 policy checked" in said.err
    assert run("check", "rules").code == 1  # here the broken one was asked for


def test_a_policy_that_is_nowhere_is_still_missing(run, policy):
    policy("policy own\n  uses nobody\nend\n")
    assert "KF0503" in run("check", "a.kam").out


def test_watch_checks_again_when_a_file_changes(run, policy, monkeypatch):
    import kamflow.cli.check as cli

    path = policy(TYPO)
    rounds = []

    def sleep(_seconds):
        rounds.append(1)
        if len(rounds) == 1:
            path.write_text(GOOD + "\n", encoding="utf-8")
        elif len(rounds) > 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(cli.time, "sleep", sleep)
    said = run("check", "a.kam", "--watch")
    assert said.code == 130
    assert said.err.count("checked:") == 2
    assert said.out.count("KF0201") == 1


def test_the_project_is_checked_where_no_path_is_given(run, policy):
    policy(TYPO, "rules/a.kam")
    assert "rules/a.kam:9" in run("check").out.replace("\\", "/")


GAP = """policy p
end
record customer
  id   : text
  size : count, 0 to 100
end
decision x of customer : number
  table unique
    | size        || x |
    | below 10    || 1 |
    | at least 20 || 2 |
end
"""


def test_data_is_counted_named_and_read_even_where_nothing_is_wrong(run, policy, tmp_path):
    policy(GAP)
    data = tmp_path / "c.json"
    data.write_text('[{"id": "A", "size": 5}, {"id": "B", "size": 12}, {"id": "C"}]', encoding="utf-8")
    said = run("check", "a.kam", "--data", str(data), "--as-of", "2026-06-30", "--output-format", "concise")
    assert "size 10 to below 20; in your data: 1 of 2 (B)" in said.out
    assert "KF0849 note: 1 of 3 records can't be read" in said.out
    policy(GAP.replace("below 10 ", "below 20 "))
    gone = run("check", "a.kam", "--data", "nowhere.json", "--as-of", "2026-06-30")
    assert (gone.code, "KF0640" in gone.out) == (1, True)


def test_fix_adds_the_rows_and_leaves_the_results_to_the_author(run, policy):
    path = policy(GAP)
    said = run("check", "a.kam", "--fix")
    assert "+    | 10 to below 20 ||" in said.err
    assert "KF0317" in said.out
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("?", "7"), encoding="utf-8")
    assert run("check", "a.kam").code == 0
