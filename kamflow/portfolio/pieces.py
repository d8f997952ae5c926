"""A text file of records, piece by piece: cut at line ends, each piece read by itself with its true places.

A piece ends where a line ends, or where the file does. For NDJSON a line is a record or none, so every cut
is right. A row of CSV may have line ends inside quotes: there a piece begins at a row if all lines of the
pieces before were whole rows. Whoever reads pieces of CSV has to see to that, and to read on from a piece
that is none (``rest``).
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from kamflow.portfolio.encodings import UTF8, Encoding
from kamflow.portfolio.read_csv import Header, read_rows
from kamflow.portfolio.read_ndjson import read_ndjson
from kamflow.portfolio.records import MAX_RECORD, Before, Item, RecordSource

_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes ``start`` to ``stop`` of a file; ``number`` counts from 0. ``long``: it has an overlong line."""

    number: int
    start: int
    stop: int
    long: bool = False


def cut(path: Path, size: int, start: int = 0) -> Iterator[Piece]:
    """Cut a file from ``start`` on into pieces of about ``size`` bytes, at least one line each.

    Reads no more than a line for each cut.
    """
    number = 0
    with path.open("rb") as file:
        end = file.seek(0, io.SEEK_END)
        while start < end:
            file.seek(start + size - 1)
            long, stop = False, end
            if start + size < end:
                first = True
                while line := file.readline(MAX_RECORD):
                    long |= not first
                    first = False
                    if line.endswith(b"\n"):
                        break
                stop = file.tell()
            yield Piece(number, start, stop, long)
            number, start = number + 1, stop


def copy_piece(path: Path, piece: Piece, target: Path) -> str | None:
    """Write a piece as a file of its own; return what ends its lines: ``\\n`` or ``\\r\\n``.

    None: some of both, or a carriage return by itself. ``OSError`` where it can't be written.
    """
    ends = _Ends()
    with path.open("rb") as file, target.open("wb") as out:
        file.seek(piece.start)
        left = piece.stop - piece.start
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            ends.add(chunk)
            out.write(chunk)
    return ends.found


def line_end(path: Path) -> str | None:
    """Return what ends all lines of a file, as ``copy_piece`` does."""
    ends = _Ends()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            ends.add(chunk)
    return ends.found


class _Ends:
    """Counts the ends of lines, as little as will do: most files have no carriage return at all."""

    def __init__(self) -> None:
        self._plain = False  # a chunk with ends of lines and no carriage return
        self._feeds = self._returns = self._pairs = 0
        self._last = b""

    def add(self, chunk: bytes) -> None:
        if b"\r" in chunk or self._last == b"\r":
            self._feeds += chunk.count(b"\n")
            self._returns += chunk.count(b"\r")
            self._pairs += chunk.count(b"\r\n") + (self._last == b"\r" and chunk[:1] == b"\n")
        else:
            self._plain |= b"\n" in chunk
        self._last = chunk[-1:]

    @property
    def found(self) -> str | None:
        if not self._returns:
            return "\n"
        return "\r\n" if not self._plain and self._feeds == self._returns == self._pairs else None


def is_utf8(path: Path) -> bool:
    """Say whether all of a text is UTF-8."""
    decoder = codecs.getincrementaldecoder(UTF8)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                if decoder.getstate()[0] or not chunk.isascii():
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


class LineCounter:
    """Counts the lines before a place of a file; places are asked for in ascending order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = self._lines = 0

    def before(self, offset: int) -> int:
        """Return how many lines end before a byte of the file."""
        assert offset >= self._at, "places come in ascending order"
        with self._path.open("rb") as file:
            file.seek(self._at)
            while self._at < offset and (chunk := file.read(min(_CHUNK, offset - self._at))):
                self._lines += chunk.count(b"\n")
                self._at += len(chunk)
        return self._lines


def read_piece(path: str, piece: Piece, before: Before, header: Header | None) -> RecordSource:
    """Return the records of a piece, as they are met when all of the file is read; iterate it once.

    ``header``: that of a CSV file in UTF-8, None for NDJSON.
    """
    source = RecordSource(path, "ndjson" if header is None else "csv")
    source.items = _items(source, piece, before, header)
    return source


def rest(piece: Piece, path: Path) -> Piece:
    """Return all of the file from a piece on."""
    return replace(piece, stop=path.stat().st_size)


def _items(source: RecordSource, piece: Piece, before: Before, header: Header | None) -> Iterator[Item]:
    with Path(source.name).open("rb") as file:
        stream = cast("BinaryIO", io.BufferedReader(_Window(file, piece), _CHUNK))
        if header is None:
            yield from read_ndjson(stream, source, UTF8, before)
        else:
            yield from read_rows(stream, source, Encoding(UTF8, clean=True), header, before)


class _Window(io.RawIOBase):
    """As much of a file as belongs to a piece."""

    def __init__(self, file: BinaryIO, piece: Piece) -> None:
        self._file = file
        self._left = piece.stop - piece.start
        file.seek(piece.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # bytes are all that comes
        got = self._file.read(min(len(buffer), self._left))
        buffer[: len(got)] = got
        self._left -= len(got)
        return len(got)
