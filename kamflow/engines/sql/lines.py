"""Typed records → lines of the tables of a layout."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.core.columns import ROOT, ColumnTable, Layout
from kamflow.values.data import TypedRecord, Value


def lines_of(
    layout: Layout, records: Sequence[TypedRecord], *, members: Sequence[bool] | None = None
) -> dict[str, list[list[Value]]]:
    """Return the lines of each table: ``row``, a list's ``parent``, the columns; ``member`` if asked for."""
    lines: dict[str, list[list[Value]]] = {t.name: [] for t in layout.tables}
    for record in records:
        _spread(layout, layout.tables[0], record, None, lines)
    for number, line in enumerate(lines[ROOT]):
        line.extend([] if members is None else [members[number]])
    return lines


def _spread(
    layout: Layout, table: ColumnTable, item: Value, parent: int | None, lines: dict[str, list[list[Value]]]
) -> None:
    """Write a record, and what its lists hold, as lines of tables."""
    row = len(lines[table.name])
    head: list[Value] = [row] if parent is None else [row, parent]
    line = [*head, *(_value(item, c.path, is_presence=c.is_presence) for c in table.columns)]
    lines[table.name].append(line)
    for child in layout.tables:
        if child.parent == table.name and child.name != ROOT:
            found = _value(item, child.path)
            for inner in found if isinstance(found, tuple) else ():
                _spread(layout, child, inner, row, lines)


def _value(item: Value, path: tuple[str, ...], *, is_presence: bool = False) -> Value:
    for name in path:
        if item is None:
            break
        assert isinstance(item, TypedRecord)
        item = item.fields[name]
    return item is not None if is_presence else item
