"""The fields of a record, wherever they stand in a file → the columns of ``core/columns.py`` as SQL.

A ``Scope`` says how a field's raw value is reached. ``read_table`` gives, for one table of a layout, the
typed columns, the test that every field was recognised or rightly absent, and what was absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.base.frozen import frozen
from kamflow.batch.families import Family, Fragment, Items, Struct, Words, family_of, literal, name
from kamflow.batch.recognise import Asides, recognise, sql_literal
from kamflow.core.columns import ColumnTable
from kamflow.core.program import FieldDecl, Program, RecordDecl
from kamflow.core.ty import ListTy, OptTy, RecordTy, Ty, strip_opt


@frozen
class RawValue:
    """``sql`` is cheap to repeat; NULL where the field has no value."""

    sql: str
    family: Family


Scope: TypeAlias = "Callable[[str], RawValue | None]"
"""From a field's name to its raw value; None where the file has no such column."""


@frozen
class ListColumn:
    """A child list to be opened: ``path`` from the table's record on, and where its raw value is."""

    path: tuple[str, ...]
    raw: RawValue
    item: Ty
    max_items: int


@dataclass(slots=True)
class TableReading:
    """``columns``: name in the layout → SQL; ``good``: tests that must all hold, never NULL.

    Tests may name a column by ``typed``, so that its value is worked out once: they belong over ``over``.

    ``absent``: SQL tests of the record's own fields that may be absent, in their order.
    """

    columns: dict[str, str] = field(default_factory=dict)
    good: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    lists: list[ListColumn] = field(default_factory=list)
    asides: Asides = field(default_factory=Asides)

    @property
    def test(self) -> str:
        return " AND ".join(f"({g})" for g in dict.fromkeys(self.good)) or "true"

    def over(self, src: str) -> str:
        """Return the relation of the raw fields and, beside them, the typed values."""
        values = "".join(f", {sql} AS {typed(column)}" for column, sql in self.columns.items())
        return f"(SELECT *{values} FROM {self.asides.over(src)})"

    @property
    def named(self) -> list[str]:
        """The typed columns by their own names, for a statement over ``over``."""
        return [f"{typed(column)} AS {column}" for column in self.columns]

    def mask(self) -> str:
        """Return the mask of absent fields: bit ``i`` for the ``i``-th that may be absent."""
        parts = [f"CASE WHEN {a} THEN {1 << i} ELSE 0 END" for i, a in enumerate(self.absent)]
        kind = "BIGINT" if len(parts) < 63 else "HUGEINT"
        return f"CAST({' + '.join(parts) or '0'} AS {kind})"


def typed(column: str) -> str:
    """Name a typed value beside the raw fields, as no field can be called."""
    return name(f"{column} typed")


MAX_LOOSE = 120
"""Fields that may be absent, of one record: a mask of 128 bits holds them."""


def nothing(_name: str) -> RawValue | None:
    return None


def struct_scope(raw: RawValue, family: Struct) -> Scope:
    types = dict(family.fields)

    def get(field_name: str) -> RawValue | None:
        if field_name not in types:
            return None
        return RawValue(f"{raw.sql}.{name(field_name)}", family_of(types[field_name]))

    return get


def fragment_scope(sql: str, names: tuple[str, ...]) -> Scope:
    """Reach into a JSON object, given as text; every field as text again."""
    spec = literal("{" + ", ".join(f'{_json_text(n)}: "JSON"' for n in names) + "}")

    def get(field_name: str) -> RawValue | None:
        return RawValue(f"CAST(from_json({sql}, {spec}).{name(field_name)} AS VARCHAR)", Fragment())

    return get


