"""`kamflow check`: findings to stdout, the summary to stderr."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Lang, Text
from kamflow.cli import exits, record_options, suggested
from kamflow.cli.console import Form, put_findings, tell, use_color
from kamflow.cli.eval import day_of
from kamflow.cli.frame import OneOf, argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.check import CheckResult
    from kamflow.app.prove import Proofs

_POLL = 0.5  # seconds


@verb(
    Text(
        "Check policies and workflows: names, types, missing values, tables, dates, states.",
        "检查策略与流程：名称、类型、缺失值、表格、日期、状态。",
    ),
    Text(
        "Without a PATH those of the project are checked, outside a project the shipped ones.\n"
        "Exit code 1 where there are errors or warnings.",
        "不写路径时检查本项目的策略与流程；不在项目中时检查自带的。\n有错误或警告时退出码为 1。",
    ),
)
@argument(
    "paths",
    nargs=-1,
    metavar="PATH",
    words=Text("Files or folders of policies and workflows.", "策略或流程的文件、文件夹。"),
)
@option(
    "--output-format", "form", type=OneOf(Form), default=Form.FULL.value, show_default=True,
    words=Text("How findings are written.", "问题的输出格式。"),
)  # fmt: skip
@option("--fix", is_flag=True, words=Text("Apply the changes that findings suggest.", "应用建议的修改。"))
@option(
    "--prove",
    is_flag=True,
    words=Text("Prove properties, overrides and guards.", "同时证明性质、覆盖规则和流转条件。"),
)
@option(
    "--require-proof", "require", is_flag=True,
    words=Text("As --prove; what stays undecided is an error.", "同 --prove；未能判定的算作错误。"),
)  # fmt: skip
@option(
    "--data",
    metavar="FILE",
    words=Text("Count the records of a file that a flaw concerns.", "统计文件中受影响的记录数。"),
)
@record_options.as_of
@option("--watch", is_flag=True, words=Text("Check again whenever a file changes.", "文件一变就重新检查。"))
@suggested.suggest_tests
@suggested.output
def command(
    settings: Settings,
    paths: tuple[str, ...],
    form: str,
    fix: bool,
    prove: bool,
    require: bool,
    data: str | None,
    as_of: date | None,
    watch: bool,
    suggest: bool,
    output: str | None,
) -> int:
    asked = tuple(Path(p) for p in paths) or settings.policies
    if not paths and not suggest and output is None:
        asked += settings.workflows
    if suggest or output is not None:
        return suggested.show_suggested(asked, output, settings)
    day = None if data is None else day_of(as_of, settings).toordinal()
    how = _How(Form(form), prove, require, data, day)
    if watch:
        return _watch(asked, settings, how)
    if fix:
        _fix(asked, settings)
    return _check(asked, settings, how)


@dataclass(frozen=True, slots=True)
class _How:
    """``data``: the file whose records are counted, as of ``day``."""

    form: Form
    prove: bool
    require: bool
    data: str | None
    day: int | None


def _check(paths: tuple[Path, ...], settings: Settings, how: _How) -> int:
    from kamflow.app.check import AskData, check_policies

    data = None if how.data is None or how.day is None else AskData(how.data, how.day)
    has = (settings.policies, settings.workflows)
    result = check_policies(paths, data, prove=how.prove, require_proof=how.require, project_has=has)
    form = how.form
    project = result.project
    properties = result.untried if result.proofs is None else ()
    shown = result.findings + (properties if settings.verbose else ())
    if shown or form is not Form.FULL:
        put_findings(shown, project.sources, settings, form)
    tell(settings, _summary(result))
    if result.proofs is not None:
        tell(settings, _proved(result.proofs, result.guards))
    if not result.has_errors and properties:
        tell(settings, _not_proved(len(properties)))
    if result.not_found:
        return exits.USAGE
    return exits.FINE if result.is_clean else exits.FINDINGS


def _summary(result: CheckResult) -> Text:
    from kamflow.base.render import summary

    findings, files, policies, workflows = result.findings, result.files, result.policies, result.workflows
    en = f"{_many(files, 'file', 'files')}, {_many(policies, 'policy', 'policies')}"
    en += f", {_many(workflows, 'workflow', 'workflows')}" if workflows else ""
    en += " checked"
    zh = f"已检查 {files} 个文件、{policies} 个策略" + (f"、{workflows} 个流程" if workflows else "")
    return Text(f"{en}: {summary(findings, Lang.EN)}", f"{zh}：{summary(findings, Lang.ZH)}")


def _not_proved(properties: int) -> Text:
    verb_ = "is" if properties == 1 else "are"
    return Text(
        f"note: {_many(properties, 'property', 'properties')} {verb_} typed, not yet proved",
        f"提示：{properties} 条性质类型无误，尚未证明",
    )


def _proved(proofs: Proofs, guards: int) -> Text:
    """Say how far the proofs went; what is none is left out."""
    counts = (
        (proofs.proved, "property proved", "properties proved", "条性质已证明"),
        (proofs.refuted, "refuted", "refuted", "条被否定"),
        (proofs.undecided, "not decided", "not decided", "条未能判定"),
        (proofs.overrides, "override looked at", "overrides looked at", "条覆盖规则已检查"),
        (guards, "guard looked at", "guards looked at", "个流转条件已检查"),
    )
    said = [(n, one, more, zh) for n, one, more, zh in counts if n]
    if not said:
        return Text("nothing to prove", "没有需要证明的内容")
    en = ", ".join(_many(n, one, more) for n, one, more, _ in said)
    return Text(en, "，".join(f"{n:,} {zh}" for n, _, _, zh in said))


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _fix(paths: tuple[Path, ...], settings: Settings) -> bool:
    """Show the edits as a diff and apply them, again while mended text brings up more to mend."""
    from kamflow.app.check import apply_fixes, check_policies, plan_fixes
    from kamflow.cli.text_diff import show_diff

    done = 0
    for _ in range(10):
        result = check_policies(paths, project_has=(settings.policies, settings.workflows))
        mended = list(plan_fixes(result.findings, result.project.sources))
        if not mended:
            break
        for one in mended:
            diff = show_diff(
                one.source.name, one.source.text, one.text, color=use_color(settings, sys.stderr)
            )
            tell(settings, Text(diff.rstrip("\n")))
        apply_fixes(mended)
        done += sum(len(m.findings) for m in mended)
    tell(settings, Text(f"{_many(done, 'finding', 'findings')} mended", f"已修复 {done} 处问题"))
    return done > 0


def _watch(paths: tuple[Path, ...], settings: Settings, how: _How) -> int:
    from kamflow.app.check import stamps

    while True:
        before = stamps(paths)
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        tell(settings, Text(f"-- {now}, Ctrl-C ends", f"-- {now}，按 Ctrl-C 结束"))
        _check(paths, settings, how)
        sys.stdout.flush()
        while stamps(paths) == before:
            time.sleep(_POLL)
