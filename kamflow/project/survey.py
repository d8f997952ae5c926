"""A portfolio measured: who is a member of what, by what measure, and so how everybody stands.

Assumes: a lowered program without errors. Leaves: ``Standings`` equal to those of the interpreter.
Members are measured with generated code, in one pass; where a term rests on another, the members
are kept and measured again when the first is known. Who is undecided there is asked of the
interpreter, which evaluates no more than it must.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, population_terms
from kamflow.core.standings import Places, Stage, Standings, places, stages, term
from kamflow.engines.interp.interpreter import Interpreter
from kamflow.engines.python.engine import BoundPlan, Refused, compile_plan
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.project.cutoffs import Placed, placed_terms
from kamflow.values.data import TypedRecord, Value
from kamflow.values.decision import Rejection
from kamflow.values.outcome import Decided

if TYPE_CHECKING:
    from kamflow.intake.run import Locate

_PLACE = DataPlace("portfolio")


def member_record(program: Program, terms: Sequence[DefKey], preferred: str) -> str:
    """Return which kind of record a portfolio holds: the one decided, where it is compared at all."""
    kinds = {program.populations[term(program, k).population].record for k in terms}
    return preferred if preferred in kinds else min(kinds)


class Survey:
    """Takes members one after the other; then says how everybody stands. Serves one thread, once."""

    def __init__(
        self,
        program: Program,
        terms: Sequence[DefKey],
        record: str,
        as_of: int,
        overlay: Mapping[str, Value],
    ) -> None:
        self.size = 0
        self._program, self._record, self._as_of, self._overlay = program, record, as_of, overlay
        self._reader = RecordReader(program.records[record], program)
        self._stages = stages(program, record, terms)
        self._standings: dict[DefKey, Places] = {k: Places({}, {}) for k in terms}
        self._run: _Run | None = self._begin(self._stages[0]) if self._stages else None
        self._kept: list[TypedRecord | Mapping[str, object]] | None = [] if len(self._stages) > 1 else None

    def _begin(self, stage: Stage) -> _Run:
        interpreter = Interpreter(self._program, self._as_of, None, self._overlay, dict(self._standings))
        compiled = compile_plan(stage.program, stage.plan)
        bound = (
            None
            if isinstance(compiled, Refused)
            else compiled.bind(self._as_of, self._overlay, dict(self._standings))
        )
        return _Run(stage, bound, interpreter)

    def add(
        self,
        raw: object,
        place: DataPlace = _PLACE,
        *,
        ignore_unknown: bool = False,
        blank_is_missing: bool = False,
        locate: Locate | None = None,
    ) -> tuple[Diagnostic, ...]:
        """Take a member as the caller has it; returns why it can't be read, nothing where it was taken."""
        if self._run is not None and not blank_is_missing and self._run.take(raw):
            self.size += 1
            if self._kept is not None:
                assert isinstance(raw, Mapping)
                self._kept.append(raw)
            return ()
        assert isinstance(raw, Mapping)
        read = self._reader.read(
            raw, place, ignore_unknown=ignore_unknown, blank_is_missing=blank_is_missing, locate=locate
        )
        if not isinstance(read, ReadRecord):
            return read.findings
        self.add_typed(read.record)
        return ()

    def add_typed(self, record: TypedRecord) -> None:
        """Take a member that was read; other kinds of records are nobody here."""
        if record.record != self._record:
            return
        self.size += 1
        if self._kept is not None:
            self._kept.append(record)
        if self._run is not None:
            self._run.take_typed(record)

    def standings(self) -> Standings:
        """Return how everybody stands; no more members may come."""
        for i, stage in enumerate(self._stages):
            run = self._run if i == 0 else self._begin(stage)
            assert run is not None
            if i:
                self._again(run)
            self._standings.update(run.places(self._program))
        self._kept, self._run = None, None
        return self._standings

    def placed(self, as_of: date, policies: str, rejections: tuple[Rejection, ...] = ()) -> Placed:
        """Return the same for whoever may ask with another policy; no more members may come."""
        terms = placed_terms(self._program, self.standings(), self._record, self._as_of, self._overlay)
        return Placed(as_of, policies, self._record, self.size, terms, "", rejections)

    def _again(self, run: _Run) -> None:
        for record in self._kept or ():
            if isinstance(record, TypedRecord):
                run.take_typed(record)
            elif not run.take(record):  # undecided by now: it was read before
                read = self._reader.read(record, _PLACE)
                assert isinstance(read, ReadRecord)
                run.take_typed(read.record)


@dataclass(slots=True, eq=False)
class _Run:
    """One pass over the members."""

    stage: Stage
    bound: BoundPlan | None
    interpreter: Interpreter
    found: list[dict[Value, list[int]]] = field(init=False)
    _shape: list[tuple[int, int | None, dict[Value, list[int]]]] = field(init=False)

    def __post_init__(self) -> None:
        self.found = [{} for _ in self.stage.gauges]
        outputs = list(self.stage.plan.outputs)
        self._shape = [
            (outputs.index(g.measure), None if g.group is None else outputs.index(g.group), found)
            for g, found in zip(self.stage.gauges, self.found, strict=True)
        ]

    def take(self, raw: object) -> bool:
        """Measure a caller's dict; False where generated code leaves it to intake."""
        flat = None if self.bound is None else self.bound.fast(raw)
        if flat is None:
            return False
        self._note(flat)
        return True

    def take_typed(self, record: TypedRecord) -> None:
        outcome = None if self.bound is None or record.given else self.bound.decide(record)
        if isinstance(outcome, Decided):
            self._note(outcome.values)
            return
        for gauge, found in zip(self.stage.gauges, self.found, strict=True):
            place = self.interpreter.place(gauge.terms[0], record)
            if place is not None:
                found.setdefault(place[0], []).append(place[1])

    def _note(self, values: tuple[Value, ...]) -> None:
        for at, group_at, found in self._shape:
            measure = values[at]
            if measure is None:
                continue
            group = None
            if group_at is not None:
                group = values[group_at]
                if group is None:
                    continue
            of_group = found.get(group)
            if of_group is None:
                of_group = found[group] = []
            of_group.append(measure)  # type: ignore[arg-type]  # measures are amounts

    def places(self, program: Program) -> dict[DefKey, Places]:
        return {
            key: places(term(program, key), found)
            for gauge, found in zip(self.stage.gauges, self.found, strict=True)
            for key in gauge.terms
        }


def standings_among(
    program: Program,
    plan: EvalPlan,
    as_of: int,
    members: Iterable[TypedRecord],
    overlay: Mapping[str, Value] = MappingProxyType({}),
) -> Standings:
    """Return how everybody stands by the terms of a plan, among records that were read."""
    terms = population_terms(program, plan.order)
    if not terms:
        return {}
    survey = Survey(program, terms, member_record(program, terms, plan.record), as_of, overlay)
    for member in members:
        survey.add_typed(member)
    return survey.standings()
