"""`kamflow flow`: workflows published, cases run, reviewed, replayed."""

from __future__ import annotations

import click

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import tell
from kamflow.cli.flow_cases import approve, migrate, override, send, start
from kamflow.cli.flow_conform import conform
from kamflow.cli.flow_journal import due, export, history, replay, status
from kamflow.cli.flow_review import review
from kamflow.cli.flow_simulate import simulate
from kamflow.cli.frame import argument, verb
from kamflow.cli.verb_group import VerbGroup

_WORDS = Text("Run workflows: lifecycles, complaints.", "运行流程：生命周期、投诉处理等。")


@verb(
    Text("Publish workflows: from then on cases can run on them.", "发布流程，之后即可按其运行实例。"),
    Text(
        "Stored with the texts of policies and calendars that they need; a published version never changes.",
        "连同所需的策略和日历文本一并保存；已发布的版本不再改变。",
    ),
    name="publish",
)
@argument("names", nargs=-1, metavar="WORKFLOW", words=Text("Which; all by default.", "流程名，默认全部。"))
@on.policies
@on.workflows
@on.at
@on.actor
@on.db
@on.form
def publish(
    settings: Settings, names: tuple[str, ...], policies: tuple[str, ...], workflows: tuple[str, ...],
    at: str | None, actor: str | None, db: str | None, form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import load_flow, publish_all, time_of
    from kamflow.base.diagnostic import Diagnostic

    loaded = load_flow(*on.paths_of(settings, policies, workflows), prove=True, names=names)
    if isinstance(loaded, CannotFlow):
        return on.refuse(settings, loaded)
    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    when = time_of(at, "UTC")
    if isinstance(when, Diagnostic):
        on.refuse_with(settings, (when,))
        return exits.USAGE
    code = exits.FINE
    for done in publish_all(cases, loaded, names, at=when, actor=on.default_actor(actor)):
        if isinstance(done, CannotFlow):
            on.refuse(settings, done)
            code = exits.FINDINGS
            continue
        if not on.wants_text(form):
            on.put_json({
                "workflow": done.workflow, "version": done.version, "digest": done.digest,
                "fresh": done.fresh, "cases_on_version_before": done.cases,
            })  # fmt: skip
        name, version = done.workflow, done.version
        if done.fresh:
            tell(settings, Text(f"published {name}, version {version}", f"已发布 {name} 第 {version} 版"))
        else:
            said = f"{name}, version {version}, was published before"
            tell(settings, Text(said, f"{name} 第 {version} 版此前已发布"))
        if done.cases:
            tell(
                settings,
                Text(
                    f"{done.cases:,} cases are on version {done.before}: kamflow flow migrate {name}",
                    f"第 {done.before} 版中还有 {done.cases:,} 个实例：kamflow flow migrate {name}",
                ),
            )
    return code


command: click.Command = VerbGroup(
    "flow",
    words=_WORDS,
    verbs=tuple(
        map(
            on.when_installed,
            (
                publish, start, send, review, status, history, due, approve, override, migrate, replay,
                export, conform, simulate,
            ),
        )
    ),
)  # fmt: skip
