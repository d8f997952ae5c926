"""Explain the decisions on one record of a file: find it by its id, decide it, say why.

Assumes: a request as `eval` takes it. Leaves: a ``Found`` record with its explanation, or findings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kamflow.app import eval_errors
from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest

_MAX_IDS = 20_000  # remembered to suggest the nearest


@dataclass(frozen=True, slots=True)
class Found:
    """The record that was asked for: decided (with its explanation) or refused."""

    run: EvalRun
    answer: Answer | Refusal
    notes: tuple[Diagnostic, ...] = ()


def explain_one(request: EvalRequest, wanted: str) -> Found | CannotEval:
    """Decide and explain the record with an id; all others are only looked at."""
    run = start_eval(replace(request, explain=True))
    if isinstance(run, CannotEval):
        return run
    name = run.slot.id_name
    first: Answer | Refusal | None = None
    count = 0
    ids: list[str] = []
    for item in run.raw_items():
        value = _id(item.raw.get(name))
        if value == wanted:
            count += 1
            first = first if first is not None else run.answer(item)
        elif value is not None and len(ids) < _MAX_IDS:
            ids.append(value)
    file = " ".join(request.inputs)
    if first is None:
        problems = [p for p in run.tally.problems if p.is_error]
        if problems and not run.tally.read:
            return CannotEval(tuple(problems))
        near = suggest(wanted, ids)
        return CannotEval((eval_errors.no_such_id(file, name, wanted, run.tally.read, near),))
    notes = (eval_errors.id_twice(file, name, wanted, count),) if count > 1 else ()
    return Found(run, first, notes)


def _id(value: object) -> str | None:
    """Return an id as people type it: numbers by their digits."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value).strip()
