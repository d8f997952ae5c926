"""What every room's tests share: golden files, and how long Hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compare a text with the file that holds what is expected; `make goldens` rewrites that file."""
    rewrite = os.environ.get("KAMFLOW_UPDATE_GOLDENS") == "1"

    def compare(path: Path, actual: str) -> None:
        if rewrite:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="")
            return
        assert path.exists(), f"{path} is missing: run `make goldens` and read what it wrote"
        with path.open(encoding="utf-8", newline="") as file:
            expected = file.read()
        assert actual == expected, f"{path} differs: if the new text is right, run `make goldens`"

    return compare
