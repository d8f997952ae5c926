"""Charts as pictures: SVG whose text is text, and PNG. Only the modules that draw know matplotlib.

Assumes: charts as values; floats are made in drawing and only there. Leaves: bytes that are the same for the
same chart. Colours of ink and paper are marked: ``page.py`` lets them follow the reader's dark mode.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from kamflow.base.text import Lang
from kamflow.report.canvas import FAINT, INK, PAPER, fit
from kamflow.report.draw_bars import bars, lines
from kamflow.report.draw_fields import curve, heat, scatter
from kamflow.report.model import Bars, Chart, Curve, Heat, Lines, Scatter

CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Hiragino Sans GB",
    "Noto Sans CJK JP", "Noto Sans CJK TC", "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip


@cache
def chinese_font() -> str | None:
    """Return a font of this system that has Chinese characters; None where there is none."""
    return _known_font() or (_known_font() if _learn_new_fonts() else None)


def _known_font() -> str | None:
    known = {f.name for f in font_manager.fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in known), None)


def _learn_new_fonts() -> int:
    """Read the fonts that were installed after matplotlib wrote its list of them; return how many."""
    manager = font_manager.fontManager
    known = {f.fname for f in manager.ttflist}
    found = [path for path in font_manager.findSystemFonts() if path not in known]
    for path in found:
        with suppress(OSError, RuntimeError):  # not every font file can be read
            manager.addfont(path)
    return len(found)


def draw(chart: Chart, lang: Lang) -> tuple[str, bytes]:
    """Return a chart as SVG and as PNG (twice the size)."""
    with _style():
        figure = _figure(chart, lang)
        fit(figure)
        svg, png = io.StringIO(), io.BytesIO()
        save_svg = FigureCanvasSVG(figure).print_svg
        save_svg(svg, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        figure.set_dpi(160)
        save_png = FigureCanvasAgg(figure).print_png
        save_png(png, metadata={"Software": None}, pil_kwargs={"compress_level": 3})  # type: ignore[no-untyped-call]
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
            return bars(chart, lang)
        case Lines():
            return lines(chart, lang)
        case Heat():
            return heat(chart, lang)
        case Scatter():
            return scatter(chart, lang)
        case Curve():
            return curve(chart, lang)
