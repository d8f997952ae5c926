"""A page of documentation → its blocks, in order: fenced code with its info string, tables to evaluate.

A fence's info string is its language and words after it: ```` ```kam finds=KF0203 ````. A comment
``<!-- evaluate "title" -->`` or ``<!-- read "file.kam" -->`` before a Markdown table says that its
rows are to be tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
_EVALUATE = re.compile(r'^<!-- (?P<how>evaluate|read) "(?P<title>[^"]+)" -->$')
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Block:
    """``words``: what stands after the language; ``file=a.kam`` is in ``options`` instead."""

    lang: str
    text: str
    line: int
    words: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows are tried: expressions, for the record of the test called ``title``, or
    (``how`` is ``read``) values of fields, read by the policy file ``title``. ``head`` in lower case."""

    how: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    line: int


def pages() -> list[Path]:
    """Return every page that is written by hand (the pages of findings have their own tests)."""
    return sorted(p for p in DOCS.rglob("*.md") if "findings" not in p.relative_to(DOCS).parts)


def read_page(text: str) -> list[Block | Table]:
    """Return a page's blocks and tables; a fence that is never closed is an error of the page."""
    lines = text.split("\n")
    out: list[Block | Table] = []
    i = 0
    while i < len(lines):
        fence = _FENCE.match(lines[i])
        evaluate = _EVALUATE.match(lines[i].strip())
        if fence is not None:
            end = next((j for j in range(i + 1, len(lines)) if lines[j].strip() == fence["ticks"]), None)
            assert end is not None, f"line {i + 1}: this fence is not closed"
            indent = len(fence["indent"])
            body = "\n".join(line[indent:] for line in lines[i + 1 : end])
            out.append(_block(fence["info"], body, i + 1))
            i = end
        elif evaluate is not None:
            out.append(_table(evaluate["how"], evaluate["title"], lines, i + 1))
        i += 1
    return out


def cells_of(line: str) -> tuple[str, ...]:
    """Return the cells of a line of a Markdown table."""
    return tuple(c.strip().replace("\\|", "|") for c in _CELL.split(line.strip())[1:-1])


def _block(info: str, body: str, line: int) -> Block:
    lang, *rest = info.split() or [""]
    options = dict(word.split("=", 1) for word in rest if "=" in word)
    return Block(lang, body + "\n", line, tuple(w for w in rest if "=" not in w), options)


def _table(how: str, title: str, lines: list[str], at: int) -> Table:
    start = at
    while not lines[start].strip():
        start += 1
    end = start
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    head = tuple(c.lower() for c in cells_of(lines[start]))
    rows = tuple((n + 1, cells_of(lines[n])) for n in range(start + 2, end))
    assert rows, f"line {at}: there is no table below this comment"
    return Table(how, title, head, rows, at)
