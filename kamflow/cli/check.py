"""`kamflow check`: findings to stdout, the summary to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli.console import Form, put_findings, tell, use_color
from kamflow.cli.frame import OneOf, argument, option, verb

_POLL = 0.5  # seconds


@verb(
    Text(
        "Check policies: names, types, missing values, tables, dates.",
        "检查策略：名称、类型、缺失值、表格、日期。",
    ),
    Text(
        "Without a PATH the project's policies are checked, outside a project the shipped ones.\n"
        "Exit code 1 where there are errors or warnings.",
        "不写路径时检查本项目的策略；不在项目中时检查自带的策略。\n有错误或警告时退出码为 1。",
    ),
)
@argument("paths", nargs=-1, metavar="PATH", words=Text("Policy files or folders.", "策略文件或文件夹。"))
@option(
    "--output-format", "form", type=OneOf(Form), default=Form.FULL.value, show_default=True,
    words=Text("How findings are written.", "问题的输出格式。"),
)  # fmt: skip
@option("--fix", is_flag=True, words=Text("Apply the changes that findings suggest.", "应用建议的修改。"))
@option("--watch", is_flag=True, words=Text("Check again whenever a file changes.", "文件一变就重新检查。"))
def command(settings: Settings, paths: tuple[str, ...], form: str, fix: bool, watch: bool) -> int:
    asked = tuple(Path(p) for p in paths) or settings.policies
    if watch:
        return _watch(asked, settings, Form(form))
    return _check(asked, settings, Form(form), fix=fix)


def _check(paths: tuple[Path, ...], settings: Settings, form: Form, *, fix: bool = False) -> int:
    from kamflow.app.check import check_policies

    result = check_policies(paths)
    if fix and _fix(paths, settings):
        result = check_policies(paths)
    project, unproved = result.project, result.unproved
    shown = result.findings + (unproved.properties if settings.verbose else ())
    if shown or form is not Form.FULL:
        put_findings(shown, project.sources, settings, form)
    tell(settings, _summary(result.findings, result.files, result.policies))
    if not result.has_errors and (unproved.properties or unproved.tables):
        tell(settings, _not_proved(len(unproved.properties), unproved.tables))
    if result.not_found:
        return exits.USAGE
    return exits.FINE if result.is_clean else exits.FINDINGS


def _summary(findings: Sequence[Diagnostic], files: int, policies: int) -> Text:
    from kamflow.base.render import summary

    en = f"{_many(files, 'file', 'files')}, {_many(policies, 'policy', 'policies')} checked"
    zh = f"已检查 {files} 个文件、{policies} 个策略"
    return Text(f"{en}: {summary(findings, Lang.EN)}", f"{zh}：{summary(findings, Lang.ZH)}")


def _not_proved(properties: int, tables: int) -> Text:
    parts = [_many(properties, "property", "properties")] * bool(properties)
    parts += [_many(tables, "unique table", "unique tables")] * bool(tables)
    parts_zh = [f"{properties} 条性质"] * bool(properties) + [f"{tables} 张唯一命中表"] * bool(tables)
    verb_ = "is" if properties + tables == 1 else "are"
    return Text(
        f"note: {' and '.join(parts)} {verb_} typed, not yet proved",
        f"提示：{'、'.join(parts_zh)}类型无误，尚未证明",
    )


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _fix(paths: tuple[Path, ...], settings: Settings) -> bool:
    """Show the edits as a diff and apply them, again while mended text brings up more to mend."""
    from kamflow.app.check import apply_fixes, check_policies, plan_fixes
    from kamflow.cli.text_diff import show_diff

    done = 0
    for _ in range(10):
        result = check_policies(paths)
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


def _watch(paths: tuple[Path, ...], settings: Settings, form: Form) -> int:
    from kamflow.app.check import stamps

    while True:
        before = stamps(paths)
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        tell(settings, Text(f"-- {now}, Ctrl-C ends", f"-- {now}，按 Ctrl-C 结束"))
        _check(paths, settings, form)
        sys.stdout.flush()
        while stamps(paths) == before:
            time.sleep(_POLL)
