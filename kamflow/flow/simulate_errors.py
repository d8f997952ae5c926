"""Findings about simulations."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text

NOT_SIMULATED = define("KF1430", "not-simulated", Severity.ERROR, since="0.3")
RECORD_REFUSED = define("KF1431", "simulated-record-refused", Severity.ERROR, since="0.3")
NO_SUCH_KNOB = define("KF1432", "nothing-to-vary", Severity.ERROR, since="0.3")
BAD_GRID = define("KF1433", "not-a-grid", Severity.ERROR, since="0.3")
NOT_IN_FORCE = define("KF1434", "simulated-days-without-policies", Severity.ERROR, since="0.3")
NO_COMPLAINTS = define("KF1435", "complaints-not-simulated", Severity.ERROR, since="0.3")


def not_simulated(workflow: str, mode: str, subject: str) -> Diagnostic:
    return NOT_SIMULATED.at(
        DataPlace(workflow),
        Text(
            f"`{workflow}` can't be simulated: it is {mode} and its subject is `{subject}`",
            f"流程“{workflow}”无法模拟：其运行方式为 {mode}，业务对象为“{subject}”",
        ),
        why=Text(
            "what is simulated are customers under review: a state-driven workflow of the record `customer`",
            "模拟的是定期接受评审的客户，即以 customer 为业务对象、由评审推动（state-driven）的流程",
        ),
        hint=Text(
            "simulate the lifecycle; complaints are simulated beside it: --complaints",
            "请模拟生命周期流程；投诉可用 --complaints 一并模拟",
        ),
    )


def record_refused(workflow: str, found: Diagnostic) -> Diagnostic:
    return RECORD_REFUSED.at(
        DataPlace(workflow),
        Text(
            f"the policies refuse a simulated customer ({found.code}): {found.message.en}",
            f"策略拒绝了模拟客户的数据（{found.code}）：{found.message.zh}",
        ),
        why=Text(
            "simulated records have the fields of the shipped `rules/customer.kam`, and no others",
            "模拟数据只含内置 rules/customer.kam 中的字段",
        ),
        hint=Text(
            "give fields that were added a default, or make them optional",
            "请为新增字段设默认值，或改为可选",
        ),
    )


def no_such_knob(said: str, kind: Text, name: str, known: Sequence[str]) -> Diagnostic:
    near = suggest(name, known)
    return NO_SUCH_KNOB.at(
        DataPlace("--grid"),
        Text(
            f"`{said}`: the workflow has no {kind.en} `{name}`; it has: {', '.join(known)}",
            f"“{said}”：流程中没有{kind.zh}“{name}”；现有：{'、'.join(known)}",
        ),
        hint=None if near is None else Text(f"did you mean `{near}`?", f"是否想写“{near}”？"),
    )


def bad_grid(said: str) -> Diagnostic:
    return BAD_GRID.at(
        DataPlace("--grid"),
        Text(
            f"`{said}` is no parameter with values to try",
            f"“{said}”不是“参数=若干取值”的形式",
        ),
        hint=Text(
            "write hold:TRANSITION=14,30,60 or dwell:STATE=30,90 (days), or PARAMETER=VALUE;VALUE",
            "请写成 hold:迁移=14,30,60、dwell:状态=30,90（天）或 参数=值;值",
        ),
    )


def not_in_force(first: str, last: str, day: str) -> Diagnostic:
    return NOT_IN_FORCE.at(
        DataPlace("--start"),
        Text(
            f"{first} to {last} is simulated, and on {day} no policies are in force",
            f"模拟期间为 {first} 至 {last}，其中 {day} 没有生效的策略",
        ),
        hint=Text(
            "a year before --start is simulated too: choose another day",
            "--start 之前还要模拟一年，请另选起始日",
        ),
    )


def complaints_not_simulated(workflow: str, missing: Sequence[str]) -> Diagnostic:
    return NO_COMPLAINTS.at(
        DataPlace(workflow),
        Text(
            f"complaints can't be simulated on `{workflow}`: it has no event {', '.join(missing)}",
            f"无法在流程“{workflow}”上模拟投诉：缺少事件 {'、'.join(missing)}",
        ),
        why=Text(
            "the simulated people walk the six steps of the shipped complaint workflow",
            "模拟人员按内置投诉流程的六个步骤行动",
        ),
    )
