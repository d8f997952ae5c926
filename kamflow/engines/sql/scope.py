"""Where an expression stands, and what a definition leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.terms import Term


@dataclass(frozen=True, slots=True)
class Place:
    """A record: fields of a frame's lines that begin with a path. ``present``: None where it always is."""

    frame: Frame
    path: tuple[str, ...]
    present: Term | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands. ``name``: what a refusal calls it."""

    frame: Frame
    places: Mapping[str, Place]
    name: str


@dataclass(slots=True)
class Defined:
    """``own_bad``: for which lines the definition has no answer, if what it reads has; None: for none.

    ``rows``, ``applied``: what answered, as ``core/columns.py`` says it.
    """

    value: Term
    own_bad: Term | None = None
    rows: Term | None = None
    applied: Term | None = None
