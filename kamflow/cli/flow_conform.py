"""`kamflow flow conform`: does what really happened follow the process?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put, tell, tell_findings
from kamflow.cli.frame import Refused, argument, option, verb
from kamflow.values.codec import Json

if TYPE_CHECKING:
    from kamflow.app.conform import Conformed

_HOUR = 3_600_000_000  # microseconds


@verb(
    Text(
        "Play a log of events on a workflow: who conforms, who deviates.",
        "用流程回放事件日志：哪些合规，哪些偏离。",
    ),
    Text(
        "The log has a line for each event. An activity is an event's name or its label.\n"
        "  kamflow flow conform helpdesk.csv.gz --workflows examples/helpdesk --policies examples/helpdesk",
        "日志中每行是一个事件；活动名可以是事件的名称或其标签。\n"
        "  kamflow flow conform helpdesk.csv.gz --workflows examples/helpdesk --policies examples/helpdesk",
    ),
    name="conform",
)
@argument(
    "log", metavar="LOG", words=Text("The log: csv, ndjson, parquet …", "日志文件：csv、ndjson、parquet 等。")
)
@option(
    "--workflow",
    metavar="NAME",
    words=Text("The workflow [default: the only one].", "流程（默认唯一的那个）。"),
)
@option(
    "--case",
    "case",
    default="case_id",
    show_default=True,
    metavar="COLUMN",
    words=Text("Column of the case.", "实例编号所在列。"),
)
@option(
    "--event",
    default="activity",
    show_default=True,
    metavar="COLUMN",
    words=Text("Column of the activity.", "活动所在列。"),
)
@option(
    "--time",
    "when",
    default="timestamp",
    show_default=True,
    metavar="COLUMN",
    words=Text("Column of the time.", "时间所在列。"),
)
@option(
    "--fact",
    "facts",
    multiple=True,
    metavar="COLUMN[=FIELD]",
    words=Text("A column that is a field of the subject.", "作为业务数据字段的列。"),
)
@on.policies
@on.workflows
@on.form
def conform(
    settings: Settings, log: str, workflow: str | None, case: str, event: str, when: str,
    facts: tuple[str, ...], policies: tuple[str, ...], workflows: tuple[str, ...], form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.conform import Conformed, ConformRequest, conform_file

    pairs: list[tuple[str, str]] = []
    for said in facts:
        column, equals, name = said.partition("=")
        if not column or (equals and not name):
            raise Refused(
                Text(
                    f"--fact takes COLUMN or COLUMN=FIELD, not `{said}`",
                    f"--fact 应为 列名 或 列名=字段名，不能是“{said}”",
                )
            )
        pairs.append((column, name or column))
    policy_paths, workflow_paths = on.paths_of(settings, policies, workflows)
    done = conform_file(
        ConformRequest(log, policy_paths, workflow_paths, workflow, case, event, when, tuple(pairs))
    )
    if not isinstance(done, Conformed):
        return on.refuse(settings, done)
    if on.wants_text(form):
        _show(settings, done)
    else:
        on.put_json(as_json(done))
    tell_findings(done.findings[:20], {}, settings)
    return exits.REJECTED if done.findings else exits.FINE


def as_json(done: Conformed) -> dict[str, Json]:
    """Return the result with stable keys; times in hours of the calendar's working time."""
    r = done.result
    return {
        "workflow": done.name,
        "cases": r.cases,
        "events": r.events,
        "conforming": r.conforming,
        "rows_unreadable": len(done.findings),
        "deviations": [
            {
                "code": d.code,
                "label": {"en": d.label.en, "zh": d.label.zh},
                "cases": len(d.cases),
                "events": d.events,
                "examples": [{"case": c, "activity": a, "state": s} for c, a, s in d.shown],
            }
            for d in r.deviations
        ],
        "times": [
            {
                "state": s.state,
                "visits": s.visits,
                "median_hours": _hours(s.median),
                "ninth_decile_hours": _hours(s.ninth),
                "longest_hours": _hours(s.longest),
            }
            for s in r.spent
        ],
        "deadlines": [
            {"sla": k.sla, "met": k.met, "breached": k.breached, "running": k.running} for k in r.kept
        ],
    }


def _hours(microseconds: int) -> str:
    tenths = (10 * microseconds + _HOUR // 2) // _HOUR
    return f"{tenths // 10}.{tenths % 10}"


def _show(settings: Settings, done: Conformed) -> None:
    r, zh = done.result, settings.lang is Lang.ZH
    share = 1000 * r.conforming // max(r.cases, 1)
    percent = f"{share // 10}.{share % 10}%"
    put(
        f"{r.cases:,} 个实例、{r.events:,} 个事件；{r.conforming:,} 个合规（{percent}）\n\n"
        if zh
        else f"{r.cases:,} cases, {r.events:,} events; {r.conforming:,} conform ({percent})\n\n"
    )
    workflow = done.loaded.linked.workflow(done.name)
    assert workflow is not None
    labels = {s.id.text: s.label.in_(settings.lang) for s in workflow.states}
    slas = {s.id.text: s.label.in_(settings.lang) for s in workflow.slas}
    titles = [
        Text("Deviation", "偏离"),
        Text("Cases", "实例数"),
        Text("Events", "事件数"),
        Text("For example", "例如"),
    ]
    rows = [
        (
            visible(d.label.in_(settings.lang)), f"{len(d.cases):,}", f"{d.events:,}",
            "; ".join(f"{visible(c)}: {visible(a)}" for c, a, _ in d.shown[:2]),
        )
        for d in r.deviations
    ]  # fmt: skip
    on.put_table(settings, titles, rows, (1, 2))
    put("\n")
    titles = [
        Text("Hours in a state", "各状态用时（小时）"),
        Text("Visits", "次数"),
        Text("Median", "中位数"),
        Text("9 of 10 within", "九成以内"),
        Text("Longest", "最长"),
    ]
    on.put_table(
        settings, titles,
        [
            (labels[s.state], f"{s.visits:,}", _hours(s.median), _hours(s.ninth), _hours(s.longest))
            for s in r.spent
        ],
        (1, 2, 3, 4),
    )  # fmt: skip
    put("\n")
    titles = [Text("Deadline", "时限"), Text("Met", "按时"), Text("Missed", "超时"), Text("Open", "未结")]
    on.put_table(
        settings,
        titles,
        [(slas[k.sla], f"{k.met:,}", f"{k.breached:,}", f"{k.running:,}") for k in r.kept],
        (1, 2, 3),
    )
    tell(settings, Text("hours are working time of the calendar", "用时按日历的工作时间计算"))
