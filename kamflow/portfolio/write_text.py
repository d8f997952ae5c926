"""Rows → JSON, NDJSON or CSV text. Decimals and dates are written as text, exactly.

A CSV cell that a spreadsheet would run as a formula gets a ``'`` in front; plain numbers never do.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from kamflow.portfolio.columns_out import Column

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?", re.ASCII)


def plain(value: object) -> object:
    """Return a decimal or date as its text, for JSON."""
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=plain, separators=(", ", ": "))


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    if text.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


class NdjsonRows:
    """One JSON object a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, row: Mapping[str, object]) -> None:
        self._stream.write((to_json(row) + "\n").encode("utf-8", "replace"))

    def write_lines(self, lines: Sequence[str]) -> None:
        """Write lines that are JSON already."""
        self._stream.write(("\n".join(lines) + "\n").encode("utf-8", "replace"))

    def close(self) -> None:
        self._stream.flush()

    def drop(self) -> None:
        pass


class JsonRows:
    """One array, an object a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._before = "[\n"

    def write(self, row: Mapping[str, object]) -> None:
        self._stream.write((self._before + to_json(row)).encode("utf-8", "replace"))
        self._before = ",\n"

    def close(self) -> None:
        self._stream.write(b"[]\n" if self._before == "[\n" else b"\n]\n")
        self._stream.flush()

    def drop(self) -> None:
        pass


class CsvRows:
    """A header and rows; ``bom`` makes Excel read the text as UTF-8."""

    def __init__(self, stream: BinaryIO, columns: tuple[Column, ...], *, bom: bool) -> None:
        self._stream = stream
        self._names = tuple(c.name for c in columns)
        self._buffer = io.StringIO(newline="")
        self._csv = csv.writer(self._buffer)
        if bom:
            stream.write(b"\xef\xbb\xbf")
        self._csv.writerow([guarded(n) for n in self._names])
        self._send()

    def write(self, row: Mapping[str, object]) -> None:
        self._csv.writerow([_csv_cell(row.get(n)) for n in self._names])
        self._send()

    def close(self) -> None:
        self._stream.flush()

    def drop(self) -> None:
        pass

    def _send(self) -> None:
        self._stream.write(self._buffer.getvalue().encode("utf-8", "replace"))
        self._buffer.seek(0)
        self._buffer.truncate()


def _csv_cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return guarded(value)
        case int():
            return str(value)
        case Decimal() | date():
            return str(plain(value))
        case _:
            return guarded(to_json(value))
