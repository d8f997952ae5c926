"""A record that meets conditions: found by climbing from the records of tests to the edges of bounds.

``find_record`` is the one place where a record is looked for, so that a prover can take its place.
Everything found is tried by the reference interpreter. Deterministic: no clock, no chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kamflow.core.expr import Apply, Expr, Get, Lit, Op, Ref, Unwrap, walk
from kamflow.core.program import Program
from kamflow.core.ty import (
    DATE_CEIL,
    DATE_FLOOR,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    ScaledTy,
    TextTy,
    Ty,
    UnitKind,
    strip_opt,
)
from kamflow.engines.interp import Interpreter, NotGiven
from kamflow.measure.atoms import Atom, Draft, Ground, draft_from, record_of
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided

NO_VALUE = (NotGiven, Undecided, ArithmeticError, AssertionError, ValueError)
"""What evaluating a part of a definition on a half-made record may end in."""

Wish = Callable[[TypedRecord], bool]
"""A condition that may raise one of ``NO_VALUE``: then it is not met."""

_SEEDS = 6
_ROUNDS = 12
_MOST_CANDIDATES = 24
_MOST_PAIRS = 1_000
_UNEVEN = (1, 5, 33, 55, 99, 101, 1_005, 10_049, 10_051)
"""Integers that leave a rest when parts of them are taken: they tell one rounding from another."""


@dataclass(frozen=True, slots=True)
class Quest:
    """A record for which ``reached`` holds. ``wishes`` lead there: the more, the nearer."""

    program: Program
    as_of: int
    record: str
    ground: Ground
    wishes: tuple[Wish, ...]
    reached: Wish
    seeds: tuple[TypedRecord, ...]


def find_record(quest: Quest) -> Draft | None:
    """Return values for a record that is reached, as few as it takes; None where none was found."""
    search = _Search(quest)
    starts = search.starts()
    for draft in starts:
        found = search.climb(draft)
        if found is not None:
            return search.without_needless(found)
    for draft in starts[:1]:
        found = search.try_pairs(draft)
        if found is not None:
            return search.without_needless(found)
    return None


def met(wish: Wish, record: TypedRecord) -> bool:
    try:
        return wish(record)
    except NO_VALUE:
        return False


class _Search:
    def __init__(self, quest: Quest) -> None:
        self._quest = quest
        self._ask = Interpreter(quest.program, quest.as_of)

    def starts(self) -> list[Draft]:
        """Return where to begin: the test records that are nearest, each completed, and a plain one."""
        atoms = self._quest.ground.atoms
        plain = {a: plain_value(a.ty) for a in atoms}
        drafts = [plain | draft_from(s, atoms) for s in self._quest.seeds if s.record == self._quest.record]
        unique = {tuple((a, repr(d[a])) for a in atoms): d for d in [*drafts, plain]}
        ranked = sorted(unique.values(), key=lambda d: -self._score(self._record(d)))
        return ranked[:_SEEDS]

    def _record(self, draft: Draft) -> TypedRecord:
        return record_of(self._quest.program, self._quest.record, draft)

    def _score(self, record: TypedRecord) -> int:
        return sum(met(w, record) for w in self._quest.wishes)

    def climb(self, draft: Draft) -> Draft | None:
        """Change one value after the other, each time the one that brings most."""
        if met(self._quest.reached, self._record(draft)):
            return draft
        score = self._score(self._record(draft))
        stale = False
        visited = {repr(list(draft.values()))}
        for _ in range(_ROUNDS):
            best: tuple[int, Draft] | None = None
            for atom in self._quest.ground.atoms:
                for value in self._candidates(atom, draft):
                    other = {**draft, atom: value}
                    record = self._record(other)
                    if met(self._quest.reached, record):
                        return other
                    near = self._score(record)
                    fresh = repr(list(other.values())) not in visited
                    if fresh and near >= score and (best is None or near > best[0]):
                        best = (near, other)
            if best is None or (best[0] == score and stale):
                return None
            stale = best[0] == score
            score, draft = best
            visited.add(repr(list(draft.values())))
        return None

    def try_pairs(self, draft: Draft) -> Draft | None:
        """Change two values at once: what neither brings alone."""
        left = _MOST_PAIRS
        numbers = [a for a in self._quest.ground.atoms if isinstance(strip_opt(a.ty), ScaledTy)]
        for first in numbers:
            for value in self._candidates(first, draft):
                one = {**draft, first: value}
                for second in numbers:
                    for other in self._candidates(second, one) if second != first else ():
                        both = {**one, second: other}
                        if met(self._quest.reached, self._record(both)):
                            return both
                        left -= 1
                        if not left:
                            return None
        return None

    def without_needless(self, draft: Draft) -> Draft:
        """Leave out what the record does not need, but for one: a test says no more than it is about."""
        for atom in list(draft):
            fewer = {a: v for a, v in draft.items() if a != atom}
            if fewer and met(self._quest.reached, self._record(fewer)):
                draft = fewer
        return draft

    # ---- values worth a try

    def _candidates(self, atom: Atom, draft: Draft) -> list[Value]:
        found: dict[Value, None] = {}
        inner = strip_opt(atom.ty)
        match inner:
            case BoolTy():
                found |= dict.fromkeys((True, False))
            case EnumTy(_, members, _):
                found |= dict.fromkeys(range(len(members)))
            case TextTy():
                found |= dict.fromkeys((*self._quest.ground.texts, "x"))
            case ScaledTy():
                found |= dict.fromkeys(self._edges(atom, inner, draft))
            case _:
                pass
        if isinstance(atom.ty, OptTy):
            found[None] = None
        if isinstance(inner, ScaledTy | ListTy):
            for seed in self._quest.seeds[:_MOST_CANDIDATES]:
                found |= dict.fromkeys(draft_from(seed, [atom]).values())
        return [v for v in found if v != draft.get(atom)]

    def _edges(self, atom: Atom, ty: ScaledTy, draft: Draft) -> list[int]:
        """Return the values at which a comparison changes its mind, and those beside them."""
        unit = int(10**ty.scale)
        out: list[int] = []
        lo, hi = _limits(ty)
        for compared in self._quest.ground.compared:
            assert isinstance(compared, Apply)
            if compared.op is Op.EQ_TEXT:
                continue
            edge = self._crossing(compared.args, atom, draft, lo, hi)
            if edge is not None:
                out += [edge - 1, edge, edge + 1]
        out += [0, unit, 100 * unit]
        out += _UNEVEN if self._quest.ground.rounds else ()
        return [v for v in dict.fromkeys(out) if lo <= v <= hi]

    def _crossing(self, sides: Sequence[Expr], atom: Atom, draft: Draft, lo: int, hi: int) -> int | None:
        """Return the least value for which the sides' difference has another sign than at ``lo``."""
        if not any(_mentions(s, atom) for s in sides):
            return None
        plain = _plain_edge(sides, atom)
        if plain is not None:
            return plain

        def sign(value: int) -> int | None:
            record = self._record({**draft, atom: value})
            try:
                a, b = (self._ask.evaluate(s, record) for s in sides)
            except NO_VALUE:
                return None
            assert isinstance(a, int)
            assert isinstance(b, int)
            return (a > b) - (a < b)

        first, last = sign(lo), sign(hi)
        if first is None or last is None or first == last:
            return None
        while hi - lo > 1:
            middle = (lo + hi) // 2
            here = sign(middle)
            if here is None:
                return None
            lo, hi = (middle, hi) if here == first else (lo, middle)
        return hi


