"""Every finding about what arrives for a case, and about its clock: KF1200 … KF1229.

One kind and one function each.
"""

from __future__ import annotations

from collections.abc import Iterable

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.workflow import instants
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.instance import Arrived, Instance, Pending

UNKNOWN_EVENT = define("KF1200", "unknown-event", Severity.ERROR, since="0.2")
CASE_IS_FINAL = define("KF1201", "case-is-final", Severity.ERROR, since="0.2")
NOT_POSSIBLE_HERE = define("KF1202", "event-not-possible-here", Severity.ERROR, since="0.2")
OUT_OF_ORDER = define("KF1203", "event-out-of-order", Severity.ERROR, since="0.2")
NOT_PENDING = define("KF1204", "approval-not-pending", Severity.ERROR, since="0.2")
UNKNOWN_STATE = define("KF1205", "no-such-state", Severity.ERROR, since="0.2")
ENDS_TOO_EARLY = define("KF1206", "override-ends-too-early", Severity.ERROR, since="0.2")
NOT_AN_INSTANT = define("KF1207", "not-an-instant", Severity.ERROR, since="0.2")
CASE_EXISTS = define("KF1208", "case-exists", Severity.ERROR, since="0.2")
NO_SUCH_CASE = define("KF1209", "no-such-case", Severity.ERROR, since="0.2")
NO_OVERRIDE = define("KF1210", "no-override", Severity.ERROR, since="0.2")
ALREADY_SUSPENDED = define("KF1211", "already-suspended", Severity.ERROR, since="0.2")
NOT_SUSPENDED = define("KF1212", "not-suspended", Severity.ERROR, since="0.2")
UNKNOWN_AT_APPROVAL = define("KF1213", "guard-unknown-at-approval", Severity.ERROR, since="0.2")
NO_MIGRATION = define("KF1214", "no-migration", Severity.ERROR, since="0.2")
STATE_NOT_MAPPED = define("KF1215", "state-not-mapped", Severity.ERROR, since="0.2")
TIMERS_DUE_FIRST = define("KF1216", "timers-due-first", Severity.ERROR, since="0.2")
COMMAND_FIELD = define("KF1217", "command-field-missing", Severity.ERROR, since="0.2")
UNKNOWN_HOLIDAYS = define("KF1218", "unknown-holidays", Severity.ERROR, since="0.2")

_NOTHING_HAPPENED = Text("The case is as it was.", "流程实例保持原状。")


def show_instant(instant: int) -> str:
    """Return an instant for people: ``2026-06-30T09:00:00Z``."""
    return instants.show_instant(instant, "UTC").replace("+00:00", "Z")


def place(arrived: Arrived, path: str = "") -> DataPlace:
    """Return where a finding about an event stands: its id, and the field."""
    return DataPlace(arrived.event_id, path)


def _listed(names: Iterable[str]) -> Text:
    found = [f"`{n}`" for n in names]
    if not found:
        return Text("none", "无")
    return Text(", ".join(found), "、".join(f"“{n.strip('`')}”" for n in found))


def _nearest(word: str, known: Iterable[str]) -> Text:
    names = sorted(known)
    near = suggest(word, names)
    if near is not None:
        return Text(f"Did you mean `{near}`?", f"是否想写“{near}”？")
    listed = _listed(names)
    return Text(f"There are: {listed.en}.", f"现有：{listed.zh}。")


def unknown_event(arrived: Arrived, known: Iterable[str]) -> Diagnostic:
    return UNKNOWN_EVENT.at(
        place(arrived, ".name"),
        Text(
            f"The workflow has no event `{arrived.name}`.",
            f"该流程没有事件“{arrived.name}”。",
        ),
        hint=_nearest(arrived.name, known),
        why=_NOTHING_HAPPENED,
    )


def case_is_final(arrived: Arrived, case: Instance) -> Diagnostic:
    return CASE_IS_FINAL.at(
        place(arrived),
        Text(
            f"Case `{case.id}` is in `{case.state}`, which is final: nothing can happen to it any more.",
            f"实例“{case.id}”处于终态“{case.state}”，不再接受任何事件。",
        ),
        hint=Text("Start a new case.", "请新建一个实例。"),
        why=_NOTHING_HAPPENED,
    )


