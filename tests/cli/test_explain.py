"""`kamflow explain`: pages of codes, and names of policies."""

from __future__ import annotations

import pytest

from kamflow.app.explain_page import code_of, known_codes, parse_page, read_page
from kamflow.base.text import Lang

POLICY = """\
policy p
  currency CNY
end

type tier is ordered standard en "Standard" zh "普通客户" < key en "Key account" zh "重点客户"

record customer en "Customer" zh "客户"
  id           : text
  revenue      : money, 0 CNY to 1,000,000 CNY en "Revenue" zh "销售额"
  overdue_days : days, default 3 days, 0 days to 365 days, changeable
  phone        : text, optional, personal(service)
end

parameter key_from : money en "Line" zh "门槛"
  from 2025-01-01 : 1,000 CNY
  from 2026-01-01 : 2,000 CNY
end

define is_large of customer as revenue >= key_from

decision level of customer : tier en "Level" zh "等级"
  table unique
    | is_large | overdue_days    || level    | because     |
    | yes      | at most 30 days || key      | "in time"   |
    | yes      | above 30 days   || standard | "overdue"   |
    | no       | any             || standard | "too small" |
end

decision visits of customer : count as 2 when level is key, otherwise 1

impossible of customer when overdue_days > 300 days because "nobody is"
"""
PAGE = """\
# KF0999 made-up

since 0.1 · error

## English

A page
of two lines.

### Wrong

```kam
# no heading, and ## none either
policy
```

## 中文

中文说明。

### 错误

```kam
策略
```
"""


@pytest.fixture
def explain(run, folder):
    (folder / "p.kam").write_text(POLICY, encoding="utf-8")
    return lambda *args: run("explain", *args, "--policies", "p.kam", "--as-of", "2026-06-30")


@pytest.mark.parametrize("text", ["KF0203", "kf0203", "KF203", "203", "0203"])
def test_a_code_may_be_written_short(text):
    assert code_of(text) == "KF0203"


@pytest.mark.parametrize("text", ["tier", "KF", "20", "KF02033", "20３", ""])
def test_what_is_no_code_is_a_name(text):
    assert code_of(text) is None


def test_the_page_of_a_code_is_shown_in_one_language(run, tmp_path):
    path = tmp_path / "KF0999.md"
    path.write_text(PAGE, encoding="utf-8")
    english, chinese = parse_page(path, Lang.EN), parse_page(path, Lang.ZH)
    assert (english.title, english.about) == ("KF0999 made-up", "since 0.1 · error")
    assert "of two lines." in english.body
    assert "# no heading, and ## none either" in english.body
    assert "中文说明" not in english.body
    assert "中文说明" in chinese.body
    assert "of two lines" not in chinese.body


def test_every_page_there_is_has_a_text_in_both_languages():
    codes = known_codes()
    assert len(codes) > 50
    for code in codes:
        for lang in Lang:
            page = read_page(code, lang)
            assert page is not None
            assert page.title.startswith(code)
            assert len(page.body) > 40, code


def test_a_page_is_printed_and_an_unknown_code_is_a_mistake(run):
    code = known_codes()[0]
    said = run("explain", code)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{code} ")
    assert "```" not in said.out
    unknown = run("explain", "KF9999")
    assert (unknown.code, "there is no code KF9999" in unknown.err) == (2, True)


def test_a_decision_shows_its_rows_what_it_reads_and_who_reads_it(explain):
    said = explain("level")
    assert said.code == 0
    rows = said.out.splitlines()
    assert rows[0] == "level  decision of customer"
    assert "  label    Level" in rows
    assert "  type     tier (standard < key)" in rows
    assert "  defined  p.kam:21" in rows
    assert '      2  | yes      | above 30 days   || standard | "overdue"   |' in rows
    assert rows[rows.index("  reads:") + 1] == "    is_large, overdue_days"
    assert rows[rows.index("  read by:") + 1] == "    visits of customer"


def test_the_same_in_chinese_found_by_its_label(explain):
    said = explain("等级", "--lang", "zh")
    assert said.out.startswith("level  决策（customer）\n  名称    等级\n")
    assert "被引用于：\n    visits（customer）" in said.out


def test_a_parameter_shows_its_values_by_date(explain):
    said = explain("key_from")
    assert "from 2025-01-01: 1000.00 CNY" in said.out
    assert "from 2026-01-01: 2000.00 CNY" in said.out
    assert "is_large of customer" in said.out
    assert "2026-01-01 起：2000.00 CNY" in explain("门槛", "--lang", "zh").out


def test_a_field_shows_range_default_and_readers(explain):
    said = explain("customer.overdue_days")
    assert "type     days, 0 days to 365 days, default 3 days; changeable" in said.out
    assert "level of customer" in said.out
    assert "impossible: nobody is" in said.out
    assert "personal data" in explain("phone").out
    assert "金额（CNY），0.00 元 至 1,000,000.00 元" in explain("销售额", "--lang", "zh").out


def test_a_record_lists_fields_and_decisions_and_a_type_its_members(explain):
    record = explain("customer").out
    assert "revenue : money in CNY, 0.00 CNY to 1,000,000.00 CNY  Revenue" in record
    assert "level : tier  Level" in record
    enum = explain("tier", "--lang", "zh").out
    assert "standard  普通客户" in enum
    assert "level（customer）" in enum


def test_an_unknown_name_is_a_mistake_with_a_suggestion(explain):
    said = explain("levle")
    assert (said.code, said.out) == (2, "")
    assert "did you mean level?" in said.err


def test_policies_that_do_not_compile_are_code_4(run, folder):
    (folder / "bad.kam").write_text(POLICY.replace("as revenue", "as revenu"), encoding="utf-8")
    said = run("explain", "level", "--policies", "bad.kam")
    assert (said.code, "KF0201" in said.err) == (4, True)
