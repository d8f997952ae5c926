"""The rows that a table lacks, as text to be inserted: conditions written, results left as `?`.

Assumes: a gap with its boxes, and the file it was read from. Leaves: one edit behind the table's last row,
in the language of the file, padded to the widths of its columns.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.diagnostic import Edit
from kamflow.base.display import display_width, pad
from kamflow.base.span import NOWHERE, Source, Span
from kamflow.base.text import Lang
from kamflow.core.expr import Table
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, TextTy, UnitKind
from kamflow.prove.box_words import bounds_of
from kamflow.prove.table_defects import TableDefect
from kamflow.syntax import nodes
from kamflow.syntax.format_table import show_cell
from kamflow.tables.grid import Axis, Box, Grid
from kamflow.tables.values import Values, minus, size
from kamflow.values.decimals import show_scaled

_C = nodes.CompareOp
_UNITS = {UnitKind.PERCENT: "%", UnitKind.DAYS: "days", UnitKind.MONTHS: "months"}
_MAX_ROWS = 40  # more than that is not a slip: the author had better look at the table


def missing_rows(defect: TableDefect, sources: Mapping[str, Source], langs: Mapping[str, Lang]) -> list[Edit]:
    """Return the edit that adds a row for each box of a gap; none where the table is no boxes."""
    table, grid = defect.definition.body, defect.grid
    boxes = [s.box for s in defect.spots if s.box is not None]
    if not isinstance(table, Table) or grid is None or not 0 < len(boxes) <= _MAX_ROWS:
        return []
    if not all(_can_write(grid, b) for b in boxes):
        return []
    last = table.rows[-1].tag.span
    source = sources.get(last.source)
    if source is None:
        return []
    text = source.text
    end = text.find("\n", last.end)
    end = len(text) if end < 0 else end
    line = text[text.rfind("\n", 0, last.start) + 1 : end].rstrip("\r")
    rows = [_row(grid, box, line, langs[last.source]) for box in boxes]
    return [Edit(Span(last.source, end, end), "".join(f"\n{row}" for row in rows))]


def _row(grid: Grid, box: Box, like: str, lang: Lang) -> str:
    """Write a row under another: the same indent and widths, `?` for each result that stands there."""
    indent = like[: len(like) - len(like.lstrip())]
    inputs, bar, outs = like.lstrip().partition("||")
    shown = [show_cell(c, lang) for c in _cells(grid, box)]
    if not bar:  # a band of a scorecard: one condition, then the points
        cell, points = inputs.strip().strip("|").split("|")[:2]
        return f"{indent}| {pad(shown[0], _width(cell))} | {pad('?', _width(points), right=True)} |"
    widths = [_width(c) for c in inputs.strip("|").split("|")]
    left = " | ".join(pad(c, w) for c, w in zip(shown, widths, strict=True))
    right = " | ".join(_open(o) for o in outs.rstrip().removesuffix("|").split("|"))
    return f"{indent}| {left} || {right} |"


def _open(result: str) -> str:
    """Return `?` for a value; a reason, which is a text in quotes, may stay empty."""
    is_reason = result.strip()[:1] in {'"', "“", ""}
    return pad("" if is_reason else "?", _width(result), right=True)


def _width(cell: str) -> int:
    return max(1, display_width(cell) - 2)


# ---- cells


def _cells(grid: Grid, box: Box) -> list[nodes.Cell]:
    """Return a cell for each column; of columns that are one axis the first says it all."""
    done: set[int] = set()
    out: list[nodes.Cell] = []
    for place in grid.axis_of:
        again = place in done
        done.add(place)
        out.append(nodes.CellAny(NOWHERE) if again else _cell(grid.axes[place], box[place]))
    return out


def _cell(axis: Axis, values: Values) -> nodes.Cell:
    if values == axis.whole:
        return nodes.CellAny(NOWHERE)
    inside = tuple((a, b) for a, b in values if a != axis.missing)
    missing = nodes.CellMissing(NOWHERE)
    parts: list[nodes.Cell] = []
    if inside == axis.present:
        parts.append(nodes.CellNot(missing, NOWHERE))
    elif inside:
        parts += _ranges(axis, inside) if isinstance(axis.ty, ScaledTy) else _points(axis, inside)
    if len(inside) < len(values):
        parts.append(missing)
    return parts[0] if len(parts) == 1 else nodes.CellOr(tuple(parts), NOWHERE)


def _points(axis: Axis, values: Values) -> list[nodes.Cell]:
    codes = [c for a, b in values for c in range(a, b + 1)]
    left_out = [c for c in range(axis.lo, axis.hi + 1) if c not in codes]
    if (len(left_out) == 1 and len(codes) > 1) or _is_other(axis, values):
        return [nodes.CellNot(_value(axis, c), NOWHERE) for c in left_out]
    return [_value(axis, c) for c in codes]


def _is_other(axis: Axis, values: Values) -> bool:
    """Say whether a set holds the texts that no cell names."""
    return isinstance(axis.ty, TextTy) and any(a <= len(axis.texts) <= b for a, b in values)


def _can_write(grid: Grid, box: Box) -> bool:
    """Say whether there are cells for a box: none says `neither this text nor that`."""
    return all(
        values == axis.whole or not _is_other(axis, values) or _named_left(axis, values) <= 1
        for axis, values in zip(grid.axes, box, strict=True)
    )


def _named_left(axis: Axis, values: Values) -> int:
    return size(minus(axis.present, values))


def _ranges(axis: Axis, values: Values) -> list[nodes.Cell]:
    out: list[nodes.Cell] = []
    for a, b in values:
        if a == b:
            out.append(_value(axis, a))
            continue
        found = bounds_of(axis, a, b)
        lo = None if found.lo is None else _literal(axis, found.lo)
        hi = None if found.hi is None else _literal(axis, found.hi)
        if lo is not None and hi is not None:
            out.append(nodes.CellRange(lo, found.lo_in, hi, found.hi_in, NOWHERE))
        elif lo is not None:
            out.append(nodes.CellBound(_C.AT_LEAST if found.lo_in else _C.ABOVE, lo, NOWHERE))
        elif hi is not None:
            out.append(nodes.CellBound(_C.AT_MOST if found.hi_in else _C.BELOW, hi, NOWHERE))
    return out


def _value(axis: Axis, code: int) -> nodes.Cell:
    return nodes.CellValue(_literal(axis, code), NOWHERE)


def _literal(axis: Axis, code: int) -> nodes.Expr:
    match axis.ty:
        case EnumTy(_, members, _):
            return nodes.Path((nodes.Name(members[code], NOWHERE),), NOWHERE)
        case BoolTy():
            return nodes.YesNo(code == 1, NOWHERE)
        case TextTy():
            return nodes.TextLit(axis.texts[code], NOWHERE)
        case ScaledTy(unit, scale, _, _):
            if unit.kind is UnitKind.DATE:
                return nodes.DateLit(code, NOWHERE)
            text = show_scaled(abs(code), scale)
            text = text.rstrip("0").rstrip(".") if "." in text else text
            name = unit.currency or _UNITS.get(unit.kind, "")
            amount = nodes.Amount(abs(code), scale, name, text, NOWHERE)
            return nodes.Minus(amount, NOWHERE) if code < 0 else amount
        case _:
            raise AssertionError(f"no column is a {axis.ty}")
