"""Examine the installation and the surroundings: what is there, what is odd, how to mend it.

Imports nothing heavy: whether an extra is there is looked up, not tried.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import kamflow
from kamflow.app.settings import Origin, Settings
from kamflow.base.resources import Resource, resource_dir
from kamflow.base.text import Lang, Text

_EXTRAS = (
    (
        "xlsx",
        (("python_calamine", "python-calamine"), ("xlsxwriter", "XlsxWriter")),
        Text("Excel files", "Excel 文件"),
    ),
    ("parquet", (("duckdb", "duckdb"),), Text("Parquet files", "Parquet 文件")),
    ("prove", (("z3", "z3-solver"),), Text("proofs", "证明")),
    (
        "sql",
        (("sqlglot", "sqlglot"), ("duckdb", "duckdb")),
        Text("whole files in columns, SQL", "整份文件按列执行、SQL"),
    ),
    ("native", (("numba", "numba"), ("numpy", "numpy")), Text("machine code", "机器码引擎")),
    ("spark", (("pyspark", "pyspark"),), Text("Spark")),
)
_SHIPPED: tuple[tuple[Resource, str], ...] = (
    ("grammar", "*.lark"),
    ("rules", "*.kam"),
    ("findings", "KF*.md"),
)
_NARROW = 80


class State(StrEnum):
    FINE = "fine"
    HINT = "hint"  # nothing is wrong; something more is possible
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing examined; ``fix`` says what to do where it is not fine."""

    title: Text
    found: Text
    state: State = State.FINE
    fix: Text | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """What standard output is."""

    encoding: str
    width: int
    is_terminal: bool


def examine(settings: Settings, terminal: Terminal, cwd: Path) -> Iterator[Probe]:
    """Yield one probe after the other."""
    yield _python()
    yield Probe(Text("kamflow"), Text(f"{kamflow.__version__} ({Path(kamflow.__file__).parent})"))
    yield from (_extra(name, modules, what) for name, modules, what in _EXTRAS)
    yield from _terminal(terminal)
    yield _language(settings)
    yield from _configuration(settings)
    yield _policies(settings)
    yield from (_shipped(name, pattern) for name, pattern in _SHIPPED)
    yield _writable(cwd)


def _python() -> Probe:
    found = Text(f"{platform.python_version()} ({sys.executable})")
    if sys.version_info >= (3, 11):  # noqa: UP036  # an installation can be forced
        return Probe(Text("Python"), found)
    fix = Text("install Python 3.11 or later", "请安装 Python 3.11 或更高版本")
    return Probe(Text("Python"), found, State.PROBLEM, fix)


def _extra(name: str, modules: tuple[tuple[str, str], ...], what: Text) -> Probe:
    if all(find_spec(module) is not None for module, _ in modules):
        return Probe(what, Text(", ".join(f"{package} {_version(package)}" for _, package in modules)))
    found = Text("not installed", "未安装")
    return Probe(what, found, State.HINT, Text(f'pip install "kamflow[{name}]"'))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _terminal(terminal: Terminal) -> Iterator[Probe]:
    title, shown = Text("encoding", "编码"), Text(terminal.encoding)
    if terminal.encoding.lower().replace("-", "") in {"utf8", "gb18030"}:
        yield Probe(title, shown)
    else:
        fix = Text(
            "Chinese may not show: set LANG=C.UTF-8 or PYTHONUTF8=1",
            "中文可能无法显示：请设置 LANG=C.UTF-8 或 PYTHONUTF8=1",
        )
        yield Probe(title, shown, State.PROBLEM, fix)
    title = Text("terminal", "终端")
    if not terminal.is_terminal:
        yield Probe(title, Text("none: output goes into a file or pipe", "无：输出到文件或管道"))
        return
    found = Text(f"{terminal.width} columns wide", f"宽 {terminal.width} 列")
    if terminal.width >= _NARROW:
        yield Probe(title, found)
    else:
        yield Probe(title, found, State.HINT, Text("tables need 80 columns or more", "表格至少需要 80 列"))


