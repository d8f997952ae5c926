"""A run that fails leaves files as they were, and nothing half-written: full disk, I/O error, interrupt."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from kamflow.batch.decided import DecidedColumns
from kamflow.cli import exits
from kamflow.cli.main import main
from kamflow.portfolio.write_text import CsvRows, NdjsonRows
from tests.batch.rig import THINGS

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from kamflow.cli.main import main
import duckdb, sqlglot
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
sys.exit(main(sys.argv[1:]))
"""
BEFORE = b"what was there before\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    lines = [f'{{"id": "{i}", "name": "{"n" * (i % 50)}", "stars": {1 + i % 6}}}' for i in range(3000)]
    (tmp_path / "x.ndjson").write_text("\n".join(lines) + "\n")
    return tmp_path


def untouched(folder: Path, *names: str) -> None:
    """Say that old files stand as they were, and that nothing else is there."""
    for name in names:
        assert (folder / name).read_bytes() == BEFORE
    assert {p.name for p in folder.iterdir()} == {"p.kam", "x.ndjson", *names}


@pytest.mark.parametrize("engine", ["python", "duckdb"])
@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_a_full_disk(engine: str, form: str, folder: Path) -> None:
    (folder / f"out.{form}").write_bytes(BEFORE)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(limit=6000), "eval", "x.ndjson", "--policies", "p.kam",
         "--as-of", "2026-06-30", "--engine", engine, "-o", f"out.{form}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == exits.USAGE, done.stderr
    assert "KF0690" in done.stderr
    untouched(folder, f"out.{form}")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_the_nth_write_fails(nth: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever fails, the output or the rejects: neither of them is there."""
    cases: tuple[tuple[type, str, str, str], ...] = (
        (NdjsonRows, "write", "python", "ndjson"),
        (NdjsonRows, "write", "duckdb", "ndjson"),
        (CsvRows, "write", "duckdb", "csv"),
        (NdjsonRows, "close", "python", "ndjson"),
        (DecidedColumns, "copy_lines", "duckdb", "ndjson"),
    )
    for writer, method, engine, form in cases:
        if (method == "close" and nth > 2) or (method == "copy_lines" and nth > 1):
            continue
        with monkeypatch.context() as patch:
            patch.setattr(
                writer,
                method,
                failing(getattr(writer, method), nth, OSError(errno.EIO, "Input/output error")),
            )
            rejects = () if form == "csv" else ("--rejects", "no.ndjson")
            code = main(
                ("eval", "x.ndjson", "--policies", "p.kam", "--as-of", "2026-06-30", "--engine", engine,
                 "-o", f"out.{form}", *rejects)
            )  # fmt: skip
            assert code == exits.USAGE
            left = {p.name for p in folder.iterdir()} - {"p.kam", "x.ndjson"}
            assert not left


def failing(inner: object, nth: int, fault: BaseException) -> object:
    calls = 0

    def call(*args: object) -> object:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise fault
        return inner(*args)  # type: ignore[operator]

    return call


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
@pytest.mark.parametrize("engine", ["python", "duckdb"])
def test_an_interrupt(engine: str, form: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kamflow.app.eval import EvalRun

    for target, name in ((DecidedColumns, "slow_items"), (EvalRun, "slowly")):
        monkeypatch.setattr(target, name, failing(getattr(target, name), 1, KeyboardInterrupt()))
    for name in (f"out.{form}", "no.ndjson"):
        (folder / name).write_bytes(BEFORE)
    code = main(
        ("eval", "x.ndjson", "--policies", "p.kam", "--as-of", "2026-06-30", "--engine", engine,
         "-o", f"out.{form}", "--rejects", "no.ndjson")
    )  # fmt: skip
    assert code == exits.INTERRUPTED
    untouched(folder, f"out.{form}", "no.ndjson")


def test_too_many_rejects_leave_no_output(folder: Path) -> None:
    for engine in ("python", "duckdb"):
        for form in ("ndjson", "parquet"):
            code = main(
                ("eval", "x.ndjson", "--policies", "p.kam", "--as-of", "2026-06-30", "--engine", engine,
                 "-o", f"out.{form}", "--reject-limit", "10")
            )  # fmt: skip
            assert code == exits.REJECTED
            untouched(folder)
