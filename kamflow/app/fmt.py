"""Lay policy files out, and switch the language of their keywords.

Assumes: texts. Leaves: new texts; a text with syntax errors is left alone, with its findings. What was
laid out is parsed again and must mean the same, else nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.base.write_file import write_text
from kamflow.project import errors
from kamflow.project.load import find_policies
from kamflow.syntax.format import format_file, reads_back
from kamflow.syntax.parse import decode, parse_file


@dataclass(frozen=True, slots=True)
class Formatted:
    """``text``: the layout; None where the file has errors (``findings``)."""

    name: str
    source: Source | None
    text: str | None
    findings: tuple[Diagnostic, ...] = ()

    @property
    def changes(self) -> bool:
        return self.text is not None and self.source is not None and self.text != self.source.text


def format_paths(paths: Sequence[Path], keywords: Lang | None) -> Iterator[Formatted]:
    """Lay out every policy file named; nothing is written."""
    sink = Sink()
    found = find_policies(paths, sink)
    for finding in sink.sorted():
        yield Formatted(finding.span.source, None, None, (finding,))
    for path in found:
        try:
            data = path.read_bytes()
        except OSError:
            yield Formatted(str(path), None, None, (errors.no_such_path(str(path)),))
            continue
        yield format_bytes(str(path), data, keywords)


def format_bytes(name: str, data: bytes, keywords: Lang | None) -> Formatted:
    """Lay out one text, e.g. that of stdin."""
    sink = Sink()
    source = decode(name, data, sink)
    if source is None:
        return Formatted(name, None, None, sink.sorted())
    file = parse_file(source, sink)
    if file is None or sink.has_errors:
        return Formatted(name, source, None, sink.sorted())
    text = format_file(file, source, keywords)
    assert reads_back(text, file, keywords), f"{name}: the layout does not read back"
    return Formatted(name, source, text)


def write_formatted(one: Formatted) -> None:
    """Write a file that changes, in one step."""
    if one.changes and one.text is not None:
        write_text(Path(one.name), one.text)
