"""Row choices over columns: a table looked up, or rows tried as written; sets are bit masks.

A processor guesses forks, and a wrong guess costs as much as twenty comparisons. So the segments in
which the amounts of a table lie are counted (``(x >= 30) + (x >= 60)``), and the row stands in an array at
their product. What the array holds comes from the tree that the Python engine would run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from kamflow.core.columns import MAX_SET
from kamflow.core.expr import Choose, Expr, Hit, walk
from kamflow.core.ty import BoolTy, OptTy, Ty, strip_opt
from kamflow.engines.python.cases import Atom, Both, Cases, Fork, Formula, Known, Test, Tree
from kamflow.engines.python.choose import Targets, Ways, needs_guard
from kamflow.engines.python.native import civil
from kamflow.engines.python.native.emit import NativeEmitter
from kamflow.engines.python.native.parts import RefusedError, is_optional
from kamflow.engines.python.source import Block, int_of
from kamflow.values.outcome import WhyUndecided

if TYPE_CHECKING:
    from kamflow.engines.python.exprs import Emitter


MAX_PLACES = 4096  # of one array: what stays in the nearest cache
MAX_LONG = 1 << 16  # … of a long table
MAX_WORK = 1 << 20  # places that rows are written to
MANY_CUTS = 12  # from here on they are searched by halving


class NativeWays(Ways):
    def look_up(
        self, em: Emitter, tree: Tree, asked: list[tuple[Atom, str]], block: Block, targets: Targets
    ) -> bool:
        sizes = [atom.all.bit_length() for atom, _ in asked]
        if not 1 < prod(sizes) <= MAX_PLACES or not all(_plain(texts) for _, texts, _ in targets.names):
            return False
        rows = [-1] * prod(sizes)
        _fill(tree, [atom.all for atom, _ in asked], sizes, rows)
        _look_up(em, asked, rows, block, targets)
        return True

    def look_up_rows(self, em: Emitter, e: Choose, cases: Cases, block: Block, targets: Targets) -> bool:
        guarded = any(needs_guard(n) for atom in cases.atoms for n in walk(atom.expr))
        if guarded or not all(_plain(texts) for _, texts, _ in targets.names):
            return False
        rows = _boxes(e, cases)
        if rows is None:
            return False
        asked = [(atom, em.atom(atom.expr, block)) for atom in cases.atoms]
        _look_up(em, asked, rows, block, targets)
        return True

    def first(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        """A row is tried while none was found: the compiler makes one chain of jumps of it."""
        block.add(f"{row_name} = -1")
        for i, cond in enumerate(conds):
            inner = block.sub()
            inner.add(f"if {em.expr(cond, inner)}: {row_name} = {i}")
            block.nest(f"if {row_name} < 0:", inner)
        self._none(em, e, block, row_name)

    def collect(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        if len(conds) + (e.otherwise is not None) > MAX_SET:
            raise RefusedError(em.frame.name, f"{len(conds)} rows in one set")
        block.add(f"{row_name} = 0")
        for i, cond in enumerate(conds):
            block.add(f"if {em.expr(cond, block)}: {row_name} |= {1 << i}")
        if e.otherwise is not None:
            block.add(f"if {row_name} == 0: {row_name} = {1 << len(conds)}")

    def only(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        two = em.unit.fresh()
        block.add(f"{row_name} = -1")
        block.add(f"{two} = False")
        for i, cond in enumerate(conds):
            inner = block.sub()
            inner.add(f"if {row_name} >= 0: {two} = True")
            inner.add(f"{row_name} = {i}")
            block.nest(f"if {em.expr(cond, block)}:", inner)
        block.add(f"if {two}: {em.stop(WhyUndecided.TWO_ROWS, '()', block)}")
        self._none(em, e, block, row_name)

    def _none(self, em: Emitter, e: Choose, block: Block, row_name: str) -> None:
        end = em.stop(WhyUndecided.NO_ROW, "()", block) if e.otherwise is None else ""
        block.add(f"if {row_name} < 0: {end or f'{row_name} = {len(e.branches)}'}")


_WORDS = ("None", "True", "False")


def _look_up(
    em: Emitter, asked: list[tuple[Atom, str]], rows: list[int], block: Block, targets: Targets
) -> None:
    index = ""
    for atom, text in asked:
        size = atom.all.bit_length()
        if size > 1:
            segment = _segment(em, atom, text)
            index = f"({index} * {size} + {segment})" if index else segment
    index = em.named(index, block)
    if min(rows) < 0:
        none = em.stop(WhyUndecided.NO_ROW, "()", block)
        block.add(f"if {em.unit.constant(tuple(rows))}[{index}] < 0: {none}")
    for name, texts, ty in targets.names:
        _assign(em, name, [texts[r] if r >= 0 else "0" for r in rows], index, block, ty)


def _boxes(e: Choose, cases: Cases) -> list[int] | None:
    """Return the row for each product of segments, -1 for none and -2 for two; None where a row is no
    product of sets, or all is too much."""
    atoms = cases.atoms
    sizes = [atom.all.bit_length() for atom in atoms]
    boxes = [_box(row, atoms) for row in cases.rows]
    found = [box for box in boxes if box is not None]
    work = sum(prod(mask.bit_count() for mask in box) for box in found)
    if not 1 < prod(sizes) <= MAX_LONG or work > MAX_WORK or len(found) < len(boxes):
        return None
    rows = [-1] * prod(sizes)
    for i in reversed(range(len(found))):
        for index in _places(found[i], sizes):
            rows[index] = -2 if e.hit is Hit.UNIQUE and rows[index] != -1 else i
    return rows if e.otherwise is None else [len(found) if r == -1 else r for r in rows]


def _box(row: Formula, atoms: list[Atom]) -> list[int] | None:
    """Return the segments of each atom for which a row applies."""
    box = [atom.all for atom in atoms]
    for part in row.parts if isinstance(row, Both) else (row,):
        match part:
            case Test(atom, mask, _):
                box[atom] &= mask
            case Known(holds):
                box = box if holds else [0] * len(box)
            case _:
                return None
    return box


def _places(box: list[int], sizes: list[int]) -> Iterator[int]:
    open_places = [[i for i in range(n) if m >> i & 1] for m, n in zip(box, sizes, strict=True)]
    for places in product(*open_places):
        index = 0
        for place, size in zip(places, sizes, strict=True):
            index = index * size + place
        yield index


def _plain(texts: list[str]) -> bool:
    """Say whether all are constants; of yes and no only one kind stands in a list."""
    return all(int_of(t) is not None or t in _WORDS for t in texts)


def _fill(tree: Tree, possible: list[int], sizes: list[int], rows: list[int]) -> None:
    """Write the row of each product of segments; what no path reaches stays without."""
    if isinstance(tree, Fork):
        at, test = tree.test.atom, tree.test
        now = possible[at]
        _fill(tree.yes, [*possible[:at], now & test.mask, *possible[at + 1 :]], sizes, rows)
        _fill(tree.no, [*possible[:at], now & test.among & ~test.mask, *possible[at + 1 :]], sizes, rows)
        return
    for index in _places(possible, sizes):
        rows[index] = tree.row


def _segment(em: Emitter, atom: Atom, text: str) -> str:
    """Return the number of the segment in which the value lies; missing is the last."""
    if isinstance(strip_opt(atom.expr.ty), BoolTy):
        found = f"({text} + 0)"
    elif atom.words:
        count = len(atom.words)
        found = f"({count}" + "".join(
            f" - {count - i} * ({text} == {em.unit.constant(w)})" for i, w in enumerate(atom.words)
        )
        found += ")"
    else:
        cuts = tuple(atom.starts[1:])
        if len(cuts) > MANY_CUTS and not atom.names:
            found = f"{em.unit.constant(civil.segment)}({em.unit.constant(cuts)}, {text})"
            return _or_missing(em, atom, text, found)
        tests = [f"({text} >= {atom.names.get(s) or s})" for s in atom.starts[1:]]
        found = f"({' + '.join(tests)} + 0)" if tests else "0"
    return _or_missing(em, atom, text, found)


def _or_missing(em: Emitter, atom: Atom, text: str, found: str) -> str:
    if isinstance(atom.expr.ty, OptTy):
        return f"({found} if {em.is_present(text)} else {atom.count})"
    return found


def _assign(em: Emitter, name: str, texts: list[str], index: str, block: Block, ty: Ty) -> None:
    truth = isinstance(strip_opt(ty), BoolTy)
    numbers = tuple(t == "True" if t in _WORDS else int_of(t) or 0 for t in texts)
    found = f"{em.unit.constant(tuple(int(n) for n in numbers))}[{index}]"
    found = f"({found} != 0)" if truth else f"({found} + 0)"
    if not is_optional(ty):
        em.assign(name, found, block, ty)
        return
    present = em.unit.constant(tuple(int(t != "None") for t in texts))
    assert isinstance(em, NativeEmitter)
    em.assign(name, em.with_presence(found, f"({present}[{index}] != 0)"), block, ty)
