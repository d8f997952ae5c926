"""Every finding about one record's values: KF0601 … KF0639, one kind and one function each.

``shown`` is the value as it may be printed: already short, escaped, and masked for personal fields.
"""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.core.ty import ScaledTy, Unit, UnitKind, show_unit

NOT_AN_AMOUNT = define("KF0601", "not-an-amount", Severity.ERROR)
OTHER_CURRENCY = define("KF0602", "other-currency", Severity.ERROR)
TOO_MANY_DECIMALS = define("KF0603", "too-many-decimals", Severity.ERROR)
OUT_OF_RANGE = define("KF0604", "out-of-range", Severity.ERROR)
NUMBER_TOO_LONG = define("KF0605", "number-too-long", Severity.ERROR)
WRONG_TYPE = define("KF0606", "wrong-type", Severity.ERROR)
NOT_A_DATE = define("KF0607", "not-a-date", Severity.ERROR)
NOT_YES_NO = define("KF0608", "not-yes-or-no", Severity.ERROR)
UNKNOWN_MEMBER = define("KF0609", "unknown-member", Severity.ERROR)
MISSING_VALUE = define("KF0610", "missing-value", Severity.ERROR)
UNKNOWN_FIELD = define("KF0611", "unknown-field", Severity.ERROR)
IGNORED_FIELD = define("KF0612", "ignored-field", Severity.NOTE)
BAD_TEXT = define("KF0613", "bad-text", Severity.ERROR)
TEXT_TOO_LONG = define("KF0614", "text-too-long", Severity.ERROR)
TOO_MANY_ITEMS = define("KF0615", "too-many-items", Severity.ERROR)
FIELD_TWICE = define("KF0616", "field-given-twice", Severity.ERROR)
OTHER_UNIT = define("KF0617", "other-unit", Severity.ERROR)
CURRENCY_SIGN = define("KF0618", "currency-sign", Severity.ERROR)
MORE_PROBLEMS = define("KF0619", "more-problems", Severity.ERROR)

_SKIPPED = Text("The record is skipped; the others go on.", "跳过这条记录，其余照常处理。")
_EXAMPLES: dict[UnitKind, Text] = {
    UnitKind.NUMBER: Text("1200 or 12.5", "1200 或 12.5"),
    UnitKind.PERCENT: Text(
        '12.5 or "12.5%", both are 12.5 percent', "12.5 或 “12.5%”，两者都是百分之十二点五"
    ),
    UnitKind.DAYS: Text('30 or "30 days"', "30 或 “30天”"),
    UnitKind.MONTHS: Text('3 or "3 months"', "3 或 “3个月”"),
}
_NOUN: dict[UnitKind, Text] = {
    UnitKind.NUMBER: Text("a number", "数值"),
    UnitKind.PERCENT: Text("a percentage", "百分比"),
    UnitKind.MONEY: Text("money", "金额"),
    UnitKind.DAYS: Text("a number of days", "天数"),
    UnitKind.MONTHS: Text("a number of months", "月数"),
    UnitKind.DATE: Text("a date", "日期"),
}


def _examples(unit: Unit) -> Text:
    if unit.kind is UnitKind.MONEY:
        return Text(f'1200000 or "1.2M {unit.currency}"', f"1200000 或 “120万 {unit.currency}”")
    return _EXAMPLES[unit.kind]


def not_an_amount(at: DataPlace, shown: Text, unit: Unit, meant: str | None) -> Diagnostic:
    noun, example = _NOUN[unit.kind], _examples(unit)
    if meant is not None:
        hint = Text(
            f"Use {meant} if the comma is a decimal point; commas stand only between groups of three digits.",
            f"如果逗号是小数点，请写成 {meant}；逗号只能作千位分隔符，每三位一个。",
        )
    else:
        hint = Text(f"Use {example.en}.", f"请写成 {example.zh}。")
    return NOT_AN_AMOUNT.at(
        at, Text(f"{shown.en} is not {noun.en}.", f"{shown.zh} 不是{noun.zh}。"), hint=hint, why=_SKIPPED
    )


def other_currency(at: DataPlace, shown: Text, found: str, currency: str) -> Diagnostic:
    return OTHER_CURRENCY.at(
        at,
        Text(
            f"{shown.en} is in {found}, but this field is in {currency}.",
            f"{shown.zh} 的币种是 {found}，而这个字段的币种是 {currency}。",
        ),
        hint=Text(
            f"Convert the amount to {currency} before it comes here; kamflow never converts by itself.",
            f"请先换算成 {currency} 再传入；kamflow 不会自行换算。",
        ),
        why=_SKIPPED,
    )


