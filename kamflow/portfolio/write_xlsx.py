"""Rows → one sheet of an Excel workbook; no cell is ever a formula or a link.

A number goes in as a number when Excel keeps it exactly (15 significant digits), else as text.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter  # type: ignore[import-untyped]

from kamflow.portfolio.columns_out import Column, ColumnKind
from kamflow.portfolio.write_text import to_json

MAX_ROWS = 1_048_575  # below the header
_MAX_TEXT = 32_767
_EXACT_DIGITS = 15
_FIRST_DAY = datetime.date(1900, 3, 1)  # Excel believes in 1900-02-29: before it, days differ by one
_NUMBER = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class XlsxRows:
    """Writes a header and rows; raises ``OSError`` beyond the rows that a sheet can hold."""

    def __init__(self, stream: BinaryIO, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self._book = xlsxwriter.Workbook(stream, _OPTIONS)
        # a fixed date: the same rows give the same bytes
        self._book.set_properties({"created": datetime.datetime(2000, 1, 1)})  # noqa: DTZ001
        self._sheet = self._book.add_worksheet("kamflow")
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._numbers = [
            self._book.add_format({"num_format": f"0.{'0' * c.scale}" if c.scale else "0"}) for c in columns
        ]
        bold = self._book.add_format({"bold": True})
        self._sheet.freeze_panes(1, 0)
        for i, column in enumerate(columns):
            self._sheet.write_string(0, i, column.name, bold)
        self._row = 0

    def write(self, row: Mapping[str, object]) -> None:
        self._row += 1
        if self._row > MAX_ROWS:
            raise OSError(0, f"more than {MAX_ROWS:,} rows do not fit into a sheet; use csv or parquet")
        for i, column in enumerate(self._columns):
            self._write_cell(i, column, row.get(column.name))

    def close(self) -> None:
        try:
            self._book.close()
        except xlsxwriter.exceptions.XlsxWriterException as fault:
            raise OSError(0, str(fault)) from fault

    def drop(self) -> None:
        if not self._book.fileclosed:
            self.close()  # its only way to remove the files that it keeps rows in

    def _write_cell(self, i: int, column: Column, value: object) -> None:
        if isinstance(value, str) and column.kind is not ColumnKind.TEXT:
            value = _typed(value, column.kind)
        match value:
            case None:
                return
            case bool():
                self._sheet.write_boolean(self._row, i, value)
            case int() | Decimal() if _is_exact(value):
                self._sheet.write_number(self._row, i, float(value), self._numbers[i])
            case datetime.date() if value >= _FIRST_DAY:
                day = datetime.datetime(value.year, value.month, value.day)  # noqa: DTZ001
                self._sheet.write_datetime(self._row, i, day, self._date)
            case _:
                self._sheet.write_string(self._row, i, _text(value))


def _typed(text: str, kind: ColumnKind) -> object:
    if kind is ColumnKind.NUMBER and _NUMBER.fullmatch(text):
        return Decimal(text)
    if kind is ColumnKind.DATE:
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _is_exact(value: int | Decimal) -> bool:
    digits = f"{abs(value):f}" if isinstance(value, Decimal) else str(abs(value))
    return len(digits.replace(".", "").lstrip("0")) <= _EXACT_DIGITS


def _text(value: object) -> str:
    match value:
        case str():
            text = value
        case int():
            text = str(value)
        case Decimal():
            text = f"{value:f}"
        case datetime.date():
            text = value.isoformat()
        case _:
            text = to_json(value)
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
