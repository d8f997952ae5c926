"""A path or standard input → a source of raw records, whatever the format.

Never raises for what a file holds: a row that can't be read is a ``BadRecord``, a file that can't be
read has ``problems``. Memory is flat for NDJSON, CSV and JSON arrays; a workbook is loaded.
"""

from __future__ import annotations

import errno
import gzip
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.encodings import UTF8, Encoding, find_encoding, known_encoding, wide_encoding
from kamflow.portfolio.read_csv import read_csv
from kamflow.portfolio.read_json import read_json
from kamflow.portfolio.read_ndjson import read_ndjson
from kamflow.portfolio.read_parquet import read_parquet
from kamflow.portfolio.read_xlsx import read_xlsx
from kamflow.portfolio.records import Item, RecordSource

FORMATS = ("json", "ndjson", "csv", "xlsx", "parquet")
SUFFIXES = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}
STDIN = "-"
_IN_MEMORY = 32 * 2**20  # bytes of standard input that are kept before a file is used
_HEAD = 2**16


def format_of(path: str | Path) -> str | None:
    """Return the format that a file's name says, or None."""
    return SUFFIXES.get(Path(path).suffix.lower())


def open_records(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002 - the word that the command line uses
    sheet: str | None = None,
    encoding: str | None = None,
) -> RecordSource:
    """Return the records of a file, or of standard input for ``-``; iterate it once.

    ``encoding`` (text formats only) replaces the detection; ``sheet`` names a sheet of a workbook.
    """
    name = "stdin" if str(path) == STDIN else str(path)
    source = RecordSource(name, format or (format_of(_unpacked(path)) or ""))
    source.items = _guarded(path, source, sheet, encoding)
    return source


def _unpacked(path: str | Path) -> Path:
    """Return ``tickets.csv`` for ``tickets.csv.gz``."""
    found = Path(path)
    return found.with_suffix("") if found.suffix.lower() == ".gz" else found


_REASONS = {errno.ENOENT: "文件不存在", errno.EACCES: "没有读取权限", errno.EISDIR: "这是一个文件夹"}


def _guarded(
    path: str | Path, source: RecordSource, sheet: str | None, encoding: str | None
) -> Iterator[Item]:
    """Read the source; what the system refuses is a problem of the file, not an exception."""
    try:
        if str(path) == STDIN:
            yield from _from_stdin(source, sheet, encoding)
        else:
            yield from _from_file(Path(path), source, sheet, encoding)
    except (EOFError, zlib.error):
        source.incomplete = True
        source.problem(errors.cant_open(source.place, Text("the packed file is cut off", "压缩文件不完整")))
    except gzip.BadGzipFile:
        source.incomplete = True
        source.problem(errors.cant_open(source.place, Text("it is no gzip file", "不是有效的 gzip 文件")))
    except OSError as fault:
        source.incomplete = True
        reason = fault.strerror or type(fault).__name__
        chinese = _REASONS.get(fault.errno or 0, reason)
        source.problem(errors.cant_open(source.place, Text(reason.lower(), chinese)))
    except ValueError as fault:
        if "null byte" not in str(fault):  # of a path
            raise
        source.problem(errors.cant_open(source.place, Text("no such path", "路径无效")))


def _from_file(path: Path, source: RecordSource, sheet: str | None, encoding: str | None) -> Iterator[Item]:
    if source.format not in FORMATS:
        source.problem(errors.unknown_format(source.place, ", ".join(SUFFIXES)))
        return
    if source.format == "parquet":
        yield from read_parquet(path, source)
        return
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as packed:  # text in it is read as it is unpacked: memory stays flat
            yield from _from_stream(packed, source, sheet, encoding)  # type: ignore[arg-type]  # it is one
        return
    with path.open("rb") as stream:
        yield from _from_stream(stream, source, sheet, encoding)


def _from_stdin(source: RecordSource, sheet: str | None, encoding: str | None) -> Iterator[Item]:
    stdin = sys.stdin.buffer
    if source.format == "ndjson":
        yield from _read_text(stdin, source, encoding)
        return
    # the other formats are looked at twice: what came in is kept
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
        shutil.copyfileobj(stdin, kept)
        kept.seek(0)
        head = kept.read(_HEAD)
        kept.seek(0)
        source.format = source.format or _format_from(head)
        if source.format != "parquet":
            yield from _from_stream(kept, source, sheet, encoding)  # type: ignore[arg-type]  # it is one
            return
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
            shutil.copyfileobj(kept, file)
            file.flush()
            yield from read_parquet(Path(file.name), source)


def _from_stream(
    stream: BinaryIO, source: RecordSource, sheet: str | None, encoding: str | None
) -> Iterator[Item]:
    if source.format == "xlsx":
        if not stream.read(1):
            source.problem(errors.empty_input(source.place, Text("the file is empty", "文件为空")))
            return
        stream.seek(0)
        yield from read_xlsx(stream, source, sheet)
        return
    if encoding is None:
        wide = wide_encoding(stream.read(4))
        stream.seek(0)
        if wide is not None:
            source.problem(errors.wrong_encoding(source.place, wide, "UTF-8"))
            return
    yield from _read_text(stream, source, encoding)


def _read_text(stream: BinaryIO, source: RecordSource, encoding: str | None) -> Iterator[Item]:
    codec = UTF8 if encoding is None else known_encoding(encoding)
    if codec is None:
        what = Text(f'"{encoding}" is no encoding that is read', f"不支持编码“{encoding}”")
        source.problem(errors.wrong_encoding(source.place, what, "UTF-8"))
        return
    match source.format:
        case "json":
            yield from read_json(stream, source, codec)
        case "ndjson":
            yield from read_ndjson(stream, source, codec)
        case "csv":
            used = find_encoding(stream) if encoding is None else Encoding(codec, clean=False)
            if used.name != UTF8:
                source.note(errors.encoding_used(source.place, used.name.upper()))
            yield from read_csv(stream, source, used)
        case _:
            source.problem(errors.unknown_format(source.place, ", ".join(FORMATS)))


def _format_from(head: bytes) -> str:
    """Tell the format of standard input by its first bytes."""
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return "json"
    if not text.startswith(b"{"):
        return "csv"
    first, line_end, _ = text.partition(b"\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return "json" if line_end else "ndjson"
    return "ndjson"
