"""What people write out of habit from Excel, other languages and the keyboard at hand, and what they mean.

Data and small readers for the tokenizer and for ``explain_token``; nothing here reports anything.
"""

from __future__ import annotations

import re

from kamflow.base.frozen import frozen
from kamflow.base.suggest import suggest
from kamflow.base.text import Lang, Text
from kamflow.values.currencies import CURRENCIES, meant_currency
from kamflow.values.dates import day_from_iso

SYMBOLS = {
    "_COMMA": ",", "_COLON": ":", "_DOT": ".", "_LPAR": "(", "_RPAR": ")", "_LSQB": "[", "_RSQB": "]",
    "_BAR": "|", "_DBAR": "||", "_ROW_END": "|", "PLUS": "+", "MINUS": "-", "STAR": "*", "SLASH": "/",
    "HOLE": "?",
    "EQ": "=", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=",
}  # fmt: skip

COMMENT_SIGN = re.compile("#+|//|——")  # a Chinese keyboard makes —— of two hyphens
SIGNS = {"=>": "GE", "=<": "LE", "&&": "AND", "&": "AND", "–": "MINUS", "—": "MINUS"}
CURRENCY_SIGNS = {"¥": "CNY", "￥": "CNY", "$": "USD", "€": "EUR", "£": "GBP"}
SIGN = re.compile(
    "|".join(re.escape(s) for s in sorted(SIGNS, key=len, reverse=True))
    + f"|[{''.join(CURRENCY_SIGNS)}](?=[0-9])"
)
FIRST_SIGNS = frozenset("#/") | {sign[0] for sign in (*SIGNS, *CURRENCY_SIGNS)}

WORDS = {
    "if": "_WHEN", "else": "_OTHERWISE", "elif": "_OTHERWISE", "elseif": "_OTHERWISE", "return": "_THEN",
    "true": "YES", "false": "NO", "True": "YES", "False": "NO", "null": "MISSING", "None": "MISSING",
    "equals": "IS", "greater": "ABOVE", "less": "BELOW", "default": "_OTHERWISE", "most": "AT_MOST",
    "least": "AT_LEAST", "over": "ABOVE", "under": "BELOW", "till": "TO", "since": "_FROM",
    "如果": "_WHEN", "若": "_WHEN", "那么": "_THEN", "大于": "ABOVE", "小于": "BELOW", "等于": "EQ",
    "空": "MISSING", "并且": "AND", "而且": "AND", "或者": "OR", "其他": "_OTHERWISE", "其它": "_OTHERWISE",
    "大于等于": "AT_LEAST", "不低于": "AT_LEAST", "不少于": "AT_LEAST", "不小于": "AT_LEAST",
    "最少": "AT_LEAST", "以上": "AT_LEAST", "小于等于": "AT_MOST", "不大于": "AT_MOST", "不高于": "AT_MOST",
    "最多": "AT_MOST", "以下": "AT_MOST", "以内": "AT_MOST", "之内": "AT_MOST", "内": "AT_MOST",
    "超过": "ABOVE", "少于": "BELOW", "不等于": "NE", "到": "TO", "引入": "_USES", "货币": "_CURRENCY",
}  # fmt: skip
"""Words of other languages and of speech, and the terminal that says the same."""
BEHIND = frozenset({"以上", "以下", "以内", "之内", "内"})
"""Those of them that speech puts behind the amount; here the word stands before it."""

ANY_WORDS = frozenset(
    {"all", "every", "whatever", "whichever", "全部", "所有", "不限", "任何", "随意", "都行"}
)
MISSING_WORDS = frozenset({"empty", "blank", "null", "none", "空", "空白", "无", "没有", "未填"})
"""What people write into a cell that does not matter, or for a value that is not there."""
JOINERS = frozenset({"和", "与", "及", "跟", "、"})

