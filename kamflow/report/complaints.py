"""Open complaints by age and severity; how fast the solved ones were solved."""

from __future__ import annotations

from collections import Counter

from kamflow.base.text import Text
from kamflow.core.program import Program
from kamflow.core.ty import (
    DATE,
    DAYS,
    FIRST_DATE,
    LAST_DATE,
    MAX_DAYS,
    TEXT,
    EnumTy,
    ListTy,
    RecordTy,
    ScaledTy,
    strip_opt,
)
from kamflow.core.wording import say
from kamflow.report.cells import code_of
from kamflow.report.model import COUNT, Axis, Bars, Cell, Chart, Column, Label, Line, Report, Table, ratio
from kamflow.report.portfolio import NONE_GIVEN, Lookup, Portfolio, Series
from kamflow.values.data import Value

ROLES = ("complaints",)
TITLE = Text("Complaint ageing", "投诉账龄")
AGES = ((0, 7), (8, 30), (31, 90), (91, None))
_DAY, _DAYS = ScaledTy(DATE, 0, FIRST_DATE, LAST_DATE), ScaledTy(DAYS, 0, 0, MAX_DAYS)
_DEFINITION = (
    Text(
        "A complaint is open while it has no day on which it was solved. Its age is the day"
        " of the report less"
        " the day it was received, in calendar days.",
        "没有解决日期的投诉为未结。账龄＝报告日－受理日，按自然日计。",
    ),
    Text(
        "Solved complaints count by the days from receipt to solution; the median is the lower one of the two"
        " in the middle.",
        "已结投诉按受理到解决的天数统计；中位数在偶数个时取较小者。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count open complaints by age and severity, list the oldest, sum up the solved ones."""
    look = Lookup(p)
    series = look.find("complaints")
    if series is None or not p.count or not _has_dates(series, p.program):
        if series is not None and p.count:
            look.say("complaints have no days (received_on)", "投诉没有受理日期（received_on）")
        return Report("complaints", TITLE, _DEFINITION, missing=tuple(look.missing))
    open_: list[tuple[int, int, Value]] = []  # age, record, severity
    solved: list[tuple[int, Value]] = []
    future = undated = 0
    for i, many in enumerate(series.lists()):
        for one in many:
            received, done = one.fields.get("received_on"), one.fields.get("solved_on")
            if not isinstance(received, int):
                undated += 1
            elif received > p.day or (isinstance(done, int) and done > p.day):
                future += 1
            elif isinstance(done, int):
                solved.append((done - received, one.fields.get("severity")))
            else:
                open_.append((p.day - received, i, one.fields.get("severity")))
    for n, en, zh in (
        (future, "lie after the day of the report", "日期晚于报告日"),
        (undated, "have no day of receipt", "没有受理日期"),
    ):
        if n:
            look.say(f"{n:,} complaints {en} and count nowhere", f"{n:,} 条投诉{zh}，未计入")
    wrong = sum(d < 0 for d, _ in solved)
    if wrong:
        look.say(
            f"{wrong:,} complaints were solved before they were received",
            f"{wrong:,} 条投诉的解决日早于受理日，未计入天数",
        )
    if not open_ and not solved:
        look.say("no record has a complaint", "没有任何投诉记录")
        return Report("complaints", TITLE, _DEFINITION, missing=tuple(look.missing))
    levels = _levels(series, p.program)
    table, chart = _ageing(open_, levels)
    tables = (table, _oldest(p, open_, levels), _solved([s for s in solved if s[0] >= 0], levels))
    charts: tuple[Chart, ...] = (chart,)
    return Report("complaints", TITLE, _DEFINITION, tables, charts, tuple(look.missing))


def _item(series: Series) -> str | None:
    ty = strip_opt(series.ty)
    item = strip_opt(ty.item) if isinstance(ty, ListTy) else None
    return item.name if isinstance(item, RecordTy) else None


def _has_dates(series: Series, program: Program) -> bool:
    name = _item(series)
    return name is not None and program.records[name].field("received_on") is not None


def _levels(series: Series, program: Program) -> dict[Value, Label]:
    """Return severities, the worst first, with those that have none last."""
    name = _item(series)
    decl = program.records[name].field("severity") if name is not None else None
    ty = strip_opt(decl.ty) if decl is not None else None
    if not isinstance(ty, EnumTy):
        return {None: NONE_GIVEN}
    every = reversed(range(len(ty.members)))
    return {**{v: Label(code_of(ty, v), say(v, ty, program)) for v in every}, None: NONE_GIVEN}


def age_label(low: int, high: int | None) -> Label:
    if high is None:
        return Label(f"{low}+", Text(f"over {low - 1} days", f"{low - 1} 天以上"))
    return Label(f"{low}-{high}", Text(f"{low} to {high} days", f"{low}–{high} 天"))


def bucket(age: int) -> int:
    """Return the place of an age in days among ``AGES``."""
    return next(i for i, (_, high) in enumerate(AGES) if high is None or age <= high)


def _ageing(open_: list[tuple[int, int, Value]], levels: dict[Value, Label]) -> tuple[Table, Bars]:
    counts = Counter((bucket(age), level) for age, _, level in open_)
    shown = [v for v in levels if v is not None or any(level is None for _, _, level in open_)] or [None]
    ages = [age_label(*a) for a in AGES]
    rows: list[tuple[Cell, ...]] = [
        (age, *(counts[i, v] for v in shown), sum(counts[i, v] for v in shown)) for i, age in enumerate(ages)
    ]
    columns = [Column("age", Text("Age", "账龄"))]
    columns += [Column(levels[v].code or "none", levels[v].text, COUNT) for v in shown]
    columns.append(Column("all", Text("All", "合计"), COUNT))
    title = Text("Open complaints by age and severity", "未结投诉：账龄与严重程度")
    series = tuple(Line(levels[v].text, tuple(counts[i, v] for i in range(len(ages)))) for v in shown)
    chart = Bars(
        "ageing", title, tuple(a.text for a in ages), series, Axis(Text("Age", "账龄")),
        Axis(Text("Open complaints", "未结投诉数")), stacked=True, alarm=True,
    )  # fmt: skip
    return Table("ageing", title, tuple(columns), tuple(rows)), chart


def _oldest(p: Portfolio, open_: list[tuple[int, int, Value]], levels: dict[Value, Label]) -> Table:
    ordered = sorted(open_, key=lambda x: (-x[0], x[1]))
    rows: list[tuple[Cell, ...]] = [
        (p.ids[i], p.day - age, age, levels.get(level, NONE_GIVEN)) for age, i, level in ordered
    ]
    columns = (
        Column("customer", Text("Customer", "客户"), TEXT),
        Column("received_on", Text("Received on", "受理日期"), _DAY),
        Column("age", Text("Age", "账龄"), _DAYS), Column("severity", Text("Severity", "严重程度")),
    )  # fmt: skip
    return Table(
        "oldest",
        Text("Open complaints, oldest first", "未结投诉（最早在前）"),
        columns,
        tuple(rows),
        shown=15,
    )


def _solved(solved: list[tuple[int, Value]], levels: dict[Value, Label]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for level, label in levels.items():
        days = sorted(d for d, v in solved if v == level)
        if days:
            mean = ratio(sum(days), len(days), 1)
            rows.append((label, len(days), mean, days[(len(days) - 1) // 2], days[-1]))
    tenths = ScaledTy(DAYS, 1, 0, 10 * MAX_DAYS)
    columns = (
        Column("severity", Text("Severity", "严重程度")), Column("solved", Text("Solved", "已结"), COUNT),
        Column("mean", Text("Mean", "平均"), tenths), Column("median", Text("Median", "中位数"), _DAYS),
        Column("longest", Text("Longest", "最长"), _DAYS),
    )  # fmt: skip
    return Table("solved", Text("Days to a solution", "解决所用天数"), columns, tuple(rows))
