"""What population terms compare, as definitions of their own: a plan for each stage of them.

A measure may read another term, so stages follow each other. Measures are evaluated where the
population's condition holds only, and only as far as they need: an account whose own measure has no
answer is outside, and must not take others with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Expr, If, Lit, PopTerm
from kamflow.core.program import Def, DefKind, EvalPlan, Program, reached
from kamflow.core.ty import BOOL, optional
from kamflow.engines.python.native.parts import RefusedError


@frozen
class Measured:
    """One measure of one population, by one group or none, and the terms that ask about it."""

    population: str
    measure: Expr
    group: Expr | None
    terms: tuple[tuple[DefKey, PopTerm], ...]


@frozen
class Stage:
    """``plan.outputs``: measure and group of each of ``measured``; missing: outside."""

    program: Program
    plan: EvalPlan
    measured: tuple[Measured, ...]


def stages_of(program: Program, plan: EvalPlan) -> Iterator[Stage]:
    """Yield the stages that come before the plan itself, if any."""
    settled: set[DefKey] = set()
    todo = _terms(program, plan)
    while todo:
        ready = {k: t for k, t in todo.items() if _needs(program, t) <= settled | {k}}
        if not ready:
            raise RefusedError(plan.record, "terms over populations that need each other")
        yield _stage(program, plan, ready)
        settled |= ready.keys()
        todo = {k: t for k, t in todo.items() if k not in ready}


def _terms(program: Program, plan: EvalPlan) -> dict[DefKey, PopTerm]:
    """Return all terms that the plan reaches, also those that only other terms need."""
    found: dict[DefKey, PopTerm] = {}
    roots = [program.defs[k].body for k in plan.order] + [program.impossible[i].cond for i in plan.facts]
    by_body = {id(d.body): k for k, d in program.defs.items()}
    for body in reached(program, roots, populations=True):
        if isinstance(body, PopTerm):
            key = by_body[id(body)]
            if key.record != plan.record or program.populations[body.population].record != plan.record:
                raise RefusedError(str(key), "a term over a population of other records")
            found[key] = body
    return found


def _needs(program: Program, term: PopTerm) -> set[DefKey]:
    """Return the terms whose standing has to be known before this one is measured."""
    by_body = {id(d.body): k for k, d in program.defs.items()}
    parts = [
        e for e in (program.populations[term.population].where, term.measure, term.group) if e is not None
    ]
    return {
        by_body[id(body)]
        for body in reached(program, parts, populations=True)
        if isinstance(body, PopTerm) and body is not term
    }


def _stage(program: Program, plan: EvalPlan, ready: dict[DefKey, PopTerm]) -> Stage:
    same: dict[tuple[str, Expr, Expr | None], list[tuple[DefKey, PopTerm]]] = {}
    for key, term in ready.items():
        same.setdefault((term.population, term.measure, term.group), []).append((key, term))
    measured = tuple(Measured(p, m, g, tuple(terms)) for (p, m, g), terms in same.items())
    defs, outputs = dict(program.defs), []
    for i, one in enumerate(measured):
        where = program.populations[one.population].where
        for what, e in (("measure", one.measure), ("group", one.group)):
            key = DefKey(plan.record, f"{what}#{i}")
            body = Lit(value=False, ty=optional(BOOL), span=NOWHERE) if e is None else _if(where, e)
            defs[key] = Def(key, optional(body.ty), body, DefKind.FACT, key.name, "")
            outputs.append(key)
    staged = replace(program, defs=defs)
    return Stage(staged, EvalPlan(plan.record, tuple(outputs), (), (), 0), measured)


def _if(where: Expr, e: Expr) -> Expr:
    ty = optional(e.ty)
    return If(where, e, Lit(None, ty, NOWHERE), ty, NOWHERE)
