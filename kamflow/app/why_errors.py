"""Findings of `why --not`: what is wanted can't be understood, or nothing may change."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

WISH_FORM = define("KF0860", "wish-form", Severity.ERROR)
WISH_NAME = define("KF0861", "wish-name", Severity.ERROR)
WISH_VALUE = define("KF0862", "wish-value", Severity.ERROR)
NOTHING_CHANGEABLE = define("KF0863", "nothing-changeable", Severity.ERROR)
NO_SUCH_FIELD = define("KF0864", "no-such-field", Severity.ERROR)
FIELD_NOT_SEARCHED = define("KF0865", "field-not-searched", Severity.ERROR)
CHANGE_WITHOUT_WISH = define("KF0866", "change-without-wish", Severity.ERROR)

_NOT = DataPlace("--not")
_CHANGE = DataPlace("--change")


def wish_form(written: str, example: str) -> Diagnostic:
    return WISH_FORM.at(
        _NOT,
        Text(f"`{written}` is not NAME=VALUE", f"“{written}”不是“名称=取值”的形式"),
        hint=Text(f"write it like --not '{example}'", f"请写成例如 --not '{example}'"),
    )


def wish_name(name: str, record: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    if near is not None:
        hint = Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
    else:
        hint = Text(f"there are: {', '.join(known)}", f"现有：{'、'.join(known)}")
    return WISH_NAME.at(
        _NOT, Text(f"nothing of {record} is called `{name}`", f"{record} 没有名为“{name}”的结果"), hint=hint
    )


def wish_of_a_list(name: str) -> Diagnostic:
    return WISH_VALUE.at(
        _NOT,
        Text(f"`{name}` is a list: it has no single value", f"“{name}”是列表，没有单一取值"),
        hint=Text("ask for a decision that gives one value", "请选择只有一个取值的决策"),
    )


def wish_never_missing(name: str) -> Diagnostic:
    return WISH_VALUE.at(
        _NOT,
        Text(f"`{name}` is never missing", f"“{name}”不会缺失"),
        hint=Text("ask for one of its values", "请填写它的某个取值"),
    )


def wish_without_order(name: str, how: str) -> Diagnostic:
    return WISH_VALUE.at(
        _NOT,
        Text(f"`{how}` means nothing for `{name}`: it has no order", f"“{name}”没有次序，不能用“{how}”"),
        hint=Text(f"write {name}=VALUE", f"请写成 {name}=取值"),
    )


def wish_out_of_range(name: str, lo: Text, hi: Text) -> Diagnostic:
    return WISH_VALUE.at(
        _NOT,
        Text(
            f"`{name}` lies between {lo.en} and {hi.en}, whatever the record says",
            f"无论记录如何，“{name}”总在 {lo.zh or lo.en} 至 {hi.zh or hi.en} 之间",
        ),
        hint=Text("ask for a value within that range", "请填写该范围内的取值"),
    )


def nothing_changeable(record: str, some: Sequence[str]) -> Diagnostic:
    fields = ",".join(some)
    return NOTHING_CHANGEABLE.at(
        DataPlace(record),
        Text(f"no field of {record} may change", f"{record} 没有可调整的字段"),
        hint=Text(
            f"name fields with --change {fields}, or write `, changeable` after their type in the record",
            f"请用 --change {fields} 指定字段，或在记录定义中为字段加上“，可调整”",
        ),
        why=Text(
            "advice is only about what somebody can influence",
            "只有能够施加影响的字段，才谈得上如何调整",
        ),
    )


def change_without_wish() -> Diagnostic:
    return CHANGE_WITHOUT_WISH.at(
        _CHANGE,
        Text(
            "--change says what may change, but not what for",
            "--change 指定了可改动的字段，但没有说明要得到什么结果",
        ),
        hint=Text("add what is wanted, e.g. --not tier=A", "请加上想要的结果，例如 --not 客户等级=A"),
    )


def no_such_field(name: str, record: str, near: str | None) -> Diagnostic:
    return NO_SUCH_FIELD.at(
        _CHANGE,
        Text(f"{record} has no field `{name}`", f"{record} 没有字段“{name}”"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def field_not_searched(name: str, fields: Sequence[str]) -> Diagnostic:
    """Say that lists are left as they are, and records are changed by their fields."""
    if fields:
        hint = Text(f"name its fields, e.g. {fields[0]}", f"请指定它的字段，例如 {fields[0]}")
    else:
        hint = Text(
            "name the fields of the record that sum it up, where there are some",
            "如有汇总该明细的字段，请指定那些字段",
        )
    what = Text("a record", "记录") if fields else Text("a list of entries", "明细列表")
    return FIELD_NOT_SEARCHED.at(
        _CHANGE,
        Text(
            f"`{name}` is {what.en}: changes of it are not searched for",
            f"“{name}”是{what.zh}，不在求解范围内",
        ),
        hint=hint,
    )
