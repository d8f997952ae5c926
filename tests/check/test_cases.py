"""Small policies with typical mistakes, and exactly what is said about them (`make goldens` rewrites)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.render import render_full
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.check.check_program import check_program
from kamflow.syntax.parse import parse_file

CASES = Path(__file__).parent / "cases"
ENGLISH = sorted(p for p in CASES.glob("*.kam") if not p.name.startswith("_"))
CHINESE = sorted(p for p in (CASES / "zh").glob("*.kam") if not p.name.startswith("_"))


def _said(path: Path, lang: Lang) -> str:
    """Return what is found in a case together with the policy that all cases share."""
    sink = Sink()
    base = path.with_name("_base.kam")
    sources = {p.name: Source(p.name, p.read_text(encoding="utf-8")) for p in (base, path)}
    files = [parse_file(s, sink) for s in sources.values()]
    check_program(tuple(f for f in files if f is not None), {}, sink)
    return render_full(sink.sorted(), sources, lang, color=False)


@pytest.mark.parametrize("path", ENGLISH, ids=lambda p: p.stem)
def test_a_case_is_told_as_written_down(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".err"), _said(path, Lang.EN))


@pytest.mark.parametrize("path", CHINESE, ids=lambda p: p.stem)
def test_a_case_in_chinese_is_told_as_written_down(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".err"), _said(path, Lang.ZH))


def test_there_are_enough_cases_and_each_has_its_answer() -> None:
    assert len(ENGLISH) >= 60
    assert len(CHINESE) >= 10
    answers = {p.stem for p in CASES.rglob("*.err")}
    assert answers == {p.stem for p in [*ENGLISH, *CHINESE]}
