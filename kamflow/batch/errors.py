"""Findings about whole files in columns: engines that can't take a policy, children without a parent."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

ENGINE_REFUSES = define("KF0890", "engine-refuses", Severity.ERROR, since="0.2")
ENGINE_MISSING = define("KF0891", "engine-not-installed", Severity.ERROR, since="0.2")

_ENGINE = DataPlace("--engine")


def engine_refuses(engine: str, name: str, reason: Text) -> Diagnostic:
    return ENGINE_REFUSES.at(
        _ENGINE,
        Text(
            f"the engine `{engine}` does not take these policies: `{name}`: {reason.en}",
            f"引擎 {engine} 无法执行这些策略：`{name}`：{reason.zh}",
        ),
        hint=Text("leave --engine out: another engine is chosen", "请去掉 --engine，将自动选用其他引擎"),
        why=Text(
            "an engine that can't compute something exactly does not compute it at all",
            "不能精确计算的内容，引擎一律不算",
        ),
    )


def java_missing() -> Diagnostic:
    return ENGINE_MISSING.at(
        _ENGINE,
        Text("the engine `spark` needs Java, and there is none", "引擎 spark 需要 Java，但没有找到"),
        hint=Text(
            "install Java 17 or later and set JAVA_HOME, or leave --engine out",
            "请安装 Java 17 或更高版本并设置 JAVA_HOME，或去掉 --engine",
        ),
    )


def engine_missing(engine: str, extra: str) -> Diagnostic:
    return ENGINE_MISSING.at(
        _ENGINE,
        Text(
            f"the engine `{engine}` is not installed",
            f"未安装引擎 {engine}",
        ),
        hint=Text(f'pip install "kamflow[{extra}]"', f'pip install "kamflow[{extra}]"'),
    )


ONE_BY_ONE = define("KF0908", "decided-one-by-one", Severity.NOTE, since="0.2")


def one_by_one(engine: str, file: str) -> Diagnostic:
    """Say that an engine was named and did not decide, since the file or an option stands against it."""
    return ONE_BY_ONE.at(
        DataPlace(file),
        Text(
            f"decided one record after the other: `{engine}` decides columns, and these can't be read so",
            f"已改为逐条判定：引擎 {engine} 按列计算，而这里无法按列读取",
        ),
        hint=Text(
            "in columns go Parquet, NDJSON, JSON arrays and CSV in UTF-8, without --explain and --cutoffs",
            "按列读取的是 UTF-8 的 Parquet、NDJSON、JSON 数组和 CSV，且不带 --explain、--cutoffs",
        ),
        why=Text(
            "the answers are the same; only the time is not",
            "结果完全相同，只是用时更长",
        ),
    )


STRAY_LINE = define("KF0892", "line-without-record", Severity.ERROR, since="0.2")
IDS_TWICE = define("KF0893", "join-ambiguous", Severity.ERROR, since="0.2")
NO_SUCH_LIST = define("KF0894", "no-such-list", Severity.ERROR, since="0.2")
NO_SUCH_COLUMN = define("KF0895", "no-such-column", Severity.ERROR, since="0.2")
COLUMN_OF_NO_FIELD = define("KF0896", "column-of-no-field", Severity.ERROR, since="0.2")
CHILD_UNREADABLE = define("KF0897", "child-file-unreadable", Severity.ERROR, since="0.2")
BAD_MAP = define("KF0898", "bad-column-map", Severity.ERROR, since="0.2")
CHILD_PORTFOLIO = define("KF0899", "portfolio-with-child", Severity.ERROR, since="0.2")


def stray_line(file: str, number: int, key: str, value: str | None) -> Diagnostic:
    at = DataPlace(file, f"[{number}]", 0, number)
    if value is None:
        text = Text(f"the line has no {key}, so it belongs to no record", f"该行没有 {key}，不属于任何记录")
    else:
        text = Text(f"no record is called {value}", f"没有编号为 {value} 的记录")
    return STRAY_LINE.at(
        at,
        text,
        why=Text(
            "what is bought by nobody known counts for nobody: totals by customer are that much smaller",
            "不知归属的明细不计入任何客户，按客户汇总的金额会相应偏小",
        ),
    )


def ids_twice(file: str, field: str, ids: list[str]) -> Diagnostic:
    some = ", ".join(ids[:3])
    more = f" and {len(ids) - 3:,} more" if len(ids) > 3 else ""
    more_zh = f" 等 {len(ids):,} 个" if len(ids) > 3 else ""
    return IDS_TWICE.at(
        DataPlace(file),
        Text(
            f"several records have one {field}: {some}{more}; whose lines these are can't be told",
            f"有多条记录的 {field} 相同：{some}{more_zh}；无法判断明细属于哪一条",
        ),
        hint=Text("give every record an identifier of its own", "请让每条记录的编号各不相同"),
    )


def no_such_list(field: str, record: str, lists: list[str]) -> Diagnostic:
    known = ", ".join(lists)
    return NO_SUCH_LIST.at(
        DataPlace("--child"),
        Text(
            f"`{field}` is not a list of records of {record}",
            f"`{field}` 不是 {record} 的列表字段",
        ),
        hint=Text(f"its lists are: {known}", f"列表字段有：{known}") if lists else None,
    )


def no_such_column(file: str, column: str, columns: list[str], near: str | None) -> Diagnostic:
    known = ", ".join(columns[:20])
    return NO_SUCH_COLUMN.at(
        DataPlace(file),
        Text(f"there is no column `{column}`", f"没有列 `{column}`"),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
        if near
        else Text(f"the columns are: {known}", f"现有列：{known}"),
    )


def column_of_no_field(file: str, column: str, record: str) -> Diagnostic:
    return COLUMN_OF_NO_FIELD.at(
        DataPlace(file),
        Text(f"{record} has no field `{column}`", f"{record} 没有字段 `{column}`"),
        hint=Text(
            "name the columns that are read in a file for --map; the others are then left alone",
            "请在 --map 文件中列出要读取的列，其余列不读",
        ),
    )


def child_unreadable(file: str, detail: str) -> Diagnostic:
    return CHILD_UNREADABLE.at(
        DataPlace(file),
        Text(
            f"it can't be read as lines of a child list{': ' if detail else ''}{detail}",
            f"无法作为明细文件读取{'：' if detail else ''}{detail}",
        ),
        hint=Text(
            "children come as Parquet, or as plain CSV in UTF-8", "明细文件请用 Parquet，或 UTF-8 的普通 CSV"
        ),
    )


def bad_map(file: str, reason: Text) -> Diagnostic:
    return BAD_MAP.at(
        DataPlace(file), Text(f"this is no map of columns: {reason.en}", f"列对照表有误：{reason.zh}")
    )


def child_portfolio(file: str) -> Diagnostic:
    return CHILD_PORTFOLIO.at(
        DataPlace(file),
        Text(
            "with --child the records themselves are everybody: --portfolio has no place",
            "使用 --child 时，全体客户就是输入本身，不能再用 --portfolio",
        ),
        hint=Text("leave --portfolio out", "请去掉 --portfolio"),
    )
