"""Whatever a file is: findings with places, or a value; never an exception, and not for long."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars
from kamflow.workflow.validate import validate
from tests.workflow.definitions import CALENDARS, NAMES, mutated, shipped, shipped_calendars


def survive(text: str, *, calendar: bool = False) -> tuple[bool, tuple[Diagnostic, ...]]:
    """Read a text and check what came of it; every finding has a place in it and words in both languages."""
    source, sink = Source("w.yaml", text), Sink()
    if calendar:
        found: object = read_calendars(source, sink) or None
    else:
        found = workflow = read_workflow(source, sink)
        if workflow is not None:
            assert not sink.has_errors
            validate(workflow, shipped_calendars(), sink, 739_000)
    findings = sink.sorted()
    for f in findings:
        assert isinstance(f.span, Span)
        assert 0 <= f.span.start <= f.span.end <= len(text), f
        assert source.line_col(f.span.start) >= (1, 1)
        assert f.message.en
        assert f.message.zh
    assert found is not None or findings, "nothing read and nothing said"
    return found is not None, findings


@pytest.mark.parametrize("name", [*NAMES, CALENDARS])
def test_files_that_are_cut_after_any_line_give_findings_or_a_value(name: str) -> None:
    text = shipped(name)
    ends = [i for i, ch in enumerate(text) if ch == "\n"]
    read = [survive(text[:end], calendar=name == CALENDARS)[0] for end in ends]
    assert read[-1]
    assert not all(read)


@pytest.mark.parametrize("name", [*NAMES, CALENDARS])
def test_files_that_are_cut_anywhere_give_findings_or_a_value(name: str) -> None:
    """Places of the first thousand characters, and some of the rest."""
    text = shipped(name)
    rng = Random(name)
    for end in [*range(0, min(1000, len(text)), 7), *rng.sample(range(len(text)), 40)]:
        survive(text[:end], calendar=name == CALENDARS)
        survive(text[end:], calendar=name == CALENDARS)


@pytest.mark.parametrize("name", [*NAMES, CALENDARS])
@pytest.mark.parametrize("seed", range(3))
def test_mutated_files_give_findings_or_a_value(name: str, seed: int) -> None:
    rng = Random(f"{name} {seed}")
    outcomes = [survive(mutated(shipped(name), rng), calendar=name == CALENDARS)[0] for _ in range(60)]
    assert any(outcomes)
    assert not all(outcomes)


def _chain(n: int) -> str:
    """A workflow of n states in a row."""
    head = (
        "format: kamflow/workflow@1\nid: a\nversion: 1\nlabel: {en: a, zh: b}\nsubject: s\n"
        "mode: event-driven\nevents: {go: {}}\ninitial: s0\nstates:\n"
    )
    step = (
        "  s{0}: {{label: {{en: a, zh: b}}, transitions: "
        "[{{id: t{0}, event: go, to: s{1}, reason: {{code: c, en: a, zh: b}}}}]}}\n"
    )
    steps = "".join(step.format(i, i + 1) for i in range(n))
    return head + steps + f"  s{n}: {{label: {{en: a, zh: b}}, final: true}}\n"


HOSTILE = {
    "empty": "",
    "NUL": "format: kamflow/workflow@1\0\n",
    "surrogate": "id: \udcff\n",
    "nested lists": "states: " + "[" * 100_000,
    "nested maps": "states: " + "{a: " * 100_000,
    "nested blocks": "".join(" " * i + "a:\n" for i in range(1000)),
    "alias bomb": "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nstates: *c\n",
    "a mebibyte of one value": "id: " + "x" * ((1 << 20) - 4),
    "over a mebibyte": "id: " + "x" * (1 << 20),
    "a mebibyte of keys": "".join(f"k{i:06}: v\n" for i in range(100_000))[: 1 << 20],
    "20,000 unknown keys": "".join(f"k{i:06}: v\n" for i in range(20_000)),
    "15,000 states without anything": "states:\n" + "".join(f"  s{i}: {{}}\n" for i in range(15_000)),
    "the same key": "id: a\n" * 20_000,
    "a long chain": _chain(1500),
    "numbers": "version: " + "9" * 100_000,
    "a long duration": "defaults: {min_dwell: " + "9" * 100_000 + " days}",
    "spaces in a duration": "defaults: {min_dwell: '1" + " " * 100_000 + "x'}",
    "Norway": "NO: no\non: yes\n",
    "sexagesimal": "defaults: {min_dwell: 18:00}\n",
    "carriage returns": "id: a\rversion: 1\r",
    "line separators": "id: a\u2028b\u2029\x85c\n",
    "combining characters": "id: a" + "\u0301" * 50_000 + "\n",
    "only a value": "x",
    "only a list": "[1, 2]",
    "a tag": "!!python/object/apply:os.system ['true']\n",
}


_TIMED = """
import json, time
from tests.workflow.test_hostile_definitions import HOSTILE, survive
times = {}
for name, text in HOSTILE.items():
    for calendar in (False, True):
        before = time.process_time()
        survive(text, calendar=calendar)
        times[f"{name}/{calendar}"] = time.process_time() - before
print(json.dumps(times))
"""


@pytest.fixture(scope="module")
def cpu_seconds() -> dict[str, float]:
    """Of each file, in a process of its own: here the collector also walks what other tests have left."""
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", _TIMED], capture_output=True, text=True, check=True, cwd=root)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("calendar", [False, True])
def test_hostile_files_give_findings_in_less_than_a_second(
    name: str, calendar: bool, cpu_seconds: dict[str, float]
) -> None:
    read, findings = survive(HOSTILE[name], calendar=calendar)
    assert cpu_seconds[f"{name}/{calendar}"] < 1
    assert read == (name == "a long chain" and not calendar)
    assert findings or read


def test_a_value_that_looks_like_something_else_is_the_text_that_stands_there() -> None:
    """YAML 1.1 would read a truth value, a number to the base of 60, and a float."""
    text = shipped("complaint").replace('en: "Withdrawn", zh: "客户撤诉"', "en: NO, zh: 18:00")
    sink = Sink()
    found = read_workflow(Source("w", text), sink)
    assert found is not None
    withdrawn = found.state("withdrawn")
    assert withdrawn is not None
    assert (withdrawn.label.en, withdrawn.label.zh) == ("NO", "18:00")
