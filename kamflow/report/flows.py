"""Cases of workflows: where they stand, how they move from state to state, by month; their deadlines."""

from __future__ import annotations

from collections import Counter
from datetime import date

from kamflow.base.text import Text
from kamflow.core.ty import INT128, NUMBER, ScaledTy
from kamflow.report.cases import CaseFile, Deadline, State
from kamflow.report.model import (
    COUNT,
    SHARE,
    Axis,
    Bars,
    Cell,
    Chart,
    Column,
    Heat,
    Label,
    Line,
    Lines,
    Report,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio

TITLE_STAGES, TITLE_DEADLINES = (
    Text("Stages and their flow", "阶段与流转"),
    Text("Steps and deadlines", "步骤与时限"),
)
_HOURS = ScaledTy(NUMBER, 1, 0, INT128)
_MONTHS = 24
_START = Label("", Text("(start)", "（开始）"))
_CASES = Axis(Text("Cases", "实例数"))


def _without_cases(look: Lookup) -> None:
    look.say(
        "no database of cases was named (--db), or no workflow is published in it",
        "没有指定实例数据库（--db），或其中没有已发布的流程",
    )


def stages(p: Portfolio) -> Report:
    """Count cases by state, moves from state to state, and moves by month."""
    look = Lookup(p)
    if p.cases is None or not p.cases:
        _without_cases(look)
    tables: list[Table] = []
    charts: list[Chart] = []
    for one in p.cases or ():
        if not one.now:
            look.say(f"{one.workflow} has no case yet", f"{one.workflow} 尚无实例")
            continue
        made, drawn = _stages_of(one)
        tables += made
        charts += drawn
    definition = (
        Text(
            "Counts are the states of cases now. The matrix counts every move that the"
            " journal holds, from the"
            " first day on; a case can move several times.",
            "现状为各实例当前阶段。流转矩阵统计历史中的每一次变动；同一实例可多次变动。",
        ),
        Text(
            "Moves by month count entries into a state, in the workflow's time zone.",
            "按月统计进入各阶段的次数，以流程所在时区为准。",
        ),
    )
    return Report("stages", TITLE_STAGES, definition, tuple(tables), tuple(charts), tuple(look.missing))


def _stages_of(one: CaseFile) -> tuple[list[Table], list[Chart]]:
    now = Counter(state for _, state in one.now)
    known = _known(one, now)
    counts: list[tuple[Cell, ...]] = [
        (Label(s.id, s.label), now[s.id], ratio(now[s.id], len(one.now))) for s in known
    ]
    title = Text(f"{one.label.en}: where cases stand", f"{one.label.zh or one.label.en}：当前阶段")
    columns = (
        Column("state", Text("State", "阶段")), Column("cases", Text("Cases", "实例数"), COUNT),
        Column("share", Text("Share", "占比"), SHARE),
    )  # fmt: skip
    standing = Table(f"{one.workflow}_states", title, columns, tuple(counts))
    labels = tuple(s.label for s in known)
    bars = Bars(
        standing.name, title, labels, (Line(Text("Cases", "实例数"), tuple(now[s.id] for s in known)),),
        Axis(Text("State", "阶段")), _CASES,
    )  # fmt: skip
    matrix, heat = _matrix(one, known)
    flow, lines = _by_month(one, known)
    return [standing, matrix, flow], [bars, heat, lines]


def _known(one: CaseFile, now: Counter[str]) -> list[State]:
    """Return the states of the newest version, then older ones that cases are or were in."""
    found = {s.id: s for s in one.states}
    for name in (*now, *(m.target for m in one.moves), *(m.source for m in one.moves)):
        if name:
            found.setdefault(name, State(name, Text(name)))
    return list(found.values())


def _matrix(one: CaseFile, known: list[State]) -> tuple[Table, Heat]:
    counts = Counter((m.source, m.target) for m in one.moves)
    names = {s.id: Label(s.id, s.label) for s in known}
    down = [_START, *names.values()] if any(not m.source for m in one.moves) else [*names.values()]
    rows: list[tuple[Cell, ...]] = [
        (a, b, counts[a.code, b.code]) for a in down for b in names.values() if counts[a.code, b.code]
    ]
    title = Text(f"{one.label.en}: moves from → to", f"{one.label.zh or one.label.en}：阶段流转")
    columns = (
        Column("from", Text("From", "由")), Column("to", Text("To", "至")),
        Column("moves", Text("Moves", "次数"), COUNT),
    )  # fmt: skip
    heat = Heat(
        f"{one.workflow}_matrix", title, tuple(a.text for a in down), tuple(b.text for b in names.values()),
        tuple(tuple(counts[a.code, b.code] for b in names.values()) for a in down),
        Text("From", "由"), Text("To", "至"), Axis(Text("Moves", "次数")), True,
    )  # fmt: skip
    return Table(heat.name, title, columns, tuple(rows)), heat


def _month(day: int) -> str:
    return date.fromordinal(day).isoformat()[:7]


def _by_month(one: CaseFile, known: list[State]) -> tuple[Table, Lines]:
    counts = Counter((_month(m.day), m.target) for m in one.moves)
    months = _between(sorted({m for m, _ in counts}))
    used = [s for s in known if any(counts[m, s.id] for m in months)]
    rows: list[tuple[Cell, ...]] = [
        (Label(m, Text(m)), Label(s.id, s.label), counts[m, s.id])
        for m in months
        for s in used
        if counts[m, s.id]
    ]
    title = Text(f"{one.label.en}: moves by month", f"{one.label.zh or one.label.en}：各月流转")
    columns = (
        Column("month", Text("Month", "月份")), Column("to", Text("Into", "进入阶段")),
        Column("moves", Text("Moves", "次数"), COUNT),
    )  # fmt: skip
    shown = months[-_MONTHS:]
    lines = Lines(
        f"{one.workflow}_flow", title, tuple(Text(m) for m in shown),
        tuple(Line(s.label, tuple(counts[m, s.id] for m in shown)) for s in used),
        Axis(Text("Month", "月份")), Axis(Text("Moves into the state", "进入次数")),
    )  # fmt: skip
    return Table(lines.name, title, columns, tuple(rows)), lines


def _between(months: list[str]) -> list[str]:
    """Fill in the months without a move."""
    if not months:
        return []
    year, month = map(int, months[0].split("-"))
    out = [months[0]]
    while out[-1] < months[-1]:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        out.append(f"{year:04}-{month:02}")
    return out


_VERDICTS = (
    ("met", Text("Met", "按时")), ("breached", Text("Missed", "超时")),
    ("running", Text("Running", "进行中")),
    ("exempt", Text("Exempt", "免计")),
)  # fmt: skip


_WORST_FIRST = (_VERDICTS[1], _VERDICTS[2], _VERDICTS[3], _VERDICTS[0])


def deadlines(p: Portfolio) -> Report:
    """Count deadlines met and missed by step, and the time that steps took."""
    look = Lookup(p)
    if p.cases is None or not p.cases:
        _without_cases(look)
    tables: list[Table] = []
    charts: list[Chart] = []
    for one in p.cases or ():
        if not one.slas:
            continue
        if not one.deadlines:
            look.say(f"{one.workflow} has no case with a deadline yet", f"{one.workflow} 尚无带时限的实例")
            continue
        table, chart = _deadlines_of(one)
        tables.append(table)
        charts.append(chart)
    if p.cases and not any(c.slas for c in p.cases):
        look.say("no workflow has deadlines", "没有设置时限的流程")
    definition = (
        Text(
            "A deadline is counted once for each case and each reopening. Missed: its time was used up before"
            " the step ended, as the journal says. Exempt ones count neither way.",
            "每个实例、每次重开的时限各计一次。超时以历史记录为准：步骤结束前时限已用尽；免计的不算按时也不算超时。",
        ),
        Text(
            "Share met = met ÷ (met + missed). Hours are those that the clock counted:"
            " working hours where the"
            " deadline is in business time; of ended steps only.",
            "按时率＝按时÷（按时＋超时）。用时为计入时限的小时数（工作时限只计工作时间），只统计已结束的步骤。",
        ),
    )
    return Report("deadlines", TITLE_DEADLINES, definition, tuple(tables), tuple(charts), tuple(look.missing))


def _deadlines_of(one: CaseFile) -> tuple[Table, Bars]:
    counts = Counter((d.sla, d.verdict) for d in one.deadlines)
    rows: list[tuple[Cell, ...]] = []
    for sla in one.slas:
        mine = [counts[sla.id, v] for v, _ in _VERDICTS]
        rows.append(
            (Label(sla.id, sla.label), *mine, ratio(mine[0], mine[0] + mine[1]), *_times(one, sla.id))
        )
    columns = [Column("step", Text("Step", "步骤"))]
    columns += [Column(v, text, COUNT) for v, text in _VERDICTS]
    columns += [
        Column("share_met", Text("Share met", "按时率"), SHARE),
        Column("median_hours", Text("Median hours", "中位用时（小时）"), _HOURS),
        Column("most_hours", Text("Most hours", "最长用时（小时）"), _HOURS),
    ]
    title = Text(f"{one.label.en}: deadlines", f"{one.label.zh or one.label.en}：各步骤时限")
    series = tuple(
        Line(text, tuple(counts[s.id, v] for s in one.slas)) for v, text in _VERDICTS
        if any(counts[s.id, v] for s in one.slas)
    )  # fmt: skip
    chart = Bars(
        f"{one.workflow}_deadlines", title, tuple(s.label for s in one.slas), series,
        Axis(Text("Step", "步骤")), Axis(Text("Deadlines", "时限数")), stacked=True, alarm=True,
    )  # fmt: skip
    return Table(chart.name, title, tuple(columns), tuple(rows)), chart


def _times(one: CaseFile, sla: str) -> tuple[int | None, int | None]:
    """Return the median and the longest time of ended steps, in tenths of hours."""
    ended: list[Deadline] = [d for d in one.deadlines if d.sla == sla and d.closed and d.verdict != "exempt"]
    minutes = sorted(d.consumed for d in ended)
    if not minutes:
        return None, None
    return ratio(minutes[(len(minutes) - 1) // 2], 60, 1), ratio(minutes[-1], 60, 1)
