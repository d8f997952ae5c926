"""Row choices as Python: a tree of tests, a flat function, or a count of the rows that apply.

The tree serves first-match tables and those unique tables whose rows it sees to exclude each other.
It needs conditions that can be tested in any order: no division that the trace would record and no
definition of another record, which could end undecided. Other tables run as written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kamflow.core.expr import Apply, Choose, DivRound, Expr, Hit, Lit, Ref, Unwrap, walk
from kamflow.core.ty import Ty
from kamflow.engines.python.cases import Atom, Cases, Fork, Tree
from kamflow.engines.python.conditions import emit_test
from kamflow.engines.python.exprs import is_self
from kamflow.engines.python.operators import CALLED
from kamflow.engines.python.source import Block, is_atom
from kamflow.values.outcome import WhyUndecided

if TYPE_CHECKING:
    from kamflow.engines.python.exprs import Emitter

_TREE_ROWS = 48


@dataclass(slots=True)
class Targets:
    """Names that the chosen row sets, each with its text for every row."""

    names: list[tuple[str, list[str], Ty]]

    def assign(self, em: Emitter, row: int, block: Block) -> None:
        for name, texts, ty in self.names:
            em.assign(name, texts[row], block, ty)


class Ways:
    """How rows are found where no tree serves; an engine over columns has ways of its own."""

    def look_up(
        self, _em: Emitter, _tree: Tree, _asked: list[tuple[Atom, str]], _block: Block, _targets: Targets
    ) -> bool:
        """Set the targets without a fork, if that is better; all atoms can be asked."""
        return False

    def look_up_rows(self, _em: Emitter, _e: Choose, _cases: Cases, _block: Block, _targets: Targets) -> bool:
        """Like ``look_up``, for a table that is no tree: too long, or with rows that may meet."""
        return False

    def first(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        body = Block()
        for i, cond in enumerate(conds):
            body.add(f"if {em.expr(cond, body)}: return {i}")
        body.add(_none_applies(em, body) if e.otherwise is None else f"return {len(conds)}")
        block.add(f"{row_name} = {em.unit.outline(body)}")

    def collect(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        block.add(f"{row_name} = ()")
        for i, cond in enumerate(conds):
            block.add(f"if {em.expr(cond, block)}: {row_name} += ({i},)")
        if e.otherwise is not None:
            block.add(f"if not {row_name}: {row_name} = ({len(conds)},)")

    def only(self, em: Emitter, e: Choose, conds: tuple[Expr, ...], block: Block, row_name: str) -> None:
        found = em.unit.fresh()
        block.add(f"{found} = ()")
        for i, cond in enumerate(conds):
            block.add(f"if {em.expr(cond, block)}: {found} += ({i},)")
        block.add(f"if {found}[1:]: {em.stop(WhyUndecided.TWO_ROWS, found, block)}")
        if e.otherwise is None:
            block.add(f"if not {found}: {_none_applies(em, block)}")
            block.add(f"{row_name} = {found}[0]")
        else:
            block.add(f"{row_name} = {found}[0] if {found} else {len(conds)}")


def emit_choose(em: Emitter, e: Choose, block: Block, targets: Targets, row_name: str) -> bool:
    """Set ``targets`` by the row of ``e`` that answers, and say so; else set ``row_name`` only."""
    conds = tuple(b.cond for b in e.branches)
    if e.hit is Hit.COLLECT:
        em.module.ways.collect(em, e, conds, block, row_name)
        return False
    cases = None
    if not any(_must_keep_order(em, node) for c in conds for node in walk(c)):
        cases = Cases(conds, em.module.constant_of, em.symbol)
        if len(conds) <= _TREE_ROWS and _emit_tree(em, e, cases, block, targets):
            return True
        if em.module.ways.look_up_rows(em, e, cases, block, targets):
            return True
    if e.hit is Hit.FIRST or (cases is not None and cases.disjoint()):
        em.module.ways.first(em, e, conds, block, row_name)
    else:
        em.module.ways.only(em, e, conds, block, row_name)
    return False


def _must_keep_order(em: Emitter, node: Expr) -> bool:
    if isinstance(node, DivRound):
        return em.module.noted
    if isinstance(node, Ref):
        return not (is_self(node.subject) and node.key in em.frame.known)
    return False


def needs_guard(node: Expr) -> bool:
    """Say whether a node may rest on an earlier condition: it can't be evaluated before the tree."""
    match node:
        case Unwrap():
            return True
        case DivRound(den=Lit(value=value)):
            return not value
        case DivRound():
            return True
        case Apply(op=op):
            return op in CALLED
        case _:
            return False


def _emit_tree(em: Emitter, e: Choose, cases: Cases, block: Block, targets: Targets) -> bool:
    otherwise = -1 if e.otherwise is None else len(e.branches)
    tree = cases.tree(otherwise=otherwise, unique=e.hit is Hit.UNIQUE, budget=6 * len(e.branches) + 16)
    if tree is None:
        return False
    texts: list[str] = []
    before = Block(block.depth)
    for atom in cases.atoms:
        text = em.expr(atom.expr, before)
        opens = any(needs_guard(n) for n in walk(atom.expr))
        if not is_atom(text) and not opens:
            text = em.named(text, before, atom.expr.ty)
        texts.append(text)
        if opens and before.lines:
            return False
    block.lines.extend(before.lines)
    asked = list(zip(cases.atoms, texts, strict=True))
    guarded = any(needs_guard(n) for atom in cases.atoms for n in walk(atom.expr))
    if guarded or not em.module.ways.look_up(em, tree, asked, block, targets):
        _emit_fork(em, tree, asked, block, targets)
    return True


def _emit_fork(
    em: Emitter, tree: Tree, asked: list[tuple[Atom, str]], block: Block, targets: Targets
) -> None:
    word = "if"
    while isinstance(tree, Fork):
        atom, text = asked[tree.test.atom]
        test = emit_test(em, atom, text, tree.test, tree.possible)
        inner = block.sub()
        _emit_fork(em, tree.yes, asked, inner, targets)
        block.nest(f"{word} {test}:", inner)
        tree, word = tree.no, "elif"
    last = block if word == "if" else block.sub()
    if tree.row < 0:
        last.add(_none_applies(em, last))
    else:
        targets.assign(em, tree.row, last)
    if last is not block:
        block.nest("else:", last)


def _none_applies(em: Emitter, block: Block) -> str:
    return em.stop(WhyUndecided.NO_ROW, "()", block)
