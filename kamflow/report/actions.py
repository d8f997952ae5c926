"""What is due: dated actions with their owners, and dates that decisions set."""

from __future__ import annotations

from collections import Counter
from functools import cache

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.ty import DATE, FIRST_DATE, LAST_DATE, TEXT, EnumTy, ScaledTy, UnitKind, strip_opt
from kamflow.core.wording import say
from kamflow.report.cells import code_of
from kamflow.report.model import COUNT, Axis, Bars, Cell, Chart, Column, Label, Line, Report, Table
from kamflow.report.portfolio import Lookup, Portfolio, Series, line_fields
from kamflow.values.data import Value

_LISTS = ("actions", "reminders", "tools", "exit_steps")
ROLES = (*_LISTS, "review_date")
TITLE = Text("Actions and reminders due", "到期行动与提醒")
_DAY = ScaledTy(DATE, 0, FIRST_DATE, LAST_DATE)
_WHEN = (
    (-1, Label("overdue", Text("overdue", "已过期"))),
    (3, Label("3", Text("within 3 days", "3 天内"))),
    (7, Label("7", Text("in 4 to 7 days", "4–7 天"))),
    (14, Label("14", Text("in 8 to 14 days", "8–14 天"))),
    (10**9, Label("later", Text("later", "更晚"))),
)
_DEFINITION = (
    Text(
        "Each list of dated actions that the policies decide is told: actions to retain"
        " (rules/retention.kam),"
        " reminders (rules/follow_up.kam), tools to win back and steps of parting (rules/win_back.kam), each"
        " with its owner and its day. One customer can have several.",
        "汇总策略给出的各类有期限行动：挽留行动（rules/retention.kam）、跟进提醒（rules/follow_up.kam）、"
        "挽留工具与退出步骤（rules/win_back.kam），各有负责人与截止日期。一个客户可有多项。",
    ),
    Text(
        "Days left = day due − day of the report, in calendar days; below zero is overdue.",
        "剩余天数＝截止日－报告日，按自然日计；小于零为已过期。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count actions by owner and day, list them; count credit reviews by day."""
    look = Lookup(p)
    lists = [s for role in _LISTS if (s := look.find(role)) is not None]
    review = look.find("review_date")
    tables: list[Table] = []
    charts: list[Chart] = []
    if lists and p.count:
        lines: list[_Line] = []
        for series in lists:
            lines += _lines(p, look, series)
        lines.sort(key=lambda x: (x.due, x.customer, x.kind.code, x.action.code))
        if not lines:
            look.say("no action is due", "没有待办行动")
        else:
            table, chart = _by_owner(p, lines)
            tables += [table, _by_action(p, lines), _listed(lines)]
            charts.append(chart)
    if review is not None and p.count:
        look.gaps(review)
        tables.append(_dates(p, review))
    return Report("actions", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


@frozen
class _Line:
    """One dated action; ``kind``: the list that it stands in."""

    customer: str
    kind: Label
    action: Label
    owner: Label
    due: int
    reason: Label | None


@frozen
class _Parts:
    """Where a line of a list has its parts: the action first, the owner by its name or the next class,
    the day due, the reason."""

    action: int
    owner: int | None
    due: int
    reason: int | None


def _parts_of(series: Series) -> _Parts | None:
    fields = line_fields(series)
    names = [name for name, _ in fields]
    types = [strip_opt(ty) for _, ty in fields]
    due = next(
        (i for i, ty in enumerate(types) if isinstance(ty, ScaledTy) and ty.unit.kind is UnitKind.DATE), None
    )
    if due is None:
        return None
    classes = [i for i, ty in enumerate(types) if isinstance(ty, EnumTy) and i > 0]
    owner = names.index("owner") if "owner" in names else next(iter(classes), None)
    return _Parts(0, owner, due, names.index("reason") if "reason" in names else None)


def _lines(p: Portfolio, look: Lookup, series: Series) -> list[_Line]:
    at = _parts_of(series)
    if at is None:
        look.say(f"{series.name} have no day due", f"{series.name} 没有截止日期")
        return []
    types = [ty for _, ty in line_fields(series)]
    kind = Label(series.name, series.label)

    @cache
    def label(i: int, value: Value) -> Label:
        return Label(code_of(types[i], value), say(value, types[i], p.program))

    out: list[_Line] = []
    for customer, many in zip(p.ids, series.values, strict=True):
        for line in many if isinstance(many, tuple) else ():
            if isinstance(line, tuple) and isinstance(due := line[at.due], int):
                owner = label(at.owner, line[at.owner]) if at.owner is not None else _NOBODY
                reason = label(at.reason, line[at.reason]) if at.reason is not None else None
                out.append(_Line(customer, kind, label(at.action, line[at.action]), owner, due, reason))
    return out


_NOBODY = Label("", Text("(nobody)", "（无负责人）"))


def _when(days: int) -> int:
    return next(i for i, (most, _) in enumerate(_WHEN) if days <= most)


def _by_owner(p: Portfolio, lines: list[_Line]) -> tuple[Table, Bars]:
    owners = sorted({x.owner for x in lines}, key=lambda o: o.code)
    counts = Counter((x.owner, _when(x.due - p.day)) for x in lines)
    rows: list[tuple[Cell, ...]] = []
    for owner in owners:
        mine = [counts[owner, i] for i in range(len(_WHEN))]
        rows.append((owner, *mine, sum(mine)))
    columns = [Column("owner", Text("Owner", "负责人"))]
    columns += [Column(f"due_{w.code}", w.text, COUNT) for _, w in _WHEN]
    columns.append(Column("all", Text("All", "合计"), COUNT))
    title = Text("Actions by owner and day", "各负责人的待办")
    series = tuple(
        Line(w.text, tuple(counts[o, i] for o in owners), i) for i, (_, w) in enumerate(_WHEN)
        if any(counts[o, i] for o in owners)
    )  # fmt: skip
    chart = Bars(
        "owners", title, tuple(o.text for o in owners), series, Axis(Text("Owner", "负责人")),
        Axis(Text("Actions", "行动数")), stacked=True, alarm=True,
    )  # fmt: skip
    return Table("owners", title, tuple(columns), tuple(rows)), chart


def _by_action(p: Portfolio, lines: list[_Line]) -> Table:
    counts = Counter((x.kind, x.action) for x in lines)
    overdue = Counter((x.kind, x.action) for x in lines if x.due < p.day)
    rows: list[tuple[Cell, ...]] = [
        (*both, n, overdue[both])
        for both, n in sorted(counts.items(), key=lambda x: (-x[1], x[0][0].code, x[0][1].code))
    ]
    columns = (
        _KIND, _ACTION, Column("actions", Text("Number", "数量"), COUNT),
        Column("overdue", Text("Overdue", "已过期"), COUNT),
    )  # fmt: skip
    return Table("kinds", Text("Actions by kind", "行动类型"), columns, tuple(rows))


_KIND, _ACTION = Column("list", Text("List", "清单")), Column("action", Text("Action", "行动"))


def _listed(lines: list[_Line]) -> Table:
    rows: list[tuple[Cell, ...]] = [(x.customer, x.kind, x.action, x.owner, x.due, x.reason) for x in lines]
    columns = (
        Column("customer", Text("Customer", "客户"), TEXT), _KIND, _ACTION,
        Column("owner", Text("Owner", "负责人")), Column("due", Text("Due", "截止日期"), _DAY),
        Column("reason", Text("Reason", "原因")),
    )  # fmt: skip
    return Table(
        "actions", Text("Actions, the next first", "行动清单（最近到期在前）"), columns, tuple(rows), shown=30
    )


def _dates(p: Portfolio, review: Series) -> Table:
    counts = Counter(_when(d - p.day) for d in review.numbers() if d is not None)
    rows: list[tuple[Cell, ...]] = [(w, counts[i]) for i, (_, w) in enumerate(_WHEN)]
    columns = (Column("due", review.label), Column("customers", Text("Customers", "客户数"), COUNT))
    return Table("reviews", review.label, columns, tuple(rows))
