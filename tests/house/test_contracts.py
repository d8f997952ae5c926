"""The fences of pyproject.toml keep up with the rooms that there are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = CONFIG["tool"]["importlinter"]["contracts"]
ROOMS = {path.parent.name for path in (ROOT / "kamflow").glob("*/__init__.py")}
HOME = {"lark": "syntax", "click": "cli", "rich": "cli"} | dict.fromkeys(
    ("duckdb", "python_calamine", "xlsxwriter"), "portfolio"
)


def fence(library: str) -> set[str]:
    """Return the rooms that are kept from a library."""
    return {
        module.removeprefix("kamflow.")
        for contract in CONTRACTS
        if contract["type"] == "forbidden" and library in contract["forbidden_modules"]
        for module in contract["source_modules"]
    }


def test_z3_is_fenced_off_from_every_room_and_engine_but_its_own() -> None:
    engines = {f"engines.{p.parent.name}" for p in (ROOT / "kamflow/engines").glob("*/__init__.py")}
    assert fence("z3") == (ROOMS | engines) - {"engines", "engines.smt"}


@pytest.mark.parametrize("library", HOME)
def test_each_library_is_fenced_off_from_every_room_but_its_own(library: str) -> None:
    assert fence(library) == ROOMS - {HOME[library]}


def test_every_engine_is_in_the_contract_of_siblings() -> None:
    engines = {f"kamflow.engines.{p.parent.name}" for p in (ROOT / "kamflow/engines").glob("*/__init__.py")}
    (contract,) = [c for c in CONTRACTS if c["type"] == "independence"]
    assert set(contract["modules"]) == engines
