"""Where a finding is, in the numbers that people and tools use: lines and columns from 1.

Assumes nothing of the sources: a span of a text that isn't there keeps its file name only, and an
offset past the end of a text counts as its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace, Place, Source, Span
from kamflow.base.text import Lang


@frozen
class Region:
    """A place resolved. Columns count characters, the end is not included; 0 stands for unknown.

    ``path`` and ``record`` are those of a place in a data file (``""`` and -1 elsewhere).
    """

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    path: str = ""
    record: int = -1


def locate(place: Place, sources: Mapping[str, Source]) -> Region:
    match place:
        case DataPlace(name, path, line, record):
            return Region(name, line, 0, line, 0, path, record)
        case Span(name, start, end):
            source = sources.get(name)
            if source is None:
                return Region(name)
            size = len(source.text)
            return Region(name, *source.line_col(min(start, size)), *source.line_col(min(end, size)))


def show_place(place: Place, sources: Mapping[str, Source], lang: Lang) -> str:
    """Write ``pricing.kam:21:3`` or ``customers.json[412].name (line 5012)``; empty for nowhere."""
    at = locate(place, sources)
    where = visible(at.file + at.path)
    if isinstance(place, Span):
        return f"{where}:{at.line}:{at.column}" if at.line else where
    if not at.line:
        return where
    return f"{where}（第 {at.line} 行）" if lang is Lang.ZH else f"{where} (line {at.line})"


def in_order(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(findings, key=lambda f: f.sort_key)
