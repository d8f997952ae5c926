"""The nearest record for which conditions hold: few fields changed, amounts by little."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.core.expr import Expr
from kamflow.core.ty import OptTy, ScaledTy
from kamflow.engines.smt.answer import Answer, NotKnown, Nowhere
from kamflow.engines.smt.asked import LONGER_LISTS, TOO_HARD, TOO_LONG, first_day, found, side_of
from kamflow.engines.smt.search import Search
from kamflow.engines.smt.shapes import NotAskedError, Opt, Rec, Sym, as_opt, equal
from kamflow.engines.smt.solve import Question, Verdict
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import Leaf, Lists, World
from kamflow.values.data import TypedRecord


def find_near(
    search: Search, record: TypedRecord, free: Sequence[tuple[str, ...]], conds: Sequence[Expr]
) -> Answer:
    """Find the nearest record; see ``Search.find_near``."""
    world = World(search.days.first, search.days.last, Lists.FEW)
    try:
        rec = world.concrete(record, search.program)
        changes = [_Change(world, search, rec, path) for path in free]
        side = side_of(search, world, rec)
        side.require(conds)
    except NotAskedError as stopped:
        return NotKnown(stopped.why)
    question = Question(world, search.limit)
    verdict = question.ask()
    if verdict is Verdict.UNKNOWN:
        return TOO_HARD if world.t.nonlinear else TOO_LONG
    if verdict is Verdict.UNSAT:
        return LONGER_LISTS if world.guesses else Nowhere()
    question.keep([first_day(world)])
    _few(question, changes)
    for change in changes:
        _little(question, change)
    return found(question, (side,))


class _Change:
    """A field that may change: what it was, and what it becomes."""

    def __init__(self, world: World, search: Search, rec: Rec, path: tuple[str, ...]) -> None:
        program, owner = search.program, rec
        for name in path[:-1]:
            part = world.field(owner, name, program)
            inner = part.value if isinstance(part, Opt) else part
            assert isinstance(inner, Rec), "a path leads through records"
            owner = inner
        decl = program.records[owner.record].field(path[-1])
        assert decl is not None, f"{path} is declared"
        self.was: Sym = owner.fields[decl.name]
        self.ty = decl.ty
        self.now = world.unknown(decl.ty, path, decl)
        owner.fields[decl.name] = self.now
        world.leaves.append(Leaf(path, decl, decl.ty, self.now))
        self.stays: Term = equal(world.t, self.now, self.was)


def _few(question: Question, changes: Sequence[_Change]) -> None:
    """Leave as many fields as possible as they were, then rather the later ones."""
    t = question.t
    count: Term = 0
    for change in changes:
        count = t.add(count, t.ite(change.stays, 0, 1))
    count = t.name("changed", count)
    for most in range(len(changes)):
        wish = t.le(count, most)
        if question.check(wish) is Verdict.SAT:
            t.require(wish)
            break
    for change in reversed(changes):
        if question.check(change.stays) is Verdict.SAT:
            t.require(change.stays)


def _little(question: Question, change: _Change) -> None:
    """Change an amount as little as possible; others are what the search found."""
    t = question.t
    if question.read(change.stays):
        t.require(change.stays)
        return
    ty = change.ty.inner if isinstance(change.ty, OptTy) else change.ty
    was, now = as_opt(change.was), as_opt(change.now)
    if isinstance(ty, ScaledTy) and was.present is True and question.read(now.present):
        t.require(now.present)
        by = t.sub(now.value, was.value)
        size = t.ite(t.le(0, by), by, t.neg(by))
        low, high = 1, int(question.read(size))
        while low < high:
            middle = (low + high) // 2
            if question.check(t.le(size, middle)) is Verdict.SAT:
                high = int(question.read(size))
            else:
                low = middle + 1
        t.require(t.le(size, high))
        question.check()
    t.require(t.eq(now.value, question.read(now.value)) if isinstance(ty, ScaledTy) else True)
