"""A source of raw fields → typed tables in DuckDB, and the rows that were not recognised.

``src`` is anything that can be selected from, with a column ``row`` (0-based, in the file's order) and the
raw fields that the scope reaches. What is not recognised stays out of the typed tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kamflow.batch.families import Fragment, Items, Struct, family_of, literal
from kamflow.batch.reading import (
    ListColumn,
    RawValue,
    Reader,
    Scope,
    TableReading,
    fragment_scope,
    object_test,
    struct_scope,
)
from kamflow.core.columns import ROOT, ColumnTable, Layout, layout_of
from kamflow.core.program import Program
from kamflow.core.ty import RecordTy

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(slots=True)
class Source:
    """Where raw fields come from. ``known``: a test that a record has no other fields, never NULL.

    ``lines``: a relation of lines, which are numbered into the table ``LINES`` before ``src`` reads that;
    those of a ``piece`` are so few that numbering and reading is one statement.
    ``record_id``: SQL of the record's identifier as JSON text, from the raw value.
    """

    src: str
    scope: Scope
    record_id: str
    known: str = "true"
    cells: bool = False
    lines: str = ""
    piece: bool = False


LINES = "opened_lines"


def numbered(src: str, lines: str) -> str:
    """Let ``src`` read lines, numbered in their order, in the same statement."""
    return src.replace(LINES, f"(SELECT row_number() OVER () - 1 AS row, line FROM {lines})")


def number_lines(connection: DuckDBPyConnection, source: Source) -> None:
    """Number a file's lines in their order: only one thread can, so it does nothing else."""
    if source.lines:
        connection.execute(
            f"CREATE OR REPLACE TABLE {LINES} AS SELECT row_number() OVER () - 1 AS row, line"
            f" FROM {source.lines}"
        )


@dataclass(slots=True)
class Loaded:
    """``tables``: what the tables of the layout are called. ``k0`` has besides its columns ``absent``
    (a mask of the fields that may be absent) and ``id`` (JSON text)."""

    layout: Layout
    tables: dict[str, str]
    count: int
    declined: list[int] = field(default_factory=list)


def load(
    connection: DuckDBPyConnection, program: Program, record: str, source: Source, prefix: str = "k", *,
    loose_parts: bool = False,
) -> Loaded:  # fmt: skip
    """Read a source into typed tables, which are called ``k0`` … ``loose_parts``: see ``Reader``."""
    layout = layout_of(program, record)
    loader = _Loader(connection, program, layout, prefix, loose_parts=loose_parts)
    return loader.run(source)


def put_in_order(connection: DuckDBPyConnection, name: str) -> None:
    """Sort what several threads left in another order."""
    found = connection.execute(f"SELECT 1 FROM {name} WHERE row <> rowid LIMIT 1").fetchone()
    if found is not None:
        connection.execute(f"ALTER TABLE {name} RENAME TO {name}_mixed")
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_mixed ORDER BY row")
        connection.execute(f"DROP TABLE {name}_mixed")


