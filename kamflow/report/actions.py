"""What is due: dated actions with their owners, and dates that decisions set."""

from __future__ import annotations

from collections import Counter

from kamflow.base.text import Text
from kamflow.core.ty import DATE, FIRST_DATE, LAST_DATE, TEXT, ScaledTy
from kamflow.core.wording import say
from kamflow.report.cells import code_of
from kamflow.report.model import COUNT, Axis, Bars, Cell, Chart, Column, Label, Line, Report, Table
from kamflow.report.portfolio import Lookup, Portfolio, Series, line_field

ROLES = ("actions", "review_date")
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
        "Actions, owners and days are decisions of the policy (rules/retention.kam), dated"
        " from the day of the"
        " report. One customer can have several.",
        "行动、负责人与期限取自策略的决策（rules/retention.kam），自报告日起算。一个客户可有多项。",
    ),
    Text(
        "Days left = day due − day of the report, in calendar days; below zero is overdue.",
        "剩余天数＝截止日－报告日，按自然日计；小于零为已过期。",
    ),
)


def report(p: Portfolio) -> Report:
    """Count actions by owner and day, list them; count credit reviews by day."""
    look = Lookup(p)
    actions, review = look.find("actions"), look.find("review_date")
    tables: list[Table] = []
    charts: list[Chart] = []
    if actions is not None and p.count:
        parts = {n: line_field(actions, n) for n in ("action", "owner", "due", "reason")}
        if parts["due"] is None:
            look.say(f"{actions.name} have no day (due)", f"{actions.name} 没有截止日期（due）")
        else:
            lines = _lines(p, actions, {n: at[0] for n, at in parts.items() if at is not None})
            if not lines:
                look.say("no action is due", "没有待办行动")
            table, chart = _by_owner(p, lines)
            tables += [table, _by_action(lines), _listed(lines, actions)]
            charts.append(chart)
    if review is not None and p.count:
        look.gaps(review)
        tables.append(_dates(p, review))
    return Report("actions", TITLE, _DEFINITION, tuple(tables), tuple(charts), tuple(look.missing))


_Line = tuple[str, dict[str, Label], int]


def _lines(p: Portfolio, actions: Series, at: dict[str, int]) -> list[_Line]:
    """Return (customer, parts by name, day due), the next first."""
    types = {n: found[1] for n in at if (found := line_field(actions, n)) is not None}
    known: dict[tuple[str, object], Label] = {}
    out: list[_Line] = []
    for i, many in enumerate(actions.values):
        for line in many if isinstance(many, tuple) else ():
            if not isinstance(line, tuple):
                continue
            words: dict[str, Label] = {}
            for name in at.keys() - {"due"}:
                value = line[at[name]]
                key = (name, value if isinstance(value, int | str) else str(value))
                if key not in known:
                    known[key] = Label(code_of(types[name], value), say(value, types[name], p.program))
                words[name] = known[key]
            due = line[at["due"]]
            if isinstance(due, int):
                out.append((p.ids[i], words, due))
    return sorted(out, key=lambda x: (x[2], x[0]))


_NOBODY = Label("", Text("(nobody)", "（无负责人）"))


def _when(days: int) -> int:
    return next(i for i, (most, _) in enumerate(_WHEN) if days <= most)


def _by_owner(p: Portfolio, lines: list[_Line]) -> tuple[Table, Bars]:
    owners = sorted({words.get("owner", _NOBODY) for _, words, _ in lines}, key=lambda o: o.code)
    counts = Counter((words.get("owner", _NOBODY), _when(due - p.day)) for _, words, due in lines)
    rows: list[tuple[Cell, ...]] = []
    for owner in owners:
        mine = [counts[owner, i] for i in range(len(_WHEN))]
        rows.append((owner, *mine, sum(mine)))
    columns = [Column("owner", Text("Owner", "负责人"))]
    columns += [Column(f"due_{w.code}", w.text, COUNT) for _, w in _WHEN]
    columns.append(Column("all", Text("All", "合计"), COUNT))
    title = Text("Actions by owner and day", "各负责人的待办")
    series = tuple(
        Line(w.text, tuple(counts[o, i] for o in owners)) for i, (_, w) in enumerate(_WHEN)
        if any(counts[o, i] for o in owners)
    )  # fmt: skip
    chart = Bars(
        "owners", title, tuple(o.text for o in owners), series, Axis(Text("Owner", "负责人")),
        Axis(Text("Actions", "行动数")), stacked=True, alarm=True,
    )  # fmt: skip
    return Table("owners", title, tuple(columns), tuple(rows)), chart


def _by_action(lines: list[_Line]) -> Table:
    counts = Counter(words["action"] for _, words, _ in lines if "action" in words)
    rows: list[tuple[Cell, ...]] = [
        (a, n) for a, n in sorted(counts.items(), key=lambda x: (-x[1], x[0].code))
    ]
    columns = (Column("action", Text("Action", "行动")), Column("actions", Text("Number", "数量"), COUNT))
    return Table("kinds", Text("Actions by kind", "行动类型"), columns, tuple(rows))


def _listed(lines: list[_Line], actions: Series) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (customer, words.get("action"), words.get("owner"), due, words.get("reason"))
        for customer, words, due in lines
    ]
    columns = (
        Column("customer", Text("Customer", "客户"), TEXT), Column("action", Text("Action", "行动")),
        Column("owner", Text("Owner", "负责人")), Column("due", Text("Due", "截止日期"), _DAY),
        Column("reason", Text("Reason", "原因")),
    )  # fmt: skip
    return Table("actions", actions.label, columns, tuple(rows), shown=30)


def _dates(p: Portfolio, review: Series) -> Table:
    counts = Counter(_when(d - p.day) for d in review.numbers() if d is not None)
    rows: list[tuple[Cell, ...]] = [(w, counts[i]) for i, (_, w) in enumerate(_WHEN)]
    columns = (Column("due", review.label), Column("customers", Text("Customers", "客户数"), COUNT))
    return Table("reviews", review.label, columns, tuple(rows))
