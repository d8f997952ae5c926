"""The fences of pyproject.toml keep up with the rooms that there are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = CONFIG["tool"]["importlinter"]["contracts"]
ROOMS = {path.parent.name for path in (ROOT / "kamflow").glob("*/__init__.py")}
HOME = {
    "lark": {"syntax"},
    "click": {"cli"},
    "rich": {"cli"},
    "python_calamine": {"portfolio"},
    "xlsxwriter": {"portfolio"},
    "duckdb": {"portfolio", "batch", "engines.sql"},
    "sqlglot": {"engines.sql"},
    "pyspark": {"engines.sql"},
    "numba": {"engines.python"},
    "z3": {"engines.smt"},
    "yaml": {"base"},
    "transitions": {"workflow"},
    "holidays": {"workflow"},
    "sqlalchemy": {"journal"},
    "alembic": {"journal"},
    "psycopg": {"journal"},
    "sqlite3": {"journal"},
    "matplotlib": {"report"},
}
ENGINES = {f"engines.{p.parent.name}" for p in (ROOT / "kamflow/engines").glob("*/__init__.py")}


def fence(library: str) -> set[str]:
    """Return the rooms that are kept from a library."""
    return {
        module.removeprefix("kamflow.")
        for contract in CONTRACTS
        if contract["type"] == "forbidden" and library in contract["forbidden_modules"]
        for module in contract["source_modules"]
    }


@pytest.mark.parametrize("library", HOME)
def test_each_library_is_fenced_off_from_every_room_but_its_own(library: str) -> None:
    homes = HOME[library]
    others = (ROOMS | ENGINES) - {"engines"} - homes if homes & ENGINES else ROOMS - homes
    assert fence(library) == others


def test_every_engine_is_in_the_contract_of_siblings() -> None:
    (contract,) = [c for c in CONTRACTS if c["type"] == "independence"]
    assert set(contract["modules"]) == {f"kamflow.{e}" for e in ENGINES}
