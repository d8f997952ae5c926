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
    """``name`` is the key of the rows' values; ``scale`` the decimals of a number."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT
    scale: int = 0
