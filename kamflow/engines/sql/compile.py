"""A plan → one query."""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.core.program import EvalPlan, Program
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.values.data import Value


def compile_sql(
    program: Program,
    plan: EvalPlan,
    as_of: int,
    overlay: Mapping[str, Value] | None = None,
    *,
    dialect: str = "duckdb",
    rows: bool = True,
    members: bool = False,
) -> SqlPlan | Refused:
    """Compile a plan of a lowered program for one day; ``overlay`` are parameters' values for all days.

    ``rows``: whether ``r0`` … and ``o0`` … are wanted. ``members``: the root's table has a BOOLEAN column
    ``member`` besides, never NULL: only its lines count as the portfolio of populations.
    """
    raise NotImplementedError
