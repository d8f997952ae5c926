"""Parts of the language that stand in other files: an expression and a field keep their places there."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import NOWHERE, Source, Span
from kamflow.base.text import Lang
from kamflow.syntax import nodes as n
from kamflow.syntax.parse import parse_expression, parse_field

FILE = "when: tier is key and orders > 5\n"


def test_places_of_an_expression_count_from_the_start_of_its_file() -> None:
    text = "orders > 5"
    found = parse_expression(Source("w.yaml", text), Lang.EN, Sink(), FILE.index(text))
    assert isinstance(found, n.Compare)
    assert FILE[found.span.start : found.span.end] == text
    assert FILE[found.right.span.start : found.right.span.end] == "5"


@pytest.mark.parametrize("text", ["orders > 5 foos", "tier is is key", "tier $ key"])
def test_so_do_places_of_findings_and_of_their_fixes(text: str) -> None:
    alone, there = Sink(), Sink()
    assert parse_expression(Source("w.yaml", text), Lang.EN, alone) is None
    assert parse_expression(Source("w.yaml", text), Lang.EN, there, 100) is None
    for one, other in zip(alone.sorted(), there.sorted(), strict=True):
        assert isinstance(one.span, Span)
        assert other.span == Span("w.yaml", one.span.start + 100, one.span.end + 100)
        moved = [(e.span.start + 100, e.new_text) for e in one.fix]
        assert moved == [(e.span.start, e.new_text) for e in other.fix]


@pytest.mark.parametrize(
    ("text", "lang", "word", "optional"),
    [
        ("yes/no, optional", Lang.EN, n.TypeWord.YESNO, True),
        ("count, default 0", Lang.EN, n.TypeWord.COUNT, False),
        ("money", Lang.EN, n.TypeWord.MONEY, False),
        ("是/否, 可缺失", Lang.ZH, n.TypeWord.YESNO, True),
        ("个数，缺省 0", Lang.ZH, n.TypeWord.COUNT, False),
    ],
)
def test_a_field_is_read_as_in_a_record(text: str, lang: Lang, word: n.TypeWord, optional: bool) -> None:
    sink = Sink()
    found = parse_field(n.Name("offers", Span("w.yaml", 0, 6)), Source("w.yaml", text), lang, sink, 8)
    assert found is not None, [f.message.en for f in sink.sorted()]
    assert isinstance(found.type, n.ScalarType)
    assert (found.name.text, found.type.word, found.optional) == ("offers", word, optional)
    assert found.type.span.start == 8


@pytest.mark.parametrize(
    ("text", "at"), [("", (8, 8)), ("count, optionl", (22, 22)), ("count count", (14, 19)), ("5", (8, 9))]
)
def test_what_is_no_field_is_found_once_at_its_place(text: str, at: tuple[int, int]) -> None:
    sink = Sink()
    assert parse_field(n.Name("x", NOWHERE), Source("w.yaml", text), Lang.EN, sink, 8) is None
    (only,) = sink.sorted()
    assert isinstance(only.span, Span)
    assert (only.span.start, only.span.end) == at
