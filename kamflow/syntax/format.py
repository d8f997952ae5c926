"""The canonical layout of a policy file: `kamflow fmt`.

Assumes: a file that was parsed without an error (what could not be parsed is in no node and would be
lost), and its source. Leaves: text that reads back as the same nodes; laying it out again changes
nothing. With another language the keywords, quotes and units change and nothing else: a name that is a
keyword over there can't be kept, so callers ask ``reads_back`` before they overwrite a file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax import nodes
from kamflow.syntax.format_comments import blank_above, place_comments
from kamflow.syntax.format_decl import decl_lines, header_lines
from kamflow.syntax.format_words import Page
from kamflow.syntax.parse import parse_file


@dataclass(slots=True)
class _Part:
    """The header or a declaration, with the comments above it and in it."""

    node: nodes.Header | nodes.Decl | None  # None: what follows the last declaration
    leading: list[nodes.Comment]
    inner: list[nodes.Comment]


def format_file(file: nodes.PolicyFile, source: Source, lang: Lang | None = None) -> str:
    """Write a file in its canonical layout, in ``lang`` or the language it has."""
    page = Page(lang or file.lang, source, tuple(sorted(c.span.start for c in file.comments)))
    out: list[str] = []
    previous: nodes.Header | nodes.Decl | None = None
    for part in _parts(file, page):
        together = part.node is not None and _group(previous) == _group(part.node) != ""
        for comment in part.leading:
            if out and (blank_above(source, comment.span.start) or not together):
                _blank(out)
            together = True  # the rest stands below this comment, as in the source
            out.append(comment.text)
        if part.node is None:
            continue
        if isinstance(part.node, nodes.Header):
            lines = header_lines(part.node, page)
        else:
            lines = decl_lines(part.node, page)
        if out and (not together or blank_above(source, page.place(part.node.span))):
            _blank(out)
        placed = place_comments(lines, part.inner, source)
        out += [*placed.above, *placed.lines]
        previous = part.node
    return "\n".join(out) + "\n"


def reads_back(text: str, file: nodes.PolicyFile, lang: Lang | None = None) -> bool:
    """Say whether ``text`` parses, without a finding, to the nodes of ``file``."""
    sink = Sink()
    again = parse_file(Source(file.source, text), sink)
    return not len(sink) and again == replace(file, lang=lang or file.lang)


def _blank(out: list[str]) -> None:
    if out[-1]:
        out.append("")


def _group(node: nodes.Header | nodes.Decl | None) -> str:
    """Name the kind of a declaration that may stand right below one of its kind."""
    match node:
        case nodes.TypeDecl():
            return "type"
        case nodes.DefineNode(measure=measure):
            return "define" if measure is None else "measure"
        case nodes.PropertyNode():
            return "property"
        case nodes.PopulationNode():
            return "population"
        case nodes.ImpossibleNode():
            return "impossible"
        case nodes.DecisionNode(body=nodes.ExprBody()):
            return "decision"
        case _:
            return ""


def _parts(file: nodes.PolicyFile, page: Page) -> list[_Part]:
    """Deal the comments out: above a declaration, or in it."""
    found: Sequence[nodes.Header | nodes.Decl] = [*([file.header] if file.header else []), *file.decls]
    parts = [_Part(node, [], []) for node in (*found, None)]
    begins = [page.place(node.span) or 0 for node in found]
    for comment in sorted(file.comments, key=lambda c: c.span.start):
        at = comment.span.start
        index = bisect_right(begins, at) - 1
        inside = index >= 0 and at < found[index].span.end
        if inside or (index >= 0 and not comment.own_line):
            parts[index].inner.append(comment)
        else:
            parts[index + 1].leading.append(comment)
    return parts
