"""The policy as one query on Spark: typed columns go there as Parquet files and come back decided.

A session that runs already is used (a cluster's, in a notebook or a job); else one is started in this
process, with as many threads as the run has. What DuckDB and Spark hand over lies in the run's own folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch import errors
from kamflow.batch.connect import own_folder
from kamflow.batch.engines import Ask
from kamflow.batch.families import literal, name
from kamflow.core.columns import ROOT, Physical
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.plan import Refused, SqlPlan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kamflow.engines.sql.spark import Session


@dataclass(frozen=True, slots=True)
class SparkEngine:
    plan: SqlPlan
    session: Session

    by_piece: ClassVar[bool] = False

    def run(self, connection: DuckDBPyConnection, tables: Mapping[str, str]) -> None:
        from kamflow.engines.sql.spark import decide_files

        folder = own_folder(connection)
        folder.mkdir(exist_ok=True)  # DuckDB makes it when it first needs it
        files = {t: folder / f"{t}.parquet" for t in self.plan.reads}
        for table, file in files.items():
            connection.execute(
                f"COPY (SELECT {self._columns(table)} FROM {tables[table]}) TO {literal(str(file))}"
                " (FORMAT parquet)"
            )
        out = folder / "decided"
        refused = decide_files(self.session, self.plan, files, out)
        assert refused is None, refused  # the session and the columns were seen to be fit
        found = literal(str(out / "*.parquet"))
        connection.execute(f"CREATE TABLE res AS SELECT * FROM read_parquet({found})")
        for file in files.values():
            file.unlink()
        shutil.rmtree(out)

    def _columns(self, table: str) -> str:
        """Return what the plan reads of a table; 128 bits go as decimals without decimals."""
        wanted = ["row"] if table == ROOT else ["row", "parent"]
        wanted += ["member"] if table == ROOT and self.plan.members else []
        columns = {c.name: c.physical for c in self.plan.layout.table(table).columns}
        for column in self.plan.reads[table]:
            if column not in wanted:
                wanted.append(column)
        wide = {c for c in wanted if columns.get(c) is Physical.INT128}
        return ", ".join(
            f"CAST({name(c)} AS DECIMAL(38, 0)) AS {name(c)}" if c in wide else name(c) for c in wanted
        )


def prepare_spark(ask: Ask, threads: int | None) -> SparkEngine | Diagnostic:
    from kamflow.engines.sql.spark import session_of, unfit

    made = compile_sql(
        ask.program, ask.plan, ask.as_of, ask.overlay, dialect="spark", rows=False, members=ask.members
    )
    if isinstance(made, Refused):
        return errors.engine_refuses("spark", made.name, made.reason)
    session = session_of(threads or os.cpu_count() or 1)
    if session is None:
        return errors.java_missing()
    wrong = unfit(session)
    if wrong is not None:
        return errors.engine_refuses("spark", wrong.name, wrong.reason)
    return SparkEngine(made, session)
