"""Decide files of records: a request in, a run that yields one answer after the other out.

Assumes: paths and names as a person typed them. Leaves: an ``EvalRun`` (iterate it once; memory stays
flat) or a ``CannotEval`` with findings. Nothing is printed or written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.eval_portfolio import place_everybody
from kamflow.app.eval_tally import Tally
from kamflow.app.overlays import Overlay, with_overlay
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Source
from kamflow.batch.engines import EngineName
from kamflow.core.program import Program, uses_population
from kamflow.core.standings import Standings
from kamflow.engines.python.raw import may_be_absent
from kamflow.intake.read_record import ReadRecord
from kamflow.portfolio import BadRecord, Item, RawRecord, RecordSource, open_records
from kamflow.project.engine import Engine, Question, Slot, UsageError, root_records, scenario_values
from kamflow.project.explain import Explainer
from kamflow.project.explanation import Explanation
from kamflow.project.load import Project, Stretch, load_project
from kamflow.project.overlay import NotOverlaid
from kamflow.project.slot import id_of
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Decision, Rejection

if TYPE_CHECKING:
    from kamflow.app.eval_stages import Stage, Stages


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """What a person asks for; ``inputs`` and ``portfolio`` are paths, or ``-`` for standard input.

    ``cutoffs`` stand in place of a portfolio; ``write_cutoffs`` is where those of the portfolio go.
    ``reasons``: decisions carry their trace, for the reason of each; ``explain``: everything behind them.
    ``portfolio_later``: it is read only by whoever needs it in memory (``app/eval_batch.py``).
    """

    inputs: tuple[str, ...]
    policies: tuple[Path, ...]
    as_of: date
    portfolio: str | None = None
    cutoffs: str | None = None
    write_cutoffs: str | None = None
    record: str | None = None
    only: tuple[str, ...] = ()
    explain: bool = False
    reasons: bool = False
    ignore_unknown: bool = False
    scenario: str | None = None
    sheet: str | None = None
    input_format: str | None = None
    overlay: Overlay = field(default_factory=Overlay)
    engine: EngineName = EngineName.AUTO
    workers: int | None = None
    portfolio_later: bool = False
    only_root: bool = False
    keeps_rejects: bool = True


@dataclass(frozen=True, slots=True)
class CannotEval:
    """Nothing was decided. ``not_compiled``: the policies are at fault, not the request."""

    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)
    not_compiled: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One record decided. ``raw`` is what the file said; ``stages``: where it stands in workflows."""

    decision: Decision
    raw: Mapping[str, object]
    explanation: Explanation | None = None
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record rejected; ``raw`` is its fields, or the text that could not be read."""

    rejection: Rejection
    raw: Mapping[str, object] | str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every answer of a run rests on: policies, how everybody stands, a scenario's values."""

    stretch: Stretch
    standings: Standings | None
    overlay: Mapping[str, Value]
    engine: Engine


class EvalRun:
    """Iterate it once: an ``Answer`` or a ``Refusal`` for each record, in order. ``tally`` counts."""

    def __init__(
        self, request: EvalRequest, project: Project, slot: Slot, inputs: Iterator[RecordSource],
        explainer: Explainer | None, tally: Tally, grounds: Grounds, *, guessed: bool,
    ) -> None:  # fmt: skip
        self.request = request
        self.grounds = grounds
        self.project = project
        self.slot = slot
        self.tally = tally
        self.guessed = guessed
        self.explainer = explainer
        self.stages: Stages | None = None
        self._inputs = inputs

    @property
    def program(self) -> Program:
        return self.slot.program

    @property
    def record(self) -> str:
        """The name of the kind of record that is decided."""
        return self.slot.plan.record

    def __iter__(self) -> Iterator[Answer | Refusal]:
        for source in self._inputs:
            for answer in self.of_source(source):
                yield self._with_stages(answer) if isinstance(answer, Answer) else answer
        self.tally.check()

    def _with_stages(self, answer: Answer) -> Answer:
        if self.stages is None:
            return answer
        return replace(answer, stages=self.stages.of(answer.decision.id, answer.raw))

    def of_source(self, source: RecordSource) -> Iterator[Answer | Refusal]:
        """Decide the records of a file one after the other."""
        tally, fast = self.tally, self.slot.fast if self.explainer is None else None
        shape, id_name = self.slot.fast_shape, self.slot.id_name
        for item in source.items:
            tally.read += 1
            if fast is not None and isinstance(item, RawRecord) and not item.blank_is_missing:
                flat = fast(item.raw)
                if flat is not None:
                    tally.decided += 1
                    yield Answer(Decision(shape, flat, id_of(item.raw, id_name)), item.raw)
                    continue
            yield self.slowly(item)
        self.end(source)

    def raw_items(self) -> Iterator[RawRecord]:
        """Yield the records that can be read, undecided: for whoever looks for one of them."""
        for source in self._inputs:
            for item in source.items:
                self.tally.read += 1
                if isinstance(item, RawRecord):
                    yield item
            self.end(source)

    def answer(self, item: RawRecord) -> Answer | Refusal:
        """Decide one record of ``raw_items``."""
        return self.slowly(item)

    def slowly(self, item: Item) -> Answer | Refusal:
        """Read and decide one record with every finding."""
        if isinstance(item, BadRecord):
            rejection = Rejection(None, self.request.as_of, (item.finding,))
            return self._rejected(rejection, item.text)
        notes: list[Diagnostic] = []
        found = self.slot.answer(
            item.raw, item.place, ignore_unknown=self.request.ignore_unknown,
            blank_is_missing=item.blank_is_missing, locate=item.locate, notes=notes,
        )  # fmt: skip
        self.tally.add(notes)
        if isinstance(found, Rejection):
            return self._rejected(found, item.raw)
        self.tally.decided += 1
        return Answer(found, item.raw, self._explain(item))

    def _explain(self, item: RawRecord) -> Explanation | None:
        if self.explainer is None:
            return None
        record = self.typed(item)
        return self.explainer.explain(record) if record is not None else None

    def typed(self, item: RawRecord) -> TypedRecord | None:
        """Return a record as it is decided; None where it can't be read."""
        read = self.slot.reader.read(
            item.raw, item.place, ignore_unknown=True, blank_is_missing=item.blank_is_missing
        )
        return read.record if isinstance(read, ReadRecord) else None

    def _rejected(self, rejection: Rejection, raw: Mapping[str, object] | str) -> Refusal:
        self.tally.rejected += 1
        self.tally.add(rejection.findings)
        return Refusal(rejection, raw)

    def end(self, source: RecordSource) -> None:
        """Take over what is known of a file only at its end."""
        self.tally.problems += source.problems
        self.tally.add(source.notes)
        self.tally.incomplete |= source.incomplete or any(p.is_error for p in source.problems)


