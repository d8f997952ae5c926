"""The locks hold exact versions with hashes, and nothing of the machine that wrote them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALL, RUN = "requirements.lock", "requirements-run.lock"
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)(?: ; .+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
COMMENT = re.compile(r"^ *# ?[\w (),.;`:-]*$")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(match.groups() for line in lines if (match := PIN.match(line)))


@pytest.mark.parametrize("name", [ALL, RUN])
def test_every_line_is_a_pin_a_hash_or_a_plain_comment(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not (PIN.match(line) or HASH.match(line) or COMMENT.match(line))] == []
    hashed = {i for i, line in enumerate(lines) if HASH.match(line)}
    assert all(i + 1 in hashed for i, line in enumerate(lines) if PIN.match(line)), "a pin without a hash"


def test_what_runs_is_a_part_of_the_whole() -> None:
    assert pins(RUN).items() <= pins(ALL).items()


def test_every_requirement_of_the_project_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=!~ \[;]", r, maxsplit=1)[0].lower() for r in requirements}

    extras = project["optional-dependencies"].values()
    assert names(project["dependencies"]) <= pins(RUN).keys()
    assert {n for extra in extras for n in names(extra)} <= pins(ALL).keys()


def test_a_plain_install_brings_no_heavy_package() -> None:
    assert not {"duckdb", "numpy", "pyarrow", "python-calamine", "xlsxwriter"} & pins(RUN).keys()
