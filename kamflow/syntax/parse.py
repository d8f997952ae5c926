"""A policy file, text to nodes: every declaration on its own, so that one mistake gives one finding.

Assumes: bytes or text of one file. Leaves: a ``PolicyFile`` with the declarations that parse; each one
that does not gives a finding, and the names in it are remembered as ``broken``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from kamflow.base.collector import collector_at_rest
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang, Text
from kamflow.syntax import errors, nodes
from kamflow.syntax.build_parts import BadSyntax, span_of
from kamflow.syntax.explain_token import explain_unexpected
from kamflow.syntax.grammar import EXPRESSION, FIELD, START, UnexpectedTokenError, parse_tokens
from kamflow.syntax.keywords import load_keywords
from kamflow.syntax.tokens import Chunk, Token, detect_lang, tokenize

MAX_BYTES = 1 << 20
MAX_DEPTH = 200
MAX_FINDINGS = 25
"""Findings of one file; what comes after is counted in the last one."""
_MAX_REPAIRS = 20
_MAX_REPARSED = 1_000_000
"""Tokens of a file that are parsed a further time: so that ten bad rows in each of ten large tables
don't take a minute."""
_CLOSED = frozenset(START) - {
    "_TYPE", "_DEFINE", "_MEASURE", "_POPULATION", "ALWAYS", "NEVER", "_IMPOSSIBLE",
}  # fmt: skip
"""Declarations that close with `end`."""


def decode(name: str, data: bytes, sink: Sink) -> Source | None:
    """Read the bytes of a policy file as text; None where that fails (with the finding)."""
    start = Span(name, 0, 0)
    if len(data) > MAX_BYTES:
        sink.add(errors.file_too_large(start, len(data), MAX_BYTES))
        return None
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as e:
        sink.add(errors.not_utf8(start, e.start))
        return None


def parse_file(source: Source, sink: Sink) -> nodes.PolicyFile | None:
    """Parse one file. Returns None only where not even its language can be told."""
    lang = detect_lang(source.text)
    if lang is None:
        sink.add(errors.no_policy_header(Span(source.name, 0, min(1, len(source.text)))))
        return None
    with collector_at_rest():
        return _parse_all(source, lang, sink)


def _parse_all(source: Source, lang: Lang, sink: Sink) -> nodes.PolicyFile:
    found = Sink()
    tokens = tokenize(source, lang, found)
    work = _Work(lang, found, _holes(found), _MAX_REPARSED)
    header: nodes.Header | None = None
    decls: list[nodes.Decl] = []
    broken: set[str] = set()
    for chunk in tokens.chunks:
        node, dropped = _parse_chunk(chunk, work)
        broken.update(t.text for t in dropped if t.type == "NAME")
        if isinstance(node, nodes.Header):
            if header is not None:
                found.add(errors.second_header(node.span, header.span))
            else:
                header = node
        elif node is not None:
            decls.append(node)
    sink.extend(_first_of(found))
    return nodes.PolicyFile(source.name, lang, header, tuple(decls), tokens.comments, frozenset(broken))


def parse_expression(source: Source, lang: Lang, sink: Sink, at: int = 0) -> nodes.Expr | None:
    """Parse one expression that stands alone: a guard of a workflow, a question on the command line.

    ``at``: where its text begins in the file that ``source`` names; all places count from that file's start.
    """
    prefix = {Lang.EN: "define\n", Lang.ZH: "定义\n"}[lang]
    inner = _fragment(prefix, source, lang, sink, at)
    if inner is None:
        return None
    if not inner:
        what = Text("an empty expression", "空表达式")
        value = "a value" if lang is Lang.EN else "一个值"
        sink.add(errors.unexpected(Span(source.name, at, at), what, [value], context=None))
        return None
    node: nodes.Expr | None
    node, finding = _parse(inner, EXPRESSION, lang, Chunk("_DEFINE", inner))
    if finding is not None:
        sink.add(finding)
    return node


