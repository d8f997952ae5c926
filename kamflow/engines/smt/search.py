"""Questions about all records of a kind: is there one for which this holds, and what does it look like?

z3 stays behind this: it is imported with the first question. Without it every answer is `NotKnown`.

Conditions are expressions of the lowered core about ``Var("self")``. A record that is found is valid: every
field within its type's range, none of the `impossible` facts met, and every definition that was reached on
the way decided. What no condition reads does not count: a question about the rows of a table may have a
record for an answer for which that table has no answer.
Parameters must not change within the days that are asked about (``prove.intervals`` cuts them so).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kamflow.base.text import Text
from kamflow.core.expr import Expr, Get, Ref
from kamflow.core.program import Program
from kamflow.engines.smt import available
from kamflow.engines.smt.answer import Answer, NotKnown
from kamflow.values.data import TypedRecord, Value

if TYPE_CHECKING:
    from kamflow.engines.smt.asked import Side
    from kamflow.engines.smt.world import World

LIMIT = 12_000_000
"""Steps of z3 for one question."""

NO_Z3 = NotKnown(
    Text(
        "proving needs z3, which is not installed: pip install 'kamflow[prove]'",
        "证明需要 z3，目前没有安装：pip install 'kamflow[prove]'",
    )
)


class Days(Protocol):
    """Day numbers, both included (``prove.intervals.Days`` is one)."""

    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Search:
    """Questions about records of one kind, on some days. It keeps nothing between two questions.

    ``params`` replaces values of parameters (scenarios); ``limit`` counts steps of z3.
    """

    program: Program
    record: str
    days: Days
    limit: int = LIMIT
    params: Mapping[str, Value] | None = None

    def find(self, conds: Sequence[Expr], *, prefer: Sequence[Expr] = (), readable: bool = True) -> Answer:
        """Find a record for which all conditions hold.

        ``prefer``: conditions that the record should meet as well where it can, the first ones first.
        Without ``readable`` it is any record: quicker, where only the answer counts.
        """

        return self._ask(self._one(conds, prefer), readable=readable)

    def has_none(self, conds: Sequence[Expr]) -> bool:
        """Say whether it is proved that no record meets the conditions. False says nothing: it is the
        quickest of all questions, for programs in which much is left free."""
        return self._refuted(self._one(conds, ()))

    def find_pair(self, driver: Get | Ref, value: Expr, *, rises: bool, conds: Sequence[Expr] = ()) -> Answer:
        """Find two records, equal in all but ``driver``, which is larger in the second, where ``value``
        is larger (``rises``) or smaller in the second too.

        A driver that is a definition is free: both records state it (``given``). Both records meet
        ``conds``. Missing is neither larger nor smaller.
        """
        return self._ask(self._pair(driver, value, rises=rises, conds=conds))

    def has_no_pair(self, driver: Get | Ref, value: Expr, *, rises: bool) -> bool:
        """Say whether it is proved that ``find_pair`` would find nothing; False says nothing."""
        return self._refuted(self._pair(driver, value, rises=rises, conds=()))

    def find_changed(
        self,
        new: Program,
        pairs: Sequence[tuple[Expr, Expr]],
        *,
        conds: Sequence[Expr] = (),
        new_conds: Sequence[Expr] = (),
        new_params: Mapping[str, Value] | None = None,
    ) -> Answer:
        """Find one record that both programs take, for which one of the pairs (expression of this program,
        of ``new``) has two different values.

        Fields of one name are one value; where their types differ it is one that both can say. A field
        that only one of the programs has is free in that one. ``Found`` has the record as each of the
        programs reads it. Without pairs ``conds`` and ``new_conds`` alone have to hold.
        """

        def build(world: World) -> tuple[Side, ...]:
            from kamflow.engines.smt.versions import two_programs

            return two_programs(self, world, new, pairs, conds, new_conds, new_params)

        return self._ask(build)

    def find_near(
        self, record: TypedRecord, free: Sequence[tuple[str, ...]], conds: Sequence[Expr]
    ) -> Answer:
        """Find the record nearest to ``record`` for which all conditions hold.

        Only the fields with the paths ``free`` may change (``("customer", "tier")``), as few of them as
        possible, of those that are listed first rather than later ones, and amounts as little as possible.
        What ``record.given`` states stays as it is. ``Found.as_of`` is a day of the search: with one day it
        is that day.
        """
        if not available():
            return NO_Z3
        from kamflow.engines.smt.nearest import find_near

        return find_near(self, record, free, conds)

    def _one(self, conds: Sequence[Expr], prefer: Sequence[Expr]) -> Callable[[World], tuple[Side, ...]]:
        def build(world: World) -> tuple[Side, ...]:
            from kamflow.engines.smt.asked import side_of

            side = side_of(self, world)
            side.require(conds)
            side.wish(prefer)
            return (side,)

        return build

    def _pair(
        self, driver: Get | Ref, value: Expr, *, rises: bool, conds: Sequence[Expr]
    ) -> Callable[[World], tuple[Side, ...]]:
        def build(world: World) -> tuple[Side, ...]:
            from kamflow.engines.smt.pairs import two_sides

            return two_sides(self, world, driver, value, rises=rises, conds=conds)

        return build

    def _refuted(self, build: Callable[[World], tuple[Side, ...]]) -> bool:
        if not available():
            return False
        from kamflow.engines.smt.asked import refuted

        return refuted(self, build)

    def _ask(self, build: Callable[[World], tuple[Side, ...]], *, readable: bool = True) -> Answer:
        if not available():
            return NO_Z3
        from kamflow.engines.smt.asked import ask

        return ask(self, build, readable=readable)
