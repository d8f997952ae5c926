"""Pictures drawn by hand: each caret stands where a person would put it."""

from __future__ import annotations

import re
import unicodedata
from textwrap import dedent

import pytest

from kamflow.base.diagnostic import Diagnostic, Edit, Label, Severity
from kamflow.base.render import render_full
from kamflow.base.span import DataPlace, Place, Source, Span
from kamflow.base.text import Lang, Text

ERROR = Severity.ERROR


def finding(place: Place, message: str = "wrong", *labels: Label, **more: object) -> Diagnostic:
    return Diagnostic("KF0999", "test-kind", ERROR, place, Text(message, "有误"), labels, **more)  # type: ignore[arg-type]


def span(text: str, part: str, name: str = "a.kam") -> Span:
    start = text.index(part)
    return Span(name, start, start + len(part))


def label(text: str, part: str, said: str) -> Label:
    return Label(span(text, part), Text(said))


def show(text: str, *findings: Diagnostic, lang: Lang = Lang.EN, color: bool = False) -> str:
    return render_full(findings, {"a.kam": Source("a.kam", text)}, lang, color)


def picture(drawn: str) -> str:
    return dedent(drawn).lstrip("\n") + "\n"


def test_a_finding_shows_its_line_with_carets_under_the_place() -> None:
    text = "policy p\nx := a + b\n"
    assert show(text, finding(span(text, "a + b"), "cannot add")) == picture("""
        KF0999 error: cannot add
         --> a.kam:2:6
          |
        2 | x := a + b
          |      ^^^^^
          |
        """)


def test_labels_on_one_line_hang_under_it_from_right_to_left() -> None:
    text = "total := price + days * 2\n"
    shown = show(
        text,
        finding(
            span(text, "+"),
            "cannot add",
            label(text, "price", "money"),
            label(text, "days", "days"),
            label(text, "total", "for this"),
        ),
    )
    assert shown == picture("""
        KF0999 error: cannot add
         --> a.kam:1:16
          |
        1 | total := price + days * 2
          | -----    ----- ^ ---- days
          | |        |
          | |        money
          | for this
          |
        """)


def test_labels_on_other_lines_are_shown_in_the_order_of_the_text() -> None:
    lines = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    text = "\n".join(lines)
    shown = show(
        text,
        finding(span(text, "three"), "here", label(text, "ten", "and there"), label(text, "one", "first")),
    )
    assert shown == picture("""
        KF0999 error: here
          --> a.kam:3:1
           |
         1 | one
           | --- first
         2 | two
         3 | three
           | ^^^^^
        ...
        10 | ten
           | --- and there
           |
        """)


def test_a_label_on_the_place_itself_speaks_beside_the_carets() -> None:
    text = "x := 客户 + 1"
    shown = show(text, finding(span(text, "客户"), "wrong", label(text, "客户", "a record")))
    assert "  |      ^^^^ a record\n" in shown


