"""A JSON array of records, or one record → records, with a window of the text in memory.

A malformed element is reported and skipped where its end can be told; otherwise the rest of the file
is one more rejected record, and the file has a problem: nothing is guessed into a record.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.parse_json import Fault, FaultKind, fault_finding, find_end, parse_value
from kamflow.portfolio.records import MAX_RECORD, BadRecord, Item, RawRecord, RecordSource
from kamflow.values.jsontext import show_raw, show_text

_CHUNK = 2**18
_NOT_SPACE = re.compile(r"[^ \t\r\n]")
_WRONG_BYTE = re.compile("[\udc80-\udcff]")  # how `surrogateescape` shows a byte that is no text
_NEXT = re.compile(r"[,{\]]")


class Window:
    """The part of a text from ``pos`` on that is in memory; grows on demand, forgets what is read."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self.text = ""
        self.pos = 0
        self.line = 1
        self._column = 0  # characters of the current line before ``text``
        self.ended = False
        self.has_wrong_bytes = False
        self.grow()
        self.text = self.text.removeprefix("\ufeff")

    def grow(self) -> None:
        """Read at least as much again as there is, so that looking once more costs twice at most."""
        kept = self.text[self.pos :]
        last = self.text.rfind("\n", 0, self.pos)
        self._column = self.pos - last - 1 if last >= 0 else self._column + self.pos
        data = self._stream.read(max(_CHUNK, len(kept)))
        self.ended = not data
        self.text, self.pos = kept + self._decode(data), 0

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            self.has_wrong_bytes = True
            self._decoder.errors = "surrogateescape"
            return self._decoder.decode(data, final=not data)

    def peek(self) -> str:
        """Skip white space; return the next character, or ``""`` at the end."""
        while True:
            found = _NOT_SPACE.search(self.text, self.pos)
            if found is not None:
                self.advance(found.start())
                return found[0]
            self.advance(len(self.text))
            if self.ended:
                return ""
            self.grow()

    def advance(self, to: int) -> None:
        self.line += self.text.count("\n", self.pos, to)
        self.pos = to

    def line_column(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of an offset not before ``pos``."""
        line = self.line + self.text.count("\n", self.pos, offset)
        last = self.text.rfind("\n", 0, offset)
        return line, offset - last if last >= 0 else self._column + offset + 1


def read_json(stream: BinaryIO, source: RecordSource, encoding: str) -> Iterator[Item]:
    """Yield the records of an array, or the one object that the text is."""
    window = Window(stream, encoding)
    match window.peek():
        case "":
            source.problem(errors.empty_input(source.place, Text("the text is empty", "文本为空")))
        case "[":
            window.advance(window.pos + 1)
            yield from _read_array(window, source, encoding)
        case "{":
            yield _read_element(window, source, DataPlace(source.name, "", window.line, 0), encoding)
            if not source.incomplete:
                _expect_end(window, source)
        case first:
            line, column = window.line_column(window.pos)
            reason = Text(f'it begins with "{show_text(first)}"', f"开头是“{show_text(first)}”")
            source.problem(errors.bad_json(DataPlace(source.name, "", line), line, column, reason))


def _read_array(window: Window, source: RecordSource, encoding: str) -> Iterator[Item]:
    index, start_line = 0, window.line
    if window.peek() == "]":
        window.advance(window.pos + 1)
        _expect_end(window, source)
        return
    while True:
        at = DataPlace(source.name, f"[{index}]", window.line, index)
        if window.peek() == "":
            source.incomplete = True
            source.problem(errors.cut_off(at, start_line))
            return
        at = DataPlace(source.name, f"[{index}]", window.line, index)
        yield _read_element(window, source, at, encoding)
        index += 1
        if source.incomplete or not _next_element(window, source, start_line):
            return


def _next_element(window: Window, source: RecordSource, start_line: int) -> bool:
    """Step over what stands between two elements; False at the end of the array."""
    missing_comma = False
    while True:
        first = window.peek()
        line, column = window.line_column(window.pos)
        at = DataPlace(source.name, "", line)
        if first == "":
            source.incomplete = True
            source.problem(errors.cut_off(at, start_line))
            return False
        if first == "]":
            window.advance(window.pos + 1)
            _expect_end(window, source)
            return False
        if first == ",":
            window.advance(window.pos + 1)
            if window.peek() == "]":
                source.problem(errors.bad_json(at, line, column, _COMMA_AT_END))
                window.advance(window.pos + 1)
                _expect_end(window, source)
                return False
            return True
        if not missing_comma:
            source.problem(errors.bad_json(at, line, column, _NO_COMMA))
            missing_comma = True
        if first == "{":
            return True
        found = _NEXT.search(window.text, window.pos)
        window.advance(found.start() if found is not None else len(window.text))


_COMMA_AT_END = Text("a comma stands before the end of the list", "列表末尾多了一个逗号")
_NO_COMMA = Text("a comma between two records is missing", "两条记录之间缺少逗号")


def _read_element(window: Window, source: RecordSource, at: DataPlace, encoding: str) -> Item:
    """Read the value at the window's start; where its end can't be told the source is incomplete."""
    while True:
        start, text = window.pos, window.text
        parsed = parse_value(text, start) if text[start] == "{" else None
        if isinstance(parsed, tuple):
            value, end = parsed
            window.advance(end)
            return _checked(value, text[start:end] if window.has_wrong_bytes else "", at, encoding)
        end_of_bad = find_end(text, start)
        if end_of_bad is not None and (end_of_bad < len(text) or window.ended):
            item = _bad_element(window, parsed, end_of_bad, at, encoding)
            window.advance(max(end_of_bad, start + 1) if text[start] != "," else end_of_bad)
            return item
        if window.ended or len(text) - start > MAX_RECORD:
            return _give_up(window, source, parsed, at)
        window.grow()


def _checked(value: object, raw: str, at: DataPlace, encoding: str) -> Item:
    wrong = _WRONG_BYTE.search(raw)
    if wrong is not None:
        return BadRecord(_wrong_byte(at, wrong[0], encoding), show_text(raw, 200))
    if isinstance(value, dict):
        return RawRecord(value, at)
    return BadRecord(errors.not_a_record(at, show_raw(value)))


def _bad_element(window: Window, fault: Fault | None, end: int, at: DataPlace, encoding: str) -> BadRecord:
    start = window.pos
    raw = window.text[start:end]
    wrong = _WRONG_BYTE.search(raw)
    if wrong is not None:
        return BadRecord(_wrong_byte(at, wrong[0], encoding), show_text(raw, 200))
    if fault is None:  # an element that is no object
        parsed = parse_value(raw, 0)
        if isinstance(parsed, tuple) and not raw[parsed[1] :].strip():
            return BadRecord(errors.not_a_record(at, show_raw(parsed[0])), show_text(raw, 200))
        fault = parsed if isinstance(parsed, Fault) else Fault(FaultKind.SYNTAX, parsed[1], "Extra data")
        fault = Fault(fault.kind, fault.offset + start, fault.detail)
    return BadRecord(fault_finding(fault, at, *window.line_column(fault.offset)), show_text(raw, 200))


def _give_up(window: Window, source: RecordSource, fault: Fault | None, at: DataPlace) -> BadRecord:
    """Reject the rest of the file as one record: where it would end can't be told."""
    source.incomplete = True
    if not window.ended:
        return BadRecord(errors.record_too_long(at, MAX_RECORD))
    if fault is None:
        parsed = parse_value(window.text, window.pos)
        fault = parsed if isinstance(parsed, Fault) else None
    if fault is not None and fault.kind is not FaultKind.SYNTAX:
        return BadRecord(fault_finding(fault, at, *window.line_column(fault.offset)))
    return BadRecord(errors.cut_off(at, at.line))


def _wrong_byte(at: DataPlace, escaped: str, encoding: str) -> Diagnostic:
    byte = ord(escaped) - 0xDC00
    return errors.wrong_encoding(at, Text(f"it holds the byte {byte:02X}", f"含有字节 {byte:02X}"), encoding)


def _expect_end(window: Window, source: RecordSource) -> None:
    if window.peek():
        source.incomplete = True
        at = DataPlace(source.name, "", window.line)
        source.problem(errors.after_the_end(at, window.line))
