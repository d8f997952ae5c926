"""The header of a table → how its rows become records; dotted names make nested records.

A table has no place for child lists: a cell holds one value. Give those as JSON, NDJSON or Parquet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.values.jsontext import show_text

MAX_COLUMNS = 16_384  # as many as Excel has


@dataclass(frozen=True, slots=True)
class Columns:
    """``names``: a field's name or dotted path for each column, ``""`` where the header has none."""

    names: tuple[str, ...]
    flat: bool
    unnamed: tuple[int, ...]

    def record(self, cells: Sequence[object]) -> dict[str, object]:
        """Return the cells of a row by name; there must be as many as names."""
        if self.flat:
            return dict(zip(self.names, cells, strict=True))
        record: dict[str, object] = {}
        for name, cell in zip(self.names, cells, strict=True):
            if not name:
                continue
            inner, *rest = name.split(".")
            here = record
            for part in rest:
                nested = here.setdefault(inner, {})
                assert isinstance(nested, dict)  # `make_columns` excludes clashes
                here, inner = nested, part
            here[inner] = cell
        return record

    def stray(self, cells: Sequence[object]) -> int | None:
        """Return the first column without a name that has a value in this row."""
        return next((i for i in self.unnamed if cells[i] not in ("", None)), None)


def make_columns(header: Sequence[object], at: DataPlace) -> Columns | Diagnostic:
    """Return the columns, or what makes the header unusable. Spaces around names do not count."""
    if len(header) > MAX_COLUMNS:
        return errors.too_many_columns(at, len(header), MAX_COLUMNS)
    names = tuple(unicodedata.normalize("NFC", str(h).strip()) for h in header)
    if not any(names):
        return errors.empty_input(at, Text("the header has no names", "表头没有名称"))
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            return errors.duplicate_column(at, show_text(name))
        seen.add(name)
    for name in names:
        parts = name.split(".")
        for i in range(1, len(parts)):
            outer = ".".join(parts[:i])
            if outer in seen and outer:
                return errors.column_clash(at, show_text(name), show_text(outer))
    unnamed = tuple(i for i, n in enumerate(names) if not n)
    return Columns(names, not unnamed and not any("." in n for n in names), unnamed)
