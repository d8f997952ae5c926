"""Where Java is, the tests on Spark run: a skip would say that all is well."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tests.spark.java import missing

HERE = Path(__file__).parents[1] / "spark"


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no `java` on the PATH")
def test_with_java_there_is_no_reason_to_skip_the_tests_on_spark() -> None:
    assert missing() is None


def test_the_tests_on_spark_are_skipped_for_java_in_one_place_only() -> None:
    skips = [
        path.name
        for path in sorted(HERE.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "importorskip", "xfail"}
    ]
    # the second is one run on real data, which are not part of the project
    assert skips == ["conftest.py", "test_eval_on_spark.py"]
