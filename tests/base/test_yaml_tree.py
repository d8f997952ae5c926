"""Every value of a YAML file knows the characters it was written with, and never becomes something else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest
import yaml

from kamflow.base.span import Source
from kamflow.base.yaml_tree import (
    BLOCKS,
    WORKFLOWS,
    Limits,
    Style,
    YamlList,
    YamlMap,
    YamlNode,
    YamlProblem,
    YamlValue,
    parse_yaml,
    part_of,
    read_yaml,
    source_text,
)


def values(node: YamlNode | YamlProblem | None) -> Iterator[YamlValue]:
    match node:
        case YamlValue():
            yield node
        case YamlMap(items):
            for key, value in items:
                yield key
                yield from values(value)
        case YamlList(list_items):
            for item in list_items:
                yield from values(item)
        case _:
            raise AssertionError(node)


def one(text: str) -> YamlValue:
    """Return the value of the key `k`."""
    root = parse_yaml(text, "f")
    assert isinstance(root, YamlMap), root
    found = {k.text: v for k, v in root.items}["k"]
    assert isinstance(found, YamlValue)
    return found


def problem(text: str, limits: Limits = WORKFLOWS) -> YamlProblem:
    found = parse_yaml(text, "f", limits)
    assert isinstance(found, YamlProblem), found
    return found


WRITTEN = {
    "plain": ("k: 中文 a >= 1 # no\n", "中文 a >= 1", Style.PLAIN),
    "single": ("k: 'a # b'\n", "'a # b'", Style.SINGLE),
    "double": ('k: "a: b"\n', '"a: b"', Style.DOUBLE),
    "in a flow map": ("{a: 1, k: a is b, c: 2}", "a is b", Style.PLAIN),
    "in a flow list": ("z: [p:q, 50%]\nk: 😀 x\n", "😀 x", Style.PLAIN),
    "folded": ("k: >-\n  a\n  and b\n\nz: 1\n", ">-\n  a\n  and b", Style.FOLDED),
    "literal": ("k: |\n  a\n   b\n# c\nz: 1\n", "|\n  a\n   b", Style.LITERAL),
    "over lines": ("k: a\n  and\n  b\nz: 1\n", "a\n  and\n  b", Style.PLAIN),
    "a tab before it": ("k:\ta\n", "a", Style.PLAIN),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("before", ["", "\ufeff", "# 注释\n", "\ufeff# 注释\n"])
def test_the_span_of_a_value_is_the_characters_it_was_written_with(
    name: str, line_end: str, before: str
) -> None:
    body, wanted, style = WRITTEN[name]
    text = (before + body).replace("\n", line_end)
    found = one(text)
    assert text[found.span.start : found.span.end] == wanted.replace("\n", line_end)
    assert found.style is style
    assert found.line == text[: found.span.start].count("\n") + 1


def test_maps_and_lists_reach_from_their_first_character_to_their_last() -> None:
    text = "a:\n  - {b: 1}\n  - [c, d]\ne: {f: [], g: {}}\nh: [i: j]\n"
    root = parse_yaml(text, "f")

    def spans(node: YamlNode | YamlProblem | None) -> Iterator[str]:
        if isinstance(node, YamlMap | YamlList):
            yield text[node.span.start : node.span.end]
            for item in node.items:
                yield from spans(item[1] if isinstance(item, tuple) else item)

    assert list(spans(root)) == [
        text.rstrip("\n"), "- {b: 1}\n  - [c, d]", "{b: 1}", "[c, d]", "{f: [], g: {}}", "[]", "{}",
        "[i: j]", "i: j",
    ]  # fmt: skip


REFUSED = {
    "a second document": ("a: 1\n---\nb: 1\n", 2, 1),
    "anchor": ("a:\n  b: &x 1\n", 2, 6),
    "alias": ("a: 1\nb: *x\n", 2, 4),
    "merge key": ("a:\n  b: 1\n  <<: {c: 1}\n", 3, 3),
    "tag": ("a: 1\nb:   !!int 1\n", 2, 6),
    "twice": ("中: {甲: 1, 乙: 2, 甲: 3}\n", 1, 17),
    "a colon": ("a: 1\nb: c: d\n", 2, 5),
    "a tab": ("a:\n\tb: 1\n", 2, 1),
    "a list as a key": ("? [a, b]\n: 1\n", 1, 3),
    "NUL": ("a: 1\nb: x\0\n", 2, 5),
    "surrogate": ("a: \ud800\n", 1, 4),
    "a byte order mark inside": ("a: 1\nb: \ufeff1\n", 2, 4),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_what_makes_a_file_hard_to_check_is_refused_with_line_and_column(name: str, bom: str) -> None:
    text, line, column = REFUSED[name]
    found = problem(bom + text)
    assert (found.line, found.column) == (line, column + (len(bom) if line == 1 else 0))
    assert Source("f", bom + text).line_col(found.span.start) == (found.line, found.column)
    assert found.message.zh


def test_all_keys_that_are_given_twice_are_told_and_the_first_stays() -> None:
    tree = read_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n", "f", WORKFLOWS)
    assert [(p.line, p.column) for p in tree.problems] == [(2, 1), (3, 11)]
    assert isinstance(tree.root, YamlMap)
    assert [(k.text, v.text) for k, v in tree.root.items if isinstance(v, YamlValue)] == [("a", "1")]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "\ufeff"])
def test_a_file_that_says_nothing_has_no_root(text: str) -> None:
    assert parse_yaml(text) is None


@pytest.mark.parametrize(
    "said", ["no", "NO", "on", "18:00", "1e3", "0x10", "2026-06-30", "null", "~", ".inf"]
)
def test_a_value_is_the_text_that_stands_there(said: str) -> None:
    assert one(f"k: {said}\n").text == said
    assert not one(f"k: {said}\n").is_empty


def test_nothing_is_told_from_an_empty_text() -> None:
    assert one("k:\n").is_empty
    assert not one('k: ""\n').is_empty


def test_limits_are_those_that_are_given() -> None:
    assert "longer than 5" in problem("a: 12345", Limits(chars=5)).message.en
    assert "deeply" in problem("a: {b: {c: 1}}", Limits(depth=3)).message.en
    assert parse_yaml("a: {b: 1}", "f", Limits(depth=3)) is not None
    assert "more than 3" in problem("a: [1, 2, 3]", Limits(nodes=3)).message.en


HOSTILE = {
    "brackets": "[" * 200_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "alias bomb": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(1000)),
    "one long line": "a: " + "x" * ((1 << 20) - 3),
    "many values": "\n".join(f"k{i}: {{a: {i}}}" for i in range(60_000)),
    "many lines": "a: >-\n" + "  x\n" * 200_000,
    "quote": '"' + "a\n" * 300_000,
    "escapes": 'a: "' + "\\u4e2d" * 100_000 + '"',
    "spaces": " " * 1_000_000 + "a: 1",
    "too long": "a: " + "x" * (1 << 20),
    "colons": ":" * 500_000,
    "keys": "a: " * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_cost_less_than_a_second(name: str) -> None:
    before = time.process_time()
    read_yaml(HOSTILE[name], "f", WORKFLOWS)
    assert time.process_time() - before < 1


# ---- the text behind a value


SOURCES = {
    "plain": ("k: a >= 1\n", "a >= 1"),
    "single quotes": ("k: 'a: 1'\n", " a: 1 "),
    "double quotes": ('k: "a: 1"\n', " a: 1 "),
    "folded": ("k: >-\n  a\n  and b\n", "     a   and b"),
    "a comment in the header": ("k: >- # why\n  a\n", "           a"),
    "a hash in a block belongs to the text": ("k: |\n  a # b\n  c\n", "    a # b   c"),
    "over lines": ("k: a\n    and b\n", "a     and b"),
    "tabs within stay": ("k: >-\n  a\tb\n  \tc\n", "     a\tb    c"),
    "quotes over lines": ('k: "a\n\n  b"\n', " a    b "),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("before", ["", "\ufeff# 注\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_character_of_a_source_text_stands_where_the_file_has_it(
    name: str, before: str, line_end: str
) -> None:
    body, wanted = SOURCES[name]
    text = (before + body).replace("\n", line_end)
    value = one(text)
    found = source_text(value, text)
    assert isinstance(found, str)
    assert found.split() == wanted.split()
    assert len(found) == value.span.end - value.span.start
    for i, ch in enumerate(found):
        assert ch in (text[value.span.start + i], " ")
    if line_end == "\n":
        assert found == wanted


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ('k: "a is \\"x\\""\n', 10, "single quotes"),
        ('k: "a \\\n  b"\n', 7, "single quotes"),
        ("k: 'it''s'\n", 7, ">-"),
    ],
)
def test_escapes_have_no_source_text_and_the_way_out_is_told(text: str, column: int, hint: str) -> None:
    found = source_text(one(text), text)
    assert isinstance(found, YamlProblem)
    assert (found.line, found.column) == (1, column)
    assert found.hint is not None
    assert hint in found.hint.en
    assert text[found.span.start] in "\\'"


@pytest.mark.parametrize("text", ["k: enter(x)\n", "k: 'enter(x)'\n", '{k: "enter(x)"}'])
def test_a_part_of_a_value_has_its_own_place(text: str) -> None:
    span = part_of(one(text), 6, 7)
    assert text[span.start : span.end] == "x"


def test_a_part_of_a_value_with_escapes_is_the_whole_value() -> None:
    text = 'k: "\\u0065nter(x)"\n'
    assert part_of(one(text), 6, 7) == one(text).span


# ---- both readers of PyYAML


_LEAVES = [
    "a",
    "中文 b",
    "'q: 1'",
    '"z # 1"',
    "50%",
    "role:x",
    "x >= 1 and y",
    "",
    "|\n@a\n@ b\n",
    ">-\n@a\n@b\n\n",
]


def _by_chance(rng: Random, depth: int, indent: str) -> str:
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return " " + rng.choice(_LEAVES).replace("@", indent) + "\n"
    if kind < 0.45:
        return " {a: [x, {b: 1}], 中: 'y'}" + rng.choice(["", " # c"]) + "\n"
    start = rng.choice(["\n", " # c\n", "\n\n"])
    if kind < 0.7:
        return start + "".join(f"{indent}-{_by_chance(rng, depth - 1, indent + '  ')}" for _ in range(3))
    return start + "".join(f"{indent}键{i}:{_by_chance(rng, depth - 1, indent + '  ')}" for i in range(3))


@pytest.mark.parametrize("seed", range(20))
def test_both_readers_of_pyyaml_give_the_same_tree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    texts = ["top:" + _by_chance(rng, 4, "  ") for _ in range(10)]
    texts = [rng.choice(["", "\ufeff"]) + t.replace("\n", rng.choice(["\n", "\r\n"])) for t in texts]
    fast = [parse_yaml(t, "f", WORKFLOWS) for t in texts]
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert fast == [parse_yaml(t, "f", WORKFLOWS) for t in texts]
    assert sum(not isinstance(f, YamlProblem) for f in fast) >= 5
    for text, tree in zip(texts, fast, strict=True):
        if isinstance(tree, YamlProblem):
            continue
        for value in values(tree):
            found = source_text(value, text)
            assert isinstance(found, str)
            assert found.split() == value.text.split()
            assert (value.style in BLOCKS) == (text[value.span.start : value.span.start + 1] in ("|", ">"))
