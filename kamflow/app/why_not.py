"""What would give one record another answer: find it, read what is wanted, search, explain what follows.

Assumes: a request as `eval` takes it. Leaves: a ``WhyNot``, or findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kamflow.advise.combine import Way
from kamflow.advise.trial import changed_record
from kamflow.advise.wanted import Wanted
from kamflow.advise.why_not import (
    NotDecided,
    NotReachable,
    Question,
    Reached,
    holds_already,
    smallest_changes,
)
from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.app.why import find_one
from kamflow.app.why_not_request import read_fields, read_wish
from kamflow.base.diagnostic import Diagnostic
from kamflow.core.plain import Path
from kamflow.core.program import EvalPlan, Program, make_plan
from kamflow.project.explain import Explainer
from kamflow.project.explanation import Explanation
from kamflow.values.data import TypedRecord


@dataclass(frozen=True, slots=True)
class Refused:
    """The record itself could not be decided."""

    run: EvalRun
    refusal: Refusal
    notes: tuple[Diagnostic, ...] = ()


class Already(StrEnum):
    """The record has the wanted answer as it is."""

    SO = "already"


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way to the answer, and how the decision is explained once it is gone."""

    way: Way
    then: Explanation


@dataclass(frozen=True, slots=True)
class WhyNot:
    """``now`` explains the record as it is; ``ways`` are those of ``found``, explained. ``named``: the
    fields that may change were named for this question, not declared."""

    run: EvalRun
    answer: Answer
    now: Explanation
    program: Program
    record: TypedRecord
    wanted: Wanted
    free: tuple[Path, ...]
    found: Reached | NotReachable | NotDecided | Already
    ways: tuple[WayOut, ...] = ()
    named: bool = False
    notes: tuple[Diagnostic, ...] = ()


def why_not(
    request: EvalRequest, wanted_id: str, wish: str, change: Sequence[str] = ()
) -> WhyNot | Refused | CannotEval:
    """Find the smallest changes of one record that give it the answer ``wish``."""
    run = start_eval(replace(request, explain=True))
    if isinstance(run, CannotEval):
        return run
    wanted = read_wish(wish, run.program, run.record)
    free, wrong = read_fields(change, run.program, run.record)
    problems = ((wanted,) if isinstance(wanted, Diagnostic) else ()) + wrong
    if isinstance(wanted, Diagnostic) or problems:
        return CannotEval(problems, run.project.sources)
    item = find_one(run, wanted_id)
    if isinstance(item, CannotEval):
        return item
    answer = run.answer(item.item)
    if isinstance(answer, Refusal):
        return Refused(run, answer, item.notes)
    record = run.typed(item.item)
    assert record is not None, "what was decided was read"
    found = _search(run, answer, record, wanted, free)
    return replace(found, named=bool(change), notes=item.notes)


def _search(
    run: EvalRun, answer: Answer, record: TypedRecord, wanted: Wanted, free: tuple[Path, ...]
) -> WhyNot:
    grounds, day = run.grounds, answer.decision.as_of.toordinal()
    lowered = grounds.stretch.lowered
    assert lowered is not None, "the policies compiled"
    plan = _with(run.slot.plan, wanted, lowered)
    explainer = Explainer(
        grounds.stretch, plan, day, run.project.sources, grounds.standings, grounds.overlay
    )  # fmt: skip
    now = explainer.explain(record)
    assert now is not None, "the record was decided"
    question = Question(lowered, record, day, plan, wanted, grounds.standings, grounds.overlay)
    found = Already.SO if holds_already(question) else smallest_changes(question, free)
    ways: list[WayOut] = []
    for way in found.ways if isinstance(found, Reached) else ():
        then = explainer.explain(changed_record(record, way.values))
        assert then is not None, "the way was replayed"
        ways.append(WayOut(way, then))
    return WhyNot(run, answer, now, run.program, record, wanted, free, found, tuple(ways))


def _with(plan: EvalPlan, wanted: Wanted, lowered: Program) -> EvalPlan:
    """Return the plan with the wanted definition among its outputs: it may be a fact."""
    if wanted.key in plan.outputs:
        return plan
    return make_plan(lowered, plan.record, (*(k.name for k in plan.outputs), wanted.key.name))
