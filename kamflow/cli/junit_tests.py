"""The tests of policies as JUnit XML: a suite for each policy, a case for each test."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from kamflow.app.test import PolicyTests, Ran, TestReport
from kamflow.base.display import visible
from kamflow.base.render import render_concise
from kamflow.base.span import Source
from kamflow.base.text import Lang


def render_tests(report: TestReport, lang: Lang) -> str:
    return render_tree(tests_tree(report, lang))


def render_tree(root: ET.Element) -> str:
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def tests_tree(report: TestReport, lang: Lang) -> ET.Element:
    """Build the suites of a report."""
    ran = report.ran
    failed = sum(p.failed for p in report.policies)
    root = ET.Element("testsuites", {"name": "kamflow", "tests": str(len(ran)), "failures": str(failed)})
    for policy in report.policies:
        suite = ET.SubElement(root, "testsuite", _counts(policy))
        for one in policy.ran:
            _case(suite, policy.policy, one, report.project.sources, lang)
    return root


def _counts(policy: PolicyTests) -> dict[str, str]:
    return {
        "name": visible(policy.policy),
        "tests": str(len(policy.ran)),
        "failures": str(policy.failed),
        "errors": "0",
        "time": f"{policy.seconds:.3f}",
    }


def _case(suite: ET.Element, policy: str, one: Ran, sources: Mapping[str, Source], lang: Lang) -> None:
    title = visible(one.result.title.in_(lang))
    case = ET.SubElement(
        suite, "testcase", {"classname": visible(policy), "name": title, "time": f"{one.seconds:.3f}"}
    )
    for finding in one.result.findings:
        message = visible(finding.message.in_(lang))
        failure = ET.SubElement(case, "failure", {"message": message, "type": finding.code})
        failure.text = render_concise([finding], sources, lang)
