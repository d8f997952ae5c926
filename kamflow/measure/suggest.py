"""Tests for what no test reaches, with the answer that the engine gives today: for the author to confirm.

Every test that is suggested was parsed, checked and run beforehand, and passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.engines.interp import Interpreter
from kamflow.measure.atoms import Draft, record_of
from kamflow.measure.coverage import Coverage
from kamflow.measure.mutants import Mutant
from kamflow.measure.places import Place, PlaceKind
from kamflow.measure.quests import Aim, aim_at_mutant, aim_at_place, day_in
from kamflow.measure.readings import Reading
from kamflow.measure.search import NO_VALUE, find_record
from kamflow.measure.write_test import Answer, write_test
from kamflow.project.load import Project, Stretch, load_sources
from kamflow.project.run_tests import cases_of, run_test

_MOST_SEARCHED = 200
"""Tests that are made for survivors: who has more of them begins with those."""
_SHORT = 40
"""Characters up to which a title quotes what is written at the place."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``test``: the text of a test; "" where no record was found. ``about``: what it is for.
    ``searched``: a record was looked for."""

    file: str
    lang: Lang
    span: Span
    about: Text
    test: str
    searched: bool = True

    @property
    def found(self) -> bool:
        return bool(self.test)


def suggest_for_places(
    project: Project, coverage: Coverage, readings: Sequence[Reading]
) -> tuple[Suggestion, ...]:
    """Suggest a test for each place that none reaches."""
    made: list[Suggestion] = []
    langs = _langs(project)
    for policy in coverage.policies:
        day = usual_day(readings, policy.policy)
        for missed in policy.missed:
            place = missed.place
            stretch = _stretch_of(project, place)
            if stretch is None or place.kind in {PlaceKind.CLASS, PlaceKind.FACT}:
                continue
            as_of = _day_for(place, stretch, day)
            aim = aim_at_place(place, stretch, as_of, readings)
            about = about_place(place)
            text = _text(aim, find_record(aim.quest), about, langs[policy.file]) if aim is not None else ""
            made.append(Suggestion(policy.file, langs[policy.file], place.span, about, text))
    return _passing(project, made)


def suggest_for_mutants(
    project: Project, mutants: Sequence[Mutant], readings: Sequence[Reading]
) -> tuple[Suggestion, ...]:
    """Suggest a test that would notice each mutant, in their order; one may serve several."""
    made: list[Suggestion] = []
    known: list[tuple[Aim, Draft, str]] = []
    for mutant in mutants:
        about = about_mutant(mutant, project)
        aim = aim_at_mutant(mutant, usual_day(readings, mutant.policy), readings)
        text, searched = "", True
        if aim is not None:
            text = next((t for other, d, t in known if _serves(aim, other, d)), "")
            searched = bool(text) or len(known) < _MOST_SEARCHED
            draft = find_record(aim.quest) if searched and not text else None
            if draft is not None:
                text = _text(aim, draft, about, mutant.lang)
                known.append((aim, draft, text))
        made.append(Suggestion(mutant.span.source, mutant.lang, mutant.span, about, text, searched))
    return _passing(project, made)


def _serves(aim: Aim, other: Aim, draft: Draft) -> bool:
    if aim.outputs != other.outputs or aim.quest.as_of != other.quest.as_of:
        return False
    try:
        return aim.quest.reached(record_of(aim.quest.program, aim.quest.record, draft))
    except NO_VALUE:
        return False


_KINDS = {
    PlaceKind.ROW: Text("row {n} of {o}", "{o}：第 {n} 行"),
    PlaceKind.CLAUSE: Text("clause {n} of {o}", "{o}：第 {n} 个子句"),
    PlaceKind.BAND: Text("band {n} of {o}", "{o}：第 {n} 档"),
    PlaceKind.OTHERWISE: Text("otherwise of {o}", "{o}：否则"),
    PlaceKind.CLASS: Text("class {n} of {o}", "{o}：第 {n} 类"),
    PlaceKind.NOT_ROW: Text("row {n} of {o} does not apply", "{o}：第 {n} 行不命中"),
    PlaceKind.BRANCH: Text("branch {n} of {o}", "{o}：第 {n} 个分支"),
    PlaceKind.RULE: Text("rule {o} applies", "规则 {o} 生效"),
    PlaceKind.NOT_RULE: Text("rule {o} does not apply", "规则 {o} 不生效"),
    PlaceKind.LOST_RULE: Text("rule {o} is overruled", "规则 {o} 被其他规则压过"),
    PlaceKind.VERSION: Text("value {n} of parameter {o}", "参数 {o} 的第 {n} 个值"),
    PlaceKind.FACT: Text("fact {n}", "第 {n} 条事实"),
    PlaceKind.DEFINITION: Text("definition {o}", "定义 {o}"),
}


def about_place(place: Place) -> Text:
    """Name a place in a few words."""
    words = _KINDS[place.kind]
    owner = place.owner
    return Text(words.en.format(n=place.number, o=owner), words.zh.format(n=place.number, o=owner))


def about_mutant(mutant: Mutant, project: Project) -> Text:
    """Name the place of a slip by what is written there, or by its line where that is long."""
    source = project.sources[mutant.span.source]
    written = source.text[mutant.span.start : mutant.span.end].strip()
    if 0 < len(written) <= _SHORT and not set(written) & set('"“”|\n'):
        return Text(f"{mutant.decl}: {written}", f"{mutant.decl}：{written}")
    line, _ = source.line_col(mutant.span.start)
    return Text(f"{mutant.decl}: the edge at line {line}", f"{mutant.decl}：第 {line} 行的边界")


def _langs(project: Project) -> dict[str, Lang]:
    return {f.source: f.lang for f in project.files}


def usual_day(readings: Sequence[Reading], policy: str) -> int:
    """Return the day on which most tests of a policy run (else of all policies)."""
    own = Counter(r.case.as_of for r in readings if r.case.policy == policy)
    every = own or Counter(r.case.as_of for r in readings)
    return min(every, key=lambda d: (-every[d], d)) if every else 0


def _stretch_of(project: Project, place: Place) -> Stretch | None:
    for stretch in project.stretches:
        if stretch.program is not None and any(
            p.span.source == place.span.source for p in stretch.program.policies
        ):
            return stretch
    return None


def _day_for(place: Place, stretch: Stretch, usual: int) -> int:
    """Return the day of a test: the usual one if it lies in the stretch, or when the value begins."""
    assert stretch.program is not None
    day = day_in(stretch, usual)
    if place.kind is PlaceKind.VERSION:
        starts = [d for d, _ in stretch.program.params[place.owner].versions]
        return max(starts[place.number - 1], stretch.start)
    return day


def _text(aim: Aim, draft: Draft | None, about: Text, lang: Lang) -> str:
    """Write the test for values that were found; "" where there is nothing that could be expected."""
    if draft is None:
        return ""
    quest = aim.quest
    record = record_of(quest.program, quest.record, draft)
    ask = Interpreter(quest.program, quest.as_of)
    answers: list[Answer] = []
    for output in aim.outputs:
        try:
            answers.append(Answer(output, ask.value(output.key, record)))
        except NO_VALUE:
            continue
    if not answers:
        return ""
    return write_test(quest.program, lang, about.in_(lang), quest.as_of, quest.record, draft, answers)


def _passing(project: Project, made: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Take back the text of every test that does not pass where it would stand."""
    good = _passed(project, [m.test for m in made if m.test], made)
    return tuple(m if m.test in good or not m.test else _without(m) for m in made)


