"""Text files piece by piece: each is typed and decided by itself, so that memory does not grow with a file.

Assumes: NDJSON, or CSV in UTF-8 with a plain header. Leaves: pieces in their order, decided or not: a piece
that is not one for columns is the single path's. For CSV that is also all that comes after it, since only
lines that are whole rows prove that a row begins behind them (``portfolio/pieces.py``).

A piece has one thread, which keeps the order of its lines; the threads of a run have a piece each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.base.frozen import frozen
from kamflow.batch.connect import own_folder
from kamflow.batch.load import Loaded, Source, forget, load
from kamflow.batch.open_lines import Habits, csv_source, fits, habits_of, ndjson_source, plain_header
from kamflow.core.program import Program, RecordDecl
from kamflow.portfolio import Item, format_of
from kamflow.portfolio.pieces import LineCounter, Piece, copy_piece, cut, is_utf8, read_piece, rest
from kamflow.portfolio.read_csv import Header
from kamflow.portfolio.records import Before, RecordSource

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PIECE = 32 * 2**20
"""Bytes of a piece. KAM-30, 451 MB of NDJSON on 2 threads: of 16 MB a statement's own cost shows, of 64 MB
the last piece is waited for, and twice the memory is used."""
_LEAST = 4 * 2**20
"""Bytes of a piece that is smaller only so that every thread has one."""
_FEW = 50
"""A piece of which more than one record in so many is not recognised may be read again, with all fields."""
_LOOKED_AT = 20
_MOST_THREADS = 8
_MARK = b"\xef\xbb\xbf"


@frozen
class TextFile:
    """What holds for all pieces of a file. ``name``: as it was given; ``header``: that of CSV.

    ``start``: where the first piece begins; ``habits``: of the objects of NDJSON.
    """

    name: str
    path: Path
    start: int
    header: Header | None
    habits: Habits

    def pieces(self, threads: int) -> Iterator[Piece]:
        """Cut the file, so that each thread has as many pieces; those of a large file are larger."""
        size = self.path.stat().st_size - self.start
        most = min(max(PIECE, size // 64), 2 * PIECE) or 1
        rounds = max(-(-size // (most * threads)), 1)
        even = -(-size // (rounds * threads))
        return cut(self.path, max(min(even, most), min(_LEAST, PIECE)), self.start)

    def whole(self, decl: RecordDecl) -> TextFile:
        """Return the file with all fields that its objects may have."""
        return replace(self, habits=self.habits.whole(decl))

    def source(self, file: Path, end: str, decl: RecordDecl, id_name: str, *, valid: bool) -> Source:
        """Open a piece that is a file of its own; ``valid``: every line of NDJSON is taken for JSON."""
        if self.header is None:
            made = ndjson_source(file, end, self.habits, decl, id_name, valid=valid)
        else:
            made = csv_source(file, 0, end, self.header, decl, id_name)
        return replace(made, piece=True)


def is_text(path: str | Path) -> bool:
    """Say whether a file is of a format that is cut."""
    return format_of(path) in ("ndjson", "csv")


def open_text(name: str | Path, decl: RecordDecl) -> TextFile | None:
    """Look at a file's beginning, and at the encoding of CSV; None where it is not one for columns."""
    path = Path(name).resolve()
    if format_of(path) == "ndjson":
        habits = habits_of(path, decl)
        return TextFile(str(name), path, 0, None, habits if habits.order else habits.whole(decl))
    header = plain_header(path)
    if header is None or not fits(header, decl) or not is_utf8(path):
        return None
    with path.open("rb") as file:
        start = sum(len(file.readline()) for _ in range(header.lines))
    return TextFile(str(name), path, start, header, Habits())


def load_piece(
    connection: DuckDBPyConnection, program: Program, record: str, text: TextFile, piece: Piece, id_name: str,
    prefix: str, *, loose_parts: bool = False,
) -> Loaded | None:  # fmt: skip
    """Read a piece into typed tables; None where it is not one for columns."""
    import duckdb

    if piece.long or _is_marked(text, piece):
        return None
    decl = program.records[record]
    folder = own_folder(connection)
    folder.mkdir(exist_ok=True)  # DuckDB removes it when nothing of its own is there any more
    file = folder / f"{prefix}piece"

    def read(one: TextFile, *, valid: bool) -> Loaded | None:
        source = one.source(file, end, decl, id_name, valid=valid)
        try:
            return load(connection, program, record, source, prefix, loose_parts=loose_parts)
        except duckdb.Error:  # a line that is no JSON, a row of several lines, …
            forget(connection, prefix)
            return None

    try:
        end = copy_piece(text.path, piece, file) or ""
        found = read(text, valid=True) if end else None
        if not end or text.header is not None:
            return found
        whole = text.whole(decl)
        if found is None:
            return read(whole, valid=False)
        if len(found.declined) * _FEW <= found.count or not _has_others(file, found.declined, text, whole):
            return found
        forget(connection, prefix)
        return read(whole, valid=True)
    except OSError:  # no room for the copy
        return None
    finally:
        file.unlink(missing_ok=True)


def _has_others(file: Path, rows: Sequence[int], text: TextFile, whole: TextFile) -> bool:
    """Say whether some of the first of these records have keys that no line had which was looked at."""
    others, wanted = {*whole.habits.others} - {*text.habits.others}, {*rows[:_LOOKED_AT]}
    if not others:
        return False
    with file.open("rb") as lines:
        for row, line in enumerate(line for line in lines if line.strip()):
            if row in wanted:
                wanted.remove(row)
                with suppress(ValueError, RecursionError):
                    said = json.loads(line)
                    if isinstance(said, dict) and not others.isdisjoint(said):
                        return True
            if not wanted:
                return False
    return False


def _is_marked(text: TextFile, piece: Piece) -> bool:
    """Say whether a piece begins with what only a file's beginning may be: DuckDB would leave it out."""
    if piece.start == 0:
        return False
    with text.path.open("rb") as file:
        file.seek(piece.start)
        return file.read(len(_MARK)) == _MARK


@dataclass(slots=True)
class PieceInput:
    """A piece as the input of a run. ``records``: those before it, set by whoever has counted them."""

    text: TextFile
    piece: Piece
    counter: LineCounter
    records: int = 0

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.text.path,)

    def load(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str, prefix: str = "k"
    ) -> Loaded | None:
        return load_piece(connection, program, record, self.text, self.piece, id_name, prefix)

    def pick(self, wanted: Sequence[int], _count: int) -> Iterator[tuple[int, Item]]:
        """Yield some records as the single path reads them, with their places in the file."""
        todo = iter(wanted)
        if (row := next(todo, None)) is None:
            return
        for number, item in enumerate(self.items()):
            if number == row:
                yield number, item
                if (row := next(todo, None)) is None:
                    return

    def items(self, *, on: bool = False) -> RecordSource:
        """Return all records for the single path; ``on``: to the end of the file."""
        before = Before(self.counter.before(self.piece.start), self.records)
        piece = rest(self.piece, self.text.path) if on else self.piece
        return read_piece(self.text.name, piece, before, self.text.header)


def threads_of(asked: int | None) -> int:
    return min(asked or os.cpu_count() or 1, _MOST_THREADS)
