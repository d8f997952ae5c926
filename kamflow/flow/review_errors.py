"""Findings about reviews of whole files."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

TWICE = define("KF1420", "customer-twice", Severity.ERROR, since="0.3")
NAMELESS = define("KF1421", "customer-without-id", Severity.ERROR, since="0.3")
DIFFERS = define("KF1422", "review-differs", Severity.ERROR, since="0.3")
NOT_REVIEWED = define("KF1423", "not-moved-by-reviews", Severity.ERROR, since="0.3")


def twice(place: DataPlace, name: str, earlier: int) -> Diagnostic:
    return TWICE.at(
        place,
        Text(
            f"`{name}` stands in the file before, at record {earlier}",
            f"“{name}”在文件中已出现过（第 {earlier} 条记录）",
        ),
        hint=Text("keep one record for each customer", "每个客户只保留一条记录"),
        why=Text(
            "a customer is reviewed once a day; of two records one would win by chance",
            "每个客户每天只评审一次；有两条记录时，以哪条为准纯属偶然",
        ),
    )


def nameless(place: DataPlace, field: str) -> Diagnostic:
    return NAMELESS.at(
        place,
        Text(
            f"this record has no `{field}`, so nobody can say whose case it is",
            f"该记录没有“{field}”，无法确定属于哪个客户",
        ),
        hint=Text(f"fill in `{field}`", f"请填写“{field}”"),
    )


def differs(workflow: str, case: str, columns: str, single: str) -> Diagnostic:
    """Say that the review over columns and the step of the single case are not of one mind."""
    return DIFFERS.at(
        DataPlace(f"{workflow}/{case}"),
        Text(
            f"over columns this review {_EN[columns.partition(':')[0]]}{_which(columns)}, "
            f"as a single case it {_EN[single.partition(':')[0]]}{_which(single)}",
            f"批量评审的结果为“{_ZH[columns.partition(':')[0]]}{_which(columns)}”，"
            f"单独评审的结果为“{_ZH[single.partition(':')[0]]}{_which(single)}”",
        ),
        hint=Text(
            "nothing of this chunk was written; `--one-by-one` reviews without columns. Please report it",
            "本批未写入任何内容；可用 --one-by-one 逐个评审。请将此问题反馈给我们",
        ),
        why=Text(
            "two ways of reviewing must agree on every customer, or neither can be trusted",
            "两种评审方式对每个客户都须一致，否则都不可信",
        ),
    )


_EN = {
    "stays": "leaves the case as it is", "writes": "keeps the state, with a clock changed",
    "ambiguous": "finds several ways at once", "parks": "waits for approval of ", "fires": "takes ",
}  # fmt: skip
_ZH = {
    "stays": "保持不变", "writes": "阶段不变，计时有变", "ambiguous": "同时符合多个变动",
    "parks": "等待审批：", "fires": "变动：",
}  # fmt: skip


def _which(label: str) -> str:
    return label.partition(":")[2]


def not_reviewed(workflow: str) -> Diagnostic:
    return NOT_REVIEWED.at(
        DataPlace(workflow),
        Text(
            f"`{workflow}` is moved by events, not by reviews",
            f"流程“{workflow}”由事件推动，不做评审",
        ),
        hint=Text(
            f"send events: kamflow flow send {workflow} CASE EVENT",
            f"请发送事件：kamflow flow send {workflow} 实例 事件",
        ),
    )
