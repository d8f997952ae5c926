"""The map of the practice is complete, and every name on it is where the map says (commands: test_pages)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

import kamflow
from kamflow.base.span import Span
from kamflow.report.catalog import REPORTS
from tests.docs.blocks import DOCS, ROOT
from tests.docs.practice_map import Place, System, read_map, wanted

Spoil: TypeAlias = Callable[[str], str]
MAPS = ["practice.md", "practice.zh.md"]
PAGES_OF_REPORTS = {"reports.md", "reports.zh.md"}


@cache
def systems(page: str) -> tuple[System, ...]:
    return tuple(read_map((DOCS / page).read_text(encoding="utf-8")))


@cache
def declared() -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """Return what each policy file defines (outputs, facts, records, rules), and its parameters."""
    program = kamflow.load(ROOT / "rules").stretch_on(date(2026, 6, 30)).program
    assert program is not None
    names: dict[str, set[str]] = defaultdict(set)
    parameters: dict[str, set[str]] = defaultdict(set)
    for definition in program.defs.values():
        names[_file(definition.span)].add(definition.key.name)
    for parameter in program.params.values():
        parameters[_file(parameter.span)].add(parameter.name)
    for path in (ROOT / "rules").glob("*.kam"):
        text = path.read_text(encoding="utf-8")
        names[path.name] |= set(re.findall(r"^(?:rule|record|decision|type) (\w+)", text, re.M))
    return names, parameters


def _file(span: object) -> str:
    assert isinstance(span, Span)
    return Path(span.source).name


def not_there(place: Place) -> list[str]:
    """Return the names that a place does not have."""
    if place.file in PAGES_OF_REPORTS:
        return sorted(set(place.names) - set(REPORTS))
    path = (DOCS / place.file).resolve()
    if path.suffix == ".yaml":
        text = path.read_text(encoding="utf-8")
        return [n for n in place.names if not re.search(rf"^  {n}:$|\bid: {n}\b|role:{n}\b", text, re.M)]
    return sorted(set(place.names) - declared()[0][path.name])


@pytest.mark.parametrize(("page", "language"), [(MAPS[0], 0), (MAPS[1], 1)])
def test_the_map_has_every_system_once_and_no_other(page: str, language: int) -> None:
    assert [(s.section, s.title) for s in systems(page)] == wanted(language)


@pytest.mark.parametrize("page", MAPS)
def test_every_system_says_what_it_decides_where_and_shows_it(page: str) -> None:
    for system in systems(page):
        assert len(system.told) >= 10, system.title
        assert system.places, system.title
        assert all(place.names for place in system.places), system.title
        assert system.commands, system.title


@pytest.mark.parametrize("page", MAPS)
def test_every_name_is_in_the_file_that_the_map_says(page: str) -> None:
    wrong = {(s.title, p.file, n) for s in systems(page) for p in s.places for n in not_there(p)}
    assert wrong == set()


_WORDS_OF_FILES = {
    "when", "hold", "min_dwell", "version", "budgets", "escalation", "from", "--set", "classify",
}  # fmt: skip


@pytest.mark.parametrize("page", MAPS)
def test_every_parameter_to_change_is_one_of_a_file_of_its_system(page: str) -> None:
    names, parameters = declared()
    wrong: list[tuple[str, str]] = []
    for system in systems(page):
        files = [Path(p.file).name for p in system.places]
        known = set().union(_WORDS_OF_FILES, *(parameters[f] | names[f] for f in files))
        wrong += [(system.title, n) for n in system.change if n not in known]
    assert wrong == []


def test_both_languages_name_the_same_and_run_the_same_commands() -> None:
    english, chinese = systems(MAPS[0]), systems(MAPS[1])
    for one, other in zip(english, chinese, strict=True):
        assert [(p.file, p.names) for p in one.places] == [
            (p.file.replace(".zh.md", ".md"), p.names) for p in other.places
        ]
        assert one.change == other.change
        assert [c.replace(" --lang zh", "") for c in other.commands] == list(one.commands)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: text.replace("### 1.1 Pareto and ABC\n", "### 1.1 Pareto\n"), "Pareto"),
        (lambda text: text.replace("`abc_class`", "`abc_klass`"), "abc_klass"),
        (lambda text: text.replace("`tier_s_from`", "`tier_x_from`"), "tier_x_from"),
        (lambda text: text.replace("`churn`", "`chorn`"), "chorn"),
        (lambda text: text.replace("`stable_declines`", "`stable_falls`"), "stable_falls"),
    ],
)
def test_a_map_that_is_wrong_is_found_out(spoil: Spoil, complaint: str) -> None:
    spoilt = read_map(spoil((DOCS / MAPS[0]).read_text(encoding="utf-8")))
    _, parameters = declared()
    known = set().union(_WORDS_OF_FILES, *parameters.values(), *declared()[0].values())
    found = {s.title for s in spoilt} - {title for _, title in wanted(0)}
    found |= {n for s in spoilt for p in s.places for n in not_there(p)}
    found |= {n for s in spoilt for n in s.change} - known
    assert found == {complaint}
