"""A small reader of JSON Schema: the keywords that our schemas use, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Schema = Mapping[str, object]

_TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
_SAID_ELSEWHERE = {"$schema", "$defs", "title", "description", "additionalProperties"}


def valid(schema: Schema, value: object, root: Schema) -> bool:
    return all(_holds(key, schema, value, root) for key in schema if key not in _SAID_ELSEWHERE) and (
        not isinstance(value, dict) or _others(schema, value, root)
    )


def _holds(key: str, schema: Schema, value: object, root: Schema) -> bool:
    is_map, is_list, is_text = isinstance(value, dict), isinstance(value, list), isinstance(value, str)
    want = schema[key]
    match key:
        case "$ref":
            return valid(root["$defs"][want.removeprefix("#/$defs/")], value, root)
        case "type":
            return _TYPES[want](value)
        case "const":
            return value == want
        case "enum":
            return value in want
        case "anyOf":
            return any(valid(s, value, root) for s in want)
        case "pattern":
            return not is_text or re.search(want, value) is not None
        case "minLength":
            return not is_text or len(value) >= want
        case "minimum":
            return not _TYPES["number"](value) or value >= want
        case "maximum":
            return not _TYPES["number"](value) or value <= want
        case "items":
            return not is_list or all(valid(want, v, root) for v in value)
        case "minItems":
            return not is_list or len(value) >= want
        case "uniqueItems":
            return not is_list or len(set(value)) == len(value)
        case "required":
            return not is_map or all(k in value for k in want)
        case "minProperties":
            return not is_map or len(value) >= want
        case "propertyNames":
            return not is_map or all(valid(want, k, root) for k in value)
        case "dependentRequired":
            return not is_map or all(
                k not in value or all(n in value for n in needs) for k, needs in want.items()
            )
        case "properties":
            return not is_map or all(valid(s, value[k], root) for k, s in want.items() if k in value)
        case "patternProperties":
            return not is_map or all(
                valid(s, v, root) for p, s in want.items() for k, v in value.items() if re.search(p, k)
            )
    raise AssertionError(f"a keyword that no test reads: {key}")


def _others(schema: Schema, value: dict[str, object], root: Schema) -> bool:
    rest = schema.get("additionalProperties", True)
    if rest is True:
        return True
    patterns = schema.get("patternProperties", {})
    for key, below in value.items():
        if key in schema.get("properties", {}) or any(re.search(p, key) for p in patterns):
            continue
        if rest is False or not valid(rest, below, root):
            return False
    return True
