"""Conditions of a row choice as tests on segments, and the tree of tests that finds the row.

Every comparison of an amount with a constant cuts that amount's range; between two cuts no test of
the table can tell values apart. A path through the tree knows, for each amount, which segments are
still possible, so that no test is made twice and none that an earlier one has answered.

The tree follows the rows as written, from the left: it evaluates what the plain chain would, or
less, so that a test behind a guard stays behind it. Growing stops at a budget (``None``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.core.expr import Apply, Expr, IsPresent, Lit, Op, Unwrap
from kamflow.core.ty import BoolTy, EnumTy, OptTy, ScaledTy, TextTy, Ty, strip_opt


@dataclass(slots=True)
class Atom:
    """What is tested. ``starts``: first value of each segment; of a text: its constants, then others.

    Bit ``i`` of a mask is segment ``i``; the bit above all segments stands for *missing*.
    """

    expr: Expr
    cuts: set[int] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)  # cuts that come from named parameters only

    @property
    def count(self) -> int:
        return len(self.words) + 1 if isinstance(strip_opt(self.expr.ty), TextTy) else len(self.starts)

    @property
    def present(self) -> int:
        return (1 << self.count) - 1

    @property
    def all(self) -> int:
        return self.present | (1 << self.count if isinstance(self.expr.ty, OptTy) else 0)


@frozen
class Test:
    """Holds for the segments of ``mask``; asked only of those in ``among``."""

    atom: int
    mask: int
    among: int


@frozen
class Known:
    holds: bool


@frozen
class Both:
    parts: tuple[Formula, ...]


@frozen
class Either:
    parts: tuple[Formula, ...]


Formula: TypeAlias = Test | Known | Both | Either


@frozen
class Leaf:
    """The row found; -1: none."""

    row: int


@frozen
class Fork:
    test: Test
    possible: int
    yes: Tree
    no: Tree


Tree: TypeAlias = Leaf | Fork


def bounds_of(ty: Ty) -> tuple[int, int] | None:
    match strip_opt(ty):
        case ScaledTy(_, _, lo, hi):
            return lo, hi
        case EnumTy(_, members, _):
            return 0, len(members) - 1
        case BoolTy():
            return 0, 1
        case _:
            return None


class Cases:
    """The conditions of one table over shared atoms. ``constant`` gives a parameter's value.

    ``symbol`` gives the name of a parameter that has one in the generated code: a cut that comes from
    it is written so. How the cuts lie to each other shapes the tree; where they lie is not in its text.
    """

    def __init__(
        self,
        conds: tuple[Expr, ...],
        constant: Callable[[Expr], Expr],
        symbol: Callable[[Expr], str | None] = lambda _: None,
    ) -> None:
        self.atoms: list[Atom] = []
        self._index: dict[Expr, int] = {}
        self._constant, self._symbol = constant, symbol
        self._literal: dict[int, set[int]] = {}  # by atom: cuts that a literal makes, too
        for cond in conds:
            self._collect(cond)
        for atom in self.atoms:
            bounds = bounds_of(atom.expr.ty)
            if bounds is not None:
                lo, hi = bounds
                atom.starts = [lo, *sorted(c for c in atom.cuts if lo < c <= hi)]
            else:
                atom.starts = [0]  # of a record or a list is asked only whether it is there
        self.rows = tuple(self._formula(c) for c in conds)

    # ---- reading

    def _atom(self, e: Expr) -> int:
        inner = e.arg if isinstance(e, Unwrap) else e
        if inner not in self._index:
            self._index[inner] = len(self.atoms)
            self.atoms.append(Atom(inner, {1} if isinstance(strip_opt(inner.ty), BoolTy) else set()))
        return self._index[inner]

    def _comparison(self, e: Apply) -> tuple[Expr, int, int, int] | None:
        """Return (amount, constant, mask kind) of a comparison with a constant: see ``_segments``."""
        if e.op not in (Op.LT, Op.LE, Op.EQ_INT, Op.EQ_BOOL) or len(e.args) != 2:
            return None
        left, right = (self._constant(a) for a in e.args)
        if isinstance(left, Lit) == isinstance(right, Lit):
            return None
        amount, lit, flipped = (left, right, 0) if isinstance(right, Lit) else (right, left, 1)
        assert isinstance(lit, Lit)
        if not isinstance(lit.value, int) or bounds_of(amount.ty) is None:
            return None
        value = int(lit.value)
        if e.op in (Op.EQ_INT, Op.EQ_BOOL):
            return amount, value, value + 1, 0
        # x < c, x <= c hold below c, c + 1; c < x, c <= x hold from c + 1, c
        bound = value + ((e.op is Op.LE) ^ bool(flipped))
        return amount, bound, bound, 1 + flipped

    def _word(self, e: Apply) -> tuple[Expr, str] | None:
        if e.op is not Op.EQ_TEXT:
            return None
        left, right = (self._constant(a) for a in e.args)
        for amount, lit in ((left, right), (right, left)):
            if isinstance(lit, Lit) and isinstance(lit.value, str) and not isinstance(amount, Lit):
                return amount, lit.value
        return None

    def _collect(self, e: Expr) -> None:
        stack = [e]
        while stack:
            node = stack.pop()
            match node:
                case Apply(op=Op.AND | Op.OR | Op.NOT, args=args):
                    stack.extend(reversed(args))
                case Apply() if (found := self._comparison(node)) is not None:
                    index = self._atom(found[0])
                    self.atoms[index].cuts.update(found[1:3])
                    self._name_cuts(index, node, found[1:3])
                case Apply() if (word := self._word(node)) is not None:
                    atom = self.atoms[self._atom(word[0])]
                    if word[1] not in atom.words:
                        atom.words.append(word[1])
                case IsPresent(arg=arg):
                    self._atom(arg)
                case Lit():
                    pass
                case _:
                    self._atom(node)

    def _name_cuts(self, index: int, e: Apply, cuts: Iterable[int]) -> None:
        name = self._symbol(e.args[0]) or self._symbol(e.args[1])
        names, literal = self.atoms[index].names, self._literal.setdefault(index, set())
        if name is None:
            literal.update(cuts)
            for cut in cuts:
                names.pop(cut, None)
            return
        value = next(x.value for a in e.args if isinstance(x := self._constant(a), Lit))
        for cut in cuts:
            if cut not in literal:
                names.setdefault(cut, name if cut == value else f"({name} + 1)")

    def _formula(self, e: Expr) -> Formula:
        match e:
            case Apply(op=Op.AND, args=args):
                return _join([self._formula(a) for a in args], conjunction=True)
            case Apply(op=Op.OR, args=args):
                return _join([self._formula(a) for a in args], conjunction=False)
            case Apply(op=Op.NOT, args=(arg,)):
                return _negate(self._formula(arg))
            case Apply() if (found := self._comparison(e)) is not None:
                amount, first, last, kind = found
                index = self._atom(amount)
                return _settle(self._segments(index, first, last, kind))
            case Apply() if (word := self._word(e)) is not None:
                index = self._atom(word[0])
                atom = self.atoms[index]
                return Test(index, 1 << atom.words.index(word[1]), atom.present)
            case IsPresent(arg=arg):
                index = self._atom(arg)
                return _settle(Test(index, self.atoms[index].present, self.atoms[index].all))
            case Lit(value=value):
                return Known(bool(value))
            case _:
                index = self._atom(e)
                return Test(index, 0b10, 0b11)

    def _segments(self, index: int, first: int, last: int, kind: int) -> Test:
        """kind 0: first <= x < last; 1: x < first; 2: x >= first."""
        atom = self.atoms[index]
        mask = 0
        for i, start in enumerate(atom.starts):
            inside = (first <= start < last, start < first, start >= first)[kind]
            mask |= inside << i
        return Test(index, mask, atom.present)

    # ---- growing the tree

    def tree(self, *, otherwise: int, unique: bool, budget: int) -> Tree | None:
        """Return the tree of tests; None where it would be too big, or where two rows of a
        ``unique`` table are not seen to exclude each other."""
        grower = _Grower(self.rows, otherwise, unique, budget)
        try:
            return grower.grow(0, tuple(a.all for a in self.atoms), 0)
        except _TooBigError:
            return None

    def disjoint(self) -> bool:
        """Say whether no two rows apply together, as far as conjunctions of tests show it."""
        boxes: list[dict[int, int]] = []
        for formula in self.rows:
            box: dict[int, int] = {}
            for part in formula.parts if isinstance(formula, Both) else (formula,):
                if isinstance(part, Test):
                    box[part.atom] = box.get(part.atom, self.atoms[part.atom].all) & part.mask
                elif part == Known(holds=False):
                    box[-1] = 0
            boxes.append(box)
        if len(boxes) > 600:
            return False  # 180,000 pairs and more: the table counts its rows instead
        return all(
            0 in one.values() or 0 in two.values() or any(not two.get(a, -1) & m for a, m in one.items())
            for i, one in enumerate(boxes)
            for two in boxes[:i]
        )


def _settle(test: Test) -> Formula:
    if test.mask & test.among == test.among:
        return Known(holds=True) if test.among.bit_count() else Known(holds=False)
    return test if test.mask & test.among else Known(holds=False)


def _join(parts: list[Formula], *, conjunction: bool) -> Formula:
    """Join parts in order; neighbours that test one atom become one test."""
    out: list[Formula] = []
    for part in parts:
        if isinstance(part, Known):
            if part.holds == conjunction:
                continue
            out.append(part)
            break
        last = out[-1] if out else None
        if isinstance(last, Test) and isinstance(part, Test) and _same_question(last, part):
            mask = last.mask & part.mask if conjunction else last.mask | part.mask
            out[-1] = Test(part.atom, mask, part.among)
            continue
        out.append(part)
    if not out:
        return Known(conjunction)
    if len(out) == 1:
        only = out[0]
        return _settle(only) if isinstance(only, Test) else only
    return Both(tuple(out)) if conjunction else Either(tuple(out))


def _same_question(one: Test, two: Test) -> bool:
    return one.atom == two.atom and one.among == two.among


def _negate(f: Formula) -> Formula:
    match f:
        case Known(holds):
            return Known(not holds)
        case Test(atom, mask, among):
            return Test(atom, among & ~mask, among)
        case Both(parts):
            return Either(tuple(_negate(p) for p in parts))
        case Either(parts):
            return Both(tuple(_negate(p) for p in parts))


class _TooBigError(Exception):
    """The tree outgrew its budget, or its depth."""


_MAX_NESTED = 14


@dataclass(slots=True)
class _Grower:
    rows: tuple[Formula, ...]
    otherwise: int
    unique: bool
    budget: int

    def grow(self, row: int, state: tuple[int, ...], depth: int) -> Tree:
        self.budget -= 1
        if self.budget < 0 or depth > _MAX_NESTED:
            raise _TooBigError
        while row < len(self.rows):
            found = evaluate(self.rows[row], state)
            if found is True:
                self._check_alone(row, state)
                return Leaf(row)
            if found is not False:
                yes, no, cur = list(state), list(state), state[found.atom]
                yes[found.atom], no[found.atom] = cur & found.mask, cur & found.among & ~found.mask
                on_yes = self.grow(row, tuple(yes), depth + 1)
                on_no = self.grow(row, tuple(no), depth)  # an elif: no deeper
                return Fork(found, cur & found.among, on_yes, on_no)
            row += 1
        return Leaf(self.otherwise)

    def _check_alone(self, row: int, state: tuple[int, ...]) -> None:
        if self.unique and any(evaluate(r, state) is not False for r in self.rows[row + 1 :]):
            raise _TooBigError


def evaluate(f: Formula, state: tuple[int, ...]) -> bool | Test:
    """Return what a path knows of a condition, or the next test that has to be made."""
    match f:
        case Known(holds):
            return holds
        case Test(atom, mask, among):
            possible = state[atom] & among
            if not possible & mask:
                return False
            return f if possible & ~mask else True
        case Both(parts):
            return _first_open([evaluate(p, state) for p in parts], settles=False)
        case Either(parts):
            return _first_open([evaluate(p, state) for p in parts], settles=True)


def _first_open(found: list[bool | Test], *, settles: bool) -> bool | Test:
    """Any part known as ``settles`` answers for all, also one that stands behind an open test."""
    if any(f is settles for f in found):
        return settles
    return next((f for f in found if isinstance(f, Test)), not settles)
