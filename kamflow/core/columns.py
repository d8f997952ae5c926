"""How records lie in columns: what an engine over columns reads, and what it leaves.

A layout has a table for the records and one for each child list, with a column for each plain field,
also of records within the record. Names of tables and columns are ours (``t0``, ``c3``), never the user's.

Every table has a column ``row``, its own number; a list's table also has ``parent``, the ``row`` of the
record or item that it belongs to. Values stand as everywhere (``values/data.py``): scaled integers, day
numbers, positions of members, yes/no, text; missing is NULL. A column whose type is an optional record or
an optional list holds *is present*, and is never NULL.

**In:** only records that were read and found valid, by the rules of ``intake``.
**Out:** a column ``row``; ``ok`` (yes/no); ``v0`` … the plan's outputs; ``r0`` … the row that answered, for
each definition of kind ``ROWS`` in the plan's order; ``o0`` … the rules that apply, for each definition
whose body is an ``Override``. A row is its 0-based index, a set of rows or rules a bit mask (bit ``i``
for index ``i``), so that such a set has at most ``MAX_SET`` members: larger ones are refused by name.

``ok`` is no for a record that has no answer, and may be no for one that the engine does not want to
judge; what else stands in that line means nothing. Whoever asked decides that record alone, by the
interpreter or the Python engine: an engine over columns may only decline.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from kamflow.base.frozen import frozen
from kamflow.core.program import Program, RecordDecl
from kamflow.core.ty import INT64, BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, TextTy, Ty, strip_opt

ROOT = "t0"
MAX_SET = 62


class Physical(StrEnum):
    """What a column holds. ``INT8`` … ``INT128`` are the narrowest that the type's range fits."""

    BOOL = "bool"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    INT128 = "int128"
    TEXT = "text"


_WIDTHS = (
    (2**7 - 1, Physical.INT8),
    (2**15 - 1, Physical.INT16),
    (2**31 - 1, Physical.INT32),
    (INT64, Physical.INT64),
)


@frozen
class Column:
    """``path``: names of fields from the table's record on; empty for the values of a plain list."""

    name: str
    path: tuple[str, ...]
    ty: Ty

    @property
    def physical(self) -> Physical:
        return physical_of(self.ty)

    @property
    def nullable(self) -> bool:
        """Say whether NULL may stand in it: an optional field, or a field of an optional record."""
        return isinstance(self.ty, OptTy) and not self.is_presence

    @property
    def is_presence(self) -> bool:
        return isinstance(strip_opt(self.ty), RecordTy | ListTy)


@frozen
class ColumnTable:
    """``path``: fields from the parent table's record to the list; empty for the records themselves.

    ``item`` is the type of one line: a record, or the plain value of a list of such.
    """

    name: str
    parent: str
    path: tuple[str, ...]
    item: Ty
    columns: tuple[Column, ...]

    def column(self, path: tuple[str, ...]) -> Column | None:
        return next((c for c in self.columns if c.path == path), None)


@frozen
class Layout:
    """``tables``: the records first, each list after what it is part of."""

    record: str
    tables: tuple[ColumnTable, ...]

    def table(self, name: str) -> ColumnTable:
        return next(t for t in self.tables if t.name == name)

    def list_table(self, parent: str, path: tuple[str, ...]) -> ColumnTable | None:
        return next(
            (t for t in self.tables if t.parent == parent and t.path == path and t.name != ROOT), None
        )


def physical_of(ty: Ty) -> Physical:
    """Return what holds the values of a type; of an optional record or list: whether it is present."""
    match strip_opt(ty):
        case BoolTy() | RecordTy() | ListTy():
            return Physical.BOOL
        case TextTy():
            return Physical.TEXT
        case ScaledTy(_, _, lo, hi):
            return _narrowest(lo, hi)
        case EnumTy(_, members, _):
            return _narrowest(0, len(members) - 1)
        case _:
            raise ValueError(f"{ty} is not one column")


def _narrowest(lo: int, hi: int) -> Physical:
    most = max(hi, -lo - 1)
    return next((width for bound, width in _WIDTHS if most <= bound), Physical.INT128)


def layout_of(program: Program, record: str) -> Layout:
    """Lay out a kind of record with all its fields, records within it and child lists."""
    tables: list[ColumnTable] = []
    todo: list[tuple[str, tuple[str, ...], Ty]] = [("", (), RecordTy(record))]
    while todo:
        parent, path, item = todo.pop(0)
        name = f"t{len(tables)}"
        columns: list[Column] = []
        found = _plain(program, item, (), optional=False)
        for at, ty in found:
            if isinstance(strip_opt(ty), ListTy):
                inner = strip_opt(ty)
                assert isinstance(inner, ListTy)
                todo.append((name, at, inner.item))
                if not isinstance(ty, OptTy):
                    continue
            columns.append(Column(f"c{len(columns)}", at, ty))
        tables.append(ColumnTable(name, parent, path, item, tuple(columns)))
    return Layout(record, tuple(tables))


def _plain(
    program: Program, ty: Ty, path: tuple[str, ...], *, optional: bool
) -> Iterator[tuple[tuple[str, ...], Ty]]:
    """Yield the columns of a value: itself, or those of its fields; optional ones as such."""
    inner = strip_opt(ty)
    optional = optional or (isinstance(ty, OptTy) and bool(path))
    if not isinstance(inner, RecordTy):
        yield path, OptTy(inner) if optional else inner
        return
    if isinstance(ty, OptTy) and path:
        yield path, ty
    decl: RecordDecl = program.records[inner.name]
    for f in decl.fields:
        yield from _plain(program, f.ty, (*path, f.name), optional=optional)
