"""Run the tests that stand in policies and sum them up by policy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kamflow.app.named_files import load_named
from kamflow.base.diagnostic import Diagnostic
from kamflow.project.load import Project
from kamflow.project.run_tests import TestResult, run_tests


@dataclass(frozen=True, slots=True)
class Ran:
    """One test and how long it took; times are for people, nothing depends on them."""

    result: TestResult
    seconds: float


@dataclass(frozen=True, slots=True)
class PolicyTests:
    policy: str
    ran: tuple[Ran, ...]

    @property
    def failed(self) -> int:
        return sum(not r.result.passed for r in self.ran)

    @property
    def seconds(self) -> float:
        return sum(r.seconds for r in self.ran)


@dataclass(frozen=True, slots=True)
class TestReport:
    """``policies`` in order of their first test; empty where the policies do not compile."""

    __test__ = False  # not a pytest class

    project: Project
    policies: tuple[PolicyTests, ...]

    @property
    def ran(self) -> tuple[Ran, ...]:
        return tuple(r for p in self.policies for r in p.ran)

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        return tuple(f for r in self.ran for f in r.result.findings)


def run_policy_tests(paths: Sequence[Path], wanted: str = "") -> TestReport:
    """Load policies and run their tests, those whose title or policy contains ``wanted``."""
    named = load_named(paths)
    project = named.project
    if project.has_errors:
        return TestReport(project, ())
    by_policy: dict[str, list[Ran]] = {}
    before = time.perf_counter()
    for result in run_tests(project, wanted=wanted):
        after = time.perf_counter()
        if result.span.source in named.files:
            by_policy.setdefault(result.policy, []).append(Ran(result, after - before))
        before = after
    return TestReport(project, tuple(PolicyTests(p, tuple(ran)) for p, ran in by_policy.items()))
