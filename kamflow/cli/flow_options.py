"""What the commands on cases share: options, how a refusal ends, how a time is shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits, tables
from kamflow.cli.console import put, tell, tell_findings, use_color
from kamflow.cli.frame import OneOf, Verb, argument, option, settings_of
from kamflow.values.codec import Json

if TYPE_CHECKING:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.flow.cases import Cases

workflow = argument("workflow", metavar="WORKFLOW", words=Text("A published workflow.", "已发布的流程。"))
case = argument(
    "case", metavar="CASE", words=Text("The case: a customer, a complaint.", "实例编号，如客户号、投诉号。")
)
db = option(
    "--db", metavar="URL",
    words=Text(
        "Where cases are kept [default: kamflow.db of the project].",
        "实例数据库（默认为项目中的 kamflow.db）。",
    ),
)  # fmt: skip
at = option("--at", metavar="TIME", words=Text("When it happened [default: now].", "发生时间（默认现在）。"))
event_id = option(
    "--event-id", metavar="ID",
    words=Text("Makes the command safe to repeat.", "事件编号，重复执行时不会重复生效。"),
)  # fmt: skip
actor = option("--actor", metavar="NAME", words=Text("Who does it.", "操作人。"))
subject = option(
    "--subject",
    metavar="JSON",
    words=Text("The facts: a JSON object or a file.", "业务数据：JSON 对象或文件。"),
)
why = option("--why", metavar="TEXT", default="", words=Text("Why, for the journal.", "原因，记入历史。"))
form = option(
    "--format", "form", type=OneOf(("text", "json")),
    words=Text("text on a terminal, else json.", "终端上默认 text，否则 json。"),
)  # fmt: skip
policies = option(
    "--policies",
    multiple=True,
    metavar="PATH",
    words=Text("Policies, not those of the project.", "策略路径。"),
)
workflows = option(
    "--workflows",
    multiple=True,
    metavar="PATH",
    words=Text("Workflows, not those of the project.", "流程路径。"),
)


def paths_of(
    settings: Settings, policies: Sequence[str], workflows: Sequence[str]
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the files of policies and of workflows that count."""
    return (
        tuple(Path(p) for p in policies) or settings.policies,
        tuple(Path(p) for p in workflows) or settings.workflows,
    )


def refuse(settings: Settings, cannot: CannotFlow) -> int:
    """Tell why nothing was done."""
    tell_findings(cannot.findings, cannot.sources, settings)
    return exits.NOT_COMPILED if cannot.not_compiled else exits.USAGE


def refuse_with(settings: Settings, findings: Sequence[Diagnostic]) -> int:
    """Tell what was refused; the case is as it was."""
    tell_findings(findings, {}, settings)
    return exits.FINDINGS


def when_installed(verb: Verb) -> Verb:
    """Let a verb say what is not installed, before it fails for it."""
    inner = verb.callback
    assert inner is not None

    def callback(*args: object, **named: object) -> int:
        from kamflow.app.cannot_flow import not_installed

        missing = not_installed()
        if missing is not None:
            return refuse(settings_of(click.get_current_context()), missing)
        return int(inner(*args, **named))

    verb.callback = callback
    return verb


def open_db(settings: Settings, said: str | None) -> Cases | CannotFlow:
    from kamflow.app.flow import open_cases

    return open_cases(said or settings.db)


def wants_text(form: str | None) -> bool:
    return form == "text" or (form is None and sys.stdout.isatty())


def put_json(value: Json | Mapping[str, Json]) -> None:
    put(json.dumps(value, ensure_ascii=False) + "\n")


def put_table(
    settings: Settings, titles: Sequence[Text], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> None:
    """Write a table; the first column always stands."""
    columns = [
        tables.Column(t.in_(settings.lang), right=i in right, most=60, needed=i == 0)
        for i, t in enumerate(titles)
    ]
    color = use_color(settings, sys.stdout)
    layout = tables.fit(columns, rows, _width())
    for text in tables.header(layout, color=color):
        put(text + "\n")
    for row in rows:
        put(tables.line(layout, row, color=color) + "\n")


def _width() -> int:
    said = os.environ.get("COLUMNS", "")
    if said.isdigit():
        return int(said)
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 100


def tell_time(settings: Settings, instant: int, tz: str) -> None:
    from kamflow.workflow.instants import show_instant

    shown = show_instant(instant, tz)
    tell(settings, Text(f"at {visible(shown)}", f"时间 {visible(shown)}"))


def default_actor(said: str | None) -> str:
    return said or os.environ.get("KAMFLOW_ACTOR") or os.environ.get("USER") or ""
