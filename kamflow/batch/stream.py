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
from kamflow.batch.reading import Reader
from kamflow.batch.run import Job
from kamflow.core.columns import ROOT, layout_of
from kamflow.portfolio import format_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DECLINED = "not for columns"
_LOOKED_AT = 20_000


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
        columns = ", ".join(reading.named)
        view = (
            f"SELECT struct_pack(id := {record_id}, good := ({reading.test}) AND ({source.known})) AS row"
            f"{', ' if columns else ''}{columns} FROM {reading.over(source.src)}"
        )
        outputs = [ask.program.defs[k].ty for k in ask.plan.outputs]
        cells = [f"CASE WHEN row.good AND ok THEN row.id ELSE error({literal(_DECLINED)}) END"]
        cells += [cell_sql(f"v{i}", ty) for i, ty in enumerate(outputs)]
        dressed = ", ".join(f"{c} AS {name(n)}" for c, n in zip(cells, names, strict=True))
        query = f"SELECT {dressed} FROM ({engine.plan.select({ROOT: 'typed'})})"
        try:
            connection.execute(f"CREATE VIEW typed AS {view} LIMIT {_LOOKED_AT}")
            connection.execute(f"SELECT count({name(names[0])}) FROM ({query})")
            connection.execute(f"CREATE OR REPLACE VIEW typed AS {view}")
            found = connection.execute(
                f"COPY ({query}) TO {literal(str(part))} (FORMAT parquet, USE_TMP_FILE false)"
            ).fetchone()
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException):
            return None
        except duckdb.Error as fault:
            raise OSError(0, str(fault).splitlines()[0]) from fault
        assert found is not None
        if not _same_order(connection, path, job.id_name, part, names[0]):
            return None
        return int(found[0])


def _same_order(connection: DuckDBPyConnection, path: str, given: str, part: Path, written: str) -> bool:
    """Say whether identifiers stand in both files at the same places: threads do not always see to it.

    Told by sums over hashes of identifier and place; identifiers that are absent or all alike tell nothing.
    """

    def summed(file: Path, column: str) -> tuple[object, ...] | None:
        text = f"CAST({name(column)} AS VARCHAR)"
        return connection.execute(
            f"SELECT count(*), count({text}), min({text}) < max({text}) OR count(*) < 2,"
            f" sum(CAST(hash({text}, file_row_number) AS HUGEINT))"
            f" FROM read_parquet({literal(str(file))}, file_row_number = true)"
        ).fetchone()

    before, after = summed(Path(path).resolve(), given), summed(part, written)
    return before is not None and before == after and before[0] == before[1] and bool(before[2])
