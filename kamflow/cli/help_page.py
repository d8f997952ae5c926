"""Help pages with Chinese in them: lines wrap by display width, at any Chinese character."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence

import click

from kamflow.base.display import display_width, pad
from kamflow.base.text import Lang, Text

_MAX_WIDTH = 100
_FIRST_COLUMN = 30
# what must stay together: a word with the punctuation that follows, or one Chinese character
_PIECES = re.compile(r"\s+|[^\s\u2e80-\uffef]+|[\u2e80-\uffef]")
_NOT_FIRST = frozenset("，。；：、！？）”’》】…")


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns; no line begins with closing punctuation."""
    lines: list[str] = []
    line: list[str] = []
    for piece in _PIECES.findall(text):
        if not line and lines and not piece.strip():
            continue  # a blank at the end of a line
        if line and display_width("".join(line)) + display_width(piece.rstrip()) > width:
            # closing punctuation takes the character before it along
            carried = [line.pop()] if piece in _NOT_FIRST and len(line) > 1 else []
            lines.append("".join(line).rstrip())
            line = carried
        if line or piece.strip():
            line.append(piece)
    last = "".join(line).rstrip()
    return [*lines, last] if last else lines


class HelpPage(click.HelpFormatter):
    """Click's formatter, in one of the two languages."""

    def __init__(self, lang: Lang) -> None:
        super().__init__(width=max(min(shutil.get_terminal_size().columns, _MAX_WIDTH), 50))
        self.lang = lang

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        head = prefix or ("用法：" if self.lang is Lang.ZH else "Usage: ")
        self.write(f"{head}{prog} {args}".rstrip() + "\n")

    def write_body(self, text: str) -> None:
        """Write paragraphs (between blank lines); indented lines are examples and stay as they are."""
        self.write("\n")
        for line in text.split("\n"):
            rows = [line] if line.startswith(" ") or not line else wrap(line, self.width - 2)
            for row in rows:
                self.write(f"  {row}".rstrip() + "\n")

    def write_rows(self, title: Text, rows: Sequence[tuple[str, str]]) -> None:
        """Write a titled list of terms and what they mean; nothing where there are none."""
        if not rows:
            return
        self.write(f"\n{title.in_(self.lang)}{'：' if self.lang is Lang.ZH else ':'}\n")
        wide = max(10, min(max(display_width(term) for term, _ in rows), _FIRST_COLUMN))
        for term, text in rows:
            self._row(term, wrap(text, self.width - wide - 4), wide)

    def _row(self, term: str, lines: Iterable[str], wide: int) -> None:
        rest = list(lines)
        if display_width(term) <= wide and rest:
            self.write(f"  {pad(term, wide)}  {rest.pop(0)}\n")
        else:
            self.write(f"  {term}\n")
        for line in rest:
            self.write(" " * (wide + 4) + line + "\n")
