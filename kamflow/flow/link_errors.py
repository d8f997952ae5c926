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
