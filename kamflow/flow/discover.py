"""Files of workflows and calendars below the folders that are named, read.

Assumes: paths. Leaves: workflows and calendars of the right shape, their texts, and findings. A YAML file
that says neither format is somebody else's and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Source
from kamflow.syntax.parse import decode
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars

_FORMAT = re.compile(r"^format:[ \t]*['\"]?(kamflow/(?:workflow|calendar))@", re.MULTILINE)
_SUFFIXES = (".yaml", ".yml")


@frozen
class Definitions:
    """``texts``: file name → text, of all files that are ours; ``calendar_files``: those with calendars."""

    workflows: tuple[Workflow, ...]
    calendars: tuple[Calendar, ...]
    texts: Mapping[str, Source]
    calendar_files: tuple[str, ...]
    findings: tuple[Diagnostic, ...]


def find_definitions(paths: Iterable[Path]) -> list[Path]:
    """Return the YAML files named, or anywhere below the folders named, in a stable order."""
    out: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            root = path.resolve()
            found = (p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
            out |= dict.fromkeys(sorted(p for p in found if p.resolve().is_relative_to(root)))
        elif path.suffix.lower() in _SUFFIXES:
            out[path] = None
    return list(out)


def read_definitions(paths: Iterable[Path]) -> Definitions:
    """Read workflows and calendars; findings are values, nothing is raised."""
    sink = Sink()
    workflows: list[Workflow] = []
    calendars: list[Calendar] = []
    texts: dict[str, Source] = {}
    calendar_files: list[str] = []
    for path in find_definitions(paths):
        try:
            data = path.read_bytes()
        except OSError:
            continue  # it was there a moment ago
        source = decode(str(path), data, sink)
        kind = _FORMAT.search(source.text) if source is not None else None
        if source is None or kind is None:
            continue
        texts[source.name] = source
        if kind[1].endswith("calendar"):
            calendar_files.append(source.name)
            calendars += read_calendars(source, sink)
        else:
            workflow = read_workflow(source, sink)
            workflows += [workflow] if workflow is not None else []
    return Definitions(tuple(workflows), tuple(calendars), texts, tuple(calendar_files), sink.sorted())


def unknown_countries(calendars: Iterable[Calendar]) -> Iterator[Diagnostic]:
    """Yield calendars whose holidays nobody knows; none where the library of holidays is absent."""
    if find_spec("holidays") is None:
        return
    from kamflow.workflow.working_time import unknown_holidays

    for calendar in calendars:
        found = unknown_holidays(calendar)
        if found is not None:
            yield found
