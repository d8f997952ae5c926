"""Findings about published versions and running cases."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.suggest import suggest
from kamflow.base.text import Text

NOT_PUBLISHED = define("KF1400", "not-published", Severity.ERROR, since="0.3")
NO_CASE = define("KF1401", "no-such-case", Severity.ERROR, since="0.3")
TOO_BUSY = define("KF1402", "case-too-busy", Severity.ERROR, since="0.3")
STATE_IN_USE = define("KF1404", "state-in-use", Severity.ERROR, since="0.3")
REPLAY_DIFFERS = define("KF1405", "replay-differs", Severity.ERROR, since="0.3")
NO_WORKFLOW = define("KF1406", "no-such-workflow", Severity.ERROR, since="0.3")
BAD_TIME = define("KF1407", "not-a-time", Severity.ERROR, since="0.3")
LOG_COLUMN = define("KF1408", "log-without-column", Severity.ERROR, since="0.3")
LOG_ROW = define("KF1409", "log-row-unreadable", Severity.ERROR, since="0.3")


def _at(workflow: str, case: str = "") -> DataPlace:
    return DataPlace(f"{workflow}/{case}" if case else workflow)


def not_published(workflow: str, version: int | None, known: Sequence[str]) -> Diagnostic:
    which = workflow if version is None else f"{workflow}, version {version}"
    which_zh = workflow if version is None else f"{workflow} 第 {version} 版"
    near = suggest(workflow, known)
    listed = ", ".join(known) or "none"
    return NOT_PUBLISHED.at(
        _at(workflow),
        Text(
            f"`{which}` is not published here; published: {listed}",
            f"此数据库中未发布“{which_zh}”；已发布：{'、'.join(known) or '无'}",
        ),
        hint=(
            Text(f"did you mean `{near}`?", f"是否想写“{near}”？")
            if near is not None and near != workflow
            else Text("run `kamflow flow publish` first", "请先运行 kamflow flow publish")
        ),
        why=Text(
            "cases run on published versions only, so that a change to a file never moves a case by itself",
            "流程实例只按已发布的版本运行，改动文件不会自行影响在途客户",
        ),
    )


def no_case(workflow: str, case: str) -> Diagnostic:
    return NO_CASE.at(
        _at(workflow, case),
        Text(f"there is no case `{case}` of `{workflow}`", f"流程“{workflow}”中没有“{case}”"),
        hint=Text(
            f"start it: kamflow flow start {workflow} {case}",
            f"先启动：kamflow flow start {workflow} {case}",
        ),
    )


def too_busy(workflow: str, case: str, event_id: str) -> Diagnostic:
    return TOO_BUSY.at(
        _at(workflow, case),
        Text(
            f"event `{event_id}` found another writer ahead of it each time it tried",
            f"事件“{event_id}”每次写入都被其他写入抢先",
        ),
        hint=Text("send it again with the same id", "请用相同编号重新发送"),
    )


def state_in_use(workflow: str, state: str, count: int, version: int) -> Diagnostic:
    return STATE_IN_USE.at(
        _at(workflow),
        Text(
            f"{count:,} cases stand in `{state}` of version {version}, which the new version does not map",
            f"第 {version} 版中有 {count:,} 个实例处于“{state}”，新版本没有给出其去向",
        ),
        hint=Text(
            f"add `{state}: …` to the map of `migrations: - from: {version}`",
            f"请在 migrations 中 from: {version} 的 map 里补上 {state}: …",
        ),
        why=Text(
            "these customers would have no stage after the change",
            "否则变更后这些客户将没有所处阶段",
        ),
    )


def replay_differs(workflow: str, case: str, seq: int, what: Text) -> Diagnostic:
    return REPLAY_DIFFERS.at(
        _at(workflow, case),
        Text(
            f"played again, entry {seq} comes out otherwise: {what.en}",
            f"重放后第 {seq} 条记录结果不同：{what.zh}",
        ),
        why=Text(
            "either the journal was altered, or a decision of then can't be explained by its policies",
            "要么历史记录被改动，要么当时的决定无法由当时的策略解释",
        ),
    )


def no_workflow(name: str, known: Sequence[str]) -> Diagnostic:
    near = suggest(name, known)
    listed = ", ".join(known) or "none"
    return NO_WORKFLOW.at(
        DataPlace(name),
        Text(
            f"no file defines the workflow `{name}`; there are: {listed}",
            f"没有文件定义流程“{name}”；现有：{'、'.join(known) or '无'}",
        ),
        hint=None if near is None else Text(f"did you mean `{near}`?", f"是否想写“{near}”？"),
    )


def bad_time(option: str, text: str) -> Diagnostic:
    return BAD_TIME.at(
        DataPlace(option),
        Text(f"`{text}` is no time", f"“{text}”不是时间"),
        hint=Text(
            "write 2026-06-30, 2026-06-30T14:00 or 2026-06-30T14:00+08:00",
            "请写成 2026-06-30、2026-06-30T14:00 或 2026-06-30T14:00+08:00",
        ),
    )


def log_without_column(file: str, column: str, option: str, known: Sequence[str]) -> Diagnostic:
    near = suggest(column, known)
    return LOG_COLUMN.at(
        DataPlace(file),
        Text(
            f"the log has no column `{column}` ({option}); it has: {', '.join(known)}",
            f"日志中没有列“{column}”（{option}）；现有列：{'、'.join(known)}",
        ),
        hint=None if near is None else Text(f"did you mean `{near}`?", f"是否想写“{near}”？"),
    )


def log_row_unreadable(file: str, row: int, what: Text) -> Diagnostic:
    return LOG_ROW.at(
        DataPlace(file, f"[{row}]", 0, row),
        Text(f"this row of the log can't be read: {what.en}", f"日志的这一行无法读取：{what.zh}"),
    )


NO_OBJECT = define("KF1410", "not-an-object", Severity.ERROR, since="0.3")
NO_PAIR = define("KF1411", "not-a-pair", Severity.ERROR, since="0.3")
WHICH_WORKFLOW = define("KF1412", "which-workflow", Severity.ERROR, since="0.3")


def no_object(option: str, said: str) -> Diagnostic:
    return NO_OBJECT.at(
        DataPlace(option),
        Text(
            f"{option} takes a JSON object or a file with one, not `{said[:80]}`",
            f"{option} 应为 JSON 对象或含有该对象的文件，不能是“{said[:80]}”",
        ),
        hint=Text(
            """write '{"amount": "1200"}', or the path of a file""",
            """请写 '{"amount": "1200"}' 或文件路径""",
        ),
    )


def no_pair(said: str) -> Diagnostic:
    return NO_PAIR.at(
        DataPlace(said[:80]),
        Text(f"`{said[:80]}` is no NAME=VALUE", f"“{said[:80]}”不是“名称=值”的形式"),
        hint=Text("write amount=1200", "请写成 amount=1200"),
    )


def which_workflow(known: Sequence[str]) -> Diagnostic:
    return WHICH_WORKFLOW.at(
        DataPlace("--workflow"),
        Text(
            f"several workflows are published: {', '.join(known)}",
            f"已发布多个流程：{'、'.join(known)}",
        ),
        hint=Text("name one with --workflow", "请用 --workflow 指明"),
    )


NOT_INSTALLED = define("KF1413", "flow-not-installed", Severity.ERROR, since="0.3")


def not_installed(missing: Sequence[str]) -> Diagnostic:
    return NOT_INSTALLED.at(
        DataPlace("kamflow flow"),
        Text(
            f"running cases needs what is not installed: {', '.join(missing)}",
            f"运行流程所需的组件尚未安装：{'、'.join(missing)}",
        ),
        hint=Text('pip install "kamflow[flow]"', 'pip install "kamflow[flow]"'),
    )
