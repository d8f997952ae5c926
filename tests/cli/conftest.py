"""Runs a command line in a folder of its own and returns what it said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kamflow.cli.main import main


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: empty, no variable of the surroundings counts."""
    for name in ("LC_ALL", "LC_MESSAGES", "NO_COLOR", "KAMFLOW_LANG", "KAMFLOW_POLICIES", "KAMFLOW_RECORD",
                 "KAMFLOW_COLOR", "KAMFLOW_AS_OF", "KAMFLOW_DEBUG", "KAMFLOW_WORKFLOWS",
                 "KAMFLOW_DB"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str) -> Said:
        capsys.readouterr()
        code = main(args)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