def not_possible_here(arrived: Arrived, state: str, possible: Iterable[str]) -> Diagnostic:
    listed = _listed(possible)
    return NOT_POSSIBLE_HERE.at(
        place(arrived, ".name"),
        Text(
            f"Nothing in state `{state}` takes the event `{arrived.name}`.",
            f"状态“{state}”不受理事件“{arrived.name}”。",
        ),
        hint=Text(f"Events that it takes: {listed.en}.", f"该状态受理的事件：{listed.zh}。"),
        why=_NOTHING_HAPPENED,
    )


def out_of_order(arrived: Arrived, last: int) -> Diagnostic:
    return OUT_OF_ORDER.at(
        place(arrived, ".occurred_at"),
        Text(
            f"The event is of {show_instant(arrived.occurred_at)}, but something is already known to have "
            f"happened to this case at {show_instant(last)}.",
            f"事件时间为 {show_instant(arrived.occurred_at)}，"
            f"而该实例已记录了 {show_instant(last)} 发生的事。",
        ),
        hint=Text(
            "Send the events of a case in the order in which they occurred.",
            "同一实例的事件请按发生的先后顺序发送。",
        ),
        why=_NOTHING_HAPPENED,
    )


def not_pending(arrived: Arrived, wanted: str, pending: Pending | None) -> Diagnostic:
    if pending is None:
        hint = Text("Nothing waits for approval in this case.", "该实例没有待审批的事项。")
    else:
        hint = Text(
            f"What waits is `{pending.id}`: transition `{pending.transition}`, for `{pending.role}`.",
            f"待审批的是“{pending.id}”：迁移“{pending.transition}”，由“{pending.role}”审批。",
        )
    return NOT_PENDING.at(
        place(arrived, ".payload.approval"),
        Text(f"Approval `{wanted}` is not pending.", f"审批“{wanted}”不在待办中。"),
        hint=hint,
        why=_NOTHING_HAPPENED,
    )


def unknown_state(arrived: Arrived, state: str, known: Iterable[str]) -> Diagnostic:
    return UNKNOWN_STATE.at(
        place(arrived, ".payload.to"),
        Text(f"The workflow has no state `{state}`.", f"该流程没有状态“{state}”。"),
        hint=_nearest(state, known),
        why=_NOTHING_HAPPENED,
    )


def ends_too_early(arrived: Arrived, until: int) -> Diagnostic:
    return ENDS_TOO_EARLY.at(
        place(arrived, ".payload.until"),
        Text(
            f"The override would end at {show_instant(until)}, which is not after the event's own time, "
            f"{show_instant(arrived.occurred_at)}.",
            f"人工指定将于 {show_instant(until)} 失效，不晚于事件时间 {show_instant(arrived.occurred_at)}。",
        ),
        hint=Text("Give a later `until`.", "请给出更晚的 until。"),
        why=_NOTHING_HAPPENED,
    )


def not_an_instant(arrived: Arrived, path: str, text: str) -> Diagnostic:
    return NOT_AN_INSTANT.at(
        place(arrived, path),
        Text(f"`{text}` is not a date or a time.", f"“{text}”不是日期或时间。"),
        hint=Text(
            "Write a day, `2026-09-30` (it ends with that day), or a time, `2026-09-30T18:00`.",
            "请写日期，如 2026-09-30（到当天结束为止），或写时间，如 2026-09-30T18:00。",
        ),
        why=_NOTHING_HAPPENED,
    )


def case_exists(arrived: Arrived, case: Instance) -> Diagnostic:
    return CASE_EXISTS.at(
        place(arrived),
        Text(
            f"Case `{case.id}` of workflow `{case.workflow}` has been started before; it is in "
            f"`{case.state}`.",
            f"流程“{case.workflow}”的实例“{case.id}”此前已经启动，目前处于“{case.state}”。",
        ),
        hint=Text("Give the new case another id.", "请为新实例另取一个编号。"),
        why=_NOTHING_HAPPENED,
    )


def no_such_case(arrived: Arrived, workflow: str, case: str) -> Diagnostic:
    return NO_SUCH_CASE.at(
        place(arrived),
        Text(
            f"Workflow `{workflow}` has no case `{case}`.",
            f"流程“{workflow}”没有实例“{case}”。",
        ),
        hint=Text("Start the case first.", "请先启动该实例。"),
        why=Text("Nothing was written.", "没有写入任何内容。"),
    )


