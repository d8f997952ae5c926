"""What `kamflow fmt` writes, construct by construct."""

from __future__ import annotations

from textwrap import dedent

import pytest

from kamflow.base.display import display_width
from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.syntax.format import format_file, reads_back
from kamflow.syntax.format_expr import show_expr
from kamflow.syntax.keywords import load_keywords
from tests.syntax.reading import HEADERS, expr, parsed
from tests.syntax.samples import CHINESE, ENGLISH


def formatted(text: str, lang: Lang | None = None) -> str:
    return format_file(parsed(text), Source("t.kam", text), lang)


def body(text: str, lang: Lang | None = None) -> str:
    """Format declarations without a header of their own."""
    out = formatted(HEADERS[Lang.EN] + dedent(text), lang)
    return out.split("\n\n", 1)[1]


@pytest.mark.parametrize(
    "written",
    [
        "(a + b) * c",
        "a + b * c",
        "a - (b - c)",
        "a - b - c",
        "a / (b * c)",
        "a / b / c",
        "-(-a)",
        "-(a + b)",
        "-a * b",
        "a * -b",
        "not not a",
        "not (a and b)",
        "not a and b",
        "(a or b) and c",
        "a or b and c",
        "(a and b) and c",
        "(a implies b) implies c",
        "a implies (b implies c)",
        "a or b implies c and d",
        "(a = b) = c",
        "(a is present) is b",
        "(not a) is b",
        "x is one of (a, (b and c))",
        "x within last 90 days",
        "x is at least y",
        "x < y and y below 3",
        "(a when b, otherwise c) + 1",
        "a when b, c when d, otherwise e",
        "(a otherwise b) otherwise c",
        "a otherwise b",
        "min(a when b, otherwise c, d otherwise e)",
        "[a, b otherwise c]",
        "[]",
        "sum of amount of orders",
        "sum of (a * b) of orders where c and d",
        "(count of orders where a) > 3",
        "count of orders > 3",
        "days from a to (b + 1)",
        "year of (a when b, otherwise c)",
        "percentile of (a / b) among p",
        "quantile 4 of a among p",
        "share of -a among p",
        "percentile of a among p within g",
        "min(share of a among p within b.g, quantile 4 of a among p within g)",
    ],
)
def test_parentheses_stand_where_they_must_and_nowhere_else(written: str) -> None:
    """Each is written with the fewest parentheses, by the precedence of the reference."""
    canonical = written.replace("y below 3", "y is below 3")
    assert show_expr(expr(written), Lang.EN) == canonical
    assert show_expr(expr(f"({written})"), Lang.EN) == canonical


@pytest.mark.parametrize(
    ("written", "english", "chinese"),
    [
        ("12M CNY", "12M CNY", "12M 元"),
        ("5万元", "5万 CNY", "5万元"),
        ("0.01 元", "0.01 CNY", "0.01 元"),
        ("1,250.00 USD", "1,250.00 USD", "1,250.00 USD"),
        ("100 美元", "100 USD", "100 USD"),
        ("30天", "30 days", "30 天"),
        ("1 days", "1 day", "1 天"),
        ("2 month", "2 months", "2 个月"),
        ("3年", "3 years", "3 年"),
        ("80 %", "80%", "80%"),
        ("１２", "12", "12"),
        ('"a"', '"a"', "“a”"),
        ('"say ""hi"""', '"say ""hi"""', '“say "hi"”'),
        ('"a” b"', '"a” b"', '"a” b"'),
        ('"a” ""b"""', '"a” ""b"""', '"a” ""b"""'),
    ],
)
def test_amounts_and_texts_in_both_languages(written: str, english: str, chinese: str) -> None:
    assert show_expr(expr(written), Lang.EN) == english
    assert show_expr(expr(written), Lang.ZH) == chinese


def test_tables_are_aligned_by_the_width_that_is_seen() -> None:
    lines = formatted(CHINESE).splitlines()
    rows = [line for line in lines if line.startswith("    |")]
    assert len(rows) == 4
    assert len({display_width(row) for row in rows}) == 1
    bars = [[display_width(row[:i]) for i, ch in enumerate(row) if ch == "|"] for row in rows]
    assert all(b == bars[0] for b in bars)


def test_a_table_keeps_plain_amounts_to_the_right_and_empty_reasons_empty() -> None:
    assert body("""\
        decision d of r : percent
         table   first
          | a|b||d|because |
          | at least 5M CNY|not x||6%|"why"|
          | any|y or   z||12%| |
         otherwise 0%
        end
        """) == dedent("""\
        decision d of r : percent
          table first
            | a               | b      ||   d | because |
            | at least 5M CNY | not x  ||  6% | "why"   |
            | any             | y or z || 12% |         |
          otherwise 0%
        end
        """).replace("||   d |", "|| d   |")


def test_the_colons_of_a_record_stand_below_each_other_but_for_very_long_names() -> None:
    long = "a_name_that_is_longer_than_thirty_columns"
    assert body(f"""\
        record r "R"
          a:text
          金额 : money(USD) with 2 decimals , optional,0 USD to 5 USD "Amount"
          {long}: list of order, up to 500 items
          b : text,changeable, personal( x,y ), unit "kg", default "n"
        end
        """) == dedent(f"""\
        record r "R"
          a    : text
          金额 : money(USD) with 2 decimals, optional, 0 USD to 5 USD "Amount"
          {long} : list of order, up to 500 items
          b    : text, default "n", personal(x, y), unit "kg", changeable
        end
        """)


