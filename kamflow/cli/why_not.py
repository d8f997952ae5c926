"""Prints what `why --not` found: what would give one record another answer."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import put, tell_findings, use_color
from kamflow.cli.eval import refuse

if TYPE_CHECKING:
    from kamflow.app.eval import EvalRequest
    from kamflow.app.why_not import WhyNot


_STRONG = 2  # parts whose sentences stand out: what is, and what would have to change


def print_why_not(
    request: EvalRequest,
    wanted_id: str,
    wish: str,
    change: tuple[str, ...],
    form: str,
    settings: Settings,
    *,
    everything: bool,
) -> int:
    """Search and print; fine where the answer can be reached, or is there already."""
    from kamflow.advise.why_not import Reached
    from kamflow.app.eval import CannotEval
    from kamflow.app.why_not import Already, Refused, why_not

    asked = why_not(request, wanted_id, wish, change)
    if isinstance(asked, CannotEval):
        return refuse(asked, settings)
    if asked.notes:
        tell_findings(asked.notes, {}, settings)
    if isinstance(asked, Refused):
        tell_findings(asked.refusal.rejection.findings, asked.run.project.sources, settings)
        return exits.REJECTED
    if form == "json":
        from kamflow.app.why_not_json import advice_json
        from kamflow.portfolio.write_text import to_json

        put(to_json(advice_json(asked)) + "\n")
    else:
        _show(asked, settings, everything=everything)
    return exits.FINE if isinstance(asked.found, Reached | Already) else exits.FINDINGS


def _show(asked: WhyNot, settings: Settings, *, everything: bool) -> None:
    from kamflow.app.why_not_words import Advice
    from kamflow.base.render.paint import Style, paint
    from kamflow.cli import tables
    from kamflow.cli.eval_table import title_of
    from kamflow.core.wording import name_field

    width = min(shutil.get_terminal_size((110, 40)).columns, 120)
    color = use_color(settings, sys.stdout)
    day = asked.answer.decision.as_of.isoformat()
    name = name_field(asked.run.program.records[asked.run.record])
    head = (
        title_of(asked.answer, name) + "  " + Text(f"(as of {day})", f"（决策日期 {day}）").in_(settings.lang)
    )
    put(paint(head, Style.STRONG, color) + "\n\n")
    advice = Advice(asked, everything=everything)
    for number, part in enumerate(advice.parts()):
        put("\n" if number == 1 else "")
        for line in part:
            strong = number < _STRONG and line.depth == 0
            words = line.text.in_(settings.lang)
            hang = 2 if words.startswith("· ") else 0
            texts = tables.indent(words, 2 * line.depth, width - hang)
            for text in [texts[0], *(" " * hang + t for t in texts[1:])]:
                put(paint(text, Style.STRONG if strong else Style.PLAIN, color) + "\n")
