"""Reports as one page that needs nothing else: no script, no server; tables and charts in it.

Assumes: reports, and their charts as SVG where they could be drawn. Everything that comes from policies and
records is escaped. Leaves: a page that reads on a telephone, in the dark and on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from kamflow.base.display import visible
from kamflow.base.text import Lang, Text
from kamflow.core.ty import ScaledTy, UnitKind, strip_opt
from kamflow.report.cells import show_cell
from kamflow.report.model import Column, Report, Table
from kamflow.report.portfolio import Portfolio
from kamflow.report.style import STYLE
from kamflow.report.svg_inline import inline, is_wide

INLINE_COLORS = {"#1c2025": "var(--ink)", "#fefefe": "var(--paper)", "#d5d9de": "var(--faint)"}
"""Those of ``canvas.py``; a test holds both together."""


def safe(text: str) -> str:
    return escape(visible(text))


def page(
    reports: Sequence[Report], portfolio: Portfolio, pictures: Mapping[tuple[str, str], str], lang: Lang
) -> str:
    """Return the page. ``pictures``: SVG by report and chart; those that are not there are left out."""
    title = safe(Text("Portfolio reports", "客户组合报告").in_(lang))
    if len(reports) == 1:
        title = safe(reports[0].title.in_(lang))
    body = "\n".join(_body(reports, portfolio, pictures, lang, title))
    html_lang = "zh-CN" if lang is Lang.ZH else "en"
    return (
        f'<!doctype html>\n<html lang="{html_lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(
    reports: Sequence[Report], p: Portfolio, pictures: Mapping[tuple[str, str], str], lang: Lang, title: str
) -> Iterator[str]:
    yield f"<header>\n<h1>{title}</h1>"
    said = Text(
        f"as of {p.as_of} · {p.count:,} records decided, {p.rejected:,} rejected",
        f"报告日 {p.as_of} · 已决策 {p.count:,} 条，拒绝 {p.rejected:,} 条",
    )
    yield f'<p class="dim">{safe(p.source)} · {safe(said.in_(lang))}<br>{_policies(p, lang)}</p>'
    yield "</header>"
    if len(reports) > 1:
        contents = safe(Text("Contents", "目录").in_(lang))
        yield f'<nav aria-label="{contents}"><ol>'
        for one in reports:
            yield f'<li><a href="#{one.name}">{safe(one.title.in_(lang))}</a></li>'
        yield "</ol></nav>"
    yield "<main>"
    for one in reports:
        yield from _report(one, p, pictures, lang)
    yield "</main>"


def _policies(p: Portfolio, lang: Lang) -> str:
    word = Text("policies: ", "策略：").in_(lang)
    names = ", ".join(f"{i.name} {i.digest.removeprefix('sha256:')[:8]}" for i in p.program.policies)
    return safe(f"{word}{names}")


def _report(one: Report, p: Portfolio, pictures: Mapping[tuple[str, str], str], lang: Lang) -> Iterator[str]:
    yield f'<section id="{one.name}">\n<h2>{safe(one.title.in_(lang))}</h2>'
    yield '<ul class="how">'
    for text in one.definition:
        yield f"<li>{safe(text.in_(lang))}</li>"
    yield "</ul>"
    if one.missing:
        head = safe(Text("Missing", "缺失说明").in_(lang))
        yield f'<div class="missing" role="note"><b>{head}</b><ul>'
        for text in one.missing:
            yield f"<li>{safe(text.in_(lang))}</li>"
        yield "</ul></div>"
    drawn = [(c, pictures[one.name, c.name]) for c in one.charts if (one.name, c.name) in pictures]
    if drawn:
        yield '<div class="charts">'
        for chart, svg in drawn:
            prefix = f"{one.name}-{chart.name}"
            drawing = inline(svg, prefix, chart.title.in_(lang), INLINE_COLORS)
            full = ' class="full"' if is_wide(svg) else ""
            yield f"<figure{full}>{drawing}</figure>"
        yield "</div>"
    if one.tables:
        yield '<div class="tables">'
        for table in one.tables:
            yield "<div>"
            yield from _table(table, one, p, lang)
            yield "</div>"
        yield "</div>"
    yield "</section>"


def _table(table: Table, report: Report, p: Portfolio, lang: Lang) -> Iterator[str]:
    yield f"<h3>{safe(table.title.in_(lang))}</h3>"
    if not table.rows:
        yield f'<p class="dim">{safe(Text("Nothing.", "无。").in_(lang))}</p>'
        return
    heads = "".join(_cell("th", c, c.title.in_(lang)) for c in table.columns)
    yield f'<div class="wide"><table id="{report.name}-{table.name}"><thead><tr>{heads}</tr></thead><tbody>'
    for row in table.rows[: table.shown]:
        cells = zip(row, table.columns, strict=True)
        yield (
            "<tr>" + "".join(_cell("td", c, show_cell(v, c, p.program).in_(lang)) for v, c in cells) + "</tr>"
        )
    yield "</tbody></table></div>"
    more = len(table.rows) - table.shown
    if more > 0:
        file = f"{report.name}/{table.name}.csv"
        said = Text(f"and {more:,} more lines in {file}", f"另有 {more:,} 行，见 {file}")
        yield f'<p class="dim">{safe(said.in_(lang))}</p>'
    if table.note:
        yield f'<p class="dim">{safe(table.note.in_(lang))}</p>'


def _cell(tag: str, column: Column, text: str) -> str:
    kind = "" if _is_number(column) else ' class="text"'
    return f"<{tag}{kind}>{safe(text)}</{tag}>"


def _is_number(column: Column) -> bool:
    ty = strip_opt(column.ty) if column.ty is not None else None
    return isinstance(ty, ScaledTy) and ty.unit.kind is not UnitKind.DATE
