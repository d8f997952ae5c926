"""z3 terms, and the plain constants beside them: everything that can be worked out at once is.

A term is a Python ``int`` or ``bool`` where it is known, else an expression of z3. Of integers that can only
have a few values (percents of a table, members of an enum) those are remembered: a product with such a
factor is a choice between products with constants, and so it stays linear.

Assumes: operands of the right sort; nothing here looks at types.
Leaves: ``asserted``, what has to hold for the names that were introduced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import z3  # type: ignore[import-untyped]

Term: TypeAlias = "int | bool | z3.ExprRef"

FEW = 64
"""So many values of an integer are remembered, and told apart in a product."""


class Terms:
    """One z3 context with what was said in it. Nothing is shared between contexts."""

    def __init__(self) -> None:
        self.ctx = z3.Context()
        self.asserted: list[Term] = []
        self.factors: list[Term] = []
        """What amounts that vary are multiplied or divided by: with them fixed, all is linear."""
        self._few: dict[int, tuple[Term, frozenset[int]]] = {}
        self._named: dict[int, tuple[Term, Term]] = {}
        self._names = 0

    @property
    def nonlinear(self) -> bool:
        return bool(self.factors)

    # ---- names

    def lift(self, a: Term) -> z3.ExprRef:
        """Return a term of z3 for a constant too."""
        if isinstance(a, bool):
            return z3.BoolVal(a, self.ctx)
        return z3.IntVal(a, self.ctx) if isinstance(a, int) else a

    def require(self, a: Term) -> None:
        if a is not True:
            self.asserted.append(a)

    def fresh_bool(self, stem: str) -> Term:
        self._names += 1
        return z3.Bool(f"{stem}!{self._names}", self.ctx)

    def fresh_int(self, stem: str, lo: int | None = None, hi: int | None = None) -> Term:
        """Return a new integer within bounds; one with a single value is that value."""
        if lo is not None and lo == hi:
            return lo
        self._names += 1
        made = z3.Int(f"{stem}!{self._names}", self.ctx)
        if lo is not None:
            self.asserted.append(made >= lo)
        if hi is not None:
            self.asserted.append(made <= hi)
        if lo is not None and hi is not None and hi - lo < FEW // 2:
            self._remember(made, frozenset(range(lo, hi + 1)))
        return made

    def name(self, stem: str, a: Term) -> Term:
        """Return a constant that equals a larger term, so that it is reckoned once."""
        if isinstance(a, int) or z3.is_const(a):
            return a
        known = self._named.get(a.get_id())
        if known is not None:
            return known[1]
        made = self.fresh_bool(stem) if z3.is_bool(a) else self.fresh_int(stem)
        self.asserted.append(made == a)
        self._named[a.get_id()] = (a, made)
        values = self.values(a)
        if values is not None and not z3.is_bool(a):
            self._remember(made, values)
        return made

    # ---- the few values of an integer

    def values(self, a: Term) -> frozenset[int] | None:
        """Return all values that an integer can have, where they are few and known."""
        if isinstance(a, int):
            return frozenset((a,))
        known = self._few.get(a.get_id())
        return None if known is None else known[1]

    def _remember(self, a: Term, values: frozenset[int]) -> None:
        if not isinstance(a, int):
            self._few[a.get_id()] = (a, values)

    def among(self, a: Term, lo: int, hi: int) -> Term:
        """Remember that an integer is one of a few, which follows from what it is made of."""
        inside = frozenset(range(lo, hi + 1))
        known = self.values(a)
        self._remember(a, inside if known is None else known & inside)
        return a

    def _of(self, made: Term, parts: Sequence[Term], values: Callable[..., int]) -> Term:
        """Remember the values of a result from those of its one or two operands."""
        sets = [self.values(p) for p in parts]
        if any(s is None for s in sets):
            return made
        first, *rest = [s for s in sets if s is not None]
        if not rest:
            found = frozenset(values(a) for a in first)
        elif len(first) * len(rest[0]) > FEW * FEW:
            return made
        else:
            found = frozenset(values(a, b) for a in first for b in rest[0])
        if len(found) <= FEW:
            self._remember(made, found)
        return made

    def by_value(self, a: Term, make: Callable[[int], Term]) -> Term | None:
        """Return ``make(value)`` for the value that ``a`` has; None where these are not few."""
        values = self.values(a)
        if values is None:
            return None
        *rest, last = sorted(values)
        made = make(last)
        for value in rest:
            made = self.ite(self.eq(a, value), make(value), made)
        return made

    def mapped(self, made: Term, a: Term, value: Callable[[int], int]) -> Term:
        """Remember that ``made`` is ``value`` of ``a``."""
        return self._of(made, (a,), value)

    # ---- yes and no

    def not_(self, a: Term) -> Term:
        if isinstance(a, bool):
            return not a
        return a.arg(0) if not isinstance(a, int) and z3.is_not(a) else z3.Not(a)

    def and_(self, parts: Iterable[Term]) -> Term:
        kept: list[Term] = []
        for part in parts:
            if part is False:
                return False
            if part is not True:
                kept.append(part)
        if not kept:
            return True
        return kept[0] if len(kept) == 1 else z3.And(kept)

    def or_(self, parts: Iterable[Term]) -> Term:
        kept: list[Term] = []
        for part in parts:
            if part is True:
                return True
            if part is not False:
                kept.append(part)
        if not kept:
            return False
        return kept[0] if len(kept) == 1 else z3.Or(kept)

    def implies(self, a: Term, b: Term) -> Term:
        return self.or_((self.not_(a), b))

    def ite(self, cond: Term, a: Term, b: Term) -> Term:
        if isinstance(cond, bool):
            return a if cond else b
        if a is b or (isinstance(a, int) and isinstance(b, int) and a == b and type(a) is type(b)):
            return a
        if isinstance(a, bool) and isinstance(b, bool):
            return cond if a else self.not_(cond)
        made = z3.If(cond, self.lift(a), self.lift(b), self.ctx)
        if z3.is_bool(made):
            return made
        left, right = self.values(a), self.values(b)
        if left is not None and right is not None and len(left | right) <= FEW:
            self._remember(made, left | right)
        return made

    # ---- integers

    def add(self, a: Term, b: Term) -> Term:
        if isinstance(a, int) and isinstance(b, int):
            return a + b
        if isinstance(a, int) and a == 0:
            return b
        if isinstance(b, int) and b == 0:
            return a
        return self._of(self.lift(a) + self.lift(b), (a, b), lambda x, y: x + y)

    def neg(self, a: Term) -> Term:
        return -a if isinstance(a, int) else self._of(-a, (a,), lambda x: -x)

    def sub(self, a: Term, b: Term) -> Term:
        if isinstance(a, int) and isinstance(b, int):
            return a - b
        if isinstance(b, int) and b == 0:
            return a
        return self._of(self.lift(a) - self.lift(b), (a, b), lambda x, y: x - y)

    def mul(self, a: Term, b: Term) -> Term:
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        for x, y in ((a, b), (b, a)):
            if isinstance(x, int):
                if x in (0, 1):
                    return y if x else 0
                return self._of(x * self.lift(y), (y,), lambda v, x=x: x * v)
        sizes = [len(v) if v is not None else FEW + 1 for v in (self.values(a), self.values(b))]
        if min(sizes) <= FEW:
            few, other = (a, b) if sizes[0] <= sizes[1] else (b, a)
            split = self.by_value(few, lambda v: self.mul(v, other))
            assert split is not None
            return split
        self.factors.append(b)
        return a * b

    def min_(self, a: Term, b: Term) -> Term:
        return self._of(self.ite(self.le(a, b), a, b), (a, b), min)

    def max_(self, a: Term, b: Term) -> Term:
        return self._of(self.ite(self.le(a, b), b, a), (a, b), max)

    def div(self, a: Term, by: int) -> Term:
        """Return the quotient by a constant above 0, rounded down."""
        if by == 1:
            return a
        if isinstance(a, int):
            return a // by
        return self._of(a / by, (a,), lambda x: x // by)

    def mod(self, a: Term, by: int) -> Term:
        return a % by if isinstance(a, int) else self._of(a % by, (a,), lambda x: x % by)

    # ---- comparisons

    def _decided(self, a: Term, b: Term, holds: Callable[[int, int], bool]) -> bool | None:
        """Say what comes of a comparison where the few values of both sides leave one answer only."""
        left, right = self.values(a), self.values(b)
        if left is None or right is None or len(left) * len(right) > FEW:
            return None
        answers = {holds(x, y) for x in left for y in right}
        return answers.pop() if len(answers) == 1 else None

    def lt(self, a: Term, b: Term) -> Term:
        known = self._decided(a, b, lambda x, y: x < y)
        return self.lift(a) < self.lift(b) if known is None else known

    def le(self, a: Term, b: Term) -> Term:
        known = self._decided(a, b, lambda x, y: x <= y)
        return self.lift(a) <= self.lift(b) if known is None else known

    def eq(self, a: Term, b: Term) -> Term:
        """Compare two integers."""
        known = self._decided(a, b, lambda x, y: x == y)
        if known is not None:
            return known
        return True if a is b else self.lift(a) == self.lift(b)

    def same(self, a: Term, b: Term) -> Term:
        """Compare two yes/no values."""
        if isinstance(a, bool):
            return b if a else self.not_(b)
        if isinstance(b, bool):
            return a if b else self.not_(a)
        return True if a is b else a == b
