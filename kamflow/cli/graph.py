"""`kamflow graph`: a workflow as Mermaid, dot or a picture."""

from __future__ import annotations

from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put, tell
from kamflow.cli.frame import OneOf, argument, option, verb

_FORMS = ("mermaid", "dot", "svg")


@verb(
    Text("Draw a workflow.", "绘制流程图。"),
    Text(
        "With --counts the cases in each state, from the database. -o picture.svg chooses the form by name.",
        "加 --counts 可显示数据库中各阶段的数量；-o 图.svg 按文件名选择格式。",
    ),
)
@argument(
    "name",
    required=False,
    metavar="WORKFLOW",
    words=Text("Which; the only one by default.", "流程名，默认唯一的那个。"),
)
@option(
    "--format",
    "form",
    type=OneOf(_FORMS),
    words=Text("The form [default: mermaid].", "格式（默认 mermaid）。"),
)
@option(
    "-o", "--output", metavar="FILE", words=Text("Write here, not to stdout.", "写入文件，而不是标准输出。")
)
@option("--counts", is_flag=True, words=Text("With the number of cases.", "显示实例数量。"))
@on.policies
@on.workflows
@on.db
def command(
    settings: Settings, name: str | None, form: str | None, output: str | None, counts: bool,
    policies: tuple[str, ...], workflows: tuple[str, ...], db: str | None,
) -> int:  # fmt: skip
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.graph import counts_of, find_workflow
    from kamflow.workflow.draw_svg import draw_svg
    from kamflow.workflow.picture import graph_of, show_dot, show_mermaid

    found = find_workflow(on.paths_of(settings, policies, workflows)[1], name)
    if isinstance(found, CannotFlow):
        return on.refuse(settings, found)
    known: dict[str, int] | None = None
    if counts:
        cases = on.open_db(settings, db)
        if isinstance(cases, CannotFlow):
            return on.refuse(settings, cases)
        standing = counts_of(cases, found.id.text)
        if isinstance(standing, Diagnostic):
            on.refuse_with(settings, (standing,))
            return exits.USAGE
        known = standing
    graph = graph_of(found)
    suffix = Path(output).suffix.lower() if output is not None else ""
    match form or {".svg": "svg", ".dot": "dot", ".gv": "dot"}.get(suffix, "mermaid"):
        case "svg":
            text = draw_svg(graph, settings.lang, found.label, known)
        case "dot":
            text = show_dot(graph, settings.lang, known)
        case _:
            text = show_mermaid(graph, settings.lang, known)
    if output is None:
        put(text)
        return exits.FINE
    from kamflow.base.write_file import write_text

    write_text(Path(output), text)
    tell(settings, Text(f"wrote {visible(output)}", f"已写入 {visible(output)}"))
    return exits.FINE
