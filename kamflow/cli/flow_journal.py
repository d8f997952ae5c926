"""`kamflow flow status|history|due|replay|export`: what stands in the store, and whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put, tell, tell_findings
from kamflow.cli.frame import argument, option, verb

if TYPE_CHECKING:
    from kamflow.app.flow import Standing
    from kamflow.flow.cases import Cases


@verb(
    Text("Show where cases stand.", "查看实例所处阶段。"),
    Text(
        "Without a case: how many stand in each state. With one: its state, deadlines and what it waits for.",
        "不写实例：各阶段的数量。写明实例：其阶段、时限和等待事项。",
    ),
    name="status",
)
@argument("workflow", required=False, metavar="WORKFLOW", words=Text("The workflow.", "流程。"))
@argument("case", required=False, metavar="CASE", words=Text("The case.", "实例。"))
@on.db
@on.form
def status(
    settings: Settings, workflow: str | None, case: str | None, db: str | None, form: str | None
) -> int:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import standing
    from kamflow.app.flow_status import case_status

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    if workflow is None or case is None:
        return _counts(settings, cases, workflow, form)
    found = standing(cases, workflow, case)
    if isinstance(found, CannotFlow):
        return on.refuse_with(settings, found.findings)
    told = case_status(found)
    if on.wants_text(form):
        _show_status(settings, found)
    else:
        on.put_json(told)
    return exits.FINE


def _show_status(settings: Settings, found: Standing) -> None:
    from kamflow.app.flow_status import status_lines

    for name, value in status_lines(found):
        put(f"{name.in_(settings.lang)}  {visible(value.in_(settings.lang))}\n")


def _counts(settings: Settings, cases: Cases, workflow: str | None, form: str | None) -> int:
    found = cases.store.counts()
    if isinstance(found, Diagnostic):
        on.refuse_with(settings, (found,))
        return exits.USAGE
    rows = [c for c in found if workflow in {None, c.workflow}]
    if on.wants_text(form):
        titles = [
            Text("Workflow", "流程"),
            Text("Version", "版本"),
            Text("State", "阶段"),
            Text("Cases", "数量"),
        ]
        on.put_table(
            settings, titles, [(c.workflow, str(c.version), c.state, f"{c.cases:,}") for c in rows], (1, 3)
        )
        return exits.FINE
    for c in rows:
        on.put_json({"workflow": c.workflow, "version": c.version, "state": c.state, "cases": c.cases})
    return exits.FINE


@verb(
    Text("Tell the history of a case in sentences.", "用文字讲述一个实例的历史。"),
    Text("-v adds what was judged and did not move it.", "加 -v 显示判断过但未触发的变动。"),
    name="history",
)
@on.workflow
@on.case
@on.db
@on.form
def history(settings: Settings, workflow: str, case: str, db: str | None, form: str | None) -> int:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import standing
    from kamflow.app.flow_status import history_of

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    found = standing(cases, workflow, case)
    if isinstance(found, CannotFlow):
        return on.refuse_with(settings, found.findings)
    for line in history_of(cases, found):
        if isinstance(line, Diagnostic):
            return on.refuse_with(settings, (line,))
        if not on.wants_text(form):
            on.put_json(line.json)
            continue
        put(f"{line.told.when}  {visible(line.told.sentence.in_(settings.lang))}\n")
        if settings.verbose:
            for text in line.told.candidates:
                put(f"    {visible(text.in_(settings.lang))}\n")
    return exits.FINE


@verb(
    Text("Show timers that are due; --fire lets them happen.", "查看到期的计时；--fire 使其生效。"),
    Text(
        "Each timer fires at its own due time, however late this runs. --deliver then hands effects over:\n"
        "to the log on stderr, or as lines of JSON to a file.",
        "无论何时运行，每个计时都按其本来的到期时间生效。--deliver 随后投递待办事项：\n"
        "输出到日志，或以 JSON 行写入文件。",
    ),
    name="due",
)
@option("--until", metavar="TIME", words=Text("Due until then [default: now].", "截止时间（默认现在）。"))
@option("--fire", is_flag=True, words=Text("Let them happen.", "使其生效。"))
@option(
    "--deliver", metavar="FILE", words=Text("Deliver effects: `log`, or a file.", "投递待办：log 或文件。")
)
@on.db
@on.form
def due(
    settings: Settings, until: str | None, fire: bool, deliver: str | None, db: str | None, form: str | None
) -> int:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import time_of
    from kamflow.flow.cases import Receipt

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    when = time_of(until, "UTC", "--until")
    if isinstance(when, Diagnostic):
        on.refuse_with(settings, (when,))
        return exits.USAGE
    fired = refused = 0
    if fire:
        for done in cases.tick(when):
            if isinstance(done, Receipt):
                fired += len(done.entries)
            else:
                refused += 1
                tell_findings(done.findings, {}, settings)
        tell(settings, Text(f"{fired:,} entries written", f"写入 {fired:,} 条记录"))
    else:
        code = _list_due(settings, cases, when, form)
        if code:
            return code
    if deliver is not None:
        code = _deliver(settings, cases, deliver)
        if code:
            return code
    return exits.FINDINGS if refused else exits.FINE


def _list_due(settings: Settings, cases: Cases, when: int, form: str | None) -> int:
    from kamflow.app.flow import show_times

    found = cases.store.due(when, 10_000)
    if isinstance(found, Diagnostic):
        on.refuse_with(settings, (found,))
        return exits.USAGE
    rows = [
        (
            d.instance.instance,
            d.instance.workflow,
            d.timer.name,
            show_times(cases, d.instance.workflow, d.timer.due),
        )
        for d in found
    ]
    if on.wants_text(form):
        titles = [Text("Case", "实例"), Text("Workflow", "流程"), Text("Timer", "计时"), Text("Due", "到期")]
        on.put_table(settings, titles, rows)
        return exits.FINE
    for case, workflow, name, shown in rows:
        on.put_json({"workflow": workflow, "instance": case, "timer": name, "due": shown})
    return exits.FINE


def _deliver(settings: Settings, cases: Cases, target: str) -> int:
    from kamflow.app.flow_status import deliver_effects

    done = deliver_effects(cases, target)
    tell_findings(done.findings, {}, settings)
    tell(
        settings,
        Text(
            f"{done.delivered:,} effects delivered, {done.failed:,} failed and will be tried again",
            f"已投递 {done.delivered:,} 项，失败 {done.failed:,} 项（将重试）",
        ),
    )
    return exits.FINDINGS if done.findings else exits.FINE


@verb(
    Text("Play journals again: are they whole, do they follow?", "重放历史：是否完整，结论是否成立。"),
    Text(
        "Checks the chain of hashes, the stored state, and that each step follows from its version.\n"
        "--against plays recorded histories on the workflow of the files and shows which would differ.",
        "检查哈希链、库中状态，以及每一步是否能由其版本的文本推出。\n"
        "--against 用文件中的流程重放历史，显示哪些结果会不同。",
    ),
    name="replay",
)
@on.workflow
@argument("case", required=False, metavar="CASE", words=Text("The case.", "实例。"))
@option("--verify", is_flag=True, words=Text("Verify (this is what it does anyway).", "校验（默认即校验）。"))
@option(
    "--checkpoint", metavar="FILE",
    words=Text("Compare with a checkpoint put aside before.", "与之前另存的检查点比较。"),
)  # fmt: skip
@option(
    "--against", is_flag=True, words=Text("Compare with the workflow of the files.", "与文件中的流程比较。")
)
@on.policies
@on.workflows
@on.db
@on.form
def replay(
    settings: Settings, workflow: str, case: str | None, verify: bool, checkpoint: str | None, against: bool,
    policies: tuple[str, ...], workflows: tuple[str, ...], db: str | None, form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.cannot_flow import CannotFlow

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    if against:
        return _against(settings, cases, workflow, policies, workflows, form)
    if checkpoint is not None:
        from kamflow.app.flow_status import against_checkpoint

        found = against_checkpoint(cases, checkpoint)
        if found:
            return on.refuse_with(settings, found)
    return _verify(settings, cases, workflow, case)


def _verify(settings: Settings, cases: Cases, workflow: str, case: str | None) -> int:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import standing
    from kamflow.flow.replay import verify_all, verify_case

    if case is not None:
        found = standing(cases, workflow, case)
        if isinstance(found, CannotFlow):
            return on.refuse_with(settings, found.findings)
        results = iter([verify_case(cases.store, cases.library, found.row)])
    else:
        results = verify_all(cases.store, workflow)  # type: ignore[assignment]  # findings too
    count = entries = bad = 0
    for one in results:
        findings = (one,) if isinstance(one, Diagnostic) else one.findings
        if not isinstance(one, Diagnostic):
            count += 1
            entries += one.entries
        if findings:
            bad += 1
            tell_findings(findings, {}, settings)
    tell(
        settings,
        Text(
            f"{count:,} cases, {entries:,} entries played again; {bad:,} with findings",
            f"重放 {count:,} 个实例、{entries:,} 条记录；{bad:,} 个有问题",
        ),
    )
    return exits.FINDINGS if bad else exits.FINE


def _against(
    settings: Settings, cases: Cases, workflow: str, policies: tuple[str, ...], workflows: tuple[str, ...],
    form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow import load_flow
    from kamflow.flow.replay import Otherwise, play_on

    loaded = load_flow(*on.paths_of(settings, policies, workflows))
    if isinstance(loaded, CannotFlow):
        return on.refuse(settings, loaded)
    other = loaded.ready(workflow)
    if isinstance(other, CannotFlow):
        return on.refuse(settings, other)
    total = differ = 0
    for found in play_on(cases.store, other, workflow):
        if isinstance(found, Diagnostic):
            return on.refuse_with(settings, (found,))
        total += 1
        if not isinstance(found, Otherwise):
            continue
        differ += 1
        if on.wants_text(form):
            then, now = " → ".join(found.then), " → ".join(found.now)
            put(f"{visible(found.case)}  {then}\n    {now}\n    {visible(found.why.in_(settings.lang))}\n")
        else:
            on.put_json({
                "instance": found.case, "seq": found.seq, "then": list(found.then), "now": list(found.now),
                "why": {"en": found.why.en, "zh": found.why.zh},
            })  # fmt: skip
    tell(
        settings,
        Text(
            f"{differ:,} of {total:,} histories would differ", f"{total:,} 段历史中有 {differ:,} 段结果会不同"
        ),
    )
    return exits.FINE


@verb(
    Text("Write the journal of a workflow, with its hashes.", "导出流程的历史记录（含哈希）。"), name="export"
)
@on.workflow
@option(
    "--checkpoint", is_flag=True,
    words=Text("Where each journal ends, to be kept elsewhere.", "导出各实例历史的末尾，另存以备核对。"),
)  # fmt: skip
@on.db
def export(settings: Settings, workflow: str, checkpoint: bool, db: str | None) -> int:
    from kamflow.app.cannot_flow import CannotFlow
    from kamflow.app.flow_status import checkpoint_of, exported

    cases = on.open_db(settings, db)
    if isinstance(cases, CannotFlow):
        return on.refuse(settings, cases)
    if checkpoint:
        made = checkpoint_of(cases)
        if isinstance(made, Diagnostic):
            return on.refuse_with(settings, (made,))
        put(made + "\n")
        return exits.FINE
    for line in exported(cases, workflow):
        if isinstance(line, Diagnostic):
            return on.refuse_with(settings, (line,))
        put(line + "\n")
    return exits.FINE
