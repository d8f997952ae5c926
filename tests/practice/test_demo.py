"""The demo: both languages, no empty block, and commands that do what they stand under."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from examples.practice import blocks
from examples.practice.show import Show
from examples.practice.state import State, inputs_hash
from examples.practice.telling import tell
from kamflow import Lang
from kamflow.app.report import report_names
from kamflow.cli.main import main
from tests.practice.conftest import Lived

pytestmark = pytest.mark.xdist_group("practice")


def _told(lived: Lived, lang: Lang, reports: tuple[str, ...]) -> str:
    out = io.StringIO()
    tell(Show(lang, Console(file=out, width=100, highlight=False)), lived.state, reports)
    return out.getvalue()


def test_the_demo_tells_the_quarter_in_english_and_writes_the_page(lived: Lived) -> None:
    said = _told(lived, Lang.EN, ("tiers", "stages"))
    found = re.split(r"^\d\. .*─\n", said, flags=re.M)
    assert len(found) == 7
    for block in found[1:6]:
        assert len([x for x in block.splitlines() if x.strip() and not x.startswith("$")]) >= 6, block
    for must in (
        "Tier S", "The largest by profit", "Sales director 周慧敏", "Value review", "Won back",
        "Waits for 周慧敏: C127", "missed: ",
    ):  # fmt: skip
        assert must in said, must
    assert max(len(x) for x in said.splitlines() if not x.startswith("$")) <= 100
    page = (lived.state.report / "report.html").read_text(encoding="utf-8")
    assert "Key-account lifecycle" in page


def test_the_demo_tells_it_in_chinese_without_english_words(lived: Lived) -> None:
    said = _told(lived, Lang.ZH, ("tiers",))
    lines = [x for x in said.splitlines() if not x.startswith("$")]
    english = {w for x in lines for w in re.findall(r"[A-Za-z]{3,}", x)} - {
        "build",
        "practice",
        "report",
        "html",
    }
    assert english <= {"ABC", "rules", "workflows"} | set(
        re.findall(r"[A-Za-z]{3,}", str(lived.state.report))
    )
    for must in (
        "客户等级",
        "利润最高的客户",
        "销售总监周慧敏",
        "赢回：重新下单",
        "等待周慧敏审批",
        "超时：",
    ):
        assert must in said, must


def test_the_commands_under_the_blocks_do_their_work(
    lived: Lived, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    show = Show(Lang.EN, Console(file=out, width=100))
    for block in (blocks.tiers, blocks.prices, blocks.risk, blocks.stages, blocks.complaints):
        block(show, lived.quarter)
    commands = [x[2:] for x in out.getvalue().splitlines() if x.startswith("$ kamflow ")]
    assert len(commands) >= 13
    tried: set[str] = set()
    monkeypatch.setenv("KAMFLOW_LANG", "en")
    for command in commands:
        args = [
            str(lived.state.folder / a.removeprefix("build/practice/"))
            if a.startswith("build/practice/")
            else a
            for a in command.split()[1:]
        ]
        if args[0] == "report":  # written by the demo itself; that the names are known has to do
            assert isinstance(report_names(args[1]), tuple)
            continue
        if "--not" in args or (args[0], args[1][:4]) in tried:  # a proof takes seconds
            continue
        tried.add((args[0], args[1][:4]))
        capsys.readouterr()
        assert main(args) == 0, command
        assert capsys.readouterr().out.strip(), command


def test_cases_are_made_anew_only_when_something_has_changed(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    monkeypatch.setattr("examples.practice.state.subprocess.Popen", lambda *a, **_: started.append(a))
    same = State(lived.state.folder)
    same.start()
    assert started == []
    assert same.is_made
    monkeypatch.setattr("examples.practice.state.inputs_hash", lambda: inputs_hash()[::-1])
    State(lived.state.folder).start()
    assert len(started) == 1
