"""Explain the decisions on one record of a file: find it by its id, decide it, say why.

Assumes: a request as `eval` takes it. Leaves: a ``Found`` record with its explanation, or findings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kamflow.app import eval_errors
from kamflow.app.eval import Answer, CannotEval, EvalRequest, EvalRun, Refusal, start_eval
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.suggest import suggest
from kamflow.portfolio import RawRecord

_MAX_IDS = 20_000  # remembered to suggest the nearest


@dataclass(frozen=True, slots=True)
class Found:
    """The record that was asked for: decided (with its explanation) or refused."""

    run: EvalRun
    answer: Answer | Refusal
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundRaw:
    """A record of a file as the file says it."""

    item: RawRecord
    notes: tuple[Diagnostic, ...] = ()


def explain_one(request: EvalRequest, wanted: str) -> Found | CannotEval:
    """Decide and explain the record with an id; all others are only looked at."""
    run = start_eval(replace(request, explain=True))
    if isinstance(run, CannotEval):
        return run
    found = find_one(run, wanted)
    return found if isinstance(found, CannotEval) else Found(run, run.answer(found.item), found.notes)


def find_one(run: EvalRun, wanted: str) -> FoundRaw | CannotEval:
    """Find the first record with an id."""
    name = run.slot.id_name
    first: RawRecord | None = None
    count = 0
    ids: list[str] = []
    for item in run.raw_items():
        value = _id(item.raw.get(name))
        if value == wanted:
            count += 1
            first = first if first is not None else item
        elif value is not None and len(ids) < _MAX_IDS:
            ids.append(value)
    file = " ".join(run.request.inputs)
    if first is None:
        problems = [p for p in run.tally.problems if p.is_error]
        if problems and not run.tally.read:
            return CannotEval(tuple(problems))
        near = suggest(wanted, ids)
        return CannotEval((eval_errors.no_such_id(file, name, wanted, run.tally.read, near),))
    return FoundRaw(first, (eval_errors.id_twice(file, name, wanted, count),) if count > 1 else ())


def _id(value: object) -> str | None:
    """Return an id as people type it: numbers by their digits."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value).strip()
