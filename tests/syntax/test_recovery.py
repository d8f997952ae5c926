"""One mistake gives one finding, and the rest of the file is still read."""

from __future__ import annotations

import pytest

from kamflow.base.diagnostic import CATALOG, Sink
from kamflow.base.span import Source, Span
from kamflow.base.text import Lang
from kamflow.syntax import errors
from kamflow.syntax.nodes import RecordNode
from kamflow.syntax.parse import MAX_BYTES, MAX_FINDINGS, decode, parse_file
from tests.syntax.reading import HEADERS, codes_and_lines, findings

EN = HEADERS[Lang.EN]
ZH = HEADERS[Lang.ZH]

ELEVEN_ENGLISH = """\
policy p "P"
end
type tier is ordered a < b <
record r
  x : text, text
  y : money
end
define d1 of r as (1 + 2
define d2 of r as 2025-02-30
define d3 of r as x == "open
decision t of r : number
  table unique
    | x || t |
    | 1 2 || 3 |
    | 4 || 5 |
end
define d5 of r as 当 x
define d6 of r as if x
decision u of r : number
  when x then 1
always "never" x ~ 1
define ok of r as 1
  define d7 of r as 1
"""
ELEVEN_CHINESE = """\
策略 p “P”
结束
类型 等级 有序 甲 < 乙 <
记录 表单
  名称 ： 文本，文本
  金额 ： 金额
结束
定义 d1 之 表单 为 （1 + 2
定义 d2 之 表单 为 2025-02-30
定义 d3 之 表单 为 名称 = “未结束
决策 t 之 表单 ： 数值
  表 唯一
    | 名称 || t |
    | 1 2 || 3 |
    | 4 || 5 |
结束
定义 d5 之 表单 为 when x
定义 d6 之 表单 为 如果 x
决策 u 之 表单 ： 数值
  当 x 则 1
恒为 “总是” x ~ 1
定义 ok 之 表单 为 1
  定义 d7 之 表单 为 1
"""


@pytest.mark.parametrize("text", [ELEVEN_ENGLISH, ELEVEN_CHINESE], ids=["English", "Chinese"])
def test_eleven_independent_mistakes_are_eleven_findings_at_their_lines(text: str) -> None:
    assert codes_and_lines(text) == [
        ("KF0120", 3),  # the type ends after `<`
        ("KF0120", 5),  # a type where an attribute should stand
        ("KF0120", 8),  # the parenthesis is not closed
        ("KF0115", 9),  # no such day
        ("KF0105", 10),  # the text is not closed
        ("KF0120", 14),  # two values in one cell
        ("KF0122", 17),  # a keyword of the other language
        ("KF0127", 18),  # a word of other programs
        ("KF0121", 20),  # no end
        ("KF0104", 21),  # a character without a meaning
        ("KF0123", 23),  # a declaration that is not in the first column
    ]


def test_the_good_declarations_around_a_mistake_are_kept() -> None:
    sink = Sink()
    file = parse_file(Source("t.kam", ELEVEN_ENGLISH), sink)
    assert file is not None
    assert [d.name.text for d in file.decls if isinstance(d, RecordNode)] == ["r"]
    assert {"d1", "d2", "t"} <= file.broken, "others that use these names need no finding of their own"


