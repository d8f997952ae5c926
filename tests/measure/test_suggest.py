"""Suggested tests: they pass, they reach what they are for, and they notice the slips they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.base.span import Source
from kamflow.measure.coverage import measure_coverage
from kamflow.measure.mutants import Workshop
from kamflow.measure.readings import read_tests
from kamflow.measure.suggest import confirmed_later, suggest_for_mutants, suggest_for_places
from kamflow.project.load import Project, load_project, load_sources
from kamflow.project.run_tests import run_tests
from tests.measure.planted import HEAD, load, readings_of
from tests.measure.test_coverage import POLICY, TEST

ROOT = Path(__file__).resolve().parents[2]


def without_tests(text: str) -> str:
    """Cut a policy off at its first test: what follows in the samples is tests and scenarios."""
    at = min(i for i in (text.find("\ntest "), text.find("\n测试 "), len(text)) if i >= 0)
    return text[:at] + "\n"


def bare_sample(*names: str) -> Project:
    sources = {}
    for name in names:
        text = (ROOT / "examples/samples" / name).read_text(encoding="utf-8")
        sources[name] = Source(name, without_tests(text))
    project = load_sources(sources)
    assert not project.has_errors
    return project


def places_suggested(project: Project) -> tuple[Project, set[str]]:
    """Return the project with the suggested tests in it, and what no record was found for."""
    readings = readings_of(project)
    coverage = measure_coverage(project, readings, set(project.sources))
    made = suggest_for_places(project, coverage, readings)
    sources = {
        n: Source(n, s.text + "\n" + "\n".join(confirmed_later(made, n))) for n, s in project.sources.items()
    }
    return load_sources(sources), {s.about.en for s in made if not s.found}


@pytest.mark.parametrize(
    "names",
    [("tiering.kam",), ("tiering.kam", "pricing.kam"), ("tiering.kam", "retention.kam"), ("客户分级.kam",),
     ("客户分级.kam", "定价.kam"), ("客户分级.kam", "挽回.kam")],
    ids=lambda names: names[-1],
)  # fmt: skip
def test_tests_suggested_for_a_policy_without_tests_pass_and_reach_every_row(names: tuple[str, ...]) -> None:
    project, lost = places_suggested(bare_sample(*names))
    assert [f.message.en for f in project.findings if f.is_error] == []
    assert [r.title for r in run_tests(project) if not r.passed] == []
    coverage = measure_coverage(project, readings_of(project), set(project.sources))
    missed = {(c.place.kind.value, c.place.owner) for p in coverage.policies for c in p.missed}
    # classes are among all customers, facts are of whole records: no test of one record is for them
    assert {m for m in missed if m[0] not in {"class", "fact"}} == set()
    assert lost == set()


def test_a_suggestion_is_laid_out_marked_and_in_the_language_of_the_file() -> None:
    text = (
        HEAD
        + """
decision tier of customer : tier
  table unique
    | score       || tier |
    | at least 80 || top  |
    | below 80    || low  |
end

test "top" as of 2026-06-30
  given customer
    score = 80
  expect tier is top
end
"""
    )
    project = load(text)
    readings = readings_of(project)
    made = suggest_for_places(project, measure_coverage(project, readings, {"p.kam"}), readings)
    assert list(confirmed_later(made, "p.kam")) == [
        """\
-- To be confirmed: this is what the engine answers today.
test "row 2 of tier" as of 2026-06-30
  given customer
    score = 0
  expect tier is low
end
"""
    ]


def test_what_no_record_reaches_is_said_by_name() -> None:
    text = (
        POLICY
        + TEST
        + """
record order
  amount : money
end

record shop
  id : text
  orders : list of order
end

decision busy of shop : yes/no
  when (count of orders where amount > 0 CNY) > 0 then yes
  otherwise no
end
"""
    )
    project = load(text)
    readings = readings_of(project)
    made = suggest_for_places(project, measure_coverage(project, readings, {"p.kam"}), readings)
    assert [s.about.en for s in made if not s.found and "busy" in s.about.en] == ["clause 1 of busy"]


def test_conditions_on_items_of_a_list_are_no_edges_of_the_record() -> None:
    text = (
        HEAD
        + """
record order
  amount : count
end

record shop
  id     : text
  most   : count
  orders : list of order
end

decision many of shop : yes/no
  when (count of orders where amount > most) < most then yes
  otherwise no
end
"""
    )
    project = load(text)
    made = suggest_for_places(project, measure_coverage(project, (), {"p.kam"}), ())
    assert {s.about.en: s.found for s in made} == {"clause 1 of many": True, "otherwise of many": True}


def test_a_suggestion_for_a_survivor_notices_it() -> None:
    path = ROOT / "examples/samples/定价.kam"
    base = bare_sample("客户分级.kam", path.name)
    workshop = Workshop(base, readings_of(base))
    made = [m for m in workshop.mutants(workshop.places({path.name})) if m.survived]
    suggested = suggest_for_mutants(base, made, readings_of(base))
    assert sum(s.found for s in suggested) >= 0.9 * len(made)
    sources = {
        n: Source(n, s.text + "\n" + "\n".join(confirmed_later(suggested, n)))
        for n, s in base.sources.items()
    }
    project = load_sources(sources)
    assert [r.title for r in run_tests(project) if not r.passed] == []
    workshop = Workshop(project, readings_of(project))
    left = [m.slip.edits for m in workshop.mutants(workshop.places({path.name})) if m.survived]
    served = [m.slip.edits for m, s in zip(made, suggested, strict=True) if s.found]
    assert [e for e in served if e in left] == []


def test_suggestions_are_the_same_every_time() -> None:
    project = load_project([ROOT / "examples/retail"])
    readings = read_tests(project, set(project.sources))[:5]
    coverage = measure_coverage(project, readings, set(project.sources))
    first = suggest_for_places(project, coverage, readings)
    assert first
    assert suggest_for_places(project, coverage, readings) == first
