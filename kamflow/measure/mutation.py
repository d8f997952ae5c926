"""All mutants of policies, judged: the score, and the survivors with a test that would notice them."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from kamflow.measure.mutants import Mutant, Workshop, sampled
from kamflow.measure.readings import Reading
from kamflow.measure.suggest import Suggestion, suggest_for_mutants
from kamflow.project.load import Project


@dataclass(frozen=True, slots=True)
class Survivor:
    """``suggestion``: a test that would notice it; without one no record was found that tells them apart."""

    mutant: Mutant
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class PolicyMutation:
    policy: str
    file: str
    noticed: int
    survivors: tuple[Survivor, ...]

    @property
    def total(self) -> int:
        return self.noticed + len(self.survivors)

    @property
    def score(self) -> float:
        """The part that tests notice, in percent, cut to one decimal."""
        return score_of(self.noticed, self.total)

    @property
    def alike(self) -> int:
        """How many survivors no record was found for: they may mean the same."""
        return sum(s.suggestion.searched and not s.suggestion.found for s in self.survivors)


@dataclass(frozen=True, slots=True)
class Mutation:
    """``slips``: how many edits there are; ``tried``: how many of them were made (a limit was set)."""

    policies: tuple[PolicyMutation, ...]
    slips: int
    tried: int

    @property
    def noticed(self) -> int:
        return sum(p.noticed for p in self.policies)

    @property
    def total(self) -> int:
        return sum(p.total for p in self.policies)

    @property
    def score(self) -> float:
        return score_of(self.noticed, self.total)


def score_of(noticed: int, total: int) -> float:
    return (noticed * 1000 // total) / 10 if total else 100.0


def mutate(
    project: Project,
    readings: Sequence[Reading],
    files: Set[str],
    *,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Mutation:
    """Make and try the mutants of ``files``; ``progress`` hears of each slip that is done."""
    workshop = Workshop(project, readings)
    places = workshop.places(files)
    chosen = places if limit is None else sampled(places, limit)
    made = list(workshop.mutants(chosen, lambda done: progress(done, len(chosen))))
    survivors = [m for m in made if m.survived]
    suggestions = dict(
        zip(map(id, survivors), suggest_for_mutants(project, survivors, readings), strict=True)
    )
    out: list[PolicyMutation] = []
    for file in project.files:
        own = [m for m in made if m.span.source == file.source]
        if own and file.header is not None:
            left = tuple(Survivor(m, suggestions[id(m)]) for m in own if m.survived)
            out.append(PolicyMutation(file.header.name.text, file.source, len(own) - len(left), left))
    return Mutation(tuple(out), len(places), len(chosen))
