"""Findings about reports: what can't be asked for, and what a report has to do without."""

from __future__ import annotations

from collections.abc import Iterable

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

NO_SUCH_REPORT = define("KF1500", "no-such-report", Severity.ERROR, since="0.2")
PLOTS_NOT_INSTALLED = define("KF1501", "plots-not-installed", Severity.WARNING, since="0.2")
NO_CHINESE_FONT = define("KF1502", "no-chinese-font", Severity.WARNING, since="0.2")
NO_RECORDS = define("KF1503", "no-records-to-report", Severity.WARNING, since="0.2")
NO_ASSUMPTION = define("KF1504", "assumption-not-understood", Severity.ERROR, since="0.2")
NO_ROLE = define("KF1505", "role-not-understood", Severity.ERROR, since="0.2")
NOT_WRITTEN = define("KF1506", "report-not-written", Severity.ERROR, since="0.2")


def no_such_report(name: str, known: Iterable[str], near: str | None) -> Diagnostic:
    some = ", ".join(known)
    hint = Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None
    return NO_SUCH_REPORT.at(
        DataPlace("NAME"),
        Text(
            f"there is no report `{name}`; there are: all, {some}",
            f"没有名为“{name}”的报告；可用的有：all、{some.replace(', ', '、')}",
        ),
        hint=hint,
    )


def plots_not_installed() -> Diagnostic:
    return PLOTS_NOT_INSTALLED.at(
        DataPlace("matplotlib"),
        Text(
            "charts need matplotlib, which is not installed: the report has tables and data only",
            "绘制图表需要 matplotlib，当前未安装：报告只含表格与数据",
        ),
        hint=Text("pip install 'kamflow[report]'", "pip install 'kamflow[report]'"),
    )


def no_chinese_font() -> Diagnostic:
    return NO_CHINESE_FONT.at(
        DataPlace("PNG"),
        Text(
            "no font with Chinese characters is installed: PNG pictures show boxes in their place",
            "系统中没有中文字体：PNG 图片中的汉字会显示为方框",
        ),
        why=Text(
            "the HTML page and the SVG files are not concerned: their text is drawn by the browser",
            "HTML 页面与 SVG 文件不受影响：其中的文字由浏览器绘制",
        ),
        hint=Text(
            "install one, for example the package fonts-noto-cjk",
            "请安装中文字体，例如软件包 fonts-noto-cjk",
        ),
    )


def no_records(source: str, read: int) -> Diagnostic:
    en = "it holds none" if not read else f"all {read:,} were rejected"
    zh = "文件中没有记录" if not read else f"{read:,} 条记录全部被拒绝"
    return NO_RECORDS.at(
        DataPlace(source),
        Text(
            f"no record could be decided ({en}): reports are empty", f"没有可供决策的记录（{zh}）：报告为空"
        ),
        hint=Text(
            "see what `kamflow eval` says of the file",
            "请用 `kamflow eval` 查看该文件的问题",
        ),
    )


def no_assumption(said: str, why: Text, known: Iterable[str]) -> Diagnostic:
    some = ", ".join(known)
    return NO_ASSUMPTION.at(
        DataPlace("--assume", f" {said}"),
        why,
        hint=Text(
            f"write NAME=VALUE, such as silent=9% or quick_days=7; names: {some}",
            f"请写“名称=值”，如 silent=9%、quick_days=7；可用名称：{some.replace(', ', '、')}",
        ),
    )


def no_role(said: str, why: Text, known: Iterable[str]) -> Diagnostic:
    some = ", ".join(known)
    return NO_ROLE.at(
        DataPlace("--use", f" {said}"),
        why,
        hint=Text(
            f"write ROLE=NAME, such as tier=net_tier; roles: {some}",
            f"请写“角色=名称”，如 tier=net_tier；可用角色：{some.replace(', ', '、')}",
        ),
    )


def not_written(path: str, said: str) -> Diagnostic:
    return NOT_WRITTEN.at(
        DataPlace(path),
        Text(f"the report can't be written there: {said}", f"无法写入报告：{said}"),
        hint=Text("name a folder that can be written to: -o DIR", "请指定可写入的文件夹：-o 文件夹"),
    )
