"""Slips of people who edit a policy: each is one finding, and it says what to write instead."""

from __future__ import annotations

import pytest

from kamflow.app.init_text import project_files
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.project.load import load_sources

EN = project_files(Lang.EN)["rules/discounts.kam"]
ZH = project_files(Lang.ZH)["rules/折扣.kam"]

# what stands in the policy of `kamflow init`, what somebody makes of it, the code, words of the hint
MONEY = ": 1,000,000 CNY\n"
DATE = "  from 2025-01-01"
ROW = '    | key      | at most 30 days ||       8% | "pays in time"   | "按时付款" |'
ENGLISH = {
    "groups of four": (MONEY, ": 100,0000 CNY\n", "KF0132", "write 1,000,000"),
    "a point for thousands": (MONEY, ": 50.000 CNY\n", "KF0132", "50,000 or 50.00"),
    "point and comma": (MONEY, ": 50.000,00 CNY\n", "KF0132", "write 50,000.00"),
    "blanks for groups": (MONEY, ": 50 000 CNY\n", "KF0132", "write 50,000"),
    "no currency": (MONEY, ": 50,000\n", "KF0202", "50,000 CNY"),
    "a sign before": (MONEY, ": $50,000\n", "KF0132", "50,000 USD"),
    "a code before": (MONEY, ": CNY 50,000\n", "KF0132", "50,000 CNY"),
    "RMB": (MONEY, ": 50,000 RMB\n", "KF0113", "CNY"),
    "a code in small letters": (MONEY, ": 50,000 cny\n", "KF0112", "50,000 CNY"),
    "thousand": (MONEY, ": 50 thousand CNY\n", "KF0112", "50k"),
    "an amount in quotes": (MONEY, ': "50,000 CNY"\n', "KF0202", "without quotes"),
    "slashes": (DATE, "  from 2025/01/01", "KF0131", "2025-01-01"),
    "points in a date": (DATE, "  from 1.1.2025", "KF0131", "2025-01-01"),
    "either day or month": (DATE, "  from 1/2/2024", "KF0131", "year-month-day"),
    "one digit": (DATE, "  from 2025-1-1", "KF0131", "2025-01-01"),
    "eight digits": (DATE, "  from 20250101", "KF0131", "2025-01-01"),
    "no such day in slashes": (DATE, "  from 2025/02/30", "KF0115", "year-month-day"),
    "since": (DATE, "  since 2025-01-01", "KF0127", "from"),
    "an unsorted date": (MONEY, MONEY + "  from 2024-01-01 : 1 CNY\n", "KF0501", "ascending"),
    "End": (MONEY + "end", MONEY + "End", "KF0127", "end"),
    "a keyword misspelt": ("  currency CNY", "  curency CNY", "KF0127", "currency"),
    "yuan": ("  currency CNY", "  currency yuan", "KF0113", "CNY"),
    "too few cells": (ROW, '    | key || 8% | "x" | "x" |', "KF0310", "any"),
    "an empty cell": (ROW, ROW.replace("at most 30 days", ""), "KF0120", "any"),
    "a dash for any": (ROW, ROW.replace("at most 30 days", "-"), "KF0127", "any"),
    "a star for any": (ROW, ROW.replace("at most 30 days", "*"), "KF0127", "any"),
    "all for any": (ROW, ROW.replace("at most 30 days", "all"), "KF0127", "any"),
    "bars apart": (ROW, ROW.replace("||", "| |"), "KF0120", "||"),
    "a comma between members": (ROW, ROW.replace("| key ", "| key, standard "), "KF0120", "or"),
    "a slash between members": (ROW, ROW.replace("| key ", "| key/standard "), "KF0120", "or"),
    "and between members": (ROW, ROW.replace("| key ", "| key and standard "), "KF0120", "or"),
    "a member in quotes": (ROW, ROW.replace("| key ", '| "key" '), "KF0202", "without quotes"),
    "the label of a member": (ROW, ROW.replace("| key ", "| 重点客户 "), "KF0201", "key"),
    "a range with a dash": (ROW, ROW.replace("at most 30 days", "0-30"), "KF0313", "0 days to 30 days"),
    "a range without units": (ROW, ROW.replace("at most 30 days", "5 to 30"), "KF0202", "5 days"),
    "up to": (ROW, ROW.replace("at most", "up to"), "KF0127", "at most"),
    "most": (ROW, ROW.replace("at most", "most"), "KF0127", "at most"),
    "a bound the wrong way round": (ROW, ROW.replace("at most", "=<"), "KF0104", "<="),
    "no unit": (ROW, ROW.replace("30 days", "30"), "KF0202", "30 days"),
    "weeks": (ROW, ROW.replace("30 days", "4 weeks"), "KF0112", "28 days"),
    "hours": (ROW, ROW.replace("30 days", "48hours"), "KF0112", "whole days"),
    "a unit misspelt": (ROW, ROW.replace("30 days", "30 dyas"), "KF0112", "30 days"),
    "months for days": (ROW, ROW.replace("30 days", "1 month"), "KF0202", "days"),
    "percent in words": (ROW, ROW.replace("8%", "8 percent"), "KF0112", "8%"),
    "a fraction for percent": (ROW, ROW.replace("8%", "0.08"), "KF0202", ": 8%"),
    "a comma before decimals": (ROW, ROW.replace("8%", "8,5%"), "KF0132", "8.5"),
    "single quotes": (ROW, ROW.replace('"pays in time"', "'pays in time'"), "KF0104", '"pays in time"'),
    "another comment": (ROW, ROW + " # new", "KF0104", "--"),
    "a reason column misspelt": ("| because          |", "| becuase          |", "KF0311", "because"),
    "the other way round": (">= key_from", "=> key_from", "KF0104", ">="),
    "two ampersands": (">= key_from", ">= key_from && overdue_days > 3 days", "KF0104", "and"),
    "a no-break space": (ROW, ROW.replace("| key ", "| key\u00a0"), None, ""),
}
ZH_ROW = "    | 重点客户 | 至多 30 天 ||       8% | “按时付款” |"
CHINESE = {
    "年月日": ("  从 2025-01-01", "  从 2025年1月1日", "KF0131", "2025-01-01"),
    "四位一组": (": 1,000,000 元", ": 100，0000 元", "KF0132", "1,000,000"),
    "货币符号": (": 1,000,000 元", ": ￥1,000,000", "KF0132", "1,000,000 CNY"),
    "块": (": 1,000,000 元", ": 1,000,000 块", "KF0112", "1,000,000 元"),
    "没有币种": (": 1,000,000 元", ": 1,000,000", "KF0202", "1,000,000 元"),
    "折": (ZH_ROW, ZH_ROW.replace("8%", "92折"), "KF0112", "92%"),
    "小时": (ZH_ROW, ZH_ROW.replace("30 天", "48小时"), "KF0112", "整天"),
    "小于等于": (ZH_ROW, ZH_ROW.replace("至多", "小于等于"), "KF0127", "至多"),
    "以内": (ZH_ROW, ZH_ROW.replace("至多 30 天", "30 天 以内"), "KF0127", "至多"),
    "到": (ZH_ROW, ZH_ROW.replace("至多 30 天", "0 天 到 30 天"), "KF0127", "至"),
    "范围": (ZH_ROW, ZH_ROW.replace("至多 30 天", "0-30"), "KF0313", "0 天 至 30 天"),
    "顿号": (ZH_ROW, ZH_ROW.replace("| 重点客户 ", "| 重点客户、普通客户 "), "KF0120", "或"),
    "和": (ZH_ROW, ZH_ROW.replace("| 重点客户 ", "| 重点客户 和 普通客户 "), "KF0120", "或"),
    "不限": (ZH_ROW, ZH_ROW.replace("至多 30 天", "不限"), "KF0127", "任意"),
    "any": (ZH_ROW, ZH_ROW.replace("| 重点客户 ", "| any "), "KF0122", "任意"),
    "table unique": ("表 唯一", "table unique", "KF0122", "表 唯一"),
    "引号颠倒": (ZH_ROW, ZH_ROW.replace("“按时付款”", "”按时付款“"), "KF0104", "“按时付款”"),
    "书名号": (ZH_ROW, ZH_ROW.replace("“按时付款”", "《按时付款》"), "KF0104", "“按时付款”"),
    "破折号注释": (ZH_ROW, "    —— 备注\n" + ZH_ROW, "KF0104", "--"),
    "句号": ("则 重点客户\n", "则 重点客户。\n", "KF0104", "删除"),
    "如果": ("  当 近12月", "  如果 近12月", "KF0127", "当"),
    "大于等于": (">= 重点客户门槛", "大于等于 重点客户门槛", "KF0127", "至少"),
    "等于": ("期望 客户等级 = ", "期望 客户等级 等于 ", "KF0127", "="),
    "币种 RMB": ("币种 CNY", "币种 RMB", "KF0113", "CNY"),
    "货币": ("币种 CNY", "货币 CNY", "KF0127", "币种"),
}


