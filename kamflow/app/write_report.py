"""Reports as files of a folder: one page, and for each report its data and its pictures.

Assumes: reports that were made. Leaves: files, each replaced in one step; or a finding. Nothing else in the
folder is touched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Lang
from kamflow.base.write_file import write_text
from kamflow.report import errors
from kamflow.report.cells import csv_text, json_rows, report_json
from kamflow.report.draw_worker import Picture
from kamflow.report.model import Chart, Report
from kamflow.report.page import page
from kamflow.report.portfolio import Portfolio
from kamflow.report.svg_inline import standalone
from kamflow.values.codec import Json

PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class Written:
    """``page``: the HTML; ``notes``: what the reports have to do without."""

    page: Path
    files: int
    notes: tuple[Diagnostic, ...]


def write_reports(
    reports: Sequence[Report], portfolio: Portfolio, folder: Path, lang: Lang,
    drawn: Mapping[Chart, Picture] | None = None,
) -> Written | Diagnostic:  # fmt: skip
    """Write all files of the reports. ``drawn``: charts that were drawn before, where there was time."""
    try:
        return _written(reports, portfolio, folder, lang, drawn or {})
    except OSError as problem:
        return errors.not_written(str(folder), problem.strerror or str(problem))


def can_draw() -> bool:
    """Say whether charts can be drawn: looked for, not imported."""
    try:
        return find_spec("matplotlib") is not None
    except ValueError:  # a module that was put out of the way
        return False


def _written(
    reports: Sequence[Report], p: Portfolio, folder: Path, lang: Lang, drawn: Mapping[Chart, Picture]
) -> Written:
    folder.mkdir(parents=True, exist_ok=True)
    about: dict[str, Json] = {
        "source": p.source, "as_of": p.as_of.isoformat(), "records": p.read, "decided": p.count,
        "rejected": p.rejected, "policies": {i.name: i.digest for i in p.program.policies},
    }  # fmt: skip
    pictures: dict[tuple[str, str], str] = {}
    notes: list[Diagnostic] = []
    files = 1
    for one in reports:
        inside = folder / one.name
        inside.mkdir(exist_ok=True)
        rows = {table.name: json_rows(table) for table in one.tables}
        for table in one.tables:
            write_text(inside / f"{table.name}.csv", csv_text(table, rows[table.name]))
        write_text(inside / "data.json", report_json(one, about, rows))
        files += len(one.tables) + 1
    if can_draw():
        pictures, notes = _draw(reports, folder, lang, drawn)
        files += 2 * len(pictures)
    elif any(one.charts for one in reports):
        notes.append(errors.plots_not_installed())
    write_text(folder / PAGE, page(reports, p, pictures, lang))
    return Written(folder / PAGE, files, tuple(notes))


def _draw(
    reports: Sequence[Report], folder: Path, lang: Lang, before: Mapping[Chart, Picture]
) -> tuple[dict[tuple[str, str], str], list[Diagnostic]]:
    from kamflow.report.draw_worker import draw_all

    places = [(one.name, chart) for one in reports for chart in one.charts]
    pictures: dict[tuple[str, str], str] = {}
    drawn = draw_all([chart for _, chart in places], lang, before) if places else []
    for (report, chart), (svg, png) in zip(places, drawn, strict=True):
        pictures[report, chart.name] = svg
        write_text(folder / report / f"{chart.name}.svg", standalone(svg))
        _write_bytes(folder / report / f"{chart.name}.png", png)
    from kamflow.report.draw import chinese_font  # matplotlib, where it is used

    lacks = bool(pictures) and chinese_font() is None
    return pictures, [errors.no_chinese_font()] if lacks else []


def _write_bytes(path: Path, data: bytes) -> None:
    """Replace a file in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
