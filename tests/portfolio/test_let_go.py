"""Who reads a file in part lets go of it, though nothing collects garbage meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path

import pytest

from kamflow.app.portfolio_answers import PortfolioFile, PortfolioRequest
from kamflow.portfolio import open_records, pick_records

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not told here")


def is_open(path: Path) -> bool:
    found: list[Path] = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing itself
            found.append(one.readlink())
    return path in found


def first_of_the_source(path: Path) -> None:
    next(iter(open_records(path)))


def one_of_the_records(path: Path) -> None:
    list(pick_records(str(path), [1], 1000))


def a_look(path: Path) -> None:
    with ExitStack() as stack:
        assert PortfolioFile(PortfolioRequest(str(path), date(2026, 6, 30)), stack).look()


@pytest.mark.parametrize("read", [first_of_the_source, one_of_the_records, a_look])
@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".json"])
def test_a_file_that_is_read_in_part_is_closed(
    read: Callable[[Path], None], suffix: str, tmp_path: Path
) -> None:
    lines = {
        ".csv": ["id", *map(str, range(1000))],
        ".ndjson": [f'{{"id": {i}}}' for i in range(1000)],
        ".json": ["[" + ",".join(f'{{"id": {i}}}' for i in range(1000)) + "]"],
    }[suffix]
    path = tmp_path / f"x{suffix}"
    path.write_text("\n".join(lines) + "\n")
    was = gc.isenabled()
    gc.disable()
    try:
        read(path)
        assert not is_open(path)
    finally:
        if was:
            gc.enable()
