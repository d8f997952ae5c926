"""Findings about how a workflow and its policies fit together, where the checker has no word for it."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Label, Severity, define
from kamflow.base.span import DataPlace, Span
from kamflow.base.text import Text

_E, _W = Severity.ERROR, Severity.WARNING

HIDDEN_NAME = define("KF1100", "name-hidden-by-workflow", _E, since="0.3")
NOTHING_TO_APPLY = define("KF1101", "nothing-to-apply", _E, since="0.3")
NO_FIRST_VALUE = define("KF1102", "variable-without-first-value", _E, since="0.3")
COMPARES = define("KF1103", "guard-compares-with-everybody", _W, since="0.3")
NOT_FILLED = define("KF1105", "field-not-filled-by-variable", _E, since="0.3")
NO_AMOUNT = define("KF1106", "amount-is-no-time", _E, since="0.3")
NEVER_CLEARED = define("KF1107", "variable-cannot-be-missing", _E, since="0.3")
OUT_OF_VARIABLE = define("KF1104", "value-outside-variable", _E, since="0.3")


def hidden_name(at: Span, name: str, subject: str, own: Span) -> Diagnostic:
    """``own``: where the subject declares a name that every workflow has for itself."""
    return HIDDEN_NAME.at(
        at,
        Text(
            f"`{name}` of {subject} can't be read in a workflow: there `{name}` means something else",
            f"流程无法读取“{subject}”的“{name}”：流程中的“{name}”另有含义",
        ),
        Label(own, Text("it is declared here", "在这里声明")),
        hint=Text(
            f"rename it, or read it as `{subject}.{name}`",
            f"请改名，或写成“{subject}.{name}”",
        ),
        why=Text(
            "`ev` is what came with the event, `var` are the variables, `state` is the state",
            "ev 是事件内容，var 是流程变量，state 是当前状态",
        ),
    )


def nothing_to_apply(at: Span, policy: str, subject: str) -> Diagnostic:
    return NOTHING_TO_APPLY.at(
        at,
        Text(
            f"the policy `{policy}` decides nothing about {subject}",
            f"策略“{policy}”没有关于“{subject}”的决策",
        ),
        hint=Text(
            f"name a policy with a `decision … of {subject}`, and list it under `uses`",
            f"请写明含有“决策 … 之 {subject}”的策略，并列入 uses",
        ),
        why=Text("there would be nothing to propose", "届时没有可以提出的方案"),
    )


def no_first_value(at: Span, name: str) -> Diagnostic:
    return NO_FIRST_VALUE.at(
        at,
        Text(
            f"the variable `{name}` has no value in a new case",
            f"新建流程实例时变量“{name}”没有值",
        ),
        hint=Text("add `default …`, or `optional`", "请加上“缺省 …”或“可缺失”"),
    )


def compares(at: Span, name: str) -> Diagnostic:
    return COMPARES.at(
        at,
        Text(
            f"`{name}` compares with all other records; a case is judged alone",
            f"“{name}”需要与其他所有记录比较，而流程实例是单独判断的",
        ),
        hint=Text(
            "read a field that the last run over the portfolio has filled in",
            "请改读由最近一次全量计算写入的字段",
        ),
        why=Text("here it is always unknown", "在这里它始终未知"),
    )


def no_such_field(at: Span, name: str, subject: str, near: str | None) -> Diagnostic:
    return NOT_FILLED.at(
        at,
        Text(f"{subject} has no field `{name}`", f"“{subject}”没有字段“{name}”"),
        hint=None if near is None else Text(f"did you mean `{near}`?", f"是否指“{near}”？"),
        why=Text(
            "a variable stands in for a field of the record, not for what policies decide",
            "变量只能代入档案中的字段，不能代替策略得出的结果",
        ),
    )


def never_silent(at: Span, name: str, own: Span) -> Diagnostic:
    """``own``: where the field is declared."""
    return NOT_FILLED.at(
        at,
        Text(
            f"every record gives `{name}`: no variable ever stands in for it",
            f"每份档案都必须填写“{name}”，变量永远没有机会代入",
        ),
        Label(own, Text("it is declared here", "在这里声明")),
        hint=Text("make the field optional, or give it a default", "请将该字段改为可缺失，或给出缺省值"),
    )


def wider_than_field(at: Span, var: str, field: str, low: Text, high: Text) -> Diagnostic:
    """``low``, ``high``: what the field takes."""
    return NOT_FILLED.at(
        at,
        Text(
            f"the variable `{var}` can have values that `{field}` does not take: {low.en} to {high.en}",
            f"变量“{var}”的取值可能超出“{field}”的范围：{low.zh or low.en} 到 {high.zh or high.en}",
        ),
        hint=Text("give the variable the same range", "请为变量写上相同的范围"),
        why=Text("the record would be refused with such a value", "代入这样的值后，整份档案会被拒绝"),
    )


def no_amount(at: Span, said: Text) -> Diagnostic:
    """``said``: what is wrong with it."""
    return NO_AMOUNT.at(
        at,
        Text(f"this is no time: {said.en}", f"不能作为时长：{said.zh}"),
        hint=Text(
            "an amount is a whole number or a number of days, always there, and 1 or more",
            "数值应为整数或天数，不可缺失，且至少为 1",
        ),
        why=Text("nobody could say what is due, and when", "无法确定到期时间"),
    )


def never_cleared(at: Span, var: str, own: Span) -> Diagnostic:
    """``own``: where the variable is declared."""
    return NEVER_CLEARED.at(
        at,
        Text(f"the variable `{var}` always has a value", f"变量“{var}”不可缺失"),
        Label(own, Text("it is declared here", "在这里声明")),
        hint=Text("declare it `optional`, or set a value", "请将其声明为“可缺失”，或赋予具体的值"),
    )


def out_of_variable(name: str, value: Text, low: Text, high: Text) -> Diagnostic:
    """A value that a variable was to be set to, and could not be read back from it."""
    return OUT_OF_VARIABLE.at(
        DataPlace("var", f".{name}"),
        Text(
            f"{value.en} does not fit into the variable `{name}`: {low.en} to {high.en}",
            f"{value.zh or value.en} 超出变量“{name}”的取值范围：{low.zh or low.en} 到 {high.zh or high.en}",
        ),
        hint=Text("nothing happened; widen the variable's range", "未作任何更改；请放宽变量的取值范围"),
    )
