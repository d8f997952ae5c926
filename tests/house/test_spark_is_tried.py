"""Where Java is, the tests on Spark run: a skip would say that all is well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
SMALL = "tests/spark/test_hazards.py::test_a_session_without_ansi_is_refused"


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no `java` on the PATH")
def test_with_java_the_tests_on_spark_are_not_skipped() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", SMALL]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout[-2_000:]
