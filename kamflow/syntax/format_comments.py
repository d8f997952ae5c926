"""Comments and blank lines of the source, put back between the lines of a declaration.

Assumes: lines with the places of their items. Leaves: text lines in which every comment of the source
stands once: one that had a line of its own above the item it preceded, one at the end of a line behind
the item it followed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.syntax.format_words import Line
from kamflow.syntax.nodes import Comment


def blank_above(source: Source, offset: int | None) -> bool:
    """Say whether the line above that of ``offset`` is empty."""
    if offset is None:
        return False
    line, _ = source.line_col(offset)
    return line > 1 and not source.line_text(line - 1).strip()


@frozen
class Placed:
    """The lines of one declaration, and the comments that had to move above its first line."""

    above: tuple[str, ...]
    lines: tuple[str, ...]


def place_comments(lines: Sequence[Line], comments: Sequence[Comment], source: Source) -> Placed:
    """Write the lines of one declaration with the comments that stand in it."""
    items = _items(lines)
    places = sorted((item[0].at, i) for i, item in enumerate(items) if item[0].at is not None)
    before: dict[int, list[Comment]] = {i: [] for i in range(len(items))}
    moved: dict[int, list[Comment]] = {i: [] for i in range(len(items))}
    behind: dict[int, Comment] = {}
    for comment in comments:
        start = comment.span.start
        if comment.own_line:
            following = _first_after(places, start)
            if following is None:  # nothing of this declaration comes later: it speaks of the whole
                moved[0].append(comment)
            else:
                before[following].append(comment)
            continue
        index = _last_until(places, start)
        if index in behind:  # one line holds one comment; the earlier ones go above it
            moved[index].append(behind[index])
        behind[index] = comment
    out: list[str] = []
    line_before = -1
    for i, item in enumerate(items):
        pad = " " * item[0].indent
        if i and not item[0].indent:  # what stands above `end` still belongs to the body
            pad = "  "
        for comment in before[i]:
            if len(out) > 1 and blank_above(source, comment.span.start):
                out.append("")
            out.append(pad + comment.text)
        at = item[0].at
        line_now = source.line_col(at)[0] if at is not None else -1
        is_new_line = line_now > line_before
        if i > 0:
            if len(out) > 1 and is_new_line and not item[0].joins and blank_above(source, at):
                out.append("")
            out += [pad + c.text for c in moved[i]]
        line_before = max(line_before, line_now)
        out += [" " * line.indent + line.text for line in item]
        if i in behind:
            out[-1] += f"  {behind[i].text}"
    above = tuple(c.text for c in sorted(moved[0], key=lambda c: c.span.start))
    return Placed(above, tuple(out))


def _items(lines: Sequence[Line]) -> list[list[Line]]:
    """Join each line with those after it that continue it."""
    items: list[list[Line]] = []
    for line in lines:
        if items and line.at is None:
            items[-1].append(line)
        else:
            items.append([line])
    return items


def _first_after(places: Sequence[tuple[int, int]], offset: int) -> int | None:
    """Return the item that begins next after an offset; ``places`` are (offset, item), in order."""
    i = bisect_right(places, (offset, len(places)))
    return places[i][1] if i < len(places) else None


def _last_until(places: Sequence[tuple[int, int]], offset: int) -> int:
    i = bisect_right(places, (offset, len(places)))
    return places[i - 1][1] if i else 0
