"""Charts as pictures: SVG whose text is text, and PNG. The only module that knows matplotlib.

Assumes: charts as values; floats are made here and only here. Leaves: bytes that are the same for the same
chart. Colours of ink and paper are marked, so that ``page.py`` can let them follow the reader's dark mode.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kamflow.base.text import Lang, Text
from kamflow.report.model import Axis, Bars, Chart, Curve, Heat, Lines, Scatter
from kamflow.report.portfolio import NONE_GIVEN

INK, PAPER, FAINT = "#1c2025", "#fefefe", "#d5d9de"
"""Ink of texts and axes, paper, grid: nothing else has these colours."""
COLORS = ("#2f6fb3", "#d9822b", "#3f9a6c", "#b3404a", "#7d5ba6", "#8a8f98", "#c2a13a", "#4aa3b5")
CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Hiragino Sans GB",
    "Noto Sans CJK JP", "Noto Sans CJK TC", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
ALARMS = ("#b3404a", "#d9822b", "#cdb65a", "#5f9c7d", "#8a8f98")
"""From the worst to the best."""
UNKNOWN = "#8a8f98"
_MANY_POINTS = 3_000  # from here on points are one image within the SVG
_RAMP = "Blues"


@cache
def chinese_font() -> str | None:
    """Return a font of this system that has Chinese characters; None where there is none."""
    known = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in known), None)


def draw(chart: Chart, lang: Lang) -> tuple[str, bytes]:
    """Return a chart as SVG and as PNG (twice the size)."""
    with _style():
        figure = _figure(chart, lang)
        svg, png = io.StringIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    return svg.getvalue(), png.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    # the widest Latin letters first: a page is drawn with the reader's font, and must have room for it
    family = [f for f in ("DejaVu Sans", chinese_font()) if f is not None]
    rc = {
        "svg.fonttype": "none", "svg.hashsalt": "kamflow", "font.family": family,
        "font.size": 10.0, "axes.unicode_minus": False, "text.color": INK, "axes.labelcolor": INK,
        "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK, "grid.color": FAINT,
        "figure.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.facecolor": PAPER,
        "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
        "axes.titlesize": 11.0, "axes.labelpad": 7.0, "text.parse_math": False, "axes.axisbelow": True,
    }  # fmt: skip
    with warnings.catch_warnings(), mpl.rc_context(rc):  # type: ignore[arg-type]  # its stubs list every key as a literal
        # where no font has Chinese, that is a finding, said once
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield


def _figure(chart: Chart, lang: Lang) -> Figure:
    match chart:
        case Bars():
            return _bars(chart, lang)
        case Lines():
            return _lines(chart, lang)
        case Heat():
            return _heat(chart, lang)
        case Scatter():
            return _scatter(chart, lang)
        case Curve():
            return _curve(chart, lang)


def _canvas(title: Text, lang: Lang, size: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title.in_(lang), loc="left")
    return figure, axes


def _float(value: int | None, axis: Axis) -> float:
    return 0.0 if value is None else float(value) / float(10**axis.scale)


def _name(axis: Axis, lang: Lang) -> str:
    title = axis.title.in_(lang)
    if not axis.unit:
        return title
    unit = "元" if axis.unit == "CNY" and lang is Lang.ZH else axis.unit
    return f"{title}（{unit}）" if lang is Lang.ZH else f"{title} ({unit})"


def _short(value: float, lang: Lang) -> str:
    """Write a number on an axis or a bar: 1.2 M, 120万."""
    size = abs(value)
    steps = ((1e8, "亿"), (1e4, "万")) if lang is Lang.ZH else ((1e9, " bn"), (1e6, " M"), (1e4, " k"))
    for least, unit in steps:
        if size >= least:
            part = value / (1e3 if unit == " k" else least)
            return f"{part:,.0f}{unit}" if abs(part) >= 100 else f"{part:.3g}{unit}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def _ticks(axes: Axes, which: str, lang: Lang, along: Axis) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    if along.scale == 0 and axis.get_scale() == "linear":  # there is no half of a customer
        axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_major_formatter(FuncFormatter(lambda v, _: _short(v, lang)))


def _wide(texts: Sequence[str]) -> int:
    """Return how wide the widest text is, in Latin letters."""
    return max((sum(2 if ord(c) > 0x2E80 else 1 for c in t) for t in texts), default=0)


def _bars(chart: Bars, lang: Lang) -> Figure:
    names = [c.in_(lang) for c in chart.categories]
    lying = len(names) * max(6, _wide(names)) > 72
    lines = len(names) if chart.stacked else len(names) * max(1, len(chart.series))
    size = (7.2, max(2.8, 1.4 + 0.3 * lines)) if lying else (7.2, 3.6)
    figure, axes = _canvas(chart.title, lang, size)
    many = 1 if chart.stacked else max(1, len(chart.series))
    base = [0.0] * len(names)
    for i, line in enumerate(chart.series):
        values = [_float(v, chart.up) for v in line.values]
        width = 0.75 / many
        at = [k + (0 if chart.stacked else (i - (many - 1) / 2) * width) for k in range(len(names))]
        colors = ALARMS if chart.alarm else COLORS
        color, label = colors[i % len(colors)], line.label.in_(lang)
        color = UNKNOWN if line.label == NONE_GIVEN.text else color
        if lying:
            drawn = axes.barh(
                at, values, width, left=base if chart.stacked else None, color=color, label=label
            )
        else:
            drawn = axes.bar(
                at, values, width, bottom=base if chart.stacked else None, color=color, label=label
            )
        if chart.stacked:
            base = [b + v for b, v in zip(base, values, strict=True)]
        elif lines <= 30:
            axes.bar_label(drawn, [_short(v, lang) for v in values], padding=2, fontsize=8.5)
    if chart.stacked:
        _totals(axes, base, lang, lying=lying)
    _bar_axes(axes, chart, names, lang, lying=lying)
    if len(chart.series) > 1:
        axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _totals(axes: Axes, totals: Sequence[float], lang: Lang, *, lying: bool) -> None:
    for i, total in enumerate(totals):
        text = _short(total, lang)
        if lying:
            axes.annotate(text, (total, i), (3, 0), textcoords="offset points", va="center", fontsize=8.5)
        else:
            axes.annotate(text, (i, total), (0, 2), textcoords="offset points", ha="center", fontsize=8.5)


def _bar_axes(axes: Axes, chart: Bars, names: list[str], lang: Lang, *, lying: bool) -> None:
    places = list(range(len(names)))
    if lying:
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.set_xlabel(_name(chart.up, lang))
        axes.set_ylabel(_name(chart.across, lang))
        axes.margins(x=0.1)
        axes.grid(axis="x")
        _ticks(axes, "x", lang, chart.up)
    else:
        axes.set_xticks(places, names)
        axes.set_xlabel(_name(chart.across, lang))
        axes.set_ylabel(_name(chart.up, lang))
        axes.margins(y=0.12)
        axes.grid(axis="y")
        _ticks(axes, "y", lang, chart.up)


def _lines(chart: Lines, lang: Lang) -> Figure:
    figure, axes = _canvas(chart.title, lang, (7.2, 3.6))
    for i, line in enumerate(chart.series):
        known = [(k, _float(v, chart.up)) for k, v in enumerate(line.values) if v is not None]
        axes.plot(
            [k for k, _ in known], [v for _, v in known], marker="o", markersize=3.5,
            color=COLORS[i % len(COLORS)], linestyle="-" if i < len(COLORS) else "--",
            label=line.label.in_(lang),
        )  # fmt: skip
    step = max(1, len(chart.ticks) // 8)
    shown = range(0, len(chart.ticks), step)
    axes.set_xticks(list(shown), [chart.ticks[k].in_(lang) for k in shown])
    axes.set_xlabel(_name(chart.across, lang))
    axes.set_ylabel(_name(chart.up, lang))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    _ticks(axes, "y", lang, chart.up)
    if chart.series:
        axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _heat(chart: Heat, lang: Lang) -> Figure:
    down, across = [t.in_(lang) for t in chart.rows], [t.in_(lang) for t in chart.columns]
    wide = max(5.0, 2.2 + 0.075 * _wide(down) + max(0.75, 0.062 * _wide(across)) * len(across))
    turned = wide > 9.5
    if turned:
        wide = max(6.0, 2.2 + 0.075 * _wide(down) + 0.62 * len(across))
    figure, axes = _canvas(
        chart.title, lang, (min(wide, 12.0), 1.6 + 0.42 * len(down) + (1.0 if turned else 0.0))
    )
    values = [[_float(v, chart.value) for v in row] for row in chart.cells]
    high = max((v for row in values for v in row), default=0.0) or 1.0
    ramp = mpl.colormaps[_RAMP]
    for i, row in enumerate(values):
        for k, v in enumerate(row):
            empty = chart.cells[i][k] is None or v == 0
            paint = "none" if empty else ramp(0.12 + 0.78 * v / high)
            stays = chart.matrix and down[i] == across[k]
            axes.add_patch(
                mpl.patches.Rectangle(
                    (k - 0.5, i - 0.5),
                    1,
                    1,
                    facecolor=paint,
                    edgecolor=INK if stays else FAINT,
                    linewidth=1.4 if stays else 0.8,
                    zorder=3 if stays else 2,
                )
            )
            if not empty:
                dark = v / high > 0.55
                axes.text(
                    k, i, _short(v, lang), ha="center", va="center", fontsize=9, zorder=4,
                    color="#ffffff" if dark else "#10243b",
                )  # fmt: skip
    axes.set_xlim(-0.5, len(across) - 0.5)
    axes.set_ylim(len(down) - 0.5, -0.5)
    axes.set_xticks(
        range(len(across)), across, rotation=40 if turned else 0, ha="right" if turned else "center"
    )
    axes.set_yticks(range(len(down)), down)
    axes.set_xlabel(chart.across.in_(lang))
    axes.set_ylabel(chart.down.in_(lang))
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def _scatter(chart: Scatter, lang: Lang) -> Figure:
    figure, axes = _canvas(chart.title, lang, (7.2, 4.6))
    many = sum(len(g.at) for g in chart.groups)
    for i, group in enumerate(chart.groups):
        axes.scatter(
            [_float(x, chart.across) for x, _ in group.at], [_float(y, chart.up) for _, y in group.at],
            s=26 if many < 500 else 5, alpha=0.75, linewidths=0, color=COLORS[i % len(COLORS)],
            label=group.label.in_(lang), rasterized=many > _MANY_POINTS,
        )  # fmt: skip
    x, y = _float(chart.split[0], chart.across), _float(chart.split[1], chart.up)
    axes.axvline(x, color=INK, linewidth=0.8, linestyle="--")
    axes.axhline(y, color=INK, linewidth=0.8, linestyle="--")
    if chart.log_up and all(v > 0 for g in chart.groups for _, v in g.at):
        axes.set_yscale("log")
    elif chart.log_up:
        axes.set_yscale("symlog", linthresh=max(1.0, y / 100))
        axes.set_ylim(bottom=0)
    if chart.across.unit == "%":
        axes.set_xlim(-2, 102)
    axes.set_xlabel(_name(chart.across, lang))
    axes.set_ylabel(_name(chart.up, lang))
    _ticks(axes, "x", lang, chart.across)
    _ticks(axes, "y", lang, chart.up)
    axes.grid(which="major")
    corners = ((0.01, 0.02), (0.99, 0.02), (0.01, 0.98), (0.99, 0.98))
    for (cx, cy), text in zip(corners, chart.quadrants, strict=True):
        axes.text(
            cx, cy, text.in_(lang), transform=axes.transAxes, fontsize=9, zorder=5,
            bbox={"facecolor": PAPER, "alpha": 0.75, "edgecolor": "none", "pad": 1.5},
            ha="left" if cx < 0.5 else "right", va="bottom" if cy < 0.5 else "top",
        )  # fmt: skip
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _curve(chart: Curve, lang: Lang) -> Figure:
    figure, axes = _canvas(chart.title, lang, (7.2, 4.2))
    xs = [_float(x, chart.across) for x, _ in chart.points]
    ys = [_float(y, chart.up) for _, y in chart.points]
    axes.plot(xs, ys, color=COLORS[0], linewidth=2)
    axes.fill_between(xs, ys, color=COLORS[0], alpha=0.12, linewidth=0)
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=1)
    for bound in chart.bounds:
        x, y = _float(bound.across, chart.across), _float(bound.up, chart.up)
        axes.plot([x, x, 0], [0, y, y], color=INK, linewidth=0.8, linestyle="--")
        axes.plot([x], [y], marker="o", color=COLORS[1])
        axes.annotate(
            f"{bound.label.in_(lang)}: {x:.3g}% → {y:.3g}%",
            (x, y),
            (8, -12),
            textcoords="offset points",
            fontsize=9,
        )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    axes.set_xlabel(_name(chart.across, lang))
    axes.set_ylabel(_name(chart.up, lang))
    axes.grid()
    return figure
