"""Findings as JSON: the stable form that scripts read.

Every key is always there; what does not apply is ``null``. Lines and columns count from 1 in
characters, ends are not included; ``record`` counts from 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.render.places import in_order, locate
from kamflow.base.span import DataPlace, Place, Source
from kamflow.base.text import Lang, Text

Json: TypeAlias = "int | str | list[Json] | dict[str, Json] | None"

# what a JSON text may hold raw, but a terminal would obey or could not print
_RAW_CONTROL = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def render_json(findings: Iterable[Diagnostic], sources: Mapping[str, Source]) -> str:
    """Return a JSON array, one object for each finding."""
    objects: list[Json] = [finding_json(f, sources) for f in in_order(findings)]
    return dump_json(objects)


def finding_json(finding: Diagnostic, sources: Mapping[str, Source]) -> dict[str, Json]:
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity.value,
        "message": _text(finding.message),
        "place": _place(finding.span, sources),
        "labels": [
            {"place": _place(label.span, sources), "message": _text(label.text)} for label in finding.labels
        ],
        "why": _text(finding.why),
        "hint": _text(finding.hint),
        "fix": [
            {"place": _place(edit.span, sources), "new_text": edit.new_text} for edit in finding.fix
        ],
        "example": [{"name": name, "value": value} for name, value in finding.example],
    }  # fmt: skip


def dump_json(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _RAW_CONTROL.sub(lambda m: f"\\u{ord(m[0]):04x}", text) + "\n"


def _text(text: Text | None) -> Json:
    return {"en": text.in_(Lang.EN), "zh": text.in_(Lang.ZH)} if text else None


def _place(place: Place, sources: Mapping[str, Source]) -> Json:
    at = locate(place, sources)
    return {
        "file": at.file or None,
        "line": at.line or None,
        "column": at.column or None,
        "end_line": at.end_line or None,
        "end_column": at.end_column or None,
        "path": at.path if isinstance(place, DataPlace) else None,
        "record": at.record if at.record >= 0 else None,
    }
