"""Two versions as one program: what they share stands in it once, so that it is computed once.

Assumes: two lowered programs whose records and types are the same. Leaves: one program in which the old
version's definitions keep their names, and those of the new one that differ stand beside them under names
of their own. A definition differs where its own text does (read as the program has it), or where it reads
one that differs, a parameter with another value on the day, or a population with another condition. What
does not differ has one answer by construction: same text, same inputs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kamflow.core.expr import DefKey, Expr, Param, PopTerm, Ref, walk
from kamflow.core.program import Def, EvalPlan, Program, make_plan, reads
from kamflow.core.rewrite import rewrite

_NEW = "#new"  # no name in a policy has a `#`; hidden definitions end otherwise


@dataclass(frozen=True, slots=True)
class Together:
    """``differ``: definitions of the new version that are not the old one's."""

    program: Program
    old: Program
    new: Program
    differ: frozenset[DefKey]

    def of_new(self, key: DefKey) -> DefKey:
        """Return what a definition of the new version is called here."""
        return renamed(key) if key in self.differ else key

    def moved_by(self, key: DefKey) -> list[tuple[DefKey, DefKey]] | None:
        """Return the pairs of definitions of which one differs wherever both versions' answers to ``key`` do.

        None where they may differ otherwise: they are written differently, or read another record's.
        """
        before, now = self.program.defs[key], self.program.defs[self.of_new(key)]
        pairs = [(k, self.of_new(k)) for k in reads(before.body)]
        pairs = [(a, b) for a, b in pairs if a != b]

        def renew(e: Expr) -> Expr | None:
            if isinstance(e, Ref) and e.key in self.differ:
                return replace(e, key=renamed(e.key), subject=rewrite(e.subject, renew))
            return None

        if any(a.record != key.record for a, _ in pairs) or rewrite(before.body, renew) != now.body:
            return None
        return pairs

    def plans(self, record: str, old: Iterable[str], new: Iterable[str]) -> tuple[EvalPlan, EvalPlan]:
        """Return each version's own plan."""
        return make_plan(self.old, record, tuple(old)), make_plan(self.new, record, tuple(new))

    def plan(self, before: EvalPlan, now: EvalPlan, outputs: Iterable[DefKey]) -> EvalPlan:
        """Return a plan that decides a record just where both plans decide it."""
        order = dict.fromkeys((*before.order, *map(self.of_new, now.order)))
        mine = tuple(i for i, f in enumerate(self.program.impossible) if f.record == before.record)
        return EvalPlan(before.record, tuple(outputs), tuple(order), mine, len(order))


def renamed(key: DefKey) -> DefKey:
    return DefKey(key.record, f"{key.name}{_NEW}")


def put_together(old: Program, new: Program, day: int) -> Together | None:
    """Make one program of two; None where they don't read records as the same values."""
    if old.records != new.records or old.enums != new.enums:
        return None
    params = _other_params(old, new, day)
    people = _other_populations(old, new)
    differ = {k for k, d in new.defs.items() if not _is_same(d, old.defs.get(k))}
    while True:  # definitions of other records may stand in any order
        fresh = {
            k for k, d in new.defs.items() if k not in differ and _reads_other(d.body, differ, params, people)
        }
        others = {
            n
            for n, p in new.populations.items()
            if n not in people and _reads_other(p.where, differ, params, people)
        }
        if not fresh and not others:
            break
        differ |= fresh
        people |= others

    def swap(e: Expr) -> Expr | None:
        match e:
            case Ref(key, subject) if key in differ:
                return replace(e, key=renamed(key), subject=rewrite(subject, swap))
            case Param(name) if name in params:
                return replace(e, name=f"{name}{_NEW}")
            case PopTerm(population=name) if name in people:
                group = None if e.group is None else rewrite(e.group, swap)
                measure = rewrite(e.measure, swap)
                return replace(e, population=f"{name}{_NEW}", measure=measure, group=group)
            case _:
                return None

    defs = dict(old.defs)
    for key in (k for k in new.defs if k in differ):
        d = new.defs[key]
        defs[renamed(key)] = replace(d, key=renamed(key), body=rewrite(d.body, swap))
    populations = dict(old.populations)
    for name in people:
        who, called = new.populations[name], f"{name}{_NEW}"
        populations[called] = replace(who, name=called, where=rewrite(who.where, swap))
    facts = [replace(f, cond=rewrite(f.cond, swap)) for f in new.impossible]
    apart = tuple(f for f in facts if all((f.record, f.cond) != (o.record, o.cond) for o in old.impossible))
    both = replace(
        old,
        params=old.params | {f"{n}{_NEW}": replace(new.params[n], name=f"{n}{_NEW}") for n in params},
        defs=defs, populations=populations, impossible=(*old.impossible, *apart),
    )  # fmt: skip
    return Together(both, old, new, frozenset(differ))


def _other_params(old: Program, new: Program, day: int) -> set[str]:
    return {
        n
        for n, p in new.params.items()
        if n not in old.params
        or old.params[n].ty != p.ty
        or old.params[n].value_on(day) != p.value_on(day)
    }  # fmt: skip


def _other_populations(old: Program, new: Program) -> set[str]:
    return {
        n
        for n, p in new.populations.items()
        if n not in old.populations
        or (old.populations[n].record, old.populations[n].where) != (p.record, p.where)
    }  # fmt: skip


def _is_same(d: Def, other: Def | None) -> bool:
    """Say whether two definitions are written alike; what they are called does not count."""
    return other is not None and (d.ty, d.kind, d.body) == (other.ty, other.kind, other.body)


def _reads_other(body: Expr, differ: set[DefKey], params: set[str], people: set[str]) -> bool:
    for node in walk(body):
        match node:
            case Ref(key):
                if key in differ:
                    return True
            case Param(name):
                if name in params:
                    return True
            case PopTerm(population=name):
                if name in people:
                    return True
            case _:
                pass
    return False
