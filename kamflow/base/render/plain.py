"""One line a finding, and the line that sums them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kamflow.base.diagnostic import Diagnostic, Severity
from kamflow.base.display import visible
from kamflow.base.render.places import in_order, show_place
from kamflow.base.span import Source
from kamflow.base.text import Lang, Text

SEVERITY_WORDS = {
    Severity.ERROR: Text("error", "错误"),
    Severity.WARNING: Text("warning", "警告"),
    Severity.NOTE: Text("note", "提示"),
}


def one_line(text: str) -> str:
    return visible(text.replace("\n", " "))


def render_concise(
    findings: Iterable[Diagnostic], sources: Mapping[str, Source], lang: Lang = Lang.EN
) -> str:
    """Return lines such as ``pricing.kam:21:3: KF0301 error: …`` for editors and ``grep``."""
    lines: list[str] = []
    for finding in in_order(findings):
        place = show_place(finding.span, sources, lang)
        severity = SEVERITY_WORDS[finding.severity].in_(lang)
        head = f"{place}: " if place else ""
        lines.append(f"{head}{finding.code} {severity}: {one_line(finding.message.in_(lang))}\n")
    return "".join(lines)


def summary(findings: Sequence[Diagnostic], lang: Lang = Lang.EN) -> str:
    """Say how many findings of which severity there are, in how many files."""
    if not findings:
        return "没有发现问题" if lang is Lang.ZH else "no findings"
    counts = Counter(f.severity for f in findings)
    files = len({f.span.source for f in findings if f.span.source})
    if lang is Lang.ZH:
        parts = [f"{counts[s]} 处{SEVERITY_WORDS[s].zh}" for s in Severity if counts[s]]
        return "，".join([f"{files} 个文件"] * bool(files) + parts)
    said = ", ".join(_count(counts[s], SEVERITY_WORDS[s].en) for s in Severity if counts[s])
    return f"{said} in {_count(files, 'file')}" if files else said


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
