"""Whether Spark can run here."""

from __future__ import annotations

import shutil
from importlib.util import find_spec


def missing() -> str | None:
    """Say why the tests on Spark are skipped, if they are: the only reasons there may be."""
    if shutil.which("java") is None:
        return "Spark needs Java 17, and there is no `java` on the PATH"
    if find_spec("pyspark") is None:
        return 'Spark needs pyspark: pip install "kamflow[spark]"'
    return None
