"""A Parquet file → records, through DuckDB with nothing else allowed: one file, no network, no settings.

DECIMAL comes exact, DATE as a date, LIST and STRUCT as lists and nested records. A DOUBLE counts as
its shortest text shows. The file must have a path: from standard input it is copied to one first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.portfolio import errors
from kamflow.portfolio.records import Item, RawRecord, RecordSource
from kamflow.values.jsontext import cut, show_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH = 2_000
_MAGIC = b"PAR1"
_LIMITS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
    "memory_limit": "1GB",
}


def locked_connection(paths: tuple[Path, ...]) -> DuckDBPyConnection:
    """Return a DuckDB that can reach the given files and nothing else, and can't be reconfigured."""
    import duckdb

    connection = duckdb.connect(":memory:", config=dict(_LIMITS))
    quoted = ", ".join("'" + str(p).replace("'", "''") + "'" for p in paths)
    connection.execute(f"SET allowed_paths = [{quoted}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def read_parquet(path: Path, source: RecordSource) -> Iterator[Item]:
    """Yield the rows of a file as records."""
    try:
        import duckdb
    except ImportError:
        source.problem(errors.missing_extra(source.place, "Parquet", "parquet"))
        return
    resolved = path.resolve()
    with resolved.open("rb") as file:
        head = file.read(4)
    if not head:
        source.problem(errors.empty_input(source.place, Text("the file is empty", "文件为空")))
        return
    if head != _MAGIC:
        reason = Text("it does not begin like one", "开头不是 Parquet 的标记")
        source.problem(errors.not_this_format(source.place, "Parquet", reason))
        return
    try:
        with locked_connection((resolved,)) as connection:
            rows = connection.execute("SELECT * FROM read_parquet(?)", [str(resolved)])
            names = [d[0] for d in rows.description or ()]
            yield from _rows(rows, names, source)
    except duckdb.Error as fault:
        source.incomplete = True
        detail = cut(show_text(str(fault).splitlines()[0] if str(fault) else "", 200), 200)
        reason = Text(f"it is damaged ({detail})", "文件已损坏")
        source.problem(errors.not_this_format(source.place, "Parquet", reason))


def _rows(rows: DuckDBPyConnection, names: list[str], source: RecordSource) -> Iterator[Item]:
    folded: set[str] = set()
    for name in names:
        if name in folded:
            source.problem(errors.duplicate_column(source.place, show_text(name)))
            return
        folded.add(name)
    index = 0
    while batch := rows.fetchmany(_BATCH):
        for row in batch:
            at = DataPlace(source.name, f"[{index}]", 0, index)
            yield RawRecord(dict(zip(names, row, strict=True)), at)
            index += 1


def pick_rows(path: Path, wanted: Sequence[int]) -> Iterator[Item]:
    """Yield some rows of a file that can be read, ascending by their numbers."""
    resolved = path.resolve()
    name = str(path)
    with locked_connection((resolved,)) as connection:
        for start in range(0, len(wanted), _BATCH):
            some = list(wanted[start : start + _BATCH])
            rows = connection.execute(
                "SELECT * FROM read_parquet(?, file_row_number = true) WHERE file_row_number IN"
                " (SELECT unnest(CAST(? AS BIGINT[]))) ORDER BY file_row_number",
                [str(resolved), some],
            )
            names = [d[0] for d in rows.description or ()][:-1]
            for row in rows.fetchall():
                at = DataPlace(name, f"[{row[-1]}]", 0, row[-1])
                yield RawRecord(dict(zip(names, row[:-1], strict=True)), at)
