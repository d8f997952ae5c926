"""Asks z3, within a limit that is a count of its steps: the same question gets the same answer anywhere.

An example is made readable before it leaves: what can be missing is missing, what has a default keeps it,
amounts are round.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

import z3  # type: ignore[import-untyped]

from kamflow.core.ty import DATE, BoolTy, EnumTy, OptTy, ScaledTy, Ty
from kamflow.engines.smt.shapes import Opt, Sym
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import Leaf, World

_STEPS = ("simplify", "propagate-values", "solve-eqs", "propagate-values", "simplify")
"""z3's usual choice of tactics ends some of them after a time; these count steps only."""

_NO_REALS = "arith.nl.nra"
"""Switched off: its solver for polynomials over reals may take minutes for what it counts as one step."""

_FACTORS = (10_000, 1)
"""Examples are looked for with these divisors and factors first."""

_TIDY = 20
"""Each step of making an example readable may take this part of the limit."""
_ROUNDED = 8
"""So many amounts of an example are made round."""


class Verdict(Enum):
    SAT = auto()
    UNSAT = auto()
    UNKNOWN = auto()


class Question:
    """What was asserted in a world, and what z3 says to it."""

    def __init__(self, world: World, limit: int) -> None:
        self.world, self.t, self.limit = world, world.t, limit
        self._way = self._prepared()
        self._taken = 0
        self.model: z3.ModelRef | None = None

    def _plain(self) -> z3.Solver:
        made = z3.SimpleSolver(ctx=self.t.ctx)
        made.set(_NO_REALS, False)
        return made

    def _prepared(self) -> z3.Solver:
        ctx = self.t.ctx
        last = z3.With(z3.Tactic("smt", ctx), **{_NO_REALS: False})
        return z3.Then(*(z3.Tactic(name, ctx) for name in _STEPS), last, ctx=ctx).solver()

    def _older(self) -> z3.Solver:
        made = self._plain()
        made.set("arith.solver", 2)
        return made

    def ask(self) -> Verdict:
        """Try what was asserted in several ways, first shortly, then for longer.

        Which way is quick is luck: a question that takes one of them seconds takes another a hundredth.
        """
        short = [(make, 80) for make in (self._prepared, self._plain, self._older)]
        longer = [(make, 20) for make in (self._prepared, self._plain, self._older)]
        for make, part in (*short, *longer, (self._plain, 4), (self._prepared, 4), (self._plain, 2)):
            self._way, self._taken = make(), 0  # a solver that was stopped does not go on well
            verdict = self.check(limit=self.limit // part)
            if verdict is not Verdict.UNKNOWN:
                return verdict
        return Verdict.UNKNOWN

    def guess(self, day: Term) -> bool:
        """Look shortly for an example on one day, with known factors: what is left is linear."""
        for fixed in _FACTORS if self.t.factors else (0,):
            self._way, self._taken = self._prepared(), 0
            wishes = [day, *(self.t.eq(f, fixed) for f in self.t.factors)]
            if self.check(*wishes, limit=self.limit // 80) is Verdict.SAT:
                return True
        return False

    def check(self, *more: Term, limit: int = 0) -> Verdict:
        """Try what was asserted, and more, in the way that led to an answer before; a model is kept."""
        way = self._way
        for a in self.t.asserted[self._taken :]:
            way.add(self.t.lift(a))
        self._taken = len(self.t.asserted)
        way.set("rlimit", limit or self.limit // _TIDY)
        if more:
            way.push()
            way.add(*(self.t.lift(a) for a in more))
        found = way.check()
        if found == z3.sat:
            self.model = way.model()
        if more:
            way.pop()
        if found == z3.sat:
            return Verdict.SAT
        return Verdict.UNSAT if found == z3.unsat else Verdict.UNKNOWN

    # ---- reading the model

    def read(self, a: Term) -> int | bool:
        """Return a term's value in the model; what does not matter is 0 or no."""
        if isinstance(a, bool | int):
            return a
        assert self.model is not None, "there is a model"
        value = self.model.eval(a, model_completion=True)
        return bool(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())

    # ---- making it readable

    def keep(self, wishes: Sequence[Term]) -> None:
        """Hold on to as many wishes as go together, the first ones first; found by halving."""
        if not wishes:
            return
        if self.check(*wishes) is Verdict.SAT:
            for wish in wishes:
                self.t.require(wish)
        elif len(wishes) > 1:
            half = len(wishes) // 2
            self.keep(wishes[:half])
            self.keep(wishes[half:])

    def tidy(self, wishes: Sequence[Term] = ()) -> None:
        """Make the model readable; the wishes of the caller come first."""
        assert self.model is not None, "there is a model"
        leaves = list(self.world.leaves)
        self.keep(wishes)
        self.keep([w for leaf in leaves if (w := self._plainest(leaf)) is not True])
        left = [leaf for leaf in leaves if self._matters(leaf)]
        for leaf in left[:_ROUNDED]:
            self._round(leaf)

    def _plainest(self, leaf: Leaf) -> Term:
        """Return the wish that a field is missing, or has its default, or the plainest value."""
        t = self.t
        if isinstance(leaf.value, Opt):
            return t.not_(leaf.value.present)
        value = leaf.decl.default if leaf.decl.has_default else None
        return self._equals(leaf.value, leaf.ty, value)

    def _equals(self, term: Sym, ty: Ty, value: object) -> Term:
        t = self.t
        match ty:
            case BoolTy():
                return t.same(term, bool(value))
            case EnumTy() if isinstance(value, int):
                return t.eq(term, value)
            case ScaledTy(unit, _, lo, hi) if unit == DATE:
                return t.eq(term, value if isinstance(value, int) else self.world.today)
            case ScaledTy(_, _, lo, hi):
                return t.eq(term, value if isinstance(value, int) else max(lo, min(hi, 0)))
            case _:
                return True

    def _matters(self, leaf: Leaf) -> bool:
        """Say whether a field has an amount that is not the plainest."""
        value = leaf.value
        if isinstance(value, Opt):
            return (
                isinstance(leaf.ty, OptTy)
                and isinstance(leaf.ty.inner, ScaledTy)
                and self.read(value.present) is True
            )
        if not isinstance(leaf.ty, ScaledTy):
            return False
        plain = self._plainest(leaf)
        return not self.read(plain)

    def _round(self, leaf: Leaf) -> None:
        """Give an amount the first of some plain values that will do, else a round one."""
        value = leaf.value.value if isinstance(leaf.value, Opt) else leaf.value
        ty = leaf.ty.inner if isinstance(leaf.ty, OptTy) else leaf.ty
        assert isinstance(ty, ScaledTy), "only amounts are made round"
        for wish in self._candidates(value, ty):
            if self.check(wish) is Verdict.SAT:
                self.t.require(wish)
                return
        for size in (100, 10, 1) if ty.unit != DATE else ():
            step = size * 10**ty.scale
            wish = self.t.eq(self.t.mod(value, step), 0) if step > 1 else True
            if wish is not True and self.check(wish) is Verdict.SAT:
                break
        self.t.require(self.t.eq(value, self.read(value)))

    def _candidates(self, value: Sym, ty: ScaledTy) -> list[Term]:
        t = self.t
        if ty.unit == DATE:
            days = (0, 1, 30, 365, -1)
            return [t.eq(value, t.sub(self.world.today, d)) for d in days]
        one = 10**ty.scale
        plain = (0, 1, 10, 50, 100, 1_000, 10_000, 100_000, 1_000_000)
        signed = [s * p * one for p in plain for s in (1, -1)]
        return [t.eq(value, v) for v in signed if ty.lo <= v <= ty.hi]
