"""`kamflow flow start|send|approve|override|migrate`: what happens to one case."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put, tell
from kamflow.cli.frame import Refused as Misused
from kamflow.cli.frame import argument, option, verb

if TYPE_CHECKING:
    from kamflow.flow.cases import Cases, Receipt
    from kamflow.workflow.instance import Refused

    Act = Callable[[Cases, int, str], Receipt | Refused]


@verb(
    Text("Start a case of a published workflow.", "按已发布的流程启动一个实例。"),
    Text(
        "The case gets the facts that guards read with --subject: a record as `eval` takes it.",
        "用 --subject 提供判断条件所需的业务数据，格式与 eval 的记录相同。",
    ),
    name="start",
)
@on.workflow
@on.case
@on.subject
@on.at
@on.actor
@on.event_id
@on.db
@on.form
def start(
    settings: Settings, workflow: str, case: str, subject: str | None, at: str | None, actor: str | None,
    event_id: str | None, db: str | None, form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.flow import json_argument

    facts = None if subject is None else json_argument(subject, "--subject")
    if isinstance(facts, Diagnostic):
        return on.refuse_with(settings, (facts,)) and exits.USAGE
    who = on.default_actor(actor)

    def act(cases: Cases, when: int, event: str) -> Receipt | Refused:
        return cases.start(workflow, case, at=when, event_id=event, subject=facts, actor=who)

    return _do(
        settings, workflow, case, act, db=db, at=at, event_id=event_id, form=form, made=f"start:{case}"
    )


@verb(
    Text("Send an event to a case.", "向实例发送一个事件。"),
    Text(
        "What comes with it: NAME=VALUE, or a JSON object with --payload.\n"
        "  kamflow flow send complaint C-17 verified founded=yes expectation=… expected_amount=1200",
        "事件内容写作 名称=值，或用 --payload 给出 JSON 对象。\n"
        "  kamflow flow send complaint C-17 verified founded=是 expectation=… expected_amount=1200",
    ),
    name="send",
)
@on.workflow
@on.case
@argument("event", metavar="EVENT", words=Text("An event of the workflow.", "流程中的事件。"))
@argument("values", nargs=-1, metavar="NAME=VALUE", words=Text("What comes with it.", "事件内容。"))
@option("--payload", metavar="JSON", words=Text("A JSON object or a file.", "JSON 对象或文件。"))
@on.subject
@on.at
@on.actor
@on.event_id
@on.db
@on.form
def send(
    settings: Settings, workflow: str, case: str, event: str, values: tuple[str, ...], payload: str | None,
    subject: str | None, at: str | None, actor: str | None, event_id: str | None, db: str | None,
    form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.flow import json_argument, payload_of

    said = payload_of(values, payload)
    facts = None if subject is None else json_argument(subject, "--subject")
    for given in (said, facts):
        if isinstance(given, Diagnostic):
            on.refuse_with(settings, (given,))
            return exits.USAGE
    who = on.default_actor(actor)

    def act(cases: Cases, when: int, own: str) -> Receipt | Refused:
        assert not isinstance(said, Diagnostic)
        assert not isinstance(facts, Diagnostic)
        return cases.send(workflow, case, event, said, at=when, event_id=own, subject=facts, actor=who)

    return _do(settings, workflow, case, act, db=db, at=at, event_id=event_id, form=form)


@verb(
    Text("Grant or reject what waits for approval.", "审批：通过或驳回。"),
    Text(
        "Without a case the open approvals are listed.",
        "不写实例时列出所有待审批事项。",
    ),
    name="approve",
)
@argument("workflow", required=False, metavar="WORKFLOW", words=Text("The workflow.", "流程。"))
@argument("case", required=False, metavar="CASE", words=Text("The case.", "实例。"))
@option("--reject", is_flag=True, words=Text("Reject it.", "驳回。"))
@on.why
@on.at
@on.actor
@on.event_id
@on.db
@on.form
def approve(
    settings: Settings, workflow: str | None, case: str | None, reject: bool, why: str, at: str | None,
    actor: str | None, event_id: str | None, db: str | None, form: str | None,
) -> int:  # fmt: skip
    if workflow is None or case is None:
        return _list_approvals(settings, db, form)
    who = on.default_actor(actor)
    name, own = workflow, case

    def act(cases: Cases, when: int, event: str) -> Receipt | Refused:
        from kamflow.flow.commits import case_of
        from kamflow.journal.rows import InstanceRow

        row = cases.store.read(name, own)
        pending = case_of(row).pending if isinstance(row, InstanceRow) else None
        approval = "" if pending is None else pending.id
        return cases.decide(
            name, own, approval, granted=not reject, at=when, event_id=event, actor=who, why=why
        )

    return _do(settings, workflow, case, act, db=db, at=at, event_id=event_id, form=form)


def _list_approvals(settings: Settings, db: str | None, form: str | None) -> int:
    from kamflow.flow.cases import Cases

    cases = on.open_db(settings, db)
    if not isinstance(cases, Cases):
        return on.refuse(settings, cases)
    found = cases.store.approvals()
    if isinstance(found, Diagnostic):
        on.refuse_with(settings, (found,))
        return exits.USAGE
    from kamflow.app.flow import show_times

    if not on.wants_text(form):
        for a in found:
            p = a.approval
            on.put_json({
                "workflow": a.workflow, "instance": a.instance, "approval": p.id, "transition": p.transition,
                "role": p.role, "since": show_times(cases, a.workflow, p.since),
                "due": show_times(cases, a.workflow, p.due),
            })  # fmt: skip
        return exits.FINE
    titles = [
        Text("Case", "实例"),
        Text("Workflow", "流程"),
        Text("Move", "变动"),
        Text("By", "审批人"),
        Text("Due", "期限"),
    ]
    on.put_table(
        settings, titles,
        [
            (a.instance, a.workflow, p.transition, p.role, show_times(cases, a.workflow, p.due))
            for a in found
            for p in (a.approval,)
        ],
    )  # fmt: skip
    tell(settings, Text(f"{len(found)} waiting", f"待审批 {len(found)} 项"))
    return exits.FINE


@verb(
    Text("Set a state by hand until a day, or end that.", "人工设定阶段（须给出期限），或提前结束。"),
    Text("Guards move nothing meanwhile.", "期间不再自动变动。"),
    name="override",
)
@on.workflow
@on.case
@argument("state", required=False, metavar="STATE", words=Text("The state.", "阶段。"))
@option("--until", metavar="TIME", words=Text("When it ends.", "截止时间。"))
@option("--release", is_flag=True, words=Text("End it now.", "现在结束。"))
@on.why
@on.at
@on.actor
@on.event_id
@on.db
@on.form
def override(
    settings: Settings, workflow: str, case: str, state: str | None, until: str | None, release: bool,
    why: str, at: str | None, actor: str | None, event_id: str | None, db: str | None, form: str | None,
) -> int:  # fmt: skip
    who = on.default_actor(actor)
    if not release and (state is None or until is None):
        raise Misused(Text("name a STATE and --until, or --release", "请写明阶段和 --until，或用 --release"))
    if not why:
        raise Misused(Text("say --why: it stands in the journal", "请用 --why 写明原因，它会记入历史"))

    def act(cases: Cases, when: int, event: str) -> Receipt | Refused:
        if release:
            return cases.release(workflow, case, why=why, at=when, event_id=event, actor=who)
        return cases.override(
            workflow, case, to=state or "", until=until or "", why=why, at=when, event_id=event, actor=who
        )

    return _do(settings, workflow, case, act, db=db, at=at, event_id=event_id, form=form)


@verb(
    Text("Move cases to the newest version of their workflow.", "把实例迁移到流程的最新版本。"),
    Text("Without a case all cases of older versions.", "不写实例时迁移所有旧版本的实例。"),
    name="migrate",
)
@on.workflow
@argument("case", required=False, metavar="CASE", words=Text("The case.", "实例。"))
@on.at
@on.actor
@on.event_id
@on.db
@on.form
def migrate(
    settings: Settings, workflow: str, case: str | None, at: str | None, actor: str | None,
    event_id: str | None, db: str | None, form: str | None,
) -> int:  # fmt: skip
    who = on.default_actor(actor)
    if case is not None:
        own = case

        def act(cases: Cases, when: int, event: str) -> Receipt | Refused:
            return cases.migrate(workflow, own, at=when, event_id=event, actor=who)

        return _do(settings, workflow, case, act, db=db, at=at, event_id=event_id, form=form)
    return _migrate_all(settings, workflow, who, db, at)


def _migrate_all(settings: Settings, workflow: str, who: str, db: str | None, at: str | None) -> int:
    from kamflow.flow.cases import Cases, Receipt
    from kamflow.flow.published import Published

    opened = _opened(settings, workflow, db, at)
    if isinstance(opened, int):
        return opened
    cases, when = opened
    assert isinstance(cases, Cases)
    newest = cases.library.get(workflow)
    assert isinstance(newest, Published)
    moved = 0
    for row in list(cases.store.instances(workflow)):
        if isinstance(row, Diagnostic):
            return on.refuse_with(settings, (row,))
        if row.version >= newest.workflow.version:
            continue
        made = f"migrate:{row.instance}:{newest.workflow.version}"
        done = cases.migrate(workflow, row.instance, at=when, event_id=made, actor=who)
        if not isinstance(done, Receipt):
            return on.refuse_with(settings, done.findings)
        moved += 1
    to = newest.workflow.version
    tell(settings, Text(f"{moved:,} cases moved to version {to}", f"{moved:,} 个实例已迁移到第 {to} 版"))
    return exits.FINE


def _opened(settings: Settings, workflow: str, db: str | None, at: str | None) -> tuple[Cases, int] | int:
    """Open the store and settle the time; or tell what is wrong, and return the exit code."""
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import time_of, zone_of

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    zone = zone_of(cases, workflow)
    if isinstance(zone, CannotFlow):
        return on.refuse(settings, zone)
    when = time_of(at, zone)
    if isinstance(when, Diagnostic):
        on.refuse_with(settings, (when,))
        return exits.USAGE
    if at is None:
        on.tell_time(settings, when, zone)
    return cases, when


def _do(
    settings: Settings, workflow: str, case: str, act: Act, *, db: str | None, at: str | None,
    event_id: str | None, form: str | None, made: str | None = None,
) -> int:  # fmt: skip
    """Let something happen to a case, and tell what it did."""
    from kamflow.flow.cases import Receipt

    opened = _opened(settings, workflow, db, at)
    if isinstance(opened, int):
        return opened
    cases, when = opened
    done = act(cases, when, event_id or made or f"cli:{uuid.uuid4()}")
    if not isinstance(done, Receipt):
        return on.refuse_with(settings, done.findings)
    if on.wants_text(form):
        _show(settings, cases, workflow, case, done)
    else:
        on.put_json({**done.result, "repeated": done.repeated})
    return exits.FINE


def _show(settings: Settings, cases: Cases, workflow: str, case: str, done: Receipt) -> None:
    from kamflow.app.flow import Standing, standing
    from kamflow.flow.history import tell as tell_entry

    if done.repeated:
        tell(
            settings,
            Text("this event had come before; nothing was done twice", "该事件此前已处理，未重复执行"),
        )
    found = standing(cases, workflow, case)
    if not isinstance(found, Standing):
        return
    for entry in done.entries:
        told = tell_entry(entry, found.published.workflow, found.published.tz)
        put(f"{told.when}  {visible(told.sentence.in_(settings.lang))}\n")
        for effect in entry.effects:
            put(f"    {effect.kind}  {visible(effect.key)}\n")
    state = found.published.workflow.state(found.row.state)
    label = state.label.in_(settings.lang) if state is not None else found.row.state
    tell(
        settings,
        Text(f"{visible(case)} is in {visible(label)}", f"{visible(case)} 当前处于“{visible(label)}”"),
    )
