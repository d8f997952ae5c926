"""What every file in the tree keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 500
TEXT_SUFFIXES = {
    ".py", ".md", ".toml", ".kam", ".lark", ".json", ".csv", ".txt", ".lock", ".sh", ".yaml", ".yml", ".err",
    "",  # Makefile, .ci/run
}  # fmt: skip

# spelled in pieces, so that this file does not find itself
FORBIDDEN = {
    "a machine's path": re.compile(r"(?<![\w.])/(?:work|root|home|Users|opt)/" + r"\w"),
    "an address of a file": re.compile("file:" + "//" + "/"),
    "an index address": re.compile(r"--(?:(?:extra-)?index-url|find-links|trusted-host)\b.*:/" + "/"),
    "unfinished work": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"),
}  # fmt: skip


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


FILES = tracked()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in FILES
        if path.suffix in TEXT_SUFFIXES
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a machine's path", "see /ho" + "me/ann/notes"),
        ("an address of a file", "file:/" + "//x"),
        ("an index address", "--index-url=https:/" + "/pypi.example/simple"),
        ("unfinished work", "# TO" + "DO later"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


def test_no_source_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in FILES
        if path.suffix in {".py", ".lark"}
        and (lines := path.read_text(encoding="utf-8").count("\n")) > MAX_LINES
    }
    assert long == {}


def test_no_room_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in FILES if path.suffix == ".py" and path.stem in drawers] == []
    assert [path for path in FILES if drawers & set(path.relative_to(ROOT).parent.parts)] == []
