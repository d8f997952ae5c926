"""One sheet of an Excel workbook → records. The first row that is not blank is the header.

A number is what Excel shows of it at most: 15 significant digits (``0.1 + 0.2`` is 0.3). A cell
formatted as percent that shows 12.5 % is the text ``12.5%``, never 0.125. Error cells and formulas
without a result reject their row: they are not missing values.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.columns import Columns, make_columns
from kamflow.portfolio.records import BadRecord, Item, Locate, RawRecord, RecordSource
from kamflow.portfolio.scan_sheet import (
    MAX_CELLS,
    SheetScan,
    Unusable,
    check_workbook,
    column_name,
    scan_sheet,
)
from kamflow.values.jsontext import cut, show_raw, show_text

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # .xls, and any workbook with a password


def read_xlsx(file: BinaryIO, source: RecordSource, sheet: str | None) -> Iterator[Item]:
    """Yield the rows of a sheet: the one named, or the first that is visible."""
    try:
        import python_calamine as calamine
    except ImportError:
        source.problem(errors.missing_extra(source.place, "Excel", "xlsx"))
        return
    head = file.read(4)
    file.seek(0)
    if head == _OLD_EXCEL:
        source.problem(errors.not_this_format(source.place, "xlsx", _PASSWORD))
        return
    # parts that unpack into too much must be found before the loader unpacks them
    odd = check_workbook(file)
    if odd is not None:
        source.problem(_unusable(source.place, odd))
        return
    file.seek(0)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
        name = _choose_sheet(workbook, source, sheet)
        if name is None:
            return
        scan = scan_sheet(file, name)
        if isinstance(scan, Unusable):
            source.problem(_unusable(source.place, scan))
            return
        loaded = workbook.get_sheet_by_name(name)
    except (calamine.CalamineError, OSError, ValueError) as fault:
        source.problem(errors.not_this_format(source.place, "xlsx", _damaged(str(fault))))
        return
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":  # the loader's own bug, on a broken file
            raise
        source.problem(errors.not_this_format(source.place, "xlsx", _damaged("")))
        return
    left = loaded.start[1] if loaded.start else 0
    yield from _read_rows(loaded.iter_rows(), left, show_text(name), scan, source)


_PASSWORD = Text("it has a password, or is of the old kind (.xls)", "文件设有密码，或是旧的 .xls 格式")


def _damaged(detail: str) -> Text:
    return Text(f"it is damaged ({cut(detail, 100)})" if detail else "it is damaged", "文件已损坏")


def _unusable(at: DataPlace, what: Unusable) -> Diagnostic:
    if what.size:
        return errors.zip_bomb(at, what.size)
    if what.cells:
        return errors.sheet_too_large(at, what.detail, what.cells, what.filled, MAX_CELLS)
    return errors.not_this_format(at, "xlsx", Text(what.detail, "文件结构有误"))


def _choose_sheet(workbook: CalamineWorkbook, source: RecordSource, sheet: str | None) -> str | None:
    names = list(workbook.sheet_names)
    if sheet is not None:
        if sheet in names:
            return sheet
        shown = cut(", ".join(show_text(n, 40) for n in names), 200)
        near = suggest(sheet, names)
        source.problem(errors.no_such_sheet(source.place, show_text(sheet), shown, near))
        return None
    visible = [m.name for m in workbook.sheets_metadata if str(m.visible).endswith(".Visible")] or names
    if not visible:
        source.problem(errors.empty_input(source.place, Text("there is no sheet", "没有工作表")))
        return None
    if len(names) > 1:
        source.note(errors.sheet_used(source.place, show_text(visible[0]), len(names)))
    return visible[0]


def _read_rows(
    rows: Iterator[list[object]] | Iterator[Sequence[object]],
    left: int,
    sheet: str,
    scan: SheetScan,
    source: RecordSource,
) -> Iterator[Item]:
    columns: Columns | None = None
    locate = _locate_in(sheet, {})
    troubles = _troubles(scan)
    index = blank = 0
    for number, row in enumerate(rows, start=1):
        bad = troubles.pop(number - 1, None)
        if bad is None and row.count("") == len(row):
            blank += columns is not None
            continue
        at = DataPlace(source.name, f"!{sheet}:{number}", number, index)
        if columns is None:
            at = DataPlace(source.name, at.path, number)
            made = make_columns(row, at) if bad is None else _trouble(scan, bad, at, sheet)
            if not isinstance(made, Columns):
                source.problem(made)
                return
            columns = made
            locate = _locate_in(sheet, {n: column_name(left + i) for i, n in enumerate(columns.names) if n})
            continue
        if bad is not None:
            yield BadRecord(_trouble(scan, bad, at, sheet))
        elif (stray := columns.stray(row)) is not None:
            letter = column_name(left + stray)
            cell = DataPlace(source.name, f"!{sheet}:{letter}{number}", number, index)
            yield BadRecord(errors.unnamed_column(cell, left + stray + 1, show_raw(row[stray])))
        else:
            cells = [_cell(v, (number - 1, left + i) in scan.percent) for i, v in enumerate(row)]
            yield RawRecord(columns.record(cells), at, True, locate)
        index += 1
    if columns is None:
        source.problem(errors.empty_input(source.place, Text("the sheet is empty", "工作表是空的")))
        return
    for row_number, column in sorted(troubles.items()):  # rows that the loader does not know at all
        at = DataPlace(source.name, "", row_number + 1, index)
        yield BadRecord(_trouble(scan, column, at, sheet))
        index += 1
    if blank:
        source.note(errors.blank_rows(source.place, blank))


def _troubles(scan: SheetScan) -> dict[int, int]:
    """Map each row with a cell whose value the loader does not tell to the first such column."""
    first: dict[int, int] = {}
    for row, column in (*scan.errors, *scan.uncomputed):
        first[row] = min(column, first.get(row, column))
    return first


def _trouble(scan: SheetScan, column: int, at: DataPlace, sheet: str) -> Diagnostic:
    place = DataPlace(at.source, f"!{sheet}:{column_name(column)}{at.line}", at.line, at.record)
    shown = scan.errors.get((at.line - 1, column))
    return errors.uncomputed_cell(place) if shown is None else errors.error_cell(place, show_text(shown))


def _locate_in(sheet: str, letters: dict[str, str]) -> Locate:
    def locate(place: DataPlace, path: str) -> DataPlace:
        letter = letters.get(path[1:])
        where = f"!{sheet}:{letter}{place.line}" if letter else f"{place.path}{path}"
        return DataPlace(place.source, where, place.line, place.record)

    return locate


def _cell(value: object, percent: bool) -> object:
    """Return a cell as the rest of kamflow reads values: exact numbers, days without a time."""
    match value:
        case bool() | str():
            return value
        case float():
            number = _as_shown(value)
            return f"{Decimal(number) * 100:f}%" if percent and isinstance(number, int | Decimal) else number
        case datetime.datetime() if value.time() == datetime.time():
            return value.date()
        case _:
            return value


def _as_shown(value: float) -> int | Decimal | float:
    if not math.isfinite(value):
        return value
    if value == int(value) and abs(value) < 10**15:
        return int(value)
    return Decimal(f"{value:.15g}")
