"""Cases of workflows: where they stand, how they move from state to state, how many are in each by month."""

from __future__ import annotations

from collections import Counter

from kamflow.base.text import Text
from kamflow.report import months
from kamflow.report.cases import CaseFile, State
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
    Report,
    Table,
    ratio,
)
from kamflow.report.portfolio import Lookup, Portfolio

TITLE = Text("Stages and their flow", "阶段与流转")
_START = Label("", Text("(start)", "（开始）"))
_CASES = Axis(Text("Cases", "实例数"))


def without_cases(look: Lookup) -> None:
    look.say(
        "no database of cases was named (--db), or no workflow is published in it",
        "没有指定实例数据库（--db），或其中没有已发布的流程",
    )


def report(p: Portfolio) -> Report:
    """Count cases by state, moves from state to state, moves by month, and how many stood where."""
    look = Lookup(p)
    if p.cases is None or not p.cases:
        without_cases(look)
    tables: list[Table] = []
    charts: list[Chart] = []
    for one in p.cases or ():
        if not one.now:
            look.say(f"{one.workflow} has no case yet", f"{one.workflow} 尚无实例")
            continue
        made, drawn = _stages_of(one, p.day)
        tables += made
        charts += drawn
    definition = (
        Text(
            "Counts are the states of cases now. The matrix counts every move that the journal holds, from"
            " the"
            " first day on; a case can move several times.",
            "现状为各实例当前阶段。流转矩阵统计历史中的每一次变动；同一实例可多次变动。",
        ),
        Text(
            "Moves by month count entries into a state, in the workflow's time zone.",
            "按月统计进入各阶段的次数，以流程所在时区为准。",
        ),
        Text(
            "Cases by stage and month: how many stood in each stage at the end of the month; in the last line"
            " so far. The picture leaves out closed and final stages.",
            "各月各阶段实例数为月末所处阶段的实例数，最后一个月为截至目前；图中不含关闭与终结阶段。",
        ),
    )
    return Report("stages", TITLE, definition, tuple(tables), tuple(charts), tuple(look.missing))


def _stages_of(one: CaseFile, day: int) -> tuple[list[Table], list[Chart]]:
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
    stock, filled = _stock(one, known, day)
    return [standing, matrix, flow, stock], [bars, heat, lines, filled]


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


def _by_month(one: CaseFile, known: list[State]) -> tuple[Table, Bars]:
    counts = Counter((months.first_of(m.day), m.target) for m in one.moves)
    firsts = _months_of(one)
    used = [s for s in known if any(counts[m, s.id] for m in firsts)]
    rows: list[tuple[Cell, ...]] = [
        (_label(m), Label(s.id, s.label), counts[m, s.id]) for m in firsts for s in used if counts[m, s.id]
    ]
    title = Text(f"{one.label.en}: moves by month", f"{one.label.zh or one.label.en}：各月流转")
    columns = (_MONTH, Column("to", Text("Into", "进入阶段")), Column("moves", Text("Moves", "次数"), COUNT))
    shown = firsts[-months.SHOWN :]
    chart = Bars(
        f"{one.workflow}_flow", title, tuple(_label(m).text for m in shown),
        tuple(Line(s.label, tuple(counts[m, s.id] for m in shown), known.index(s)) for s in used),
        Axis(_MONTH.title), Axis(Text("Moves into the stage", "进入次数")), stacked=True, over_time=True,
    )  # fmt: skip
    return Table(chart.name, title, columns, tuple(rows), shown=24), chart


def _stock(one: CaseFile, known: list[State], day: int) -> tuple[Table, Bars]:
    """Return how many cases stood in each state at the end of each month."""
    change: Counter[tuple[int, str]] = Counter()
    for move in one.moves:
        first = months.first_of(move.day)
        change[first, move.target] += 1
        if move.source:
            change[first, move.source] -= 1
    firsts = _months_of(one, day)
    standing: dict[str, int] = dict.fromkeys((s.id for s in known), 0)
    rows: list[tuple[Cell, ...]] = []
    for m in firsts:
        for s in known:
            standing[s.id] += change[m, s.id]
        rows.append((_label(m), *standing.values(), sum(standing.values())))
    used = [i for i in range(len(known)) if any(r[1 + i] for r in rows)]
    columns = (
        _MONTH, *(Column(known[i].id, known[i].label, COUNT) for i in used),
        Column("all", Text("All", "合计"), COUNT),
    )  # fmt: skip
    kept = tuple((r[0], *(r[1 + i] for i in used), r[-1]) for r in rows)
    title = Text(
        f"{one.label.en}: cases by stage and month", f"{one.label.zh or one.label.en}：各月各阶段实例数"
    )
    shown = kept[-months.SHOWN :]
    done = {s.id for s in known if s.final or s.closed}  # they only grow, and would hide the others
    working = [i for i in used if known[i].id not in done] or used
    if len(working) < len(used):
        name = one.label.zh or one.label.en
        drawn = Text(f"{one.label.en}: open cases by stage and month", f"{name}：各月各阶段未结实例数")
    else:
        drawn = title
    series = tuple(
        Line(known[at].label, tuple(v if isinstance(v := r[1 + i], int) else 0 for r in shown), at)
        for i, at in enumerate(used)
        if at in working
    )
    chart = Bars(
        f"{one.workflow}_months", drawn, tuple(_label(m).text for m in firsts[-months.SHOWN :]), series,
        Axis(_MONTH.title), _CASES, stacked=True, over_time=True,
    )  # fmt: skip
    return Table(chart.name, title, columns, kept), chart


_MONTH = Column("month", Text("Month", "月份"))


def _label(first: int) -> Label:
    return Label(months.name_of(first), Text(months.name_of(first)))


def _months_of(one: CaseFile, day: int = 0) -> list[int]:
    """Return the months from the first move to the last, or to ``day`` where that is later."""
    days = [m.day for m in one.moves]
    return months.firsts(min(days), max(*days, day)) if days else []
