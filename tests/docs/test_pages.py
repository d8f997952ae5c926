"""Every block of every page does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, pages
from tests.docs.run_page import run_page


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(DOCS)))
def test_every_block_of_the_page_does_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = run_page(page.read_text(encoding="utf-8"), tmp_path, monkeypatch)
    assert not wrong, "\n".join(wrong)
