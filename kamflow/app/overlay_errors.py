"""Findings about settings of parameters on the command line and in overlay files."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

OVERLAY_FILE = define("KF0877", "overlay-not-understood", Severity.ERROR, since="0.2")
NO_SETTING = define("KF0879", "setting-not-understood", Severity.ERROR, since="0.2")


def overlay_unreadable(name: str) -> Diagnostic:
    return OVERLAY_FILE.at(
        DataPlace(name),
        Text("the overlay can't be read as a text in UTF-8", "无法以 UTF-8 文本读取该覆盖文件"),
        hint=Text("check the path and how the file was saved", "请检查路径以及文件的保存编码"),
    )


def overlay_shape(name: str, line: int, what: Text) -> Diagnostic:
    return OVERLAY_FILE.at(
        DataPlace(name, "", line),
        Text(f"the overlay is not understood: {what.en}", f"无法理解该覆盖文件：{what.zh or what.en}"),
        why=Text(
            "a value that is guessed would be judged as if it had been meant",
            "猜出来的值会被当作真实意图来评判",
        ),
        hint=Text(
            "write `parameters:` and below it a line for each, such as `  tier_s_from: 85`",
            "请写“parameters:”，其下每行一个参数，例如“  tier_s_from: 85”",
        ),
    )


def no_setting(text: str) -> Diagnostic:
    return NO_SETTING.at(
        DataPlace("--set"),
        Text(f"`{text}` sets nothing", f"“{text}”没有设置任何参数"),
        hint=Text("write NAME=VALUE: --set tier_s_from=85", "请写成 名称=值：--set tier_s_from=85"),
    )


def set_twice(name: str) -> Diagnostic:
    return NO_SETTING.at(
        DataPlace("--set"),
        Text(f"`{name}` is set twice", f"“{name}”设置了两次"),
        hint=Text("leave one of them out", "请去掉其中一个"),
    )