def no_override(arrived: Arrived) -> Diagnostic:
    return NO_OVERRIDE.at(
        place(arrived),
        Text("No state set by hand stands in this case.", "该实例当前没有人工指定的状态。"),
        hint=Text(
            "It may have ended by itself: the history shows when.",
            "人工指定可能已到期自动解除，可在历史记录中查看时间。",
        ),
        why=_NOTHING_HAPPENED,
    )


def already_suspended(arrived: Arrived, since: int) -> Diagnostic:
    return ALREADY_SUSPENDED.at(
        place(arrived),
        Text(
            f"The case has been suspended since {show_instant(since)}.",
            f"该实例自 {show_instant(since)} 起已处于挂起状态。",
        ),
        hint=Text("Resume it before suspending it anew.", "如需重新挂起，请先恢复。"),
        why=_NOTHING_HAPPENED,
    )


def not_suspended(arrived: Arrived) -> Diagnostic:
    return NOT_SUSPENDED.at(
        place(arrived),
        Text("The case is not suspended.", "该实例并未挂起。"),
        hint=Text("There is nothing to resume.", "无需恢复。"),
        why=_NOTHING_HAPPENED,
    )


def unknown_at_approval(pending: Pending, missing: Iterable[str]) -> Diagnostic:
    listed = _listed(missing)
    return UNKNOWN_AT_APPROVAL.at(
        DataPlace(pending.id),
        Text(
            f"Transition `{pending.transition}` can't be approved: whether its condition still holds is "
            f"unknown. Missing: {listed.en}.",
            f"迁移“{pending.transition}”暂不能批准：无法判断其条件是否仍然成立。缺少：{listed.zh}。",
        ),
        hint=Text(
            "Send the missing facts with the approval; the request stays open.",
            "请在审批时一并提供缺少的数据；该审批请求继续有效。",
        ),
        why=_NOTHING_HAPPENED,
    )


def no_migration(arrived: Arrived, version: int, to: int) -> Diagnostic:
    return NO_MIGRATION.at(
        place(arrived),
        Text(
            f"Version {to} of the workflow has no migration from version {version}.",
            f"流程第 {to} 版没有从第 {version} 版迁移的规定。",
        ),
        hint=Text(
            f"Add a migration with `from: {version}` to version {to}, or leave the case on its version.",
            f"请在第 {to} 版中增加 from: {version} 的迁移，或让该实例保留在原版本。",
        ),
        why=_NOTHING_HAPPENED,
    )


def state_not_mapped(arrived: Arrived, state: str, version: int) -> Diagnostic:
    return STATE_NOT_MAPPED.at(
        place(arrived),
        Text(
            f"The migration from version {version} does not say what becomes of state `{state}`.",
            f"从第 {version} 版迁移的规定没有说明状态“{state}”对应哪个状态。",
        ),
        hint=Text(f"Add `{state}: …` to its map.", f"请在其 map 中加上“{state}: …”。"),
        why=_NOTHING_HAPPENED,
    )


def timers_due_first(arrived: Arrived, due: int) -> Diagnostic:
    return TIMERS_DUE_FIRST.at(
        place(arrived, ".occurred_at"),
        Text(
            f"A timer of the old version is due at {show_instant(due)}, before the migration.",
            f"旧版本有定时器应于 {show_instant(due)} 触发，早于迁移时间。",
        ),
        hint=Text("Run what is due, then migrate.", "请先处理到期的定时器，再迁移。"),
        why=_NOTHING_HAPPENED,
    )


def command_field(arrived: Arrived, name: str) -> Diagnostic:
    return COMMAND_FIELD.at(
        place(arrived, f".payload.{name}" if name != "actor" else ".actor"),
        Text(f"`{arrived.name}` needs `{name}`, a text.", f"“{arrived.name}”需要文本字段“{name}”。"),
        hint=Text(
            "What people do by hand is recorded with who did it and why.",
            "人工操作须记录由谁、因何而做。",
        ),
        why=_NOTHING_HAPPENED,
    )


def unknown_holidays(calendar: Calendar, name: str, known: Iterable[str]) -> Diagnostic:
    return UNKNOWN_HOLIDAYS.at(
        calendar.span,
        Text(
            f"Calendar `{calendar.id}` takes the public holidays of `{name}`, which are not known.",
            f"日历“{calendar.id}”引用了“{name}”的法定节假日，但没有这一国家或地区的数据。",
        ),
        hint=_nearest(name, known),
        why=Text(
            "Deadlines would fall on days on which nobody works.",
            "否则期限可能落在无人上班的日子。",
        ),
    )
