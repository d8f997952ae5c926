"""What a file of records yields: a raw record with its place, or a record that can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace

MAX_RECORD = 8 * 2**20  # bytes of one line, row or object

Locate: TypeAlias = Callable[[DataPlace, str], DataPlace]
"""From a record's place and the path of a value in it (``.customer.tier``) to the value's place."""


def beneath(place: DataPlace, path: str) -> DataPlace:
    """Place a value by its path after its record's: ``customers.json[412].revenue_12m``."""
    return DataPlace(place.source, place.path + path, place.line, place.record)


def in_column(place: DataPlace, path: str) -> DataPlace:
    """Place a value of a CSV row: ``customers.csv:14 column revenue``."""
    return DataPlace(place.source, f"{place.path} column {path[1:]}", place.line, place.record)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """``blank_is_missing``: it comes from cells, where an empty one has no value."""

    raw: dict[str, object]
    place: DataPlace
    blank_is_missing: bool = False
    locate: Locate = beneath


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record that was counted and can't be read. ``text`` is what stood there, cut, if known."""

    finding: Diagnostic
    text: str = ""

    @property
    def place(self) -> DataPlace:
        at = self.finding.span
        return at if isinstance(at, DataPlace) else DataPlace("")


Item: TypeAlias = RawRecord | BadRecord


@dataclass(frozen=True, slots=True)
class Before:
    """What of a file was read before: lines, and records that were met in them."""

    lines: int
    records: int


@dataclass(slots=True)
class RecordSource:
    """Iterate once. ``problems`` (about the file, not one record) and ``notes`` are complete only
    after the iteration; a file of which nothing can be read yields nothing and has a problem.

    ``count`` is the number of records met: those yielded, good and bad. ``incomplete``: something
    of the file could not be told apart and was not read; a finding says from where on.
    """

    name: str
    format: str
    items: Iterator[Item] = field(default_factory=lambda: iter(()), repr=False)
    problems: list[Diagnostic] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    count: int = 0
    incomplete: bool = False

    def __iter__(self) -> Iterator[Item]:
        try:
            for item in self.items:
                self.count += 1
                yield item
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file, for who does not read to its end: the reader and its source know each other."""
        close = getattr(self.items, "close", None)
        if close is not None:
            close()

    def problem(self, finding: Diagnostic) -> None:
        self.problems.append(finding)

    def note(self, finding: Diagnostic) -> None:
        self.notes.append(finding)

    @property
    def place(self) -> DataPlace:
        return DataPlace(self.name)
