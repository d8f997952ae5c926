"""What-if: how many of the dissatisfied buy again if they stay silent, complain, or are helped (quickly).

A small model of published survey figures, no decision of a policy: each figure is an assumption that can be
set (`--assume silent=9%`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.core.ty import DAYS, INT128, ScaledTy
from kamflow.report.model import COUNT, SHARE, Axis, Bars, Cell, Column, Label, Line, Report, Table, ratio
from kamflow.report.portfolio import Assumption, Lookup, Portfolio, Series, money_unit

ROLES = ("complaints", "revenue")
TITLE = Text("What if: silence, complaint, quick solution", "假设分析：沉默、投诉与快速解决")
STATES = ("silent", "complained", "solved", "quick")
_WORDS = (
    Text("Stay silent", "不投诉"), Text("Complained, not solved", "投诉未解决"), Text("Solved", "已解决"),
    Text("Solved quickly", "快速解决"),
)  # fmt: skip
_WHOLE = ScaledTy(DAYS, 0, 0, INT128)
_HUNDREDTHS = ScaledTy(COUNT.unit, 2, -INT128, INT128)


def _all() -> tuple[Assumption, ...]:
    return (
        Assumption("silent", Text("Buy again, if they stay silent", "不投诉者的再购率"), 900, SHARE),
        Assumption(
            "complained",
            Text("Buy again, if they complain and it is not solved", "投诉未解决者的再购率"),
            1900,
            SHARE,
        ),
        Assumption("solved", Text("Buy again, if it is solved", "投诉已解决者的再购率"), 5400, SHARE),
        Assumption(
            "quick", Text("Buy again, if it is solved quickly", "投诉快速解决者的再购率"), 8200, SHARE
        ),
        Assumption(
            "per_complaint",
            Text("Dissatisfied customers for each that complains", "每个投诉者代表的不满客户数"),
            27,
            COUNT,
        ),
        Assumption("quick_days", Text("Solved quickly is within", "快速解决的天数"), 7, _WHOLE),
        Assumption("window_days", Text("Complaints of the last", "统计最近天数内的投诉"), 365, _WHOLE),
    )


ASSUMPTIONS: Mapping[str, Assumption] = {a.name: a for a in _all()}
_DEFINITION = (
    Text(
        "A model, not a decision. Survey figures, shipped as assumptions, say that 9% of dissatisfied"
        " customers buy again if they stay silent, 19% if they complain, 54% if it is"
        " solved, 82% if it is solved quickly. The assumptions are listed and can be set.",
        "这是模型而非决策：调查数据显示，不满的客户不投诉时再购率为 9%，投诉为 19%，"
        "得到解决为 54%，快速解决为"
        " 82%。各项假设列于下表，均可调整。",
    ),
    Text(
        "A customer with a complaint in the window counts once: as complained while one is open, else by its"
        " slowest solution.",
        "期间内有投诉的客户只计一次：有未结投诉的计为“投诉未解决”，否则按其最慢的一次解决计。",
    ),
    Text(
        "For each of them others say nothing (as shipped 26: 1 of 27 complains), at most as many as"
        " there are customers."
        " Their revenue is taken as the mean of all customers.",
        "每个投诉者背后另有沉默客户（出厂设置为 26 个，即 27 人中 1 人投诉），但不超过客户总数；"
        "其销售额按全部客户平均值计。",
    ),
    Text(
        "Expected = number × share, and revenue × share; rounded half up once, in the figure that is shown.",
        "期望值＝人数×再购率、销售额×再购率，只在显示时四舍五入一次。",
    ),
)


@frozen
class _Crowd:
    """How many are in each state, and their revenue (scaled)."""

    people: Mapping[str, int]
    revenue: Mapping[str, int]


def report(p: Portfolio) -> Report:
    """Count dissatisfied customers by state; say what quick solutions would keep."""
    look = Lookup(p)
    complaints, revenue = look.find("complaints"), look.find("revenue")
    said = {n: p.assumptions.get(n, a) for n, a in ASSUMPTIONS.items()}
    tables = [_assumed(said)]
    if complaints is None or not p.count:
        return Report("repurchase", TITLE, _DEFINITION, tuple(tables), (), tuple(look.missing))
    crowd = _crowd(p, complaints, revenue, {n: a.value for n, a in said.items()})
    if not sum(crowd.people.values()):
        look.say("no complaint lies in the window", "统计期内没有投诉")
        return Report("repurchase", TITLE, _DEFINITION, tuple(tables), (), tuple(look.missing))
    rates = {s: said[s].value for s in STATES}
    tables += [_today(crowd, rates, revenue), _what_if(crowd, rates, revenue)]
    charts = (_chart(tables[-1], revenue),)
    return Report("repurchase", TITLE, _DEFINITION, tuple(tables), charts, tuple(look.missing))


def _crowd(p: Portfolio, complaints: Series, revenue: Series | None, said: Mapping[str, int]) -> _Crowd:
    people: Counter[str] = Counter()
    worth: dict[str, int] = defaultdict(int)
    amounts = revenue.numbers() if revenue is not None else [None] * p.count
    first = p.day - said["window_days"]
    for many, amount in zip(complaints.lists(), amounts, strict=True):
        states: list[str] = []
        for one in many:
            received, done = one.fields.get("received_on"), one.fields.get("solved_on")
            if not isinstance(received, int) or not first < received <= p.day:
                continue
            if not isinstance(done, int) or done > p.day:
                states.append("complained")
            else:
                states.append("quick" if done - received <= said["quick_days"] else "solved")
        if states:
            state = min(states, key=STATES.index)
            people[state] += 1
            worth[state] += amount or 0
    loud = sum(people.values())
    people["silent"] = min(loud * max(0, said["per_complaint"] - 1), p.count - loud)
    whole = sum(a or 0 for a in amounts)
    worth["silent"] = ratio(people["silent"] * whole, p.count, 0) or 0
    return _Crowd(people, worth)


def _expected(crowd: _Crowd, rates: Mapping[str, int], moved: Mapping[str, str]) -> tuple[int, int]:
    """Return expected buyers (hundredths) and revenue (its scale) if whole states move to others."""
    people = sum(crowd.people.get(s, 0) * rates[moved.get(s, s)] for s in STATES)
    money = sum(crowd.revenue.get(s, 0) * rates[moved.get(s, s)] for s in STATES)
    return ratio(people, 100, 0) or 0, ratio(money, 10_000, 0) or 0


def _assumed(said: Mapping[str, Assumption]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for a in said.values():
        percent, whole = (a.value, None) if a.ty == SHARE else (None, a.value)
        rows.append((Label(a.name, a.label), percent, whole))
    columns = (
        Column("assumption", Text("Assumption", "假设")), Column("share", Text("Share", "比例"), SHARE),
        Column("number", Text("Number", "数值"), COUNT),
    )  # fmt: skip
    return Table("assumptions", Text("Assumptions", "假设"), columns, tuple(rows))


def _today(crowd: _Crowd, rates: Mapping[str, int], revenue: Series | None) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for state, words in zip(STATES, _WORDS, strict=True):
        n, worth = crowd.people.get(state, 0), crowd.revenue.get(state, 0)
        label = Label(state, words)
        kept = ratio(worth * rates[state], 10_000, 0) if revenue is not None else None
        rows.append(
            (
                label,
                n,
                rates[state],
                ratio(n * rates[state], 100, 0),
                worth if revenue is not None else None,
                kept,
            )
        )
    return Table("today", Text("As it is", "现状"), _columns(revenue, "state"), tuple(rows))


def _columns(revenue: Series | None, first: str) -> tuple[Column, ...]:
    money = revenue.scaled() if revenue is not None else COUNT
    return (
        Column(first, Text("Dissatisfied customers", "不满的客户")),
        Column("customers", Text("Customers", "客户数"), COUNT),
        Column("buy_again", Text("Buy again", "再购率"), SHARE),
        Column("expected", Text("Expected to buy again", "预计再购客户"), _HUNDREDTHS),
        Column("revenue", Text("Revenue", "销售额"), money),
        Column("expected_revenue", Text("Expected revenue", "预计保留销售额"), money),
    )  # fmt: skip


_MOVES: tuple[tuple[Label, Mapping[str, str]], ...] = (
    (Label("as_is", Text("As it is", "现状")), {}),
    (Label("silence", Text("All stay silent", "全部沉默")), dict.fromkeys(STATES, "silent")),
    (Label("solve_open", Text("Open complaints are solved", "未结投诉全部解决")), {"complained": "solved"}),
    (
        Label("solve_quickly", Text("All complaints are solved quickly", "全部投诉快速解决")),
        {"complained": "quick", "solved": "quick"},
    ),
    (
        Label("speak_up", Text("The silent speak up, all solved quickly", "沉默者也投诉并快速解决")),
        dict.fromkeys(STATES, "quick"),
    ),
)


def _what_if(crowd: _Crowd, rates: Mapping[str, int], revenue: Series | None) -> Table:
    base = _expected(crowd, rates, {})
    rows: list[tuple[Cell, ...]] = []
    for label, moved in _MOVES:
        people, money = _expected(crowd, rates, moved)
        amounts = (money, money - base[1]) if revenue is not None else (None, None)
        rows.append((label, people, people - base[0], *amounts))
    money_ty = revenue.scaled() if revenue is not None else COUNT
    columns = (
        Column("if", Text("If", "假设")),
        Column("expected", Text("Expected to buy again", "预计再购客户"), _HUNDREDTHS),
        Column("more", Text("More than today", "较现状增加"), _HUNDREDTHS),
        Column("expected_revenue", Text("Expected revenue", "预计保留销售额"), money_ty),
        Column("more_revenue", Text("More than today", "较现状增加"), money_ty),
    )  # fmt: skip
    return Table("what_if", Text("What if", "假设分析"), columns, tuple(rows))


def _chart(table: Table, revenue: Series | None) -> Bars:
    at = 1 if revenue is None else 3
    axis = Axis(table.columns[at].title, 2)
    if revenue is not None:
        axis = Axis(table.columns[at].title, revenue.scaled().scale, money_unit(revenue.scaled()))
    labels = tuple(r[0].text for r in table.rows if isinstance(r[0], Label))
    values = tuple(c if isinstance(c := r[at], int) else None for r in table.rows)
    return Bars(
        "what_if",
        table.title,
        labels,
        (Line(table.columns[at].title, values),),
        Axis(table.columns[0].title),
        axis,
    )
