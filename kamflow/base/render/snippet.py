"""The lines of a text that a finding is about, with carets and labels at their display columns.

Assumes spans inside the text (offsets past its end count as the end). A span over several lines
is marked on its first and its last line. Very long lines are shown around the first mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kamflow.base.display import lay_out, visible
from kamflow.base.frozen import frozen
from kamflow.base.render.paint import Style, paint
from kamflow.base.span import Source, Span

_LONG_LINE = 240  # characters; beyond that a line is cut around its first mark
_BEFORE_MARK = 60


@frozen
class Mark:
    """Something to underline, with what is said about it; the primary one has carets."""

    span: Span
    text: str
    style: Style
    primary: bool = False


@frozen
class _Piece:
    """The part of a mark on one line; first characters, then (once laid out) display columns."""

    start: int
    end: int
    text: str
    mark: Mark


def show_snippet(source: Source, marks: Iterable[Mark], gutter: int, color: bool) -> list[str]:
    """Return the marked lines in order, each behind a gutter of the given width."""
    by_line: dict[int, list[_Piece]] = {}
    for mark in marks:
        for line, piece in _pieces(source, mark):
            by_line.setdefault(line, []).append(piece)
    rows: list[str] = []
    previous = 0
    for line in sorted(by_line):
        if previous and line == previous + 2:  # a gap of one line is shorter than its ellipsis
            rows += _show_line(source, line - 1, (), gutter, color)
        elif previous and line > previous + 2:
            rows.append(paint("...", Style.FRAME, color))
        rows += _show_line(source, line, by_line[line], gutter, color)
        previous = line
    return rows


def last_line(source: Source, span: Span) -> int:
    """Return the number of the last line that a snippet of this span shows."""
    return _end(source, span)[0]


def _end(source: Source, span: Span) -> tuple[int, int]:
    """Where a span ends: line, and column from 0. A final line end belongs to the line it ends."""
    size = len(source.text)
    line, column = source.line_col(min(span.end, size))
    if column == 1 and span.end > span.start and line > 1:
        return line - 1, len(source.line_text(line - 1))
    return line, column - 1


def _pieces(source: Source, mark: Mark) -> list[tuple[int, _Piece]]:
    first, column = source.line_col(min(mark.span.start, len(source.text)))
    last, end = _end(source, mark.span)
    if last <= first:
        return [(first, _Piece(column - 1, max(end, column - 1), mark.text, mark))]
    closing = source.line_text(last)
    indent = len(closing) - len(closing.lstrip())
    return [
        (first, _Piece(column - 1, len(source.line_text(first)), "", mark)),
        (last, _Piece(min(indent, end), end, mark.text, mark)),
    ]


def _show_line(source: Source, line: int, pieces: Sequence[_Piece], gutter: int, color: bool) -> list[str]:
    text = source.line_text(line)
    low, high = _window(len(text), pieces)
    shown, columns = lay_out(text[low:high])
    shift = 0
    if low:
        shown, shift = "…" + shown, 1
    if high < len(text):
        shown += "…"

    def column(char: int) -> int:
        return columns[min(max(char - low, 0), high - low)] + shift

    placed = [
        _Piece(column(p.start), max(column(p.end), column(p.start) + 1), visible(p.text), p.mark)
        for p in pieces
    ]
    number = paint(f"{line:>{gutter}} |", Style.FRAME, color)
    empty = paint(f"{'':>{gutter}} |", Style.FRAME, color)
    rows = [f"{number} {shown}".rstrip() if shown.strip() else number]
    rows += [f"{empty} {row}" for row in _mark_rows(placed, color)]
    return rows


def _window(size: int, pieces: Sequence[_Piece]) -> tuple[int, int]:
    if size <= _LONG_LINE:
        return 0, size
    first = next((p.start for p in pieces if p.mark.primary), pieces[0].start if pieces else 0)
    low = max(0, min(first - _BEFORE_MARK, size - _LONG_LINE))
    return low, low + _LONG_LINE


def _mark_rows(pieces: Sequence[_Piece], color: bool) -> list[str]:
    """Return the row of underlines, then the labels that found no room at its end."""
    if not pieces:
        return []
    cells: list[tuple[str, Style]] = [(" ", Style.PLAIN)] * max(p.end for p in pieces)
    for piece in sorted(pieces, key=lambda p: (p.start - p.end, p.mark.primary)):  # the inner over the outer
        sign = "^" if piece.mark.primary else "-"
        cells[piece.start : piece.end] = [(sign, piece.mark.style)] * (piece.end - piece.start)
    underlines = _join(cells, color)
    said = sorted((p for p in pieces if p.text), key=lambda p: (p.start, p.end))
    beside = said[-1] if said and said[-1].end == len(cells) else None
    if beside:
        said.pop()
        underlines += " " + paint(beside.text, beside.mark.style, color)
    rows = [underlines]
    if said:
        rows.append(_hang(said, "", color))
    while said:
        piece = said.pop()
        rows.append(_hang([*said, piece], piece.text, color))
    return rows


def _hang(pieces: Sequence[_Piece], text: str, color: bool) -> str:
    """Draw a bar under the start of each piece; ``text`` takes the place of the last one's bar."""
    cells: list[tuple[str, Style]] = [(" ", Style.PLAIN)] * (pieces[-1].start + 1)
    for piece in pieces:
        cells[piece.start] = ("|", piece.mark.style)
    if text:
        cells[-1] = (text, pieces[-1].mark.style)
    return _join(cells, color)


def _join(cells: Sequence[tuple[str, Style]], color: bool) -> str:
    parts: list[str] = []
    run, style = "", Style.PLAIN
    for text, its in cells:
        if its is not style:
            parts.append(paint(run, style, color))
            run, style = "", its
        run += text
    return "".join([*parts, paint(run, style, color)])