def _json_text(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def known_keys(sql: str, names: tuple[str, ...]) -> str:
    """Test that an object has no fields but these, each once; never NULL."""
    known = ", ".join(literal(n) for n in names)
    keys = f"json_keys({sql})"
    return f"COALESCE(list_has_all([{known}], {keys}) AND len({keys}) = list_unique({keys}), false)"


def usually_written(scope: Scope, order: tuple[str, ...], seldom: frozenset[str]) -> str:
    """Return an object's text, spaced, where it has these keys, once, in this order, and no other.

    Only keys of ``seldom`` may be missing. Where another is, what comes of it is no JSON, and so equals no
    object's text.
    """
    parts: list[str] = []
    for key in order:
        found = scope(key)
        assert found is not None
        before = literal((", " if parts else "{") + _json_text(key) + ": ")
        missing = parts and key in seldom  # concat leaves out what is NULL
        parts.append(f"{before} || {found.sql}" if missing else f"{before}, {found.sql}")
    return f"concat({', '.join(parts)}, '}}')" if parts else "''"


def written_by_us(scope: Scope, order: tuple[str, ...], *, spaced: bool) -> str:
    """Return an object's text as it is where it has these keys, once, in this order, and no other.

    ``spaced``: with a space after each comma and colon, as far as values are no lists and objects.
    """
    colon, comma = (": ", ", ") if spaced else (":", ",")
    parts = []
    for key in order:
        found = scope(key)
        assert found is not None
        parts.append(f"{literal(_json_text(key) + colon)} || {found.sql}")
    return f"'{{' || concat_ws({literal(comma)}, {', '.join(parts)}) || '}}'"


class Reader:
    """Writes the SQL that reads one table of a layout.

    ``loose_parts``: what may be absent may be so in parts too; for who need not be told what was.
    """

    def __init__(self, program: Program, *, loose_parts: bool = False) -> None:
        self._program = program
        self.loose_parts = loose_parts

    def read_table(self, table: ColumnTable, scope: Scope, *, cells: bool = False) -> TableReading:
        """Read a table whose items are records."""
        made = TableReading()
        assert isinstance(table.item, RecordTy)
        names = {c.path: c.name for c in table.columns}
        self._record(made, names, self._program.records[table.item.name], scope, (), cells=cells, there=None)
        return made

    def read_plain(self, table: ColumnTable, raw: RawValue) -> TableReading:
        """Read a table whose items are plain values."""
        made = TableReading()
        value = recognise(raw.sql, raw.family, table.item, self._program, made.asides)
        made.columns[table.columns[0].name] = value
        made.good.append(f"{typed(table.columns[0].name)} IS NOT NULL")
        return made

    def _record(
        self, made: TableReading, names: Mapping[tuple[str, ...], str], decl: RecordDecl, scope: Scope,
        path: tuple[str, ...], *, cells: bool, there: str | None,
    ) -> None:  # fmt: skip
        """``there``: the test that the record that holds these fields has a value; None: it always has."""
        for f in decl.fields:
            self._field(made, names, f, scope(f.name), (*path, f.name), cells=cells, there=there)

    def _field(
        self, made: TableReading, names: Mapping[tuple[str, ...], str], f: FieldDecl, raw: RawValue | None,
        path: tuple[str, ...], *, cells: bool, there: str | None,
    ) -> None:  # fmt: skip
        given = "false" if raw is None else f"{raw.sql} IS NOT NULL"
        loose = f.has_default or isinstance(f.ty, OptTy)
        inner = strip_opt(f.ty)
        plain = not isinstance(inner, RecordTy | ListTy)
        if loose and len(path) == 1:
            made.absent.append(f"NOT ({given})")
        elif not plain and not (loose and self.loose_parts):
            # what is absent inside a part is said with its path: intake does that
            made.good.append(_when(there, given))
        match inner:
            case RecordTy(record):
                self._part(made, names, f, record, raw, path, given, cells=cells, there=there)
            case ListTy(item):
                if path in names:
                    made.columns[names[path]] = f"({given})"
                raw_list = raw or RawValue("NULL", Items("INTEGER"))
                made.lists.append(ListColumn(path, raw_list, item, f.max_items))
            case _:
                value = "NULL"
                if raw is not None:
                    value = recognise(raw.sql, raw.family, f.ty, self._program, made.asides)
                told = f"{typed(names[path])} IS NOT NULL"
                # what is not given has no value either
                here = loose and (len(path) == 1 or self.loose_parts)
                made.good.append(f"NOT ({given}) OR {told}" if here else _when(there, told))
                if f.has_default and (len(path) == 1 or self.loose_parts):
                    absent = "ELSE" if there is None else f"WHEN {there} THEN"
                    value = f"CASE WHEN {given} THEN {value} {absent} {sql_literal(f.default, f.ty)} END"
                elif value == "NULL" or raw is None:
                    value = sql_literal(None, f.ty)
                made.columns[names[path]] = value

    def _part(
        self, made: TableReading, names: Mapping[tuple[str, ...], str], f: FieldDecl, record: str,
        raw: RawValue | None, path: tuple[str, ...], given: str, *, cells: bool, there: str | None,
    ) -> None:  # fmt: skip
        """Read a record within the record."""
        decl = self._program.records[record]
        inner = given if there is None else f"({there}) AND ({given})"
        scope = nothing if raw is None else self._inside(made, raw, decl, given)
        if path in names:
            made.columns[names[path]] = f"({inner})"
        always = not isinstance(f.ty, OptTy) and there is None
        self._record(made, names, decl, scope, path, cells=cells, there=None if always else inner)

    def _inside(self, made: TableReading, raw: RawValue, decl: RecordDecl, given: str) -> Scope:
        match raw.family:
            case Struct() as family:
                if {n for n, _ in family.fields} - {f.name for f in decl.fields}:
                    made.good.append(f"NOT ({given})")  # a field that the record has not
                return struct_scope(raw, family)
            case Fragment():
                made.good.append(f"NOT ({given}) OR ({object_test(raw.sql, decl)})")
                return fragment_scope(raw.sql, tuple(f.name for f in decl.fields))
            case _:
                made.good.append(f"NOT ({given})")
                return nothing


def object_test(sql: str, decl: RecordDecl) -> str:
    """Test that a JSON text is an object with known keys, each once; never NULL."""
    return (
        f"COALESCE(starts_with({sql}, '{{'), false) AND {known_keys(sql, tuple(f.name for f in decl.fields))}"
    )


def _when(there: str | None, test: str) -> str:
    return test if there is None else f"NOT ({there}) OR ({test})"


def cell(sql: str, ty: Ty) -> RawValue:
    """Return a cell of a table of texts: empty is missing, but for a text, which may be empty."""
    from kamflow.core.ty import TextTy

    return RawValue(sql if isinstance(strip_opt(ty), TextTy) else f"NULLIF({sql}, '')", Words(cells=True))
