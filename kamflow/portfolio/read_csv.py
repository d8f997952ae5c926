"""Rows of a CSV file → records, one row in memory at a time.

The separator (comma, semicolon, tab) is taken from the header line alone; the quotes are strict. Of a
row whose quotes never close only the first line is rejected, and reading goes on with the next line.
A row's number is its line in the text. Child lists can't be given: a cell holds one value.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.columns import Columns, make_columns
from kamflow.portfolio.encodings import Encoding
from kamflow.portfolio.records import MAX_RECORD, BadRecord, Before, Item, RawRecord, RecordSource, in_column
from kamflow.values.jsontext import show_raw, show_text

MAX_ROW_LINES = 200  # of a row with line ends inside quotes; bounds what a lost quote can swallow
_WRONG_BYTE = re.compile("[\udc80-\udcff]")
_QUOTED = re.compile(r'"[^"]*"?')
_SEPARATORS = {",": Text("commas", "逗号"), ";": Text("semicolons", "分号"), "\t": Text("tabs", "制表符")}


class _LineTooLongError(Exception):
    """Passes through the csv reader; never leaves this file."""


class _Lines:
    """Physical lines for the csv reader; remembers those of the current row, to take them back."""

    def __init__(self, stream: io.TextIOWrapper, before: int = 0) -> None:
        self._stream = stream
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = before  # of the last line handed out

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_ROW_LINES:
            raise StopIteration
        line = self._again.pop() if self._again else self._stream.readline(MAX_RECORD + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) > MAX_RECORD:
            while line and not line.endswith(("\n", "\r")):
                line = self._stream.readline(MAX_RECORD)
            raise _LineTooLongError
        return line

    def give_back(self, line: str) -> None:
        """Hand out ``line`` again, in place of the one handed out last."""
        self.number -= 1
        self._again.append(line)
        self.taken.clear()

    def keep_first(self) -> None:
        """Give back all lines of the current row but its first."""
        self.number -= len(self.taken) - 1
        self._again.extend(reversed(self.taken[1:]))
        del self.taken[1:]


@dataclass(frozen=True, slots=True)
class Header:
    """``lines``: how many of them come before the first row."""

    columns: Columns
    separator: str
    lines: int


@dataclass(frozen=True, slots=True)
class _RowFault:
    reason: str
    lines: int


def read_csv(stream: BinaryIO, source: RecordSource, encoding: Encoding) -> Iterator[Item]:
    """Yield the rows of a stream as records of texts."""
    name = "utf-8-sig" if encoding.name == "utf-8" else encoding.name
    text = io.TextIOWrapper(stream, name, errors="surrogateescape", newline="")
    try:
        lines = _Lines(text)
        header = _read_header(lines, source, encoding)
        if header is not None:
            yield from _read_rows(lines, source, encoding, header, 0)
    finally:
        text.detach()


def read_rows(
    stream: BinaryIO, source: RecordSource, encoding: Encoding, header: Header, before: Before
) -> Iterator[Item]:
    """Yield the rows of a stream that goes on after others of the same file."""
    text = io.TextIOWrapper(stream, encoding.name, errors="surrogateescape", newline="")
    yield from _read_rows(_Lines(text, before.lines), source, encoding, header, before.records)


def csv_header(path: Path) -> Header | None:
    """Return the header of a file; None where it is no plain line of UTF-8."""
    with path.open("rb") as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
        lines = _Lines(text)
        return _read_header(lines, RecordSource(str(path), "csv"), Encoding("utf-8", clean=False))


def _read_rows(
    lines: _Lines, source: RecordSource, encoding: Encoding, header: Header, index: int
) -> Iterator[Item]:
    columns, separator = header.columns, header.separator
    width, blank = len(columns.names), 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.taken.clear()
        first = lines.number + 1
        row = _next_row(reader, lines)
        if row is None:
            break
        at = DataPlace(source.name, f":{first}", first, index)
        if isinstance(row, _RowFault):
            reader = csv.reader(lines, delimiter=separator, strict=True)
            yield _bad_row(row, at, lines)
        elif not row:
            continue  # a line without anything
        elif not encoding.clean and (wrong := _WRONG_BYTE.search("".join(lines.taken))):
            byte = f"{ord(wrong[0]) - 0xDC00:02X}"
            what = Text(f"it holds the byte {byte}", f"含有字节 {byte}")
            yield BadRecord(errors.wrong_encoding(at, what, encoding.name), show_text(str(row), 200))
        elif not any(row) or (len(row) == 1 and row[0].isspace()):
            blank += 1
            continue
        elif len(row) != width:
            yield BadRecord(errors.ragged_row(at, len(row), width), show_text("".join(lines.taken), 200))
        elif (stray := columns.stray(row)) is not None:
            yield BadRecord(errors.unnamed_column(at, stray + 1, show_raw(row[stray])))
        else:
            yield RawRecord(columns.record(row), at, True, in_column)
        index += 1
    if blank:
        source.note(errors.blank_rows(source.place, blank))


def _read_header(lines: _Lines, source: RecordSource, encoding: Encoding) -> Header | None:
    separator = ""
    while True:
        lines.taken.clear()
        try:
            line = next(lines)
        except StopIteration:
            source.problem(errors.empty_input(source.place, Text("there is no header", "没有表头")))
            return None
        except _LineTooLongError:
            source.problem(errors.record_too_long(DataPlace(source.name, ":1", 1), MAX_RECORD))
            return None
        if line[:4].lower() == "sep=" and len(line.strip()) <= 5:  # Excel's own first line
            separator = line[4:5] if line[4:5] in _SEPARATORS else ""
        elif line.strip():
            break
    at = DataPlace(source.name, f":{lines.number}", lines.number)
    if wrong := _WRONG_BYTE.search(line):
        byte = f"{ord(wrong[0]) - 0xDC00:02X}"
        what = Text(f"its header holds the byte {byte}", f"表头含有字节 {byte}")
        source.problem(errors.wrong_encoding(at, what, encoding.name))
        return None
    separator = separator or _find_separator(line)
    lines.give_back(line.removeprefix("\ufeff"))
    row = _next_row(csv.reader(lines, delimiter=separator, strict=True), lines)
    if not isinstance(row, list):
        source.problem(errors.bad_quotes(at, len(lines.taken)))
        return None
    columns = make_columns(row, at)
    if not isinstance(columns, Columns):
        source.problem(columns)
        return None
    if separator != ",":
        source.note(errors.delimiter_used(at, _SEPARATORS[separator]))
    return Header(columns, separator, lines.number)


def _find_separator(header: str) -> str:
    outside = _QUOTED.sub("", header)
    return max(_SEPARATORS, key=outside.count)  # the first of equals: the comma


def _next_row(reader: Iterator[list[str]], lines: _Lines) -> list[str] | _RowFault | None:
    """Return the next row, why it is none, or None at the end."""
    try:
        return next(reader)
    except StopIteration:
        return None
    except csv.Error as fault:
        seen = len(lines.taken)
        if seen > 1:
            lines.keep_first()
        return _RowFault(str(fault), seen)
    except _LineTooLongError:
        return _RowFault("", len(lines.taken))


def _bad_row(fault: _RowFault, at: DataPlace, lines: _Lines) -> BadRecord:
    text = show_text("".join(lines.taken), 200)
    if not fault.reason:
        return BadRecord(errors.record_too_long(at, MAX_RECORD), text)
    if "field limit" in fault.reason:
        return BadRecord(errors.record_too_long(at, csv.field_size_limit()), text)
    return BadRecord(errors.bad_quotes(at, fault.lines), text)
