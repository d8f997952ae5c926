"""The policy as one query, in the same DuckDB that holds the columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch import errors
from kamflow.batch.engines import Ask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from kamflow.engines.sql.plan import SqlPlan


@dataclass(frozen=True, slots=True)
class DuckEngine:
    plan: SqlPlan
    _texts: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)

    by_piece: ClassVar[bool] = True

    def run(self, connection: DuckDBPyConnection, tables: Mapping[str, str]) -> None:
        same = tuple(tables.items())  # of a file in pieces: each has the same names
        if same not in self._texts:
            self._texts[same] = self.plan.select(tables)
        connection.execute(f"CREATE TABLE res AS {self._texts[same]}")


def prepare_duckdb(ask: Ask) -> DuckEngine | Diagnostic:
    # late: whoever only asks whether an engine is this one need not have SQL installed
    from kamflow.engines.sql.compile import compile_sql
    from kamflow.engines.sql.plan import Refused

    made = compile_sql(ask.program, ask.plan, ask.as_of, ask.overlay, rows=False, members=ask.members)
    if isinstance(made, Refused):
        return errors.engine_refuses("duckdb", made.name, made.reason)
    return DuckEngine(made)
