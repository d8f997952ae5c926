"""Bars and lines: upright where names are short or months, lying where they are long."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kamflow.base.text import Lang
from kamflow.report.canvas import (
    COLORS,
    PAPER,
    as_float,
    axis_name,
    canvas,
    legend,
    short_number,
    some_ticks,
    ticks,
    wide,
)
from kamflow.report.model import Bars, Line, Lines
from kamflow.report.portfolio import NONE_GIVEN

ALARMS = ("#b3404a", "#d9822b", "#cdb65a", "#5f9c7d", "#8a8f98")
"""From the worst to the best."""
UNKNOWN = "#8a8f98"
_SIZE = (7.2, 3.6)
_MOST_LABELS = 30
_LEAST_PLACES = 4  # a single bar is no wall
_ROOM = 62  # Latin letters below the axes, beside a legend


def bars(chart: Bars, lang: Lang) -> Figure:
    names = [c.in_(lang) for c in chart.categories]
    lying = not chart.over_time and max(len(names), _LEAST_PLACES) * max(6, wide(names)) > 72
    side_by_side = 1 if chart.stacked else max(1, len(chart.series))
    count = len(names) * side_by_side
    figure, axes = canvas(chart.title, lang, (7.2, max(2.8, 1.4 + 0.3 * count)) if lying else _SIZE)
    axes.use_sticky_edges = False  # an empty part on top of a stack would take its margin away
    base, width = [0.0] * len(names), 0.75 / side_by_side
    for i, line in enumerate(chart.series):
        values = [as_float(v, chart.up) for v in line.values]
        shift = 0.0 if chart.stacked else (i - (side_by_side - 1) / 2) * width
        at = [k + shift for k in range(len(names))]
        color, label = _color(chart, line, i), line.label.in_(lang)
        if lying:
            drawn = axes.barh(
                at, values, width, left=base if chart.stacked else None, color=color, label=label
            )
        else:
            drawn = axes.bar(
                at, values, width, bottom=base if chart.stacked else None, color=color, label=label
            )
        if (i if line.tone is None else line.tone) >= len(
            COLORS
        ) and not chart.alarm:  # the colours begin anew
            for patch in drawn:
                patch.set(hatch="///", edgecolor=PAPER, linewidth=0.0)
        if chart.stacked:
            base = [b + v for b, v in zip(base, values, strict=True)]
        elif count <= _MOST_LABELS:
            small = 7.5 if count > 8 and not lying else 8.5
            axes.bar_label(drawn, [short_number(v, lang) for v in values], padding=2, fontsize=small)
    said = [short_number(v, lang) for v in base]
    if chart.stacked and (lying or len(said) * (wide(said) + 1) <= _ROOM):
        _totals(axes, base, lang, lying=lying, zeros=not chart.over_time)
    _bar_axes(axes, chart, names, lang, lying=lying)
    if len(chart.series) > 1:
        legend(axes)
    return figure


def _color(chart: Bars, line: Line, i: int) -> str:
    if line.label == NONE_GIVEN.text:
        return UNKNOWN
    tone = i if line.tone is None else line.tone
    if chart.alarm:
        return ALARMS[min(tone, len(ALARMS) - 1)]
    return COLORS[tone % len(COLORS)]


def _totals(axes: Axes, totals: Sequence[float], lang: Lang, *, lying: bool, zeros: bool) -> None:
    for i, total in enumerate(totals):
        if not total and not zeros:
            continue
        at, shift = ((total, i), (3, 0)) if lying else ((i, total), (0, 2))
        axes.annotate(
            short_number(total, lang), at, shift, textcoords="offset points", fontsize=8.5,
            va="center" if lying else "bottom", ha="left" if lying else "center",
        )  # fmt: skip


def _bar_axes(axes: Axes, chart: Bars, names: list[str], lang: Lang, *, lying: bool) -> None:
    least = min((as_float(v, chart.up) for line in chart.series for v in line.values), default=0.0)
    if lying:
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlabel(axis_name(chart.up, lang))
        axes.margins(x=0.1)
        axes.grid(axis="x")
        ticks(axes, "x", lang, chart.up)
        if least >= 0:
            axes.set_xlim(left=0)
        return
    if chart.over_time:
        some_ticks(axes, names, _ROOM)
    else:
        axes.set_xticks(range(len(names)), names)
    middle, half = (len(names) - 1) / 2, max(len(names), _LEAST_PLACES) / 2 + 0.1
    axes.set_xlim(middle - half, middle + half)
    axes.set_xlabel(axis_name(chart.across, lang))
    axes.set_ylabel(axis_name(chart.up, lang))
    axes.margins(y=0.12)
    axes.grid(axis="y")
    ticks(axes, "y", lang, chart.up)
    if least >= 0:
        axes.set_ylim(bottom=0)


def lines(chart: Lines, lang: Lang) -> Figure:
    figure, axes = canvas(chart.title, lang, _SIZE)
    for i, line in enumerate(chart.series):
        known = [(k, as_float(v, chart.up)) for k, v in enumerate(line.values) if v is not None]
        axes.plot(
            [k for k, _ in known], [v for _, v in known], marker="o", markersize=3.5,
            color=COLORS[i % len(COLORS)], linestyle="-" if i < len(COLORS) else "--",
            label=line.label.in_(lang),
        )  # fmt: skip
    some_ticks(axes, [t.in_(lang) for t in chart.ticks], _ROOM)
    axes.set_xlim(-0.5, len(chart.ticks) - 0.5)
    axes.set_xlabel(axis_name(chart.across, lang))
    axes.set_ylabel(axis_name(chart.up, lang))
    axes.margins(y=0.12)
    if chart.from_zero:
        axes.set_ylim(bottom=0)
    elif known_at := [as_float(v, chart.up) for x in chart.series for v in x.values if v is not None]:
        low, high = min(known_at), max(known_at)
        room = max(high - low, 1.0) * 0.12  # where nothing changes, a whole unit is shown
        axes.set_ylim(min(low, high - 1.0) - room, high + room)
    axes.grid(axis="y")
    ticks(axes, "y", lang, chart.up)
    if len(chart.series) > 1:
        legend(axes)
    return figure