def parse_field(
    name: nodes.Name, source: Source, lang: Lang, sink: Sink, at: int = 0
) -> nodes.FieldNode | None:
    """Parse what a record's field says behind its name: `yes/no, optional`, `count, default 0`.

    Places as in ``parse_expression``.
    """
    prefix = {Lang.EN: "record\nx : ", Lang.ZH: "记录\nx : "}[lang]
    inner = _fragment(prefix, source, lang, sink, at)
    if inner is None:
        return None
    if len(inner) < 3:
        what = Text("no type", "没有类型")
        kind = "a type such as `count`" if lang is Lang.EN else "类型，例如“个数”"
        sink.add(errors.unexpected(Span(source.name, at, at), what, [kind], context=None))
        return None
    own = Token(name.span.source, "NAME", name.text, name.span.start, name.span.end)
    tokens = [own, *inner[1:]]
    node: nodes.FieldNode | None
    node, finding = _parse(tokens, FIELD, lang, Chunk("_RECORD", tokens))
    if finding is not None:
        sink.add(finding)
    return node


def _fragment(prefix: str, source: Source, lang: Lang, sink: Sink, at: int) -> list[Token] | None:
    """Return the tokens of a part of a declaration without its keyword; None with findings."""
    found = Sink()
    tokens = tokenize(Source(source.name, prefix + source.text), lang, found, at - len(prefix))
    if len(found):
        sink.extend(found.sorted())
        return None
    return [t for chunk in tokens.chunks for t in chunk.tokens][1:]


@dataclass(slots=True)
class _Work:
    """What the declarations of one file share: its findings, and how much may still be parsed again."""

    lang: Lang
    found: Sink
    holes: list[int]  # where tokens are missing, in order
    left: int


def _first_of(found: Sink) -> list[Diagnostic]:
    """Return the findings of a file, or the first of them and how many there are beyond."""
    findings = list(found.sorted())
    if len(findings) <= MAX_FINDINGS:
        return findings
    keep = findings[: MAX_FINDINGS - 1]
    place = findings[MAX_FINDINGS - 1].span
    return [*keep, errors.more_findings(place, len(findings) - len(keep))]


def _parse_chunk(chunk: Chunk, work: _Work) -> tuple[Any, list[Token]]:
    """Parse one declaration; a bad row or field is reported, left out, and the rest tried again."""
    tokens, after = _cut_at_end(chunk)
    if after and not _has_hole([tokens[-1], *after], work.holes):
        end_word = load_keywords().spell("_END", work.lang)
        work.found.add(errors.after_end(span_of(after[0]).to(span_of(after[-1])), end_word))
    dropped: list[Token] = list(after)
    line_starts = {id(chunk.tokens[i]) for i in chunk.line_starts}
    repaired = False
    for _ in range(_MAX_REPAIRS):
        node, finding = _parse(tokens, START[chunk.kind], work.lang, chunk)
        if finding is None:
            # what was repaired may differ from what the author meant: types yes, results no
            if repaired and not isinstance(node, nodes.RecordNode | nodes.ParamNode):
                return None, dropped + tokens
            return node, dropped
        if repaired and _at_the_end(finding, tokens):
            return None, dropped + tokens  # only because its last field or row was left out
        if not _has_hole(tokens, work.holes):
            work.found.add(finding)
        work.left -= len(tokens)
        if work.left < 0 or len(work.found) > MAX_FINDINGS:
            return None, dropped + tokens
        repaired = True
        if finding.code == errors.MISSING_END.code:
            last = tokens[-1]
            tokens = [*tokens, Token(last.source, "_END", "", last.end, last.end)]
            continue
        line = _line_of(finding.span, tokens, line_starts)
        if line is None:
            return None, dropped + tokens
        begin, end = line
        dropped += tokens[begin:end]
        tokens = tokens[:begin] + tokens[end:]
    return None, dropped + tokens


_BREAKS_SHAPE = frozenset({"KF0104", "KF0105", "KF0110", "KF0111", "KF0112"})


