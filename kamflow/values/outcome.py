"""What an engine says about one record, before it is dressed for people.

Every engine returns exactly these values, so that comparing two engines is ``==``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.values.data import Value
from kamflow.values.rounding import Rounding


@dataclass(frozen=True, slots=True, order=True)
class Rounded:
    """A division that did not come out even: ``round(num / den, mode) * step == result``.

    ``name`` is the definition (``"net_price of quote"``) whose body says it. The exact value in
    units is ``num * step / den / 10**scale``.
    """

    name: str
    num: int
    den: int
    step: int
    scale: int
    mode: Rounding
    result: int


@frozen
class Decided:
    """Values and trace of a record; the orders are those of the ``EvalPlan``.

    - ``values``: one for each of ``plan.outputs``;
    - ``fired``: for each ``ROWS`` definition of ``plan.order`` the row (``COLLECT``: rows) that answered;
    - ``overrides``: for each definition of ``plan.order`` whose body is an ``Override`` the indexes of
      the rules that apply (also those beaten), ascending;
    - ``rounded``: the distinct inexact roundings, sorted, of everything that was evaluated.

    ``fired``, ``overrides`` and ``rounded`` are ``()`` when an engine was asked not to trace.
    """

    values: tuple[Value, ...]
    fired: tuple[Value, ...] = ()
    overrides: tuple[tuple[int, ...], ...] = ()
    rounded: tuple[Rounded, ...] = ()


class WhyUndecided(StrEnum):
    NO_ROW = "no row applies"
    TWO_ROWS = "two rows of a unique table apply"
    OVERRIDES_DISAGREE = "two overrides apply and disagree"
    NO_PORTFOLIO = "a population term needs a portfolio"


@frozen
class NotDecided:
    """The first definition (in plan order) that has no answer. ``name``: ``"tier#row of customer"``.

    ``rows``: the 0-based rows of a unique table (all that apply), or the rules that disagree.
    """

    name: str
    why: WhyUndecided
    rows: tuple[int, ...] = ()


@frozen
class Contradicts:
    """The record meets a fact (index into ``program.impossible``) that no record should meet."""

    fact: int


RawOutcome: TypeAlias = Decided | NotDecided | Contradicts


class Undecided(Exception):  # noqa: N818 - not an error: it carries a NotDecided up to the boundary
    """Control flow inside an engine only; never leaves one."""

    def __init__(self, what: NotDecided) -> None:
        super().__init__(what.name)
        self.what = what
