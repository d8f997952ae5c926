"""Tables that the reference shares with the program are those of the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, pages
from tests.docs.tables import TABLES, fill


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(DOCS)))
def test_the_tables_of_the_page_are_those_of_the_program(
    page: Path, golden: Callable[[Path, str], None]
) -> None:
    golden(page, fill(page.read_text(encoding="utf-8")))


def test_the_reference_has_every_table() -> None:
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    assert [name for name in TABLES if f"<!-- table: {name} -->" not in text] == []


def test_a_table_that_fell_behind_is_seen() -> None:
    page = "before\n<!-- table: currencies -->\n| decimals | currencies |\n| 2 | CNY |\n<!-- end -->\nafter\n"
    assert fill(page) != page
    assert fill(fill(page)) == fill(page)
    assert fill(page).startswith("before\n")
    assert fill(page).endswith("<!-- end -->\nafter\n")
