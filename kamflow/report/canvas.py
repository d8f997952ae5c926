"""What all pictures share: colours, an empty canvas, numbers and names on axes.

Assumes: matplotlib. Leaves: floats are made here and in the modules that draw, nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kamflow.base.text import Lang, Text
from kamflow.report.model import Axis

INK, PAPER, FAINT = "#1c2025", "#fefefe", "#d5d9de"
"""Ink of texts and axes, paper, grid: nothing else has these colours."""
COLORS = ("#2f6fb3", "#d9822b", "#3f9a6c", "#b3404a", "#7d5ba6", "#8a8f98", "#c2a13a", "#4aa3b5")
_PAD = 4.0  # points


def canvas(title: Text, lang: Lang, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return an empty picture (inches) with its title above the whole of it."""
    figure = Figure(figsize=size)
    axes = figure.add_subplot()
    height = size[1] * 72
    figure.text(
        _PAD / (size[0] * 72), 1 - _PAD / height, title.in_(lang), ha="left", va="top", fontsize=11
    )  # fmt: skip
    return figure, axes


def fit(figure: Figure) -> None:
    """Give the axes all the room that texts and legend leave, once for SVG and PNG.

    The layouts of matplotlib measure every text twice, and again for each picture: that takes longer than
    drawing.
    """
    (axes,), (title,) = figure.axes, figure.texts
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]  # matplotlib's own
    outer, inner = axes.get_tightbbox(renderer), axes.get_window_extent()
    assert outer is not None
    width, height = figure.bbox.size
    pad = _PAD * figure.dpi / 72
    above = title.get_window_extent(renderer).height + 2 * pad
    left, bottom = inner.x0 - outer.x0 + pad, inner.y0 - outer.y0 + pad
    right, top = outer.x1 - inner.x1 + pad, outer.y1 - inner.y1 + pad + above
    axes.set_position((
        left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height,
    ))  # fmt: skip


def legend(axes: Axes) -> None:
    """Stand the legend beside the axes, where it hides nothing."""
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.03))


def as_float(value: int | None, axis: Axis) -> float:
    return 0.0 if value is None else float(value) / float(10**axis.scale)


def axis_name(axis: Axis, lang: Lang) -> str:
    title = axis.title.in_(lang)
    if not axis.unit:
        return title
    unit = "元" if axis.unit == "CNY" and lang is Lang.ZH else axis.unit
    return f"{title}（{unit}）" if lang is Lang.ZH else f"{title} ({unit})"


def short_number(value: float, lang: Lang) -> str:
    """Write a number on an axis or a bar: 1.2 M, 120万."""
    size = abs(value)
    steps = ((1e8, "亿"), (1e4, "万")) if lang is Lang.ZH else ((1e9, " bn"), (1e6, " M"), (1e4, " k"))
    for least, unit in steps:
        if size >= least:
            part = value / (1e3 if unit == " k" else least)
            return f"{part:,.0f}{unit}" if abs(part) >= 100 else f"{part:.3g}{unit}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def ticks(axes: Axes, which: str, lang: Lang, along: Axis) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    if along.scale == 0 and axis.get_scale() == "linear":  # there is no half of a customer
        axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_major_formatter(FuncFormatter(lambda v, _: short_number(v, lang)))


def some_ticks(axes: Axes, names: Sequence[str], room: int) -> None:
    """Name as many of the places across as there is room for (in Latin letters), at even distances."""
    step = max(1, -(-len(names) * (wide(names) + 2) // room))
    shown = range(0, len(names), step)
    axes.set_xticks(list(shown), [names[k] for k in shown])


def wide(texts: Sequence[str]) -> int:
    """Return how wide the widest text is, in Latin letters."""
    return max((sum(2 if ord(c) > 0x2E80 else 1 for c in t) for t in texts), default=0)
