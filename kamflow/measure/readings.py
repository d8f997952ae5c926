"""The tests of a project run once under observation: what each expectation read, chose and overrode."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from kamflow.core.expr import Choose, DefKey, If, PopTerm, walk
from kamflow.core.program import Program, TestCase
from kamflow.engines.interp import NotGiven, WatchedInterpreter
from kamflow.project.load import Project, Stretch
from kamflow.project.run_tests import cases_of, holds
from kamflow.values.data import Value
from kamflow.values.outcome import Undecided


@dataclass(frozen=True, slots=True)
class Reading:
    """One expectation of a test (``expect``: its number), and what its evaluation came by.

    ``values``: what conditions of choices, row choices and classes gave, by the id of their node;
    ``applied``: the sets of rules that applied together; ``facts``: facts that could be tried.
    """

    stretch: Stretch
    case: TestCase
    expect: int
    holds: bool
    keys: frozenset[DefKey]
    params: frozenset[str]
    populations: frozenset[str]
    values: Mapping[int, Set[Value]]
    applied: Mapping[DefKey, Set[tuple[int, ...]]]
    facts: frozenset[int]


def read_tests(project: Project, files: Set[str], *, wanted: str = "") -> tuple[Reading, ...]:
    """Run the tests that stand in ``files``, in the order in which `kamflow test` runs them."""
    watched: dict[int, frozenset[int]] = {}
    out: list[Reading] = []
    for stretch, case in cases_of(project, wanted=wanted):
        if case.span.source not in files or stretch.lowered is None:
            continue
        program = stretch.lowered
        if id(program) not in watched:
            watched[id(program)] = watched_in(program)
        out += _read_test(stretch, program, case, watched[id(program)])
    return tuple(out)


def watched_in(program: Program) -> frozenset[int]:
    """Return the ids of the nodes whose values say what was reached."""
    found: set[int] = set()
    for d in program.defs.values():
        for node in walk(d.body):
            match node:
                case If(cond=cond):
                    found.add(id(cond))
                case Choose() | PopTerm():
                    found.add(id(node))
                case _:
                    pass
    return frozenset(found)


def _read_test(stretch: Stretch, program: Program, case: TestCase, watched: frozenset[int]) -> list[Reading]:
    portfolio = case.records if case.is_portfolio else None
    interpreter = WatchedInterpreter(program, case.as_of, portfolio, watched)
    out: list[Reading] = []
    for number, expect in enumerate(case.expects):
        interpreter.forget()
        record = case.records[expect.subject]
        try:
            met = holds(interpreter, expect, record)
        except (NotGiven, Undecided):
            met = False
        out.append(reading_of(interpreter, stretch, case, number, holds=met))
    tried = _facts(interpreter, program, case)
    return [*out[:-1], replace(out[-1], facts=tried)] if out and tried else out


def reading_of(
    interpreter: WatchedInterpreter, stretch: Stretch, case: TestCase, expect: int, *, holds: bool
) -> Reading:
    """Return what an interpreter has noted since it was last told to forget."""
    return Reading(
        stretch,
        case,
        expect,
        holds,
        frozenset(interpreter.read),
        frozenset(interpreter.params),
        frozenset(interpreter.populations),
        interpreter.values,
        interpreter.applied,
        frozenset(),
    )


def _facts(interpreter: WatchedInterpreter, program: Program, case: TestCase) -> frozenset[int]:
    """Return the facts that can be asked of a record of the test: all that they read is given."""
    tried: set[int] = set()
    for i, fact in enumerate(program.impossible):
        for record in case.records:
            if record.record != fact.record:
                continue
            interpreter.forget()
            try:
                interpreter.evaluate(fact.cond, record)
            except (NotGiven, Undecided):
                continue
            tried.add(i)
            break
    return frozenset(tried)
