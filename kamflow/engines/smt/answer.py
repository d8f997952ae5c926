"""What a search for a record answers: found, none there, or not decided. The third is never the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kamflow.base.text import Text
from kamflow.values.data import TypedRecord


@dataclass(frozen=True, slots=True)
class Found:
    """One record for each that was asked for (two where two are compared), on one ``as of`` day.

    Definitions that an expression was free in (drivers, population terms) stand in ``given``. Whoever
    shows a found record replays it with the interpreter first.
    """

    records: tuple[TypedRecord, ...]
    as_of: int


@dataclass(frozen=True, slots=True)
class Nowhere:
    """Proved: no valid record on any of the days meets the conditions."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The search ended at its limit, or the question holds something that z3 can't be asked exactly."""

    why: Text


Answer: TypeAlias = Found | Nowhere | NotKnown