def _columns(prefix: str) -> int:
    """Reckoned anew: wide characters two, marks none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1
        for c in prefix
    )


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("折扣 := 单价 × 数量", "数量"),
        ("（客户）等级 = 战略", "等级"),
        ("ｘ＝１０", "１０"),
        ("cafe\u0301 := price", "price"),
        ("a价b格c", "格"),
        ("label 📈 growth", "growth"),
    ],
)
def test_carets_stand_under_the_place_whatever_the_script(line: str, part: str) -> None:
    picture_rows = show(line, finding(span(line, part))).split("\n")
    carets = next(row for row in picture_rows if "^" in row)
    behind_gutter = carets.removeprefix("  | ")
    assert behind_gutter == " " * _columns(line[: line.index(part)]) + "^" * _columns(part)


def test_tabs_are_shown_as_blanks_up_to_the_next_stop() -> None:
    text = "\tprice\t:= x"
    assert show(text, finding(span(text, ":="))).split("\n")[3:5] == [
        "1 |     price   := x",
        "  |             ^^",
    ]


@pytest.mark.parametrize(
    ("text", "place", "where", "rows"),
    [
        ("abc", Span("a.kam", 3, 3), "1:4", ["1 | abc", "  |    ^"]),
        ("abc\n", Span("a.kam", 4, 4), "2:1", ["2 |", "  | ^"]),
        ("", Span("a.kam", 0, 0), "1:1", ["1 |", "  | ^"]),
        ("abc", Span("a.kam", 90, 99), "1:4", ["1 | abc", "  |    ^"]),  # past the end
        ("a b", Span("a.kam", 1, 1), "1:2", ["1 | a b", "  |  ^"]),  # between two characters
        ("ab\ncd", Span("a.kam", 0, 3), "1:1", ["1 | ab", "  | ^^"]),  # with its line end
        ("ab\r\ncd", Span("a.kam", 1, 4), "1:2", ["1 | ab", "  |  ^"]),
    ],
)
def test_edges_of_a_text(text: str, place: Span, where: str, rows: list[str]) -> None:
    shown = show(text, finding(place)).split("\n")
    assert shown[1] == f" --> a.kam:{where}"
    assert shown[3:5] == rows
    assert shown[5] == "  |"


def test_a_place_of_several_lines_is_marked_where_it_begins_and_ends() -> None:
    text = "table x\n  | a || 1 |\n  | b || 2 |\n  | c || 3 |\nend\n"
    shown = show(text, finding(Span("a.kam", 6, text.index("end") + 3), "gap", label(text, "b ||", "row 2")))
    assert shown == picture("""
        KF0999 error: gap
         --> a.kam:1:7
          |
        1 | table x
          |       ^
        2 |   | a || 1 |
        3 |   | b || 2 |
          |     ---- row 2
        4 |   | c || 3 |
        5 | end
          | ^^^
          |
        """)


def test_a_very_long_line_is_cut_around_the_place() -> None:
    text = "a" * 5_000 + "HERE" + "b" * 5_000
    shown = show(text, finding(span(text, "HERE")))
    code, carets = shown.split("\n")[3:5]
    assert len(code) < 300
    assert code.index("HERE") == carets.index("^^^^")
    assert code.startswith("1 | …a")
    assert code.endswith("b…")


def test_all_that_is_said_about_a_finding_is_shown_below_it() -> None:
    text = "tier = growth"
    found = finding(
        span(text, "growth"),
        why=Text("key accounts lose their price", "重点客户会失去协议价"),
        hint=Text("write `key`\nor add a row", "请写 `key`"),
        example=(("tier", "growth"), ("quantity", "50")),
        fix=(
            Edit(span(text, "growth"), "key"),
            Edit(Span("a.kam", 0, 0), "x "),
            Edit(span(text, "tier "), ""),
        ),
    )
    assert show(text, found).split("\n")[6:] == [
        "  = why: key accounts lose their price",
        "  = example: tier = growth, quantity = 50",
        "  = hint: write `key`",
        "      or add a row",
        "  = fix: replace `growth` by `key` at a.kam:1:8",
        "  = fix: insert `x ` at a.kam:1:1",
        "  = fix: delete `tier ` at a.kam:1:1",
        "",
        "",
    ]
    assert show(text, found, lang=Lang.ZH).split("\n")[0] == "KF0999 错误：有误"
    assert "  = 影响：重点客户会失去协议价\n  = 示例：tier = growth，quantity = 50\n" in show(
        text, found, lang=Lang.ZH
    )


def test_a_label_in_another_file_is_shown_with_that_file() -> None:
    first, second = "uses b\n", "\n\ndefine x = 1\n"
    sources = {"a.kam": Source("a.kam", first), "b.kam": Source("b.kam", second)}
    there = Label(span(second, "x", "b.kam"), Text("written here"))
    assert render_full([finding(span(first, "b"), "twice", there)], sources) == picture("""
        KF0999 error: twice
         --> a.kam:1:6
          |
        1 | uses b
          |      ^
          |
         ::: b.kam:3:8
          |
        3 | define x = 1
          |        - written here
          |
        """)


def test_a_place_in_a_data_file_is_named_by_record_and_field() -> None:
    place = DataPlace("customers.json", "[412].revenue_12m", 5012, 412)
    other = Label(DataPlace("customers.json", "[3].id", 41, 3), Text("same id", "编号相同"))
    assert render_full([finding(place, "not money", other)], {}) == picture("""
        KF0999 error: not money
         --> customers.json[412].revenue_12m (line 5012)
          | customers.json[3].id (line 41): same id
        """)
    assert " --> customers.json[412].revenue_12m（第 5012 行）\n" in render_full(
        [finding(place)], {}, Lang.ZH
    )


def test_a_finding_about_no_file_shows_no_place() -> None:
    assert (
        render_full([finding(Span("", 0, 0), "nothing to check")], {}) == "KF0999 error: nothing to check\n\n"
    )


def test_findings_come_in_the_order_of_the_text() -> None:
    text = "abc"
    later, sooner = finding(Span("a.kam", 2, 3), "later"), finding(Span("a.kam", 0, 1), "sooner")
    shown = show(text, later, sooner)
    assert shown.index("sooner") < shown.index("later")


ESCAPE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"


def test_text_of_other_people_cannot_reach_the_terminal_as_commands() -> None:
    text = f'say "{ESCAPE}" x'
    found = finding(
        span(text, "x"),
        f"bad {ESCAPE}",
        label(text, "say", ESCAPE),
        why=Text(ESCAPE),
        hint=Text(ESCAPE),
        example=((ESCAPE, ESCAPE),),
        fix=(Edit(span(text, ESCAPE), ESCAPE),),
    )
    name = f"a{ESCAPE}.kam"
    for shown in (
        show(text, found),
        render_full([finding(Span(name, 0, 1))], {name: Source(name, text)}),
        render_full([finding(DataPlace(name, f".{ESCAPE}", 1, 0))], {}),
    ):
        assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown) is None
    carets = show(text, found).split("\n")[4]
    assert carets.endswith("^")


def test_a_line_end_in_a_message_cannot_fake_another_finding() -> None:
    shown = show("a", finding(Span("a.kam", 0, 1), "bad\nKF0000 error: made up"))
    assert "\nKF0000" not in shown


def test_colour_adds_styles_and_nothing_else() -> None:
    text = "折扣 := a + b"
    found = finding(span(text, "a"), "cannot add", label(text, "b", "days"), hint=Text("do"))
    colored = show(text, found, color=True)
    assert "\x1b[1;31mKF0999 error\x1b[0m" in colored
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == show(text, found)
    assert "\x1b" not in show(text, found)


def test_a_thousand_labels_do_not_flood_the_screen() -> None:
    text = "\n".join(f"row {i}" for i in range(1000))
    starts = [m.start() for m in re.finditer("row", text)]
    labels = [Label(Span("a.kam", s, s + 3), Text("same")) for s in starts[1:]]
    shown = show(text, finding(Span("a.kam", 0, 3), "many", *labels))
    assert shown.count("--- same") == 12
    assert "= places: 987 more not shown" in shown
