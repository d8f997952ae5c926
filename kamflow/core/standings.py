"""How everybody stands, for whoever decides records one by one: from a portfolio, or from cut-offs.

``stages`` plans the measuring of a portfolio: which definitions give a member's measure and group. A
term that rests on another term comes in a later stage, when the standings of the earlier are known.
``answers`` turns measures into what is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, assert_never

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE
from kamflow.core.expr import DefKey, Expr, If, Lit, PopKind, PopTerm
from kamflow.core.program import Def, DefKind, EvalPlan, Program, make_plan, needs
from kamflow.core.ty import OptTy, Ty, strip_opt
from kamflow.core.ty_laws import value_fits
from kamflow.values.data import Value
from kamflow.values.population import (
    CutOff,
    Part,
    Standing,
    Steps,
    class_steps,
    percentile_steps,
    quantile_steps,
    standing_of,
)


@frozen
class Places:
    """How everybody stands by one term. ``cut_offs``: for each group (``None`` where the term has none)
    what a measure gives; who is of no such group is outside. ``members``: all measures, where known."""

    cut_offs: Mapping[Value, CutOff]
    members: Mapping[Value, Standing] | None = None


Standings: TypeAlias = Mapping[DefKey, Places]


@frozen
class Gauge:
    """Terms that compare the same members by the same measure within the same groups.

    ``measure`` and ``group`` are definitions of the stage's program (missing for those outside).
    """

    terms: tuple[DefKey, ...]
    measure: DefKey
    group: DefKey | None


@frozen
class Stage:
    """What is measured in one pass over the members; the outputs are measures and groups in turn."""

    program: Program
    plan: EvalPlan
    gauges: tuple[Gauge, ...]


def term(program: Program, key: DefKey) -> PopTerm:
    body = program.defs[key].body
    assert isinstance(body, PopTerm), f"{key} is no population term"
    return body


def stages(program: Program, record: str, terms: Sequence[DefKey]) -> tuple[Stage, ...]:
    """Plan the measuring of the members, all of one kind of record; of other kinds nobody is known.

    ``terms`` as ``population_terms`` gives them: each after those that it needs.
    """
    level: dict[DefKey, int] = {}
    for key in terms:
        below = _terms_below(program, key)
        level[key] = 1 + max((level[k] for k in below if k in level), default=-1)
    of_record = [k for k in terms if k.record == record]
    return tuple(
        _stage(program, record, [k for k in of_record if level[k] == at])
        for at in sorted({level[k] for k in of_record})
    )


def _terms_below(program: Program, key: DefKey) -> set[DefKey]:
    seen, todo = set(needs(program, key)), list(needs(program, key))
    while todo:
        fresh = [k for k in needs(program, todo.pop()) if k not in seen]
        seen.update(fresh)
        todo.extend(fresh)
    return {k for k in seen if isinstance(program.defs[k].body, PopTerm)}


def _stage(program: Program, record: str, terms: Iterable[DefKey]) -> Stage:
    alike: dict[tuple[str, Expr, Expr | None], list[DefKey]] = {}
    for key in terms:
        e = term(program, key)
        alike.setdefault((e.population, e.measure, e.group), []).append(key)
    defs = dict(program.defs)
    gauges: list[Gauge] = []
    for number, ((population, measure, group), keys) in enumerate(alike.items()):
        where = program.populations[population].where
        names = [DefKey(record, f"gauge#{number}#{part}") for part in ("measure", "group")]
        defs[names[0]] = _inside(names[0], where, measure)
        if group is not None:
            defs[names[1]] = _inside(names[1], where, group)
        gauges.append(Gauge(tuple(keys), names[0], names[1] if group is not None else None))
    gauging = replace(program, defs=defs, impossible=())
    outputs = tuple(k for g in gauges for k in (g.measure, g.group) if k is not None)
    return Stage(gauging, make_plan(gauging, record, tuple(k.name for k in outputs)), tuple(gauges))


def _inside(key: DefKey, where: Expr, what: Expr) -> Def:
    """Define what only members have."""
    ty: Ty = what.ty if isinstance(what.ty, OptTy) else OptTy(what.ty)
    body = If(where, what, Lit(None, ty, NOWHERE), ty, NOWHERE)
    return Def(key, ty, body, DefKind.POP, key.name, "")


def places(e: PopTerm, measures: Mapping[Value, Sequence[int]]) -> Places:
    """Return how everybody stands by a term, of the members' measures by group."""
    standings = {group: standing_of(found) for group, found in measures.items()}
    cut_offs = {group: cut_off(e, standing) for group, standing in standings.items()}
    return Places({g: c for g, c in cut_offs.items() if c is not None}, standings)


def cut_off(e: PopTerm, standing: Standing) -> CutOff | None:
    """Return what a measure gives; None where it gives nothing at all: nobody, or no total above zero."""
    match e.kind:
        case PopKind.CLASSIFY:
            return class_steps(standing, e.classes, largest_first=e.largest_first)
        case PopKind.PERCENTILE:
            return percentile_steps(standing)
        case PopKind.QUANTILE:
            return quantile_steps(standing, e.n)
        case PopKind.SHARE:
            return Part(standing.total) if standing.total > 0 else None
        case _:
            assert_never(e.kind)


def places_fit(e: PopTerm, found: Places) -> bool:
    """Say whether places could be a term's: groups, answers and their form are of its types."""
    if e.group is None:
        grouped = found.cut_offs.keys() <= {None}
    else:
        ty = strip_opt(e.group.ty)
        grouped = all(value_fits(group, ty) for group in found.cut_offs)
    return grouped and all(_fits(e, c) for c in found.cut_offs.values())


def _fits(e: PopTerm, cut_off: CutOff) -> bool:
    match cut_off:
        case Part(total):
            return e.kind is PopKind.SHARE and total > 0
        case Steps(_, answers):
            ty = strip_opt(e.ty)
            return e.kind is not PopKind.SHARE and all(value_fits(a, ty) for a in {*answers})
        case _:
            assert_never(cut_off)
