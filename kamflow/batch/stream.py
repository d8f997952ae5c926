"""Parquet to Parquet in one statement: read, typed, decided, dressed and written; nothing is kept.

Tried where a plan looks at one record at a time. The statement fails at the first record that columns
decline or that has no answer; then the file is decided the longer way (``run.py``). A look at its beginning
spares most such attempts.

The engine hands ``row`` through untouched, so that it can carry what else the output needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.batch.connect import connect
from kamflow.batch.dress import cell_sql
from kamflow.batch.engine_duckdb import DuckEngine
from kamflow.batch.families import Words, literal, name
from kamflow.batch.open_parquet import open_parquet
from kamflow.batch.plain_columns import told_apart
from kamflow.batch.reading import Reader
from kamflow.batch.run import Job
from kamflow.core.columns import ROOT, layout_of
from kamflow.portfolio import format_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# of lines, not around an identifier: a text that is chosen is a text that is copied
_ALL_GOOD = "CASE WHEN row.good AND ok THEN true ELSE error('not for columns') END"
_LOOKED_AT = 20_000
_DICTIONARY = 64 * 2**10
"""Bytes of a column's different texts, from which they are written one by one."""


def stream_parquet(job: Job, engine: object, path: str, part: Path, names: Sequence[str]) -> int | None:
    """Decide a Parquet file into ``part`` and return how many records; None: it is not one for this way.

    Raises ``OSError`` where ``part`` can't be written.
    """
    import duckdb

    ask = job.ask
    layout = layout_of(ask.program, ask.plan.record)
    if job.compares or not isinstance(engine, DuckEngine) or format_of(path) != "parquet":
        return None
    if len(layout.tables) > 1:
        return None
    with connect((Path(path).resolve(), *job.writes), threads=job.threads) as connection:
        decl = ask.program.records[ask.plan.record]
        source = open_parquet(connection, Path(path).resolve(), decl, job.id_name)
        if source is None:
            return None
        reading = Reader(ask.program).read_table(layout.table(ROOT), source.scope)
        raw_id = source.scope(job.id_name)
        if raw_id is None:
            return None
        own = isinstance(raw_id.family, Words)
        record_id = raw_id.sql if own else source.record_id
        apart = told_apart(reading, layout.table(ROOT), decl, source.scope, ask.program)
        made = "".join(f", {sql} AS {c}" for c, sql in apart.columns.items())
        raw_good = " AND ".join(f"({t})" for t in (*apart.raw_tests, source.known))
        good = " AND ".join(("raw_good", *apart.made_tests))
        view = (
            f"SELECT struct_pack(id := id, good := {good}) AS row{''.join(f', {c}' for c in apart.columns)}"
            f" FROM (SELECT {record_id} AS id, {raw_good} AS raw_good{made} FROM {reading.over(source.src)})"
        )
        outputs = [ask.program.defs[k].ty for k in ask.plan.outputs]
        cells = ["row.id", *(cell_sql(f"v{i}", ty) for i, ty in enumerate(outputs))]
        dressed = ", ".join(f"{c} AS {name(n)}" for c, n in zip(cells, names, strict=True))
        query = f"SELECT {dressed} FROM ({engine.plan.select({ROOT: 'typed'})}) WHERE {_ALL_GOOD}"
        try:
            connection.execute(f"CREATE VIEW typed AS {view} LIMIT {_LOOKED_AT}")
            connection.execute(f"SELECT count({name(names[0])}) FROM ({query})")
            connection.execute(f"CREATE OR REPLACE VIEW typed AS {view}")
            found = _copied(connection, query, part)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException):
            return None
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault
        assert found is not None
        if not _same_order(connection, path, job.id_name, part, names[0]):
            return None
        return int(str(found[0]))


def _copied(connection: DuckDBPyConnection, query: str, part: Path) -> tuple[object, ...] | None:
    """Write a query's lines and return how many they are, as one value."""
    import duckdb

    copy = f"COPY ({query}) TO {literal(str(part))} (FORMAT parquet, USE_TMP_FILE false"
    try:
        # identifiers are all different: without this 24,576 of each row group are put into a dictionary first
        return connection.execute(f"{copy}, STRING_DICTIONARY_PAGE_SIZE_LIMIT {_DICTIONARY})").fetchone()
    except duckdb.NotImplementedException:  # DuckDB before 1.3 has no such limit
        return connection.execute(f"{copy})").fetchone()


def _same_order(connection: DuckDBPyConnection, path: str, given: str, part: Path, written: str) -> bool:
    """Say whether identifiers stand in both files at the same places: threads do not always see to it.

    Told by sums over hashes of identifier and place; identifiers that are absent or all alike tell nothing.
    """

    def summed(file: Path, column: str) -> tuple[object, ...] | None:
        text = f"CAST({name(column)} AS VARCHAR)"
        return connection.execute(
            f"SELECT count(*), count({name(column)}), sum(CAST(hash({text}, file_row_number) AS HUGEINT))"
            f" FROM read_parquet({literal(str(file))}, file_row_number = true)"
        ).fetchone()

    source = Path(path).resolve()
    differ = connection.execute(
        f"SELECT min({name(given)}) < max({name(given)}) OR count(*) < 2"
        f" FROM read_parquet({literal(str(source))})"
    ).fetchone()
    if differ is None or not differ[0]:
        return False
    before, after = summed(source, given), summed(part, written)
    return before is not None and before == after and before[0] == before[1]
