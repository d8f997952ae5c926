"""Every finding about text that is not (yet) a policy: one kind and one function each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity, define
from kamflow.base.span import Place, Span
from kamflow.base.text import Lang, Text

_E = Severity.ERROR

NOT_UTF8 = define("KF0101", "not-utf8", _E)
FILE_TOO_LARGE = define("KF0102", "file-too-large", _E)
NO_POLICY_HEADER = define("KF0103", "no-policy-header", _E)
STRAY_CHARACTER = define("KF0104", "stray-character", _E)
OPEN_STRING = define("KF0105", "open-string", _E)
CONTROL_IN_STRING = define("KF0106", "control-character", _E)
BIDI_CONTROL = define("KF0107", "bidi-control", _E)
LOOK_ALIKE = define("KF0108", "look-alike-letters", _E)
NAME_TOO_LONG = define("KF0109", "name-too-long", _E)
TOO_DEEP = define("KF0110", "nested-too-deep", _E)
TOO_MANY_TOKENS = define("KF0111", "file-too-long", _E)
UNKNOWN_UNIT = define("KF0112", "unknown-unit", _E)
UNKNOWN_CURRENCY = define("KF0113", "unknown-currency", _E)
NUMBER_TOO_LONG = define("KF0114", "number-too-long", _E)
NO_SUCH_DATE = define("KF0115", "no-such-date", _E)
NOT_WHOLE = define("KF0116", "not-a-whole-number", _E)
UNEXPECTED = define("KF0120", "unexpected", _E)
MISSING_END = define("KF0121", "missing-end", _E)
OTHER_LANGUAGE = define("KF0122", "keyword-of-other-language", _E)
INDENTED = define("KF0123", "indented-declaration", _E)
SAID_TWICE = define("KF0124", "said-twice", _E)
SECOND_HEADER = define("KF0125", "second-header", _E)
AFTER_END = define("KF0126", "text-after-end", _E)
FOREIGN_KEYWORD = define("KF0127", "word-of-another-language", _E)
RESERVED_NAME = define("KF0128", "keyword-as-name", _E)
NOT_YET = define("KF0130", "not-supported-yet", _E)
DATE_NOTATION = define("KF0131", "date-notation", _E)
AMOUNT_NOTATION = define("KF0132", "amount-notation", _E)
MORE_FINDINGS = define("KF0129", "more-findings", _E)


def not_utf8(span: Span, offset: int) -> Diagnostic:
    return NOT_UTF8.at(
        span,
        Text(
            f"this file is not UTF-8 (byte {offset} is no part of it)",
            f"文件不是 UTF-8 编码（第 {offset} 个字节无法识别）",
        ),
        hint=Text("save it as UTF-8 in your editor", "请在编辑器中另存为 UTF-8"),
    )


def file_too_large(span: Span, size: int, limit: int) -> Diagnostic:
    return FILE_TOO_LARGE.at(
        span,
        Text(
            f"the file has {size:,} bytes; a policy has at most {limit:,}",
            f"文件有 {size:,} 字节，一份策略最多 {limit:,} 字节",
        ),
        hint=Text("split it into several policies joined by `uses`", "请拆成几份策略，用“引用”连接"),
    )


def no_policy_header(span: Span) -> Diagnostic:
    return NO_POLICY_HEADER.at(
        span,
        Text(
            "a policy file begins with `policy NAME` (English) or `策略 名称` (Chinese)",
            "策略文件以“策略 名称”（中文）或 `policy NAME`（英文）开头",
        ),
        hint=Text(
            'begin with: policy my_policy "Title" … end',
            "文件开头请写：策略 我的策略 “标题” …… 结束",
        ),
    )


def text_before_policy(span: Span) -> Diagnostic:
    return NO_POLICY_HEADER.at(
        span,
        Text(
            "this stands before the policy header and belongs to no declaration",
            "这段文字在策略头之前，不属于任何声明",
        ),
        hint=Text(
            "a declaration begins with its keyword in the first column of a line",
            "每个声明的关键字必须写在行首第一列",
        ),
    )


def stray_character(span: Span, ch: str) -> Diagnostic:
    name = unicodedata.name(ch, f"U+{ord(ch):04X}")
    shown = ch if ch.isprintable() else f"U+{ord(ch):04X}"
    quote = ch in "'‘’「」『』`"
    return STRAY_CHARACTER.at(
        span,
        Text(f"`{shown}` ({name.lower()}) has no meaning here", f"“{shown}”（{name.lower()}）在这里没有意义"),
        hint=Text('texts stand in "double quotes"', "文本请用双引号“ ”括起来")
        if quote
        else Text("delete it", "请删除"),
        fix=(Edit(span, ""),) if ch in ";；。" or not ch.isprintable() else (),
    )


def other_sign(span: Span, sign: str, meant: str) -> Diagnostic:
    """A sign of other languages, or one that only looks right."""
    return STRAY_CHARACTER.at(
        span,
        Text(f"`{sign}` has no meaning here", f"“{sign}”在这里没有意义"),
        hint=Text(f"write `{meant}`", f"请写“{meant}”"),
        fix=(Edit(span, meant),),
    )


def other_comment(span: Span, sign: str) -> Diagnostic:
    return STRAY_CHARACTER.at(
        span,
        Text(f"`{sign}` does not begin a comment", f"“{sign}”不能开始注释"),
        hint=Text("a comment begins with `--`", "注释以 -- 开头"),
        fix=(Edit(span, "--"),),
    )


def date_notation(span: Span, text: str, iso: str) -> Diagnostic:
    """``iso`` is empty where the day and the month could be either."""
    return DATE_NOTATION.at(
        span,
        Text(f"{text} is not how a date is written", f"日期不能写成 {text}"),
        hint=Text(f"write year-month-day: {iso}", f"请写成 年-月-日：{iso}")
        if iso
        else Text("write year-month-day, as in 2026-01-31", "请写成 年-月-日，例如 2026-01-31"),
        fix=(Edit(span, iso),) if iso else (),
    )


def amount_notation(span: Span, text: str, meant: str) -> Diagnostic:
    return AMOUNT_NOTATION.at(
        span,
        Text(f"`{text}` is not how a number is written", f"数字不能写成“{text}”"),
        why=Text(
            "a comma stands between groups of three digits, a point before decimals",
            "逗号只用于三位一组的分隔，小数点用“.”",
        ),
        hint=Text(f"write {meant}", f"请写 {meant}"),
        fix=(Edit(span, meant),),
    )


def amount_in_doubt(span: Span, text: str, thousands: str, decimals: str) -> Diagnostic:
    return AMOUNT_NOTATION.at(
        span,
        Text(
            f"`{text}` can be {thousands} or {decimals}", f"“{text}”可能是 {thousands}，也可能是 {decimals}"
        ),
        hint=Text(f"write {thousands} or {decimals}", f"请写 {thousands} 或 {decimals}"),
    )


def currency_before(span: Span, text: str, meant: str) -> Diagnostic:
    return AMOUNT_NOTATION.at(
        span,
        Text(f"`{text}` stands before the amount", f"“{text}”写在了金额前面"),
        hint=Text(f"the currency stands behind it: {meant}", f"币种应写在金额后面：{meant}"),
        fix=(Edit(span, meant),) if text not in "¥￥" else (),
    )


def other_quotes(span: Span, text: str, lang: Lang) -> Diagnostic:
    meant = f"“{text}”" if lang is Lang.ZH else f'"{text}"'
    return STRAY_CHARACTER.at(
        span,
        Text("a text stands in double quotes", "文本应使用双引号"),
        hint=Text(f"write {meant}", f"请写成{meant}"),
        fix=(Edit(span, meant),),
    )


def open_string(span: Span, quote: str) -> Diagnostic:
    close = "”" if quote == "“" else '"'
    return OPEN_STRING.at(
        span,
        Text(
            f"this text is not closed before the end of the line; {close} is missing",
            f"文本到行末仍未结束，缺少 {close}",
        ),
        hint=Text(f"close it with {close} on the same line", f"请在同一行用 {close} 结束文本"),
    )


def control_in_string(span: Span, ch: str) -> Diagnostic:
    return CONTROL_IN_STRING.at(
        span,
        Text(
            f"the text holds the control character U+{ord(ch):04X}",
            f"文本中有控制字符 U+{ord(ch):04X}",
        ),
        hint=Text("delete it and write the text again", "请删除后重新输入文本"),
    )


def bidi_control(span: Span, ch: str) -> Diagnostic:
    return BIDI_CONTROL.at(
        span,
        Text(
            f"an invisible character that turns the writing direction (U+{ord(ch):04X})",
            f"此处有改变书写方向的不可见字符（U+{ord(ch):04X}）",
        ),
        why=Text(
            "the policy would read differently from what it does",
            "它会让策略看起来与实际执行的内容不同",
        ),
        hint=Text("delete it", "请删除"),
        fix=(Edit(span, ""),),
    )


def look_alike(span: Span, name: str, strange: str) -> Diagnostic:
    codes = ", ".join(f"{c} = {unicodedata.name(c, '?').lower()}" for c in dict.fromkeys(strange))
    return LOOK_ALIKE.at(
        span,
        Text(
            f"`{name}` mixes letters that look alike but are not the same ({codes})",
            f"名称“{name}”混用了外形相同、实为不同的字母（{codes}）",
        ),
        why=Text(
            "two names that look the same would be two different things",
            "看上去相同的两个名称其实是两个不同的对象",
        ),
        hint=Text("type the name again", "请重新输入这个名称"),
    )


def name_too_long(span: Span) -> Diagnostic:
    return NAME_TOO_LONG.at(
        span,
        Text("a name has at most 256 characters", "名称最多 256 个字符"),
        hint=Text("choose a shorter name", "请改用较短的名称"),
    )


def too_deep(span: Span) -> Diagnostic:
    return TOO_DEEP.at(
        span,
        Text("this is nested more than 64 deep", "嵌套超过 64 层"),
        hint=Text("give parts of it names with `define`", "请用“定义”给其中的部分命名，再引用"),
    )


def too_many_tokens(span: Span) -> Diagnostic:
    return TOO_MANY_TOKENS.at(
        span,
        Text("the file has more than 400,000 words", "文件超过 400,000 个词"),
        hint=Text("split it into several policies joined by `uses`", "请拆成几份策略，用“引用”连接"),
    )


def unknown_unit(span: Span, unit: str, meant: Text | None = None) -> Diagnostic:
    return UNKNOWN_UNIT.at(
        span,
        Text(f"`{unit}` is no unit that kamflow knows", f"“{unit}”不是可识别的单位"),
        hint=meant
        or Text(
            "write %, days, months, years or a currency such as CNY; k and M for thousand and million",
            "请写 %、天、个月、年，或币种如 元、CNY；万、亿 可用作数量级",
        ),
    )


def unknown_currency(span: Span, code: str, near: str | None) -> Diagnostic:
    return UNKNOWN_CURRENCY.at(
        span,
        Text(f"`{code}` is no currency that kamflow knows", f"“{code}”不是可识别的币种"),
        hint=Text(f"did you mean {near}?", f"是否想写 {near}？")
        if near
        else Text("use an ISO 4217 code such as CNY, USD, EUR", "请使用 ISO 4217 代码，如 CNY、USD、EUR"),
    )


def number_too_long(span: Span) -> Diagnostic:
    return NUMBER_TOO_LONG.at(
        span,
        Text("a number has at most 38 digits", "数字最多 38 位"),
        hint=Text("check the number", "请检查这个数字"),
    )


def no_such_date(span: Span, text: str) -> Diagnostic:
    return NO_SUCH_DATE.at(
        span,
        Text(f"there is no day {text}", f"没有 {text} 这一天"),
        hint=Text("dates are written year-month-day: 2026-02-28", "日期写作 年-月-日，例如 2026-02-28"),
    )


def not_whole(span: Span, what: Text) -> Diagnostic:
    return NOT_WHOLE.at(
        span,
        Text(f"{what.en} is a whole number without unit", f"{what.zh}应为不带单位的整数"),
        hint=Text("write for example 2", "例如写 2"),
    )


def unexpected(span: Span, found: Text, expected: Sequence[str], *, context: Text | None) -> Diagnostic:
    some = ", ".join(expected[:8])
    some_zh = "、".join(expected[:8])
    where = f" {context.en}" if context else ""
    where_zh = context.zh if context else ""
    return UNEXPECTED.at(
        span,
        Text(f"{found.en} does not fit here{where}", f"{where_zh}此处不应出现{found.zh}"),
        hint=Text(f"expected here: {some}", f"此处应为：{some_zh}") if expected else None,
    )


def missing_end(span: Span, opened: Span, word: str, end_word: str) -> Diagnostic:
    return MISSING_END.at(
        span,
        Text(f"`{word}` is not closed by `{end_word}`", f"“{word}”缺少“{end_word}”"),
        Label(opened, Text("it begins here", "从这里开始")),
        hint=Text(f"add a line `{end_word}`", f"请补上一行“{end_word}”"),
    )


def other_language(span: Span, word: str, right: str, lang: Lang) -> Diagnostic:
    en = "English" if lang is Lang.EN else "Chinese"
    zh = "英文" if lang is Lang.EN else "中文"
    return OTHER_LANGUAGE.at(
        span,
        Text(
            f"`{word}` is a keyword of the other language; this file is in {en}",
            f"“{word}”是另一种语言的关键字，本文件使用{zh}关键字",
        ),
        hint=Text(f"write `{right}`", f"请写“{right}”"),
        fix=(Edit(span, right),),
    )


def indented(span: Span, word: str) -> Diagnostic:
    return INDENTED.at(
        span,
        Text(
            f"`{word}` begins a declaration and must stand in the first column",
            f"“{word}”用于开始一个声明，必须写在行首第一列",
        ),
        hint=Text("delete the spaces before it", "请删除它前面的空格"),
    )


def said_twice(span: Span, first: Span, what: Text) -> Diagnostic:
    return SAID_TWICE.at(
        span,
        Text(f"{what.en} is said twice", f"{what.zh}写了两次"),
        Label(first, Text("first here", "第一次在这里")),
        hint=Text("keep one of them", "请只保留一个"),
    )


def second_header(span: Span, first: Span) -> Diagnostic:
    return SECOND_HEADER.at(
        span,
        Text(
            "a file holds one policy; this is a second header",
            "一个文件只能有一份策略，这里出现了第二个策略头",
        ),
        Label(first, Text("the first one", "第一个策略头")),
        hint=Text("move it into a file of its own", "请移到单独的文件中"),
    )


def after_end(span: Span, end_word: str) -> Diagnostic:
    return AFTER_END.at(
        span,
        Text(
            f"this stands after `{end_word}` and belongs to nothing",
            f"这段文字在“{end_word}”之后，不属于任何声明",
        ),
        hint=Text(
            "delete it, or begin it with the keyword of a declaration in the first column",
            "请删除，或在行首写上声明的关键字",
        ),
    )


def foreign_keyword(span: Span, word: str, right: str, *, replaces: bool = False) -> Diagnostic:
    """``replaces``: writing ``right`` in its place is all there is to do."""
    return FOREIGN_KEYWORD.at(
        span,
        Text(f"`{word}` is not a word of the policy language", f"“{word}”不是策略语言中的词"),
        hint=Text(f"write `{right}`", f"请写“{right}”"),
        fix=(Edit(span, right),) if replaces else (),
    )


def between_values(span: Span, sign: str, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        Text(f"`{sign}` does not fit between two values of a cell", f"单元格里的两个值之间不能用“{sign}”"),
        hint=Text(f"write `{word}` between them", f"请在它们之间写“{word}”"),
    )


def split_bars(span: Span) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        Text("there is a blank between the two bars", "两条竖线之间有空格"),
        hint=Text("write `||` between conditions and results", "条件与结果之间请写“||”"),
        fix=(Edit(span, "||"),),
    )


def empty_cell(span: Span, any_word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        Text("this cell of the table is empty", "表中这一格没有内容"),
        hint=Text(f"a cell that does not matter is `{any_word}`", f"不影响结果的格请写“{any_word}”"),
        fix=(Edit(span, f" {any_word} "),),
    )


def reserved_name(span: Span, word: str) -> Diagnostic:
    return RESERVED_NAME.at(
        span,
        Text(f"`{word}` is a keyword here and cannot be a name", f"“{word}”在这里是关键字，不能用作名称"),
        hint=Text(f"choose another name, for example `{word}_1`", f"请换一个名称，例如“{word}_1”"),
    )


def more_findings(span: Place, count: int) -> Diagnostic:
    return MORE_FINDINGS.at(
        span,
        Text(f"from here on there are {count:,} more findings", f"从这里起还有 {count:,} 个问题"),
        hint=Text("mend those above first and check again", "请先修正以上问题，再重新检查"),
    )


_IN_THIS_FILE = Text("write it in this file, or leave it out", "请写在本文件中，或先不使用")


def two_groups(comma: Span) -> Diagnostic:
    what = Text("a comparison within several groups at once", "同时按多个字段分组比较")
    hint = Text(
        "group by one field, or by a decision that tells the groups apart",
        "请只按一个字段分组，或按一项能区分各组的决策分组",
    )
    return not_yet(comma, what, hint)


def not_yet(span: Span, what: Text, hint: Text = _IN_THIS_FILE) -> Diagnostic:
    return NOT_YET.at(
        span,
        Text(f"{what.en} is not supported yet", f"暂不支持{what.zh}"),
        hint=hint,
    )


def where_in_parentheses(span: Span, word: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        Text(f"`{word}` does not fit here", f"此处不应出现“{word}”"),
        hint=Text(
            "inside a larger expression put the list in parentheses: (count of orders where …) > 0",
            "在更长的表达式中，请给列表计算加括号，例如 (计数 订单 其中 …) > 0",
        ),
    )


def group_word(span: Span, word: str, right: str) -> Diagnostic:
    return UNEXPECTED.at(
        span,
        Text(f"`{word}` does not fit here", f"此处不应出现“{word}”"),
        hint=Text(f"write `{right}` before the group", f"分组比较请写“{right} 字段名”"),
    )


def open_row(end: Span) -> Diagnostic:
    return UNEXPECTED.at(
        end,
        Text("this row is not closed by `|`", "这一行末尾缺少“|”"),
        hint=Text("add `|` at the end of the row", "请在行末补上“|”"),
        fix=(Edit(end, " |"),),
    )
