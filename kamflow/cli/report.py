"""`kamflow report`: tables, charts and one page about a portfolio that the policies decide."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits, record_options
from kamflow.cli.console import tell, tell_findings
from kamflow.cli.eval import day_of, paths_of, refuse
from kamflow.cli.frame import Refused, argument, option, verb


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
        "绘图需要 kamflow[report]，未安装时只有表格。stages、deadlines、funnel、rates 读取实例数据库（"
        "--db）。\n"
        "退出码 0：已写入；2：未写入；3：部分记录被拒绝；4：策略无法编译。",
    ),
)
@argument("name", metavar="NAME", words=Text("Which reports: all, or names.", "报告名称，或 all。"))
@argument("inputs", nargs=-1, metavar="INPUT", words=Text("Files of records.", "记录文件。"))
@option("-o", "--output", metavar="DIR", words=Text("The folder to write to.", "写入的文件夹。"))
@record_options.policies
@record_options.as_of
@option(
    "--db", metavar="URL",
    words=Text("Cases [default: those of the project, if any].", "实例数据库（默认用项目中已有的）。"),
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
    policies: tuple[str, ...],
    as_of: date | None,
    db: str | None,
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
    if not inputs and db is None:
        raise Refused(Text("INPUT is missing (or --db, for cases)", "缺少 INPUT（只看实例时可用 --db）"))
    if "-" in inputs:
        raise Refused(
            Text("records are read twice: name files, not -", "记录要读取两次：请给出文件，不能是 -")
        )
    asked, roles, assumed = report_names(name), parse_names(names), parse_assumptions(assume)
    for parsed in (asked, roles, assumed):
        if isinstance(parsed, Diagnostic):
            tell_findings((parsed,), {}, settings)
            return exits.USAGE
    assert not isinstance(asked, Diagnostic)
    assert not isinstance(roles, Diagnostic)
    assert not isinstance(assumed, Diagnostic)
    request = ReportRequest(
        inputs, paths_of(policies, settings), day_of(as_of, settings), asked,
        record or settings.record, roles,
        assumed, Overlay(sets, overlay, scenario), ignore_unknown, sheet,
    )  # fmt: skip
    from kamflow.base.collector import collector_at_rest

    with collector_at_rest():  # columns are kept to the end, and what is read leaves no cycles
        return _run(settings, request, Path(output), db)


def _run(settings: Settings, request: object, folder: Path, db: str | None) -> int:
    from kamflow.app.eval import CannotEval
    from kamflow.app.report import ReportRequest, gather
    from kamflow.app.write_report import Written, write_reports
    from kamflow.report import errors
    from kamflow.report.cases import CaseFile
    from kamflow.report.catalog import CASES, make_reports

    assert isinstance(request, ReportRequest)
    cases: tuple[CaseFile, ...] | None = None
    url = db or _own_db(settings)
    if url is not None and CASES & set(request.reports):
        from kamflow.app.cannot_flow import not_installed
        from kamflow.app.report_cases import read_cases

        absent = not_installed()
        found = absent.findings if absent is not None else read_cases(url)
        cases = tuple(c for c in found if isinstance(c, CaseFile))
        wrong = tuple(c for c in found if not isinstance(c, CaseFile))
        if wrong and (db is not None or absent is None):
            tell_findings(wrong, {}, settings)
            return exits.USAGE
    gathered = gather(request, cases)
    if isinstance(gathered, CannotEval):
        return refuse(gathered, settings)
    portfolio, tally = gathered.portfolio, gathered.tally
    examples = tuple(d for group in tally.by_weight() for d in group.examples)
    if tally.problems or examples:
        tell_findings((*tally.problems, *examples), {}, settings)
    if request.inputs and any(p.is_error for p in tally.problems) and not tally.read:
        return exits.USAGE
    if request.inputs and not portfolio.count:
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
    return exits.FINE if not tally.rejected and not tally.incomplete else exits.REJECTED


def _own_db(settings: Settings) -> str | None:
    """Return the project's database, where there is one."""
    said = settings.db
    if said.startswith("sqlite:///") and not Path(said.removeprefix("sqlite:///")).exists():
        return None
    return said
