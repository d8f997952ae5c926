"""`kamflow test`: failing expectations, then a line for each policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.display import display_width, pad, visible
from kamflow.base.text import Lang, Text
from kamflow.cli import exits, measure_options
from kamflow.cli.console import Form, complain, put, put_findings, tell, tell_findings
from kamflow.cli.frame import OneOf, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.test import Ran, TestReport


@verb(
    Text("Run the tests that stand in policies.", "运行策略文件中的测试。"),
    Text(
        "Without a PATH the project's tests run, outside a project those of the shipped policies.\n"
        "Exit code 1 where a test fails, 4 where the policies don't compile.",
        "不写路径时运行本项目的测试；不在项目中时运行自带策略的测试。\n"
        "有测试未通过时退出码为 1，策略无法编译时为 4。",
    ),
)
@argument("paths", nargs=-1, metavar="PATH", words=Text("Policy files or folders.", "策略文件或文件夹。"))
@option(
    "-k", "wanted", default="", metavar="TEXT",
    words=Text("Only tests whose title or policy contains this.", "只运行标题或策略名中包含此文字的测试。"),
)  # fmt: skip
@option("--junit", metavar="FILE", words=Text("Write a JUnit report as well.", "同时写出 JUnit 报告。"))
@option(
    "--output-format", "form", type=OneOf(Form), default=Form.FULL.value, show_default=True,
    words=Text("How failures are written.", "失败的输出格式。"),
)  # fmt: skip
@measure_options.cov
@measure_options.html
@measure_options.cov_fail_under
@measure_options.mutate
@measure_options.mutate_limit
@measure_options.mutate_fail_under
def command(
    settings: Settings,
    paths: tuple[str, ...],
    wanted: str,
    junit: str | None,
    form: str,
    cov: bool,
    html: str | None,
    cov_fail_under: float | None,
    mutate: bool,
    mutate_limit: int | None,
    mutate_fail_under: float | None,
) -> int:
    from kamflow.app.test import run_policy_tests

    asked = measure_options.Asked(
        cov or html is not None or cov_fail_under is not None,
        html,
        cov_fail_under,
        mutate or mutate_limit is not None or mutate_fail_under is not None,
        mutate_limit,
        mutate_fail_under,
    )
    report = run_policy_tests(tuple(Path(p) for p in paths) or settings.policies, wanted)
    if report.project.has_errors:
        tell_findings(report.project.findings, report.project.sources, settings)
        text = "the policies don't compile, so no test ran", "策略无法编译，没有运行测试"
        complain(settings, Text(*text))
        return exits.NOT_COMPILED
    if wanted and not report.ran:
        complain(settings, Text(f"no test contains `{wanted}`", f"没有标题包含“{visible(wanted)}”的测试"))
        return exits.USAGE
    if asked.anything:
        from kamflow.cli.run_measured import show_measured

        measured_paths = tuple(Path(p) for p in paths) or settings.policies
        return show_measured(report, measured_paths, wanted, asked, settings, Form(form), junit)
    if junit is not None:
        from kamflow.base.write_file import write_text
        from kamflow.cli.junit_tests import render_tests

        write_text(Path(junit), render_tests(report, settings.lang))
    return _show(report, settings, Form(form))


def _show(report: TestReport, settings: Settings, form: Form) -> int:
    if form is Form.JUNIT:
        from kamflow.cli.junit_tests import render_tests

        put(render_tests(report, settings.lang))
    elif report.findings or form is not Form.FULL:
        put_findings(report.findings, report.project.sources, settings, form)
    if form is Form.FULL:
        put("".join(f"{row}\n" for row in policy_rows(report, settings)))
    tell_summary(report, settings)
    return exits.FINDINGS if any(p.failed for p in report.policies) else exits.FINE


def tell_summary(report: TestReport, settings: Settings) -> None:
    failed = sum(p.failed for p in report.policies)
    tried = sum(r.result.expectations for r in report.ran)
    seconds = sum(p.seconds for p in report.policies)
    tests = len(report.ran)
    passed = tests - failed
    en = f"{tests} tests, {tried} expectations: {passed} passed, {failed} failed in {seconds:.2f} s"
    zh = f"{tests} 个测试、{tried} 条期望：{passed} 个通过，{failed} 个未通过，用时 {seconds:.2f} 秒"
    tell(settings, Text(en, zh))


def policy_rows(report: TestReport, settings: Settings) -> list[str]:
    zh = settings.lang is Lang.ZH
    wide = max((display_width(visible(p.policy)) for p in report.policies), default=0)
    rows: list[str] = []
    for policy in report.policies:
        passed = len(policy.ran) - policy.failed
        words = f"{passed:>4} 通过" if zh else f"{passed:>4} passed"
        if policy.failed:
            words += f"  {policy.failed} 未通过" if zh else f"  {policy.failed} failed"
        rows.append(f"{pad(visible(policy.policy), wide)} {words}")
        if settings.verbose:
            rows += [_test_row(r, settings.lang) for r in policy.ran]
    return rows


def _test_row(one: Ran, lang: Lang) -> str:
    passed, failed = ("通过", "未通过") if lang is Lang.ZH else ("passed", "FAILED")
    mark = pad(passed if one.result.passed else failed, 6)
    return f"  {mark}  {visible(one.result.title.in_(lang))}  {one.seconds * 1000:.1f} ms"
