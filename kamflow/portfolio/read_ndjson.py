"""One JSON object a line → records, one line in memory at a time; a bad line costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.parse_json import Fault, FaultKind, fault_finding, parse_value
from kamflow.portfolio.records import MAX_RECORD, BadRecord, Before, Item, RawRecord, RecordSource
from kamflow.values.jsontext import show_raw, show_text

_SPACE = " \t\r\n"


def read_ndjson(
    stream: BinaryIO, source: RecordSource, encoding: str, before: Before | None = None
) -> Iterator[Item]:
    """Yield the records of a stream; blank lines are no records.

    ``before``: the stream is a part of a file, and what came before it was read.
    """
    number, index = (0, 0) if before is None else (before.lines, before.records)
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        at = DataPlace(source.name, f":{number}", number, index)
        if len(line) > MAX_RECORD:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_RECORD)
            yield BadRecord(errors.record_too_long(at, MAX_RECORD))
            index += 1
            continue
        item = _read_line(line, at, encoding, first=number == 1)
        if item is not None:
            yield item
            index += 1
    if index == 0 and before is None:
        source.problem(errors.empty_input(source.place, Text("no line holds a record", "没有任何一行是记录")))


def _read_line(line: bytes, at: DataPlace, encoding: str, *, first: bool) -> Item | None:
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError as fault:
        where = Text(f"wrong byte at {fault.start + 1}", f"第 {fault.start + 1} 个字节有误")
        return BadRecord(errors.wrong_encoding(at, where, encoding), show_text(repr(line[:80])))
    text = (text.removeprefix("\ufeff") if first else text).strip(_SPACE)
    if not text:
        return None
    parsed = parse_value(text, 0)
    if not isinstance(parsed, Fault):
        value, end = parsed
        if end == len(text):
            if isinstance(value, dict):
                return RawRecord(value, at)
            return BadRecord(errors.not_a_record(at, show_raw(value)), show_text(text, 200))
        parsed = Fault(FaultKind.SYNTAX, end, "Extra data")
    return BadRecord(fault_finding(parsed, at, at.line, parsed.offset + 1), show_text(text, 200))
