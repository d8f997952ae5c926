"""What counts as a word, a number, a text or a keyword, in both languages."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import Sink
from kamflow.base.span import NOWHERE, Source
from kamflow.base.text import Lang
from kamflow.syntax import nodes as n
from kamflow.syntax.parse import parse_expression
from kamflow.syntax.tokens import detect_lang, mixed_scripts
from kamflow.values.dates import day_from_iso
from tests.syntax.reading import HEADERS, codes_and_lines, decl, expr, findings, parsed, tokens


def name(text: str) -> n.Name:
    return n.Name(text, NOWHERE)


def path(*parts: str) -> n.Path:
    return n.Path(tuple(name(p) for p in parts), NOWHERE)


def amount(digits: int, scale: int, unit: str) -> n.Amount:
    return n.Amount(digits, scale, unit, "", NOWHERE)


@pytest.mark.parametrize(
    ("written", "digits", "scale", "unit"),
    [
        ("0", 0, 0, ""),
        ("1,250.00", 1250, 0, ""),
        ("1,250.05", 125005, 2, ""),
        ("12M CNY", 12_000_000, 0, "CNY"),
        ("12k", 12_000, 0, ""),
        ("1.5k", 1500, 0, ""),
        ("5万", 50_000, 0, ""),
        ("5 万元", 50_000, 0, "CNY"),
        ("1.2亿 USD", 120_000_000, 0, "USD"),
        ("0.01 元", 1, 2, "CNY"),
        ("100 美元", 100, 0, "USD"),
        ("80%", 80, 0, "%"),
        ("80 %", 80, 0, "%"),
        ("12.5％", 125, 1, "%"),
        ("1 day", 1, 0, "days"),
        ("30 days", 30, 0, "days"),
        ("30 天", 30, 0, "days"),
        ("30天内", 30, 0, "days"),
        ("2 months", 2, 0, "months"),
        ("2 个月", 2, 0, "months"),
        ("2 years", 2, 0, "years"),
        ("3 年", 3, 0, "years"),
        ("１，２５０．５ 元", 12505, 1, "CNY"),
        ("1_000_000", 1_000_000, 0, ""),
    ],
)
def test_an_amount_is_exact_in_every_spelling(written: str, digits: int, scale: int, unit: str) -> None:
    assert expr(written) == amount(digits, scale, unit)
    assert expr(written, Lang.ZH) == amount(digits, scale, unit)


def test_a_comma_groups_only_before_three_digits() -> None:
    items = expr("[1,234, 1,23, 12,345]")
    assert isinstance(items, n.ListLit)
    assert [i.digits for i in items.items if isinstance(i, n.Amount)] == [1234, 1, 23, 12345]


def test_a_date_is_one_word_and_a_subtraction_is_not() -> None:
    day = day_from_iso("2025-02-28")
    assert day is not None
    assert expr("2025-02-28") == n.DateLit(day, NOWHERE)
    assert isinstance(expr("2025 - 02 - 28"), n.Arith)


def test_full_width_punctuation_counts_as_its_ascii_form() -> None:
    assert expr("舍入（单价＊１０８％，０．０１　元）＞＝［a、b］", Lang.ZH) == expr(
        "舍入(单价 * 108%, 0.01 元) >= [a, b]", Lang.ZH
    )


def test_strings_keep_every_character() -> None:
    assert expr('"say ""hi"""') == n.TextLit('say "hi"', NOWHERE)
    assert expr("“，：（）１２３”") == n.TextLit("，：（）１２３", NOWHERE)
    assert expr('"５"') == n.TextLit("５", NOWHERE)
    assert expr('"a＂b"') == n.TextLit("a＂b", NOWHERE), "a full-width quote does not close an ASCII one"
    assert expr('＂a"b＂') == n.TextLit('a"b', NOWHERE)


def test_a_name_is_normalised_so_that_two_ways_to_type_it_are_one() -> None:
    assert expr("cafe\u0301") == path("café")


@pytest.mark.parametrize(
    "field", ["owner", "text", "weight", "rest", "first", "count", "days", "currency", "unit", "min", "date"]
)
def test_words_of_other_places_are_fields_of_a_record(field: str) -> None:
    record = decl(f"record r\n  {field} : text\nend")
    assert isinstance(record, n.RecordNode)
    assert record.fields[0].name == name(field)
    assert expr(f"{field} + x.{field}") == n.Arith(n.ArithOp.ADD, path(field), path("x", field), NOWHERE)


