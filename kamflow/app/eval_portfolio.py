"""Everybody to compare with: a portfolio that is measured, or the cut-offs of one.

Leaves: a ``Placed`` (None where no decision compares), or why nothing can be decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app import eval_errors
from kamflow.app.eval_tally import Tally
from kamflow.base.diagnostic import Diagnostic
from kamflow.core.expr import DefKey
from kamflow.core.program import EvalPlan, Program, compared_outputs, population_terms
from kamflow.portfolio import BadRecord, Item, open_records
from kamflow.project.cutoffs import Placed
from kamflow.project.engine import Engine
from kamflow.project.survey import Survey, member_record
from kamflow.values.data import Value

if TYPE_CHECKING:
    from kamflow.app.eval import EvalRequest


def place_everybody(
    request: EvalRequest, program: Program, plan: EvalPlan, engine: Engine, overlay: Mapping[str, Value],
    tally: Tally,
) -> Placed | tuple[Diagnostic, ...] | None:  # fmt: skip
    """Measure the portfolio or read the cut-offs; findings where a plan needs everybody and can't have it."""
    terms = population_terms(program, plan.order)
    if not terms:
        for given in (request.portfolio, request.cutoffs):
            if given is not None:
                tally.add((eval_errors.portfolio_unused(given),))
        if request.write_cutoffs is not None:
            return (eval_errors.nothing_to_write(request.write_cutoffs, compares=False),)
        return None
    if request.portfolio is not None and request.cutoffs is not None:
        return (eval_errors.two_sources(request.portfolio, request.cutoffs),)
    if request.cutoffs is not None:
        if request.write_cutoffs is not None:
            return (eval_errors.nothing_to_write(request.write_cutoffs, compares=True),)
        return _from_file(request, request.cutoffs, tally)
    if request.portfolio is None:
        first = request.inputs[0]
        gone = compared_outputs(program, plan)
        if not request.only and len(gone) < len(plan.outputs):
            tally.add((eval_errors.left_out(gone, None if first == "-" else first),))
            return None
        names = list(dict.fromkeys(k.name.partition("#")[0] for k in program.defs if k in terms))
        return (eval_errors.portfolio_needed(names, None if first == "-" else first),)
    placed = _measured(request, request.portfolio, program, plan, terms, engine.digest, overlay, tally)
    if isinstance(placed, Placed) and request.write_cutoffs is not None:
        from kamflow.project.cutoff_file import write_cutoffs  # only where it is used

        if tally.incomplete:
            return (*tally.problems, eval_errors.portfolio_broken(request.portfolio, request.write_cutoffs))
        try:
            write_cutoffs(Path(request.write_cutoffs), placed)
        except (OSError, ValueError) as problem:
            said = getattr(problem, "strerror", None) or str(problem)
            return (eval_errors.cutoffs_not_written(request.write_cutoffs, said),)
    return placed


def _from_file(request: EvalRequest, path: str, tally: Tally) -> Placed | tuple[Diagnostic, ...]:
    from kamflow.project.cutoff_file import read_cutoffs  # only where it is used

    placed = read_cutoffs(Path(path))
    if isinstance(placed, Diagnostic):
        return (placed,)
    if placed.as_of != request.as_of:
        days = placed.as_of.isoformat(), request.as_of.isoformat()
        tally.add((eval_errors.cutoffs_of_another_day(path, *days),))
    return placed


def _measured(
    request: EvalRequest, path: str, program: Program, plan: EvalPlan, terms: Sequence[DefKey], digest: str,
    overlay: Mapping[str, Value], tally: Tally,
) -> Placed | tuple[Diagnostic, ...]:  # fmt: skip
    """Measure everybody; who can't be read is counted and left out."""
    source = open_records(path, sheet=request.sheet)
    survey = survey_of(source.items, request, program, plan, terms, overlay, tally)
    tally.problems += source.problems
    tally.incomplete |= source.incomplete
    return placed_of(survey, path, request, digest, tally)


def survey_of(
    items: Iterable[Item], request: EvalRequest, program: Program, plan: EvalPlan, terms: Sequence[DefKey],
    overlay: Mapping[str, Value], tally: Tally,
) -> Survey:  # fmt: skip
    """Measure members one after the other."""
    record = member_record(program, terms, plan.record)
    survey = Survey(program, terms, record, request.as_of.toordinal(), overlay)
    for item in items:
        tally.members += 1
        if isinstance(item, BadRecord):
            tally.members_lost += 1
            tally.add((item.finding,))
            continue
        lost = survey.add(
            item.raw, item.place, ignore_unknown=request.ignore_unknown,
            blank_is_missing=item.blank_is_missing, locate=item.locate,
        )  # fmt: skip
        if lost:
            tally.members_lost += 1
            tally.add(lost)
    return survey


def placed_of(
    survey: Survey, path: str, request: EvalRequest, digest: str, tally: Tally
) -> Placed | tuple[Diagnostic, ...]:
    """Return how the measured stand, with notes on terms that leave everybody outside."""
    if not survey.size:
        return (*tally.problems, eval_errors.portfolio_empty(path))
    placed = survey.placed(request.as_of, digest)
    tally.add(tuple(_nobody(path, placed)))
    return placed


def _nobody(path: str, placed: Placed) -> list[Diagnostic]:
    """Say which terms leave everybody outside, or everybody of a group."""
    found: list[Diagnostic] = []
    for term in placed.terms.values():
        members = term.places.members or {}
        without = [g for g in members if g not in term.places.cut_offs]
        if not members:
            found.append(eval_errors.no_members(path, term.name))
        elif without:
            found.append(eval_errors.no_total(path, term.name, len(without), len(members)))
    return found
