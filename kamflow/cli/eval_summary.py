"""What `eval` says on stderr: how far it is, and in the end what came of how many records."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kamflow.app.eval import EvalRun
from kamflow.app.eval_tally import Group
from kamflow.app.settings import Settings
from kamflow.base.diagnostic import Severity
from kamflow.base.render import render_concise
from kamflow.base.render.full import HINT
from kamflow.base.render.paint import STYLE_OF, Style, paint
from kamflow.base.render.plain import one_line
from kamflow.base.text import Lang, Text
from kamflow.cli.console import complain, tell, use_color

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_PATIENCE = 1.0  # seconds before a bar is worth its import
_EVERY = 0.1
_STEP = 64  # records between two looks at the clock; an engine over columns gives many at once


class Progress:
    """A count with its rate on a terminal's stderr, for work that takes longer than a second.

    A timer shows it where nothing is counted yet: while a file is read in columns.
    """

    def __init__(self, settings: Settings, *, wanted: bool) -> None:
        self._on = wanted and not settings.quiet and sys.stderr.isatty()
        self._zh = settings.lang is Lang.ZH
        self._started = time.monotonic()
        self._next = self._started + _PATIENCE
        self._seen = 0
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def step(self, done: int) -> None:
        if not self._on or done - self._seen < _STEP:
            return
        self._seen = done
        if time.monotonic() < self._next:
            return
        now = time.monotonic()
        self._next = now + _EVERY
        self._show()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, rate=f"{done / (now - self._started):,.0f}")

    def _show(self) -> None:
        with self._lock:
            if self._bar is None and self._on:
                self._bar, self._task = self._make()

    def _make(self) -> tuple[RichProgress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Rich

        words = "{task.completed:,.0f} 条" if self._zh else "{task.completed:,.0f} records"
        rate = "{task.fields[rate]} 条/秒" if self._zh else "{task.fields[rate]} a second"
        columns = (SpinnerColumn(), BarColumn(20), TextColumn(words), TextColumn(rate), TimeElapsedColumn())
        bar = Rich(*columns, console=Console(stderr=True), transient=True, auto_refresh=True)
        bar.start()
        return bar, bar.add_task("", total=None, rate="–")

    def __enter__(self) -> Self:
        if self._on:
            self._timer = threading.Timer(_PATIENCE, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._on = False
            if self._bar is not None:
                self._bar.stop()


def put_summary(run: EvalRun, settings: Settings, seconds: float, rejects: str | None) -> None:
    """Say what came in and out, and what was found, by code with a few examples."""
    tally, day = run.tally, run.request.as_of.isoformat()
    rate = f"{tally.read / seconds:,.0f}" if seconds > 0 else "–"
    en = f"{tally.read:,} in = {tally.decided:,} decided + {tally.rejected:,} rejected"
    zh = f"共 {tally.read:,} 条 = 已决策 {tally.decided:,} + 被拒 {tally.rejected:,}"
    tail = Text(
        f" (as of {day}, {_count(len(run.program.policies), 'policy', 'policies')}, "
        f"{seconds:.1f} s, {rate} a second)",
        f"（决策日期 {day}，{len(run.program.policies)} 个策略，{seconds:.1f} 秒，每秒 {rate} 条）",
    )
    tell(settings, Text(en + tail.en, zh + tail.zh))
    if tally.members:
        lost = tally.members_lost
        tell(
            settings,
            Text(
                f"portfolio: {tally.members:,} read, {lost:,} of them unreadable and left out",
                f"全体客户：读取 {tally.members:,} 条，其中 {lost:,} 条无法读取，未计入",
            ),
        )
    if tally.lines:
        found, stray = tally.lines - tally.stray_lines, tally.stray_lines
        tell(
            settings,
            Text(
                f"lines of child files: {tally.lines:,} in = {found:,} of a record + {stray:,} of none",
                f"明细：共 {tally.lines:,} 行 = 归属记录 {found:,} + 无归属 {stray:,}",
            ),
        )
    for group in tally.by_weight():
        _put_group(run, settings, group)
    if tally.problems:
        complain_concise(run, settings)
    if tally.rejected and rejects is None:
        tell(
            settings,
            Text(
                "rejected records were written nowhere: --rejects FILE keeps them with their findings",
                "被拒记录没有写入任何文件：用 --rejects 文件 可保留它们及原因",
            ),
        )
    elif tally.rejected:
        tell(settings, Text(f"rejected records: {rejects}", f"被拒记录：{rejects}"))


def complain_concise(run: EvalRun, settings: Settings) -> None:
    """Say what is wrong with a file as a whole; `--quiet` does not silence it."""
    for problem in run.tally.problems:
        text = render_concise((problem,), run.project.sources, settings.lang).rstrip("\n")
        complain(settings, Text(text))
        if problem.hint is not None:
            hint = problem.hint
            complain(settings, Text(f"  hint: {hint.en}", f"  提示：{hint.zh or hint.en}"))


def _put_group(run: EvalRun, settings: Settings, group: Group) -> None:
    color = use_color(settings, sys.stderr)
    head = paint(f"{group.code} {group.slug}", STYLE_OF[group.severity], color)
    count = paint(f"× {group.count:,}", Style.STRONG, color)
    said = render_concise(group.examples, run.project.sources, settings.lang)
    marker = f": {group.code} "
    examples = [_bare(line, marker) for line in said.splitlines()]
    more = group.count - len(group.examples)
    if more > 0:
        examples.append(Text(f"… {more:,} more", f"…… 另有 {more:,} 处").in_(settings.lang))
    hint = group.examples[0].hint if group.examples and group.severity is Severity.ERROR else None
    if hint is not None:
        examples.append(one_line(f"= {HINT.in_(settings.lang)}: {hint.in_(settings.lang)}"))
    say = tell if group.severity is not Severity.ERROR else complain
    say(settings, Text("\n".join([f"{head} {count}", *(f"  {x}" for x in examples)])))


def _bare(line: str, marker: str) -> str:
    """Leave out of an example the code and severity, which its group says."""
    place, found, rest = line.partition(marker)
    return f"{place}: {rest.partition(': ')[2]}" if found else line


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
