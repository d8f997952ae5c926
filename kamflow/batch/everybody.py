"""Populations: everybody must stand in the tables before anybody is decided.

Records that columns declined are read by intake; those that are valid after all join the typed tables, so
that they count, and are decided with the others. What intake finds wrong with the rest is handed back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch.load import Loaded
from kamflow.batch.open_file import FileInput
from kamflow.batch.recognise import SQL_TYPES
from kamflow.core.columns import ROOT, ColumnTable, Layout
from kamflow.core.program import Program
from kamflow.intake.read_record import ReadRecord, RecordReader
from kamflow.portfolio import BadRecord, Item
from kamflow.values.data import TypedRecord, Value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH = 1_000
Pick: TypeAlias = "Callable[[Sequence[int], int], Iterator[tuple[int, Item]]]"
"""From rows, ascending, and the count of all records to those records as the single path reads them."""
INSERTED = -1
"""The mask of a record that intake read: what was absent is kept with the record, not in the mask."""


@dataclass(slots=True)
class Retyped:
    """What intake made of declined records: ``read`` by row; the findings of those it can't read."""

    read: dict[int, ReadRecord] = field(default_factory=dict)
    lost: int = 0
    findings: list[Diagnostic] = field(default_factory=list)


def retype(
    connection: DuckDBPyConnection, program: Program, loaded: Loaded, pick: Pick, prefix: str
) -> Retyped:
    """Put what intake can read of the declined records into the typed tables."""
    made = Retyped()
    reader = RecordReader(program.records[loaded.layout.record], program)
    waiting: list[tuple[int, TypedRecord]] = []
    if loaded.declined:  # the parts that columns did read must not count besides those that intake reads
        for table in loaded.layout.tables[1:]:
            holders = f"SELECT row FROM {loaded.tables[table.parent]}"
            connection.execute(f"DELETE FROM {prefix}{table.name[1:]} WHERE parent NOT IN ({holders})")
    insert = _Insert(connection, loaded.layout, prefix)
    for row, item in pick(loaded.declined, loaded.count):
        if isinstance(item, BadRecord):
            made.lost += 1
            made.findings.append(item.finding)
            continue
        read = reader.read(item.raw, item.place, blank_is_missing=item.blank_is_missing, locate=item.locate)
        if not isinstance(read, ReadRecord):
            made.lost += 1
            made.findings += read.findings
            continue
        made.read[row] = read
        waiting.append((row, read.record))
        if len(waiting) >= _BATCH:
            insert.records(waiting)
            waiting.clear()
    insert.records(waiting)
    return made


class _Insert:
    """Adds typed records to the tables of a load, with row numbers of their own for the lines of lists."""

    def __init__(self, connection: DuckDBPyConnection, layout: Layout, prefix: str) -> None:
        self._db = connection
        self._layout = layout
        self._prefix = prefix
        self._next = {t.name: self._after(t) for t in layout.tables if t.name != ROOT}

    def _after(self, table: ColumnTable) -> int:
        row = self._db.execute(f"SELECT COALESCE(max(row), -1) + 1 FROM {self._named(table.name)}").fetchone()
        assert row is not None
        return int(row[0])

    def _named(self, table: str) -> str:
        return f"{self._prefix}{table[1:]}"

    def records(self, records: Sequence[tuple[int, TypedRecord]]) -> None:
        lines: dict[str, list[list[Value]]] = {t.name: [] for t in self._layout.tables}
        for row, record in records:
            self._spread(self._layout.tables[0], record, row, None, lines)
        for table in self._layout.tables:
            self._send(table, lines[table.name])

    def _spread(
        self,
        table: ColumnTable,
        item: Value,
        row: int,
        parent: int | None,
        lines: dict[str, list[list[Value]]],
    ) -> None:
        head: list[Value] = [row] if parent is None else [row, parent]
        line = [*head, *(_at(item, c.path, presence=c.is_presence) for c in table.columns)]
        lines[table.name].append(line)
        for child in self._layout.tables:
            if child.parent == table.name and child.name != ROOT:
                found = _at(item, child.path, presence=False)
                for inner in found if isinstance(found, tuple) else ():
                    number = self._next[child.name]
                    self._next[child.name] += 1
                    self._spread(child, inner, number, row, lines)

    def _send(self, table: ColumnTable, lines: list[list[Value]]) -> None:
        if not lines:
            return
        root = table.name == ROOT
        names = ["row", *([] if root else ["parent"]), *(c.name for c in table.columns), "good"]
        types = ["BIGINT"] * (1 if root else 2) + [SQL_TYPES[c.physical] for c in table.columns]
        cells = [f"CAST(unnest(CAST(? AS VARCHAR[])) AS {t})" for t in types] + ["true"]
        if root:
            names.append("absent")
            cells.append(str(INSERTED))
        columns = [[None if v is None else _text(v) for v in column] for column in zip(*lines, strict=True)]
        self._db.execute(
            f"INSERT INTO {self._named(table.name)} ({', '.join(names)}) SELECT {', '.join(cells)}", columns
        )


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    assert isinstance(value, int | str)
    return str(value)


def _at(item: Value, path: tuple[str, ...], *, presence: bool) -> Value:
    for name in path:
        if item is None:
            break
        assert isinstance(item, TypedRecord)
        item = item.fields[name]
    return item is not None if presence else item


@dataclass(slots=True)
class Members:
    """Everybody to compare with, in the tables; ``tables``: those that the engine reads."""

    tables: dict[str, str]
    count: int
    lost: int
    findings: list[Diagnostic]


def add_members(
    connection: DuckDBPyConnection, program: Program, loaded: Loaded, path: Path, id_name: str
) -> Members | None:
    """Read everybody from a file of its own and put them beside the records; None: not one for columns."""
    source = FileInput(str(path))
    found = source.load(connection, program, loaded.layout.record, id_name, "p")
    if found is None:
        return None
    retyped = retype(connection, program, found, source.pick, "p")
    tables: dict[str, str] = {}
    above = {t.name: _count_above(connection, loaded.tables[t.name]) for t in loaded.layout.tables}
    for table in loaded.layout.tables:
        mine, theirs, name = loaded.tables[table.name], found.tables[table.name], f"m{table.name[1:]}"
        columns = ", ".join(c.name for c in table.columns)
        columns = f", {columns}" if columns else ""
        if table.name == ROOT:
            head, moved = "row", f"row + {above[ROOT]}"
            flags = (", false AS member", ", true AS member")
        else:
            head, moved = "row, parent", f"row + {above[table.name]}, parent + {above[table.parent]}"
            flags = ("", "")
        connection.execute(
            f"CREATE TABLE {name} AS SELECT {head}{columns}{flags[0]} FROM {mine}"
            f" UNION ALL SELECT {moved}{columns}{flags[1]} FROM {theirs}"
        )
        tables[table.name] = name
    return Members(tables, found.count, retyped.lost, retyped.findings)


def _count_above(connection: DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT COALESCE(max(row), -1) + 1 FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
