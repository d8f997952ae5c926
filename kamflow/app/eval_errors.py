"""Findings of `eval` and `why`: what is missing to decide a file of records, or to find one in it."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

PORTFOLIO_NEEDED = define("KF0840", "portfolio-needed", Severity.ERROR)
PORTFOLIO_UNUSED = define("KF0841", "portfolio-unused", Severity.NOTE)
NOT_COUNTED = define("KF0849", "records-not-counted", Severity.NOTE, since="0.2")
PORTFOLIO_EMPTY = define("KF0842", "portfolio-empty", Severity.ERROR)
REJECT_LIMIT = define("KF0843", "reject-limit", Severity.ERROR)
NO_SUCH_ID = define("KF0845", "no-such-id", Severity.ERROR)
ID_TWICE = define("KF0846", "id-given-twice", Severity.NOTE)
# KF0848 is retired: it said that `why --not` was not available yet


def portfolio_needed(names: Sequence[str], file: str | None) -> Diagnostic:
    """Say once, instead of once a record, that decisions compare a customer with all others."""
    some, some_zh = ", ".join(names[:5]), "、".join(names[:5])
    if len(names) > 5:
        some, some_zh = f"{some} and {len(names) - 5} more", f"{some_zh} 等 {len(names)} 项"
    if file is None:
        hint = Text(
            "name the file of all of them with --portfolio FILE", "请用 --portfolio 文件 指定全体客户"
        )
    else:
        hint = Text(
            f"if {file} holds all of them, add --portfolio {file}; else name the file that does",
            f"如果 {file} 就是全体客户，请加上 --portfolio {file}；否则请指定全体客户的文件",
        )
    return PORTFOLIO_NEEDED.at(
        DataPlace("--portfolio"),
        Text(
            f"{some} compare each customer with all customers, and no portfolio was given",
            f"{some_zh} 需要与全体客户比较，但没有给出全体客户",
        ),
        hint=hint,
        why=Text(
            "a class or rank among some of the customers only would be another one",
            "只在部分客户中排名，得到的等级会不同",
        ),
    )


def portfolio_unused(file: str) -> Diagnostic:
    return PORTFOLIO_UNUSED.at(
        DataPlace(file),
        Text(
            "no decision compares with other customers: the portfolio was not needed",
            "没有需要与其他客户比较的决策，未用到全体客户文件",
        ),
    )


def portfolio_empty(file: str) -> Diagnostic:
    return PORTFOLIO_EMPTY.at(
        DataPlace(file),
        Text("the portfolio has no record that can be read", "全体客户文件中没有一条可用的记录"),
        hint=Text("give the file that holds all customers", "请给出包含全体客户的文件"),
    )


def not_counted(file: str, left_out: int, total: int) -> Diagnostic:
    return NOT_COUNTED.at(
        DataPlace(file),
        Text(
            f"{left_out:,} of {total:,} records can't be read, and are not counted",
            f"{total:,} 条记录中有 {left_out:,} 条无法读取，未计入统计",
        ),
        hint=Text(
            f"`kamflow eval {file}` says why, for each of them", f"“kamflow eval {file}” 会逐条说明原因"
        ),
    )


def reject_limit(limit: int, output: str | None) -> Diagnostic:
    if output is None:
        left, left_zh = "what was decided before is in the output", "之前已决策的记录已在输出中"
    else:
        left, left_zh = f"{output} was not written", f"未写入 {output}"
    return REJECT_LIMIT.at(
        DataPlace("--reject-limit"),
        Text(
            f"stopped: more than {limit:,} records were rejected; {left}",
            f"已停止：被拒记录超过 {limit:,} 条；{left_zh}",
        ),
        hint=Text("correct the data, or raise --reject-limit", "请更正数据，或调高 --reject-limit"),
    )


def no_such_id(file: str, field: str, wanted: str, read: int, near: str | None) -> Diagnostic:
    return NO_SUCH_ID.at(
        DataPlace(file),
        Text(
            f"none of the {read:,} records has {field} `{wanted}`",
            f"{read:,} 条记录中没有 {field} 为“{wanted}”的",
        ),
        hint=Text(f"did you mean `{near}`?", f"是否想写“{near}”？") if near else None,
    )


def id_twice(file: str, field: str, wanted: str, count: int) -> Diagnostic:
    return ID_TWICE.at(
        DataPlace(file),
        Text(
            f"{count} records have {field} `{wanted}`; the first is explained",
            f"有 {count} 条记录的 {field} 为“{wanted}”，此处解释第一条",
        ),
    )
