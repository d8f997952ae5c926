"""Look into a workbook's parts before it is loaded: how far a sheet reaches, and what loading hides.

The loader (calamine) keeps a sheet as a dense rectangle, so one cell in XFD1048576 would ask for
17 thousand million cells; it gives error cells and formulas without a result as empty, and 12.5 %
as 0.125. All of that is read here from the sheet's own text, part by part, without a parser of XML.

Leaves: a ``SheetScan`` whose extent was counted on the same cells that the loader sees.
"""

from __future__ import annotations

import html
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, BinaryIO, TypeVar

MAX_CELLS = 5_000_000
MAX_UNPACKED = 400 * 2**20
_BOMB_FROM, _BOMB_RATIO = 16 * 2**20, 150  # a sheet of numbers packs 10 to 40 times
SPARSE_FROM, SPARSE_SHARE = 500_000, 50  # a rectangle this large must have one cell in so many filled
_CHUNK = 2**20
_MAX_SMALL_PART = 16 * 2**20
_PERCENT_FORMATS = frozenset({9, 10})  # built in: 0% and 0.00%

_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_USUAL_CELL = re.compile(rb' r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?')
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})\Z", re.ASCII)
_PREFIX = re.compile(rb"<(\w+:)?worksheet[\s>]")
_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a workbook is not loaded. ``cells`` > 0: too large, up to ``detail``, with so many of them
    ``filled``; ``size`` > 0: a bomb."""

    detail: str
    cells: int = 0
    filled: int = 0
    size: int = 0


@dataclass(slots=True)
class SheetScan:
    """Positions are (row, column), from 0. ``errors``: what each error cell shows."""

    top: int = 1 << 30
    left: int = 1 << 30
    bottom: int = -1
    right: int = -1
    filled: int = 0
    percent: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)

    @property
    def cells(self) -> int:
        return 0 if self.bottom < 0 else (self.bottom - self.top + 1) * (self.right - self.left + 1)

    @property
    def last_cell(self) -> str:
        return f"{column_name(self.right)}{self.bottom + 1}"

    def meet(self, row: int, column: int) -> None:
        self.filled += 1
        if row > self.bottom or row < self.top:
            self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        if column > self.right or column < self.left:
            self.left, self.right = min(self.left, column), max(self.right, column)


def check_workbook(file: BinaryIO) -> Unusable | None:
    """Say when a file is no workbook, or one that loading would unpack into far too much."""
    return _with_parts(file, _check_parts)


def scan_sheet(file: BinaryIO, sheet: str) -> SheetScan | Unusable:
    """Scan one sheet, by its name, of a workbook that was checked."""

    def scan(parts: zipfile.ZipFile) -> SheetScan | Unusable:
        path = _sheet_path(parts, sheet)
        if path is None:
            return Unusable("the part of its sheet is not there")
        with parts.open(path) as part:
            return _scan(part, _percent_styles(parts))

    return _with_parts(file, scan)


_T = TypeVar("_T")


def _with_parts(file: BinaryIO, look: Callable[[zipfile.ZipFile], _T]) -> _T | Unusable:
    try:
        with zipfile.ZipFile(file) as parts:
            return look(parts)
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError) as fault:
        return Unusable(f"it is damaged ({fault})")
    except (zlib.error, lzma.LZMAError) as fault:
        return Unusable(f"it is damaged ({fault})")


def column_name(column: int) -> str:
    """Return the letters of a column counted from 0: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _check_parts(parts: zipfile.ZipFile) -> Unusable | None:
    infos = parts.infolist()
    size = sum(i.file_size for i in infos)
    packed = sum(i.compress_size for i in infos)
    if size > MAX_UNPACKED or (size > _BOMB_FROM and size > _BOMB_RATIO * max(packed, 1)):
        return Unusable("", size=size)
    names = [i.filename.replace("\\", "/").casefold() for i in infos]
    if len(set(names)) != len(names):
        return Unusable("two of its parts have the same name")
    if "xl/workbook.xml" not in names:
        return Unusable("it has no workbook part")
    for info in infos:  # what the loader unpacks at once: its size and checksum must be what they claim
        if info.filename.casefold() == "xl/sharedstrings.xml":
            with parts.open(info) as part:
                while part.read(_CHUNK):
                    pass
    return None


def _small_part(parts: zipfile.ZipFile, name: str) -> bytes:
    info = next((i for i in parts.infolist() if i.filename.casefold() == name), None)
    if info is None:
        return b""
    if info.file_size > _MAX_SMALL_PART:
        raise ValueError(f"{name} is too large")
    return parts.read(info)