def _holes(found: Sink) -> list[int]:
    spans = [f.span for f in found.sorted() if f.code in _BREAKS_SHAPE]
    return sorted(s.start for s in spans if isinstance(s, Span))


def _has_hole(tokens: list[Token], holes: list[int]) -> bool:
    """Say whether the tokens have a hole that was reported already: the rest is only its shadow."""
    first = bisect_left(holes, tokens[0].start)
    return first < len(holes) and holes[first] <= tokens[-1].end + 1


def _at_the_end(finding: Diagnostic, tokens: list[Token]) -> bool:
    """Say whether a declaration ends too early: at its `end`, or at the end of the file."""
    last, at = tokens[-1], finding.span
    if not isinstance(at, Span) or finding.code == errors.MISSING_END.code:
        return False
    return at.start == last.end or (last.type == "_END" and at.start == last.start)


def _line_of(at: object, tokens: list[Token], line_starts: set[int]) -> tuple[int, int] | None:
    """Return the tokens (from, to) of the row or field line around a finding, None elsewhere."""
    if not isinstance(at, Span):
        return None
    index = next((i for i, t in enumerate(tokens) if t.end > at.start or t.end == at.end), None)
    if index is None:
        return None
    begin = index
    while begin > 0 and id(tokens[begin]) not in line_starts:
        begin -= 1
    end = index + 1
    while end < len(tokens) and id(tokens[end]) not in line_starts:
        end += 1
    first = tokens[begin]
    is_row = first.type == "_BAR" and tokens[begin - 1].type == "_ROW_END"  # not the head of a table
    is_field = first.type == "NAME" and begin + 1 < end and tokens[begin + 1].type == "_COLON"
    return (begin, end) if (is_row or is_field) and begin > 0 else None


def _cut_at_end(chunk: Chunk) -> tuple[list[Token], list[Token]]:
    """Split a declaration at its first `end`: what follows belongs to nothing."""
    for i, token in enumerate(chunk.tokens):
        if token.type == "_END":
            keep = i + 1 if chunk.kind in _CLOSED | {"_POLICY"} else i
            return chunk.tokens[:keep], chunk.tokens[keep:]
    return chunk.tokens, []


def _parse(tokens: list[Token], start: str, lang: Lang, chunk: Chunk) -> tuple[Any, Diagnostic | None]:
    try:
        node = parse_tokens(tokens, start)
    except UnexpectedTokenError as e:
        return None, explain_unexpected(e, tokens, chunk, lang)
    except BadSyntax as e:
        return None, e.finding
    if _longest_run(tokens) > MAX_DEPTH and _depth(node) > MAX_DEPTH:
        return None, errors.too_deep(span_of(tokens[0]))
    if isinstance(node, nodes.Header | nodes.Decl):
        node = replace(node, span=span_of(tokens[0]).to(span_of(tokens[-1])))
    return node, None


_SEPARATORS = frozenset({"_BAR", "_DBAR", "_ROW_END"})


def _longest_run(tokens: list[Token]) -> int:
    """Return the most tokens between two separators: no expression is nested deeper than that."""
    longest = run = 0
    for token in tokens:
        run = 0 if token.type in _SEPARATORS else run + 1
        longest = max(longest, run)
    return longest


def _depth(node: object) -> int:
    """Return how deep nodes stand in each other, without recursion."""
    deepest, stack = 0, [(node, 0)]
    while stack:
        item, depth = stack.pop()
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            return deepest
        stack.extend((child, depth + 1) for child in _children(item))
    return deepest


def _children(item: object) -> Iterator[object]:
    if isinstance(item, tuple):
        for part in item:
            yield from _children(part) if isinstance(part, tuple) else (part,)
    elif is_dataclass(item) and not isinstance(item, type | Span):
        for f in fields(item):
            value = getattr(item, f.name)
            if isinstance(value, tuple):
                yield from _children(value)
            elif is_dataclass(value):
                yield value
