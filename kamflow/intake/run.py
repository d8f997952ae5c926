"""What one record's reading collects: findings with their places, defaults used, values missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.intake import errors

MAX_FINDINGS = 100  # of one record; a list of 10,000 wrong items must not fill the screen

Locate: TypeAlias = Callable[[DataPlace, str], DataPlace]
"""From a record's place and the path of a value in it (``.orders[3].amount``) to the value's place."""


def beneath(place: DataPlace, path: str) -> DataPlace:
    """Place a value by writing its path after its record's: ``[412]`` and ``.tier`` is ``[412].tier``."""
    return DataPlace(place.source, place.path + path, place.line, place.record)


class Run:
    """Collects what the reading of one record has to say. ``from_cells``: blank texts are missing."""

    __slots__ = (
        "_locate",
        "_more",
        "_place",
        "assumed",
        "findings",
        "from_cells",
        "meant",
        "missing",
        "notes",
        "open",
    )

    def __init__(self, place: DataPlace, locate: Locate, *, from_cells: bool, ignore_unknown: bool) -> None:
        self._place = place
        self._locate = locate
        self._more = 0
        self.from_cells = from_cells
        self.open = ignore_unknown
        self.findings: list[Diagnostic] = []
        self.notes: list[Diagnostic] = []
        self.assumed: list[tuple[str, str]] = []
        self.missing: list[str] = []
        self.meant: set[str] = set()  # paths of fields that a misspelt name was taken for

    def at(self, path: str) -> DataPlace:
        return self._locate(self._place, path) if path else self._place

    def fault(self, finding: Diagnostic) -> None:
        """Keep a finding, or only count it when the record has too many."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)
        else:
            self._more += 1

    def note(self, finding: Diagnostic) -> None:
        if len(self.notes) < MAX_FINDINGS:
            self.notes.append(finding)

    @property
    def is_full(self) -> bool:
        return len(self.findings) >= MAX_FINDINGS

    def count_more(self, count: int) -> None:
        """Count problems that were not looked at, because there are enough already."""
        self._more += count

    def all_findings(self) -> tuple[Diagnostic, ...]:
        if self._more:
            return (*self.findings, errors.more_problems(self._place, self._more))
        return tuple(self.findings)
