"""`kamflow test` with `--cov` or `--mutate`: the tests, and then what they are worth."""

from __future__ import annotations

import time
from pathlib import Path
from typing import assert_never

from kamflow.app.measure import Measured, measure
from kamflow.app.settings import Settings
from kamflow.app.test import TestReport
from kamflow.base.text import Text
from kamflow.base.write_file import write_text
from kamflow.cli import exits
from kamflow.cli.console import Form, complain, put, put_findings, tell
from kamflow.cli.measure_options import Asked
from kamflow.cli.measured import MutantProgress, put_measured


def show_measured(
    report: TestReport,
    paths: tuple[Path, ...],
    wanted: str,
    asked: Asked,
    settings: Settings,
    form: Form,
    junit: str | None,
) -> int:
    """Measure, write what was asked for, and say by the exit code whether it is enough."""
    started = time.monotonic()
    with MutantProgress(settings) as bar:
        measured = measure(
            paths, wanted, cov=asked.cov, mutants=asked.mutate, limit=asked.limit, progress=bar.hear
        )
    if junit is not None:
        from kamflow.cli.junit_measured import render_measured_tests

        write_text(Path(junit), render_measured_tests(report, measured, settings.lang))
    if asked.html is not None:
        from kamflow.cli.coverage_html import render_html

        write_text(Path(asked.html), render_html(measured, settings.lang))
    _put(report, measured, settings, form)
    _tell(report, measured, settings, time.monotonic() - started)
    return _verdict(report, measured, asked, settings)


def _put(report: TestReport, measured: Measured, settings: Settings, form: Form) -> None:
    from kamflow.cli.test import policy_rows

    match form:
        case Form.FULL:
            if report.findings:
                put_findings(report.findings, report.project.sources, settings)
            put("".join(f"{row}\n" for row in policy_rows(report, settings)))
            put_measured(measured, settings)
        case Form.JSON:
            from kamflow.cli.measure_json import render_measured

            put(render_measured(report, measured))
        case Form.JUNIT:
            from kamflow.cli.junit_measured import render_measured_tests

            put(render_measured_tests(report, measured, settings.lang))
        case Form.CONCISE | Form.SARIF | Form.GITHUB:
            put_findings((*report.findings, *measured.findings), report.project.sources, settings, form)
        case _:
            assert_never(form)


def _tell(report: TestReport, measured: Measured, settings: Settings, seconds: float) -> None:
    from kamflow.cli.test import tell_summary

    tell_summary(report, settings)
    if measured.coverage is not None:
        tally = measured.coverage.tally()
        tell(
            settings,
            Text(
                f"coverage: {tally.percent:.1f} % ({tally.reached:,} of {tally.total:,} places)",
                f"覆盖率：{tally.percent:.1f}%（{tally.total:,} 处中的 {tally.reached:,} 处）",
            ),
        )
    if measured.mutation is not None:
        found = measured.mutation
        tell(
            settings,
            Text(
                f"mutation score: {found.score:.1f} % ({found.noticed:,} of {found.total:,} slips noticed"
                f" in {seconds:.1f} s)",
                f"变异得分：{found.score:.1f}%（{found.total:,} 处笔误发现了 {found.noticed:,} 处，"
                f"用时 {seconds:.1f} 秒）",
            ),
        )


def _verdict(report: TestReport, measured: Measured, asked: Asked, settings: Settings) -> int:
    code = exits.FINDINGS if any(p.failed for p in report.policies) else exits.FINE
    found = (
        (
            Text("coverage", "覆盖率"),
            measured.coverage.tally().percent if measured.coverage is not None else 100.0,
            asked.cov_fail_under,
        ),
        (
            Text("the mutation score", "变异得分"),
            measured.mutation.score if measured.mutation is not None else 100.0,
            asked.mutate_fail_under,
        ),
    )
    for what, percent, least in found:
        if least is not None and percent < least:
            said = Text(
                f"{what.en} is {percent:.1f} %, asked for were {least:g} %",
                f"{what.zh}为 {percent:.1f}%，低于要求的 {least:g}%",
            )
            complain(settings, said)
            code = exits.FINDINGS
    return code