def _without(m: Suggestion) -> Suggestion:
    return replace(m, test="")


def _passed(project: Project, texts: Sequence[str], made: Sequence[Suggestion]) -> set[str]:
    """Return the tests that parse, check and pass; all at once, and one by one where that fails."""
    if not texts:
        return set()
    wanted = dict.fromkeys(texts)
    sources = dict(project.sources)
    begins: dict[tuple[str, int], str] = {}
    for m in made:
        if m.test in wanted and m.test not in begins.values():
            before = sources[m.file].text + "\n"
            begins[m.file, len(before)] = m.test
            sources[m.file] = Source(m.file, before + m.test)
    tried = load_sources(sources)
    if tried.has_errors:
        if len(wanted) == 1:
            return set()
        half = len(wanted) // 2
        some = list(wanted)
        return _passed(project, some[:half], made) | _passed(project, some[half:], made)
    passed: set[str] = set()
    for stretch, case in cases_of(tried):
        text = begins.get((case.span.source, case.span.start))
        if text is not None and run_test(stretch, case).passed:
            passed.add(text)
    return passed


def confirmed_later(suggestions: Sequence[Suggestion], file: str) -> Iterator[str]:
    """Yield the tests for a file, each once, under a comment that asks for confirmation."""
    seen: set[str] = set()
    for one in suggestions:
        if one.file != file or not one.test or one.test in seen:
            continue
        seen.add(one.test)
        comment = Text(
            "-- To be confirmed: this is what the engine answers today.",
            "-- 待确认：以下期望是引擎目前给出的结果。",
        )
        yield f"{comment.in_(one.lang)}\n{one.test}"
