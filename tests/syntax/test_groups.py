"""Groups in both languages: how they are written, and what is said to who writes them otherwise."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax.format import format_file
from kamflow.syntax.parse import parse_file

ENGLISH = """policy p
end

define rank of customer as percentile of revenue among accounts within region

classify class of customer over accounts : abc
  by revenue, largest first
  within owner.region
  A up to 80% of total
  B rest
  ties share the better class
  outside population B
end
"""
CHINESE = """策略 p
结束

定义 rank 之 customer 为 百分位 revenue 于 accounts 分组依据 region

分类 class 之 customer 基于 accounts : abc
  按 revenue, 从大到小
  分组依据 owner.region
  A 累计至 80% 占比
  B 其余
  并列取优
  总体之外 B
结束
"""


def parse(text: str):
    sink = Sink()
    source = Source("p.kam", text)
    return parse_file(source, sink), source, sink


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_groups_are_written_in_both_languages(text):
    file, source, sink = parse(text)
    assert len(sink) == 0
    assert format_file(file, source, Lang.EN) == ENGLISH
    assert format_file(file, source, Lang.ZH) == CHINESE


def test_another_word_for_a_group_is_told_the_right_one():
    _, _, sink = parse(CHINESE.replace("accounts 分组依据 region", "accounts 按 region 分组"))
    (found,) = sink.sorted()
    assert "分组依据" in found.hint.zh


def test_groups_of_two_fields_are_refused_by_name():
    _, _, sink = parse(ENGLISH.replace("within region", "within region, owner"))
    (found,) = sink.sorted()
    assert found.code == "KF0130"
    assert "one field" in found.hint.en