class _Loader:
    def __init__(
        self, connection: DuckDBPyConnection, program: Program, layout: Layout, prefix: str, *,
        loose_parts: bool,
    ) -> None:  # fmt: skip
        self._db = connection
        self._program = program
        self._layout = layout
        self._reader = Reader(program, loose_parts=loose_parts)
        self._prefix = prefix

    def run(self, source: Source) -> Loaded:
        root = self._layout.table(ROOT)
        reading = self._reader.read_table(root, source.scope, cells=source.cells)
        lists = self._open_tests(reading)
        kept = [f"{raw.sql} AS l{i}" for i, (_, raw) in enumerate(lists)]
        src = numbered(source.src, source.lines) if source.piece else source.src
        if not source.piece:
            number_lines(self._db, source)
        self._db.execute(
            f"CREATE TABLE {self._named(ROOT)} AS SELECT {', '.join(['row', *reading.named, *kept])},"
            f" ({reading.test}) AND ({source.known}) AS good, {reading.mask()} AS absent,"
            f" {source.record_id} AS id FROM {reading.over(src)}"
        )
        if source.lines and not source.piece:
            self._db.execute(f"DROP TABLE {LINES}")
        put_in_order(self._db, self._named(ROOT))
        self._open_lists(self._named(ROOT), ROOT, lists)
        return self._finish()

    def _open_tests(self, reading: TableReading) -> list[tuple[ListColumn, RawValue]]:
        """Add what must hold of child lists; return them with their raw values as lists."""
        out: list[tuple[ListColumn, RawValue]] = []
        for found in reading.lists:
            raw = found.raw
            match raw.family:
                case Fragment():
                    is_list = f"starts_with({raw.sql}, '[')"
                    opened = RawValue(f"from_json({raw.sql}, '[\"JSON\"]')", Items("JSON"))
                    reading.good.append(f"{raw.sql} IS NULL OR {is_list}")
                case Items():
                    opened = raw
                case _:
                    opened = RawValue("NULL", Items("INTEGER"))
                    reading.good.append(f"{raw.sql} IS NULL")
            reading.good.append(f"{raw.sql} IS NULL OR COALESCE(len({opened.sql}), 0) <= {found.max_items}")
            out.append((found, opened))
        return out

    def _open_lists(self, holder: str, parent: str, lists: list[tuple[ListColumn, RawValue]]) -> None:
        for i, (found, opened) in enumerate(lists):
            table = self._layout.list_table(parent, found.path)
            assert table is not None
            self._open_list(holder, f"l{i}", table, opened)
            self._db.execute(f"ALTER TABLE {holder} DROP COLUMN l{i}")

    def _open_list(self, holder: str, column: str, table: ColumnTable, opened: RawValue) -> None:
        assert isinstance(opened.family, Items)
        name = self._named(table.name)
        item_type = opened.family.item
        family = Fragment() if item_type == "JSON" else family_of(item_type)
        item = RawValue("CAST(item AS VARCHAR)" if item_type == "JSON" else "item", family)
        reading = self._item(table, item)
        lists = self._open_tests(reading)
        kept = [f"{raw.sql} AS l{i}" for i, (_, raw) in enumerate(lists)]
        inner = f"SELECT row AS parent, unnest({column}) AS item FROM {holder} WHERE {column} IS NOT NULL"
        self._db.execute(
            f"CREATE TABLE {name} AS SELECT row_number() OVER () - 1 AS row, parent,"
            f" {', '.join([*reading.named, *kept, ''])}item IS NOT NULL AND ({reading.test}) AS good"
            f" FROM {reading.over(f'({inner})')}"
        )
        self._open_lists(name, table.name, lists)

    def _item(self, table: ColumnTable, item: RawValue) -> TableReading:
        if not isinstance(table.item, RecordTy):
            return self._reader.read_plain(table, item)
        decl = self._program.records[table.item.name]
        match item.family:
            case Struct() as family:
                reading = self._reader.read_table(table, struct_scope(item, family))
                if {n for n, _ in family.fields} - {f.name for f in decl.fields}:
                    reading.good.append("false")
            case Fragment():
                reading = self._reader.read_table(
                    table, fragment_scope(item.sql, tuple(f.name for f in decl.fields))
                )
                reading.good.append(object_test(item.sql, decl))
            case _:
                reading = self._reader.read_table(table, lambda _name: None)
                reading.good.append("false")
        if not self._reader.loose_parts:  # what is absent inside a part is said with its path: by intake
            reading.good += [f"NOT ({a})" for a in reading.absent]
        return reading

    def _named(self, table: str) -> str:
        return f"{self._prefix}{table[1:]}"

    def _finish(self) -> Loaded:
        """Leave out whole records where a part was not recognised."""
        tables = self._layout.tables
        for table in reversed(tables[1:]):  # parts come after what they are part of
            holder, name = self._named(table.parent), self._named(table.name)
            if self._has_bad(name):
                self._db.execute(
                    f"UPDATE {holder} SET good = false WHERE good AND row IN"
                    f" (SELECT parent FROM {name} WHERE NOT good)"
                )
        count, lost = self._counted()
        declined: list[int] = []
        if lost:
            root = self._named(ROOT)
            found = self._db.execute(f"SELECT row FROM {root} WHERE NOT good ORDER BY row").fetchall()
            declined = [row for (row,) in found]
        return leave_out(self._db, self._layout, self._prefix, count, declined)

    def _has_bad(self, table: str) -> bool:
        row = self._db.execute(f"SELECT 1 FROM {table} WHERE NOT good LIMIT 1").fetchone()
        return row is not None

    def _counted(self) -> tuple[int, int]:
        row = self._db.execute(
            f"SELECT count(*), count(*) FILTER (NOT good) FROM {self._named(ROOT)}"
        ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def leave_out(
    connection: DuckDBPyConnection, layout: Layout, prefix: str, count: int, declined: list[int]
) -> Loaded:
    """Return the tables of ``prefix``; by views without the records that were declined, if there are any."""
    names = {t.name: f"{prefix}{t.name[1:]}" for t in layout.tables}
    if declined:
        for table in layout.tables:
            keep = "good" if table.name == ROOT else f"parent IN (SELECT row FROM {names[table.parent]}w)"
            name = names[table.name]
            connection.execute(f"CREATE VIEW {name}w AS SELECT * FROM {name} WHERE {keep}")
        names = {t: f"{n}w" for t, n in names.items()}
    return Loaded(layout, names, count, declined)


def forget(connection: DuckDBPyConnection, prefix: str) -> None:
    """Drop all tables and views of a prefix."""
    for kind, found in (
        ("VIEW", "duckdb_views() WHERE NOT internal"),
        ("TABLE", "duckdb_tables() WHERE true"),
    ):
        named = f"starts_with({kind.lower()}_name, {literal(prefix)})"
        names = connection.execute(f"SELECT {kind.lower()}_name FROM {found} AND {named}").fetchall()
        for (one,) in names:
            connection.execute(f"DROP {kind} {one}")
