"""Child lists from files of their own: `--child lines=sales.parquet`, joined by the record's identifier.

What comes of it is what a file with the lists inside would hold: every record has its lines in the order of
their file, so the single path and the columns read the same thing. Without a file of records the different
identifiers of the first child's lines are the records, in the order in which they occur first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.batch import errors
from kamflow.batch.families import Family, family_of, literal, name
from kamflow.batch.load import LINES, Loaded, Source, load, number_lines
from kamflow.batch.open_file import open_source
from kamflow.batch.open_lines import csv_relation
from kamflow.batch.open_parquet import id_text
from kamflow.batch.reading import RawValue
from kamflow.core.program import Program, RecordDecl
from kamflow.core.ty import ListTy, RecordTy, TextTy, strip_opt
from kamflow.portfolio import BadRecord, Item, RawRecord, format_of, open_records, pick_records

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DAY = "day of "
_FETCH = 2_000
_KEYS = "SELECT key FROM joined WHERE key IS NOT NULL"


@frozen
class ChildFile:
    """``columns``: field of a line → column of the file, or ``day of COLUMN``; empty: by name."""

    field: str
    path: str
    key: str | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Strays:
    """Lines of a child's file without a record: ``count`` of ``lines``; ``where`` selects them."""

    child: ChildFile
    key: str
    lines: int
    count: int


