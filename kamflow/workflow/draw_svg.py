"""A workflow drawn: states in rows from the first one down, arrows with numbers, and a legend that tells
them.

A move that many states share (a withdrawal, a closing) is no arrow: a letter marks the states that have it.

Assumes: a graph. Leaves: one self-contained SVG, light and dark, with no font or file from elsewhere.
Moves that go down are drawn on the left of the column where they start, moves that go back up on the
right, so that a stage that can fall back shows it. All places follow from the graph alone: the same file
gives the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from string import ascii_uppercase

from kamflow.base.display import display_width
from kamflow.base.frozen import frozen
from kamflow.base.text import Lang, Text
from kamflow.workflow.picture import Arrow, Graph

_WIDTH, _HEIGHT = 260, 46  # of a state
_GAP_X, _GAP_Y = 70, 62
_MARGIN, _LINE = 36, 19
_STYLE = """
.page{fill:#fff}.state{fill:#f4f7fb;stroke:#4a6785;stroke-width:1.4}.end{stroke-width:3.2}
.name{font:600 14px sans-serif;fill:#1d2b3a}.count{font:12px sans-serif;fill:#4a6785}
.move{fill:none;stroke:#6c7f93;stroke-width:1.3}.time{stroke-dasharray:5 4}.back{stroke:#b0562f}
.disc{fill:#fff;stroke:#6c7f93}
.mark{font:11px sans-serif;fill:#1d2b3a}.told{font:13px sans-serif;fill:#1d2b3a}
@media (prefers-color-scheme:dark){.page{fill:#10161d}.state{fill:#1b2733;stroke:#8fb0d0}
.name,.told,.mark{fill:#e4ebf2}.count{fill:#8fb0d0}
.move{stroke:#8a9bad}.back{stroke:#e0906a}.disc{fill:#10161d;stroke:#8a9bad}}
"""


@frozen
class _Box:
    x: float
    y: float

    @property
    def middle(self) -> float:
        return self.x + _WIDTH / 2


def draw_svg(graph: Graph, lang: Lang, title: Text, counts: Mapping[str, int] | None = None) -> str:
    """Return the picture. ``counts``: cases in each state."""
    rows = _rows(graph)
    columns = max(len(r) for r in rows)
    width = 2 * _MARGIN + columns * _WIDTH + (columns - 1) * _GAP_X + 280
    boxes = _boxes(rows, width)
    bottom = _MARGIN + 34 + len(rows) * (_HEIGHT + _GAP_Y)
    drawn = [a for a in graph.arrows if not a.shared]
    letters = dict(
        zip(dict.fromkeys(a.shared for a in graph.arrows if a.shared), ascii_uppercase, strict=False)
    )
    legend = [_told(i, a, graph, lang) for i, a in enumerate(drawn, 1)]
    legend += [_told_once(letter, shared, graph, lang) for shared, letter in letters.items()]
    width = max(width, 2 * _MARGIN + 8 * max((display_width(t) for t in legend), default=0))
    height = bottom + _LINE * len(legend) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(title.in_(lang))}">',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>',
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text class="name" x="{_MARGIN}" y="{_MARGIN}">{escape(title.in_(lang))}</text>',
    ]
    level = {s: i for i, row in enumerate(rows) for s in row}
    ports = _ports(drawn, level)
    for i, arrow in enumerate(drawn, 1):
        parts += _arrow(i, arrow, boxes, level, ports[i - 1], len(drawn))
    for node in graph.nodes:
        parts += _state(node, boxes[node[0]], lang, counts, first=node[0] == graph.initial)
        own = [letters[a.shared] for a in graph.arrows if a.shared in letters and a.source == node[0]]
        parts += _badges(own, boxes[node[0]])
    parts += [
        f'<text class="told" x="{_MARGIN}" y="{bottom + i * _LINE}">{escape(t)}</text>'
        for i, t in enumerate(legend)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows(graph: Graph) -> list[list[str]]:
    """Put each state below the one from which it is first reached; what nothing reaches comes last."""
    order = [n[0] for n in graph.nodes]
    place = {name: i for i, name in enumerate(order)}
    level = {graph.initial: 0}
    for name in order:  # documents tell a process from its beginning: forward moves go down their order
        for a in graph.arrows:
            if a.source == name and name in level and place[a.target] > place[name]:
                level[a.target] = max(level.get(a.target, 0), level[name] + 1)
    last = max(level.values()) + 1
    for name in order:
        level.setdefault(name, last)
    used = sorted(set(level.values()))
    return [[n for n in order if level[n] == i] for i in used]


def _boxes(rows: Sequence[Sequence[str]], width: float) -> dict[str, _Box]:
    out: dict[str, _Box] = {}
    for i, row in enumerate(rows):
        wide = len(row) * _WIDTH + (len(row) - 1) * _GAP_X
        for j, name in enumerate(row):
            x = (width - wide) / 2 + j * (_WIDTH + _GAP_X)
            out[name] = _Box(x, _MARGIN + 22 + i * (_HEIGHT + _GAP_Y))
    return out


def _ports(arrows: Sequence[Arrow], level: Mapping[str, int]) -> list[tuple[float, float]]:
    """Return for each arrow where on its states it starts and ends, so that no two share a point."""
    out: dict[str, list[int]] = {}
    into: dict[str, list[int]] = {}
    for i, a in enumerate(arrows):
        out.setdefault(a.source, []).append(i)
        into.setdefault(a.target, []).append(i)
    start: dict[int, float] = {}
    end: dict[int, float] = {}
    for own, place, at in ((out, start, 0.5), (into, end, 0.5)):
        for ends in own.values():
            for k, i in enumerate(ends):
                place[i] = at if len(ends) == 1 else 0.12 + 0.76 * k / (len(ends) - 1)
    return [(start[i], end[i]) for i in range(len(arrows))]


def _arrow(
    number: int,
    a: Arrow,
    boxes: Mapping[str, _Box],
    level: Mapping[str, int],
    port: tuple[float, float],
    of: int,
) -> list[str]:
    one, two = boxes[a.source], boxes[a.target]
    x1, x2 = one.x + port[0] * _WIDTH, two.x + port[1] * _WIDTH
    down = level[a.target] > level[a.source]
    bend = 24 + 10 * (number % 5)
    if down and level[a.target] - level[a.source] > 1:  # past other rows: around them on the left
        x1, x2 = one.x, two.x
        y1, y2 = one.y + (0.25 + port[0] / 2) * _HEIGHT, two.y + (0.25 + port[1] / 2) * _HEIGHT
        far = min(b.x for b in boxes.values()) - 40 - 13 * (number % 6)
        points = ((x1, y1), (far, y1), (far, y2), (x2, y2))
    elif down:
        y1, y2 = one.y + _HEIGHT, two.y
        points = ((x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2))
    elif level[a.target] == level[a.source]:
        y1 = y2 = one.y + (0.3 + 0.4 * (number % 2)) * _HEIGHT
        right = two.x > one.x
        x1, x2 = (one.x + _WIDTH, two.x) if right else (one.x, two.x + _WIDTH)
        third = (x2 - x1) / 3
        points = ((x1, y1), (x1 + third, y1 - 12), (x2 - third, y2 - 12), (x2, y2))
    else:
        far_up = level[a.source] - level[a.target] > 1  # past other rows: around them all
        side = max(b.x for b in boxes.values()) if far_up else max(one.x, two.x)
        far = side + _WIDTH + 40 + 13 * (number % 6)
        y1, y2 = one.y + port[0] * _HEIGHT, two.y + port[1] * _HEIGHT
        x1, x2 = one.x + _WIDTH, two.x + _WIDTH
        points = ((x1, y1), (far, y1), (far, y2), (x2, y2))
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    t = 0.3 + 0.4 * number / (of + 1)  # discs of neighbours lie apart
    mx, my = _on_curve(points, t)
    kind = "move" + (" time" if a.by_time else "") + ("" if down else " back")
    return [
        f'<path class="{kind}" marker-end="url(#tip)" '
        f'd="M{ax:.1f} {ay:.1f}C{bx:.1f} {by:.1f} {cx:.1f} {cy:.1f} {dx:.1f} {dy:.1f}"/>',
        f'<circle class="disc" cx="{mx:.1f}" cy="{my:.1f}" r="9"/>'
        f'<text class="mark" x="{mx:.1f}" y="{my + 4:.1f}" text-anchor="middle">{number}</text>',
    ]


def _on_curve(points: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    """Return the point of a Bézier curve at ``t`` (de Casteljau)."""
    left = list(points)
    while len(left) > 1:
        left = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(left)]
    return left[0]


def _state(
    node: tuple[str, Text, bool], box: _Box, lang: Lang, counts: Mapping[str, int] | None, *, first: bool
) -> list[str]:
    name, label, ends = node
    said = label.in_(lang) or name
    if display_width(said) > 30:
        said = said[: 29 - (display_width(said) - len(said)) // 2] + "…"
    kind = "state end" if ends else "state"
    y = box.y + (28 if counts is None else 20)
    out = [
        f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{_WIDTH}" height="{_HEIGHT}" rx="9"/>',
        f'<text class="name" x="{box.middle:.1f}" y="{y:.1f}" text-anchor="middle">{escape(said)}</text>',
    ]
    if counts is not None:
        count = f"{counts.get(name, 0):,}"
        out.append(
            f'<text class="count" x="{box.middle:.1f}" y="{box.y + 38:.1f}" text-anchor="middle">'
            f"{count}</text>"
        )
    if first:
        out.append(f'<circle class="mark" cx="{box.x - 16:.1f}" cy="{box.y + _HEIGHT / 2:.1f}" r="6"/>')
    return out


def _badges(letters: Sequence[str], box: _Box) -> list[str]:
    return [
        f'<text class="count" x="{box.x + _WIDTH - 14 - 12 * i:.1f}" y="{box.y + 16:.1f}">{letter}</text>'
        for i, letter in enumerate(letters)
    ]


def _told_once(letter: str, shared: str, graph: Graph, lang: Lang) -> str:
    own = [a for a in graph.arrows if a.shared == shared]
    target = next(n[1].in_(lang) or n[0] for n in graph.nodes if n[0] == own[0].target)
    why = ("；" if lang is Lang.ZH else "; ").join(t.in_(lang) for t in own[0].labels)
    if lang is Lang.ZH:
        return f"{letter}  凡标有 {letter} 的状态 → {target}：{why}"
    return f"{letter}  every state marked {letter} → {target}: {why}"


def _told(number: int, arrow: Arrow, graph: Graph, lang: Lang) -> str:
    labels = {n[0]: n[1].in_(lang) or n[0] for n in graph.nodes}
    why = ("；" if lang is Lang.ZH else "; ").join(t.in_(lang) for t in arrow.labels)
    colon = "：" if lang is Lang.ZH else ": "
    return f"{number}  {labels[arrow.source]} → {labels[arrow.target]}{colon}{why}"
