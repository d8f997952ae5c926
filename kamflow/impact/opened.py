"""A large file, read once into DuckDB: typed columns that any version's policies can be asked over.

Assumes: a file of a format for columns. Leaves: an ``Opened``. Reading needs no policy engine: it can
begin before one is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kamflow.batch.connect import connect
from kamflow.batch.everybody import INSERTED, Pick, retype
from kamflow.batch.open_file import load_file
from kamflow.core.columns import ROOT
from kamflow.core.program import Program
from kamflow.values.data import Value

if TYPE_CHECKING:
    from kamflow.batch.load import Loaded

_AS_READ = f"WHERE absent <> {INSERTED}"
"""One line for each record of the file; those that intake read stand in the table a second time."""


class Found(Protocol):
    """What a statement found."""

    @property
    def description(self) -> Sequence[tuple[object, ...]] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchnumpy(self) -> Mapping[str, Any]: ...


class Database(Protocol):
    """As much of DuckDB as is asked of it here."""

    def execute(self, query: str, /) -> Found: ...
    def cursor(self) -> Database: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A file in typed columns, as ``program`` reads it. Can be used until its stack is closed.

    ``lost``: the rows that are not in the tables. ``everybody``: these are rows that nobody can read, so that
    all who are anybody can be compared with.
    """

    program: Program
    record: str
    loaded: Loaded
    connection: Database
    lost: Sequence[int]
    everybody: bool

    @property
    def count(self) -> int:
        return self.loaded.count

    def fits(self, program: Program, record: str) -> bool:
        """Say whether another version reads every record as the same values."""
        same = self.program.records == program.records and self.program.enums == program.enums
        return same and record == self.record

    def ids(self) -> list[str | None]:
        """Return the records' identifiers; None where one is missing or its record was not recognised."""
        found = self.connection.execute(f"SELECT id FROM k0 {_AS_READ} ORDER BY row").fetchall()
        return [None if t is None else _id(t) for (t,) in found]

    def field(self, name: str) -> list[Value] | None:
        """Return one field of all records; None where it is not one column."""
        column = self.loaded.layout.table(ROOT).column((name,))
        if column is None:
            return None
        found = self.connection.execute(f"SELECT {column.name} FROM k0 {_AS_READ} ORDER BY row").fetchall()
        return [value for (value,) in found]


def open_columns(
    stack: ExitStack, path: Path, program: Program, record: str, id_name: str, pick: Pick | None = None
) -> Opened | None:
    """Read a file into columns; None where it is not one for columns.

    ``pick``: reads single records; given where everybody must be in the tables that can be read at all.
    """
    connection = stack.enter_context(connect((path.resolve(),)))
    loaded = load_file(connection, program, record, path, id_name)
    if loaded is None:
        return None
    lost = loaded.declined
    if pick is not None and lost:
        read = retype(connection, program, loaded, pick, "k").read
        lost = [row for row in lost if row not in read]
    return Opened(program, record, loaded, connection, lost, pick is not None)


def _id(text: str) -> str:
    return text[1:-1] if text[:1] == '"' and "\\" not in text else str(json.loads(text))
