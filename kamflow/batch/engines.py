"""Which engine decides a file, and how it is asked: one interface, one place for the measured crossover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Protocol, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.batch import errors
from kamflow.core.program import EvalPlan, Program
from kamflow.values.data import Value

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class EngineName(StrEnum):
    AUTO = "auto"
    PYTHON = "python"
    DUCKDB = "duckdb"
    NATIVE = "native"
    SPARK = "spark"


# CPU seconds of a whole run, KAM-30 (20 fields, 13 outputs), one record after the other / DuckDB, on 2 cores:
#   records   ndjson             csv                parquet
#     2,000   0.65 / 0.81        0.71 / 0.80        0.69 / 0.85
#    10,000   1.05 / 0.97        1.19 / 0.90        1.02 / 0.92
#    40,000   2.42 / 1.34        3.00 / 1.23        1.81 / 1.00
# So columns pay from 5,000 to 8,000 records on, which are these sizes.
COLUMNS_FROM = {"parquet": 384 * 2**10, "csv": 512 * 2**10, "ndjson": 4 * 2**20, "json": 4 * 2**20}
"""Bytes of a file from which columns are quicker than one record after the other, by format."""


class ColumnEngine(Protocol):
    """``run`` leaves the table ``res`` with a line for each record of the tables (``core/columns.py``).

    ``by_piece``: a file may be given to it in pieces, several of them at once.
    """

    by_piece: ClassVar[bool]

    def run(self, connection: DuckDBPyConnection, tables: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What an engine compiles: a plan of a lowered program for one day.

    ``members``: the records' table says of each line whether it is one of the population.
    """

    program: Program
    plan: EvalPlan
    as_of: int
    overlay: Mapping[str, Value]
    members: bool = False


_NEEDED = {
    EngineName.NATIVE: ("native", ("numba", "duckdb")),
    EngineName.SPARK: ("spark", ("pyspark", "sqlglot", "duckdb")),
}
"""The extra and the modules of an engine."""


def order_of(asked: EngineName) -> tuple[EngineName, ...]:
    """Return the engines over columns to try, the best first."""
    match asked:
        case EngineName.AUTO:
            # CPU seconds and peak of a whole run, KAM-30, Parquet to Parquet on 2 cores, DuckDB / native:
            #    1,000,000   2.0 /  3.5    320 /   510 MB
            #   10,000,000   8.8 / 15.1    630 / 3,340 MB
            # Deciding takes DuckDB 0.15 µs a record and native 0.05, but DuckDB streams from file to file and
            # native has its columns handed over and back: there is no size from which native is quicker
            return (EngineName.DUCKDB, EngineName.NATIVE)
        case EngineName.PYTHON:
            return ()
        case EngineName.DUCKDB | EngineName.NATIVE | EngineName.SPARK:
            return (asked,)
        case _:
            assert_never(asked)


def prepare(name: EngineName, ask: Ask, threads: int | None) -> ColumnEngine | Diagnostic:
    """Compile a plan for an engine over columns, or say why it does not take it."""
    extra, needed = _NEEDED.get(name, ("sql", ("sqlglot", "duckdb")))
    if any(find_spec(module) is None for module in needed):
        return errors.engine_missing(name, extra)
    if name is EngineName.SPARK:
        from kamflow.batch.engine_spark import prepare_spark

        return prepare_spark(ask, threads)
    if name is EngineName.NATIVE:
        from kamflow.batch.engine_native import prepare_native

        return prepare_native(ask, threads)
    from kamflow.batch.engine_duckdb import prepare_duckdb

    return prepare_duckdb(ask)
