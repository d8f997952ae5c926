"""Which encoding a text is in: UTF-8, else GB18030 when all of it can be, never a guess in between.

A file exported by a Chinese Excel is GB18030; a UTF-8 file with one damaged byte is still UTF-8 (its
other lines prove it), and only the damaged lines are rejected.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from kamflow.base.text import Text
from kamflow.portfolio.records import MAX_RECORD

UTF8, GB18030 = "utf-8", "gb18030"
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """``clean``: every byte of the text was seen to be valid."""

    name: str
    clean: bool


def wide_encoding(head: bytes) -> Text | None:
    """Say when a text begins like UTF-16 or UTF-32, or like no text at all."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Text(f"it begins like {name}", f"开头是 {name} 的标记")
    if b"\x00" in head[:4]:
        return Text("it begins with zero bytes, like UTF-16", "开头有零字节，像是 UTF-16")
    return None


def known_encoding(name: str) -> str | None:
    """Return a codec's own name when ASCII is itself in it, as line ends and separators must be."""
    try:
        codec = codecs.lookup(name)
        same = '\n,";\t{'.encode(codec.name) == b'\n,";\t{'
    except (LookupError, UnicodeError, ValueError, TypeError):
        return None
    return codec.name if same else None


def find_encoding(stream: BinaryIO) -> Encoding:
    """Read the stream from its start and return its encoding; leaves it at its start again."""
    stream.seek(0)
    utf8_lines = other_lines = 0
    gb = codecs.getincrementaldecoder(GB18030)()
    can_be_gb = True
    while line := stream.readline(MAX_RECORD):
        if line.isascii():
            continue
        try:
            line.decode(UTF8)
            utf8_lines += 1
        except UnicodeDecodeError:
            other_lines += 1
        if can_be_gb:
            try:
                gb.decode(line)
            except UnicodeDecodeError:
                can_be_gb = False
    stream.seek(0)
    if other_lines and can_be_gb and other_lines > utf8_lines:
        return Encoding(GB18030, clean=True)
    return Encoding(UTF8, clean=not other_lines)
