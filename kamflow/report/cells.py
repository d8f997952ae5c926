"""Cells as people read them, as CSV has them and as JSON has them: exact in all three.

Assumes: values that fit the type of their column. Leaves: text; a spreadsheet takes none of it for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from kamflow.base.text import Lang, Text
from kamflow.core.dress import codec_of
from kamflow.core.program import Program
from kamflow.core.ty import Ty
from kamflow.core.wording import say
from kamflow.report.model import Cell, Column, Label, Report, Table
from kamflow.values.codec import Json, to_json

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
    if isinstance(cell, Label):
        return cell.code
    if cell is None:
        return None
    return str(cell) if column.ty is None else to_json(codec_of(column.ty), cell)


def csv_text(table: Table) -> str:
    """Write a table as CSV with codes and exact amounts; UTF-8 with a mark, which Excel needs for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.name for c in table.columns])
    for row in table.rows:
        writer.writerow([_plain(json_cell(v, c)) for v, c in zip(row, table.columns, strict=True)])
    return "\ufeff" + out.getvalue()


def _plain(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    is_number = text.replace("-", "", 1).replace(".", "", 1).replace("%", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def report_json(report: Report, about: Mapping[str, Json]) -> str:
    """Write a report's data as JSON: tables by name, each a list of objects; words in both languages."""
    tables: dict[str, Json] = {
        t.name: {
            "title": _both(t.title),
            "rows": [
                {c.name: json_cell(v, c) for v, c in zip(row, t.columns, strict=True)} for row in t.rows
            ],
        }
        for t in report.tables
    }
    whole: dict[str, Json] = {
        "report": report.name,
        "title": _both(report.title),
        **about,
        "definition": [_both(t) for t in report.definition],
        "missing": [_both(t) for t in report.missing],
        "tables": tables,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _both(text: Text) -> Json:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)}
