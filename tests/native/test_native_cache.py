"""Compiled code is kept between processes; a damaged cache costs time, never an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kamflow.core.program import make_plan
from kamflow.engines.python.native import build
from kamflow.engines.python.native.engine import BoundNative, NativePlan, compile_native
from tests.native.policies import HEADER
from tests.native.test_native import DAY, program_of

TEXT = (
    HEADER
    + """
record r
  x : number with 0 decimals, 0 to 100
end
decision y of r : number
  table first
    | x        || y     |
    | below 50 || x * 2 |
    | any      || 1     |
end
"""
)


@pytest.fixture(scope="module")
def program():
    return program_of(TEXT)


def bound(program, cache: Path | None) -> BoundNative:
    """Start anew, as another process would."""
    build._made.clear()
    plan = compile_native(program, make_plan(program, "r"), cache=cache)
    assert isinstance(plan, NativePlan)
    return plan.bind(DAY)


def works(found: BoundNative) -> bool:
    """Say whether the code came from the cache; its answers are right either way."""
    name = found.native.reads["t0"][0]
    result = found.run({"t0": {name: np.array([0, 49, 50, 100], dtype=np.int8)}})
    assert result["ok"].tolist() == [True] * 4
    assert result["v0"].tolist() == [0, 98, 1, 1]
    assert result["r0"].tolist() == [0, 0, 1, 1]
    (loop,) = build._made.values()
    return loop.compiled.cache_hits > 0


@pytest.fixture(scope="module")
def filled(program, tmp_path_factory) -> Path:
    cache = tmp_path_factory.mktemp("cache") / "kamflow"
    assert not works(bound(program, cache))
    return cache


def copied(filled: Path, to: Path) -> Path:
    """Copy with the times of files: they are what numba goes by."""
    import shutil

    shutil.copytree(filled, to)
    return to


def test_what_was_compiled_once_is_read(program, filled):
    assert works(bound(program, filled))
    assert filled.stat().st_mode & 0o077 == 0  # code is read from there: nobody else may write it


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_cut, _flip, _empty, Path.unlink])
@pytest.mark.parametrize("what", ["*.py", "*.sum", "__pycache__/*.nbi", "__pycache__/*.nbc"])
def test_a_damaged_cache_is_filled_anew(program, filled, tmp_path, what, spoil):
    cache = copied(filled, tmp_path / "c")
    (path,) = cache.glob(what)
    spoil(path)
    assert not works(bound(program, cache))
    assert works(bound(program, cache))


def test_where_nothing_can_be_written_nothing_is_kept(program, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    assert not works(bound(program, blocked / "cache"))
    assert not works(bound(program, None))
