"""One raw record (as JSON would give it) → a typed record, or every reason why it is none.

Assumes a checked program. Leaves: required fields all there, defaults filled in and listed, optional
fields without a value as ``None`` and listed, every amount exact and inside its range.

``null`` and absent are one state. ``""`` is a text; for other types it is missing when it comes from
a cell of a table (``blank_is_missing``), and a wrong value when it comes from JSON.
A bare number in a percent field counts percent points: ``12.5`` is 12.5 %, never 1250 %.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TypeAlias, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.intake import errors
from kamflow.intake.run import Locate, Run, beneath
from kamflow.intake.scalar_readers import (
    Read,
    amount_reader,
    bool_reader,
    date_reader,
    enum_reader,
    is_date,
    shown,
    text_reader,
)
from kamflow.intake.show_value import show_value
from kamflow.values.data import TypedRecord, Value
from kamflow.values.jsontext import show_text

_A_RECORD = Text("a record with named fields", "带字段名的记录")
_A_LIST = Text("a list", "列表")
_USE_JSON = Text(
    "Give lists and nested records as JSON, NDJSON or Parquet; a cell holds one value.",
    "列表和嵌套记录请用 JSON、NDJSON 或 Parquet；一个单元格只能放一个值。",
)
_MAX_WORD = 64


@frozen
class ReadRecord:
    """``assumed``: (path, default as shown); ``missing``: paths of optional fields without a value."""

    record: TypedRecord
    assumed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


@frozen
class Unreadable:
    findings: tuple[Diagnostic, ...]


@frozen
class _Field:
    name: str
    suffix: str
    read: Read
    decl: FieldDecl
    default_shown: str
    blank_is_missing: bool
    nested: bool


_Fields: TypeAlias = "dict[str, tuple[_Field, ...]]"


class RecordReader:
    """Reads records of one schema; made once, used for every record, by any number of threads."""

    def __init__(self, schema: RecordDecl, program: Program) -> None:
        self._schema = schema
        self._program = program
        self._fields: _Fields = {}
        self._read = self._record_reader(schema, "", masked=False)

    def read(
        self,
        raw: Mapping[str, object],
        place: DataPlace,
        *,
        ignore_unknown: bool = False,
        blank_is_missing: bool = False,
        locate: Locate | None = None,
    ) -> ReadRecord | Unreadable:
        """Return the typed record, or all its findings. ``locate`` places a field, e.g. in its cell."""
        run = Run(place, locate or beneath, from_cells=blank_is_missing, ignore_unknown=ignore_unknown)
        record = self._read(raw, run, "")
        if run.findings or not isinstance(record, TypedRecord):
            return Unreadable(run.all_findings())
        return ReadRecord(record, tuple(run.assumed), tuple(run.missing), tuple(run.notes))

    def _record_reader(self, decl: RecordDecl, suffix: str, *, masked: bool) -> Read:
        names = frozenset(f.name for f in decl.fields)
        # filled after this reader exists, so that a record may hold a list of its own kind
        if decl.name not in self._fields:
            self._fields[decl.name] = ()
            self._fields[decl.name] = tuple(self._field(f) for f in decl.fields)
        by_name = self._fields

        def read(value: object, run: Run, path: str) -> Value:
            if not isinstance(value, Mapping):
                hint = _USE_JSON if run.from_cells else None
                run.fault(errors.wrong_type(run.at(path + suffix), shown(value, masked), _A_RECORD, hint))
                return None
            here = path + suffix
            given = value if value.keys() <= names else _known_fields(value, decl, names, run, here)
            return TypedRecord(decl.name, _read_fields(given, by_name[decl.name], run, here))

        return read

    def _field(self, decl: FieldDecl) -> _Field:
        suffix = f".{decl.name}"
        inner = decl.ty.inner if isinstance(decl.ty, OptTy) else decl.ty
        read = self._reader(inner, suffix, decl)
        default = show_value(decl.default, decl.ty) if decl.has_default else ""
        text, nested = isinstance(inner, TextTy), isinstance(inner, RecordTy)
        return _Field(decl.name, suffix, read, decl, default, not text, nested)

    def _reader(self, ty: Ty, suffix: str, decl: FieldDecl) -> Read:
        masked = bool(decl.personal)
        match ty:
            case BoolTy():
                return bool_reader(suffix, masked=masked)
            case TextTy():
                return text_reader(suffix, masked=masked)
            case ScaledTy():
                make = date_reader if is_date(ty) else amount_reader
                return make(ty, suffix, masked=masked)
            case EnumTy(name, _, _):
                return enum_reader(self._program.enums[name], suffix, masked=masked)
            case RecordTy(name):
                return self._record_reader(self._program.records[name], suffix, masked=masked)
            case ListTy(item):
                return _list_reader(self._reader(item, "", decl), suffix, decl.max_items, masked=masked)
            case OptTy(inner):
                return self._reader(inner, suffix, decl)
            case StructTy():
                raise TypeError(f"field {decl.name} of type {ty}: only decisions have such values")
            case _:
                assert_never(ty)


def read_record(
    raw: Mapping[str, object],
    schema: RecordDecl,
    program: Program,
    place: DataPlace,
    *,
    ignore_unknown: bool = False,
    blank_is_missing: bool = False,
) -> ReadRecord | Unreadable:
    """Read one record; for many of one schema, make a ``RecordReader`` once."""
    reader = RecordReader(schema, program)
    return reader.read(raw, place, ignore_unknown=ignore_unknown, blank_is_missing=blank_is_missing)


def _read_fields(
    raw: Mapping[str, object], fields: tuple[_Field, ...], run: Run, path: str
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    get, from_cells = raw.get, run.from_cells
    for field in fields:
        value = get(field.name)
        if value is None or (from_cells and field.blank_is_missing and _is_blank(value, field)):
            values[field.name] = _without_value(field, run, path)
        else:
            values[field.name] = field.read(value, run, path)
    return values


def _without_value(field: _Field, run: Run, path: str) -> Value:
    decl = field.decl
    if decl.has_default:
        run.assumed.append(((path + field.suffix)[1:], field.default_shown))
        return decl.default
    if isinstance(decl.ty, OptTy):
        run.missing.append((path + field.suffix)[1:])
    elif path + field.suffix not in run.meant:
        run.fault(errors.missing_value(run.at(path + field.suffix), decl.name, decl.label))
    return None


def _is_blank(value: object, field: _Field) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    # a row of a table gives a nested record all its columns: without one value it is not there
    return field.nested and isinstance(value, Mapping) and _is_empty(value)


def _is_empty(value: Mapping[object, object]) -> bool:
    return all(
        v is None or (isinstance(v, str) and not v.strip()) or (isinstance(v, Mapping) and _is_empty(v))
        for v in value.values()
    )


def _list_reader(read_item: Read, suffix: str, max_items: int, *, masked: bool) -> Read:
    def read(value: object, run: Run, path: str) -> Value:
        if not isinstance(value, list | tuple):
            hint = _USE_JSON if run.from_cells else None
            run.fault(errors.wrong_type(run.at(path + suffix), shown(value, masked), _A_LIST, hint))
            return None
        if len(value) > max_items:
            run.fault(errors.too_many_items(run.at(path + suffix), len(value), max_items))
            return None
        items: list[Value] = []
        for index, item in enumerate(value):
            here = f"{path}{suffix}[{index}]"
            if item is None:
                run.fault(errors.missing_item(run.at(here)))
            else:
                items.append(read_item(item, run, here))
        return tuple(items)

    return read


def _known_fields(
    raw: Mapping[str, object], decl: RecordDecl, names: frozenset[str], run: Run, path: str
) -> Mapping[str, object]:
    """Return the fields that the schema knows, names in normal form; report the others."""
    known = {k: v for k, v in raw.items() if k in names}
    others = [k for k in raw if k not in names]
    for done, key in enumerate(others):
        if run.is_full and not run.open:
            run.count_more(len(others) - done)
            break
        name = str(key)
        normal = unicodedata.normalize("NFC", name) if len(name) <= _MAX_WORD else name
        if normal in names:
            if normal in known:
                run.fault(errors.field_twice(run.at(f"{path}.{normal}"), normal))
            known[normal] = raw[key]
            continue
        near = _meant_field(name.strip(), decl) if len(name) <= _MAX_WORD else None
        at = run.at(f"{path}.{show_text(name)}")
        if run.open:
            run.note(errors.ignored_field(at, show_text(name), decl.shown, near))
        else:
            run.fault(errors.unknown_field(at, show_text(name), decl.shown, near))
            if near is not None:  # that its value is missing would be the same mistake again
                run.meant.add(f"{path}.{near}")
    return known


def _meant_field(name: str, decl: RecordDecl) -> str | None:
    """Return the field that has this label, or the one whose name is nearest."""
    labelled = (f.name for f in decl.fields if f.label and name in {f.label.en, f.label.zh})
    return next(labelled, None) or suggest(name, [f.name for f in decl.fields])