def _attributes(tag: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(tag):
        local = name.rpartition(b":")[2] if name.startswith(b"r:") else name
        key = "r:id" if name == b"r:id" else local.decode("utf-8", "replace")
        found[key] = html.unescape((double or single).decode("utf-8", "replace"))
    return found


def _sheet_path(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """Find the part that holds a sheet, through the workbook's relations."""
    workbook = _small_part(parts, "xl/workbook.xml")
    relation = ""
    for tag in re.findall(rb"<(?:\w+:)?sheet\s[^>]*>", workbook):
        given = _attributes(tag)
        if given.get("name") == sheet:
            ids = [v for k, v in given.items() if k == "id" or k.endswith(":id")]
            relation = ids[0] if ids else ""
            break
    for tag in re.findall(
        rb"<(?:\w+:)?Relationship\s[^>]*>", _small_part(parts, "xl/_rels/workbook.xml.rels")
    ):
        given = _attributes(tag)
        if relation and given.get("Id") == relation:
            target = given.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return next(
                (i.filename for i in parts.infolist() if i.filename.casefold() == path.casefold()), None
            )
    return None


def _percent_styles(parts: zipfile.ZipFile) -> frozenset[bytes]:
    """Return the numbers of the cell styles that show a number as percent."""
    styles = _small_part(parts, "xl/styles.xml")
    percent = set(_PERCENT_FORMATS)
    for tag in re.findall(rb"<(?:\w+:)?numFmt\s[^>]*>", styles):
        given = _attributes(tag)
        if "%" in _IN_QUOTES.sub("", given.get("formatCode", "")) and given.get("numFmtId", "").isdigit():
            percent.add(int(given["numFmtId"]))
    cell_formats = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    if cell_formats is None:
        return frozenset()
    chosen: set[bytes] = set()
    for position, tag in enumerate(re.findall(rb"<(?:\w+:)?xf\b[^>]*>", cell_formats[0])):
        number = _attributes(tag).get("numFmtId", "")
        if number.isdigit() and len(number) < 9 and int(number) in percent:
            chosen.add(str(position).encode())
    return frozenset(chosen)


def _scan(part: IO[bytes], percent_styles: frozenset[bytes]) -> SheetScan | Unusable:
    scan, buffer = SheetScan(), part.read(_CHUNK)
    opening = _PREFIX.search(buffer)
    if opening is None or b"\x00" in buffer[:1000]:
        return Unusable("its sheet is not written as UTF-8 text")
    prefix = opening[1] or b""
    tokens = _tokens(prefix)
    cursor = _Cursor(scan, percent_styles)
    while True:
        data = part.read(_CHUNK)
        end = len(buffer) if not data else _safe_end(buffer, prefix)
        for found in tokens.finditer(buffer, 0, end):
            if not cursor.step(found):
                return Unusable("a cell has no readable position")
        if scan.cells > MAX_CELLS:
            return Unusable(scan.last_cell, cells=scan.cells, filled=scan.filled)
        if not data:
            sparse = scan.cells > SPARSE_FROM and scan.cells > SPARSE_SHARE * scan.filled
            return Unusable(scan.last_cell, cells=scan.cells, filled=scan.filled) if sparse else scan
        buffer = buffer[end:] + data


def _tokens(prefix: bytes) -> re.Pattern[bytes]:
    p = re.escape(prefix)
    value = rb"(?:<" + p + rb"v\s*/>|<" + p + rb"v\s*>\s*</" + p + rb"v\s*>)?"
    ends_empty = rb"\s*" + value + rb"\s*</" + p + rb"c\s*>"
    error = rb"<" + p + rb"v>(#[^<]{0,40})</" + p + rb"v>"
    return re.compile(
        rb"<" + p + rb"(?P<tag>c|row)(?P<given>(?:\s[^>]*?)?)(?P<empty>/?)>"
        rb"|(?P<hollow>(?:</" + p + rb"f\s*>|<" + p + rb"f\s[^>]*/>)" + ends_empty + rb")"
        rb"|" + error
    )


def _safe_end(buffer: bytes, prefix: bytes) -> int:
    """Return a cut before which every cell of the buffer is complete."""
    closed = buffer.rfind(b"</" + prefix + b"c>")
    if closed >= 0:
        return closed + len(prefix) + 4
    opened = buffer.rfind(b"<" + prefix + b"c")
    return opened if opened > 0 else max(len(buffer) - 64, 0)


class _Cursor:
    """Follows the cells of a sheet; those without a reference stand right of the one before."""

    def __init__(self, scan: SheetScan, percent_styles: frozenset[bytes]) -> None:
        self._scan = scan
        self._percent = percent_styles
        self._row, self._column = -1, -1
        self._columns: dict[bytes, int] = {}

    def step(self, found: re.Match[bytes]) -> bool:
        """Take in one token; False when a position can't be read."""
        match found["tag"]:
            case b"row":
                return self._enter_row(found["given"])
            case b"c":
                return self._enter_cell(found["given"], empty=bool(found["empty"]))
            case _:
                here = (self._row, self._column)
                if found["hollow"] is not None:
                    self._scan.uncomputed.add(here)
                else:
                    self._scan.errors[here] = found[found.lastindex or 0].decode("utf-8", "replace")
                return True

    def _enter_row(self, given: bytes) -> bool:
        number = _attributes(given).get("r", "")
        if number and not (number.isascii() and number.isdigit() and len(number) < 8):
            return False
        self._row, self._column = (int(number) - 1 if number else self._row + 1), -1
        return True

    def _enter_cell(self, given: bytes, *, empty: bool) -> bool:
        usual = _USUAL_CELL.fullmatch(given)
        if usual is not None and not empty:
            letters = usual[1]
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column_index(letters.decode())
            self._row, self._column = int(usual[2]) - 1, column
            self._scan.meet(self._row, column)
            if usual[3] in self._percent and usual[4] in {None, b"n"}:
                self._scan.percent.add((self._row, column))
            return True
        attributes = {n: d or s for n, d, s in _ATTRIBUTE.findall(given)}
        written = attributes.get(b"r")
        if written is not None:
            place = _REFERENCE.match(written.decode("ascii", "replace"))
            if place is None:
                return False
            self._row, self._column = int(place[2]) - 1, _column_index(place[1])
        else:
            self._column += 1
        if not empty:
            self._scan.meet(max(self._row, 0), self._column)
            if attributes.get(b"s") in self._percent and attributes.get(b"t", b"n") == b"n":
                self._scan.percent.add((self._row, self._column))
        return True


def _column_index(letters: str) -> int:
    index = 0
    for ch in letters.upper():
        index = index * 26 + ord(ch) - ord("A") + 1
    return index - 1
