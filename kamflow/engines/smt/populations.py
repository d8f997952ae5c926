"""Where a record stands among a population that nobody knows: a free value, with what is known of it.

Who is outside the population has the value for outsiders. Of two records among the same population (and
within the same group) the one with the larger measure stands no lower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.core.expr import DefKey, PopKind, PopTerm
from kamflow.core.ty import BoolTy, strip_opt
from kamflow.engines.smt.aggregates import signature
from kamflow.engines.smt.shapes import Opt, Rec, Sym, as_opt, merge
from kamflow.engines.smt.terms import Term, Terms
from kamflow.engines.smt.world import Standing

if TYPE_CHECKING:
    from kamflow.engines.smt.encode import Encoder, Scope


def standing(enc: Encoder, e: PopTerm, key: DefKey, rec: Rec, scope: Scope) -> Sym:
    """Return a free value for a population term; it is stated in the record that is found."""
    t, world = enc.t, enc.world
    inside = enc.term(enc.program.populations[e.population].where, scope)
    with scope.given(inside):
        measure = as_opt(enc.expr(e.measure, scope))
        group = as_opt(enc.expr(e.group, scope)) if e.group is not None else Opt(True, True)
    counts = t.name("inside", t.and_((inside, measure.present, group.present)))
    where = (key, signature(counts), signature(measure.value), signature(group.value), e)
    found = world.shared_values.get(where)
    if found is None:
        found = _free(enc, e, key, counts)
        for other in world.standings:
            if other.term == e and other.key == key:
                together = t.and_((other.counts, counts, _one_group(t, e, other.group, group.value)))
                _agree(t, e, together, (other.measure, other.value), (measure.value, found))
        world.shared_values[where] = found
        world.standings.append(Standing(e, key, counts, measure.value, group.value, found))
    rec.free[key.name] = found
    return found


def _free(enc: Encoder, e: PopTerm, key: DefKey, counts: Term) -> Sym:
    t = enc.t
    made = enc.world.unknown(e.ty, (*key.record.split(), key.name))
    if e.kind is not PopKind.CLASSIFY:
        free = as_opt(made)
        return Opt(t.and_((counts, free.present)), free.value)
    classes = {c for c, _ in e.classes} | {e.outside}
    t.require(t.or_(t.eq(made, c) for c in sorted(classes)))
    return merge(t, counts, made, e.outside)


def _one_group(t: Terms, e: PopTerm, a: Term, b: Term) -> Term:
    """Say that two records are compared with the same members."""
    yes_no = e.group is None or isinstance(strip_opt(e.group.ty), BoolTy)
    return t.same(a, b) if yes_no else t.eq(a, b)


def _agree(t: Terms, e: PopTerm, both: Term, a: tuple[Sym, Sym], b: tuple[Sym, Sym]) -> None:
    """Say that where two are compared with the same members, their standings have the measures' order."""
    for (low, x), (high, y) in ((a, b), (b, a)):
        if e.kind is PopKind.CLASSIFY:
            better = _rank(t, e, y if e.largest_first else x)
            worse = _rank(t, e, x if e.largest_first else y)
            t.require(t.implies(t.and_((both, t.le(low, high))), t.le(better, worse)))
            continue
        p, q = as_opt(x), as_opt(y)
        there = t.and_((both, t.le(low, high), p.present, q.present))
        t.require(t.implies(there, t.le(p.value, q.value)))
        if e.kind is not PopKind.SHARE:  # they have one, or nobody has
            t.require(t.implies(both, t.same(p.present, q.present)))


def _rank(t: Terms, e: PopTerm, value: Sym) -> Term:
    """Return the place of a class in the list of them, best first; outsiders come last."""
    made: Term = len(e.classes)
    for place, (position, _) in reversed(list(enumerate(e.classes))):
        made = t.ite(t.eq(value, position), place, made)
    return made
