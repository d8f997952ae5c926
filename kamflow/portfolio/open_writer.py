"""A path or standard output → a writer of rows that leaves a whole file or none.

A file is written beside its target and renamed when it is complete; what stood there before stays
until then. What the system refuses comes back from ``finish`` as a finding.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.columns_out import Column
from kamflow.portfolio.open_records import FORMATS, STDIN, SUFFIXES, format_of
from kamflow.portfolio.write_text import CsvRows, JsonRows, NdjsonRows

_NEEDS_A_FILE = frozenset({"xlsx", "parquet"})


class Rows(Protocol):
    """Writes rows in one format; raises ``OSError`` only. It ends with ``close`` or with ``drop``."""

    def write(self, row: Mapping[str, object]) -> None: ...

    def close(self) -> None: ...

    def drop(self) -> None: ...


class _Target:
    """Where bytes go: a new file that becomes ``path`` at ``commit``, or standard output."""

    def __init__(self, path: Path | None, format_: str) -> None:
        self._final: Path | None = None
        self.part: Path | None = None
        if path is None and format_ not in _NEEDS_A_FILE:
            self.stream: BinaryIO = sys.stdout.buffer
            return
        if path is None:
            handle, name = tempfile.mkstemp(suffix=f".{format_}")
            self.part, self.stream = Path(name), os.fdopen(handle, "wb")
            return
        self._final = path.resolve()
        if self._final.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        if self._final.exists() and not self._final.is_file() and format_ not in _NEEDS_A_FILE:
            self.stream = self._final.open("wb")  # a device or a pipe can't be replaced
            self._final = None
            return
        self.part = self._final.with_name(f".{self._final.name}.{secrets.token_hex(4)}.part")
        self.stream = self.part.open("xb")

    def settle(self) -> None:
        """Have everything that was written on the disk; it is still not there for others."""
        if self.part is None:
            self.stream.flush()
        elif not self.stream.closed:
            self.stream.flush()
            os.fsync(self.stream.fileno())
            self.stream.close()

    def commit(self) -> None:
        """Make everything that was written visible at once."""
        self.settle()
        if self.part is None:
            return
        if self._final is not None:
            self.part.replace(self._final)
        else:
            with self.part.open("rb") as done:
                shutil.copyfileobj(done, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            self.part.unlink()

    def discard(self) -> None:
        if self.part is not None:
            try:
                self.stream.close()  # flushes, and fails again where the disk is full
            finally:
                self.part.unlink(missing_ok=True)


class RecordWriter:
    """``write`` rows, then ``finish``. As a context manager it discards what was not finished."""

    def __init__(self, name: str, target: _Target, rows: Rows) -> None:
        self.name = name
        self._target = target
        self._rows = rows
        self._failure: Diagnostic | None = None
        self._closed = False
        self._done = False

    def write(self, row: Mapping[str, object]) -> None:
        """Write one row; after a failure nothing more is written, and ``finish`` says why."""
        if self._failure is None:
            try:
                self._rows.write(row)
            except OSError as fault:
                self._fail(fault)

    def write_lines(self, lines: Sequence[str]) -> None:
        """Write finished lines of NDJSON."""
        if self._failure is None:
            try:
                assert isinstance(self._rows, NdjsonRows)
                self._rows.write_lines(lines)
            except OSError as fault:
                self._fail(fault)

    def ready(self) -> Diagnostic | None:
        """Write everything there is, so that hardly anything is left that could fail in ``finish``."""
        if self._failure is None and not self._done and not self._closed:
            self._closed = True
            try:
                self._rows.close()
                self._target.settle()
            except OSError as fault:
                self._fail(fault)
        return self._failure

    def finish(self) -> Diagnostic | None:
        """Complete the output, or return why there is none."""
        if self.ready() is None and not self._done:
            try:
                self._target.commit()
            except OSError as fault:
                self._fail(fault)
        self._done = True
        return self._failure

    def discard(self) -> None:
        """Leave no trace of what was written to a file."""
        if not self._done:
            self._done = True
            self._clear_away()

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _fail(self, fault: OSError) -> None:
        self._failure = errors.cant_write(DataPlace(self.name), _reason(fault))
        self._clear_away()
        self._done = True

    def _clear_away(self) -> None:
        with contextlib.suppress(OSError):  # it is thrown away: a full disk does not matter any more
            self._rows.drop()
        with contextlib.suppress(OSError):
            self._target.discard()


class WholeFile:
    """A file that somebody else writes in one go, at ``part``; it is there once ``finish`` says so."""

    def __init__(self, name: str, target: _Target) -> None:
        if target.part is None:
            target.stream.close()
            raise OSError(0, "it can't be replaced")
        self.name = name
        self.part: Path = target.part
        self._target = target

    def rows(self, columns: Sequence[Column]) -> RecordWriter:
        """Take rows after all; no columns: as NDJSON."""
        if not columns:
            return RecordWriter(self.name, self._target, NdjsonRows(self._target.stream))
        from kamflow.portfolio.write_parquet import ParquetRows

        return RecordWriter(self.name, self._target, ParquetRows(self.part, tuple(columns)))

    def ready(self) -> Diagnostic | None:
        """Have everything on the disk, or return why it is not."""
        try:
            self._target.settle()
        except OSError as fault:
            return self.fail(fault)
        return None

    def finish(self) -> Diagnostic | None:
        """Complete the output, or return why there is none."""
        try:
            self._target.commit()
        except OSError as fault:
            return self.fail(fault)
        return None

    def fail(self, fault: OSError) -> Diagnostic:
        self.discard()
        return errors.cant_write(DataPlace(self.name), _reason(fault))

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._target.discard()


def open_whole(path: str | Path, format_: str) -> WholeFile | Diagnostic:
    """Make way for a file in a binary format; ``-`` is standard output."""
    to_stdout = str(path) == STDIN
    name = "stdout" if to_stdout else str(path)
    try:
        return WholeFile(name, _Target(None if to_stdout else Path(path), format_))
    except (OSError, ValueError) as fault:
        return errors.cant_write(DataPlace(name), _reason(fault))


def open_writer(
    path: str | Path,
    columns: Sequence[Column] = (),
    *,
    format: str | None = None,  # noqa: A002 - the word that the command line uses
    bom: bool | None = None,
) -> RecordWriter | Diagnostic:
    """Open an output for rows; ``-`` is standard output. JSON and NDJSON need no ``columns``.

    CSV files begin with a byte order mark (their readers use Excel), standard output does not;
    ``bom`` says otherwise.
    """
    to_stdout = str(path) == STDIN
    name = "stdout" if to_stdout else str(path)
    chosen = format or (None if to_stdout else format_of(path))
    if chosen not in FORMATS:
        return errors.unknown_format(DataPlace(name), ", ".join(SUFFIXES))
    try:
        target = _Target(None if to_stdout else Path(path), chosen)
    except (OSError, ValueError) as fault:
        return errors.cant_write(DataPlace(name), _reason(fault))
    with_bom = not to_stdout if bom is None else bom
    try:
        rows = _rows(target, chosen, tuple(columns), bom=with_bom)
    except ImportError:
        target.discard()
        extra = "Excel" if chosen == "xlsx" else "Parquet"
        return errors.missing_extra(DataPlace(name), extra, chosen)
    except OSError as fault:
        target.discard()
        return errors.cant_write(DataPlace(name), _reason(fault))
    return RecordWriter(name, target, rows)


def _rows(target: _Target, format_: str, columns: tuple[Column, ...], *, bom: bool) -> Rows:
    match format_:
        case "json":
            return JsonRows(target.stream)
        case "ndjson":
            return NdjsonRows(target.stream)
        case "csv":
            return CsvRows(target.stream, columns, bom=bom)
        case "xlsx":
            from kamflow.portfolio.write_xlsx import XlsxRows

            return XlsxRows(target.stream, columns)
        case _:
            from kamflow.portfolio.write_parquet import ParquetRows

            assert target.part is not None  # of a format that needs a file
            return ParquetRows(target.part, columns)


def _reason(fault: OSError | ValueError) -> Text:
    said = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
    return Text(said[:1].lower() + said[1:], said)
