"""`kamflow test --cov`, `--mutate`, `kamflow check --suggest-tests`."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

POLICY = """\
policy p en "Late & <b>early</b>" zh "逾期"
end

record customer
  id : text
  overdue_days : days, 0 days to 100 days
end

-- a comment with <script>alert("x")</script> & more
decision late of customer : text
  when overdue_days > 30 days then "<late>"
  otherwise "fine"
end
"""
TEST = """
test "fine <i>&" as of 2026-01-01
  given customer
    overdue_days = 3 days
  expect late = "fine"
end
"""
EDGES = """
test "edges" as of 2026-01-01
  given customers
    | id | overdue_days |
    | "a" | 30 days |
    | "b" | 31 days |
  expect customers
    | id | late |
    | "a" | "fine" |
    | "b" | "<late>" |
end
"""


@pytest.fixture
def policy(folder):
    def write(text):
        (folder / "a.kam").write_text(text, encoding="utf-8")

    return write


def test_coverage_is_a_table_and_what_is_missing_by_place(run, policy):
    policy(POLICY + TEST)
    said = run("test", "a.kam", "--cov")
    assert said.code == 0
    assert "p         50.0%   1/2" in said.out
    assert "a.kam:11  clause 1 of late" in said.out
    assert 'overdue_days > 30 days → "<late>"' in said.out
    assert "coverage: 50.0 % (1 of 2 places)" in said.err
    chinese = run("test", "a.kam", "--cov", "--lang", "zh")
    assert "late：第 1 个子句" in chinese.out
    assert "覆盖率：50.0%（2 处中的 1 处）" in chinese.err


def test_survivors_are_findings_with_the_edit_and_a_test_that_would_notice(run, policy):
    policy(POLICY + TEST)
    said = run("test", "a.kam", "--mutate")
    assert said.code == 0
    assert "KF0541 warning:" in said.out
    assert '- when overdue_days > 30 days then "<late>"' in said.out
    assert '+ when overdue_days >= 30 days then "<late>"' in said.out
    assert "overdue_days = 30 days" in said.out
    assert "mutation score:" in said.err
    chinese = run("test", "a.kam", "--mutate", "--lang", "zh")
    assert "没有测试会发现" in chinese.out
    assert "变异得分：" in chinese.err


def test_values_at_the_edge_bring_both_to_100(run, policy):
    policy(POLICY + EDGES)
    said = run("test", "a.kam", "--cov", "--mutate", "--cov-fail-under", "100", "--mutate-fail-under", "100")
    assert said.code == 0
    assert "KF054" not in said.out
    assert "100.0%" in said.out


@pytest.mark.parametrize(
    ("option", "en", "zh"),
    [
        ("--cov-fail-under", "coverage is 50.0 %, asked for were 80 %", "覆盖率为 50.0%，低于要求的 80%"),
        ("--mutate-fail-under", "asked for were 80 %", "低于要求的 80%"),
    ],
)
def test_less_than_asked_for_is_code_1(run, policy, option, en, zh):
    policy(POLICY + TEST)
    said = run("test", "a.kam", option, "80")
    assert said.code == 1
    assert en in said.err
    assert zh in run("test", "a.kam", option, "80%", "--lang", "zh").err
    assert run("test", "a.kam", option, "0").code == 0


def test_failing_tests_stay_code_1_and_are_said_to_notice_nothing(run, policy):
    policy(POLICY + TEST.replace('late = "fine"', 'late = "late"'))
    said = run("test", "a.kam", "--mutate")
    assert said.code == 1
    assert "KF0530" in said.out
    assert "KF0542" in said.out


def test_json_has_stable_keys(run, policy):
    policy(POLICY + TEST)
    said = run("test", "a.kam", "--cov", "--mutate", "--output-format", "json")
    found = json.loads(said.out)
    assert list(found) == ["tests", "failures", "coverage", "mutation"]
    assert found["tests"] == {"run": 1, "failed": 0}
    coverage = found["coverage"]
    assert (coverage["percent"], coverage["reached"], coverage["total"]) == ("50.0", 1, 2)
    (policy_,) = coverage["policies"]
    assert list(policy_["groups"]) == ["rows", "branches", "rules", "parameters", "facts", "definitions"]
    assert policy_["places"][0] == {
        "kind": "clause", "group": "rows", "name": "late", "number": 1, "line": 11, "column": 8,
        "words": {"en": 'overdue_days > 30 days → "<late>"', "zh": 'overdue_days > 30 days → "<late>"'},
        "tests": 0,
    }  # fmt: skip
    survivor = found["mutation"]["policies"][0]["survivors"][0]
    assert list(survivor) == [
        "kind", "name", "line", "column", "old", "new", "edits", "expectations_tried", "suggested_test",
    ]  # fmt: skip
    only = json.loads(run("test", "a.kam", "--cov", "--output-format", "json").out)
    assert only["mutation"] is None


def test_machine_formats_of_findings_have_what_is_missing(run, policy):
    policy(POLICY + TEST)
    said = run("test", "a.kam", "--cov", "--mutate", "--output-format", "concise")
    assert "KF0540 note: no test reaches clause 1 of late" in said.out
    assert "KF0541 warning:" in said.out


def test_junit_skips_what_is_not_reached(run, policy, folder):
    policy(POLICY + TEST)
    run("test", "a.kam", "--cov", "--mutate", "--junit", "out.xml")
    root = ET.parse(folder / "out.xml").getroot()
    suites = {s.get("name"): s for s in root}
    assert set(suites) == {"p", "p coverage", "p slips"}
    assert [c.get("name") for c in suites["p coverage"] if c.find("skipped") is not None] == [
        "clause 1 of late"
    ]
    values = {p.get("name"): p.get("value") for p in suites["p coverage"].iter("property")}
    assert values["coverage.rows"] == "50.0"


class Balanced(HTMLParser):
    """Counts open tags; a tag that is closed in the wrong order is an error of the page."""

    VOID = frozenset({"meta", "br", "hr", "link"})

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.classes: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.classes += [v for k, v in attrs if k == "class" and v]
        assert not any(k in {"src", "href"} and not str(v).startswith("#") for k, v in attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_well_formed_escaped_and_needs_nothing_else(run, policy, folder, lang):
    policy(POLICY + TEST)
    assert run("test", "a.kam", "--html", "cov.html", "--mutate", "--lang", lang).code == 0
    text = (folder / "cov.html").read_text(encoding="utf-8")
    page = Balanced()
    page.feed(text)
    page.close()
    assert page.open == []
    assert {"script", "i", "b", "late"}.isdisjoint(page.seen)
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more" in text
    assert {"good", "bad"} <= set(page.classes)
    assert "prefers-color-scheme: dark" in text
    assert ('lang="zh-CN"' in text) is (lang == "zh")
    assert ("第 1 个子句" in text) is (lang == "zh")


def test_suggested_tests_can_be_added_as_they_are(run, policy, folder):
    policy(POLICY + TEST)
    said = run("check", "a.kam", "--suggest-tests")
    assert said.code == 0
    assert "-- To be confirmed: this is what the engine answers today." in said.out
    assert "confirm each answer before you keep it" in said.err
    assert "采用前请逐一确认期望值" in run("check", "a.kam", "--suggest-tests", "--lang", "zh").err
    policy(POLICY + TEST + "\n" + said.out)
    after = run("test", "a.kam", "--cov", "--mutate")
    assert after.code == 0
    assert "100.0%" in after.out
    assert run("check", "a.kam", "-o", "new.kam").code == 0
    assert (folder / "new.kam").read_text(encoding="utf-8") == ""


def test_policies_that_do_not_compile_are_code_4(run, policy):
    policy(POLICY.replace("overdue_days >", "overdue >"))
    for args in (["test", "a.kam", "--cov"], ["check", "a.kam", "--suggest-tests"]):
        assert run(*args).code == 4
