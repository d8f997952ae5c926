"""Coverage and mutants in a JUnit report: a suite for each policy, a case for each place and survivor.

What is not reached or not noticed is `skipped`, not failed: whether it is too much is for the exit code.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from kamflow.app.measure import Measured
from kamflow.app.test import TestReport
from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.cli.junit_tests import render_tree, tests_tree
from kamflow.measure.mutation import PolicyMutation
from kamflow.measure.places import Group
from kamflow.measure.show_slip import diff_text
from kamflow.measure.slip import KIND_WORDS
from kamflow.measure.suggest import about_place


def render_measured_tests(report: TestReport, measured: Measured, lang: Lang) -> str:
    """Return the report of the tests with what was measured of them."""
    root = tests_tree(report, lang)
    for policy in measured.coverage.policies if measured.coverage is not None else ():
        name = f"{policy.policy} {Text('coverage', '覆盖').in_(lang)}"
        suite = _suite(root, name, len(policy.places), len(policy.missed))
        properties = ET.SubElement(suite, "properties")
        for group in Group:
            percent = f"{policy.tally(group).percent:.1f}"
            ET.SubElement(properties, "property", {"name": f"coverage.{group.value}", "value": percent})
        for covered in policy.places:
            case = _case(suite, policy.policy, about_place(covered.place).in_(lang))
            if not covered.reached:
                message = covered.place.words.in_(lang)
                ET.SubElement(case, "skipped", {"message": visible(message)})
    for tried in measured.mutation.policies if measured.mutation is not None else ():
        _mutants(root, tried, measured, lang)
    return render_tree(root)


def _mutants(root: ET.Element, tried: PolicyMutation, measured: Measured, lang: Lang) -> None:
    name = f"{tried.policy} {Text('slips', '笔误').in_(lang)}"
    suite = _suite(root, name, tried.total, len(tried.survivors))
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", {"name": "mutation.score", "value": f"{tried.score:.1f}"})
    for survivor in tried.survivors:
        mutant = survivor.mutant
        source = measured.project.sources[mutant.span.source]
        line, column = source.line_col(mutant.span.start)
        title = f"{mutant.decl} {line}:{column} {KIND_WORDS[mutant.kind].in_(lang)}"
        case = _case(suite, tried.policy, title)
        diff = " / ".join(diff_text(source, mutant.slip.edits).split("\n"))
        ET.SubElement(case, "skipped", {"message": visible(diff)})


def _suite(root: ET.Element, name: str, tests: int, skipped: int) -> ET.Element:
    counts = {"tests": str(tests), "failures": "0", "errors": "0", "skipped": str(skipped), "time": "0"}
    return ET.SubElement(root, "testsuite", {"name": visible(name), **counts})


def _case(suite: ET.Element, policy: str, title: str) -> ET.Element:
    return ET.SubElement(
        suite, "testcase", {"classname": visible(policy), "name": visible(title), "time": "0"}
    )
