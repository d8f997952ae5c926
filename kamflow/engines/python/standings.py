"""Population terms in generated code: the condition, the measure and the group, then one look-up.

What is looked up (thresholds and answers) belongs to a portfolio, not to a policy. The source names
it, and it is put in when a plan is bound to standings: the same code serves every portfolio.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from kamflow.base.frozen import frozen
from kamflow.core.expr import DefKey, PopKind, PopTerm
from kamflow.core.standings import Places, Standings
from kamflow.core.ty import OptTy
from kamflow.engines.python.source import Block, is_atom
from kamflow.values.data import Value
from kamflow.values.outcome import WhyUndecided
from kamflow.values.population import WHOLE, CutOff, Part, Steps

if TYPE_CHECKING:
    from kamflow.engines.python.exprs import Emitter


class What(StrEnum):
    STARTS = "starts"
    ANSWERS = "answers"
    TOTAL = "total"
    GROUPS = "groups"  # group -> (starts, answers), or the total


@frozen
class Hole:
    """A constant that a portfolio fills. ``outside`` is the answer where it knows of nobody."""

    key: DefKey
    what: What
    outside: int | None


def emit_pop_term(em: Emitter, e: PopTerm, key: DefKey, block: Block) -> str:
    """Return where ``self`` stands; without standings nothing is evaluated (as in the interpreter)."""
    classify = e.kind is PopKind.CLASSIFY
    if not em.module.placed:
        if classify:
            block.add(em.module.undecided(str(key), WhyUndecided.NO_PORTFOLIO, "()"))
        return em.literal(e.outside if classify else None)
    name = em.unit.fresh("v")
    block.add(f"{name} = {em.literal(e.outside if classify else None)}")
    inside = em.expr(em.module.program.populations[e.population].where, block)
    member = block.sub()
    measure = em.expr(e.measure, member)
    if not is_atom(measure):
        measure = em.named(measure, member)
    if isinstance(e.measure.ty, OptTy):
        measured = member.sub()
        _emit_look_up(em, e, key, name, measure, measured)
        member.nest(f"if {measure} is not None:", measured)
    else:
        _emit_look_up(em, e, key, name, measure, member)
    block.nest(f"if {inside}:", member)
    return name


def _emit_look_up(em: Emitter, e: PopTerm, key: DefKey, name: str, measure: str, block: Block) -> None:
    def hole(what: What) -> str:
        outside = e.outside if e.kind is PopKind.CLASSIFY else None
        return em.unit.constant(Hole(key, what, outside))

    def answer(group: str | None, into: Block) -> None:
        if e.kind is PopKind.SHARE:
            total = hole(What.TOTAL) if group is None else group
            into.add(f"if 0 <= {measure} <= {total}: {name} = {measure} * {WHOLE} // {total}")
            return
        starts = hole(What.STARTS) if group is None else f"{group}[0]"
        answers = hole(What.ANSWERS) if group is None else f"{group}[1]"
        into.add(f"{name} = {answers}[{em.unit.constant(bisect_right)}({starts}, {measure})]")

    if e.group is None:
        answer(None, block)
        return
    of_group = em.named(f"{hole(What.GROUPS)}.get({em.atom(e.group, block)})", block)
    known = block.sub()
    answer(of_group, known)
    block.nest(f"if {of_group} is not None:", known)


def fill(constants: Mapping[str, object], standings: Standings) -> dict[str, object]:
    """Return constants with each hole filled."""
    return {name: _filled(c, standings) if isinstance(c, Hole) else c for name, c in constants.items()}


def _filled(hole: Hole, standings: Standings) -> object:
    found = standings.get(hole.key, _NOBODY).cut_offs
    alone = found.get(None)
    match hole.what:
        case What.STARTS:
            return alone.starts if isinstance(alone, Steps) else ()
        case What.ANSWERS:
            return alone.answers if isinstance(alone, Steps) else (hole.outside,)
        case What.TOTAL:
            return alone.total if isinstance(alone, Part) else -1
        case What.GROUPS:
            return {group: _looked_up(cut_off) for group, cut_off in found.items()}
        case _:
            assert_never(hole.what)


_NOBODY = Places({})


def _looked_up(cut_off: CutOff) -> tuple[tuple[Value, ...], tuple[Value, ...]] | int:
    match cut_off:
        case Steps(starts, answers):
            return starts, answers
        case Part(total):
            return total
        case _:
            assert_never(cut_off)
