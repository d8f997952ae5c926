"""Findings about a journal that is not what was written, and about effects that were not taken over."""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

_E, _W = Severity.ERROR, Severity.WARNING

CHANGED = define("KF1320", "journal-changed", _E, since="0.3")
GAP = define("KF1321", "journal-gap", _E, since="0.3")
OUT_OF_ORDER = define("KF1322", "journal-out-of-order", _E, since="0.3")
CUT = define("KF1323", "journal-cut", _E, since="0.3")
COLUMN = define("KF1324", "journal-column-changed", _E, since="0.3")
CHECKPOINT = define("KF1325", "checkpoint-differs", _E, since="0.3")
NO_CASE = define("KF1326", "journal-and-case-differ", _E, since="0.3")
NOT_DELIVERED = define("KF1327", "effect-not-delivered", _W, since="0.3")
NO_HANDLER = define("KF1328", "effect-without-handler", _W, since="0.3")
NOT_A_CHECKPOINT = define("KF1329", "not-a-checkpoint", _E, since="0.3")

_RESTORE = Text(
    "compare with a backup; what was decided after this line rests on it",
    "请与备份核对；该行之后的处理都以它为依据",
)


def _place(workflow: str, instance: str) -> DataPlace:
    return DataPlace(workflow, f" {instance}")


def changed(workflow: str, instance: str, first: int, last: int) -> Diagnostic:
    en = f"line {first}" if first == last else f"lines {first} to {last}"
    zh = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
    return CHANGED.at(
        _place(workflow, instance),
        Text(
            f"the journal of {instance} was altered: {en} can't be what was written",
            f"{instance} 的日志被改动：{zh}与写入时不同",
        ),
        hint=_RESTORE,
    )


def gap(workflow: str, instance: str, first: int, last: int) -> Diagnostic:
    en = f"line {first} is missing" if first == last else f"lines {first} to {last} are missing"
    zh = f"缺少第 {first} 行" if first == last else f"缺少第 {first} 至 {last} 行"
    return GAP.at(
        _place(workflow, instance),
        Text(f"in the journal of {instance} {en}", f"{instance} 的日志{zh}"),
        hint=_RESTORE,
    )


def out_of_order(workflow: str, instance: str, seq: int, before: int) -> Diagnostic:
    return OUT_OF_ORDER.at(
        _place(workflow, instance),
        Text(
            f"in the journal of {instance} line {seq} comes after line {before}",
            f"{instance} 的日志中，第 {seq} 行出现在第 {before} 行之后",
        ),
        hint=Text("export the journal again, in order", "请按顺序重新导出日志"),
    )


def cut(workflow: str, instance: str, last: int, wanted: int) -> Diagnostic:
    return CUT.at(
        _place(workflow, instance),
        Text(
            f"the journal of {instance} ends at line {last}, and {wanted} lines were written",
            f"{instance} 的日志只到第 {last} 行，而写入过 {wanted} 行",
        ),
        hint=_RESTORE,
    )


def column(workflow: str, instance: str, seq: int, name: str) -> Diagnostic:
    return COLUMN.at(
        _place(workflow, instance),
        Text(
            f"line {seq} of the journal of {instance} says another `{name}` than its own text",
            f"{instance} 日志第 {seq} 行的 {name} 与该行正文不符",
        ),
        hint=Text(
            "the text is what the hash covers; put the column right by it",
            "哈希值覆盖的是正文，请以正文为准改正该列",
        ),
    )


def checkpoint_differs(workflow: str, instance: str, seq: int) -> Diagnostic:
    return CHECKPOINT.at(
        _place(workflow, instance),
        Text(
            f"line {seq} of the journal of {instance} is not the one that the checkpoint saw",
            f"{instance} 日志第 {seq} 行与检查点记录的不同",
        ),
        hint=_RESTORE,
        why=Text(
            "a journal that was written anew from there on looks sound by itself",
            "从该行起整体重写的日志，单看自身是看不出问题的",
        ),
    )


def case_differs(workflow: str, instance: str, last: int, known: int | None) -> Diagnostic:
    if known is None:
        message = Text(
            f"there is a journal of {instance} ({last} lines), but no such case",
            f"有 {instance} 的日志（{last} 行），但没有这个实例",
        )
    else:
        message = Text(
            f"the journal of {instance} has {last} lines and does not end as its case says (line {known})",
            f"{instance} 的日志有 {last} 行，结尾与实例记录（第 {known} 行）不符",
        )
    return NO_CASE.at(_place(workflow, instance), message, hint=_RESTORE)


def not_delivered(key: str, kind: str, attempts: int, said: str) -> Diagnostic:
    return NOT_DELIVERED.at(
        DataPlace(key),
        Text(
            f"{kind} {key} was not taken over ({said}); tries so far: {attempts}",
            f"{kind} {key} 未能送达（{said}）；已尝试 {attempts} 次",
        ),
        hint=Text("it stays in the outbox and is tried again", "它仍在发件箱中，稍后会再次尝试"),
    )


def no_handler(kinds: Mapping[str, int]) -> Diagnostic:
    some = ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items()))
    some_zh = "、".join(f"{kind}（{count}）" for kind, count in sorted(kinds.items()))
    return NO_HANDLER.at(
        DataPlace("outbox"),
        Text(f"nobody takes over these effects: {some}", f"没有程序接收这些动作：{some_zh}"),
        hint=Text(
            "register a handler for each kind; until then they wait",
            "请为每种动作登记接收程序；在此之前会一直等待",
        ),
    )


def not_a_checkpoint(name: str) -> Diagnostic:
    return NOT_A_CHECKPOINT.at(
        DataPlace(name),
        Text(f"{name} is not a checkpoint as it was exported", f"{name} 不是导出时的检查点文件，或已被改动"),
        hint=Text("take the file that was put aside when it was exported", "请使用导出时另行保存的文件"),
    )
