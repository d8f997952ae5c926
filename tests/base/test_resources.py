from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.base import resources
from kamflow.base.resources import resource_dir

ROOT = Path(__file__).resolve().parents[2]


def test_in_a_checkout_the_resources_are_the_folders_that_one_edits() -> None:
    assert resource_dir("grammar") == ROOT / "grammar"
    assert resource_dir("rules") == ROOT / "rules"
    assert resource_dir("workflows") == ROOT / "workflows"
    assert resource_dir("findings") == ROOT / "docs" / "findings"


def test_an_installed_package_uses_what_came_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_data").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resource_dir("findings") == tmp_path / "_data" / "findings"
