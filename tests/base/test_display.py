"""Widths are checked against the definition of each script, not against the table they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kamflow.base.display import TAB, display_width, lay_out, pad, truncate, visible


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("price", 5),
        ("价格", 4),
        ("（价）", 6),  # full-width brackets
        ("ＡＢ", 4),  # full-width Latin
        ("ｱｲ", 2),  # half-width katakana
        ("e\u0301", 1),  # a letter and a combining accent
        ("\u1112\u1161\u11ab", 2),  # one Korean syllable, spelled out
        ("a\u200db", 2),  # a joiner takes no room
        ("…×½", 3),  # ambiguous: narrow outside legacy East Asian encodings
        ("📈", 2),
    ],
)
def test_each_character_takes_the_columns_of_its_script(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "right", "padded"),
    [
        ("ab", 5, False, "ab   "),
        ("ab", 5, True, "   ab"),
        ("价格", 5, False, "价格 "),
        ("价格", 5, True, " 价格"),
        ("价格", 3, False, "价格"),  # never cuts
    ],
)
def test_padding_counts_columns_not_characters(text: str, width: int, right: bool, padded: str) -> None:
    assert pad(text, width, right=right) == padded


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("价格表格", 8, "价格表格"),
        ("价格表格", 7, "价格表…"),
        ("价格表格", 6, "价格…"),  # half a character can't be shown
        ("价格", 1, "…"),
        ("价格", 0, ""),
    ],
)
def test_cutting_leaves_room_for_the_ellipsis(text: str, width: int, cut: str) -> None:
    assert truncate(text, width) == cut


@given(st.text(alphabet="aé价（\u0301📈", max_size=12), st.integers(0, 14))
def test_what_is_cut_or_padded_fits(text: str, width: int) -> None:
    assert display_width(truncate(text, width)) <= width
    assert display_width(pad(truncate(text, width), width)) == width


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),  # clears the screen
        ("\x9b31m", r"\x9b31m"),  # the one-character form of ESC [
        ("a\rb\nc", r"a\x0db\x0ac"),
        ("\x07\x7f\x00", r"\x07\x7f\x00"),
        ("price\u202eecirp", r"price\u202eecirp"),  # reads backwards from here
        ("a\u2028b", r"a\u2028b"),
        ("\ud800", r"\ud800"),  # can't be written as UTF-8
        ("\ufeffpolicy", r"\ufeffpolicy"),
    ],
)
def test_characters_that_a_terminal_would_obey_are_written_out(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@given(st.text(max_size=30))
def test_visible_text_is_printable_in_utf8_and_stays_so(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert visible(shown) == shown


def test_tabs_reach_the_next_stop_and_carry_the_columns_along() -> None:
    shown, columns = lay_out("\ta\t价\tb")
    assert shown == "    a   价  b"
    assert columns == [0, 4, 5, 8, 10, 12, 13]
    assert TAB == 4


def test_a_control_character_takes_the_columns_of_its_written_form() -> None:
    shown, columns = lay_out("a\x1bb")
    assert shown == r"a\x1bb"
    assert columns == [0, 1, 5, 6]
