"""Rows → a Parquet file, through DuckDB: exact DECIMAL, DATE, BOOLEAN; lists and records as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import assert_never

from kamflow.portfolio.columns_out import Column, ColumnKind
from kamflow.portfolio.read_parquet import locked_connection
from kamflow.portfolio.write_text import to_json

_BATCH = 5_000


class ParquetRows:
    """Collects rows in DuckDB and writes the file at the end; raises ``OSError`` where that fails."""

    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        self._path = path
        self._columns = columns
        self._batch: list[list[str | None]] = [[] for _ in columns]
        self._database = locked_connection((path,))
        # columns are called c0, c1 … inside: no name of the user becomes part of a statement but the last
        fields = ", ".join(f"c{i} {sql_type(c)}" for i, c in enumerate(columns))
        self._database.execute(f"CREATE TABLE rows ({fields})")

    def write(self, row: Mapping[str, object]) -> None:
        for column, values in zip(self._columns, self._batch, strict=True):
            values.append(as_text(row.get(column.name)))
        if len(self._batch[0]) >= _BATCH:
            self._send()

    def close(self) -> None:
        import duckdb  # whoever only asks for a column's type need not have it

        self._send()
        names = ", ".join(f"c{i} AS {quoted(c.name)}" for i, c in enumerate(self._columns))
        target = str(self._path).replace("'", "''")
        try:
            self._database.execute(
                f"COPY (SELECT {names} FROM rows) TO '{target}' (FORMAT parquet, USE_TMP_FILE false)"
            )
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault
        finally:
            self._database.close()

    def drop(self) -> None:
        self._database.close()

    def _send(self) -> None:
        if not self._batch[0]:
            return
        import duckdb

        cells = ", ".join(f"CAST(unnest(CAST(? AS VARCHAR[])) AS {sql_type(c)})" for c in self._columns)
        try:
            self._database.execute(f"INSERT INTO rows SELECT {cells}", self._batch)
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault
        for values in self._batch:
            values.clear()


def sql_type(column: Column) -> str:
    match column.kind:
        case ColumnKind.TEXT | ColumnKind.JSON:
            return "VARCHAR"
        case ColumnKind.NUMBER:
            return f"DECIMAL({column.digits}, {column.scale})"
        case ColumnKind.DATE:
            return "DATE"
        case ColumnKind.YES_NO:
            return "BOOLEAN"
        case _:
            assert_never(column.kind)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def as_text(value: object) -> str | None:
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return to_json(value)
