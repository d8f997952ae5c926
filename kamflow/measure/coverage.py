"""What the tests of policies reach: every place with the number of tests that come there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from kamflow.base.span import Span
from kamflow.core.dress import beaten
from kamflow.core.expr import Choose, Hit, Override
from kamflow.core.program import Program
from kamflow.measure.describe import describe
from kamflow.measure.places import Event, Group, Place, places_of
from kamflow.measure.readings import Reading
from kamflow.project.load import Project


@dataclass(frozen=True, slots=True)
class Covered:
    """A place, and how many tests reach it."""

    place: Place
    tests: int

    @property
    def reached(self) -> bool:
        return self.tests > 0


@dataclass(frozen=True, slots=True)
class Tally:
    reached: int
    total: int

    @property
    def percent(self) -> float:
        """The part reached, cut to one decimal: 100 is everything. Nothing to reach is all of it."""
        return (self.reached * 1000 // self.total) / 10 if self.total else 100.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.reached + other.reached, self.total + other.total)


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    policy: str
    file: str
    places: tuple[Covered, ...]

    def tally(self, group: Group | None = None) -> Tally:
        """Count one group, or all."""
        own = [c for c in self.places if group is None or c.place.group is group]
        return Tally(sum(c.reached for c in own), len(own))

    @property
    def missed(self) -> tuple[Covered, ...]:
        return tuple(c for c in self.places if not c.reached)


@dataclass(frozen=True, slots=True)
class Coverage:
    """``policies`` in the order of their files; a policy without anything to reach is left out."""

    policies: tuple[PolicyCoverage, ...]

    def tally(self, group: Group | None = None) -> Tally:
        return sum((p.tally(group) for p in self.policies), Tally(0, 0))


def measure_coverage(project: Project, readings: Sequence[Reading], files: Set[str]) -> Coverage:
    """Count the tests that reach each place in ``files``."""
    said = describe(project.files, project.sources)
    tests_of: dict[Event, set[Span]] = {}
    rows = {id(s.lowered): choices_of(s.lowered) for s in project.stretches if s.lowered is not None}
    for reading in readings:
        for event in events_of(reading, rows[id(reading.stretch.lowered)]):
            tests_of.setdefault(event, set()).add(reading.case.span)
    found: dict[tuple[object, ...], Place] = {}
    done: set[int] = set()
    for stretch in project.stretches:
        if stretch.lowered is None or id(stretch.lowered) in done:
            continue
        done.add(id(stretch.lowered))
        for place in places_of(stretch.lowered, said):
            at = (place.kind, place.owner, place.number, place.span)
            known = found.get(at)
            found[at] = place if known is None else replace(known, events=known.events | place.events)
    out: list[PolicyCoverage] = []
    for file in project.files:
        if file.source not in files or file.header is None:
            continue
        own = sorted((p for p in found.values() if p.span.source == file.source), key=_order)
        counted = tuple(
            Covered(p, len(set().union(*(tests_of.get(e, set()) for e in p.events)))) for p in own
        )
        if counted:
            out.append(PolicyCoverage(file.header.name.text, file.source, counted))
    return Coverage(tuple(out))


def _order(place: Place) -> tuple[int, int, str, str]:
    return (place.span.start, place.number, place.kind.value, place.owner)


def choices_of(program: Program) -> dict[int, Choose]:
    """Return the row choices of a program by the ids of their nodes."""
    return {id(d.body): d.body for d in program.defs.values() if isinstance(d.body, Choose)}


def events_of(reading: Reading, choices: dict[int, Choose]) -> Iterator[Event]:
    """Yield what happened while an expectation was tried, as ``places_of`` names it."""
    program = reading.stretch.lowered
    assert program is not None
    for node, values in reading.values.items():
        choice = choices.get(node)
        for value in values:
            if choice is None:
                yield ("value", node, value)
            elif choice.hit is Hit.COLLECT:
                fired = value if isinstance(value, tuple) else ()
                for i in range(len(choice.branches)):
                    yield ("row" if i in fired else "no row", node, i)
            else:
                yield ("row", node, value)
    for key in reading.keys:
        yield ("def", key)
    for key, applied_sets in reading.applied.items():
        body = program.defs[key].body
        assert isinstance(body, Override)
        for applied in applied_sets:
            losers = beaten(body, applied)
            for i in range(len(body.rules)):
                if i not in applied:
                    yield ("not applied", id(body), i)
                else:
                    yield ("lost" if i in losers else "applied", id(body), i)
    for name in reading.params:
        versions = program.params[name].versions
        index = max((i for i, (day, _) in enumerate(versions) if day <= reading.case.as_of), default=0)
        yield ("param", id(program), name, index)
    for fact in reading.facts:
        yield ("fact", id(program), fact)
