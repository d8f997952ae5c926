"""What a change does to a text, line by line, as `diff -u` shows it."""

from __future__ import annotations

from difflib import unified_diff

from kamflow.base.display import visible

_COLORS = {"+": "32", "-": "31", "@": "36"}


def show_diff(name: str, old: str, new: str, *, color: bool) -> str:
    """Return the changed lines with their surroundings; empty where nothing changes."""
    rows = unified_diff(old.splitlines(), new.splitlines(), visible(name), visible(name), lineterm="")
    return "".join(f"{_paint(visible(row.replace(chr(9), '    ')), color)}\n" for row in rows)


def _paint(row: str, color: bool) -> str:
    code = _COLORS.get(row[:1])
    return f"\x1b[{code}m{row}\x1b[0m" if color and code else row
