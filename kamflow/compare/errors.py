"""Findings about two versions: what could not be decided."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.compare.model import OutputChange, Verdict
from kamflow.values.dates import show_day

NOT_DECIDED = define("KF0420", "change-not-decided", Severity.WARNING, since="0.2")


def not_decided(output: OutputChange) -> Diagnostic:
    """An output that may be the same or not; the first of the days for which that is so."""
    days, change = next((d, c) for d, c in output.stretches if c.verdict is Verdict.NOT_DECIDED)
    name, why = output.name, change.why
    several = len(output.stretches) > 1
    when = Text(f" from {show_day(days.first)} on", f"（{show_day(days.first)} 起）") if several else Text("")
    return NOT_DECIDED.at(
        DataPlace(output.record, f".{name}"),
        Text(
            f"whether {name} means the same in both versions{when.en} is not decided: {why.en}",
            f"“{name}”在两个版本中是否含义相同{when.zh}尚无定论：{why.zh or why.en}",
        ),
        hint=Text(
            "decide your records with both versions and compare the results",
            "请用两个版本分别对实际数据作决策，再比较结果",
        ),
    )
