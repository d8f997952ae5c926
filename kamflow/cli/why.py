"""`kamflow why`: the decisions on one record, and the facts behind them down to the input, in sentences."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits, record_options
from kamflow.cli.console import put, tell, tell_findings, use_color
from kamflow.cli.eval import day_of, names_of, paths_of, refuse
from kamflow.cli.frame import OneOf, option, verb

if TYPE_CHECKING:
    from kamflow.app.eval import Answer
    from kamflow.app.why import Found
    from kamflow.app.why_words import Line, Words

_LINES = 40  # of a screen, where no terminal says how high it is


@verb(
    Text("Explain the decisions on one record.", "解释对某一条记录的决策。"),
    Text(
        "Says which row or rule gave each decision and what it read, and below it, indented, the facts"
        " behind it. Without --only: the main decision in full, the others in a line each."
        " With --not: the smallest changes that give another answer.",
        "说明每项决策由哪一行或哪条规则得出、读取了什么，并在其下缩进列出背后的事实。"
        "不加 --only 时，完整解释主要决策，其余各用一行。"
        "加 --not 时，求能得到另一结果的最小改动。",
    ),
)
@record_options.inputs
@option("--id", "wanted", required=True, metavar="ID", words=Text("Which record.", "哪一条记录。"))
@option(
    "--only",
    multiple=True,
    metavar="NAME",
    words=Text("Explain these outputs or facts: NAME,NAME.", "只解释这些输出或事实：名称,名称。"),
)
@option(
    "--all", "everything", is_flag=True, words=Text("Explain all decisions in full.", "完整解释全部决策。")
)
@option(
    "--not",
    "instead",
    metavar="NAME=VALUE",
    words=Text(
        "What would have to change for this answer: tier=S.", "要得到这一结果须作哪些改动，如 tier=S。"
    ),
)
@option(
    "--change",
    multiple=True,
    metavar="FIELD",
    words=Text("With --not: only these may change: F,F.", "与 --not 合用：只允许改动这些字段。"),
)
@record_options.policies
@record_options.as_of
@record_options.portfolio
@record_options.cutoffs
@record_options.record
@option(
    "--format",
    "form",
    type=OneOf(("text", "json")),
    default="text",
    words=Text("Form of the result.", "结果格式。"),
)
@record_options.ignore_unknown
@record_options.scenario
@record_options.overlay_set
@record_options.overlay_file
@record_options.sheet
def command(
    settings: Settings,
    inputs: tuple[str, ...],
    wanted: str,
    only: tuple[str, ...],
    everything: bool,
    instead: str | None,
    change: tuple[str, ...],
    policies: tuple[str, ...],
    as_of: date | None,
    portfolio: str | None,
    cutoffs: str | None,
    record: str | None,
    form: str,
    ignore_unknown: bool,
    scenario: str | None,
    sets: tuple[str, ...],
    overlay: str | None,
    sheet: str | None,
) -> int:
    from kamflow.app.eval import CannotEval, EvalRequest, Refusal
    from kamflow.app.overlays import Overlay
    from kamflow.app.why import explain_one

    request = EvalRequest(
        inputs=inputs,
        policies=paths_of(policies, settings),
        as_of=day_of(as_of, settings),
        portfolio=portfolio,
        cutoffs=cutoffs,
        record=record or settings.record,
        only=names_of(only),
        ignore_unknown=ignore_unknown,
        scenario=scenario,
        sheet=sheet,
        overlay=Overlay(sets, overlay),
    )
    if instead is not None:
        from kamflow.cli.why_not import print_why_not

        return print_why_not(
            request, wanted, instead, names_of(change), form, settings, everything=everything
        )
    if change:
        from kamflow.app.why_errors import change_without_wish

        tell_findings((change_without_wish(),), {}, settings)
        return exits.USAGE
    found = explain_one(request, wanted)
    if isinstance(found, CannotEval):
        return refuse(found, settings)
    if found.notes:
        tell_findings(found.notes, {}, settings)
    if isinstance(found.answer, Refusal):
        tell_findings(found.answer.rejection.findings, found.run.project.sources, settings)
        return exits.REJECTED
    if form == "json":
        from kamflow.cli.eval_output import record_of
        from kamflow.portfolio.write_text import to_json

        put(to_json(record_of(found.answer)) + "\n")
    else:
        _show(found, found.answer, settings, everything=everything)
    return exits.FINE


def _show(found: Found, answer: Answer, settings: Settings, *, everything: bool) -> None:
    """Write a heading, the sentences, and what was assumed."""
    from kamflow.app.why_words import Words
    from kamflow.base.render.paint import Style, paint
    from kamflow.cli import tables
    from kamflow.cli.absences import absences
    from kamflow.cli.eval_table import title_of
    from kamflow.core.wording import name_field

    explanation = answer.explanation
    assert explanation is not None
    size = shutil.get_terminal_size((110, _LINES))
    color = use_color(settings, sys.stdout)
    day = answer.decision.as_of.isoformat()
    name = name_field(found.run.program.records[found.run.record])
    head = title_of(answer, name) + "  " + Text(f"(as of {day})", f"（决策日期 {day}）").in_(settings.lang)
    put(paint(head, Style.STRONG, color) + "\n\n")
    words = Words(answer.decision.assumed)
    limit = None if everything or found.run.request.only else max(size.lines - 8, 12)
    left_out = 0
    used = 0
    for line in _lines(found, answer, words, everything=everything):
        parts = tables.indent(line.text.in_(settings.lang), 2 * line.depth, min(size.columns, 120))
        if limit is not None and used + len(parts) > limit:
            left_out += line.depth == 0
            continue
        used += len(parts)
        for part in parts:
            put(paint(part, Style.STRONG if line.depth == 0 else Style.PLAIN, color) + "\n")
    rest = absences(answer, found.run, settings.lang)
    if rest:
        put("\n")
    for text in rest:
        for part in tables.indent(text, 0, min(size.columns, 120)):
            put(paint(part, Style.LABEL, color) + "\n")
    if left_out:
        tell(
            settings,
            Text(
                f"{left_out} more decisions: --only NAME explains one in full, --all explains all",
                f"另有 {left_out} 项决策：--only 名称 可完整解释一项，--all 解释全部",
            ),
        )


def _lines(found: Found, answer: Answer, words: Words, *, everything: bool) -> Iterator[Line]:
    """Yield the chain of each decision that was asked for; without --only that of the main one."""
    from kamflow.app.eval_columns import headlines
    from kamflow.app.why_words import Line, chain

    explanation = answer.explanation
    assert explanation is not None
    run = found.run
    if run.request.only:
        names = list(run.request.only)
    elif everything:
        names = list(explanation.outputs)
    else:
        names = [k.name for k in headlines(run.program, run.slot.plan)]
    seen: set[str] = set()
    for i, name in enumerate(names):
        if i == 0 or everything or run.request.only:
            yield from chain(explanation, name, words, seen=seen)
        elif name not in seen:
            seen.add(name)
            yield Line(0, words.sentence(explanation.steps[name]))
