"""Findings about the impact of a change: what can't be judged, and limits that it does not keep to."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

TOO_MANY_MOVE = define("KF0870", "too-many-move", Severity.ERROR, since="0.2")
COSTS_TOO_MUCH = define("KF0871", "change-costs-too-much", Severity.ERROR, since="0.2")
NO_GATE = define("KF0872", "limit-not-understood", Severity.ERROR, since="0.2")
NO_SUCH_GROUP = define("KF0873", "cannot-group-by", Severity.ERROR, since="0.2")
NOTHING_TO_JUDGE = define("KF0874", "no-records-to-judge", Severity.ERROR, since="0.2")


def too_many_move(written: str, output: str, moved: int, records: int) -> Diagnostic:
    what, what_zh = (f" in {output}", f"（{output}）") if output else ("", "")
    return TOO_MANY_MOVE.at(
        DataPlace("--max-moved", f" {written}"),
        Text(
            f"{moved:,} of {records:,} records move{what}: {percent(moved, records)}",
            f"{records:,} 条记录中有 {moved:,} 条变动{what_zh}：{percent(moved, records)}",
        ),
        why=Text(
            "the change reaches more of the portfolio than was agreed",
            "变动影响的范围超出了约定的上限",
        ),
        hint=Text(
            "look at who moves, then change the policy less, or raise the limit on purpose",
            "请先查看哪些记录变动，再收窄改动范围，或有意识地调高上限",
        ),
    )


def costs_too_much(written: str, measure: str, cost: Text, over: Text) -> Diagnostic:
    return COSTS_TOO_MUCH.at(
        DataPlace("--max-cost", f" {written}"),
        Text(
            f"{measure} is worse for us by {cost.en}: {over.en} above the limit",
            f"{measure} 使我方多付出 {cost.zh or cost.en}：超出上限 {over.zh or over.en}",
        ),
        why=Text(
            "the change costs more over the portfolio than was agreed",
            "变动在整个客户群上的代价超出了约定的上限",
        ),
        hint=Text(
            "look at where the money moves, then change the policy less, or raise the limit on purpose",
            "请先查看金额变动在哪里，再收窄改动范围，或有意识地调高上限",
        ),
    )


def no_gate(option: str, text: str) -> Diagnostic:
    if option == "--max-moved":
        hint = Text(
            "write a share or a number of records: 2%, 50, or for one output tier=2%",
            "请写占比或条数：2%、50；针对单项输出写 tier=2%",
        )
    else:
        hint = Text(
            "write an amount in the measure's unit: 100000, or for one measure discount_cost=100000",
            "请写与度量单位一致的数值：100000；针对单个度量写 discount_cost=100000",
        )
    return NO_GATE.at(
        DataPlace(option),
        Text(f"`{text}` is no limit that can be tried", f"“{text}”不是可以检验的上限"),
        hint=hint,
    )


def cost_in_another_unit(written: str, measure: str, like: Text) -> Diagnostic:
    """``like``: an amount of the measure."""
    return NO_GATE.at(
        DataPlace("--max-cost", f" {written}"),
        Text(f"the limit is no amount of `{measure}`", f"该上限不是“{measure}”的数值"),
        why=Text(
            "an amount in another currency or unit, or with more digits than it has, can't be compared",
            "货币或单位不同，或小数位数多于度量的数值，无法比较",
        ),
        hint=Text(
            f"write it as the measure has it: {measure}={like.en}",
            f"请按度量的写法写：{measure}={like.zh or like.en}",
        ),
    )


def gate_of_nothing(option: str, name: str, near: str | None) -> Diagnostic:
    """Say that a limit is about something that was not compared: it would pass whatever happens."""
    if option == "--max-cost" and not name:
        return NO_GATE.at(
            DataPlace(option),
            Text(
                "there is no measure of money in both versions, so nothing can cost too much",
                "两个版本都没有金额类度量，无法检验代价",
            ),
            hint=Text(
                "declare what money is: measure discount_cost of customer : money, lower is better as …",
                "请先声明以什么计量金额：度量 折扣成本 之 客户 : 金额, 越低越好 为 …",
            ),
        )
    what, what_zh = ("measure", "度量") if option == "--max-cost" else ("output", "输出")
    return NO_GATE.at(
        DataPlace(option),
        Text(
            f"no {what} `{name}` was compared, so the limit says nothing",
            f"没有比较过名为“{name}”的{what_zh}，该上限没有意义",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def no_such_group(name: str, record: str, near: str | None) -> Diagnostic:
    return NO_SUCH_GROUP.at(
        DataPlace("--by"),
        Text(f"`{record}` has no field or output `{name}`", f"“{record}”没有名为“{name}”的字段或输出"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def personal_group(name: str) -> Diagnostic:
    return NO_SUCH_GROUP.at(
        DataPlace("--by"),
        Text(f"`{name}` is personal: its values are not shown", f"“{name}”是个人信息，不会显示其取值"),
        hint=Text("group by a field that is about the account", "请按与客户本身有关的字段分组"),
    )


def group_is_no_class(name: str) -> Diagnostic:
    return NO_SUCH_GROUP.at(
        DataPlace("--by"),
        Text(
            f"`{name}` is an amount or a list: there would be about as many groups as records",
            f"“{name}”是数量或列表，分出的组会和记录一样多",
        ),
        hint=Text("group by a text, a type with members, or yes/no", "请按文本、枚举类型或是/否字段分组"),
    )


def nothing_to_judge(file: str) -> Diagnostic:
    return NOTHING_TO_JUDGE.at(
        DataPlace(file),
        Text("the file has no record, so nobody can move", "文件中没有记录，无从判断谁会变动"),
        hint=Text("give the file that holds the portfolio", "请给出包含全部客户的文件"),
    )


def percent(part: int, whole: int) -> str:
    """Return a share in percent with one decimal, cut down; of what is more than nothing never 0.0%."""
    if not whole:
        return "0%"
    tenths = part * 1000 // whole
    if part and not tenths:
        return "<0.1%"
    return f"{tenths // 10}.{tenths % 10}%"
