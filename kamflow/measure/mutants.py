"""Mutants: a project as it would be after one slip, and whether its tests notice.

Assumes: a project without errors and the readings of its tests. Leaves: for each slip that makes another
meaning, a ``Mutant``. A slip that does not compile, or means what was there, is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from kamflow.base.diagnostic import Edit, Sink
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.check.recheck import Bench, Changed
from kamflow.core.expr import DefKey, Table
from kamflow.core.program import Def, Program, TestCase
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.measure.readings import Reading
from kamflow.measure.same import form_of
from kamflow.measure.slip import Pen, Slip, SlipKind
from kamflow.measure.slips import slips_in
from kamflow.passes.unfold_tables import choose_of
from kamflow.project.load import Project, Stretch, load_sources
from kamflow.project.run_tests import holds
from kamflow.syntax import nodes
from kamflow.syntax.parse import parse_file
from kamflow.values.outcome import Undecided

_HEADERS = {Lang.EN: "policy p\nend\n", Lang.ZH: "策略 甲\n结束\n"}
_NOTICED = (NotGiven, Undecided, ArithmeticError, AssertionError, ValueError)
"""What ends a test of a program that means something else: an answer that there is not."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What a slip makes of one program: ``lowered`` runs; ``keys``: definitions that changed."""

    stretch: Stretch
    lowered: Program
    changed: Changed
    keys: frozenset[DefKey]


@dataclass(frozen=True, slots=True)
class Mutant:
    """``noticed_by``: the title of a test that fails, None where all pass; ``tried``: expectations run."""

    slip: Slip
    policy: str
    decl: str
    lang: Lang
    noticed_by: Text | None
    tried: int
    variants: tuple[Variant, ...]

    @property
    def kind(self) -> SlipKind:
        return self.slip.kind

    @property
    def span(self) -> Span:
        return self.slip.span

    @property
    def survived(self) -> bool:
        return self.noticed_by is None


@dataclass(frozen=True, slots=True)
class _Place:
    file: nodes.PolicyFile
    decl: nodes.Decl
    slip: Slip


class Workshop:
    """Makes mutants of a project."""

    def __init__(self, project: Project, readings: Sequence[Reading]) -> None:
        self.project = project
        self._readings = [r for r in readings if r.holds]
        self._benches: dict[int, Bench] = {}
        self._forms: dict[tuple[int, DefKey], object] = {}
        self._programs = list({id(s.program): s for s in project.stretches if s.program is not None}.values())

    def places(self, files: Set[str]) -> list[_Place]:
        """Return all slips in the files, in the order of the text."""
        out: list[_Place] = []
        for file in self.project.files:
            stretch = next((s for s in self._programs if _holds_file(s, file)), None)
            if file.source not in files or stretch is None or stretch.program is None:
                continue
            pen = Pen(self.project.sources[file.source], file.lang, stretch.program.enums)
            out += [_Place(file, d, s) for d in file.decls for s in slips_in(d, pen, file.decls)]
        return out

    def mutants(
        self, places: Sequence[_Place], progress: Callable[[int], None] = lambda _: None
    ) -> Iterator[Mutant]:
        """Yield the mutants of slips, each tried; two that mean the same are one."""
        seen: set[object] = set()
        for number, place in enumerate(places, 1):
            variants = self._variants(place)
            meaning = frozenset(m for v in variants for m in self._meaning(v))
            if meaning and meaning not in seen:
                seen.add(meaning)
                yield self._tried(place, variants)
            progress(number)

    # ---- what a slip makes

    def _variants(self, place: _Place) -> tuple[Variant, ...]:
        new: nodes.Decl | None = None
        if place.slip.kind is not SlipKind.DROP_RULE:
            new = reparse(
                place.decl, place.slip.edits, self.project.sources[place.file.source], place.file.lang
            )
            if new is None:
                return ()
        out: list[Variant] = []
        for stretch in self._programs:
            if not _holds_file(stretch, place.file):
                continue
            changed = self._bench(stretch).change(place.decl, new)
            if changed is None:
                return ()
            if changed.elsewhere:
                return self._reloaded(place)
            out.append(_variant(stretch, changed))
        return tuple(out)

    def _bench(self, stretch: Stretch) -> Bench:
        bench = self._benches.get(id(stretch.program))
        if bench is None:
            assert stretch.program is not None
            files = [f for f in self.project.files if _holds_file(stretch, f)]
            bench = self._benches[id(stretch.program)] = Bench(files, stretch.program)
        return bench

    def _reloaded(self, place: _Place) -> tuple[Variant, ...]:
        """Check the whole project anew: the edit reaches beyond its declaration."""
        project = edited_project(self.project, place.slip.edits)
        if project.has_errors:
            return ()
        out: list[Variant] = []
        for stretch in self._programs:
            if not _holds_file(stretch, place.file):
                continue
            other = project.stretch_on(stretch.start)
            if other is None or other.lowered is None or stretch.lowered is None:
                return ()
            old = stretch.lowered.defs
            defs = tuple(d for k, d in other.lowered.defs.items() if k not in old or old[k] != d)
            gone = frozenset(k for k in old if k not in other.lowered.defs)
            keys = frozenset(d.key for d in defs) | gone
            out.append(Variant(stretch, other.lowered, Changed(defs, elsewhere=True), keys))
        return tuple(out)

    def _meaning(self, v: Variant) -> Iterator[object]:
        """Yield what is different from what was; nothing where all means the same."""
        old = v.stretch.lowered
        assert old is not None
        if v.changed.param is not None:
            param = v.changed.param
            if param.versions != old.params[param.name].versions:
                yield (id(old), "param", param.name, param.versions)
        elif v.changed.population is not None:
            population = v.changed.population
            if form_of(population.where) != form_of(old.populations[population.name].where):
                yield (id(old), "population", population.name, form_of(population.where))
        else:
            for key in v.keys:
                if key not in v.lowered.defs:
                    continue
                new = form_of(v.lowered.defs[key].body)
                if new != self._form(old, key):
                    yield (id(old), key, new)

    def _form(self, program: Program, key: DefKey) -> object:
        at = (id(program), key)
        if at not in self._forms:
            self._forms[at] = form_of(program.defs[key].body) if key in program.defs else None
        return self._forms[at]

    # ---- whether a test notices

    def _tried(self, place: _Place, variants: tuple[Variant, ...]) -> Mutant:
        tried = 0
        noticed: Text | None = None
        for variant in variants:
            interpreters: dict[Span, tuple[TestCase, Interpreter]] = {}
            for reading in self._readings:
                if not _touches(reading, variant):
                    continue
                tried += 1
                if not _still_holds(reading, variant, interpreters):
                    noticed = reading.case.title
                    break
            if noticed is not None:
                break
        header = place.file.header
        policy = header.name.text if header is not None else ""
        return Mutant(place.slip, policy, name_of(place.decl), place.file.lang, noticed, tried, variants)


