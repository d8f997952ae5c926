"""The form for people: what was found, the lines it is about, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kamflow.base.diagnostic import Diagnostic, Edit
from kamflow.base.display import truncate, visible
from kamflow.base.frozen import frozen
from kamflow.base.render.paint import STYLE_OF, Style, paint
from kamflow.base.render.places import in_order, show_place
from kamflow.base.render.plain import SEVERITY_WORDS
from kamflow.base.render.snippet import Mark, last_line, show_snippet
from kamflow.base.span import Place, Source, Span
from kamflow.base.text import Lang, Text

WHY = Text("why", "影响")
EXAMPLE = Text("example", "示例")
HINT = Text("hint", "建议")
FIX = Text("fix", "修改")
_MAX_LABELS = 12
_MAX_QUOTE = 60  # columns of replaced text


@frozen
class _View:
    """What a finding is shown with."""

    sources: Mapping[str, Source]
    lang: Lang
    color: bool


@frozen
class _Said:
    """A place of the finding, and what is said about it."""

    place: Place
    text: str
    style: Style
    primary: bool = False


def render_full(
    findings: Iterable[Diagnostic],
    sources: Mapping[str, Source],
    lang: Lang = Lang.EN,
    color: bool = False,
) -> str:
    """Return all findings in the order of the text, a blank line after each."""
    view = _View(sources, lang, color)
    return "".join("\n".join(_finding(f, view)) + "\n\n" for f in in_order(findings))


def _finding(finding: Diagnostic, view: _View) -> list[str]:
    style = STYLE_OF[finding.severity]
    colon = "：" if view.lang is Lang.ZH else ":"
    head = paint(f"{finding.code} {SEVERITY_WORDS[finding.severity].in_(view.lang)}", style, view.color)
    message = _indent(finding.message.in_(view.lang), "  ")
    rows = [head + paint(colon, style, view.color) + " " * (view.lang is Lang.EN) + _strong(message, view)]
    places = _places(finding, style, view.lang)
    gutter = _gutter(places, view.sources)
    rows += _blocks(places, gutter, view)
    rows += _notes(finding, gutter, view)
    return rows


def _places(finding: Diagnostic, style: Style, lang: Lang) -> list[_Said]:
    """List the primary place, then those of the labels; a label on the primary place speaks for it."""
    same = [_flat(label.text, lang) for label in finding.labels if label.span == finding.span]
    others = [label for label in finding.labels if label.span != finding.span]
    return [
        _Said(finding.span, "; ".join(same), style, primary=True),
        *(_Said(label.span, _flat(label.text, lang), Style.LABEL) for label in others[:_MAX_LABELS]),
    ]


def _flat(text: Text, lang: Lang) -> str:
    return text.in_(lang).replace("\n", " ")


def _gutter(places: list[_Said], sources: Mapping[str, Source]) -> int:
    """Return the width of the largest line number that will be shown."""
    spans = [s.place for s in places if isinstance(s.place, Span) and s.place.source in sources]
    return len(str(max((last_line(sources[span.source], span) for span in spans), default=1)))


def _blocks(places: list[_Said], gutter: int, view: _View) -> list[str]:
    """Show the file of the finding first, then each other file that a label points into."""
    rows: list[str] = []
    arrow = "-->"
    for name in dict.fromkeys(s.place.source for s in places):
        here = [s for s in places if s.place.source == name]
        if name:
            place = show_place(here[0].place, view.sources, view.lang)
            rows.append(f"{paint(' ' * gutter + arrow, Style.FRAME, view.color)} {place}")
        rows += _block(here, gutter, view)
        arrow = ":::"
    return rows


def _block(here: list[_Said], gutter: int, view: _View) -> list[str]:
    """Show the text around the places; what has no text is said in a line of its own."""
    bar = paint(f"{'':>{gutter}} |", Style.FRAME, view.color)
    source = view.sources.get(here[0].place.source)
    marks: list[Mark] = []
    rows: list[str] = []
    for said in here:
        if isinstance(said.place, Span) and source is not None:
            marks.append(Mark(said.place, said.text, said.style, said.primary))
        elif said.text:
            place = show_place(said.place, view.sources, view.lang)
            lead = "" if said is here[0] or not place else f"{place}: "
            rows.append(f"{bar} {lead}{visible(said.text)}")
    if source is not None and marks:
        rows = [bar, *show_snippet(source, marks, gutter, view.color), bar, *rows]
    return rows


def _notes(finding: Diagnostic, gutter: int, view: _View) -> list[str]:
    colon = "：" if view.lang is Lang.ZH else ": "
    lead = paint(f"{'':>{gutter}} = ", Style.FRAME, view.color)
    rows: list[str] = []

    def note(name: Text, text: str) -> None:
        title = name.in_(view.lang)
        body = _indent(text, " " * (gutter + 5))
        rows.append(f"{lead}{_strong(title + colon.rstrip(), view)}{' ' * colon.endswith(' ')}{body}")

    left_out = sum(label.span != finding.span for label in finding.labels) - _MAX_LABELS
    if left_out > 0:
        note(
            Text("places", "位置"),
            Text(f"{left_out} more not shown", f"另有 {left_out} 处未显示").in_(view.lang),
        )
    if finding.why:
        note(WHY, finding.why.in_(view.lang))
    if finding.example:
        comma = "，" if view.lang is Lang.ZH else ", "
        note(EXAMPLE, comma.join(f"{name} = {value}" for name, value in finding.example))
    if finding.hint:
        note(HINT, finding.hint.in_(view.lang))
    for edit in finding.fix:
        note(FIX, _edit(edit, view))
    return rows


def _edit(edit: Edit, view: _View) -> str:
    source = view.sources.get(edit.span.source)
    old = source.text[edit.span.start : edit.span.end] if source else ""
    old = truncate(visible(old.replace("\n", " ")), _MAX_QUOTE)
    place = show_place(edit.span, view.sources, view.lang)
    if source and edit.new_text.startswith("\n"):  # whole lines
        line, _ = source.line_col(edit.span.start)
        lines = "\n".join(row.strip() for row in edit.new_text[1:].split("\n"))
        head = Text(f"below line {line}", f"在第 {line} 行下方加入").in_(view.lang)
        return f"{head}\n{lines}"
    if not old:
        return Text(f"insert `{edit.new_text}` at {place}", f"在 {place} 处插入 `{edit.new_text}`").in_(
            view.lang
        )
    if not edit.new_text:
        return Text(f"delete `{old}` at {place}", f"删除 {place} 处的 `{old}`").in_(view.lang)
    return Text(
        f"replace `{old}` by `{edit.new_text}` at {place}",
        f"把 {place} 处的 `{old}` 改为 `{edit.new_text}`",
    ).in_(view.lang)


def _indent(text: str, blanks: str) -> str:
    """Make text safe to print; its further lines never begin in the first column."""
    return f"\n{blanks}".join(visible(line) for line in text.split("\n"))


def _strong(text: str, view: _View) -> str:
    return paint(text, Style.STRONG, view.color)
