"""What gave an answer, in one line: the row or rule, and its reason."""

from __future__ import annotations

from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.values.trace import Answer, Step


def reason(step: Step | None) -> Text:
    """Say which row or rule gave an answer, and why; empty for a value that is computed."""
    if step is None:
        return NO_TEXT
    won = [o for o in step.overrides if o.won]
    if won:
        return _with(Text(f"rule {won[0].rule}", f"规则 {won[0].rule}"), won[0].because)
    if len(step.rows) == 1:
        return _with(_row(step.rows[0]), step.rows[0].because)
    if step.rows:
        numbers, zh = ", ".join(str(r.row) for r in step.rows), "、".join(str(r.row) for r in step.rows)
        return Text(f"rows {numbers}", f"第 {zh} 行")
    return NO_TEXT


def _with(place: Text, because: Text) -> Text:
    if not because:
        return place
    return Text(f"{place.en}: {because.in_(Lang.EN)}", f"{place.zh}：{because.in_(Lang.ZH)}")


def _row(answer: Answer) -> Text:
    match answer.kind:
        case "row":
            return Text(f"row {answer.row}", f"第 {answer.row} 行")
        case "clause":
            return Text(f"clause {answer.row}", f"第 {answer.row} 条")
        case _:
            return Text("otherwise", "否则")