_UNITS = {
    Lang.EN: ("days", "months", "years"),
    Lang.ZH: ("天", "个月", "年", "元"),
}
_PERCENT = frozenset({"percent", "pct", "per", "百分", "个百分点", "百分点"})
_POWERS = {"thousand": "k", "million": "M", "mio": "M", "千": "k", "百万": "M", "K": "k", "m": "M"}
_WHOLE_DAYS = frozenset({"h", "hour", "hours", "minute", "minutes", "小时", "个小时", "分钟"})
_WEEKS = frozenset({"w", "week", "weeks", "周", "个星期", "星期"})


def meant_unit(unit: str, number: str, lang: Lang) -> Text | None:
    """Say what to write for a unit that is none, None where nobody can tell."""
    low = unit.casefold()
    if low in _PERCENT:
        return _write(f"{number}%")
    if low in _WHOLE_DAYS:
        return Text("time is counted in whole days here: write days", "时间按整天计算，请写天数")
    if low in _WEEKS and number.isdecimal():
        return _write(f"{int(number) * 7} {'days' if lang is Lang.EN else '天'}")
    if unit == "折":
        part = number.ljust(2, "0") if number.isdecimal() and len(number) <= 2 else "80"
        return Text(
            f"write what is paid, {part}%, or what is given, {100 - int(part)}%",
            f"请写成百分比：实付 {part}%，即优惠 {100 - int(part)}%",
        )
    if low == "d":
        return _write(f"{number} {_UNITS[lang][0]}")
    power = _POWERS.get(unit) or _POWERS.get(low)
    if power is not None:
        return _write(f"{number}{power}")
    near = suggest(unit, [u for u in _UNITS[lang] if u[0] == low[0]])
    code = near or meant_currency(unit)
    return _write(f"{number} {'元' if lang is Lang.ZH and code == 'CNY' else code}") if code else None


def _write(text: str) -> Text:
    return Text(f"write {text}", f"请写 {text}")


# ---- dates

DATE_JOINTS = frozenset("/.-年")
_YEAR_FIRST = re.compile(
    r"((?:19|20)\d\d)(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)(?![\w.])"
)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.])(\d{1,2})\2((?:19|20)\d\d)(?!\w)")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")


@frozen
class OtherDate:
    """A date in another notation: ``iso`` where it can be read in one way only."""

    end: int
    iso: str
    guess: str


def read_date(text: str, pos: int) -> OtherDate | None:
    """Read ``2025/1/31``, ``2025.01.31``, ``2025-1-31``, ``2025年1月31日`` or ``31.1.2025``."""
    first = _YEAR_FIRST.match(text, pos)
    if first is not None:
        year, month, day = first[1], first[3] or first[5], first[4] or first[6]
        iso = f"{year}-{month:0>2}-{day:0>2}"
        return OtherDate(first.end(), iso, iso)
    last = _YEAR_LAST.match(text, pos)
    if last is None:
        return None
    readings = {f"{last[4]}-{m:0>2}-{d:0>2}" for m, d in ((last[1], last[3]), (last[3], last[1]))}
    real = sorted(r for r in readings if day_from_iso(r) is not None)
    one_way = last[2] == "." or len(real) == 1  # 31.1. is read in one way, 1/2 in two
    dotted = f"{last[4]}-{last[3]:0>2}-{last[1]:0>2}"
    guess = (dotted if last[2] == "." else real[0]) if real else dotted
    return OtherDate(last.end(), guess if one_way else "", guess)


def compact_date(text: str) -> str | None:
    """Return the date that eight digits stand for."""
    found = _COMPACT.fullmatch(text)
    iso = "-".join(found.groups()) if found is not None else ""
    return iso if day_from_iso(iso) is not None else None


def cell_word(word: str) -> str | None:
    """Return the terminal of a word that people put into a cell: `all`, `空`."""
    low = word.casefold()
    return "ANY" if low in ANY_WORDS else "MISSING" if low in MISSING_WORDS else None


def is_currency(word: str) -> bool:
    return word in CURRENCIES
