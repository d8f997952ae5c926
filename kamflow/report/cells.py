"""Cells as people read them, as CSV has them and as JSON has them: exact in all three.

Assumes: values that fit the type of their column. Leaves: text; a spreadsheet takes none of it for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from kamflow.base.text import Lang, Text
from kamflow.core.dress import codec_of
from kamflow.core.program import Program
from kamflow.core.ty import Ty
from kamflow.core.wording import say
from kamflow.report.model import Cell, Column, Label, Report, Table
from kamflow.values.codec import Json, json_reader, to_json

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EMPTY = Text("–", "–")


def show_cell(cell: Cell, column: Column, program: Program) -> Text:
    """Write a cell for people."""
    if isinstance(cell, Label):
        return cell.text
    if cell is None:
        return _EMPTY
    return Text(str(cell)) if column.ty is None else say(cell, column.ty, program)


def code_of(ty: Ty, value: object) -> str:
    """Return the name of a class's member in data."""
    made = to_json(codec_of(ty), value)  # type: ignore[arg-type]  # a member of its own type
    return "" if made is None else str(made)


def json_cell(cell: Cell, column: Column) -> Json:
    """Return a cell as JSON has it: amounts as text, days as ISO, labels by their code."""
    return _reader(column)(cell)


def _reader(column: Column) -> Callable[[Cell], Json]:
    read = None if column.ty is None else json_reader(codec_of(column.ty))

    def json_of(cell: Cell) -> Json:
        if isinstance(cell, Label):
            return cell.code
        if cell is None:
            return None
        return str(cell) if read is None else read(cell)

    return json_of


def json_rows(table: Table) -> list[tuple[Json, ...]]:
    """Return all cells of a table as JSON has them."""
    reads = [_reader(c) for c in table.columns]
    return [tuple(read(cell) for read, cell in zip(reads, row, strict=True)) for row in table.rows]


def csv_text(table: Table, rows: Sequence[tuple[Json, ...]] | None = None) -> str:
    """Write a table as CSV with codes and exact amounts; UTF-8 with a mark, which Excel needs for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.name for c in table.columns])
    writer.writerows([_plain(v) for v in row] for row in (json_rows(table) if rows is None else rows))
    return "\ufeff" + out.getvalue()


def _plain(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    is_number = text.replace("-", "", 1).replace(".", "", 1).replace("%", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def report_json(
    report: Report, about: Mapping[str, Json], rows: Mapping[str, Sequence[tuple[Json, ...]]] | None = None
) -> str:
    """Write a report's data as JSON: tables by name, each a list of objects, an object a line; words in both
    languages. ``rows``: cells by table, where they were made already."""
    made = {t.name: json_rows(t) for t in report.tables} if rows is None else rows
    whole: dict[str, Json] = {
        "report": report.name,
        "title": _both(report.title),
        **about,
        "definition": [_both(t) for t in report.definition],
        "missing": [_both(t) for t in report.missing],
    }
    head = json.dumps(whole, ensure_ascii=False, indent=1)
    tables = ",\n".join(_table_json(t, made[t.name]) for t in report.tables)
    return f'{head[:-2]},\n "tables": {{{tables and chr(10)}{tables}{tables and chr(10) + " "}}}\n}}\n'


def _table_json(table: Table, rows: Sequence[tuple[Json, ...]]) -> str:
    """Write a table; a line for each of its rows, by the encoder that needs no Python code."""
    write = json.JSONEncoder(ensure_ascii=False).encode
    names = [c.name for c in table.columns]
    lines = ",\n".join("    " + write(dict(zip(names, row, strict=True))) for row in rows)
    body = f"[\n{lines}\n   ]" if lines else "[]"
    return f'  {write(table.name)}: {{\n   "title": {write(_both(table.title))},\n   "rows": {body}\n  }}'


def _both(text: Text) -> Json:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)}
