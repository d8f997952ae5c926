"""Deadlines of steps: met and missed, hours taken; open cases by age, and those that missed one."""

from __future__ import annotations

from collections import Counter, defaultdict

from kamflow.base.text import Text
from kamflow.core.ty import DATE, DAYS, FIRST_DATE, INT128, LAST_DATE, NUMBER, TEXT, ScaledTy
from kamflow.report.cases import CaseFile, Deadline
from kamflow.report.complaints import AGES, age_label, bucket
from kamflow.report.model import (
    COUNT,
    SHARE,
    Axis,
    Bars,
    Cell,
    Chart,
    Column,
    Label,
    Line,
    Report,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio
from kamflow.report.stages import without_cases

TITLE = Text("Steps and deadlines", "步骤与时限")
_HOURS = ScaledTy(NUMBER, 1, 0, INT128)
_DAY, _DAYS = ScaledTy(DATE, 0, FIRST_DATE, LAST_DATE), ScaledTy(DAYS, 0, -INT128, INT128)
_VERDICTS = (
    ("met", Text("Met", "按时")), ("breached", Text("Missed", "超时")),
    ("running", Text("Running", "进行中")),
    ("exempt", Text("Exempt", "免计")),
)  # fmt: skip
_BY_ALARM = ((_VERDICTS[1], 0), (_VERDICTS[2], 2), (_VERDICTS[3], 4), (_VERDICTS[0], 3))


def report(p: Portfolio) -> Report:
    """Count deadlines met and missed by step, the time that steps took, and open cases by age."""
    look = Lookup(p)
    if p.cases is None or not p.cases:
        without_cases(look)
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
        ageing, bars, late = _open_cases(one, p.day)
        tables += [ageing, late]
        charts += [bars] if any(any(line.values) for line in bars.series) else []
    if p.cases and not any(c.slas for c in p.cases):
        look.say("no workflow has deadlines", "没有设置时限的流程")
    definition = (
        Text(
            "A deadline is counted once for each case and each reopening. Missed: its time was used up before"
            " the step ended, as the journal says. Exempt ones count neither way.",
            "每个实例、每次重开的时限各计一次。超时以历史记录为准：步骤结束前时限已用尽；免计的不算按时也不算超时。",
        ),
        Text(
            "Share met = met ÷ (met + missed). Hours are those that the clock counted: working hours where"
            " the"
            " deadline is in business time; of ended steps only.",
            "按时率＝按时÷（按时＋超时）。用时为计入时限的小时数（工作时限只计工作时间），只统计已结束的步骤。",
        ),
        Text(
            "Open cases are in no closed or final state. Age = day of the report − first day of the case;"
            " days"
            " over = day of the report − day on which the deadline was missed; both in calendar days.",
            "未结实例指不在关闭或终结阶段的实例。账龄＝报告日－实例起始日；超期天数＝报告日－时限用尽日，均按自然日计。",
        ),
    )
    return Report("deadlines", TITLE, definition, tuple(tables), tuple(charts), tuple(look.missing))


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
        Line(text, tuple(counts[s.id, v] for s in one.slas), how_bad)
        for (v, text), how_bad in _BY_ALARM
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


def _open_cases(one: CaseFile, day: int) -> tuple[Table, Bars, Table]:
    """Return open cases by age and missed deadlines, and a line for each missed deadline, the worst first."""
    done = {s.id for s in one.states if s.final or s.closed}
    labels = {s.id: Label(s.id, s.label) for s in (*one.states, *one.slas)}
    began: dict[str, int] = {}
    for move in one.moves:
        began.setdefault(move.case, move.day)
    missed: dict[str, list[Deadline]] = defaultdict(list)
    for d in one.deadlines:
        if d.breached is not None and d.breached <= day and not d.closed:
            missed[d.case].append(d)
    counts: Counter[tuple[int, bool]] = Counter()
    late: list[tuple[int, tuple[Cell, ...]]] = []
    for case, state in one.now:
        start = began.get(case)
        if state in done or start is None or start > day:
            continue
        counts[bucket(day - start), case in missed] += 1
        for d in missed.get(case, ()):
            over = day - (d.breached or day)
            named = labels.get(state) or Label(state, Text(state))
            late.append((over, (case, named, day - start, labels[d.sla], d.breached, over)))
    ages = [age_label(*a) for a in AGES]
    rows: list[tuple[Cell, ...]] = [
        (a, counts[i, True] + counts[i, False], counts[i, True]) for i, a in enumerate(ages)
    ]
    name = one.label.zh or one.label.en
    title = Text(f"{one.label.en}: open cases by age", f"{name}：未结实例账龄")
    ageing = Table(
        f"{one.workflow}_ageing", title,
        (
            Column("age", Text("Age", "账龄")), Column("open", Text("Open", "未结"), COUNT),
            Column("missed", Text("With a missed deadline", "其中有超时步骤"), COUNT),
        ),
        tuple(rows),
    )  # fmt: skip
    bars = Bars(
        ageing.name, title, tuple(a.text for a in ages),
        (
            Line(ageing.columns[2].title, tuple(counts[i, True] for i in range(len(ages)))),
            Line(Text("Within deadlines", "未超时"), tuple(counts[i, False] for i in range(len(ages))), 3),
        ),
        Axis(Text("Age", "账龄")), Axis(Text("Open cases", "未结实例数")), stacked=True, alarm=True,
    )  # fmt: skip
    return ageing, bars, _late(one, late)


def _late(one: CaseFile, late: list[tuple[int, tuple[Cell, ...]]]) -> Table:
    columns = (
        Column("case", Text("Case", "实例"), TEXT), Column("state", Text("Stage", "阶段")),
        Column("age", Text("Age", "账龄"), _DAYS), Column("step", Text("Missed step", "超时步骤")),
        Column("missed_on", Text("Missed on", "超时日期"), _DAY),
        Column("over", Text("Days over", "超期天数"), _DAYS),
    )  # fmt: skip
    title = Text(
        f"{one.label.en}: missed and still open", f"{one.label.zh or one.label.en}：已超时仍未完成的步骤"
    )
    rows = tuple(row for _, row in sorted(late, key=lambda x: (-x[0], str(x[1][0]))))
    return Table(f"{one.workflow}_late", title, columns, rows, shown=20)
