"""Inputs that would exhaust a naive parser end in one finding, in time."""

from __future__ import annotations

import time

import pytest

from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax.format import format_file
from tests.syntax.reading import HEADERS, findings, parsed

N = 100_000
DEFINE = HEADERS[Lang.EN] + "define x of r as "
TABLE = HEADERS[Lang.EN] + "decision d of r : text\n  table first\n    | a || d |\n    | "
TOO_DEEP = {
    "parentheses": DEFINE + "(" * N + "1" + ")" * N,
    "open parentheses": DEFINE + "(" * N,
    "brackets": DEFINE + "[" * N + "]" * N,
    "not": DEFINE + "not " * N + "a",
    "minus": DEFINE + "- " * N + "1",
    "1+1+…": DEFINE + "1" + "+1" * N,
    "1*1*…": DEFINE + "1" + "*1" * N,
    "year of": DEFINE + "year of " * N + "a",
    "min(": DEFINE + "min(" * N,
    "a cell of not": TABLE + "not " * N + "b || 1 |\nend",
}


@pytest.mark.parametrize("how", TOO_DEEP)
def test_what_is_nested_100_000_deep_gives_one_finding_within_3_seconds(how: str) -> None:
    begin = time.process_time()
    found = findings(TOO_DEEP[how])
    assert [f.code for f in found] == ["KF0110"]
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    "text",
    [
        "a @\n" * 20_000,
        'x "\n' * 20_000,
        "define x of r as 1 +\n" * 10_000,
        "end\n" * 50_000,
        "|" * 100_000,
        "| a b |\n" * 20_000,
    ],
    ids=["strays", "open texts", "declarations", "ends", "bars", "rows"],
)
def test_garbage_of_any_length_is_told_in_25_findings_within_3_seconds(text: str) -> None:
    begin = time.process_time()
    found = findings(HEADERS[Lang.EN] + text)
    assert 1 <= len(found) <= 25
    assert time.process_time() - begin < 3


def test_bad_rows_in_many_large_tables_are_not_parsed_again_and_again() -> None:
    row = "    | 1 to 2 | key or growth || 5% |\n"
    bad = "    | 1 2 | key || 5% |\n"
    table = "decision d of r : percent\n  table first\n    | a | b || d |\n" + row * 1200 + bad * 20 + "end\n"
    begin = time.process_time()
    assert 1 <= len(findings(HEADERS[Lang.EN] + table * 10)) <= 25
    assert time.process_time() - begin < 15


def test_time_grows_with_the_length_of_a_file_not_with_its_square() -> None:
    """A table of 8,000 commented rows is read and laid out in a few seconds; squares would take minutes."""
    row = "    | 1 to 2 | key or growth || 5% |  -- why\n"
    text = (
        HEADERS[Lang.EN]
        + "decision d of r : percent\n  table first\n    | a | b || d |\n"
        + row * 8000
        + "end\n"
    )
    text += "".join(f"define x{i} of r as {i}  -- note\n" for i in range(8000))
    begin = time.process_time()
    assert format_file(parsed(text), Source("t.kam", text)).count("-- ") == 16_000
    assert time.process_time() - begin < 12


def test_64_levels_are_no_mistake() -> None:
    assert findings(DEFINE + "(" * 64 + "1" + ")" * 64) == []
    assert findings(DEFINE + "not " * 64 + "a") == []


def test_a_long_condition_is_not_deep() -> None:
    assert findings(DEFINE + "a" + " and a" * 5_000) == []
