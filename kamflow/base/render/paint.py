"""Colours of a terminal, or none: the styles of findings by name."""

from __future__ import annotations

from enum import Enum

from kamflow.base.diagnostic import Severity


class Style(Enum):
    """A role in the picture; its value is the ANSI parameters that show it."""

    PLAIN = ""
    ERROR = "1;31"
    WARNING = "1;33"
    NOTE = "1;36"
    STRONG = "1"
    FRAME = "34"
    LABEL = "36"


STYLE_OF = {
    Severity.ERROR: Style.ERROR,
    Severity.WARNING: Style.WARNING,
    Severity.NOTE: Style.NOTE,
}


def paint(text: str, style: Style, color: bool) -> str:
    """Return ``text`` in a style. It must be free of escapes of its own (see ``visible``)."""
    if not color or style is Style.PLAIN or not text:
        return text
    return f"\x1b[{style.value}m{text}\x1b[0m"
