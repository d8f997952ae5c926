"""Findings of the use cases: configuration, files to write, names to explain, schemas."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

_E = Severity.ERROR

CONFIG_UNREADABLE = define("KF0801", "configuration-unreadable", _E)
CONFIG_KEY = define("KF0802", "unknown-setting", _E)
CONFIG_VALUE = define("KF0803", "setting-value", _E)
NO_SUCH_RECORD = define("KF0804", "no-such-record", _E)


def config_unreadable(place: DataPlace, detail: str) -> Diagnostic:
    return CONFIG_UNREADABLE.at(
        place,
        Text(f"the configuration can't be read: {detail}", f"无法读取配置：{detail}"),
        hint=Text('write it as TOML, e.g. policies = ["rules"]', '请写成 TOML，例如 policies = ["rules"]'),
    )


def config_key(place: DataPlace, key: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    some, some_zh = ", ".join(known), "、".join(known)
    return CONFIG_KEY.at(
        place,
        Text(f"there is no setting `{key}` (there are: {some})", f"没有设置项“{key}”（现有：{some_zh}）"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def config_value(place: DataPlace, key: str, value: str, wanted: str) -> Diagnostic:
    return CONFIG_VALUE.at(
        place,
        Text(f"`{value}` is no value for `{key}`", f"“{value}”不能作为“{key}”的值"),
        hint=Text(f"write for example: {wanted}", f"可以写：{wanted}"),
    )


def no_such_record(name: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    some, some_zh = ", ".join(known), "、".join(known)
    return NO_SUCH_RECORD.at(
        DataPlace("record"),
        Text(
            f"the policies have no record `{name}` (there are: {some})",
            f"策略中没有记录“{name}”（现有：{some_zh}）",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )
