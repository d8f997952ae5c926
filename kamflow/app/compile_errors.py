"""Findings of `compile`: what a target can't do exactly, and names that it has no use for."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text

NOT_EXACT = define("KF0900", "target-not-exact", Severity.ERROR, since="0.2")
NO_SQLGLOT = define("KF0901", "target-not-installed", Severity.ERROR, since="0.2")
NO_SUCH_TABLE = define("KF0902", "no-such-source", Severity.ERROR, since="0.2")
BAD_TABLE_NAME = define("KF0903", "table-name", Severity.ERROR, since="0.2")


def not_exact(target: str, name: str, reason: Text) -> Diagnostic:
    return NOT_EXACT.at(
        DataPlace(name),
        Text(f"{target} can't do {name} exactly: {reason.en}", f"{target} 无法精确计算 {name}：{reason.zh}"),
        hint=Text(
            "compile the others with --only NAME,NAME, or narrow the ranges of the fields behind it",
            "请用 --only 名称,名称 只编译其他输出，或缩小相关字段的取值范围",
        ),
        why=Text(
            "a query that is right for most records would decide some of them wrongly without a word",
            "只对大部分记录正确的查询，会悄悄地把另一些记录判错",
        ),
    )


def no_sqlglot(module: str) -> Diagnostic:
    return NO_SQLGLOT.at(
        DataPlace("--target"),
        Text(f"SQL is written with {module}, which is not installed", f"生成 SQL 需要 {module}，但没有安装"),
        hint=Text('pip install "kamflow[sql]"', '请运行 pip install "kamflow[sql]"'),
    )


def no_such_list(name: str, known: Sequence[str]) -> Diagnostic:
    some, some_zh = ", ".join(known) or "none", "、".join(known) or "无"
    near = suggest(name, known)
    return NO_SUCH_TABLE.at(
        DataPlace("--table"),
        Text(
            f"the record has no list `{name}` (there are: {some})",
            f"记录中没有列表“{name}”（现有：{some_zh}）",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def no_table_name(name: str) -> Diagnostic:
    return BAD_TABLE_NAME.at(
        DataPlace("--table"),
        Text(f"`{name}` does not name a table", f"“{name}”不是表名"),
        hint=Text("write TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE", "请写 表、模式.表 或 数据库.模式.表"),
    )
