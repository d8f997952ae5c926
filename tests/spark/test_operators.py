"""The cases of ``tests/sql`` on Spark: each operator at the edges of its operands."""

from __future__ import annotations

from functools import partial

import pytest

from tests.spark import rig as spark_rig
from tests.sql import rig
from tests.sql.test_dates import *  # noqa: F403 - the same cases, on another engine
from tests.sql.test_operators import *  # noqa: F403


@pytest.fixture(autouse=True)
def on_spark(spark, monkeypatch):
    monkeypatch.setattr(rig, "outcomes", partial(spark_rig.outcomes, spark))