def _mentions(e: Expr, atom: Atom) -> bool:
    """Say whether an expression may read an atom; too often is no harm."""
    return any(
        (isinstance(n, Get) and not atom.is_def and n.name == atom.name)
        or (isinstance(n, Ref) and (n.key.name == atom.name or "#" in n.key.name or "." in n.key.name))
        for n in walk(e)
    )


def _plain_edge(sides: Sequence[Expr], atom: Atom) -> int | None:
    """Return the constant that an atom itself is compared with: most cells of a table."""
    for side, other in (sides, reversed(sides)):
        bare = side.arg if isinstance(side, Unwrap) else side
        if isinstance(bare, Get | Ref) and isinstance(other, Lit) and isinstance(other.value, int):
            name = bare.name if isinstance(bare, Get) else bare.key.name
            return other.value if name == atom.name else None
    return None


def _limits(ty: ScaledTy) -> tuple[int, int]:
    if ty.unit.kind is UnitKind.DATE:
        return max(ty.lo, DATE_FLOOR + 40_000), min(ty.hi, DATE_CEIL - 40_000)
    return ty.lo, ty.hi


def plain_value(ty: Ty) -> Value:
    """Return a value that says little."""
    match ty:
        case OptTy():
            return None
        case BoolTy():
            return False
        case TextTy():
            return "x"
        case ScaledTy(unit, _, lo, hi):
            if unit.kind is UnitKind.DATE:
                return max(lo, min(hi, 739_000))
            return max(lo, min(hi, 0))
        case ListTy():
            return ()
        case _:
            return 0


def parts_of(cond: Expr) -> tuple[Expr, ...]:
    """Return the conditions that a condition is the `and` of."""
    if isinstance(cond, Apply) and cond.op is Op.AND:
        return tuple(p for a in cond.args for p in parts_of(a))
    return (cond,)


def wishes_for(ask: Interpreter, conds: Iterable[Expr], *, wanted: bool = True) -> list[Wish]:
    """Make a wish of each part of conditions that are to hold (or of each as a whole that is not)."""
    out: list[Wish] = []
    for cond in conds:
        for part in parts_of(cond) if wanted else (cond,):
            out.append(_wish(ask, part, wanted))
    return out


def _wish(ask: Interpreter, cond: Expr, wanted: bool) -> Wish:
    return lambda record: ask.evaluate(cond, record) is wanted
