"""Measure the tests of policies: run them, count what they reach, try the slips they should notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kamflow.app.named_files import load_named
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.measure import errors
from kamflow.measure.coverage import Coverage, measure_coverage
from kamflow.measure.mutants import Workshop
from kamflow.measure.mutation import Mutation, mutate
from kamflow.measure.readings import Reading, read_tests
from kamflow.measure.show_slip import diff_text
from kamflow.measure.slip import KIND_WORDS, SlipKind
from kamflow.measure.suggest import (
    Suggestion,
    about_place,
    confirmed_later,
    suggest_for_mutants,
    suggest_for_places,
)
from kamflow.project.load import Project

_BOUNDS_TRIED = 3_000
"""Slips up to which `check --suggest-tests` looks for bounds that no test notices."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``coverage``, ``mutation``: what was asked for; both None where the policies do not compile."""

    project: Project
    coverage: Coverage | None
    mutation: Mutation | None
    findings: tuple[Diagnostic, ...]


def measure(
    paths: Sequence[Path],
    wanted: str = "",
    *,
    cov: bool,
    mutants: bool,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Measured:
    """Load policies and measure the tests whose title or policy contains ``wanted``."""
    named = load_named(paths)
    project = named.project
    if project.has_errors:
        return Measured(project, None, None, ())
    readings = read_tests(project, named.files, wanted=wanted)
    coverage = measure_coverage(project, readings, named.files) if cov else None
    mutation = None
    if mutants:
        mutation = mutate(project, readings, named.files, limit=limit, progress=progress)
    found = [*_not_reached(coverage), *_not_noticed(project, mutation, readings)]
    return Measured(project, coverage, mutation, errors.found_first(found))


def _not_reached(coverage: Coverage | None) -> list[Diagnostic]:
    missed = [c.place for p in coverage.policies for c in p.missed] if coverage is not None else []
    return [errors.not_reached(p.span, about_place(p), p.words) for p in missed]


def _not_noticed(
    project: Project, mutation: Mutation | None, readings: Sequence[Reading]
) -> list[Diagnostic]:
    if mutation is None:
        return []
    found = [
        errors.fails_already(r.case.expects[r.expect].span, r.case.title) for r in readings if not r.holds
    ]
    for policy in mutation.policies:
        for survivor in policy.survivors:
            mutant = survivor.mutant
            diff = diff_text(project.sources[mutant.span.source], mutant.slip.edits)
            kind, made = KIND_WORDS[mutant.kind], survivor.suggestion
            found.append(
                errors.not_noticed(mutant.span, mutant.decl, kind, diff, made.test, searched=made.searched)
            )
    return found


@dataclass(frozen=True, slots=True)
class Suggested:
    """``text``: all tests, by file; ``findings``: places for which no record was found."""

    project: Project
    text: str
    tests: int
    findings: tuple[Diagnostic, ...]


def suggest_tests(paths: Sequence[Path]) -> Suggested:
    """Write tests for what no test of the policies reaches, and for bounds that none notices."""
    named = load_named(paths)
    project = named.project
    if project.has_errors:
        return Suggested(project, "", 0, ())
    readings = read_tests(project, named.files)
    coverage = measure_coverage(project, readings, named.files)
    made = list(suggest_for_places(project, coverage, readings))
    found = [errors.no_record_found(s.span, s.about) for s in made if not s.found]
    made += _for_bounds(project, readings, named.files)
    blocks: list[str] = []
    for file in project.files:
        own = list(confirmed_later(made, file.source))
        if own:
            head = Text(f"-- For {Path(file.source).name}", f"-- 用于 {Path(file.source).name}")
            blocks += [head.in_(file.lang) + "\n", *own]
    tests = sum(block.count("\n") > 1 for block in blocks)
    return Suggested(project, "\n".join(blocks), tests, errors.found_first(found))


def _for_bounds(
    project: Project, readings: Sequence[Reading], files: frozenset[str]
) -> tuple[Suggestion, ...]:
    workshop = Workshop(project, readings)
    places = [p for p in workshop.places(files) if p.slip.kind is SlipKind.BOUND][:_BOUNDS_TRIED]
    survivors = [m for m in workshop.mutants(places) if m.survived]
    return suggest_for_mutants(project, survivors, readings)