# What is wrong -> the findings it must give. Each code of the room stands here or in the tests below.
ONE_MISTAKE = {
    "no policy header": ("record r\n  x : text\nend\n", ["KF0103"]),
    "text before the header": ("  policy p\nend\n", ["KF0103"]),
    "a stray character": (EN + "define x of r as a @\n", ["KF0104"]),
    "single quotes": (EN + "define x of r as 'a\n", ["KF0104"]),
    "an open text": (EN + 'always "x\n  a\n', ["KF0105"]),
    "a control character": (EN + 'always "x\x07"\n  a\n', ["KF0106"]),
    "a NUL": (EN + "define x of r as a\x00\n", ["KF0104"]),
    "a writing direction": (EN + "-- \u202ea\n", ["KF0107"]),
    "look-alike letters": (EN + "define tіer of r as 1\n", ["KF0108"]),
    "a long name": (EN + f"define {'x' * 257} of r as 1\n", ["KF0109"]),
    "nesting": (EN + "define x of r as " + "(" * 65 + "1" + ")" * 65 + "\n", ["KF0110"]),
    "an unknown unit": (EN + "define x of r as 5kg\n", ["KF0112"]),
    "an unknown currency": (EN + "define x of r as 5 RMB\n", ["KF0113"]),
    "a long number": (EN + f"define x of r as {'9' * 39}\n", ["KF0114"]),
    "a day that is not": (EN + "parameter x : date\n  from 2025-13-01 : 1\nend\n", ["KF0115"]),
    "half a decimal": (EN + "record r\n  x : number with 1.5 decimals\nend\n", ["KF0116"]),
    "a date with slashes": (EN + "define x of r as 2025/01/31\n", ["KF0131"]),
    "a comma before decimals": (EN + "define x of r as 8,5\n", ["KF0132"]),
    "two operators": (EN + "define x of r as 1 * / 2\n", ["KF0120"]),
    "a missing end": (EN + "record r\n  x : text\n", ["KF0121"]),
    "a missing end before the next": (EN + "record r\n  x : text\ntype t is one of a\n", ["KF0121"]),
    "Chinese in an English file": (EN + "define x of r as a 且 b\n", ["KF0122"]),
    "English in a Chinese file": (ZH + "定义 x 之 r 为 a and b\n", ["KF0122"]),
    "an indented declaration": (EN + 'always "x"\n  a\n  define x of r as 1\n', ["KF0123"]),
    "an attribute twice": (EN + "record r\n  x : text, optional, optional\nend\n", ["KF0124"]),
    "a header line twice": ('policy p\n  owner "a"\n  owner "b"\nend\n', ["KF0124"]),
    "two headers": (EN + EN, ["KF0125"]),
    "text after end": (EN + "record r\n  x : text\nend\nx y z\n", ["KF0126"]),
    "if": (EN + "define x of r as if a\n", ["KF0127"]),
    "else": (EN + "decision d of r : text\n  when a then b\n  else c\nend\n", ["KF0127"]),
    "a construct that is to come": (
        EN + 'decision d of r : count\n  table first from "d.csv"\nend\n',
        ["KF0130"],
    ),
    "a keyword as a name": (EN + "define when of r as 1\n", ["KF0128"]),
    "the only field is wrong": (EN + "record r\n  x : text text\nend\n", ["KF0120"]),
    "the only row is wrong": (
        EN + "decision d of r : text\n  table first\n    | a || d |\n    | 1 2 || 3 |\nend\n",
        ["KF0120"],
    ),
    "nothing after as": (EN + "define x of r as\n", ["KF0120"]),
    "a table without a row": (
        EN + "decision d of r : text\n  table first\n    | a || d |\nend\n",
        ["KF0120"],
    ),
    "a record without a field": (EN + "record r\nend\n", ["KF0120"]),
}


@pytest.mark.parametrize("wrong", ONE_MISTAKE)
def test_one_mistake_gives_one_finding(wrong: str) -> None:
    text, codes = ONE_MISTAKE[wrong]
    assert [f.code for f in findings(text)] == codes


@pytest.mark.parametrize("wrong", ONE_MISTAKE)
def test_every_finding_speaks_both_languages_and_says_what_to_do(wrong: str) -> None:
    for f in findings(ONE_MISTAKE[wrong][0]):
        assert f.message.en
        assert f.message.zh
        assert f.hint is not None
        assert f.hint.en
        assert f.hint.zh


def test_bytes_that_are_not_utf_8_are_a_finding() -> None:
    sink = Sink()
    assert decode("t.kam", "策略 定价".encode("gb18030"), sink) is None
    assert [f.code for f in sink.sorted()] == ["KF0101"]


def test_a_file_beyond_the_limit_is_a_finding_before_it_is_read() -> None:
    sink = Sink()
    assert decode("t.kam", b"-" * (MAX_BYTES + 1), sink) is None
    assert [f.code for f in sink.sorted()] == ["KF0102"]


def test_a_file_of_too_many_words_is_a_finding() -> None:
    text = EN + "define x of r as " + "a," * 200_001
    assert "KF0111" in [f.code for f in findings(text)]


def test_many_mistakes_are_counted_not_listed() -> None:
    found = findings(EN + "define x of r as 1 +\n" * 100)
    assert len(found) == MAX_FINDINGS
    assert found[-1].code == "KF0129"
    assert "76" in found[-1].message.en  # 100 less the 24 that are shown


def test_every_code_of_the_room_is_given_by_a_test_of_this_file() -> None:
    room = {k.code for k in vars(errors).values() if getattr(k, "code", "") in CATALOG}
    shown = {c for _, codes in ONE_MISTAKE.values() for c in codes}
    assert room - shown == {"KF0101", "KF0102", "KF0111", "KF0129"}, "these have tests of their own above"


def test_a_foreign_keyword_brings_its_own_repair() -> None:
    text = EN + "define x of r as a 且 b\n"
    (only,) = findings(text)
    (edit,) = only.fix
    repaired = text[: edit.span.start] + edit.new_text + text[edit.span.end :]
    assert findings(repaired) == []


def test_a_bad_field_leaves_the_other_fields_of_its_record() -> None:
    sink = Sink()
    file = parse_file(Source("t.kam", EN + "record r\n  x : text text\n  y : money\nend\n"), sink)
    assert file is not None
    (record,) = file.decls
    assert [f.name.text for f in record.fields] == ["y"]
    assert "x" in file.broken


def test_every_finding_has_a_place_inside_its_file() -> None:
    for text, _ in ONE_MISTAKE.values():
        for f in findings(text):
            assert isinstance(f.span, Span)
            assert 0 <= f.span.start <= f.span.end <= len(text)
