"""Findings of `eval` and `why`: what is missing to decide a file of records, or to find one in it."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

PORTFOLIO_NEEDED = define("KF0840", "portfolio-needed", Severity.ERROR)
PORTFOLIO_UNUSED = define("KF0841", "portfolio-unused", Severity.NOTE)
NOT_COUNTED = define("KF0849", "records-not-counted", Severity.NOTE, since="0.2")
LEFT_OUT = define("KF0847", "left-out-without-portfolio", Severity.NOTE, since="0.2")
PORTFOLIO_EMPTY = define("KF0842", "portfolio-empty", Severity.ERROR)
REJECT_LIMIT = define("KF0843", "reject-limit", Severity.ERROR)
NO_SUCH_ID = define("KF0845", "no-such-id", Severity.ERROR)
ID_TWICE = define("KF0846", "id-given-twice", Severity.NOTE)
TWO_SOURCES = define("KF0885", "portfolio-and-cut-offs", Severity.ERROR, since="0.2")
ANOTHER_DAY = define("KF0886", "cut-offs-of-another-day", Severity.WARNING, since="0.2")
NOTHING_TO_WRITE = define("KF0887", "cut-offs-not-written", Severity.ERROR, since="0.2")
ALL_OUTSIDE = define("KF0888", "all-outside", Severity.WARNING, since="0.2")
# KF0848 is retired: it said that `why --not` was not available yet


def portfolio_needed(names: Sequence[str], file: str | None) -> Diagnostic:
    """Say once, instead of once a record, that decisions compare a customer with all others."""
    some, some_zh = _some(names)
    return PORTFOLIO_NEEDED.at(
        DataPlace("--portfolio"),
        Text(
            f"{some} compare each customer with all customers, and no portfolio was given",
            f"{some_zh} 需要与全体客户比较，但没有给出全体客户",
        ),
        hint=_name_all(file),
        why=_SOME_ONLY,
    )


def left_out(names: Sequence[str], file: str | None) -> Diagnostic:
    """Say once which decisions were not made, since they compare and nobody was given to compare with."""
    some, some_zh = _some(names)
    return LEFT_OUT.at(
        DataPlace("--portfolio"),
        Text(
            f"left out, since no portfolio was given: {some}",
            f"没有给出全体客户，因此未作判定：{some_zh}",
        ),
        hint=_name_all(file),
        why=_SOME_ONLY,
    )


_SOME_ONLY = Text(
    "a class or rank among some of the customers only would be another one",
    "只在部分客户中排名，得到的等级会不同",
)


def _some(names: Sequence[str]) -> tuple[str, str]:
    some, some_zh = ", ".join(names[:5]), "、".join(names[:5])
    if len(names) > 5:
        return f"{some} and {len(names) - 5} more", f"{some_zh} 等 {len(names)} 项"
    return some, some_zh


def _name_all(file: str | None) -> Text:
    if file is None:
        return Text(
            "name the file of all of them with --portfolio FILE, or their cut-offs with --cutoffs FILE",
            "请用 --portfolio 文件 指定全体客户，或用 --cutoffs 文件 指定界值",
        )
    return Text(
        f"if {file} holds all of them, add --portfolio {file}; else name the file that does",
        f"如果 {file} 就是全体客户，请加上 --portfolio {file}；否则请指定全体客户的文件",
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


def two_sources(portfolio: str, cutoffs: str) -> Diagnostic:
    return TWO_SOURCES.at(
        DataPlace("--cutoffs"),
        Text(
            f"both a portfolio ({portfolio}) and cut-offs ({cutoffs}) were given",
            f"同时给出了全体客户（{portfolio}）和界值（{cutoffs}）",
        ),
        why=Text("they may rank a customer differently", "两者给出的排名可能不同"),
        hint=Text("keep the one that is meant to count", "请只保留其中一个"),
    )


def cutoffs_of_another_day(file: str, measured: str, asked: str) -> Diagnostic:
    return ANOTHER_DAY.at(
        DataPlace(file),
        Text(
            f"the cut-offs are those of {measured}; the decisions are as of {asked}",
            f"界值取自 {measured}，而决策日期为 {asked}",
        ),
        hint=Text(
            "right where classes stay fixed between two measurings; else measure again",
            "若两次测算之间等级保持不变，则无需处理；否则请重新测算",
        ),
    )


def nothing_to_write(file: str, *, compares: bool) -> Diagnostic:
    message = (
        Text(f"{file} was not written: no portfolio was measured", f"未写出 {file}：没有测算全体客户")
        if compares
        else Text(
            f"{file} was not written: no decision compares with other customers",
            f"未写出 {file}：没有需要与其他客户比较的决策",
        )
    )
    hint = Text("give --portfolio FILE with it", "请同时给出 --portfolio 文件") if compares else None
    return NOTHING_TO_WRITE.at(DataPlace("--write-cutoffs"), message, hint=hint)


def portfolio_broken(portfolio: str, file: str) -> Diagnostic:
    return NOTHING_TO_WRITE.at(
        DataPlace(portfolio),
        Text(
            f"{file} was not written: {portfolio} could not be read to its end",
            f"未写出 {file}：{portfolio} 未能完整读取",
        ),
        hint=Text("mend the file and run again", "请修复该文件后重试"),
    )


def cutoffs_not_written(file: str, problem: str) -> Diagnostic:
    return NOTHING_TO_WRITE.at(
        DataPlace(file),
        Text(f"{file} can't be written: {problem}", f"无法写入 {file}：{problem}"),
        hint=Text("what stood there before is still there", "原有文件保持不变"),
    )


def no_members(file: str, name: str) -> Diagnostic:
    return ALL_OUTSIDE.at(
        DataPlace(file),
        Text(
            f"`{name}`: nobody in the portfolio is a member of its population, so everybody is outside",
            f"“{name}”：全体客户中没有总体成员，所有记录都在总体之外",
        ),
        hint=Text(
            "look at the condition of the population, and at who has a measure",
            "请检查总体的条件，以及哪些记录有该指标",
        ),
    )


def no_total(file: str, name: str, groups: int, of: int) -> Diagnostic:
    who = "" if of == 1 else f" in {groups} of {of} groups"
    who_zh = "" if of == 1 else f"{of} 组中有 {groups} 组"
    return ALL_OUTSIDE.at(
        DataPlace(file),
        Text(
            f"`{name}`: the members' total{who} is not above zero, so nobody there has a class or a share",
            f"“{name}”：{who_zh}成员合计不大于零，因此没有分级或占比",
        ),
        hint=Text("look at the measure, and at who is a member", "请检查指标以及总体成员"),
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
