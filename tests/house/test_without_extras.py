"""A plain install decides, checks, explains and compares: what is heavy is never needed for that."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = str(ROOT / "examples/customers.json")
RULES = str(ROOT / "rules")
EXTRAS = (
    "duckdb", "sqlglot", "numpy", "numba", "pyspark", "z3", "xlsxwriter", "python_calamine", "pyarrow",
    "sqlalchemy", "alembic", "transitions", "holidays", "psycopg", "matplotlib",
)  # fmt: skip
DAY = ("--as-of", "2026-06-30")
LINES: dict[str, tuple[tuple[str, ...], int]] = {
    "eval": (("eval", CUSTOMERS, "--policies", RULES, *DAY), 0),
    "eval among everybody": (("eval", CUSTOMERS, "--policies", RULES, "--portfolio", CUSTOMERS, *DAY), 0),
    "eval by an engine that is not there": (
        ("eval", CUSTOMERS, "--policies", RULES, "--engine", "duckdb"),
        2,
    ),
    "why": (("why", CUSTOMERS, "--policies", RULES, "--id", "C001", *DAY), 0),
    "check": (("check", RULES), 0),
    "check of workflows": (("check", RULES, f"{ROOT}/workflows/complaint.yaml"), 0),
    "a workflow drawn": (("graph", "complaint", "--workflows", f"{ROOT}/workflows", "--format", "svg"), 0),
    "cases": (("flow", "status"), 2),
    "their database": (("db", "status"), 2),
    "test": (("test", RULES), 0),
    "diff": (("diff", RULES, RULES), 0),
    "impact": (("diff", RULES, "--set", "tier_s_from=85", "--data", CUSTOMERS, *DAY), 1),
    "reports": (("report", "tiers", CUSTOMERS, "--policies", RULES, "-o", "{folder}", *DAY), 0),
    "compile to Python": (("compile", RULES, "--target", "python", "--only", "net_price", *DAY), 0),
    "compile to SQL": (("compile", RULES, "--target", "spark", *DAY), 2),
}
SCRIPT = f"""
import contextlib, io, json, sys
sys.modules.update(dict.fromkeys({EXTRAS!r}))
from kamflow.cli.main import main
found = {{}}
for name, line in json.load(sys.stdin).items():
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(tuple(line))
    found[name] = [code, err.getvalue()]
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    folder = str(tmp_path_factory.mktemp("reports"))
    lines = json.dumps({n: [a.replace("{folder}", folder) for a in line] for n, (line, _) in LINES.items()})
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=lines, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("name", LINES)
def test_a_plain_install_is_enough(found: dict[str, tuple[int, str]], name: str) -> None:
    code, said = found[name]
    assert (code, "ModuleNotFoundError" in said) == (LINES[name][1], False), said[-600:]
    if code == 2:
        assert "pip install" in said, "what is not installed is named with its extra"
