"""A path → typed tables, whatever the format; None where the file is not one for columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.batch.load import Loaded, Source, load
from kamflow.batch.open_lines import open_csv, open_ndjson
from kamflow.batch.open_parquet import open_parquet
from kamflow.batch.reading import MAX_LOOSE
from kamflow.core.program import Program
from kamflow.core.ty import OptTy
from kamflow.portfolio import format_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def load_file(
    connection: DuckDBPyConnection, program: Program, record: str, path: Path, id_name: str, prefix: str = "k"
) -> Loaded | None:
    """Read a file into typed tables; records that were not recognised are in ``declined``."""
    import duckdb

    decl = program.records[record]
    if sum(f.has_default or isinstance(f.ty, OptTy) for f in decl.fields) > MAX_LOOSE:
        return None
    resolved = path.resolve()
    for valid in (True, False):
        source: Source | None
        match format_of(path):
            case "parquet":
                source = open_parquet(connection, resolved, decl, id_name)
            case "ndjson":
                source = open_ndjson(resolved, decl, id_name, valid=valid)
            case "csv":
                source = open_csv(resolved, decl, id_name)
            case _:
                return None
        if source is None:
            return None
        try:
            return load(connection, program, record, source, prefix)
        except duckdb.Error:
            _forget(connection, prefix)  # a line that is no JSON, a row of several lines, a damaged file, …
            if format_of(path) != "ndjson":
                return None
    return None


def _forget(connection: DuckDBPyConnection, prefix: str) -> None:
    found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    for (table,) in found:
        if table.startswith(prefix):
            connection.execute(f"DROP TABLE {table}")
