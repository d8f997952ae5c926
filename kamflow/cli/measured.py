"""What `test --cov` and `test --mutate` show on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kamflow.app.measure import Measured
from kamflow.app.settings import Settings
from kamflow.base.display import visible
from kamflow.base.render.paint import Style, paint
from kamflow.base.text import Text
from kamflow.cli import tables
from kamflow.cli.console import put, put_findings, tell, use_color
from kamflow.cli.eval_summary import Progress
from kamflow.measure.coverage import Coverage, Tally
from kamflow.measure.errors import NOT_REACHED
from kamflow.measure.mutation import Mutation
from kamflow.measure.places import Group
from kamflow.measure.suggest import about_place

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

GROUP_WORDS = {
    Group.ROWS: Text("rows", "行"),
    Group.BRANCHES: Text("branches", "分支"),
    Group.RULES: Text("overrides", "覆盖规则"),
    Group.PARAMETERS: Text("parameters", "参数值"),
    Group.FACTS: Text("facts", "事实"),
    Group.DEFINITIONS: Text("definitions", "定义"),
}


def put_measured(measured: Measured, settings: Settings) -> None:
    """Write the tables, and what is missing below them."""
    if measured.coverage is not None:
        _put_coverage(measured, measured.coverage, settings)
    if measured.mutation is not None:
        _put_mutation(measured, measured.mutation, settings)


def _put_coverage(measured: Measured, coverage: Coverage, settings: Settings) -> None:
    groups = [g for g in Group if coverage.tally(g).total]
    columns = [
        tables.Column(_in(Text("policy", "策略"), settings), needed=True, most=40),
        tables.Column(_in(Text("reached", "覆盖"), settings), right=True, needed=True),
        *(tables.Column(_in(GROUP_WORDS[g], settings), right=True) for g in groups),
    ]
    rows = [[p.policy, _percent(p.tally()), *(_part(p.tally(g)) for g in groups)] for p in coverage.policies]
    total = _in(Text("all", "合计"), settings)
    rows.append([total, _percent(coverage.tally()), *(_part(coverage.tally(g)) for g in groups)])
    put("\n")
    _put_table(columns, rows, settings)
    _put_missed(measured, coverage, settings)


def _percent(tally: Tally) -> str:
    return f"{tally.percent:.1f}%"


def _part(tally: Tally) -> str:
    return f"{tally.reached}/{tally.total}" if tally.total else "–"


def _in(text: Text, settings: Settings) -> str:
    return text.in_(settings.lang)


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def _put_table(columns: Sequence[tables.Column], rows: Sequence[Sequence[str]], settings: Settings) -> None:
    color = use_color(settings, sys.stdout)
    layout = tables.fit(columns, rows, _width())
    lines = [*tables.header(layout, color=color), *(tables.line(layout, r, color=color) for r in rows)]
    put("".join(f"{line}\n" for line in lines))


def _put_missed(measured: Measured, coverage: Coverage, settings: Settings) -> None:
    color = use_color(settings, sys.stdout)
    for policy in coverage.policies:
        if not policy.missed:
            continue
        head = Text(f"{policy.policy}: no test reaches", f"{policy.policy}：没有测试覆盖")
        put(f"\n{paint(visible(_in(head, settings)), Style.STRONG, color)}\n")
        source = measured.project.sources[policy.file]
        for covered in policy.missed:
            place = covered.place
            line, _ = source.line_col(place.span.start)
            at = f"{policy.file}:{line}"
            said = visible(about_place(place).in_(settings.lang))
            words = visible(place.words.in_(settings.lang))
            put(f"  {paint(visible(at), Style.FRAME, color)}  {said}\n")
            put("".join(f"{row}\n" for row in tables.indent(words, 6, _width())) if words else "")


def _put_mutation(measured: Measured, mutation: Mutation, settings: Settings) -> None:
    shown = [f for f in measured.findings if f.code != NOT_REACHED.code]
    if shown:
        put("\n")
        put_findings(shown, measured.project.sources, settings)
    words = (
        Text("policy", "策略"), Text("score", "得分"), Text("slips tried", "试过的笔误"),
        Text("noticed", "被发现"), Text("survived", "未被发现"), Text("perhaps the same", "可能等价"),
    )  # fmt: skip
    columns = [
        tables.Column(_in(w, settings), right=i > 0, needed=i < 2, most=40) for i, w in enumerate(words)
    ]
    rows = [
        [p.policy, f"{p.score:.1f}%", str(p.total), str(p.noticed), str(len(p.survivors)), str(p.alike)]
        for p in mutation.policies
    ]
    survivors = sum(len(p.survivors) for p in mutation.policies)
    alike = sum(p.alike for p in mutation.policies)
    total = [f"{mutation.score:.1f}%", *map(str, (mutation.total, mutation.noticed, survivors, alike))]
    rows.append([_in(Text("all", "合计"), settings), *total])
    if not shown:
        put("\n")
    _put_table(columns, rows, settings)
    if mutation.tried < mutation.slips:
        tell(
            settings,
            Text(
                f"{mutation.tried:,} of {mutation.slips:,} slips were made (--mutate-limit)",
                f"共 {mutation.slips:,} 处可能的笔误，按 --mutate-limit 只试了 {mutation.tried:,} 处",
            ),
        )


class MutantProgress(Progress):
    """A bar with a rate, once it takes longer than a second."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, wanted=True)
        self._all = 0

    def hear(self, done: int, every: int) -> None:
        self._all = every
        self.step(done)

    def _make(self) -> tuple[RichProgress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Rich

        words = "{task.completed:,.0f}/{task.total:,.0f}"
        rate = "每秒 {task.fields[rate]} 处" if self._zh else "{task.fields[rate]} slips a second"
        columns = (BarColumn(20), TextColumn(words), TextColumn(rate), TimeElapsedColumn())
        bar = Rich(*columns, console=Console(stderr=True), transient=True, auto_refresh=True)
        bar.start()
        return bar, bar.add_task("", total=self._all, rate="–")
