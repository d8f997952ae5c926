"""The forms that other programs read: undone by the reader's own rules, they give back the finding."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import unquote

import pytest

from kamflow.base.diagnostic import CATALOG, Diagnostic, Edit, Label, Severity
from kamflow.base.render import (
    render_concise,
    render_github,
    render_json,
    render_junit,
    render_sarif,
    summary,
)
from kamflow.base.span import NOWHERE, DataPlace, Source, Span
from kamflow.base.text import Lang, Text

TEXT = "策略 定价\n折扣 := 单价 + 天数\n"
SOURCES = {"定价.kam": Source("定价.kam", TEXT), "ok.kam": Source("ok.kam", "")}
PLUS = TEXT.index("+")
MIXED = Diagnostic(
    "KF0998",
    "mixed-units",
    Severity.ERROR,
    Span("定价.kam", PLUS, PLUS + 1),
    Text("cannot add money and days", "金额不能与天数相加"),
    (Label(Span("定价.kam", PLUS + 2, PLUS + 4), Text("days", "天数")),),
    Text("multiply instead", "请改用乘法"),
    Text("the price would be wrong", "价格会算错"),
    (Edit(Span("定价.kam", PLUS, PLUS + 1), "×"),),
    (("tier", "key"),),
)
BAD_CELL = Diagnostic(
    "KF0997",
    "bad-cell",
    Severity.WARNING,
    DataPlace("customers.json", "[412].revenue_12m", 5012, 412),
    Text("not money", "不是金额"),
)
NOTHING = Diagnostic(
    "KF0996", "no-policy", Severity.NOTE, NOWHERE, Text("nothing to check", "没有可检查的策略")
)
ALL = (MIXED, BAD_CELL, NOTHING)


def test_concise_is_one_line_for_each_finding_in_order() -> None:
    assert render_concise(ALL, SOURCES) == (
        "KF0996 note: nothing to check\n"
        "customers.json[412].revenue_12m (line 5012): KF0997 warning: not money\n"
        "定价.kam:2:10: KF0998 error: cannot add money and days\n"
    )
    assert render_concise([MIXED], SOURCES, Lang.ZH) == "定价.kam:2:10: KF0998 错误: 金额不能与天数相加\n"


def test_concise_stays_one_line_whatever_the_message_holds() -> None:
    tricky = Diagnostic("KF0995", "x", Severity.ERROR, NOWHERE, Text("a\nb\r\x1b[1mc"))
    assert render_concise([tricky], {}) == "KF0995 error: a b\\x0d\\x1b[1mc\n"


@pytest.mark.parametrize(
    ("findings", "en", "zh"),
    [
        ((), "no findings", "没有发现问题"),
        ((MIXED,), "1 error in 1 file", "1 个文件，1 处错误"),
        ((NOTHING,), "1 note", "1 处提示"),
        (
            (MIXED, MIXED, MIXED, BAD_CELL),
            "3 errors, 1 warning in 2 files",
            "2 个文件，3 处错误，1 处警告",
        ),
        (ALL, "1 error, 1 warning, 1 note in 2 files", "2 个文件，1 处错误，1 处警告，1 处提示"),
    ],
)
def test_the_summary_counts_by_severity(findings: tuple[Diagnostic, ...], en: str, zh: str) -> None:
    assert summary(findings, Lang.EN) == en
    assert summary(findings, Lang.ZH) == zh


def test_json_holds_every_key_and_both_languages() -> None:
    nothing, bad_cell, mixed = json.loads(render_json(ALL, SOURCES))
    place = {"file": "定价.kam", "line": 2, "end_line": 2, "path": None, "record": None}
    assert mixed == {
        "code": "KF0998",
        "slug": "mixed-units",
        "severity": "error",
        "message": {"en": "cannot add money and days", "zh": "金额不能与天数相加"},
        "place": {**place, "column": 10, "end_column": 11},
        "labels": [
            {"place": {**place, "column": 12, "end_column": 14}, "message": {"en": "days", "zh": "天数"}}
        ],
        "why": {"en": "the price would be wrong", "zh": "价格会算错"},
        "hint": {"en": "multiply instead", "zh": "请改用乘法"},
        "fix": [{"place": {**place, "column": 10, "end_column": 11}, "new_text": "×"}],
        "example": [{"name": "tier", "value": "key"}],
    }
    assert bad_cell["place"] == {
        "file": "customers.json", "line": 5012, "column": None, "end_line": 5012, "end_column": None,
        "path": "[412].revenue_12m", "record": 412,
    }  # fmt: skip
    assert set(nothing) == set(bad_cell) == set(mixed)
    assert set(nothing["place"].values()) == {None}
    assert nothing["hint"] is None
    assert "金额" in render_json(ALL, SOURCES), "Chinese stays readable"


HOSTILE = 'q"\\ \x1b[2J \x9b31m \x07 \x7f \u202e \u2028 \ud800 \ufffe % :,\r\n::error::x <b>&amp;]]> {0}'


def hostile() -> Diagnostic:
    name = "a,b:c%\x1b.kam"
    return Diagnostic("KF0994", "x", Severity.ERROR, Span(name, 0, 1), Text(HOSTILE), hint=Text(HOSTILE))


@pytest.mark.parametrize("render", [render_json, render_sarif, render_github, render_junit, render_concise])
def test_no_form_passes_a_control_character_on(render: Any) -> None:
    shown: str = render([hostile()], {"a,b:c%\x1b.kam": Source("a,b:c%\x1b.kam", "x")})
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", shown) is None
    shown.encode("utf-8")


def test_json_loses_nothing_of_a_hostile_text() -> None:
    assert json.loads(render_json([hostile()], {}))[0]["message"]["en"] == HOSTILE


def sarif(*findings: Diagnostic) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render_sarif(findings, SOURCES, version="0.1.0"))
    return log


def test_sarif_has_what_the_standard_requires() -> None:
    log = sarif(*ALL)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("kamflow", "0.1.0")
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    assert set(CATALOG) <= set(ids)
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
    assert len(run["results"]) == len(ALL)
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]


def test_sarif_places_are_regions_of_artifacts() -> None:
    nothing, bad_cell, mixed = sarif(*ALL)["runs"][0]["results"]
    physical = mixed["locations"][0]["physicalLocation"]
    assert unquote(physical["artifactLocation"]["uri"]) == "定价.kam"
    assert physical["artifactLocation"]["uri"].isascii()
    assert physical["region"] == {"startLine": 2, "startColumn": 10, "endLine": 2, "endColumn": 11}
    assert mixed["relatedLocations"][0]["message"]["text"] == "days"
    (change,) = mixed["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "×"}
    assert change["replacements"][0]["deletedRegion"]["startColumn"] == 10
    assert bad_cell["locations"][0]["physicalLocation"]["region"] == {"startLine": 5012, "endLine": 5012}
    (logical,) = bad_cell["locations"][0]["logicalLocations"]
    assert logical["fullyQualifiedName"] == "customers.json[412].revenue_12m"
    assert "locations" not in nothing


def test_sarif_braces_are_doubled_because_they_mean_placeholders() -> None:
    found = Diagnostic("KF0995", "x", Severity.ERROR, NOWHERE, Text("set {0}"))
    assert sarif(found)["runs"][0]["results"][0]["message"]["text"] == "set {{0}}"


def test_github_names_the_place_of_each_finding() -> None:
    nothing, bad_cell, mixed = render_github(ALL, SOURCES).splitlines()
    assert mixed == (
        "::error file=定价.kam,line=2,endLine=2,col=10,endColumn=11,title=KF0998 mixed-units"
        "::cannot add money and days%0Athe price would be wrong%0Amultiply instead"
    )
    assert bad_cell == (
        "::warning file=customers.json,line=5012,endLine=5012,title=KF0997 bad-cell"
        "::[412].revenue_12m: not money"
    )
    assert nothing == "::notice title=KF0996 no-policy::nothing to check"


def test_github_escapes_what_would_end_a_property_or_a_line() -> None:
    found = Diagnostic(
        "KF0995", "x", Severity.ERROR, Span("a,b:c%.kam", 0, 1), Text("50%\r\nnext\n::error::fake")
    )
    assert render_github([found], {"a,b:c%.kam": Source("a,b:c%.kam", "x")}) == (
        "::error file=a%2Cb%3Ac%25.kam,line=1,endLine=1,col=1,endColumn=2,title=KF0995 x"
        "::50%25%0Anext%0A::error::fake\n"
    )


def test_junit_counts_failures_and_passes() -> None:
    root = ET.fromstring(render_junit(ALL, SOURCES))
    (suite,) = root
    # three findings, and ok.kam without any
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")
    assert len(suite) == 4
    (failed,) = [case for case in suite if case.find("failure") is not None]
    assert failed.get("classname") == "定价.kam"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("type") == "KF0998"
    assert failure.get("message") == "cannot add money and days"
    assert "定价.kam:2:10" in (failure.text or "")
    assert [case.get("classname") for case in suite if len(case) == 0] == ["ok.kam"]


def test_junit_is_xml_whatever_a_message_holds() -> None:
    text = render_junit([hostile()], {"<&\x00>.kam": Source("<&\x00>.kam", "")})
    root = ET.fromstring(text)
    failure = root.find(".//failure")
    assert failure is not None
    said = failure.text or ""
    assert "<b>&amp;]]> {0}" in said
    assert "\x1b" not in said
    assert "\x9b" not in said
    assert "\ufffe" not in said
    assert [case.get("classname") for case in root.iter("testcase")][-1] == "<&>.kam"
