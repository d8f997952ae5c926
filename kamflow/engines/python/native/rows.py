"""Row choices over columns where no tree serves: rows are tried as written, sets are bit masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.core.columns import MAX_SET
from kamflow.core.expr import Choose, Expr
from kamflow.engines.python.choose import Ways
from kamflow.engines.python.native.parts import RefusedError
from kamflow.engines.python.source import Block
from kamflow.values.outcome import WhyUndecided

if TYPE_CHECKING:
    from kamflow.engines.python.exprs import Emitter


class NativeWays(Ways):
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