def test_a_word_is_a_keyword_in_its_own_place() -> None:
    header = parsed('policy p\n  owner "A"\n  currency CNY\nend\n').header
    assert header is not None
    assert header.owner == n.TextLit("A", NOWHERE)
    assert [t.type for t in tokens("record r\n  text : text\nend") if t.text == "text"] == ["NAME", "T_TEXT"]
    assert expr("min(min, 1)") == n.Call(n.Function.MIN, (path("min"), amount(1, 0, "")), NOWHERE)


def test_a_type_at_the_end_of_a_line_is_not_joined_with_the_next_line() -> None:
    """`days` and `from` on two lines once read as the operator `days from`."""
    node = decl("parameter grace : days\n  from 2025-01-01 : 30 days\nend")
    assert isinstance(node, n.ParamNode)
    assert node.type == n.ScalarType(n.TypeWord.DAYS, None, None, NOWHERE)


def test_is_means_equality_or_yes_in_chinese_by_its_place() -> None:
    assert expr("急单 是 是", Lang.ZH) == n.Compare(
        n.CompareOp.IS, path("急单"), n.YesNo(True, NOWHERE), NOWHERE
    )
    assert [c for c, _ in codes_and_lines(HEADERS[Lang.EN] + "define x of r as is")] == ["KF0120"]


def test_a_bar_ends_its_row_only_at_the_end_of_the_line() -> None:
    row = "decision d of r : text\n  table first\n    | a || d |  -- why\n    | 1 || |\r\nend"
    types = [t.type for t in tokens(row)]
    assert types.count("_ROW_END") == 2
    assert types.count("_BAR") == 2


def test_a_comment_does_not_reach_over_a_line_end_of_any_system() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = f'policy p{end}end{end}-- note{end}always "x"{end}  a{end}'
        assert len(parsed(text).decls) == 1, repr(end)


def test_what_looks_like_a_line_end_in_a_comment_is_reported() -> None:
    text = HEADERS[Lang.EN] + '-- note\u2028always "x" a\n'
    assert codes_and_lines(text) == [("KF0104", 3)]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("policy p", Lang.EN),
        ("策略 p", Lang.ZH),
        ("\ufeff-- note\n\n策略 p", Lang.ZH),
        ("－－ 说明\n策略 p", Lang.ZH),
        ("policies", None),
        ("", None),
        ("-- only a note", None),
    ],
)
def test_the_first_word_picks_the_language(text: str, lang: Lang | None) -> None:
    assert detect_lang(text) is lang


@pytest.mark.parametrize("honest", ["tier", "客户tier", "αβγ", "тариф", "naïve", "ß"])
def test_one_alphabet_beside_chinese_is_honest(honest: str) -> None:
    assert mixed_scripts(honest) is None


@pytest.mark.parametrize("forged", ["tіer", "pаyment", "αb", "𝐚bc", "ａbc"])
def test_letters_that_only_look_alike_are_named(forged: str) -> None:
    assert mixed_scripts(forged)


def test_positions_are_those_of_the_text_as_written() -> None:
    text = HEADERS[Lang.ZH] + "定义 甲 之 乙 为 （１＋２０２５－０２－３０）"
    (only,) = findings(text)
    assert text[only.span.start : only.span.end] == "２０２５－０２－３０"


class TestAnExpressionThatStandsAlone:
    def test_parses(self) -> None:
        sink = Sink()
        found = parse_expression(Source("guard", "tier is key and x > 5"), Lang.EN, sink)
        assert isinstance(found, n.Logic)
        assert not len(sink)

    @pytest.mark.parametrize(
        ("text", "code", "place"),
        [
            ("", "KF0120", ""),
            ("-- only a note", "KF0120", ""),
            ("a > $", "KF0104", "$"),
            ("a > 5 foos", "KF0112", "foos"),
            ("a > 1\nnever b", "KF0120", "never"),
            ("a = 2025-02-30", "KF0115", "2025-02-30"),
        ],
    )
    def test_or_gives_a_finding_at_its_true_place(self, text: str, code: str, place: str) -> None:
        sink = Sink()
        assert parse_expression(Source("guard", text), Lang.EN, sink) is None
        (only,) = sink.sorted()
        assert only.code == code
        assert text[only.span.start : only.span.end] == place

    def test_does_not_mind_findings_of_others_in_the_sink(self) -> None:
        sink = Sink()
        parse_expression(Source("one", "a >"), Lang.EN, sink)
        assert parse_expression(Source("two", "a"), Lang.EN, sink) == path("a")
