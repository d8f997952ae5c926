"""What a command imports: its own parts, never somebody else's heavy ones. Times are not asserted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
GOOD = "policy p\nend\n\nrecord customer\n  id : text\nend\n\ndecision tier of customer : text as id\n"
HEAVY = (
    "duckdb",
    "rich",
    "pydantic",
    "z3",
    "xlsxwriter",
    "python_calamine",
    "sqlalchemy",
    "fastapi",
    "pygls",
    "matplotlib",
)
RUN = """
import sys
from kamflow.cli.main import main
code = main(sys.argv[1:])
print(code, *sorted({m.partition(".")[0] for m in sys.modules}), file=sys.stderr)
"""


def modules_after(folder: Path, code: str, *args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *args], cwd=folder, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "LANG": "C.UTF-8"},
    )  # fmt: skip
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "args", [["--help"], ["--help", "--lang", "zh"], ["--version"], ["chekc"]], ids=" ".join
)
def test_help_imports_click_and_little_else(tmp_path, args):
    loaded = modules_after(tmp_path, RUN, *args)
    assert "click" in loaded
    assert not loaded & {"lark", *HEAVY}


def test_check_of_a_small_policy_imports_nothing_heavy_and_not_even_lark(tmp_path):
    (tmp_path / "a.kam").write_text(GOOD, encoding="utf-8")
    loaded = modules_after(tmp_path, RUN, "check", "a.kam")
    assert not loaded & {*HEAVY, "lark"}  # its tables are ready
    assert "0" in loaded  # the exit code: it did check


@pytest.mark.parametrize(
    "args",
    [["test", "a.kam"], ["fmt", "a.kam"], ["explain", "tier", "--policies", "a.kam"], ["doctor"]],
    ids=" ".join,
)
def test_other_verbs_import_nothing_heavy(tmp_path, args):
    (tmp_path / "a.kam").write_text(GOOD, encoding="utf-8")
    assert not modules_after(tmp_path, RUN, *args) & set(HEAVY)


def test_import_kamflow_costs_next_to_nothing(tmp_path):
    code = 'import sys, kamflow; print(*{m.partition(".")[0] for m in sys.modules}, file=sys.stderr)'
    loaded = modules_after(tmp_path, code)
    assert not loaded & {"click", "lark", "dataclasses", "tomllib", *HEAVY}
