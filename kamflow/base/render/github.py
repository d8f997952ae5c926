"""Findings as workflow commands of GitHub Actions: they show up beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kamflow.base.diagnostic import Diagnostic, Severity
from kamflow.base.display import visible
from kamflow.base.render.places import in_order, locate
from kamflow.base.span import Source
from kamflow.base.text import Lang

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def _data(text: str) -> str:
    """Escape as GitHub's runner undoes it; controls other than line ends are written out first."""
    kept = "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))
    return kept.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    # a carriage return in a property is part of a name: it stays what it was
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped.replace(":", "%3A").replace(",", "%2C"))


def render_github(findings: Iterable[Diagnostic], sources: Mapping[str, Source], lang: Lang = Lang.EN) -> str:
    """Return one ``::error file=…,line=…,col=…::message`` line for each finding."""
    lines: list[str] = []
    for finding in in_order(findings):
        at = locate(finding.span, sources)
        numbers = {"line": at.line, "endLine": at.end_line, "col": at.column}
        if at.end_line == at.line:  # GitHub takes columns of one line only
            numbers["endColumn"] = at.end_column
        props = [f"file={_property(at.file)}"] * bool(at.file)
        props += [f"{name}={number}" for name, number in numbers.items() if number]
        props.append(f"title={_property(f'{finding.code} {finding.slug}')}")
        parts = [at.path + ": "] if at.path else []
        parts.append(finding.message.in_(lang))
        parts += [f"\n{more.in_(lang)}" for more in (finding.why, finding.hint) if more]
        lines.append(f"::{_COMMANDS[finding.severity]} {','.join(props)}::{_data(''.join(parts))}\n")
    return "".join(lines)
