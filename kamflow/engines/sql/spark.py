"""Spark: a compiled plan over DataFrames that lie as ``core/columns.py`` says.

Assumes a session that ``unfit`` finds nothing wrong with. Leaves a DataFrame with the plan's columns, not yet
computed. Nothing is registered for good: names of tables are made for one query and dropped at once.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DecimalType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
)

from kamflow.base.text import Text
from kamflow.core.columns import ROOT, ColumnTable, Layout, Physical
from kamflow.engines.sql.lines import lines_of
from kamflow.engines.sql.plan import Refused, SqlPlan
from kamflow.values.data import TypedRecord

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_TYPES: dict[Physical, DataType] = {
    Physical.BOOL: BooleanType(),
    Physical.INT8: ByteType(),
    Physical.INT16: ShortType(),
    Physical.INT32: IntegerType(),
    Physical.INT64: LongType(),
    Physical.INT128: DecimalType(38, 0),
    Physical.TEXT: StringType(),
}
_REQUIRED = {
    "spark.sql.ansi.enabled": (
        "true",
        Text("an overflow would be a wrong number, not an error", "否则溢出会变成错误的数字，而不是报错"),
    ),
    "spark.sql.parser.escapedStringLiterals": (
        "false",
        Text("texts of the policy would be read as others", "否则策略中的文本会被读成别的内容"),
    ),
}


_LONG_METHODS = "-XX:-DontCompileHugeMethods"
"""A policy becomes one long Java method, which the JVM would interpret otherwise: many times slower."""


Session: TypeAlias = SparkSession
"""For those who hold one and know nothing of Spark."""


def local_session(scratch: Path, *, threads: int = 2, memory: str = "2g", java: str = "") -> SparkSession:
    """Start Spark in this process's own JVM; it listens to this machine alone and writes in ``scratch``."""
    options = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={scratch} {_LONG_METHODS} {java}",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": str(threads),
        "spark.sql.session.timeZone": "UTC",
        "spark.log.level": "OFF",
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName("kamflow")
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def session_of(threads: int) -> SparkSession | None:
    """Return the session that runs already, or start one that ends with this process; None without Java."""
    running = SparkSession.getActiveSession()
    if running is not None:
        return running
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and (home is None or not Path(home, "bin", "java").exists()):
        return None
    scratch = Path(tempfile.mkdtemp(prefix="kamflow-spark-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    return local_session(scratch, threads=threads)


def unfit(spark: SparkSession) -> Refused | None:
    """Return the setting for which this session would not decide as the policy says."""
    for name, (wanted, why) in _REQUIRED.items():
        if str(spark.conf.get(name)).lower() != wanted:
            en, zh = f"must be {wanted}: {why.en}", f"必须为 {wanted}：{why.zh}"
            return Refused(name, Text(en, zh))
    return None


def schema_of(table: ColumnTable, *, members: bool = False) -> StructType:
    """Return what a table of a layout looks like in Spark."""
    fields = [StructField("row", LongType(), nullable=False)]
    if table.name != ROOT:
        fields.append(StructField("parent", LongType(), nullable=False))
    fields += [StructField(c.name, _TYPES[c.physical], c.nullable) for c in table.columns]
    if members and table.name == ROOT:
        fields.append(StructField("member", BooleanType(), nullable=False))
    return StructType(fields)


def frames_of(
    spark: SparkSession,
    layout: Layout,
    records: Sequence[TypedRecord],
    *,
    members: Sequence[bool] | None = None,
) -> dict[str, DataFrame]:
    """Return typed records, numbered from 0, as DataFrames: for few of them."""
    found = lines_of(layout, records, members=members)
    made: dict[str, DataFrame] = {}
    for table in layout.tables:
        schema = schema_of(table, members=members is not None)
        wide = [isinstance(f.dataType, DecimalType) for f in schema.fields]
        lines = [
            tuple(Decimal(v) if w and isinstance(v, int) else v for v, w in zip(line, wide, strict=True))
            for line in found[table.name]
        ]
        made[table.name] = spark.createDataFrame(lines, schema)
    return made


def read_tables(spark: SparkSession, plan: SqlPlan, files: Mapping[str, Path]) -> dict[str, DataFrame]:
    """Return the tables that a plan reads, of Parquet files (or folders of such) by the tables' names."""
    return {name: spark.read.parquet(str(files[name])) for name in plan.reads}


def decide_files(spark: SparkSession, plan: SqlPlan, files: Mapping[str, Path], out: Path) -> Refused | None:
    """Decide tables in Parquet files, and write the decisions as a folder of Parquet files."""
    found = decide_on_spark(spark, plan, read_tables(spark, plan, files))
    if isinstance(found, Refused):
        return found
    found.write.parquet(str(out))
    return None


def decide_on_spark(
    spark: SparkSession, plan: SqlPlan, tables: Mapping[str, DataFrame]
) -> DataFrame | Refused:
    """Return the decisions as a DataFrame with the plan's columns; the session or tables may be unfit for it.

    ``plan`` was compiled for ``spark``. ``tables``: by the layout's names, with all columns that it reads.
    """
    assert plan.dialect.name == "spark", plan.dialect.name
    found = unfit(spark) or _wrong_table(plan, tables)
    if found is not None:
        return found
    mark = uuid.uuid4().hex
    names = {name: f"kamflow_{mark}_{name}" for name in plan.reads}
    try:
        for name, view in names.items():
            tables[name].createOrReplaceTempView(view)
        return spark.sql(plan.select(names))
    finally:
        for view in names.values():
            spark.catalog.dropTempView(view)


def _wrong_table(plan: SqlPlan, tables: Mapping[str, DataFrame]) -> Refused | None:
    for name, columns in plan.reads.items():
        if name not in tables:
            return Refused(name, Text("this table was not given", "没有提供这张表"))
        wanted = schema_of(plan.layout.table(name), members=plan.members)
        given = {f.name: f.dataType for f in tables[name].schema.fields}
        for field in wanted.fields:
            if field.name not in (*columns, "row", "parent"):
                continue
            there = given.get(field.name)
            if there is None or not _holds(field.dataType, there):
                have = "is missing" if there is None else f"is {there.simpleString()}"
                have_zh = "缺失" if there is None else f"是 {there.simpleString()}"
                want = field.dataType.simpleString()
                return Refused(
                    f"{name}.{field.name}",
                    Text(f"this column {have}, and must be {want}", f"该列{have_zh}，应为 {want}"),
                )
    return None


def _holds(wanted: DataType, given: DataType) -> bool:
    """Say whether a column may stand for another: the same type, or one with less room."""
    integers: list[DataType] = [ByteType(), ShortType(), IntegerType(), LongType()]
    if isinstance(wanted, DecimalType):
        return given in integers or (isinstance(given, DecimalType) and given.scale == 0)
    if wanted in integers:
        return given in integers[: integers.index(wanted) + 1]
    return given == wanted
