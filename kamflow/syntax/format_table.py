"""Tables as lines: columns aligned by display width, plain amounts to the right.

Assumes: rows as wide as their head. Leaves: `| cell | cell || out | out |`, one space on each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kamflow.base.display import display_width, pad
from kamflow.base.frozen import frozen
from kamflow.base.text import Lang
from kamflow.syntax import nodes
from kamflow.syntax.format_expr import SUM, compare_word, show_expr
from kamflow.syntax.format_words import Line, Page, word

_HITS = {
    nodes.HitPolicy.UNIQUE: "TABLE_UNIQUE",
    nodes.HitPolicy.FIRST: "TABLE_FIRST",
    nodes.HitPolicy.SUM: "TABLE_SUM",
    nodes.HitPolicy.MIN: "TABLE_MIN",
    nodes.HitPolicy.MAX: "TABLE_MAX",
    nodes.HitPolicy.COUNT: "TABLE_COUNT",
    nodes.HitPolicy.LIST: "TABLE_LIST",
}


@frozen
class _Cell:
    text: str
    right: bool = False


_EMPTY = _Cell("")


@frozen
class _Row:
    at: int | None
    cells: tuple[_Cell, ...]


def table_lines(table: nodes.TableNode, page: Page, indent: int) -> list[Line]:
    """Write a decision table with its hit policy above it."""
    lang = page.lang
    head = [_Cell(show_expr(c, lang, SUM)) for c in table.columns]
    outs = [_Cell(_out_column(c, lang)) for c in table.outs]
    rows = [_Row(page.place(table.columns[0].span), (*head, *outs))]
    for row in table.rows:
        cells = (*(_cell(c, lang) for c in row.cells), *(_value(v, lang) for v in row.outs))
        rows.append(_Row(page.place(row.span), cells))
    first = Line(indent, word(_HITS[table.hit], lang), page.place(table.span))
    return [first, *_aligned(rows, len(table.columns), indent + 2)]


def band_lines(bands: Sequence[nodes.Band], page: Page, indent: int) -> list[Line]:
    rows = [_Row(page.place(b.span), (_cell(b.cell, page.lang), _value(b.points, page.lang))) for b in bands]
    return _aligned(rows, None, indent)


def data_lines(table: nodes.DataTable, page: Page, indent: int) -> list[Line]:
    """Write the table of records of a test."""
    rows = [_Row(page.place(table.head[0].span), tuple(_Cell(str(p)) for p in table.head))]
    for row in table.rows:
        first = next((v.span for v in row if v is not None), None)
        at = page.place(first) if first is not None else None
        rows.append(_Row(at, tuple(_value(v, page.lang) for v in row)))
    return _aligned(rows, None, indent)


def _aligned(rows: Sequence[_Row], inputs: int | None, indent: int) -> list[Line]:
    """Pad all cells to the widths of their columns; behind column ``inputs`` stands `||`."""
    columns = max(len(r.cells) for r in rows)
    widths = [
        max([display_width(r.cells[i].text) for r in rows if i < len(r.cells)] + [1]) for i in range(columns)
    ]
    lines = []
    for row in rows:
        text = "|"
        for i, cell in enumerate(row.cells):
            bar = "||" if inputs is not None and i == inputs - 1 else "|"
            text += f" {pad(cell.text, widths[i], right=cell.right)} {bar}"
        lines.append(Line(indent, text, row.at))
    return lines


def _out_column(column: nodes.OutColumn, lang: Lang) -> str:
    if column.name is not None:
        return column.name.text
    because = word("BECAUSE", lang)
    return because if column.lang in {None, lang} else f"{because} {word(column.lang.value.upper(), lang)}"


def _value(value: nodes.Expr | None, lang: Lang) -> _Cell:
    if value is None:
        return _EMPTY
    plain = value.arg if isinstance(value, nodes.Minus) else value
    return _Cell(show_expr(value, lang, SUM), isinstance(plain, nodes.Amount))


def _cell(cell: nodes.Cell, lang: Lang) -> _Cell:
    if isinstance(cell, nodes.CellValue):
        return _value(cell.value, lang)
    return _Cell(show_cell(cell, lang))


def show_cell(cell: nodes.Cell, lang: Lang) -> str:
    """Write the condition of a table cell."""
    match cell:
        case nodes.CellAny():
            return word("ANY", lang)
        case nodes.CellMissing():
            return word("MISSING", lang)
        case nodes.CellBound(op, value):
            return f"{compare_word(op, lang)} {show_expr(value, lang, SUM)}"
        case nodes.CellRange(lo, lo_in, hi, hi_in):
            above = "" if lo_in else f"{word('ABOVE', lang)} "
            to = word("TO" if hi_in else "TO_BELOW", lang)
            return f"{above}{show_expr(lo, lang, SUM)} {to} {show_expr(hi, lang, SUM)}"
        case nodes.CellValue(value):
            return show_expr(value, lang, SUM)
        case nodes.CellNot(inner):
            return f"{word('NOT', lang)} {show_cell(inner, lang)}"
        case nodes.CellOr(cells):
            return f" {word('OR', lang)} ".join(show_cell(c, lang) for c in cells)
        case _:
            assert_never(cell)
