"""What a column of an output is, for the formats that have types (xlsx, parquet)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ColumnKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"  # an exact decimal of ``scale`` decimals; also as text
    DATE = "date"  # a date; also as ``YYYY-MM-DD``
    YES_NO = "yes/no"
    JSON = "json"  # a list or nested record, written as JSON text where cells hold one value


@dataclass(frozen=True, slots=True)
class Column:
    """``name`` is the key of the rows' values; ``scale`` the decimals of a number, ``digits`` all it has."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    scale: int = 0
    digits: int = 38


_NARROW, _WIDE = 18, 38


def digits_for(lo: int, hi: int, scale: int) -> int:
    """Return the digits of the column for scaled integers from ``lo`` to ``hi``: 18 (64 bits) or 38.

    Two widths and no more: a bound that moves a little does not change the type of a column.
    """
    return _NARROW if max(abs(lo), abs(hi)) < 10**_NARROW and scale <= _NARROW else _WIDE
