"""Tables on a terminal: columns that fit, Chinese measured as it is shown, nothing escapes from a cell.

Columns come in order of importance; those that don't fit are left out and returned by name. One column
may take the width that is left. Titles wrap over up to three lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kamflow.base.display import display_width, pad, truncate, visible
from kamflow.base.render.paint import Style, paint
from kamflow.cli.help_page import wrap

GAP = 2
_TITLE_LINES = 3
_SHORT_TITLE = 10


@dataclass(frozen=True, slots=True)
class Column:
    """``most``: columns of the terminal at most. ``needed`` ones are never left out; one that ``grows``
    takes what is left, and needs ``least``."""

    title: str
    right: bool = False
    most: int = 24
    least: int = 3
    needed: bool = False
    grows: bool = False
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit (indexes of those asked for), and how wide each is."""

    columns: tuple[Column, ...]
    shown: tuple[int, ...]
    widths: tuple[int, ...]

    @property
    def left_out(self) -> list[int]:
        return [i for i in range(len(self.columns)) if i not in self.shown]


def fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Layout:
    """Choose the columns that fit into ``width``, by the rows at hand."""
    cells = [max((display_width(visible(r[i])) for r in rows), default=0) for i in range(len(columns))]
    natural = [_natural(c, w) for c, w in zip(columns, cells, strict=True)]
    room = width + GAP
    shown = [i for i, c in enumerate(columns) if c.needed]
    room -= sum(natural[i] + GAP for i in shown)
    for i, column in enumerate(columns):
        if column.grows and column.least + GAP <= room:  # not on a very narrow terminal
            shown.append(i)
            room -= column.least + GAP
    for i, column in enumerate(columns):
        if not (column.needed or column.grows) and natural[i] + GAP <= room:
            shown.append(i)
            room -= natural[i] + GAP
    shown.sort(key=lambda i: (columns[i].grows, i))
    widths = [
        min(max(columns[i].least + max(room, 0), columns[i].least), max(cells[i], columns[i].least))
        if columns[i].grows
        else natural[i]
        for i in shown
    ]
    return Layout(tuple(columns), tuple(shown), tuple(widths))


def _natural(column: Column, cells: int) -> int:
    """Return the width for a column's values, and for its title on up to three lines."""
    title = visible(column.title)
    whole = display_width(title)
    widest = max(cells, column.least, whole if whole <= _SHORT_TITLE else 0)
    while widest < column.most and (
        len(lines := wrap(title, widest)) > _TITLE_LINES or any(display_width(x) > widest for x in lines)
    ):
        widest += 1
    return min(widest, column.most)


def header(layout: Layout, *, color: bool) -> list[str]:
    """Return the lines of the titles and the rule under them."""
    titles = [
        [truncate(t, w) for t in wrap(visible(layout.columns[i].title), w)[:_TITLE_LINES]]
        for i, w in zip(layout.shown, layout.widths, strict=True)
    ]
    height = max((len(t) for t in titles), default=0)
    lines: list[str] = []
    for level in range(height):
        cells = [t[level - height + len(t)] if level - height + len(t) >= 0 else "" for t in titles]
        lines.append(_join(layout, cells, color=color, style=Style.STRONG))
    rules = ["─" * w for w in layout.widths]
    lines.append(paint((" " * GAP).join(rules), Style.FRAME, color))
    return lines


def line(layout: Layout, row: Sequence[str], *, color: bool) -> str:
    """Return one row; a value too long for its column is cut."""
    return _join(layout, [row[i] for i in layout.shown], color=color)


def _join(layout: Layout, cells: Sequence[str], *, color: bool, style: Style | None = None) -> str:
    out: list[str] = []
    for i, width, cell in zip(layout.shown, layout.widths, cells, strict=True):
        column = layout.columns[i]
        text = pad(truncate(visible(cell), width), width, right=column.right)
        out.append(paint(text, column.style if style is None else style, color))
    joined = (" " * GAP).join(out)
    return joined if color else joined.rstrip()


def indent(text: str, blanks: int, width: int) -> list[str]:
    """Break a text into lines of ``width`` that all begin with ``blanks`` blanks."""
    return [" " * blanks + part for part in wrap(visible(text), max(width - blanks, 20))]
