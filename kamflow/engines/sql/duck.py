"""DuckDB, locked down: it computes on what it is given and reaches nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from kamflow.core.columns import ROOT, Layout
from kamflow.engines.sql.dialects import DUCKDB
from kamflow.engines.sql.lines import lines_of
from kamflow.values.data import TypedRecord, Value


def locked(
    *, threads: int = 2, memory: str = "2GB", allowed_paths: Sequence[Path] = (), spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that touches no file but those of ``allowed_paths``, no extension and no net.

    ``spill``: a directory for what does not fit in memory; without one, such a query fails.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "temp_directory": "" if spill is None else str(spill),
    }
    connection = duckdb.connect(":memory:", config=config)
    if allowed_paths:
        connection.execute("SET allowed_paths = ?", [[str(p) for p in allowed_paths]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def create_tables(connection: duckdb.DuckDBPyConnection, layout: Layout, *, members: bool = False) -> None:
    """Make the empty tables of a layout."""
    for table in layout.tables:
        columns = ['"row" BIGINT', *(['"parent" BIGINT'] if table.name != ROOT else [])]
        columns += [f'"{c.name}" {DUCKDB.types[c.physical]}' for c in table.columns]
        columns += ['"member" BOOLEAN'] if members and table.name == ROOT else []
        connection.execute(f'CREATE OR REPLACE TABLE "{table.name}" ({", ".join(columns)})')


def insert_records(
    connection: duckdb.DuckDBPyConnection,
    layout: Layout,
    records: Sequence[TypedRecord],
    *,
    members: Sequence[bool] | None = None,
) -> None:
    """Make the tables of a layout and fill them with typed records, numbered from 0."""
    create_tables(connection, layout, members=members is not None)
    for name, found in lines_of(layout, records, members=members).items():
        _insert(connection, name, found)


def _insert(connection: duckdb.DuckDBPyConnection, name: str, lines: list[list[Value]]) -> None:
    if not lines:
        return
    marks = f"({', '.join('?' * len(lines[0]))})"
    step = max(1, 2_000 // len(lines[0]))
    for start in range(0, len(lines), step):
        some = lines[start : start + step]
        flat = [v for line in some for v in line]
        connection.execute(f'INSERT INTO "{name}" VALUES {", ".join([marks] * len(some))}', flat)