class CannotJoinError(Exception):
    """Carries a finding up to whoever asked for the join."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(slots=True)
class JoinedInput:
    """A file of records (None: made of the lines) and child files; use it with one connection."""

    records: str | None
    children: tuple[ChildFile, ...]
    strays: list[Strays] = field(default_factory=list)
    _db: DuckDBPyConnection | None = None
    _id: str = ""
    _joined: bool = False

    @property
    def name(self) -> str:
        return self.records or self.children[0].path

    @property
    def paths(self) -> tuple[Path, ...]:
        found = [Path(c.path) for c in self.children]
        return tuple(p.resolve() for p in ([Path(self.records)] if self.records else []) + found)

    # ---- in columns

    def load(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str, prefix: str = "k"
    ) -> Loaded | None:
        """Read records with their lists into typed tables; raises ``CannotJoinError``."""
        source = self.join(connection, program, record, id_name)
        return None if source is None else load(connection, program, record, source, prefix)

    def join(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str
    ) -> Source | None:
        """Make the table ``joined``; None where the file of records is not one for columns."""
        self._db, self._id = connection, id_name
        decl = program.records[record]
        for i, child in enumerate(self.children):
            self._lists(connection, program, decl, i, child)
        if self.records is None:
            source = self._from_lines(connection, decl)
        else:
            found = open_source(connection, Path(self.records).resolve(), decl, id_name)
            if found is None:
                return None
            source = self._beside(connection, found)
        self._count_strays(connection)
        self._joined = True
        return source

    def _lists(
        self, connection: DuckDBPyConnection, program: Program, decl: RecordDecl, i: int, child: ChildFile
    ) -> None:
        """Make ``lines_i`` (key, n, item) and ``lists_i`` (key, items)."""
        import duckdb

        item = _item_of(program, decl, child)
        try:
            relation = _relation(child)
            types = {
                str(r[0]): str(r[1])
                for r in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
            }
        except duckdb.Error as fault:
            raise CannotJoinError(errors.child_unreadable(child.path, str(fault).splitlines()[0])) from fault
        types.pop("file_row_number", None)
        key = _key_of(child, decl, self._id, types)
        parts = []
        for f, sql in _columns_of(child, item, key, types):
            parts.append(f"{name(f)} := {sql}")
        made = f"struct_pack({', '.join(parts)})"
        n = "file_row_number"
        try:
            connection.execute(
                f"CREATE TABLE lines_{i} AS SELECT CAST({name(key)} AS VARCHAR) AS key, {n} AS n,"
                f" {made} AS item"
                f" FROM {relation}"
            )
            connection.execute(
                f"CREATE TABLE lists_{i} AS SELECT key, list(item ORDER BY n) AS items, min(n) AS first"
                f" FROM lines_{i}"
                " WHERE key IS NOT NULL GROUP BY key"
            )
        except duckdb.Error as fault:
            raise CannotJoinError(errors.child_unreadable(child.path, str(fault).splitlines()[0])) from fault

    def _from_lines(self, connection: DuckDBPyConnection, decl: RecordDecl) -> Source:
        more = [f"COALESCE(l{i}.items, []) AS list_{i}" for i in range(1, len(self.children))]
        joins = "".join(
            f" LEFT JOIN lists_{i} AS l{i} ON l{i}.key = l0.key" for i in range(1, len(self.children))
        )
        columns = ", ".join(["l0.items AS list_0", *more])
        connection.execute(
            f"CREATE TABLE joined AS SELECT row_number() OVER (ORDER BY l0.first) - 1 AS row, l0.key AS key,"
            f" {columns} FROM lists_0 AS l0{joins} ORDER BY l0.first"
        )
        families = self._families(connection)
        id_ty = next((f.ty for f in decl.fields if f.name == self._id), None)
        is_text = id_ty is not None and isinstance(strip_opt(id_ty), TextTy)
        families[self._id] = ("key", family_of("VARCHAR"))

        def get(field_name: str) -> RawValue | None:
            found = families.get(field_name)
            return None if found is None else RawValue(*found)

        del is_text
        return Source("joined", get, id_text("key"))

    def _beside(self, connection: DuckDBPyConnection, found: Source) -> Source:
        key = f"trim({found.record_id}, '\"')"
        columns = ", ".join(f"COALESCE(l{i}.items, []) AS list_{i}" for i in range(len(self.children)))
        joins = "".join(
            f" LEFT JOIN lists_{i} AS l{i} ON l{i}.key = s.key" for i in range(len(self.children))
        )
        number_lines(connection, found)
        connection.execute(
            f"CREATE TABLE joined AS SELECT s.*, {columns}"
            f" FROM (SELECT *, {key} AS key FROM {found.src}) AS s{joins}"
            " ORDER BY s.row"
        )
        if found.lines:
            connection.execute(f"DROP TABLE {LINES}")
        self._no_twins(connection)
        families = self._families(connection)

        def get(field_name: str) -> RawValue | None:
            inner = families.get(field_name)
            return found.scope(field_name) if inner is None else RawValue(*inner)

        return replace(found, src="joined", scope=get, lines="")

    def _no_twins(self, connection: DuckDBPyConnection) -> None:
        twins = connection.execute(
            "SELECT key, count(*) FROM joined WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1"
            " ORDER BY min(row)"
        ).fetchall()
        if twins:
            assert self.records is not None
            raise CannotJoinError(errors.ids_twice(self.records, self._id, [str(k) for k, _ in twins]))

    def _families(self, connection: DuckDBPyConnection) -> dict[str, tuple[str, Family]]:
        types = {str(r[0]): str(r[1]) for r in connection.execute("DESCRIBE joined").fetchall()}
        return {
            child.field: (f"list_{i}", family_of(types[f"list_{i}"])) for i, child in enumerate(self.children)
        }

    # ---- who has no record

    def _count_strays(self, connection: DuckDBPyConnection) -> None:
        self.strays.clear()
        for i, child in enumerate(self.children):
            found = connection.execute(
                f"SELECT count(*), count(*) FILTER (key IS NULL OR key NOT IN ({_KEYS})) FROM lines_{i}"
            ).fetchone()
            assert found is not None
            self.strays.append(Strays(child, child.key or self._id, int(found[0]), int(found[1])))

    def stray_lines(self, most: int | None) -> Iterator[tuple[ChildFile, int, str | None, dict[str, object]]]:
        """Yield the lines of no record: file, number, key and fields; at most ``most`` of each file."""
        limit = "" if most is None else f" LIMIT {most}"
        assert self._db is not None
        for i, child in enumerate(self.children):
            found = self._db.cursor().execute(
                f"SELECT n, key, item FROM lines_{i} WHERE key IS NULL OR key NOT IN"
                f" ({_KEYS}) ORDER BY n{limit}"
            )
            while batch := found.fetchmany(_FETCH):
                for n, key, item in batch:
                    yield child, n, key, item

    # ---- one by one

    def pick(self, wanted: Sequence[int], count: int) -> Iterator[tuple[int, Item]]:
        """Yield some records as the single path reads them, ascending."""
        if self.records is None:
            yield from self._made(wanted)
            return
        for row, item in pick_records(self.records, wanted, count):
            yield row, self._with_lists(item)

    def items(self) -> Iterator[Item]:
        """Yield all records as the single path reads them."""
        if self.records is None:
            yield from (item for _, item in self._made(None))
        else:
            yield from map(self._with_lists, open_records(self.records))

    def _made(self, wanted: Sequence[int] | None) -> Iterator[tuple[int, Item]]:
        assert self._db is not None
        lists = ", ".join(f"list_{i}" for i in range(len(self.children)))
        where = "" if wanted is None else " WHERE row IN (SELECT unnest(CAST(? AS BIGINT[])))"
        found = self._db.cursor().execute(
            f"SELECT row, key, {lists} FROM joined{where} ORDER BY row",
            [] if wanted is None else [list(wanted)],
        )
        while batch := found.fetchmany(_FETCH):
            for row, key, *items in batch:
                raw: dict[str, object] = {self._id: key}
                raw |= {c.field: v for c, v in zip(self.children, items, strict=True)}
                yield row, RawRecord(raw, DataPlace(self.name, f"[{key}]", 0, row))

    def _with_lists(self, item: Item) -> Item:
        if isinstance(item, BadRecord):
            return item
        assert self._db is not None
        key = item.raw.get(self._id)
        raw = dict(item.raw)
        for i, child in enumerate(self.children):
            found = self._db.execute(f"SELECT items FROM lists_{i} WHERE key = ?", [str(key)]).fetchone()
            raw[child.field] = [] if found is None or key is None else found[0]
        return replace(item, raw=raw)


def _item_of(program: Program, decl: RecordDecl, child: ChildFile) -> RecordDecl:
    found = decl.field(child.field)
    ty = None if found is None else strip_opt(found.ty)
    if isinstance(ty, ListTy) and isinstance(strip_opt(ty.item), RecordTy):
        item = strip_opt(ty.item)
        assert isinstance(item, RecordTy)
        return program.records[item.name]
    lists = [f.name for f in decl.fields if isinstance(strip_opt(f.ty), ListTy)]
    raise CannotJoinError(errors.no_such_list(child.field, decl.name, lists))


def _relation(child: ChildFile) -> str:
    path = Path(child.path).resolve()
    format_ = format_of(child.path)
    if format_ == "parquet":
        return f"read_parquet({literal(str(path))}, file_row_number = true)"
    made = csv_relation(path) if format_ == "csv" else None
    if made is None:
        raise CannotJoinError(errors.child_unreadable(child.path, ""))
    return made


def _key_of(child: ChildFile, decl: RecordDecl, id_name: str, types: dict[str, str]) -> str:
    for key in [child.key] if child.key else [f"{decl.name}_{id_name}", id_name]:
        if key in types:
            return key
    wanted = child.key or f"{decl.name}_{id_name}"
    raise CannotJoinError(
        errors.no_such_column(child.path, wanted, list(types), suggest(wanted, list(types)))
    )


def _columns_of(
    child: ChildFile, item: RecordDecl, key: str, types: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield field and SQL; without a map every column but the key is a field of the same name."""
    if not child.columns:
        fields = {f.name for f in item.fields}
        for column in types:
            if column in fields:
                yield column, name(column)
            elif column != key:
                raise CannotJoinError(errors.column_of_no_field(child.path, column, item.name))
        return
    for field_name, column in child.columns:
        if item.field(field_name) is None:
            raise CannotJoinError(errors.column_of_no_field(child.path, field_name, item.name))
        is_day = column.startswith(_DAY)
        source = column.removeprefix(_DAY).strip() if is_day else column
        if source not in types:
            raise CannotJoinError(
                errors.no_such_column(child.path, source, list(types), suggest(source, list(types)))
            )
        yield field_name, f"CAST({name(source)} AS DATE)" if is_day else name(source)
