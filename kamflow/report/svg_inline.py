"""An SVG that stands in a page: no header, names of its own, ink and paper that follow the page's colours.

Assumes: what ``draw.py`` made. Leaves: an ``<svg>`` element with a title for those who can't see it.
"""

from __future__ import annotations

import re
from html import escape

_HALF_PAGE = 620  # points
_FAMILY = re.compile(r"font-family:[^;\"]*;?")


def inline(svg: str, prefix: str, title: str, colors: dict[str, str]) -> str:
    """Return an SVG for a page; ``colors``: colour as drawn → what stands in its place (``var(--ink)``)."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r'(xlink:href|href)="#([^"]+)"', rf'\1="#{prefix}-\2"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    for color, now in colors.items():
        body = body.replace(color, now)
    body = _FAMILY.sub("", body)
    head = body[: body.index(">")]
    width = re.search(r'width="([\d.]+)pt"', head)
    kept = re.sub(r' (?:width|height)="[^"]*"', "", head)
    style = f' style="max-width:{width[1]}pt"' if width else ""
    name = f'{kept}{style} role="img" aria-label="{escape(title, quote=True)}">'
    return name + body[len(head) + 1 :].rstrip()


def is_wide(svg: str) -> bool:
    """Say whether a picture needs the whole width of a page to be read."""
    width = re.search(r'<svg\b[^>]*? width="([\d.]+)pt"', svg, re.DOTALL)
    return width is not None and float(width[1]) > _HALF_PAGE


def standalone(svg: str) -> str:
    """Return an SVG for a file of its own: fonts that any system has come after ours."""
    fallback = "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'DejaVu Sans', sans-serif"
    return _FAMILY.sub(f"font-family: {fallback};", svg)
