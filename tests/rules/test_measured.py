"""What ships is tested: every row is reached, and nine slips in ten, in every policy, are noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.measure.coverage import measure_coverage
from kamflow.measure.mutants import Workshop
from kamflow.measure.mutation import score_of
from kamflow.measure.readings import read_tests
from kamflow.project.load import load_project

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("rules", "examples/samples", "examples/retail")


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_that_ships_is_reached_by_its_tests(folder: str) -> None:
    project = load_project([ROOT / folder])
    files = set(project.sources)
    coverage = measure_coverage(project, read_tests(project, files), files)
    assert coverage.policies
    missed = [
        f"{p.policy} {c.place.kind.value} {c.place.owner} {c.place.number}"
        for p in coverage.policies
        for c in p.missed
    ]
    assert missed == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_nine_slips_in_ten_are_noticed_in_every_policy_that_ships(folder: str) -> None:
    project = load_project([ROOT / folder])
    workshop = Workshop(project, read_tests(project, set(project.sources)))
    noticed: dict[str, list[bool]] = {}
    for mutant in workshop.mutants(workshop.places(set(project.sources))):
        noticed.setdefault(mutant.policy, []).append(not mutant.survived)
    assert noticed
    assert {p: score_of(sum(n), len(n)) for p, n in noticed.items() if score_of(sum(n), len(n)) < 90} == {}
