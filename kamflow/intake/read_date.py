"""A written date → a day number, or None; and what a wrong form probably meant, for the message.

Only ``YYYY-MM-DD`` is read. Other forms are never guessed: ``03.04.2025`` is March or April.
"""

from __future__ import annotations

import re
from datetime import date

from kamflow.intake.read_amount import plain
from kamflow.values.dates import day_from_iso, show_day

_MAX_TEXT = 40
_ISO_LENGTH = 10
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?:[T ].*)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_EXCEL_EPOCH = 693_594  # 1899-12-30: serial 1 is 1899-12-31, serial 61 is 1900-03-01
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: what a serial of today's data can be


def parse_date(text: str) -> int | None:
    """Return the day number of a date written as ``YYYY-MM-DD``."""
    if len(text) == _ISO_LENGTH and text[4] == "-" == text[7]:
        try:
            return date.fromisoformat(text).toordinal()
        except ValueError:
            return day_from_iso(plain(text))  # full-width digits
    return day_from_iso(plain(text)) if len(text) <= _MAX_TEXT else None


def dates_meant(value: object) -> tuple[str, ...]:
    """Return the dates, as ``YYYY-MM-DD``, that a wrongly written one may stand for."""
    if isinstance(value, int):
        number = int(value)
        if _FIRST_SERIAL <= number <= _LAST_SERIAL:
            return (show_day(_EXCEL_EPOCH + number),)
        value = str(number) if 10**7 <= number < 10**8 else ""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return ()
    text = plain(value)
    found = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is not None:
        return _real(((found[1], found[2], found[3]),))
    found = _YEAR_LAST.fullmatch(text)
    if found is not None:
        return _real(((found[3], found[2], found[1]), (found[3], found[1], found[2])))
    return _serial(text)


def _serial(text: str) -> tuple[str, ...]:
    if text.isascii() and text.isdigit() and len(text) == 5 and _FIRST_SERIAL <= int(text) <= _LAST_SERIAL:
        return (show_day(_EXCEL_EPOCH + int(text)),)
    return ()


def _real(candidates: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
    days: list[str] = []
    for year, month, day in candidates:
        try:
            days.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            continue
    return tuple(dict.fromkeys(days))
