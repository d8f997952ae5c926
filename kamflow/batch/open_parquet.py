"""The columns of a Parquet file as they are, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.batch.families import Family, Whole, Words, family_of, literal, name
from kamflow.batch.load import Source
from kamflow.batch.reading import RawValue
from kamflow.core.program import RecordDecl

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def open_parquet(connection: DuckDBPyConnection, path: Path, decl: RecordDecl, id_name: str) -> Source | None:
    """Return a file's columns; None where it can't be read so, or has columns that the record has not."""
    return columns_source(
        connection, f"read_parquet({literal(str(path))}, file_row_number = true)", decl, id_name
    )


def columns_source(
    connection: DuckDBPyConnection, where: str, decl: RecordDecl, id_name: str
) -> Source | None:
    """Return the columns of a relation whose rows have a ``file_row_number``, 0-based."""
    import duckdb

    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {where}").fetchall()
    except duckdb.Error:
        return None
    types = {str(row[0]): str(row[1]) for row in described}
    if len(types) != len(described) or types.pop("file_row_number", None) != "BIGINT":
        return None
    if not types.keys() <= {f.name for f in decl.fields}:
        return None
    if any("WITH TIME ZONE" in t for t in types.values()):
        return None  # the single path can't read such a file everywhere: it needs a package for time zones
    families = {n: family_of(t) for n, t in types.items()}

    def get(field_name: str) -> RawValue | None:
        return RawValue(name(field_name), families[field_name]) if field_name in families else None

    src = f"(SELECT file_row_number AS row, * EXCLUDE (file_row_number) FROM {where})"
    record_id = _record_id(name(id_name), families.get(id_name))
    shown = f"{name(id_name)} IS NULL OR {record_id} IS NOT NULL" if id_name in families else "true"
    return Source(src, get, record_id, shown)


def _record_id(sql: str, family: Family | None) -> str:
    match family:
        case Words():
            return id_text(sql)
        case Whole():
            return f"CAST({sql} AS VARCHAR)"
        case _:
            return "CAST(NULL AS VARCHAR)"


def id_text(sql: str) -> str:
    """Return a text as JSON; it has no control characters where its record was recognised."""
    return f"'\"' || replace(replace({sql}, '\\', '\\\\'), '\"', '\\\"') || '\"'"
