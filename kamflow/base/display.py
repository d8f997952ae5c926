"""How wide text is on a terminal, and how text of other people is made safe to print there.

Widths are those of a monospaced terminal: East Asian wide and full-width characters take two
columns, combining marks and joiners none. Characters of ambiguous width count one, as terminals
outside East Asian legacy encodings do. Emoji sequences are counted character by character.
"""

from __future__ import annotations

import re
import unicodedata

TAB = 4
_ASCII = re.compile(r"[\x20-\x7e]*")

# Controls (terminal escapes begin with one), bidi controls (they reorder what is read), line and
# paragraph separators (a made-up line), surrogates and non-characters (they can't be encoded, or kept).
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def visible(text: str) -> str:
    r"""Return ``text`` with every control character written out, e.g. ESC as ``\x1b``."""
    return _HOSTILE.sub(_escape, text)


def char_width(char: str) -> int:
    """Return the columns that one character takes: 0, 1 or 2."""
    if " " <= char <= "~":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc") or "\u1160" <= char <= "\u11ff":
        return 0  # the latter: Korean vowels and finals join the syllable before them
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def display_width(text: str) -> int:
    """Return the columns that ``text`` takes; it must hold no tab or line end."""
    if _ASCII.fullmatch(text):
        return len(text)
    return sum(map(char_width, text))


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill ``text`` with blanks up to ``width`` columns; ``right`` aligns it to the right edge."""
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def truncate(text: str, width: int) -> str:
    """Cut ``text`` to ``width`` columns, the last of them an ellipsis where something was cut."""
    if display_width(text) <= width:
        return text
    if width < 1:
        return ""
    used = 0
    for i, char in enumerate(text):
        used += char_width(char)
        if used > width - 1:
            return text[:i] + "…"
    return text


def lay_out(line: str) -> tuple[str, list[int]]:
    """Return a source line as it is shown, and the column at which each of its characters begins.

    Tabs go to the next multiple of ``TAB``, other controls are written out. The list has one
    column more than the line has characters: where the next character would begin.
    """
    shown: list[str] = []
    columns = [0]
    for char in line:
        text = " " * (TAB - columns[-1] % TAB) if char == "\t" else visible(char)
        shown.append(text)
        columns.append(columns[-1] + display_width(text))
    return "".join(shown), columns
