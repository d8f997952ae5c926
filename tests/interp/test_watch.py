"""Being watched changes nothing."""

from __future__ import annotations

from pathlib import Path

from kamflow.base.span import Source
from kamflow.core.expr import DefKey, walk
from kamflow.engines.interp import Interpreter, WatchedInterpreter
from kamflow.project.load import load_project, load_sources
from kamflow.project.run_tests import cases_of, holds
from kamflow.values.data import TypedRecord

ROOT = Path(__file__).resolve().parents[2]


def test_expectations_of_shipped_tests_come_out_as_without_watching() -> None:
    tried = 0
    for stretch, case in cases_of(load_project([ROOT / "rules"])):
        program = stretch.lowered
        assert program is not None
        every = frozenset(id(n) for d in program.defs.values() for n in walk(d.body))
        portfolio = case.records if case.is_portfolio else None
        plain = Interpreter(program, case.as_of, portfolio)
        watched = WatchedInterpreter(program, case.as_of, portfolio, every)
        for expect in case.expects:
            record = case.records[expect.subject]
            assert holds(plain, expect, record) == holds(watched, expect, record)
            tried += 1
    assert tried > 300


def test_what_was_read_is_noted_and_can_be_forgotten() -> None:
    text = "policy p\nend\nrecord r\n  a : count\nend\ndefine x of r as a + 1\n"
    text += "decision y of r : count as x * 2\n"
    program = load_sources({"p": Source("p", text)}).stretches[0].lowered
    assert program is not None
    watched = WatchedInterpreter(program, 730_000, None, frozenset())
    assert watched.value(DefKey("r", "y"), TypedRecord("r", {"a": 3})) == 8
    assert watched.read == {DefKey("r", "x"), DefKey("r", "y")}
    watched.forget()
    assert watched.value(DefKey("r", "y"), TypedRecord("r", {"a": 3}, {"x": 5})) == 10
    assert watched.read == {DefKey("r", "y")}


def test_a_chain_of_definitions_as_long_as_the_limit_can_be_watched() -> None:
    lines = [f"define d{i} of r as d{i - 1} + 0" for i in range(1, 3_000)]
    text = "policy p\nend\nrecord r\n  a : count, 0 to 9\nend\ndefine d0 of r as a\n" + "\n".join(lines)
    text += "\ndecision last of r : count as d2999\n"
    program = load_sources({"p": Source("p", text)}).stretches[0].lowered
    assert program is not None
    watched = WatchedInterpreter(program, 730_000, None, frozenset())
    assert watched.value(DefKey("r", "last"), TypedRecord("r", {"a": 3})) == 3
    assert len(watched.read) == 3_001
