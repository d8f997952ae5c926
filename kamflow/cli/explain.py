"""`kamflow explain`: the page of a finding, or what a name of the policies means."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.cli import exits
from kamflow.cli.console import complain, put, tell_findings, use_color
from kamflow.cli.frame import DAY, argument, option, verb
from kamflow.cli.help_page import wrap

if TYPE_CHECKING:
    from kamflow.app.explain import Explained, Part
    from kamflow.app.explain_page import Page
    from kamflow.project.load import Project

_MAX_WIDTH = 100
_WHERE, _TYPE, _LABEL = Text("defined", "定义于"), Text("type", "类型"), Text("label", "名称")


@verb(
    Text("Explain a finding's code, or a name of the policies.", "解释一个问题编号，或策略中的一个名称。"),
    Text(
        "  kamflow explain KF0203\n  kamflow explain tier\n  kamflow explain customer.revenue_12m",
        "  kamflow explain KF0203\n  kamflow explain 客户等级\n  kamflow explain customer.revenue_12m",
    ),
)
@argument("what", metavar="CODE|NAME", words=Text("A code, a name or a label.", "编号、名称或标签。"))
@option("--policies", multiple=True, metavar="PATH", words=Text("Policies to look in.", "在哪些策略中查找。"))
@option(
    "--as-of",
    type=DAY,
    metavar="DATE",
    words=Text("The day whose policies count.", "以哪一天生效的策略为准。"),
)
def command(settings: Settings, what: str, policies: tuple[str, ...], as_of: date | None) -> int:
    from kamflow.app.explain_page import code_of, known_codes, read_page
    from kamflow.base.suggest import suggest

    code = code_of(what)
    if code is None:
        return _explain_name(settings, what, tuple(Path(p) for p in policies), as_of)
    page = read_page(code, settings.lang)
    if page is None:
        near = suggest(code, known_codes())
        complain(settings, _unknown(Text(f"there is no code {code}", f"没有编号 {code}"), near))
        return exits.USAGE
    put(_show_page(page, color=use_color(settings, sys.stdout)))
    return exits.FINE


def _unknown(text: Text, near: str | None) -> Text:
    return Text(f"{text.en}: did you mean {near}?", f"{text.zh}：是否想写 {near}？") if near else text


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _MAX_WIDTH)


def _show_page(page: Page, *, color: bool) -> str:
    """Lay Markdown out: titles strong, code indented, paragraphs wrapped."""
    rows = [_strong(visible(page.title), color), visible(page.about), ""]
    fenced = False
    for line in page.body.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            rows.append(f"    {visible(line)}".rstrip())
        elif line.startswith("#"):
            rows.append(_strong(visible(line.lstrip("# ")), color))
        else:
            rows += wrap(visible(line), _width()) or [""]
    # never two blank lines
    kept = [row for i, row in enumerate(rows) if row or (i and rows[i - 1])]
    return "\n".join(kept) + "\n"


def _strong(text: str, color: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if color else text


def _explain_name(settings: Settings, name: str, paths: tuple[Path, ...], as_of: date | None) -> int:
    from kamflow.app.explain import explain_name, nearest_name, program_on
    from kamflow.project.load import load_project

    project = load_project(paths or settings.policies)
    day = as_of or settings.as_of or datetime.now(UTC).astimezone().date()
    program = program_on(project, day)
    if project.has_errors or program is None:
        tell_findings(project.findings, project.sources, settings)
        return exits.NOT_COMPILED
    found = explain_name(program, project.sources, name, day)
    if not found:
        shown = visible(name)
        text = Text(f"the policies have no `{shown}`", f"策略中没有“{shown}”")
        complain(settings, _unknown(text, nearest_name(program, name)))
        return exits.USAGE
    color = use_color(settings, sys.stdout)
    put("\n".join(_show(one, project, settings.lang, color=color) for one in found))
    return exits.FINE


def _show(one: Explained, project: Project, lang: Lang, *, color: bool) -> str:
    zh = lang is Lang.ZH
    kind = one.kind.in_(lang)
    head = f"{kind}（{one.of}）" if zh else f"{kind} of {one.of}"
    rows = [f"{_strong(one.name, color)}  {head if one.of else kind}"]
    source = project.sources.get(one.span.source)
    at = f":{source.line_col(one.span.start)[0]}" if source is not None else ""
    facts = [(_LABEL, one.label), (_TYPE, one.ty), (_WHERE, Text(os.path.normpath(one.span.source) + at))]
    width = 6 if zh else 7
    for title, text in facts:
        if text:
            rows.append(
                f"  {title.in_(lang)}{' ' * (width - _columns(title.in_(lang)))}  {visible(text.in_(lang))}"
            )
    for part in one.parts:
        rows += _part(part, lang)
    return "\n".join(rows) + "\n"


def _part(part: Part, lang: Lang) -> list[str]:
    rows = ["", f"  {part.title.in_(lang)}{'：' if lang is Lang.ZH else ':'}"]
    lines = [visible(line.in_(lang)) for line in part.lines]
    if part.inline:
        lines = wrap(("、" if lang is Lang.ZH else ", ").join(lines), _width() - 4)
    return rows + [f"    {line}".rstrip() for line in lines]


def _columns(text: str) -> int:
    from kamflow.base.display import display_width

    return display_width(text)
