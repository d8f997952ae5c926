"""The form of the input: a record as JSON Schema 2020-12, and as the header of a table.

Assumes a checked program. What the schema accepts, kamflow reads; kamflow reads more than it says
(labels of enum members, ``1.2M CNY``), since the schema is for programs that write records.
Ranges of amounts are tried by the schema on numbers only; texts have them in their description.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from kamflow.base.text import Lang, Text
from kamflow.core.dress import codec_of
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import (
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    UnitKind,
    strip_opt,
)
from kamflow.intake.scalar_readers import MAX_TEXT
from kamflow.project.ranges import show_range
from kamflow.values.codec import to_json
from kamflow.values.decimals import show_scaled

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EXACT = 2**53  # beyond it a JSON number is not what was written, for many readers


def records_of(program: Program, record: str) -> tuple[RecordDecl, ...]:
    """Return a record and all records inside it, each once, itself first."""
    found: dict[str, RecordDecl] = {}
    todo = [record]
    while todo:
        name = todo.pop(0)
        if name not in found:
            found[name] = program.records[name]
            todo += [part for f in found[name].fields if (part := part_of(f.ty))]
    return tuple(found.values())


def part_of(ty: Ty) -> str:
    """Return the record that a field holds, alone or in a list."""
    inner = strip_opt(ty)
    if isinstance(inner, ListTy):
        inner = strip_opt(inner.item)
    return inner.name if isinstance(inner, RecordTy) else ""


def json_schema(program: Program, record: str, lang: Lang = Lang.EN) -> dict[str, Json]:
    """Return the JSON Schema of one record of the input."""
    first, *parts = records_of(program, record)
    schema: dict[str, Json] = {"$schema": DIALECT, **_record(program, first, record, lang)}
    if parts:
        schema["$defs"] = {p.name: _record(program, p, record, lang) for p in parts}
    return schema


def _record(program: Program, decl: RecordDecl, root: str, lang: Lang) -> dict[str, Json]:
    return {
        "title": decl.label.in_(lang) or decl.name,
        "type": "object",
        "properties": {f.name: _field(program, f, root, lang) for f in decl.fields},
        "required": [f.name for f in decl.fields if is_required(f)],
        "additionalProperties": False,
    }


def is_required(field: FieldDecl) -> bool:
    return not field.has_default and not isinstance(field.ty, OptTy)


def _field(program: Program, field: FieldDecl, root: str, lang: Lang) -> Json:
    ty = strip_opt(field.ty)
    said: dict[str, Json] = {}
    if field.label:
        said["title"] = field.label.in_(lang)
    about = _about(ty, lang)
    if about:
        said["description"] = about
    if field.has_default:
        said["default"] = _default(field)
    if field.personal:
        said["x-personal"] = list(field.personal)
    schema = _type(program, ty, field, root, lang)
    if is_required(field):
        return {**said, **schema}
    return {**said, "anyOf": [*_choices(schema), {"type": "null"}]}  # null is as good as absent


def _choices(schema: dict[str, Json]) -> list[Json]:
    choices = schema.get("anyOf")
    return choices if isinstance(choices, list) and len(schema) == 1 else [schema]


def _about(ty: Ty, lang: Lang) -> str:
    if not isinstance(ty, ScaledTy):
        return ""
    text = show_range(ty)
    if ty.unit.kind is UnitKind.PERCENT:
        text = Text(f"{text.en}; 12.5 is 12.5%", f"{text.zh}；12.5 表示 12.5%")
    return text.in_(lang)


def _default(field: FieldDecl) -> Json:
    if isinstance(field.default, tuple) or part_of(field.ty):
        return []
    plain = to_json(codec_of(field.ty), field.default)
    return plain if isinstance(plain, bool | int | str) else None


def _type(program: Program, ty: Ty, field: FieldDecl, root: str, lang: Lang) -> dict[str, Json]:
    match ty:
        case BoolTy():
            return {"type": "boolean"}
        case TextTy():
            return {"type": "string", "maxLength": MAX_TEXT}
        case ScaledTy():
            return {"type": "string", "format": "date"} if ty.unit.kind is UnitKind.DATE else _amount(ty)
        case EnumTy(name, members, _):
            labels = program.enums[name].labels
            if not any(labels):
                return {"enum": list(members)}
            named = zip(members, labels, strict=True)
            return {"oneOf": [{"const": m, "title": label.in_(lang) or m} for m, label in named]}
        case RecordTy(name):
            return {"$ref": "#" if name == root else f"#/$defs/{_pointer(name)}"}
        case ListTy(item):
            items = _type(program, strip_opt(item), field, root, lang)
            return {"type": "array", "items": items, "maxItems": field.max_items}
        case OptTy(inner):
            return _type(program, inner, field, root, lang)
        case StructTy():
            raise TypeError(f"field {field.name}: only decisions have such values")
        case _:
            assert_never(ty)


def _pointer(name: str) -> str:
    """Escape a name for a JSON pointer in a URI fragment."""
    from urllib.parse import quote

    return quote(name.replace("~", "~0").replace("/", "~1"))


def _amount(ty: ScaledTy) -> dict[str, Json]:
    """A number in its range, or its text. No ``multipleOf``: 19.99 is no multiple of 0.01 in floats."""
    decimals = rf"(\.[0-9]{{1,{ty.scale}}})?" if ty.scale else ""
    suffix = "%?" if ty.unit.kind is UnitKind.PERCENT else ""
    number: dict[str, Json] = {"type": "number" if ty.scale else "integer"}
    number |= {"minimum": _number(ty.lo, ty.scale), "maximum": _number(ty.hi, ty.scale)}
    return {"anyOf": [number, {"type": "string", "pattern": f"^-?[0-9]+{decimals}{suffix}$"}]}


def _number(value: int, scale: int) -> int | float:
    whole, rest = divmod(value, 10**scale)
    return whole if not rest or abs(whole) >= _EXACT else float(show_scaled(value, scale))


def template_columns(program: Program, record: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns of a table of records, and the child lists that no table can hold.

    A record inside the record gives dotted columns (``contact.name``).
    """
    columns: list[str] = []
    lists: list[str] = []

    def add(decl: RecordDecl, prefix: str, inside: tuple[str, ...]) -> None:
        for field in decl.fields:
            ty = strip_opt(field.ty)
            if isinstance(ty, ListTy):
                lists.append(prefix + field.name)
            elif not isinstance(ty, RecordTy):
                columns.append(prefix + field.name)
            elif ty.name not in inside:
                add(program.records[ty.name], f"{prefix}{field.name}.", (*inside, ty.name))

    add(program.records[record], "", (record,))
    return tuple(columns), tuple(lists)
