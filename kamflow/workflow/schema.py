"""JSON Schema 2020-12 of workflow and calendar files, with descriptions in one language or in both.

Assumes: pydantic, loaded when a schema is made. Leaves: plain data.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.text import Lang
from kamflow.values.codec import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOTHING: Json = {"type": "null"}


def workflow_schema(lang: Lang | None = None) -> dict[str, Json]:
    """Return the schema of ``workflows/*.yaml``; without a language its descriptions are in both."""
    from kamflow.workflow.shape import WorkflowFile

    return _dressed(WorkflowFile.model_json_schema(), "kamflow workflow", lang)


def calendar_schema(lang: Lang | None = None) -> dict[str, Json]:
    """Return the schema of ``workflows/calendars.yaml``."""
    from kamflow.workflow.shape import CalendarFile

    return _dressed(CalendarFile.model_json_schema(), "kamflow calendars", lang)


def _dressed(schema: dict[str, Json], title: str, lang: Lang | None) -> dict[str, Json]:
    return {"$schema": DIALECT, "title": title, **_schema(schema, lang)}


def _schema(node: Mapping[str, Json], lang: Lang | None) -> dict[str, Json]:
    """Leave out what pydantic adds for itself (titles, defaults, docstrings, null for what may be left out:
    a key without a value is refused), and close maps whose keys have a pattern."""
    out: dict[str, Json] = {}
    for key, value in node.items():
        match key, value:
            case (("title" | "default" | "description" | "x-zh"), _):
                pass
            case (("properties" | "patternProperties" | "$defs"), dict()):
                out[key] = {name: _below(schema, lang) for name, schema in value.items()}
            case "anyOf", list():
                kept = [_below(item, lang) for item in value if item != _NOTHING]
                out |= kept[0] if len(kept) == 1 and isinstance(kept[0], dict) else {key: kept}
            case _:
                out[key] = _below(value, lang)
    if "patternProperties" in out:
        out.setdefault("additionalProperties", False)
    words = _words(node, lang)
    return {"description": words, **out} if words else out


def _below(value: Json, lang: Lang | None) -> Json:
    if isinstance(value, list):
        return [_below(item, lang) for item in value]
    return _schema(value, lang) if isinstance(value, dict) else value


def _words(node: Mapping[str, Json], lang: Lang | None) -> str:
    """Return the description in a language; docstrings of classes have no Chinese and are none."""
    en, zh = node.get("description"), node.get("x-zh")
    if not isinstance(en, str) or not isinstance(zh, str):
        return ""
    return {Lang.EN: en, Lang.ZH: zh, None: f"{en} · {zh}"}[lang]
