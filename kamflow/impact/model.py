"""The impact of a change on a portfolio, as values: who moves, up or down, and how much money with them.

Amounts are scaled integers with their type beside them. Totals are like for like: of the records that both
versions decide; a missing value adds nothing. Laws: the counts of a matrix add up to all records; the
totals of groups add up to those of the portfolio; ``old + moved == new``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import NO_TEXT, Text
from kamflow.core.program import Better
from kamflow.core.ty import ScaledTy
from kamflow.values.codec import Json


class Kind(StrEnum):
    """How a change of an output is told."""

    CHOICE = "choice"  # an enum member or yes/no: from which to which
    AMOUNT = "amount"  # up and down, by how much
    OTHER = "other"  # a text or a list: from which to which, the most frequent


@dataclass(frozen=True, slots=True)
class Shown:
    """A value for people and for programs. ``rejected``: the version does not decide the record."""

    text: Text
    json: Json
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """What a version's values add up to, of the records that both decide."""

    ty: ScaledTy
    old: int
    new: int

    @property
    def moved(self) -> int:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Spread:
    """How amounts change. ``least``, ``median`` (the lower one of two), ``most``: of the changes, signed."""

    ty: ScaledTy
    up: int
    down: int
    appeared: int
    vanished: int
    least: int = 0
    median: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """So many records have ``old`` before and ``new`` after; ``money``: what each measure moves with them."""

    old: Shown
    new: Shown
    count: int
    money: tuple[int, ...]

    @property
    def stays(self) -> bool:
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class Mover:
    """A record whose answer changes, what gave each answer, and what each measure moves."""

    index: int
    id: str
    old: Shown
    new: Shown
    old_why: Text
    new_why: Text
    money: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutputImpact:
    """``moves``: of a choice all cells of its matrix that have records, also those that stay; else the
    changes alone, the most frequent first. ``up``, ``down``: of amounts and of choices in an order.
    ``classes``: what a choice's matrix runs over, in its order."""

    name: str
    label: Text
    kind: Kind
    moved: int
    up: int | None = None
    down: int | None = None
    classes: tuple[Shown, ...] = ()
    moves: tuple[Move, ...] = ()
    more_moves: int = 0
    spread: Spread | None = None
    total: Total | None = None
    top: tuple[Mover, ...] = ()

    @property
    def has_moved(self) -> bool:
        return self.moved > 0


@dataclass(frozen=True, slots=True)
class MeasureImpact:
    """``lost`` and ``gained``: what lies on records that only the old, only the new version decides."""

    name: str
    label: Text
    better: Better | None
    total: Total
    spread: Spread
    lost: int
    gained: int
    top: tuple[Mover, ...] = ()

    @property
    def ty(self) -> ScaledTy:
        return self.total.ty

    @property
    def is_worse(self) -> bool:
        """Say whether the portfolio as a whole is worse for us."""
        return self.cost > 0

    @property
    def cost(self) -> int:
        """Return by how much it is worse for us; without a direction a rise counts."""
        return -self.total.moved if self.better is Better.HIGHER else self.total.moved


@dataclass(frozen=True, slots=True)
class GroupRow:
    """``totals``: of each measure; ``outputs``: how many records move, by output."""

    key: Shown
    records: int
    moved: int
    totals: tuple[Total, ...]
    outputs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Grouping:
    name: str
    label: Text
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that one version decides and the other rejects. ``newly``: the new one rejects it."""

    index: int
    id: str
    newly: bool
    finding: Diagnostic


@dataclass(frozen=True, slots=True)
class Impact:
    """``moved``: records with another answer in any output, or with an answer in one version only.

    ``not_compared``: outputs whose types differ too much. ``only_one``: measures that one version has,
    with whether it is the new one.
    """

    record: str
    records: int
    both: int
    newly_rejected: int
    newly_decided: int
    neither: int
    moved: int
    outputs: tuple[OutputImpact, ...]
    measures: tuple[MeasureImpact, ...]
    groups: tuple[Grouping, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    not_compared: tuple[str, ...] = ()
    only_one: tuple[tuple[str, bool], ...] = ()
    record_label: Text = NO_TEXT
