"""Run the tests that stand in policy files, with the reference interpreter.

Each test runs once, on the policies that are in force on its own `as of` day (or, where none of them
is, on the first stretch that holds the policy).
"""

from __future__ import annotations

from collections.abc import Iterator

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Expr
from kamflow.core.program import Expect, Program, TestCase
from kamflow.core.wording import name_of, say
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.project import errors
from kamflow.project.load import Project, Stretch
from kamflow.project.undecided import explain_undecided
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided


@frozen
class TestResult:
    """One test; it passed when there are no findings. ``expectations``: how many were tried."""

    __test__ = False  # not a pytest class

    title: Text
    policy: str
    span: Span
    expectations: int
    findings: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        return not self.findings


def run_tests(project: Project, *, wanted: str = "") -> Iterator[TestResult]:
    """Run all tests whose title or policy contains ``wanted``, in order of the text."""
    for stretch, case in cases_of(project, wanted=wanted):
        yield run_test(stretch, case)


def cases_of(project: Project, *, wanted: str = "") -> Iterator[tuple[Stretch, TestCase]]:
    """Yield each test with the stretch of days on which it runs."""
    done: set[Span] = set()
    for own_day in (True, False):
        for stretch in project.stretches:
            program = stretch.program
            for case in program.tests if program is not None else ():
                if case.span in done or (own_day and not stretch.holds(case.as_of)):
                    continue
                done.add(case.span)
                if not wanted or any(wanted in t for t in (case.title.en, case.title.zh, case.policy)):
                    yield stretch, case


def run_test(stretch: Stretch, case: TestCase) -> TestResult:
    """Try every expectation of a test; each that fails is a finding of its own."""
    assert stretch.program is not None
    assert stretch.lowered is not None
    portfolio = case.records if case.is_portfolio else None
    interpreter = Interpreter(stretch.lowered, case.as_of, portfolio)
    found: list[Diagnostic] = []
    for expect in case.expects:
        record = case.records[expect.subject]
        finding = _try(interpreter, stretch.program, case, expect, record)
        if finding is not None and finding.message not in {f.message for f in found}:
            found.append(finding)  # one field that is not given is one mistake, however often it is read
    return TestResult(case.title, case.policy, case.span, len(case.expects), tuple(found))


def _try(
    interpreter: Interpreter, program: Program, case: TestCase, expect: Expect, record: TypedRecord
) -> Diagnostic | None:
    try:
        if holds(interpreter, expect, record):
            return None
        return errors.test_failed(expect.span, case.title, *_found(interpreter, expect, record))
    except NotGiven as needs:
        return errors.test_needs(expect.span, case.title, needs.record.record, needs.field)
    except Undecided as undecided:
        why = explain_undecided(program, undecided.what, record, interpreter.evaluate, expect.span)
        return errors.test_undecided(expect.span, case.title, why)


def holds(interpreter: Interpreter, expect: Expect, record: TypedRecord) -> bool:
    """Say whether an expectation is met; raises ``NotGiven`` and ``Undecided``."""
    if expect.cond is not None:
        return bool(interpreter.evaluate(expect.cond, record))
    assert expect.shown is not None
    left, right = expect.shown
    found = _columns(interpreter.evaluate(left, record), expect.columns)
    return found == interpreter.evaluate(right, record)


def _columns(lines: Value, columns: tuple[int, ...]) -> Value:
    """Keep only the fields of each line that a test names."""
    if not columns or not isinstance(lines, tuple):
        return lines
    return tuple(tuple(line[i] for i in columns) for line in lines if isinstance(line, tuple))


def _found(interpreter: Interpreter, expect: Expect, record: TypedRecord) -> tuple[Text, Text | None]:
    """Say what was found, and what was expected where the two sides are known."""
    if expect.shown is None:
        return Text("this does not hold", "期望不成立"), None
    left, right = expect.shown
    name = name_of(left)
    got, wanted = (_value(interpreter, e, record) for e in (left, right))
    found = Text(f"{name} is {got.en}", f"{name} 为 {got.zh or got.en}")
    return found, wanted


def _value(interpreter: Interpreter, e: Expr, record: TypedRecord) -> Text:
    value = say(interpreter.evaluate(e, record), e.ty, None)
    return Text(value.en, value.zh or value.en)