def currency_sign(at: DataPlace, shown: Text, sign: str, unit: Unit) -> Diagnostic:
    word = unit.currency or "CNY"
    return CURRENCY_SIGN.at(
        at,
        Text(
            f"{shown.en} has the sign {sign}, which does not say which currency it is.",
            f"{shown.zh} 带有符号 {sign}，无法确定是哪种货币。",
        ),
        hint=Text(
            f'Use the number alone or a currency code: "1200 {word}".',
            f"请只写数字，或写货币代码：“1200 {word}”。",
        ),
        why=Text("¥ is yuan or yen, $ is one of twenty dollars.", "¥ 可能是人民币或日元，$ 可能是二十种元。"),
    )


def too_many_decimals(at: DataPlace, shown: Text, scale: int) -> Diagnostic:
    places = f"{scale} decimal{'' if scale == 1 else 's'}" if scale else "no decimals"
    return TOO_MANY_DECIMALS.at(
        at,
        Text(
            f"{shown.en} has more decimals than this field keeps ({places}).",
            f"{shown.zh} 的小数位数超过了这个字段的精度（{scale} 位小数）。",
        ),
        hint=Text(
            "Round it where it is made, so that everybody sees the same amount.", "请在数据源头四舍五入。"
        ),
        why=Text("Rounding in silence could move a decision.", "悄悄舍入可能改变决策结果。"),
    )


def out_of_range(at: DataPlace, shown: Text, ty: ScaledTy, low: Text, high: Text) -> Diagnostic:
    noun = _NOUN[ty.unit.kind]
    return OUT_OF_RANGE.at(
        at,
        Text(
            f"{shown.en} is outside the range of this field: {low.en} to {high.en}.",
            f"{shown.zh} 超出这个字段的范围：{low.in_(Lang.ZH)} 到 {high.in_(Lang.ZH)}。",
        ),
        hint=Text(
            f"Check {noun.en} at its source, or widen the field's range in the policy.",
            f"请核对来源中的{noun.zh}，或在策略中放宽这个字段的范围。",
        ),
        why=_SKIPPED,
    )


def number_too_long(at: DataPlace, shown: Text) -> Diagnostic:
    return NUMBER_TOO_LONG.at(
        at,
        Text(
            f"{shown.en} has more than 38 digits or an exponent beyond 38.",
            f"{shown.zh} 超过 38 位数字，或指数超过 38。",
        ),
        hint=Text(
            "Check the source: no business amount is that long.", "请核对来源：业务数据不会有这么长的数字。"
        ),
        why=_SKIPPED,
    )


def wrong_type(at: DataPlace, shown: Text, expected: Text, hint: Text | None = None) -> Diagnostic:
    return WRONG_TYPE.at(
        at,
        Text(f"{shown.en} is not {expected.en}.", f"{shown.zh} 不是{expected.zh}。"),
        hint=hint,
        why=_SKIPPED,
    )


def wrong_type_for_amount(at: DataPlace, shown: Text, unit: Unit) -> Diagnostic:
    example = _examples(unit)
    return wrong_type(at, shown, _NOUN[unit.kind], Text(f"Use {example.en}.", f"请写成 {example.zh}。"))


def not_a_date(at: DataPlace, shown: Text, meant: tuple[str, ...]) -> Diagnostic:
    if meant:
        hint = Text(
            "Use " + " or ".join(f'"{m}"' for m in meant) + (", whichever is meant." if meant[1:] else "."),
            "请写成 " + " 或 ".join(f"“{m}”" for m in meant) + ("，以实际含义为准。" if meant[1:] else "。"),
        )
    else:
        hint = Text('Use year-month-day, for example "2026-06-30".', "请写成 年-月-日，例如 “2026-06-30”。")
    return NOT_A_DATE.at(
        at,
        Text(f"{shown.en} is not a date written as YYYY-MM-DD.", f"{shown.zh} 不是 YYYY-MM-DD 形式的日期。"),
        hint=hint,
        why=Text("Other forms can be read as two different days.", "其他写法可能被理解成不同的日期。"),
    )


def not_yes_no(at: DataPlace, shown: Text) -> Diagnostic:
    return NOT_YES_NO.at(
        at,
        Text(f"{shown.en} is neither yes nor no.", f"{shown.zh} 既不是“是”也不是“否”。"),
        hint=Text(
            'Use true or false, or the text "yes" or "no"; 1 and 0 are numbers.',
            "请写 true 或 false，或文本“是”“否”；1 和 0 是数字。",
        ),
        why=_SKIPPED,
    )


def unknown_member(at: DataPlace, shown: Text, enum: str, members: str, near: str | None) -> Diagnostic:
    did_you_mean = Text(f'Did you mean "{near}"? ', f"是不是“{near}”？") if near else NO_TEXT
    return UNKNOWN_MEMBER.at(
        at,
        Text(f"{shown.en} is no {enum}.", f"{shown.zh} 不是 {enum} 的取值。"),
        hint=Text(
            f"{did_you_mean.en}It is one of: {members}.",
            f"{did_you_mean.zh}可选值：{members}。",
        ),
        why=_SKIPPED,
    )


