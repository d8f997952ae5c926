"""Where something was written: characters of a policy, or a cell of a data file."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.frozen import frozen

_NEWLINE = re.compile("\n")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` up to, not including, ``end`` of one source file."""

    source: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span out of order: {self.start}..{self.end}")

    def to(self, other: Span) -> Span:
        """Cover both spans and whatever lies between them."""
        return Span(self.source, min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span("", 0, 0)
"""For nodes that no text stands for."""


@dataclass(frozen=True, slots=True, order=True)
class DataPlace:
    """A place in a data file: ``customers.json[412].revenue_12m``, ``prices.xlsx!2026:C14``.

    ``path`` is what follows the file name; ``line`` is the 1-based line of the text where there is
    one; ``record`` the 0-based number of the record in its input, -1 where it is about the file.
    """

    source: str
    path: str = ""
    line: int = 0
    record: int = -1

    def __str__(self) -> str:
        return f"{self.source}{self.path}"


Place: TypeAlias = Span | DataPlace


@frozen
class Source:
    """The text of one file, with its line starts."""

    name: str
    text: str
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0, *(m.end() for m in _NEWLINE.finditer(self.text))]
        object.__setattr__(self, "_starts", tuple(starts))

    def line_col(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column (in characters) of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """Return the text of a 1-based line without its line end."""
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    @property
    def line_count(self) -> int:
        return len(self._starts)
