"""The type of a column as DuckDB names it → how its values arrive in Python, as far as we care.

A family says which plain forms ``recognise.py`` looks for; everything else is ``Opaque``: the single
path reads such a value, whatever comes of it.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from kamflow.base.frozen import frozen


@frozen
class Words:
    """VARCHAR. ``cells``: an empty one is missing, as in tables for people."""

    cells: bool = False


@frozen
class Fragment:
    """A JSON value as compact text.

    ``quoted``: most of them are texts; that only says what is tried first.
    """

    quoted: bool = False


@frozen
class Whole:
    """Integers of any width; ``wide``: wider than 64 bits or unsigned of 64."""

    wide: bool = False


@frozen
class Decimals:
    width: int
    scale: int


@frozen
class Floats:
    """DOUBLE, or FLOAT, which counts as the double nearest to it, as in Python."""


@frozen
class Truth:
    pass


@frozen
class Day:
    """DATE; ``clock``: TIMESTAMP, of which only midnight is a date."""

    clock: bool = False


@frozen
class Struct:
    fields: tuple[tuple[str, str], ...]


@frozen
class Items:
    """LIST of ``item``, a type as DuckDB names it."""

    item: str


@frozen
class Opaque:
    """Anything else: bytes, times, maps, …"""


Family: TypeAlias = "Words | Fragment | Whole | Decimals | Floats | Truth | Day | Struct | Items | Opaque"

_SMALL = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_NAME = re.compile(r'"((?:[^"]|"")*)"|([^\s"(),]+)')


def family_of(type_: str) -> Family:
    """Return the family of a type as ``DESCRIBE`` names it."""
    if type_.endswith("[]"):
        return Items(type_[:-2])
    if type_.startswith("STRUCT(") and type_.endswith(")"):
        return Struct(tuple(_fields(type_[7:-1])))
    if type_ in _SMALL:
        return Whole()
    if type_ in ("HUGEINT", "UBIGINT"):
        return Whole(wide=True)
    found = _DECIMAL.fullmatch(type_)
    if found is not None:
        return Decimals(int(found[1]), int(found[2]))
    match type_:
        case "VARCHAR":
            return Words()
        case "DOUBLE" | "FLOAT":
            return Floats()
        case "BOOLEAN":
            return Truth()
        case "DATE":
            return Day()
        case "TIMESTAMP":
            return Day(clock=True)
        case _:
            return Opaque()


def _fields(text: str) -> list[tuple[str, str]]:
    """Cut ``a INTEGER, "b c" STRUCT(x DOUBLE)[]`` at the commas that stand outside of everything."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            return []
        start = name.end() + 1
        end = _end_of(text, start)
        given = name[1].replace('""', '"') if name[1] is not None else name[2]
        found.append((given, text[start:end]))
        at = end + 2  # ", "
    return found


def _end_of(text: str, at: int) -> int:
    depth, quoted = 0, False
    while at < len(text):
        ch = text[at]
        if ch == '"':
            quoted = not quoted
        elif not quoted and ch in "([":
            depth += 1
        elif not quoted and ch in ")]":
            depth -= 1
        elif not quoted and ch == "," and depth == 0:
            return at
        at += 1
    return at


def name(text: str) -> str:
    """Quote a name for a statement."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for a statement."""
    return "'" + text.replace("'", "''") + "'"
