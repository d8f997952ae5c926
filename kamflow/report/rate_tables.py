"""Tables and pictures of rates by month, and of the reasons why customers were lost.

Assumes: months that were counted. Leaves: tables with all months, pictures of the last ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kamflow.base.text import Text
from kamflow.report import months
from kamflow.report.groups import CUSTOMERS
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
    Lines,
    Table,
    ratio,
)
from kamflow.report.portfolio import NONE_GIVEN
from kamflow.report.rates_orders import Month


def rate_tables(found: Sequence[Month], name: str, source: Text) -> tuple[list[Table], list[Chart]]:
    """Return the months with their rates; pictures of the rates, and of who came and went."""
    rows: list[tuple[Cell, ...]] = []
    for m in found:
        label = Label(months.name_of(m.first), Text(months.name_of(m.first)))
        lost, back = len(m.left), m.back
        known = m.away is not None
        rows.append(
            (
                label, m.active, lost, back if known else None, m.new, m.active - lost + (back or 0) + m.new,
                ratio(lost, m.active), ratio(m.active - lost, m.active),
                m.away, ratio(back or 0, m.away) if m.away is not None else None,
            )
        )  # fmt: skip
    count = [
        ("active", Text("Active at the beginning", "月初活跃")), ("lost", Text("Lost", "流失")),
        ("won_back", Text("Won back", "挽回")), ("new", Text("New", "新增")),
        ("active_after", Text("Active at the end", "月末活跃")),
    ]  # fmt: skip
    columns = (
        Column("month", Text("Month", "月份")), *(Column(n, t, COUNT) for n, t in count),
        Column("churn", Text("Churn rate", "流失率"), SHARE),
        Column("retention", Text("Retention rate", "保留率"), SHARE),
        Column("lost_before", Text("Lost at the beginning", "月初已流失"), COUNT),
        Column("win_back", Text("Win-back rate", "挽回率"), SHARE),
    )  # fmt: skip
    title = Text(f"Rates by month, {source.en}", f"各月比率（{source.zh}）")
    table = Table(name, title, columns, tuple(rows))
    return [table], _rate_charts(table, source)


def _rate_charts(table: Table, source: Text) -> list[Chart]:
    shown = table.rows[-months.SHOWN :]
    ticks = tuple(r[0].text for r in shown if isinstance(r[0], Label))
    at = {c.name: i for i, c in enumerate(table.columns)}

    def line(name: str) -> Line:
        values = tuple(v if isinstance(v := r[at[name]], int) else None for r in shown)
        return Line(table.columns[at[name]].title, values)

    across, share = Axis(Text("Month", "月份")), Axis(Text("Rate", "比率"), 2, "%")
    rates = [line("churn")]
    if any(v is not None for v in line("win_back").values):
        rates.append(line("win_back"))
    words = Text("Churn and win-back rate", "流失率与挽回率")
    if len(rates) == 1:
        words = Text("Churn rate", "流失率")
    moved = tuple(x for n in ("new", "won_back", "lost") if any((x := line(n)).values))
    charts: list[Chart] = []
    if any(v is not None for v in rates[0].values):
        retention = _of(Text("Retention rate", "保留率"), source)
        charts = [
            Lines(f"{table.name}_rates", _of(words, source), ticks, tuple(rates), across, share),
            Lines(
                f"{table.name}_retention", retention, ticks, (line("retention"),), across, share,
                from_zero=False,
            ),
        ]  # fmt: skip
    if moved:
        title = _of(Text("New, won back and lost", "新增、挽回与流失"), source)
        charts.append(
            Bars(f"{table.name}_moved", title, ticks, moved, across, Axis(CUSTOMERS.title), over_time=True)
        )
    return charts


def _of(words: Text, source: Text) -> Text:
    return Text(f"{words.en}, {source.en}", f"{words.zh}（{source.zh}）")


def reason_table(
    found: Sequence[Month], reasons: Mapping[object, Label], name: str, source: Text
) -> tuple[Table, Bars]:
    """Count the lost by month and reason, the most frequent reason first."""
    counts: Counter[tuple[int, Label]] = Counter(
        (m.first, reasons.get(i, NONE_GIVEN)) for m in found for i in m.left
    )
    totals: Counter[Label] = Counter()
    for (_, label), n in counts.items():
        totals[label] += n
    order = sorted(totals, key=lambda x: (x == NONE_GIVEN, -totals[x], x.code))
    whole = sum(totals.values())
    rows: list[tuple[Cell, ...]] = []
    for m in found:
        month = Label(months.name_of(m.first), Text(months.name_of(m.first)))
        rows += [(month, r, n, ratio(n, len(m.left))) for r in order if (n := counts[m.first, r])]
    rows += [(_ALL, r, totals[r], ratio(totals[r], whole)) for r in order]
    columns = (
        Column("month", Text("Month", "月份")), Column("reason", Text("Reason", "原因")),
        Column("lost", Text("Lost", "流失"), COUNT),
        Column("share", Text("Share of the month's losses", "占当月流失"), SHARE),
    )  # fmt: skip
    title = _of(Text("Reasons of loss by month", "各月流失原因"), source)
    shown = found[-months.SHOWN :]
    chart = Bars(
        name, title, tuple(Text(months.name_of(m.first)) for m in shown),
        tuple(Line(r.text, tuple(counts[m.first, r] for m in shown)) for r in order),
        Axis(Text("Month", "月份")), Axis(Text("Lost", "流失")), stacked=True, over_time=True,
    )  # fmt: skip
    return Table(name, title, columns, tuple(rows), shown=40), chart


_ALL = Label("all", Text("All", "合计"))