def test_comments_keep_their_places_and_their_groups() -> None:
    text = dedent("""\
        -- first of all
        policy p "P" -- the header
          -- who
          owner "A"   -- a person
        end -- done
        -- a chapter

        -- a section
        type t is one of a, b -- types
        define x of r as -- why
          1
        -- next to y

        define y of r as 2


        record r
          -- key
          id : text -- unique

          -- money
          -- in CNY
          m : money
          -- last
        end
        decision d of r : text
          table first -- top down
            -- head
            | a || d |
            -- one
            | 1 || 2 | -- two
        end
        -- the end
        """)
    assert formatted(text) == dedent("""\
        -- first of all
        policy p "P"  -- the header
          -- who
          owner "A"  -- a person
        end  -- done

        -- a chapter

        -- a section
        type t is one of a, b  -- types

        define x of r as 1  -- why
        -- next to y

        define y of r as 2

        record r
          -- key
          id : text  -- unique

          -- money
          -- in CNY
          m  : money
          -- last
        end

        decision d of r : text
          table first  -- top down
            -- head
            | a || d |
            -- one
            | 1 || 2 |  -- two
        end

        -- the end
        """)


def test_comments_between_the_parts_of_a_condition_keep_it_broken() -> None:
    assert body("""\
        define x of r as
          a   -- one
          and (b -- two
          or c) -- three
        """) == dedent("""\
        define x of r as
          a  -- one
          and (b  -- two
            or c)  -- three
        """)


def test_a_long_condition_is_broken_at_its_joints() -> None:
    a, b, c = ("x" * 40 + ch for ch in "abc")
    assert body(f"""\
        always "t"
          {a} and ({b} or {c}) and {a} is present
        """) == dedent(f"""\
        always "t"
          {a}
          and ({b} or {c})
          and {a} is present
        """)


def test_declarations_of_one_line_may_stand_together_others_are_set_apart() -> None:
    assert body("""\
        type t is one of a
        type u is one of b



        type v is one of c
        define x of r as 1
        define y of r as 2
        always "p"
          x
        never "q" y
        scenario "s"
          set a = 1
        end
        scenario "t"
          set a = 2
        end
        """) == dedent("""\
        type t is one of a
        type u is one of b

        type v is one of c

        define x of r as 1
        define y of r as 2

        always "p"
          x
        never "q"
          y

        scenario "s"
          set a = 1
        end

        scenario "t"
          set a = 2
        end
        """)


def test_a_name_that_would_be_a_keyword_at_the_line_start_stands_in_parentheses() -> None:
    text = HEADERS[Lang.EN] + 'always "t" (end) >= start\n'
    out = formatted(text)
    assert "\n  (end >= start)\n" in out
    assert reads_back(out, parsed(text))


def test_a_label_keeps_its_language_when_the_keywords_are_switched() -> None:
    text = 'policy p "Terms"\nend\nrecord r en "R" zh "表"\n  x : text "X"\n  y : text zh "丙"\nend\n'
    assert formatted(text, Lang.ZH) == dedent("""\
        策略 p 英文 “Terms”
        结束

        记录 r 中文 “表” 英文 “R”
          x : 文本 英文 “X”
          y : 文本 “丙”
        结束
        """)


def test_a_column_of_reasons_keeps_its_language_when_the_keywords_are_switched() -> None:
    text = (
        HEADERS[Lang.EN]
        + 'decision d of r : text\n  table first\n    | a || because |\n    | 1 || "x" |\nend\n'
    )
    assert "| a || 因为 英文 |" in formatted(text, Lang.ZH)
    assert "| a || because |" in formatted(text, Lang.EN)
    both = text.replace("because |", "because | because zh |").replace('"x" |', '"x" | "y" |')
    assert "| a || 因为 英文 | 因为 |" in formatted(both, Lang.ZH)


def test_a_policy_called_like_a_language_tag_keeps_its_title() -> None:
    text = 'policy en en "Title"\nend\n'
    assert reads_back(formatted(text), parsed(text))


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["English", "Chinese"])
@pytest.mark.parametrize("lang", list(Lang))
def test_the_samples_read_back_in_both_languages(text: str, lang: Lang) -> None:
    once = formatted(text, lang)
    assert reads_back(once, parsed(text), lang)
    assert formatted(once) == once
    assert formatted(once, parsed(text).lang) == formatted(text)


def test_a_switch_that_would_change_the_meaning_is_noticed() -> None:
    text = HEADERS[Lang.ZH] + "定义 when 之 r 为 1\n"
    assert not reads_back(formatted(text, Lang.EN), parsed(text), Lang.EN)
    assert reads_back(formatted(text), parsed(text))


def test_every_chinese_word_that_replaces_a_canonical_one_is_a_spelling_of_its_keyword() -> None:
    from kamflow.syntax.format_words import _ZH_IN_EXPRESSION, _ZH_IN_RECORD

    forms = load_keywords().forms[Lang.ZH]
    for terminal, spelling in {**_ZH_IN_EXPRESSION, **_ZH_IN_RECORD}.items():
        assert spelling in forms[terminal]
