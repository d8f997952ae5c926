"""`kamflow diff`: folders, files and revisions of git; exit codes, words of both languages, JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run

OLD = """policy p en "Rates" zh "费率"
  currency CNY
end

type 等级 is ordered 普通 < 重点

record 客户
  编号 : text
  等级 : 等级
  评分 : number, 0 to 100
end

decision 折扣 of 客户 : percent en "Discount" zh "折扣"
  table unique
    | 等级 | 评分        || 折扣 |
    | 重点 | at least 80 ||   8% |
    | 重点 | below 80    ||   5% |
    | 普通 | any         ||   0% |
end

decision 价格 of 客户 : percent as 100% - 折扣

decision 赠品 of 客户 : count as 3
"""
NEW = OLD.replace("80 ", "82 ")


@pytest.fixture
def two(folder: Path) -> Path:
    for name, text in (("old", OLD), ("new", NEW)):
        (folder / name).mkdir()
        (folder / name / "p.kam").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def repository(folder: Path) -> Path:
    """A repository of one commit; the policies were changed since."""

    def git(*args: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (folder / "rules").mkdir()
    (folder / "rules" / "p.kam").write_text(OLD, encoding="utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    (folder / "rules" / "p.kam").write_text(NEW, encoding="utf-8")
    return folder


def test_what_changes_is_said_as_a_box_with_a_record(two: Path, run: Run) -> None:
    said = run("diff", "old", "new")
    assert said.code == 1
    assert (
        said.out
        == """old → new

折扣  Discount  changed
  only for 等级 = 重点, 评分 80 to below 82: 8% → 5%
  for example 8% (row 1) → 5% (row 2)
    on 2025-01-01: 等级 = 重点, 评分 = 80

价格  changed, through 折扣
  the same record: 92% → 95%

3 outputs: 2 changed, 1 proved equal
"""
    )
    assert said.err == ""


def test_and_in_chinese(two: Path, run: Run) -> None:
    said = run("diff", "old", "new", "--lang", "zh", "--only", "折扣")
    assert "折扣  有变化" in said.out
    assert "仅限 等级 = 重点，评分 80 至不满 82：8% → 5%" in said.out
    assert "1 项输出：1 项有变化" in said.out


def test_the_same_is_exit_code_0(two: Path, run: Run) -> None:
    said = run("diff", "old", "old/p.kam")
    assert said.code == 0
    assert said.out == "old → old/p.kam\n\n3 outputs: 3 proved equal\n"


def test_json_has_stable_keys(two: Path, run: Run) -> None:
    said = run("diff", "old", "new", "--format", "json")
    assert said.code == 1
    found = json.loads(said.out)
    assert list(found) == ["old", "new", "equal", "declared", "outputs"]
    first, second, third = found["outputs"]
    assert list(first) == ["record", "name", "label", "fact", "equal", "stretches"]
    assert [o["equal"] for o in found["outputs"]] == [False, False, True]
    (stretch,) = first["stretches"]
    assert list(stretch) == ["from", "to", "verdict", "rewritten", "through", "why", "own", "witness"]
    (region,) = stretch["own"][0]["regions"]
    assert region["where"] == [
        {"en": "等级 = 重点, 评分 80 to below 82", "zh": "等级 = 重点，评分 80 至不满 82"}
    ]
    assert region["old"]["en"] == "8%"
    witness = stretch["witness"]
    assert list(witness) == ["as_of", "without", "record", "old", "new"]
    assert witness["record"]["评分"] == "80.0000"
    assert (witness["old"]["value"], witness["new"]["value"]) == ("8%", "5%")
    assert witness["new"]["trace"]["rows"][0]["row"] == 2
    assert second["stretches"][0]["through"] == ["折扣"]
    assert third["stretches"][0]["verdict"] == "equal"


def test_a_revision_is_compared_with_the_policies_as_they_are(repository: Path, run: Run) -> None:
    for words in (("HEAD",), ("v1",), ("main:rules",), ("v1:rules/", "rules"), ("v1", "rules/p.kam")):
        said = run("diff", *words, "--only", "折扣")
        assert said.code == 1, (words, said.out)
        assert "评分 80 to below 82: 8% → 5%" in said.out
    assert run("diff", "v1", "HEAD").code == 0


def test_a_revision_that_is_not_there_is_a_finding(repository: Path, run: Run) -> None:
    said = run("diff", "HEAD~7")
    assert said.code == 2
    assert "KF0850" in said.out
    assert "KF0852" in run("diff", "v1:nothing", "rules").out
    assert "KF0850" in run("diff", "--", "-x", "rules").out


def test_policies_outside_of_the_repository(repository: Path, run: Run) -> None:
    shutil.rmtree(repository / "rules")
    said = run("diff", "v1")
    assert said.code == 2
    assert "KF0853" in said.out


def test_outside_of_a_repository_a_word_that_is_no_path_is_a_finding(
    two: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(two.parent))
    said = run("diff", "nowhere", "new")
    assert said.code == 2
    assert "KF0851" in said.out
    monkeypatch.setenv("PATH", "")
    assert "git, which may know it as a version, is not installed" in run("diff", "nowhere", "new").out


def test_unknown_names_are_suggested(two: Path, run: Run) -> None:
    said = run("diff", "old", "new", "--only", "折")
    assert said.code == 2
    assert "KF0854" in said.out
    assert run("diff", "old", "new", "--record", "客").code == 2


def test_a_version_that_does_not_compile_is_exit_code_4(two: Path, run: Run) -> None:
    path = two / "new" / "p.kam"
    path.write_text(NEW.replace("as 3", "as nothing_known"), encoding="utf-8")
    said = run("diff", "old", "new")
    assert said.code == 4
    assert "nothing_known" in said.out


def test_a_folder_without_policies_is_exit_code_2(two: Path, run: Run) -> None:
    (two / "empty").mkdir()
    assert run("diff", "old", "empty").code == 2


def test_one_day_only(two: Path, run: Run) -> None:
    dated = OLD.replace("  currency CNY\n", "  currency CNY\n  effective from 2025-01-01\n", 1)
    (two / "old" / "p.kam").write_text(dated, encoding="utf-8")
    (two / "new" / "p.kam").write_text(dated, encoding="utf-8")
    assert run("diff", "old", "new", "--as-of", "2026-01-01").code == 0
    said = run("diff", "old", "new", "--as-of", "2024-01-01")
    assert said.code == 2
    assert "KF0522" in said.out
