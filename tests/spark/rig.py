"""Records decided by Spark, beside the interpreter; the other side of ``tests/sql/rig.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import Row

from kamflow.core.program import EvalPlan, Program
from kamflow.engines.sql.plan import SqlPlan
from kamflow.engines.sql.spark import decide_on_spark, frames_of
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided
from tests.sql import rig
from tests.sql.rig import DAY, compiled

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def outcomes(
    spark: SparkSession,
    program: Program,
    plan: EvalPlan,
    records: Sequence[TypedRecord],
    day: int = DAY,
    *,
    overlay: Mapping[str, Value] | None = None,
    members: Sequence[bool] | None = None,
) -> list[Decided | None]:
    """Return what the query says of each record on Spark; None where it declines."""
    made = compiled(program, plan, day, overlay=overlay, members=members is not None, dialect="spark")
    tables = frames_of(spark, made.layout, records, members=members)
    return read(program, made, collected(spark, made, tables), len(records))


def collected(spark: SparkSession, made: SqlPlan, tables: Mapping[str, object]) -> list[tuple[object, ...]]:
    found = decide_on_spark(spark, made, tables)  # type: ignore[arg-type]
    assert hasattr(found, "collect"), found
    assert tuple(found.columns) == made.columns
    return [tuple(plain(v) for v in line) for line in found.collect()]


def read(
    program: Program, made: SqlPlan, lines: Sequence[tuple[object, ...]], count: int
) -> list[Decided | None]:
    assert len(lines) == count
    found: list[Decided | None] = [None] * count
    for row, ok, *rest in lines:
        assert isinstance(ok, bool)
        assert isinstance(row, int)
        if ok:
            found[row] = rig._decided(program, made, rest)
    return found


def plain(value: object) -> object:
    """Return a value as DuckDB would give it: whole decimals are integers, lines are dicts."""
    match value:
        case Decimal():
            assert value == int(value)
            return int(value)
        case Row():
            return {k: plain(v) for k, v in value.asDict().items()}
        case list():
            return [plain(v) for v in value]
        case _:
            return value