def start_eval(request: EvalRequest) -> EvalRun | CannotEval:
    """Compile the policies, settle which record is meant, read the portfolio; decide nothing yet."""
    absent = _absent(request)
    if absent:
        return CannotEval(absent)
    project = load_project(request.policies)
    if project.has_errors:
        return CannotEval(project.findings, project.sources, not_compiled=True)
    laid = with_overlay(project, request.overlay)
    if isinstance(laid, NotOverlaid):
        return CannotEval(laid.findings, laid.sources)
    project = laid
    try:
        return _start(request, project)
    except UsageError as wrong:
        return CannotEval((wrong.finding,), project.sources)


def _absent(request: EvalRequest) -> tuple[Diagnostic, ...]:
    """Find the files that are not there before an hour is spent on those that are."""
    found: list[Diagnostic] = []
    for path in (*request.inputs, *((request.portfolio,) if request.portfolio else ())):
        try:
            there = path == "-" or Path(path).exists()
        except (OSError, ValueError):  # a path that no system has
            there = False
        if not there:
            source = open_records(path, format="ndjson")
            for _ in source.items:
                pass
            found += source.problems
    return tuple(found)


def _start(request: EvalRequest, project: Project) -> EvalRun | CannotEval:
    engine = Engine(project)
    overlay: Mapping[str, Value] = {}
    if request.scenario is not None:
        overlay = scenario_values(project, request.scenario)
        engine = Engine(project, overlay)
    stretch = engine.stretch_on(request.as_of)
    inputs, record, guessed = _record_of(request, stretch)
    question = Question(request.as_of, record, request.only, trace=request.reasons)
    tally = Tally()
    assert stretch.lowered is not None
    plan = engine.full_plan(question)
    slot: Slot
    if request.portfolio_later and uses_population(stretch.lowered, plan):
        slot = Slot(stretch, question, plan, None, overlay)
    else:
        placed = place_everybody(request, stretch.lowered, plan, engine, overlay, tally)
        if isinstance(placed, tuple):
            return CannotEval(placed)
        if placed is not None:
            engine = Engine(project, overlay, placed=placed)
        slot = engine.slot(question)
    standings = slot.standings
    explainer = None
    if request.explain:
        day = request.as_of.toordinal()
        explainer = Explainer(stretch, slot.plan, day, project.sources, standings, overlay)
    grounds = Grounds(stretch, standings, overlay, engine)
    return EvalRun(request, project, slot, inputs, explainer, tally, grounds, guessed=guessed)


# ---- which record


def _record_of(request: EvalRequest, stretch: Stretch) -> tuple[Iterator[RecordSource], str | None, bool]:
    """Return the inputs and the kind of record that they hold, where a look at the first one tells."""
    sources = (
        open_records(path, format=request.input_format if path == "-" else None, sheet=request.sheet)
        for path in request.inputs
    )
    assert stretch.program is not None
    if request.record is not None or request.only_root:
        return sources, request.record, False
    first = next(sources)
    items = iter(first.items)
    head: list[Item] = []
    for item in items:
        head.append(item)
        if isinstance(item, RawRecord):
            break
    first.items = chain(head, items)
    if first.problems:
        raise UsageError(first.problems[0])
    again = chain([first], sources)
    roots = root_records(stretch.program)
    if not head or not isinstance(head[-1], RawRecord):
        return again, None, False
    best = best_record(stretch.program, roots, head[-1].raw)
    return again, best, best is not None and [best] != roots


def best_record(program: Program, roots: Sequence[str], raw: Mapping[str, object]) -> str | None:
    """Return the record whose fields fit best: most known, then fewest required ones lacking.

    Records that are parts of others (the customer of a quote), or that hold what the policies are about,
    count where they fit better than any root. None: it can't be told.
    """

    def fit(name: str) -> tuple[int, int]:
        fields = program.records[name].fields
        known = sum(f.name in raw for f in fields)
        lacking = sum(f.name not in raw and not may_be_absent(f) for f in fields)
        return known, -lacking

    others = [r for r in program.records if r not in roots and program.outputs_of(r)]
    best = max(map(fit, (*roots, *others)), default=(0, 0))
    for names in (roots, others):
        found = [n for n in names if fit(n) == best]
        if found and best[0]:
            return found[0] if len(found) == 1 else None
    return None
