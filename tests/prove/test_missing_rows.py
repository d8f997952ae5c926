"""`check --fix` on gaps: rows are added with `?`, and with results in place of `?` nothing is left out."""

from __future__ import annotations

from random import Random

import pytest

from kamflow.app.check import apply_edits
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source
from kamflow.project.load import Project, load_sources
from kamflow.project.prove import prove_project_tables
from tests.tables.gen_tables import with_gap, with_missing_left_out

GAP = "KF0301"


def loaded(text: str) -> Project:
    return load_sources({"t.kam": Source("t.kam", text)}, Sink())


def gaps(text: str) -> list[Diagnostic]:
    project = loaded(text)
    assert not project.has_errors, (text, [f.message.en for f in project.findings])
    return [f for f in prove_project_tables(project, ()) if f.code == GAP]


def mended(text: str) -> str:
    return apply_edits(text, [e for f in gaps(text) for e in f.fix])


@pytest.mark.parametrize("part", range(4))
def test_rows_that_are_added_close_the_gap_and_meet_no_other_row(part: int) -> None:
    tried = 0
    for seed in range(part * 60, part * 60 + 60):
        made = (with_gap if seed % 3 else with_missing_left_out)(Random(seed))
        text = made.text()
        before = prove_project_tables(loaded(text), ())
        if GAP not in {f.code for f in before}:
            continue
        tried += 1
        open_ = mended(text)
        assert {f.code for f in loaded(open_).findings} == {"KF0317"}, open_
        after = prove_project_tables(loaded(open_.replace("?", "77")), ())
        assert [f.message for f in after if f.code in {GAP, "KF0302"}] == [
            f.message for f in before if f.code == "KF0302"
        ], open_
    assert tried > 30


CHINESE = """策略 定价
  币种 CNY
结束

类型 等级 有序 普通 < 重点

记录 客户
  级别 : 等级
  金额 : 金额, 0 元 至 100万元
  到期 : 日期, 可缺失
  直销 : 是/否
结束

决策 折扣 之 客户 : 百分比
  表 唯一
    | 级别 | 金额        | 到期 | 直销 || 折扣 | 因为     |
    | 重点 | 至少 1万元  | 任意 | 任意 ||   5% | “重点”   |
    | 普通 | 任意        | 缺失 | 否   ||   0% | “目录价” |
结束
"""


def test_rows_are_written_in_the_language_of_the_file_under_its_columns() -> None:
    (finding,) = gaps(CHINESE)
    (edit,) = finding.fix
    assert edit.new_text.split("\n")[1:] == [
        "    | 普通 | 任意        | 非 缺失 | 任意 ||    ? |          |",
        "    | 普通 | 任意        | 缺失 | 是   ||    ? |          |",
        "    | 重点 | 低于 10000 元 | 任意 | 任意 ||    ? |          |",
    ]
    again = mended(CHINESE).replace("?", "1%")
    assert gaps(again) == []


def test_a_gap_that_no_cell_can_name_is_not_mended_by_a_guess() -> None:
    text = """policy p
end
record customer
  region : text
end
decision x of customer : number
  table unique
    | region  || x |
    | "North" || 1 |
    | "South" || 2 |
end
"""
    (finding,) = gaps(text)
    assert finding.fix == ()
    assert finding.hint is not None
    assert "otherwise" in finding.hint.en


def test_bands_of_a_scorecard_are_mended_with_points_to_be_filled_in() -> None:
    text = """policy p
end
record customer
  orders : count, 0 to 100
end
scorecard score of customer
  criterion size weight 100% on orders
    | below 10    | 0  |
    | at least 20 | 10 |
end
"""
    open_ = mended(text)
    assert "    | 10 to below 20 |  ? |\n" in open_
    assert gaps(open_.replace("?", "5")) == []
