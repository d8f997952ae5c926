"""A path → typed tables, whatever the format; None where the file is not one for columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.base.frozen import frozen
from kamflow.batch.load import Loaded, Source, forget, load
from kamflow.batch.load_pieces import load_pieces
from kamflow.batch.open_lines import open_csv, open_json, open_ndjson
from kamflow.batch.open_parquet import open_parquet
from kamflow.batch.pieces import is_text, open_text
from kamflow.batch.reading import MAX_LOOSE
from kamflow.core.program import Program, RecordDecl
from kamflow.core.ty import OptTy
from kamflow.portfolio import Item, format_of, pick_records

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def load_file(
    connection: DuckDBPyConnection, program: Program, record: str, path: Path, id_name: str,
    prefix: str = "k", *, loose_parts: bool = False,
) -> Loaded | None:  # fmt: skip
    """Read a file into typed tables; records that were not recognised are in ``declined``."""
    import duckdb

    decl = program.records[record]
    if not fits_mask(decl):
        return None
    if is_text(path):
        text = open_text(path, decl)
        if text is None:
            return None
        return load_pieces(connection, program, record, text, id_name, prefix, loose_parts=loose_parts)
    try:
        source = open_source(connection, path.resolve(), decl, id_name, valid=True)
        if source is None:
            return None
        return load(connection, program, record, source, prefix, loose_parts=loose_parts)
    except duckdb.Error:  # a text that is no JSON, a damaged file, …
        forget(connection, prefix)
        return None


def fits_mask(decl: RecordDecl) -> bool:
    """Say whether what may be absent of a record has room in a mask."""
    return sum(f.has_default or isinstance(f.ty, OptTy) for f in decl.fields) <= MAX_LOOSE


def open_source(
    connection: DuckDBPyConnection, path: Path, decl: RecordDecl, id_name: str, *, valid: bool = False
) -> Source | None:
    """Open a file by its name's format. ``valid``: every line of NDJSON is taken for JSON."""
    match format_of(path):
        case "parquet":
            return open_parquet(connection, path, decl, id_name)
        case "ndjson":
            return open_ndjson(path, decl, id_name, valid=valid)
        case "json":
            return open_json(path, decl, id_name)
        case "csv":
            return open_csv(path, decl, id_name)
        case _:
            return None


@frozen
class FileInput:
    """A file with everything in it."""

    path: str

    @property
    def paths(self) -> tuple[Path, ...]:
        return (Path(self.path).resolve(),)

    def load(
        self, connection: DuckDBPyConnection, program: Program, record: str, id_name: str, prefix: str = "k"
    ) -> Loaded | None:
        return load_file(connection, program, record, Path(self.path), id_name, prefix)

    def pick(self, wanted: Sequence[int], count: int) -> Iterator[tuple[int, Item]]:
        return pick_records(self.path, wanted, count)
