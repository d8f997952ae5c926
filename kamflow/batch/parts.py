"""Decided parts of a file → one output file: lines one part after the other, Parquet put together at the end.

Parts come in order. What the single path decided of a part is kept by its rows until the part is added.
A failure to write is an ``OSError``; whoever made way for the file clears it away.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, TypeVar

from kamflow.batch.connect import connect
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.families import literal
from kamflow.portfolio import Column, RecordSource
from kamflow.portfolio.write_parquet import ParquetRows

_CHUNK = 2**20
Row_contra = TypeVar("Row_contra", contravariant=True)


class Parts(Protocol[Row_contra]):
    """Takes the parts of a file: those decided in columns, and those of the single path (a source)."""

    def keep(self, part: DecidedColumns | RecordSource, rows: Sequence[tuple[int, Row_contra]]) -> None:
        """Keep answers of the single path, by their rows in the part, ascending."""

    def add(self, part: DecidedColumns | RecordSource) -> None:
        """Write a part, with all that was kept for it."""

    def finish(self) -> None:
        """Complete the file."""


@dataclass(slots=True)
class LineParts:
    """Lines of NDJSON. ``pieces``: there may be several parts; else DuckDB writes the file itself."""

    path: Path
    as_of: str
    policies: str
    pieces: bool
    _kept: list[tuple[int, str]] = field(default_factory=list)
    _out: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out is not None:
            self._out.close()

    def keep(self, part: DecidedColumns | RecordSource, rows: Sequence[tuple[int, str]]) -> None:
        if isinstance(part, DecidedColumns):
            self._kept += rows
        else:
            self._stream().writelines(f"{line}\n".encode() for _, line in rows)

    def add(self, part: DecidedColumns | RecordSource) -> None:
        if not isinstance(part, DecidedColumns):
            return
        if not self.pieces:
            part.copy_lines(self.path, self.as_of, self.policies, self._kept)
            return
        file = part.folder / "lines"
        part.copy_lines(file, self.as_of, self.policies, self._kept)
        self._kept.clear()
        with file.open("rb") as lines:
            shutil.copyfileobj(lines, self._stream(), _CHUNK)
        file.unlink()

    def finish(self) -> None:
        if self._out is not None:
            self._out.close()

    def _stream(self) -> BinaryIO:
        if self._out is None:
            self._out = self.path.open("wb")
        return self._out


class ParquetParts:
    """A Parquet file. Of several parts each is a file by itself, and all are read again at the end."""

    def __init__(self, path: Path, columns: Sequence[Column], *, pieces: bool) -> None:
        self._path = path
        self._columns = tuple(columns)
        self._pieces = pieces
        self._files: list[Path] = []
        self._stack = ExitStack()
        self._folder = Path()
        self._rows: ParquetRows | None = None

    def __enter__(self) -> Self:
        if self._pieces:
            made = tempfile.TemporaryDirectory(prefix=".kamflow-")
            self._folder = Path(self._stack.enter_context(made))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def keep(
        self, part: DecidedColumns | RecordSource, rows: Sequence[tuple[int, Mapping[str, object]]]
    ) -> None:
        if isinstance(part, DecidedColumns):
            if rows:
                part.patch(self._columns, rows)
            return
        if self._rows is None:
            self._rows = ParquetRows(self._next(), self._columns)
            self._stack.callback(self._rows.drop)
        for _, row in rows:
            self._rows.write(row)

    def add(self, part: DecidedColumns | RecordSource) -> None:
        names = [c.name for c in self._columns]
        if not isinstance(part, DecidedColumns):
            if self._rows is not None:
                self._rows.close()
                self._rows = None
        elif self._pieces:
            file = part.folder / "part.parquet"
            part.copy_parquet(file, names)
            shutil.move(file, self._next())
        else:
            part.copy_parquet(self._path, names)

    def _next(self) -> Path:
        self._files.append(self._folder / f"{len(self._files)}.parquet")
        return self._files[-1]

    def finish(self) -> None:
        """Put all parts together, by one thread: it keeps their order."""
        import duckdb

        if len(self._files) == 1:
            shutil.copyfile(self._files[0], self._path)
        if len(self._files) < 2:
            return
        files = ", ".join(literal(str(f)) for f in self._files)
        with connect((self._path, *self._files), threads=1) as connection:
            try:
                connection.execute(
                    f"COPY (FROM read_parquet([{files}])) TO {literal(str(self._path))}"
                    " (FORMAT parquet, USE_TMP_FILE false)"
                )
            except duckdb.Error as fault:
                raise OSError(0, str(fault).splitlines()[0]) from fault
