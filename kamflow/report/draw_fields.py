"""Heat maps, quadrants and Pareto curves."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from kamflow.base.text import Lang
from kamflow.report.canvas import (
    COLORS,
    FAINT,
    INK,
    PAPER,
    as_float,
    axis_name,
    canvas,
    legend,
    short_number,
    ticks,
    wide,
)
from kamflow.report.model import Curve, Heat, Scatter

_MANY_POINTS = 3_000  # from here on points are one image within the SVG
_RAMP = "Blues"


def heat(chart: Heat, lang: Lang) -> Figure:
    down, across = [t.in_(lang) for t in chart.rows], [t.in_(lang) for t in chart.columns]
    least = 2.2 + 0.075 * wide(down)
    across_all = max(5.0, least + max(0.75, 0.062 * wide(across)) * len(across))
    turned = across_all > 9.5
    if turned:
        across_all = max(6.0, least + 0.62 * len(across))
    figure, axes = canvas(
        chart.title, lang, (min(across_all, 12.0), 1.6 + 0.42 * len(down) + (1.0 if turned else 0.0))
    )
    values = [[as_float(v, chart.value) for v in row] for row in chart.cells]
    high = max((v for row in values for v in row), default=0.0) or 1.0
    ramp = mpl.colormaps[_RAMP]
    for i, row in enumerate(values):
        for k, v in enumerate(row):
            empty = chart.cells[i][k] is None or v == 0
            paint = "none" if empty else ramp(0.12 + 0.78 * v / high)
            stays = chart.matrix and down[i] == across[k]
            axes.add_patch(
                Rectangle(
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
                    k, i, short_number(v, lang), ha="center", va="center", fontsize=9, zorder=4,
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


def scatter(chart: Scatter, lang: Lang) -> Figure:
    figure, axes = canvas(chart.title, lang, (7.2, 4.6))
    many = sum(len(g.at) for g in chart.groups)
    for i, group in enumerate(chart.groups):
        axes.scatter(
            [as_float(x, chart.across) for x, _ in group.at], [as_float(y, chart.up) for _, y in group.at],
            s=26 if many < 500 else 5, alpha=0.75, linewidths=0, color=COLORS[i % len(COLORS)],
            label=group.label.in_(lang), rasterized=many > _MANY_POINTS,
        )  # fmt: skip
    x, y = as_float(chart.split[0], chart.across), as_float(chart.split[1], chart.up)
    axes.axvline(x, color=INK, linewidth=0.8, linestyle="--")
    axes.axhline(y, color=INK, linewidth=0.8, linestyle="--")
    if chart.log_up and all(v > 0 for g in chart.groups for _, v in g.at):
        axes.set_yscale("log")
    elif chart.log_up:
        axes.set_yscale("symlog", linthresh=max(1.0, y / 100))
        axes.set_ylim(bottom=0)
    if chart.across.unit == "%":
        axes.set_xlim(-2, 102)
    if chart.up.unit == "%":
        axes.set_ylim(-8, 108)  # room for the names of the quadrants
    axes.set_xlabel(axis_name(chart.across, lang))
    axes.set_ylabel(axis_name(chart.up, lang))
    ticks(axes, "x", lang, chart.across)
    ticks(axes, "y", lang, chart.up)
    axes.grid(which="major")
    corners = ((0.01, 0.02), (0.99, 0.02), (0.01, 0.98), (0.99, 0.98))
    for (cx, cy), text in zip(corners, chart.quadrants, strict=True):
        axes.text(
            cx, cy, text.in_(lang), transform=axes.transAxes, fontsize=9, zorder=5,
            bbox={"facecolor": PAPER, "alpha": 0.75, "edgecolor": "none", "pad": 1.5},
            ha="left" if cx < 0.5 else "right", va="bottom" if cy < 0.5 else "top",
        )  # fmt: skip
    legend(axes)
    return figure


def curve(chart: Curve, lang: Lang) -> Figure:
    figure, axes = canvas(chart.title, lang, (7.2, 4.2))
    xs = [as_float(x, chart.across) for x, _ in chart.points]
    ys = [as_float(y, chart.up) for _, y in chart.points]
    axes.plot(xs, ys, color=COLORS[0], linewidth=2)
    axes.fill_between(xs, ys, color=COLORS[0], alpha=0.12, linewidth=0)
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=1)
    for bound in chart.bounds:
        x, y = as_float(bound.across, chart.across), as_float(bound.up, chart.up)
        axes.plot([x, x, 0], [0, y, y], color=INK, linewidth=0.8, linestyle="--")
        axes.plot([x], [y], marker="o", color=COLORS[1])
        axes.annotate(
            f"{bound.label.in_(lang)}: {x:.3g}% → {y:.3g}%",
            (x, y),
            (8, -12),
            textcoords="offset points",
            fontsize=9,
            bbox={"facecolor": PAPER, "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
        )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 102)
    axes.set_xlabel(axis_name(chart.across, lang))
    axes.set_ylabel(axis_name(chart.up, lang))
    axes.grid()
    return figure
