"""Show a raw, JSON-like value inside a message: short, on one line, with nothing that acts.

Whatever a file holds may end up on somebody's terminal: control characters, bidirectional marks and
lone surrogates are written as escapes, long values are cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

MAX_SHOWN = 60
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_MAX_BITS = 300  # about 90 digits; more is described, never converted


def show_raw(value: object) -> str:
    """Return a short text for any value that a file of records can hold."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{show_text(value)}"'
        case int():
            return cut(str(value)) if value.bit_length() <= _MAX_BITS else "a number of many digits"
        case float():
            return repr(value)
        case Decimal():
            return cut(str(value))
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case Mapping():
            return "{…}" if value else "{}"
        case list() | tuple():
            return "[…]" if value else "[]"
        case _:
            return f"<{type(value).__name__}>"


def show_text(text: str, limit: int = MAX_SHOWN) -> str:
    """Return a text without anything that a terminal would act on, at most ``limit`` characters."""
    shown = text[: limit + 1]
    if not (shown.isascii() and shown.isprintable()) or '"' in shown or "\\" in shown:
        shown = "".join(_safe(ch) for ch in shown)
    return cut(shown, limit)


def cut(text: str, limit: int = MAX_SHOWN) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _safe(ch: str) -> str:
    if ch in _ESCAPES:
        return _ESCAPES[ch]
    if unicodedata.category(ch) not in _UNSAFE:
        return ch
    code = ord(ch)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
