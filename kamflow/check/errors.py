"""Every finding of the checker about names, types and missing values: one kind and one function each.

Findings about declarations (tables, scorecards, rules, headers, tests) are in ``decl_errors``.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Lang, Text
from kamflow.core.ty import EnumTy, Ty, show_ty

_E, _W = Severity.ERROR, Severity.WARNING

UNKNOWN_NAME = define("KF0201", "unknown-name", _E)
MIXED_TYPES = define("KF0202", "mixed-types", _E)
MAY_BE_MISSING = define("KF0203", "may-be-missing", _E)
DEFINED_TWICE = define("KF0204", "defined-twice", _E)
UNKNOWN_TYPE = define("KF0205", "unknown-type", _E)
CYCLE = define("KF0206", "cycle", _E)
MIXED_CURRENCY = define("KF0207", "mixed-currency", _E)
BAD_OPERANDS = define("KF0208", "bad-operands", _E)
DIVISION_NEEDS_TARGET = define("KF0209", "division-needs-target", _E)
NEEDS_ROUNDING = define("KF0210", "needs-rounding", _E)
TOO_WIDE = define("KF0211", "can-overflow", _E)
NOT_A_CONDITION = define("KF0212", "not-a-condition", _E)
NOT_ORDERED = define("KF0213", "not-ordered", _E)
MONTH_END_UNSET = define("KF0214", "month-end-unset", _E)
BAD_ROUNDING_STEP = define("KF0215", "bad-rounding-step", _E)
NOT_A_LIST = define("KF0216", "not-a-list", _E)
PERSONAL_DATA = define("KF0217", "personal-data", _E)
SHADOWED = define("KF0218", "shadowed-name", _E)
UNUSED = define("KF0219", "unused", _W)
NO_CURRENCY = define("KF0220", "no-currency", _E)
BAD_RANGE = define("KF0221", "bad-range", _E)
OUT_OF_RANGE = define("KF0222", "out-of-range", _E)
NOT_CONSTANT = define("KF0223", "not-a-constant", _E)
NO_SUCH_PART = define("KF0224", "no-such-part", _E)
WRONG_PLACE = define("KF0225", "not-allowed-here", _E)
ALWAYS_SAME = define("KF0226", "comparison-never-changes", _W)
POLICY_NOT_USED = define("KF0227", "policy-not-used", _E)


def _both(words: Text, en: str, zh: str) -> Text:
    return Text(words.en.replace("{}", en), words.zh.replace("{}", zh))


def unknown_name(span: Span, name: str, near: str | None, where: Text) -> Diagnostic:
    fix = (Edit(span, near),) if near else ()
    return UNKNOWN_NAME.at(
        span,
        Text(f"there is no `{name}` {where.en}", f"{where.zh}没有“{name}”"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text(
            "declare it as a field of the record, a `define` or a `parameter`",
            "请先声明：记录的字段、“定义”或“参数”",
        ),
        fix=fix,
    )


def member_of_no_type(span: Span, name: str, types: Sequence[str]) -> Diagnostic:
    """A member of an enum stands where nothing says that a value of that type is meant."""
    owners, kinds = " or ".join(f"`{t}`" for t in types), "、".join(f"“{t}”" for t in types)
    return UNKNOWN_NAME.at(
        span,
        Text(
            f"`{name}` is a member of {owners}, but nothing here says that this is what is meant",
            f"“{name}”是{kinds}的成员，但这里没有说明应取该类型",
        ),
        hint=Text(
            f"say the type of what is defined: `define … of … : {types[0]} as …`",
            f"请写明类型：`定义 … 之 … : {types[0]} 为 …`",
        ),
    )


def unknown_member(span: Span, name: str, ty: EnumTy, near: str | None) -> Diagnostic:
    some = ", ".join(ty.members[:8]) + (", …" if len(ty.members) > 8 else "")
    return UNKNOWN_NAME.at(
        span,
        Text(f"`{name}` is no member of type `{ty.name}`", f"“{name}”不是类型“{ty.name}”的成员"),
        hint=Text(
            f"did you mean `{near}`? its members are {some}" if near else f"its members are {some}",
            f"是否想写“{near}”？其成员为：{some}" if near else f"其成员为：{some}",
        ),
        fix=(Edit(span, near),) if near else (),
    )


def unknown_type(span: Span, name: str, near: str | None) -> Diagnostic:
    return UNKNOWN_TYPE.at(
        span,
        Text(f"there is no type or record `{name}`", f"没有名为“{name}”的类型或记录"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text(
            "declare it with `type`, or add the policy that has it to `uses`",
            "请用“类型”声明它，或在策略头“引用”声明它的策略",
        ),
        fix=(Edit(span, near),) if near else (),
    )


def defined_twice(span: Span, name: str, first: Span, first_what: Text) -> Diagnostic:
    return DEFINED_TWICE.at(
        span,
        Text(f"`{name}` is already taken by {first_what.en}", f"名称“{name}”已被{first_what.zh}使用"),
        Label(first, Text("declared here first", "首次声明在这里")),
        hint=Text("each name is written once: rename one of them", "每个名称只能声明一次，请改名"),
    )


def shadowed(span: Span, name: str, other: Span, what: Text) -> Diagnostic:
    return SHADOWED.at(
        span,
        Text(
            f"`{name}` is also the name of {what.en}: it is not clear which is meant",
            f"“{name}”同时也是{what.zh}的名称，无法确定指哪一个",
        ),
        Label(other, Text("the other one", "另一个在这里")),
        hint=Text("rename one of them", "请给其中一个改名"),
    )


def cycle(span: Span, path: Sequence[str], places: Sequence[Span]) -> Diagnostic:
    arrow = " → ".join(path)
    labels = tuple(
        Label(p, Text(f"{a} needs {b}", f"{a} 依赖 {b}"))
        for p, a, b in zip(places, path, path[1:], strict=False)
    )
    return CYCLE.at(
        span,
        Text(f"these definitions need each other: {arrow}", f"这些定义互相依赖：{arrow}"),
        *labels,
        hint=Text("break the circle at one of them", "请在其中一处断开循环"),
    )


def rules_in_circle(span: Span, path: Sequence[str], places: Sequence[Span]) -> Diagnostic:
    arrow = " → ".join(path)
    labels = tuple(
        Label(p, Text(f"{a} comes before {b}", f"{a} 优先于 {b}"))
        for p, a, b in zip(places, path, path[1:], strict=False)
    )
    return CYCLE.at(
        span,
        Text(f"each of these rules is to come before the other: {arrow}", f"这些规则互相优先：{arrow}"),
        *labels,
        why=Text("none of them would ever count", "结果是哪一条都不起作用"),
        hint=Text("say which one wins, and delete the other order", "请只写明哪一条优先，删除相反的次序"),
    )


def mixed_types(span: Span, found: Ty, wanted: Ty, hint: Text | None = None) -> Diagnostic:
    f, w = show_ty(found), show_ty(wanted)
    return MIXED_TYPES.at(
        span, Text(f"this is {f.en}; here {w.en} is needed", f"这里需要{w.zh}，实际是{f.zh}"), hint=hint
    )


def wanted_kind(span: Span, found: Ty, wanted: Text, hint: Text | None = None) -> Diagnostic:
    f = show_ty(found)
    return MIXED_TYPES.at(
        span,
        Text(f"this is {f.en}; here {wanted.en} is needed", f"这里需要{wanted.zh}，实际是{f.zh}"),
        hint=hint,
    )


def mixed_currency(span: Span, left: str, right: str) -> Diagnostic:
    return MIXED_CURRENCY.at(
        span,
        Text(f"{left} and {right} do not mix", f"{left} 与 {right} 不能混合计算"),
        why=Text("an exchange rate would be invented", "否则等于凭空假设了汇率"),
        hint=Text(
            "multiply by a parameter that holds the rate, in the currency that you want",
            "请用参数给出汇率并换算成同一币种",
        ),
    )


_OPS_ZH = {
    "is": "是", "is not": "不是", "at least": "至少", "at most": "至多", "above": "高于", "below": "低于",
    "min": "最小", "max": "最大", "abs": "绝对值",
}  # fmt: skip


def bad_operands(span: Span, op: str, left: Ty, right: Ty, hint: Text | None = None) -> Diagnostic:
    a, b = show_ty(left), show_ty(right)
    return BAD_OPERANDS.at(
        span,
        Text(
            f"`{op}` has no meaning for {a.en} and {b.en}",
            f"{a.zh}与{b.zh}之间不能用“{_OPS_ZH.get(op, op)}”",
        ),
        hint=hint,
    )


def division_by_zero(span: Span) -> Diagnostic:
    return BAD_OPERANDS.at(
        span,
        Text("a division by 0 has no result", "除以 0 没有结果"),
        hint=Text("correct the divisor", "请更正除数"),
    )


GIVE_A_VALUE = Text("give the value for that case: `({} otherwise …)`", "请给出缺失时的值：“({} 否则 …)”")
LEAVE_OUT = Text("leave such items out: `… where {} is present`", "请略去这样的条目：“… 其中 {} 不为空”")


def may_be_missing(
    span: Span, shown: str, user: Text, reason: Text, advice: Text | None = None
) -> Diagnostic:
    """``advice`` has a place ``{}`` for what is shown; without it, asking and giving a value are named."""
    both = Text(
        f"guard it with `{shown} is present and …`, or give a value: `({shown} otherwise …)`",
        f"请加判断“{shown} 不为空 且 …”，或给出替代值“({shown} 否则 …)”",
    )
    return MAY_BE_MISSING.at(
        span,
        Text(
            f"`{shown}` can be missing here{reason.en}, and {user.en} does not say what happens then",
            f"“{shown}”在此可能缺失{reason.zh}，而{user.zh}没有说明缺失时怎么办",
        ),
        why=Text("a missing value must never decide by accident", "缺失的数据不应在无意中决定结果"),
        hint=_both(advice, shown, shown) if advice is not None else both,
    )


def division_needs_target(span: Span) -> Diagnostic:
    return DIVISION_NEEDS_TARGET.at(
        span,
        Text(
            "it is not said how exact this division is to be",
            "没有说明这个除法保留到几位",
        ),
        why=Text("1/3 has no exact decimal", "例如 1/3 没有精确的小数"),
        hint=Text(
            "write round(a / b, 0.01) or round(a / b, 0.1%), or give the definition a type: `: percent`",
            "请写 舍入(a / b, 0.01) 或 舍入(a / b, 0.1%)，或给定义标明类型“: 百分比”",
        ),
    )


def needs_rounding(span: Span, has: int, wants: int, what: Text, step: str) -> Diagnostic:
    return NEEDS_ROUNDING.at(
        span,
        Text(
            f"this has {has} decimals; {what.en} has {wants}",
            f"这里有 {has} 位小数，而{what.zh}只有 {wants} 位",
        ),
        why=Text("kamflow never rounds silently", "kamflow 不会悄悄舍入"),
        hint=Text(f"write round(…, {step})", f"请写 舍入(…, {step.replace(' CNY', ' 元')})"),
    )


def too_fine(span: Span, has: int, wants: int, what: Text) -> Diagnostic:
    return NEEDS_ROUNDING.at(
        span,
        Text(
            f"this is written with {has} decimals; {what.en} has {wants} here",
            f"这里写了 {has} 位小数，而此处的{what.zh}只有 {wants} 位",
        ),
        why=Text("kamflow never rounds silently", "kamflow 不会悄悄舍入"),
        hint=Text(
            f"write it with {wants} decimals, or declare more: `with {has} decimals`",
            f"请改写为 {wants} 位小数，或声明更多小数位：“带 {has} 位小数”",
        ),
    )


def too_wide(span: Span, digits: int) -> Diagnostic:
    return TOO_WIDE.at(
        span,
        Text(
            f"this can grow to {digits} digits; kamflow computes with at most 38",
            f"结果可能达到 {digits} 位数字，kamflow 最多按 38 位计算",
        ),
        hint=Text(
            "give the fields in it a range (`0 to 1M CNY`), or bound it with min(…, …)",
            "请给相关字段标明范围（如 0 元 至 100万 元），或用 最小(…, …) 限制",
        ),
    )


def date_out_of_calendar(span: Span) -> Diagnostic:
    return TOO_WIDE.at(
        span,
        Text("this date can leave the calendar (years 1 to 9999)", "这个日期可能超出公历 1 至 9999 年"),
        hint=Text("give the number of days a range", "请给天数标明范围"),
    )


def not_a_condition(span: Span, found: Ty) -> Diagnostic:
    f = show_ty(found)
    return NOT_A_CONDITION.at(
        span,
        Text(f"this is {f.en}, not a condition", f"这是{f.zh}，不是条件"),
        hint=Text(
            "compare it with something, for example `… is key` or `… > 0`",
            "请把它与某个值比较，例如“… 是 重点客户”或“… > 0”",
        ),
    )


def or_needs_comparison(span: Span, name: str, left: str) -> Diagnostic:
    return NOT_A_CONDITION.at(
        span,
        Text(f"`{name}` alone is not a condition", f"单独的“{name}”不是条件"),
        hint=Text(f"write `{left} is {name}` again on this side", f"请在这一边也写“{left} 是 {name}”"),
    )


def not_ordered(span: Span, type_name: str) -> Diagnostic:
    return NOT_ORDERED.at(
        span,
        Text(
            f"`{type_name}` has no order, so nothing is above or below",
            f"类型“{type_name}”没有次序，无法比较高低",
        ),
        hint=Text(
            f"declare it as `type {type_name} is ordered a < b < c`, or use `is`",
            f"请声明为“类型 {type_name} 有序 甲 < 乙 < 丙”，或改用“是”",
        ),
    )


def month_end_unset(span: Span) -> Diagnostic:
    return MONTH_END_UNSET.at(
        span,
        Text(
            "adding months needs a rule for the end of the month",
            "按月加减日期需要先规定月末怎么处理",
        ),
        why=Text(
            "31 January plus one month is 28 February or 1 March",
            "1 月 31 日加一个月是 2 月 28 日还是 3 月 1 日",
        ),
        hint=Text(
            "add `month end clamp` or `month end next day` to the policy header",
            "请在策略头写“月末 取月末日”或“月末 顺延次日”",
        ),
    )


def bad_rounding_step(span: Span, why: Text) -> Diagnostic:
    return BAD_ROUNDING_STEP.at(
        span,
        why,
        hint=Text(
            "write for example round(price, 0.01 CNY) or round(share, 0.1%, half_even)",
            "例如 舍入(价格, 0.01 元) 或 舍入(占比, 0.1%, 银行家舍入)",
        ),
    )


def not_a_list(span: Span, shown: str, found: Ty | None) -> Diagnostic:
    f = show_ty(found) if found else Text("something else", "其他内容")
    return NOT_A_LIST.at(
        span,
        Text(f"`{shown}` is {f.en}, not a list of records", f"“{shown}”是{f.zh}，不是记录列表"),
        hint=Text("declare the field as `list of …`", "请把字段声明为“多条 …”"),
    )


def personal_data(span: Span, name: str, allowed: Sequence[str], purposes: Sequence[str]) -> Diagnostic:
    a, p = ", ".join(allowed), ", ".join(purposes) or "—"
    return PERSONAL_DATA.at(
        span,
        Text(
            f"`{name}` is personal data for the purpose {a}; this policy's purpose is {p}",
            f"“{name}”是仅限用于“{a}”的个人信息，本策略的用途是“{p}”",
        ),
        why=Text(
            "personal data may be used only for the purpose it was collected for",
            "个人信息只能用于收集时声明的目的",
        ),
        hint=Text(
            f"add `purpose {allowed[0]}` to the header if that is true",
            f"如确属该用途，请在策略头写“用途 {allowed[0]}”",
        ),
    )


def unused(span: Span, what: Text, name: str) -> Diagnostic:
    return UNUSED.at(
        span,
        Text(f"{what.en} `{name}` is used nowhere", f"{what.zh}“{name}”没有被用到"),
        hint=Text("use it or delete it", "请使用它，或删除它"),
    )


def no_currency(span: Span) -> Diagnostic:
    return NO_CURRENCY.at(
        span,
        Text("this is money, but in which currency?", "这是金额，但没有说明币种"),
        hint=Text(
            "add `currency CNY` to the policy header, or write `money(USD)`",
            "请在策略头写“币种 CNY”，或写“金额(USD)”",
        ),
    )


def bad_range(span: Span, why: Text) -> Diagnostic:
    return BAD_RANGE.at(
        span, why, hint=Text("write the smaller value first: `0 to 100`", "请先写较小的值：“0 至 100”")
    )


def no_range(span: Span, ty: Ty) -> Diagnostic:
    shown = show_ty(ty)
    return BAD_RANGE.at(
        span,
        Text(f"{shown.en} has no range", f"{shown.zh}没有取值范围"),
        hint=Text(
            "only amounts and dates have one: delete it, or declare a type with `type`",
            "只有数量和日期有取值范围：请删除，或用“类型”列出取值",
        ),
    )


def missing_not_allowed(span: Span, wanted: Ty) -> Diagnostic:
    w = show_ty(wanted)
    return MIXED_TYPES.at(
        span,
        Text(
            f"this is never missing, it always is {w.en}",
            f"这一项从不缺失，总有值（{w.zh}）",
        ),
        hint=Text("give a value, or declare the field `optional`", "请给出值，或把字段声明为“可缺失”"),
    )


def out_of_range(span: Span, shown: Text, lo: Text, hi: Text) -> Diagnostic:
    return OUT_OF_RANGE.at(
        span,
        Text(
            f"{shown.en} is outside {lo.en} to {hi.en}",
            f"{shown.in_(Lang.ZH)} 超出 {lo.in_(Lang.ZH)} 至 {hi.in_(Lang.ZH)}",
        ),
        hint=Text("correct the value or the range", "请更正数值或范围"),
    )


def not_constant(span: Span) -> Diagnostic:
    return NOT_CONSTANT.at(
        span,
        Text("a fixed value is needed here", "这里需要固定的值"),
        hint=Text("write a number, a text, a date or a member of a type", "请写数字、文本、日期或类型的成员"),
    )


def no_such_part(span: Span, owner: Ty, name: str) -> Diagnostic:
    o = show_ty(owner)
    return NO_SUCH_PART.at(
        span,
        Text(f"{o.en} has no parts, so there is no `.{name}`", f"{o.zh}没有下级内容，不能写“.{name}”"),
        hint=Text("only records have fields", "只有记录才有字段"),
    )


def wrong_place(span: Span, what: Text, hint: Text) -> Diagnostic:
    return WRONG_PLACE.at(span, Text(f"{what.en} is not allowed here", f"{what.zh}不能用在这里"), hint=hint)


def always_same(span: Span, outcome: bool, why: Text) -> Diagnostic:
    word, word_zh = ("always true", "总是成立") if outcome else ("never true", "永远不成立")
    return ALWAYS_SAME.at(
        span,
        Text(f"this is {word}: {why.en}", f"这个条件{word_zh}：{why.zh}"),
        hint=Text("check the bound and the field's range", "请检查界限和字段的取值范围"),
    )


def never_missing(span: Span, shown: str, what: Text, hint: Text) -> Diagnostic:
    return ALWAYS_SAME.at(
        span,
        Text(f"`{shown}` is never missing here, so {what.en}", f"“{shown}”在这里从不缺失，{what.zh}"),
        hint=hint,
    )


def policy_not_used(span: Span, name: str, policy: str) -> Diagnostic:
    return POLICY_NOT_USED.at(
        span,
        Text(
            f"`{name}` belongs to policy `{policy}`, which this policy does not use",
            f"“{name}”属于策略“{policy}”，而本策略没有引用它",
        ),
        why=Text("what a policy depends on is written in its header", "策略依赖什么，应在策略头写明"),
        hint=Text(f"add `uses {policy}` to the header", f"请在策略头写“引用 {policy}”"),
    )
