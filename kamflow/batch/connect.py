"""A DuckDB for one run: it reaches the run's files, spills into a folder of its own, and no more."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.batch.families import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "2GB"


def own_folder(connection: DuckDBPyConnection) -> Path:
    """Return the connection's own folder: what is put there goes with it."""
    (found,) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    return Path(str(found[0]))


@contextmanager
def connect(
    paths: tuple[Path, ...], *, threads: int | None = None, memory: str = MEMORY, spill: Path | None = None
) -> Iterator[DuckDBPyConnection]:
    """Give a connection that can read and write ``paths`` and a folder of its own; leaves nothing behind.

    ``spill``: the folder in which the folder for what does not fit into memory is made.
    """
    import duckdb

    folder = tempfile.mkdtemp(prefix=".kamflow-", dir=spill)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": memory,
        "temp_directory": folder,
    }
    if threads is not None:
        config["threads"] = str(threads)
    try:
        connection = duckdb.connect(":memory:", config=config)
        try:
            allowed = ", ".join(literal(str(p)) for p in paths)
            connection.execute(f"SET allowed_paths = [{allowed}]")
            connection.execute(f"SET allowed_directories = [{literal(folder)}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
