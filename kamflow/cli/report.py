"""`kamflow report`: tables, charts and one page about a portfolio that the policies decide."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits, record_options
from kamflow.cli.console import tell, tell_findings
from kamflow.cli.eval import day_of, paths_of, refuse
from kamflow.cli.frame import Refused, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.conform import ConformRequest
    from kamflow.app.report import ReportRequest
    from kamflow.base.diagnostic import Diagnostic
    from kamflow.batch.children import ChildFile
    from kamflow.report.cases import CaseFile


@verb(
    Text("Report on a portfolio: tables, charts, one page.", "生成客户组合报告：表格、图表与网页。"),
    Text(
        "NAME is all, or one or more of value, rfm, tiers, wallet, satisfaction, rates, churn, concessions,"
        " credit, complaints, actions, losses, repurchase, stages, deadlines, funnel: value,churn.\n"
        "The policies decide the records; each report says how its figures are made, and what is missing."
        " In the folder that is named, report.html needs nothing else; data (CSV, JSON) and pictures"
        " (SVG, PNG) lie in a folder for each report.\n"
        "Charts need kamflow[report]; without it the reports have tables only. stages, deadlines, funnel and"
        " rates read the cases of a database (--db).\n"
        "Exit code 0: written. 2: nothing was. 3: some records were rejected. 4: a policy does not compile.",
        "NAME 为 all，或 value、rfm、tiers、wallet、satisfaction、rates、churn、concessions、credit、"
        "complaints、"
        "actions、losses、repurchase、stages、deadlines、funnel 中的一个或多个，如 value,churn。\n"
        "由策略对记录作出决策；每份报告都说明数字的算法，以及缺少什么。-o 指定文件夹："
        "report.html 可单独打开；"
        "数据（CSV、JSON）与图片（SVG、PNG）按报告分放在子文件夹中。\n"
        "绘图需要 kamflow[report]，未安装时只有表格。\n"
        "stages、deadlines、funnel、rates 需要流程实例（--db）。\n"
        "退出码 0：已写入；2：未写入；3：部分记录被拒绝；4：策略无法编译。",
    ),
)
@argument("name", metavar="NAME", words=Text("Which reports: all, or names.", "报告名称，或 all。"))
@argument("inputs", nargs=-1, metavar="INPUT", words=Text("Files of records.", "记录文件。"))
@option("-o", "--output", metavar="DIR", words=Text("The folder to write to.", "写入的文件夹。"))
@option(
    "--child", multiple=True, metavar="FIELD=FILE[:KEY]",
    words=Text("A child list from a file of its own; may be repeated.", "来自单独文件的明细列表，可重复。"),
)  # fmt: skip
@option(
    "--map", "map_file", metavar="FILE",
    words=Text("Which columns of child files are which fields (toml).", "明细文件的列与字段对照（toml）。"),
)  # fmt: skip
@record_options.policies
@record_options.as_of
@option(
    "--db", metavar="URL",
    words=Text("Cases [default: those of the project, if any].", "实例数据库（默认用项目中已有的）。"),
)  # fmt: skip
@option(
    "--log", metavar="FILE",
    words=Text("A log of events, played on the workflow: cases.", "事件日志：用流程回放后作为实例。"),
)  # fmt: skip
@option(
    "--workflows", multiple=True, metavar="PATH",
    words=Text("Files and folders of workflows, for --log.", "流程文件或文件夹（用于 --log）。"),
)  # fmt: skip
@option(
    "--log-columns", metavar="A,B,C", default="case_id,activity,timestamp", show_default=True,
    words=Text("Columns of the log: case, activity, time.", "日志的列：实例编号、活动、时间。"),
)  # fmt: skip
@option(
    "--use", "names", multiple=True, metavar="ROLE=NAME",
    words=Text("What a role is called here: tier=net_tier.", "角色在此处的名称：tier=net_tier。"),
)  # fmt: skip
@option(
    "--assume", multiple=True, metavar="NAME=VALUE",
    words=Text("Set an assumption: silent=9%, lost_after=6.", "设置假设：silent=9%、lost_after=6。"),
)  # fmt: skip
@record_options.record
@record_options.overlay_set
@record_options.overlay_file
@record_options.scenario
@record_options.ignore_unknown
@record_options.sheet
def command(
    settings: Settings,
    name: str,
    inputs: tuple[str, ...],
    output: str | None,
    child: tuple[str, ...],
    map_file: str | None,
    policies: tuple[str, ...],
    as_of: date | None,
    db: str | None,
    log: str | None,
    workflows: tuple[str, ...],
    log_columns: str,
    names: tuple[str, ...],
    assume: tuple[str, ...],
    record: str | None,
    sets: tuple[str, ...],
    overlay: str | None,
    scenario: str | None,
    ignore_unknown: bool,
    sheet: str | None,
) -> int:
    from kamflow.app.overlays import Overlay
    from kamflow.app.report import ReportRequest, parse_assumptions, parse_names, report_names
    from kamflow.base.diagnostic import Diagnostic

    if output is None:
        raise Refused(
            Text("a report is written to a folder: add -o DIR", "报告需写入文件夹：请加上 -o 文件夹")
        )
    if not inputs and not child and db is None and log is None:
        raise Refused(
            Text(
                "INPUT is missing (or --db or --log, for cases)", "缺少 INPUT（只看实例时可用 --db 或 --log）"
            )
        )
    if child and len(inputs) > 1:
        raise Refused(Text("with --child there is one file of records", "使用 --child 时只能有一个记录文件"))
    if "-" in inputs:
        raise Refused(
            Text("records are read twice: name files, not -", "记录要读取两次：请给出文件，不能是 -")
        )
    asked, roles, assumed = report_names(name), parse_names(names), parse_assumptions(assume)
    children = _children(child, map_file)
    for parsed in (asked, roles, assumed, children):
        if isinstance(parsed, Diagnostic):
            tell_findings((parsed,), {}, settings)
            return exits.USAGE
    assert not isinstance(asked, Diagnostic)
    assert not isinstance(roles, Diagnostic)
    assert not isinstance(assumed, Diagnostic)
    assert not isinstance(children, Diagnostic)
    request = ReportRequest(
        inputs, paths_of(policies, settings), day_of(as_of, settings), asked,
        record or settings.record, roles,
        assumed, Overlay(sets, overlay, scenario), ignore_unknown, sheet, children,
    )  # fmt: skip
    from kamflow.base.collector import collector_at_rest

    with collector_at_rest():  # columns are kept to the end, and what is read leaves no cycles
        return _run(settings, request, Path(output), db, _log(settings, log, workflows, log_columns, request))


def _children(child: tuple[str, ...], map_file: str | None) -> tuple[ChildFile, ...] | Diagnostic:
    if not child and map_file is None:
        return ()  # most reports: DuckDB is not needed
    from kamflow.app.eval_joined import children_of

    return children_of(child, map_file)


def _run(
    settings: Settings, request: object, folder: Path, db: str | None, played: ConformRequest | None
) -> int:
    from kamflow.app.eval import CannotEval
    from kamflow.app.report import ReportRequest, gather
    from kamflow.app.write_report import Written, write_reports
    from kamflow.report import errors
    from kamflow.report.catalog import make_reports

    assert isinstance(request, ReportRequest)
    cases = _cases(settings, request.reports, db, played)
    if isinstance(cases, int):
        return cases
    gathered = gather(request, cases)
    if isinstance(gathered, CannotEval):
        return refuse(gathered, settings)
    portfolio, tally = gathered.portfolio, gathered.tally
    examples = tuple(d for group in tally.by_weight() for d in group.examples)
    if tally.problems or examples:
        tell_findings((*tally.problems, *examples), {}, settings)
    has_records = bool(request.inputs or request.children)
    if has_records and any(p.is_error for p in tally.problems) and not tally.read:
        return exits.USAGE
    if has_records and not portfolio.count:
        tell_findings((errors.no_records(portfolio.source, tally.read),), {}, settings)
    done = write_reports(make_reports(portfolio, request.reports), portfolio, folder, settings.lang)
    if not isinstance(done, Written):
        tell_findings((done,), {}, settings)
        return exits.USAGE
    if done.notes:
        tell_findings(done.notes, {}, settings)
    shown, n = visible(str(done.page)), len(request.reports)
    some = "1 report" if n == 1 else f"{n} reports"
    tell(
        settings,
        Text(
            f"wrote {shown} and {done.files - 1} files beside it: {some} on {portfolio.count:,} records",
            f"已写入 {shown} 及 {done.files - 1} 个文件：{n} 份报告，{portfolio.count:,} 条记录",
        ),
    )
    is_whole = not tally.rejected and not tally.incomplete and not tally.stray_lines
    return exits.FINE if is_whole else exits.REJECTED


def _log(
    settings: Settings, log: str | None, workflows: tuple[str, ...], columns: str, request: ReportRequest
) -> ConformRequest | None:
    if log is None:
        return None
    from kamflow.app.conform import ConformRequest

    named = [c.strip() for c in columns.split(",")]
    if len(named) != 3 or not all(named):
        raise Refused(
            Text(
                "--log-columns are three: case, activity, time",
                "--log-columns 应为三列：实例编号、活动、时间",
            )
        )
    where = tuple(Path(w) for w in workflows) or settings.workflows
    case, event, when = named
    return ConformRequest(log, request.policies, where, case=case, event=event, time=when)


def _cases(
    settings: Settings, reports: tuple[str, ...], db: str | None, played: ConformRequest | None
) -> tuple[CaseFile, ...] | int | None:
    """Return the cases of a log and of a database, None where none was named; or an exit code."""
    from kamflow.app.cannot_flow import not_installed
    from kamflow.report.cases import CaseFile
    from kamflow.report.catalog import CASES

    url = db or (_own_db(settings) if played is None else None)
    if (url is None and played is None) or not CASES & set(reports):
        return None
    absent = not_installed()
    if absent is not None:
        if db is None and played is None:
            return None
        tell_findings(absent.findings, {}, settings)
        return exits.USAGE
    from kamflow.app.report_cases import play_log, read_cases

    found = [*(play_log(played) if played is not None else ()), *(read_cases(url) if url is not None else ())]
    wrong = tuple(c for c in found if not isinstance(c, CaseFile))
    if wrong:
        tell_findings(wrong, {}, settings)
        return exits.USAGE
    return tuple(c for c in found if isinstance(c, CaseFile))


def _own_db(settings: Settings) -> str | None:
    """Return the project's database, where there is one."""
    said = settings.db
    if said.startswith("sqlite:///") and not Path(said.removeprefix("sqlite:///")).exists():
        return None
    return said