def _variant(stretch: Stretch, changed: Changed) -> Variant:
    assert stretch.lowered is not None
    lowered = tuple(_lower(d) for d in changed.defs)
    program = replace(changed, defs=lowered).apply(stretch.lowered)
    return Variant(stretch, program, changed, frozenset(d.key for d in lowered))


def _lower(d: Def) -> Def:
    return replace(d, body=choose_of(d.body)) if isinstance(d.body, Table) else d


def _holds_file(stretch: Stretch, file: nodes.PolicyFile) -> bool:
    assert stretch.program is not None
    return any(p.span.source == file.source for p in stretch.program.policies)


def _touches(reading: Reading, variant: Variant) -> bool:
    """Say whether an expectation read what changed."""
    if reading.stretch.program is not variant.stretch.program:
        return False
    changed = variant.changed
    if changed.param is not None:
        name, day = changed.param.name, reading.case.as_of
        before = variant.stretch.lowered
        assert before is not None
        same = before.params[name].value_on(day) == changed.param.value_on(day)
        return name in reading.params and not same
    if changed.population is not None:
        return changed.population.name in reading.populations
    return not variant.keys.isdisjoint(reading.keys)


def _still_holds(
    reading: Reading, variant: Variant, interpreters: dict[Span, tuple[TestCase, Interpreter]]
) -> bool:
    case = reading.case
    known = interpreters.get(case.span)
    if known is None:
        other = _own_case(case, variant)
        portfolio = other.records if other.is_portfolio else None
        known = interpreters[case.span] = (other, Interpreter(variant.lowered, other.as_of, portfolio))
    own, interpreter = known
    expect = own.expects[reading.expect]
    try:
        return holds(interpreter, expect, own.records[expect.subject])
    except _NOTICED:
        return False


def _own_case(case: TestCase, variant: Variant) -> TestCase:
    """Return the test as it was checked with the variant: the same, unless all was checked anew."""
    if not variant.changed.elsewhere:
        return case
    before = variant.stretch.lowered
    assert before is not None
    number = next(i for i, t in enumerate(before.tests) if t is case)
    return variant.lowered.tests[number]


def name_of(decl: nodes.Decl) -> str:
    match decl:
        case nodes.PropertyNode() | nodes.ImpossibleNode() | nodes.TestNode() | nodes.ScenarioNode():
            return ""
        case _:
            return decl.name.text


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end), reverse=True):
        text = text[: edit.span.start] + edit.new_text + text[edit.span.end :]
    return text


def reparse(decl: nodes.Decl, edits: Sequence[Edit], source: Source, lang: Lang) -> nodes.Decl | None:
    """Parse one declaration after edits of it; None where the text is no longer one declaration."""
    start, end = decl.span.start, decl.span.end
    own = [Edit(Span(e.span.source, e.span.start - start, e.span.end - start), e.new_text) for e in edits]
    text = apply_edits(source.text[start:end], own)
    sink = Sink()
    file = parse_file(Source(source.name, _HEADERS[lang] + text + "\n"), sink)
    if file is None or sink.has_errors or len(file.decls) != 1 or type(file.decls[0]) is not type(decl):
        return None
    return file.decls[0]


def edited_project(project: Project, edits: Sequence[Edit]) -> Project:
    """Load a project again with edits of its texts."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.span.source, []).append(edit)
    changed = {n: Source(n, apply_edits(project.sources[n].text, own)) for n, own in by_file.items()}
    return load_sources({**project.sources, **changed})


def sampled(places: Sequence[_Place], limit: int) -> list[_Place]:
    """Return at most ``limit`` of the slips, always the same ones, in the order of the text."""
    if len(places) <= limit:
        return list(places)

    def lot(place: _Place) -> bytes:
        said = [f"{e.span.start}:{e.span.end}:{e.new_text}" for e in place.slip.edits]
        return hashlib.sha256("\n".join([place.file.source.rpartition("/")[2], *said]).encode()).digest()

    chosen = {id(p) for p in sorted(places, key=lot)[:limit]}
    return [p for p in places if id(p) in chosen]
