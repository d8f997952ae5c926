"""`kamflow flow review`: a file of customers judged as of a day."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli import flow_options as on
from kamflow.cli.console import put, tell, tell_findings
from kamflow.cli.frame import DAY, Refused, argument, option, verb

if TYPE_CHECKING:
    from kamflow.flow.review import FileReview, Moved
    from kamflow.portfolio import RecordWriter

_SHOWN = 40


@verb(
    Text(
        "Review a file of customers as of a day: who moves, and who stays.",
        "按某日对一个客户文件做评审：谁变动、谁不变。",
    ),
    Text(
        "Each customer is reviewed once a day, and the same file again changes nothing; a run that was\n"
        "stopped goes on where it was. Moves go to standard output, the summary to standard error.\n"
        "  kamflow flow review customers.parquet --as-of 2026-06-30 --start",
        "每个客户每天评审一次，重复运行同一文件不会再有变化；中断后再次运行会接着做。\n"
        "变动写到标准输出，汇总写到标准错误。\n"
        "  kamflow flow review customers.parquet --as-of 2026-06-30 --start",
    ),
    name="review",
)
@argument(
    "file",
    metavar="FILE",
    words=Text("Customers: parquet, ndjson, csv …", "客户文件：parquet、ndjson、csv 等。"),
)
@option(
    "--as-of",
    type=DAY,
    required=True,
    metavar="DATE",
    words=Text("The day of the review.", "评审日期。"),
)
@option(
    "--workflow",
    metavar="NAME",
    words=Text(
        "The workflow [default: the only one that reviews move].", "流程（默认唯一由评审推动的流程）。"
    ),
)
@option(
    "--start",
    "starts",
    is_flag=True,
    words=Text("Start customers who have no case.", "为尚无实例的客户启动流程。"),
)
@option(
    "--dry-run",
    is_flag=True,
    words=Text("Tell who would move; write nothing.", "只列出将要变动的客户，不写入。"),
)
@option(
    "--rejects",
    metavar="FILE",
    words=Text("Records left out, with their findings.", "未评审的记录及原因。"),
)
@option(
    "--chunk",
    type=int,
    default=40_000,
    show_default=True,
    metavar="N",
    words=Text("Customers that are written together.", "每批写入的客户数。"),
)
@option(
    "--audit",
    default="1%",
    show_default=True,
    metavar="PERCENT",
    words=Text("How many of those who stay are done again singly.", "不变客户中逐个复核的比例。"),
)
@option("--one-by-one", is_flag=True, words=Text("Review without columns.", "不用列计算，逐个评审。"))
@on.actor
@on.db
@on.form
def review(
    settings: Settings, file: str, as_of: date, workflow: str | None, starts: bool, dry_run: bool,
    rejects: str | None, chunk: int, audit: str, one_by_one: bool, actor: str | None, db: str | None,
    form: str | None,
) -> int:  # fmt: skip
    from kamflow.app.flow import CannotFlow
    from kamflow.app.review import AskedReview, start_review

    if chunk < 1:
        raise Refused(Text("--chunk takes a number from 1 on", "--chunk 应为正整数"))
    asked = AskedReview(
        file, db or settings.db, as_of, workflow, chunk, _share(audit), starts, dry_run, not one_by_one,
        on.default_actor(actor),
    )  # fmt: skip
    run = start_review(asked)
    if isinstance(run, CannotFlow):
        return on.refuse(settings, run)
    return _work(run, settings, rejects, text=on.wants_text(form), dry=dry_run)


def _share(said: str) -> float:
    number = said.strip().removesuffix("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Refused(
            Text(f"--audit takes a percentage, not `{said}`", f"--audit 应为百分比，不能是“{said}”")
        )
    return share


def _work(run: FileReview, settings: Settings, rejects: str | None, *, text: bool, dry: bool) -> int:
    """Review, write, count; a file of rejects is seen only when it is whole."""
    from kamflow.cli.eval_summary import Progress
    from kamflow.portfolio import open_writer

    started = time.monotonic()
    with ExitStack() as stack:
        bin_ = None if rejects is None else open_writer(rejects, format="ndjson")
        if isinstance(bin_, Diagnostic):
            tell_findings((bin_,), {}, settings)
            return exits.USAGE
        if bin_ is not None:
            stack.enter_context(bin_)
        with Progress(settings, wanted=not sys.stdout.isatty()) as progress:
            some = _drain(run, settings, bin_, progress.step, text=text, dry=dry)
        failure = None if bin_ is None else bin_.finish()
    put_summary(run, settings, time.monotonic() - started)
    tell_findings(some, {}, settings)
    if failure is not None:
        tell_findings((failure,), {}, settings)
        return exits.USAGE
    if run.failed:
        tell_findings(run.failed, {}, settings)
        return exits.FINDINGS
    return exits.REJECTED if run.counts.rejected or run.counts.refused else exits.FINE


def _drain(
    run: FileReview,
    settings: Settings,
    bin_: RecordWriter | None,
    step: Callable[[int], None],
    *,
    text: bool,
    dry: bool,
) -> tuple[Diagnostic, ...]:  # fmt: skip
    """Take all that is told; return an example of each kind of finding."""
    from kamflow.app.review import left_out_json, moved_json
    from kamflow.flow.review import LeftOut

    examples: dict[str, Diagnostic] = {}
    shown = 0
    for told in run:
        if isinstance(told, LeftOut):
            for finding in told.findings:
                examples.setdefault(finding.code, finding)
            if bin_ is not None:
                bin_.write(left_out_json(told, run.request.as_of, settings.lang))
        elif not text:
            on.put_json(moved_json(told))
        elif dry and shown < _SHOWN:
            _put_move(settings, told)
            shown += 1
        step(run.counts.read)
    return tuple(examples.values())


def _put_move(settings: Settings, moved: Moved) -> None:
    waits = Text(" (awaits approval)", "（待审批）") if moved.parked else Text("", "")
    reason = moved.reason.in_(settings.lang)
    line = f"{moved.case}  {moved.source} → {moved.target}{waits.in_(settings.lang)}  {reason}"
    put(visible(line) + "\n")


def put_summary(run: FileReview, settings: Settings, seconds: float) -> None:
    """Say what came in and out, who moved where, and what keeps the others."""
    c, day = run.counts, run.request.as_of.isoformat()
    if run.finished_before:
        tell(settings, Text(
            "this review was finished before; nothing was done", "此评审此前已完成，未做任何变动"
        ))  # fmt: skip
    elif run.taken_up:
        tell(settings, Text(
            f"taken up after {run.taken_up:,} chunks", f"从已完成的 {run.taken_up:,} 批之后继续"
        ))  # fmt: skip
    tell(settings, Text(
        f"{c.read:,} in = {c.unchanged:,} unchanged + {c.changed:,} changed + {c.started:,} started"
        f" + {c.rejected:,} rejected + {c.refused:,} refused (as of {day}, {seconds:.1f} s)",
        f"共 {c.read:,} 条 = 不变 {c.unchanged:,} + 有变 {c.changed:,} + 新启动 {c.started:,}"
        f" + 被拒 {c.rejected:,} + 不予受理 {c.refused:,}（评审日期 {day}，{seconds:.1f} 秒）",
    ))  # fmt: skip
    for line in _moves(run):
        tell(settings, line)
    for count, en, zh in (
        (c.parked, "await approval now", "转入待审批"),
        (c.hold, "meet a condition that has not held long enough", "条件已满足但持续期未到"),
        (c.dwell, "have not been in their state long enough", "在阶段内停留未满最短期限"),
        (c.unknown, "lack a fact that a condition reads", "缺少条件所需的数据"),
        (c.incidents, "incidents", "异常"),
        (c.final, "in a final state", "已处于终态"),
        (c.conflicts, "moved by others meanwhile, reviewed anew", "期间被他人改动，已重新评审"),
        (c.audited, "unchanged ones done again singly, all alike", "不变客户逐个复核，结果一致"),
    ):
        if count:
            tell(settings, Text(f"{count:>9,}  {en}", f"{count:>9,}  {zh}"))


def _moves(run: FileReview) -> list[Text]:
    """Return the moves as a matrix: a line for each state that cases left, a column for each they came to."""
    moves = run.counts.moves
    if not moves:
        return []
    order = {name: i for i, name in enumerate(run.states)}
    sources = sorted({a for a, _ in moves}, key=lambda s: order.get(s, 0))
    targets = sorted({b for _, b in moves}, key=lambda s: order.get(s, 0))
    first = max(len(s) for s in [*sources, "→"])
    widths = [max(len(t), *(len(f"{moves.get((s, t), 0):,}") for s in sources)) for t in targets]
    lines = ["  ".join(["→".ljust(first), *(t.rjust(w) for t, w in zip(targets, widths, strict=True))])]
    for source in sources:
        counts = [moves.get((source, t), 0) for t in targets]
        cells = [(f"{n:,}" if n else "·").rjust(w) for n, w in zip(counts, widths, strict=True)]
        lines.append("  ".join([source.ljust(first), *cells]))
    return [Text(line, line) for line in lines]
