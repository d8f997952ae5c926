"""Findings as SARIF 2.1.0, the form of code scanning services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from kamflow.base.diagnostic import CATALOG, Diagnostic, Edit, Kind
from kamflow.base.display import visible
from kamflow.base.render.jsons import Json, dump_json
from kamflow.base.render.places import in_order, locate
from kamflow.base.span import DataPlace, Place, Source
from kamflow.base.text import Lang

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(
    findings: Iterable[Diagnostic],
    sources: Mapping[str, Source],
    lang: Lang = Lang.EN,
    version: str = "",
) -> str:
    """Return one run with every kind of the catalogue as a rule; ``version`` is the tool's."""
    found = in_order(findings)
    kinds = dict(CATALOG)
    for f in found:
        kinds.setdefault(f.code, Kind(f.code, f.slug, f.severity, ""))
    rules = sorted(kinds)
    driver: dict[str, Json] = {"name": "kamflow", "rules": [_rule(kinds[code]) for code in rules]}
    if version:
        driver["version"] = version
    index = {code: i for i, code in enumerate(rules)}
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, index[f.code], sources, lang) for f in found],
    }
    return dump_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(kind: Kind) -> Json:
    words = kind.slug.split("-")
    return {
        "id": kind.code,
        "name": "".join(word.capitalize() for word in words),
        "shortDescription": {"text": " ".join(words).capitalize()},
        "defaultConfiguration": {"level": kind.severity.value},
    }


def _result(finding: Diagnostic, index: int, sources: Mapping[str, Source], lang: Lang) -> Json:
    said = [part.in_(lang) for part in (finding.message, finding.why, finding.hint) if part]
    result: dict[str, Json] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": _message("\n".join(said)),
    }
    if finding.span.source:
        result["locations"] = [_location(finding.span, sources)]
    related: list[Json] = [
        {"id": i, **_location(label.span, sources), "message": _message(label.text.in_(lang))}
        for i, label in enumerate(finding.labels)
        if label.span.source
    ]
    if related:
        result["relatedLocations"] = related
    changes = _changes(finding.fix, sources)
    if changes:
        said_to_do = (finding.hint or finding.message).in_(lang)
        result["fixes"] = [{"description": _message(said_to_do), "artifactChanges": changes}]
    if finding.example:
        result["properties"] = {"example": [{"name": n, "value": v} for n, v in finding.example]}
    return result


def _message(text: str) -> dict[str, Json]:
    # braces would be placeholders (SARIF 2.1.0, 3.11.5)
    lines = text.replace("{", "{{").replace("}", "}}").split("\n")
    return {"text": "\n".join(visible(line) for line in lines)}


def _location(place: Place, sources: Mapping[str, Source]) -> dict[str, Json]:
    physical: dict[str, Json] = {"artifactLocation": {"uri": file_uri(place.source)}}
    region = _region(place, sources)
    if region:
        physical["region"] = region
    location: dict[str, Json] = {"physicalLocation": physical}
    if isinstance(place, DataPlace) and place.path:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(str(place))}]
    return location


def _region(place: Place, sources: Mapping[str, Source]) -> dict[str, Json]:
    at = locate(place, sources)
    named = {
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    }
    return {name: number for name, number in named.items() if number}


def _changes(fix: Iterable[Edit], sources: Mapping[str, Source]) -> list[Json]:
    by_file: dict[str, list[Edit]] = {}
    for edit in fix:
        if edit.span.source in sources:  # a replacement must say what it replaces
            by_file.setdefault(edit.span.source, []).append(edit)
    return [
        {
            "artifactLocation": {"uri": file_uri(name)},
            "replacements": [
                {"deletedRegion": _region(e.span, sources), "insertedContent": {"text": e.new_text}}
                for e in edits
            ],
        }
        for name, edits in by_file.items()
    ]


def file_uri(name: str) -> str:
    """Return a file name as a URI reference: relative names stay relative."""
    path = quote(name, safe="/", errors="replace")
    return f"file://{path}" if name.startswith("/") else path