@pytest.mark.parametrize("slip", ENGLISH)
def test_a_slip_in_english_is_one_finding_that_says_what_to_write(slip: str) -> None:
    _one_finding(EN, *ENGLISH[slip], Lang.EN)


@pytest.mark.parametrize("slip", CHINESE)
def test_a_slip_in_chinese_is_one_finding_that_says_what_to_write(slip: str) -> None:
    _one_finding(ZH, *CHINESE[slip], Lang.ZH)


def _one_finding(policy: str, old: str, new: str, code: str | None, says: str, lang: Lang) -> None:
    assert old in policy, "the policy that is edited has changed"
    text = policy.replace(old, new, 1)
    found = load_sources({"p.kam": Source("p.kam", text)}).findings
    assert [f.code for f in found] == ([code] if code else [])
    for f in found:
        assert f.hint is not None
        assert says in f.hint.in_(lang)


@pytest.mark.parametrize(
    "slip", [s for s, (_, _, code, _) in ENGLISH.items() if code in {"KF0131", "KF0132", "KF0127", "KF0104"}]
)
def test_the_fix_of_a_slip_where_there_is_one_leaves_nothing_to_say(slip: str) -> None:
    old, new, _, _ = ENGLISH[slip]
    text = EN.replace(old, new, 1)
    (finding,) = load_sources({"p.kam": Source("p.kam", text)}).findings
    for edit in sorted(finding.fix, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.new_text + text[edit.span.end :]
    if finding.fix:
        after = {f.code for f in load_sources({"p.kam": Source("p.kam", text)}).findings}
        assert after <= {"KF0207"}, "a sign of another currency stays another currency"


def test_what_could_not_be_read_in_one_policy_is_not_missed_in_another() -> None:
    head = 'policy {0} "{0}"\n  effective from 2025-01-01\n  currency CNY\n{1}end\n'
    base = head.format("base", "") + (
        "record r\n  id : text\n  a : money\nend\n"
        "parameter low : money\n  from 2025-01-01 : 5,0000 CNY\nend\n"
        "define poor of r as a < low\ntype act is one of visit, call\n"
    )
    plays = head.format("plays", "  uses base\n") + (
        "decision acts of r gives what : act\n  table collect list\n"
        "    | poor || what |\n    | yes || visit |\n"
        'end\ntest "t" as of 2026-06-30\n  given r\n    poor = yes\n  expect acts\n    | what  |\n'
        '    | visit |\nend\nscenario "s"\n  set low = 3 CNY\nend\n'
    )
    sources = {"base.kam": Source("base.kam", base), "plays.kam": Source("plays.kam", plays)}
    assert [f.code for f in load_sources(sources).findings] == ["KF0132"]
    sources["base.kam"] = Source("base.kam", base.replace("5,0000", "50,000"))
    assert load_sources(sources).findings == ()


def test_a_header_takes_every_word_for_a_currency_that_an_amount_takes() -> None:
    text = ZH.replace("币种 CNY", "币种 英镑").replace(" 元", " 英镑")
    assert load_sources({"p.kam": Source("p.kam", text)}).findings == ()


def test_an_unknown_currency_of_the_header_is_said_once() -> None:
    text = ZH.replace("币种 CNY", "币种 比特币")
    assert [f.code for f in load_sources({"p.kam": Source("p.kam", text)}).findings] == ["KF0113"]


def test_a_member_where_no_type_is_said_is_told_apart_from_a_misspelt_name() -> None:
    head = "policy p\n  currency CNY\nend\ntype tier is one of a, b\nrecord r\n  n : count\nend\n"
    body = "define t of r as a when n > 5, otherwise b\n"
    found = load_sources({"p.kam": Source("p.kam", head + body)}).findings
    hints = {f.hint.en for f in found if f.code == "KF0201"}
    assert hints == {"say the type of what is defined: `define … of … : tier as …`"}
    assert not any(f.fix for f in found)
    typed = head + body.replace("of r as", "of r : tier as")
    assert "KF0201" not in {f.code for f in load_sources({"p.kam": Source("p.kam", typed)}).findings}
