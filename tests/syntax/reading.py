"""Short ways to parse a text in a test."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang
from kamflow.syntax.nodes import Decl, DefineNode, Expr, PolicyFile
from kamflow.syntax.parse import parse_file
from kamflow.syntax.tokens import Token, tokenize

HEADERS = {Lang.EN: 'policy p "P"\nend\n', Lang.ZH: "策略 p “P”\n结束\n"}


def findings(text: str) -> list[Diagnostic]:
    sink = Sink()
    parse_file(Source("t.kam", text), sink)
    return list(sink.sorted())


def codes_and_lines(text: str) -> list[tuple[str, int]]:
    source = Source("t.kam", text)
    return [(f.code, source.line_col(f.span.start)[0]) for f in findings(text) if isinstance(f.span, Span)]


def parsed(text: str) -> PolicyFile:
    """Parse a text that must have no finding."""
    sink = Sink()
    file = parse_file(Source("t.kam", text), sink)
    assert [f.message.en for f in sink.sorted()] == []
    assert file is not None
    return file


def decl(body: str, lang: Lang = Lang.EN) -> Decl:
    (only,) = parsed(HEADERS[lang] + body).decls
    return only


def expr(text: str, lang: Lang = Lang.EN) -> Expr:
    head = "define x of r as " if lang is Lang.EN else "定义 x 之 r 为 "
    node = decl(head + text, lang)
    assert isinstance(node, DefineNode)
    return node.value


def tokens(body: str, lang: Lang = Lang.EN) -> list[Token]:
    """Return the tokens of one declaration."""
    chunks = tokenize(Source("t.kam", HEADERS[lang] + body), lang, Sink()).chunks
    return chunks[1].tokens