_BECAUSE = {
    Origin.FLAG: Text("--lang says so", "由 --lang 指定"),
    Origin.VARIABLE: Text("KAMFLOW_LANG says so", "由 KAMFLOW_LANG 指定"),
    Origin.CONFIG: Text("the configuration says so", "由配置指定"),
    Origin.LOCALE: Text(
        "the locale says so (LC_ALL, LC_MESSAGES, LANG)", "由系统区域设置决定（LC_ALL、LC_MESSAGES、LANG）"
    ),
    Origin.BUILT_IN: Text("nothing says otherwise", "没有其他设置"),
    Origin.FOLDER: Text("", ""),
}
_POLICIES_FROM = {
    Origin.VARIABLE: Text("KAMFLOW_POLICIES says so", "由 KAMFLOW_POLICIES 指定"),
    Origin.CONFIG: Text("the configuration says so", "由配置指定"),
    Origin.FOLDER: Text("the project's folder", "本项目的文件夹"),
    Origin.BUILT_IN: Text("the shipped ones: this is no project", "自带策略：当前不在项目中"),
}


def _language(settings: Settings) -> Probe:
    why = _BECAUSE[settings.lang_from]
    name = Text("Chinese", "中文") if settings.lang is Lang.ZH else Text("English", "英文")
    return Probe(Text("language", "语言"), Text(f"{name.en}: {why.en}", f"{name.zh}：{why.zh}"))


def _configuration(settings: Settings) -> Iterator[Probe]:
    title = Text("configuration", "配置")
    for finding in settings.findings:
        yield Probe(title, finding.message, State.PROBLEM, finding.hint)
    if settings.findings:
        return
    if settings.config is not None:
        yield Probe(title, Text(str(settings.config)))
    else:
        none = Text("none (`kamflow init` starts a project)", "无（可用 kamflow init 新建项目）")
        yield Probe(title, none)


def _policies(settings: Settings) -> Probe:
    title, why = Text("policies", "策略"), _POLICIES_FROM.get(settings.policies_from, Text(""))
    shown = ", ".join(str(p) for p in settings.policies)
    gone = [str(p) for p in settings.policies if not p.exists()]
    if not gone:
        return Probe(title, Text(f"{shown}: {why.en}", f"{shown}：{why.zh}"))
    missing = ", ".join(gone)
    fix = Text("correct the path", "请更正路径")
    return Probe(title, Text(f"{missing} is not there", f"{missing} 不存在"), State.PROBLEM, fix)


def _shipped(name: Resource, pattern: str) -> Probe:
    titles = {
        "grammar": Text("grammar", "语法文件"),
        "rules": Text("shipped policies", "自带策略"),
        "findings": Text("pages of findings", "问题说明"),
    }
    folder = resource_dir(name)
    count = len(list(folder.glob(pattern))) if folder.is_dir() else 0
    if count:
        return Probe(titles[name], Text(f"{count} files", f"{count} 个文件"))
    found = Text(f"none in {folder}", f"{folder} 中没有文件")
    return Probe(titles[name], found, State.PROBLEM, Text("install kamflow again", "请重新安装 kamflow"))


def _writable(cwd: Path) -> Probe:
    title = Text("this folder", "当前文件夹")
    try:
        handle, name = tempfile.mkstemp(prefix=".kamflow-doctor.", dir=cwd)
    except OSError as e:
        fix = Text("results can't be written here: use another folder", "结果无法写入此处：请换一个文件夹")
        return Probe(title, Text(f"{cwd}: {e.strerror}", f"{cwd}：{e.strerror}"), State.PROBLEM, fix)
    os.close(handle)
    Path(name).unlink()
    return Probe(title, Text(f"{cwd}, writable", f"{cwd}，可写"))
