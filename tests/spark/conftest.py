"""One session of Spark for all tests of this room; without Java they are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.spark.java import missing

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


HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process: each process would start a Spark of its own."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("spark"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    why = missing()
    if why is not None:
        pytest.skip(why)
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
