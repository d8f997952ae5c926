"""One session of Spark for all tests of this room; without Java they are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# short runs: compile little, plan fast
_QUICK = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, and there is no `java` on the PATH")
    pytest.importorskip("pyspark")
    from kamflow.engines.sql.spark import local_session

    session = local_session(
        tmp_path_factory.mktemp("spark"), java="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
    )
    session.sparkContext.setLogLevel("OFF")
    for name, value in _QUICK.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    yield session
    session.stop()


@pytest.fixture
def compiled_code(spark: SparkSession) -> Iterator[None]:
    """Run as Spark does by default: expressions become Java, equal ones are computed once."""
    names = ("spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode")
    for name, value in zip(names, ("true", "CODEGEN_ONLY"), strict=True):
        spark.conf.set(name, value)
    yield
    for name in names:
        spark.conf.set(name, _QUICK[name])