def missing_value(at: DataPlace, name: str, label: Text) -> Diagnostic:
    en = f"`{name}` ({label.in_(Lang.EN)})" if label else f"`{name}`"
    zh = f"`{name}`（{label.in_(Lang.ZH)}）" if label else f"`{name}`"
    return MISSING_VALUE.at(
        at,
        Text(f"{en} has no value, and every record needs one.", f"{zh} 没有值，而每条记录都必须有。"),
        hint=Text(
            f"Give `{name}`, or declare it `optional` or with a `default` in the policy.",
            f"请填写 `{name}`，或在策略中把它声明为可选，或给出默认值。",
        ),
        why=_SKIPPED,
    )


def missing_item(at: DataPlace) -> Diagnostic:
    return MISSING_VALUE.at(
        at,
        Text("This item of the list has no value.", "列表中的这一项没有值。"),
        hint=Text("Leave the item out, or give it.", "请去掉这一项，或补上值。"),
        why=_SKIPPED,
    )


def unknown_field(at: DataPlace, shown: str, record: Text, near: str | None) -> Diagnostic:
    hint = (
        Text(f"Did you mean `{near}`?", f"是不是 `{near}`？")
        if near
        else Text(
            "Remove it, declare it in the policy, or accept such fields with --ignore-unknown.",
            "请删除它，或在策略中声明，或用 --ignore-unknown 接受这类字段。",
        )
    )
    return UNKNOWN_FIELD.at(
        at,
        Text(f'"{shown}" is no field of {record.en}.', f"“{shown}” 不是 {record.zh} 的字段。"),
        hint=hint,
        why=Text("A misspelt field would leave its real one empty.", "字段名写错，会让真正的字段缺少值。"),
    )


def ignored_field(at: DataPlace, shown: str, record: Text, near: str | None) -> Diagnostic:
    return IGNORED_FIELD.at(
        at,
        Text(
            f'"{shown}" is no field of {record.en} and was ignored.',
            f"“{shown}” 不是 {record.zh} 的字段，已忽略。",
        ),
        hint=Text(f"Did you mean `{near}`?", f"是不是 `{near}`？") if near else None,
    )


def bad_text(at: DataPlace, code: int) -> Diagnostic:
    what = "a zero character" if code == 0 else f"half of a character (U+{code:04X})"
    zh = "零字符" if code == 0 else f"半个字符（U+{code:04X}）"
    return BAD_TEXT.at(
        at,
        Text(f"This text holds {what}.", f"这段文本含有{zh}。"),
        hint=Text("Mend the text where it was cut or encoded.", "请在截断或编码出错的地方修正文本。"),
        why=Text("It cannot be written to a file or a database.", "这样的文本无法写入文件或数据库。"),
    )


def text_too_long(at: DataPlace, length: int, limit: int) -> Diagnostic:
    return TEXT_TOO_LONG.at(
        at,
        Text(
            f"This text has {length:,} characters; at most {limit:,} are read.",
            f"这段文本有 {length:,} 个字符，最多读取 {limit:,} 个。",
        ),
        hint=Text("Leave out what no policy reads.", "请去掉策略用不到的内容。"),
        why=_SKIPPED,
    )


def too_many_items(at: DataPlace, count: int, limit: int) -> Diagnostic:
    return TOO_MANY_ITEMS.at(
        at,
        Text(
            f"This list has {count:,} items; at most {limit:,} are read.",
            f"这个列表有 {count:,} 项，最多读取 {limit:,} 项。",
        ),
        hint=Text(
            "Give only the items of the periods that the policy looks at.", "请只提供策略所看期间的项。"
        ),
        why=_SKIPPED,
    )


def field_twice(at: DataPlace, name: str) -> Diagnostic:
    return FIELD_TWICE.at(
        at,
        Text(
            f"`{name}` is given twice, in two spellings that look the same.",
            f"`{name}` 出现了两次，两种编码写法看起来一样。",
        ),
        hint=Text("Keep one of them.", "请只保留一个。"),
        why=_SKIPPED,
    )


def other_unit(at: DataPlace, shown: Text, word: str, unit: Unit) -> Diagnostic:
    expected, example = show_unit(unit), _examples(unit)
    return OTHER_UNIT.at(
        at,
        Text(
            f'{shown.en} is in "{word}", but this field is {expected.en}.',
            f"{shown.zh} 的单位是“{word}”，而这个字段是{expected.zh}。",
        ),
        hint=Text(f"Use {example.en}.", f"请写成 {example.zh}。"),
        why=_SKIPPED,
    )


def more_problems(at: DataPlace, count: int) -> Diagnostic:
    return MORE_PROBLEMS.at(
        at,
        Text(f"This record has {count:,} more problems.", f"这条记录还有 {count:,} 个问题。"),
        hint=Text("Mend those above first.", "请先处理以上问题。"),
    )
