"""YAML as texts: mappings of plain values with their exact places, read without guessing what a value is.

PyYAML's own reading makes ``no`` a truth value, ``1:30`` a number to the base of 60, ``0.1`` a binary float
and ``2026-06-30`` a date. Here every value is the text that stands in the file. What makes files hard to
check is refused: keys given twice, anchors and aliases, merge keys, tags, several documents, deep nesting.
Assumes: the text of a file. Leaves: a tree whose spans are characters of that text, a byte order mark
included, and what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Source, Span
from kamflow.base.text import Text

if TYPE_CHECKING:
    import yaml

MAX_CHARS = 200_000


@frozen
class Limits:
    """How much of a file is read; a file that is over one of them is refused."""

    chars: int = MAX_CHARS
    depth: int = 8
    nodes: int = 50_000


OVERLAYS = Limits()
WORKFLOWS = Limits(chars=1 << 20, depth=32)


class Style(Enum):
    """How a value is written."""

    PLAIN = auto()
    SINGLE = auto()
    DOUBLE = auto()
    LITERAL = auto()
    FOLDED = auto()


_STYLES = {"'": Style.SINGLE, '"': Style.DOUBLE, "|": Style.LITERAL, ">": Style.FOLDED}
BLOCKS = (Style.LITERAL, Style.FOLDED)


@frozen
class YamlValue:
    """``span``: quotes, and the header of a block (``>-``), included."""

    text: str
    line: int
    span: Span = NOWHERE
    style: Style = Style.PLAIN

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written; `""` is not nothing."""
        return not self.text and self.style is Style.PLAIN


@frozen
class YamlMap:
    items: tuple[tuple[YamlValue, YamlNode], ...]
    line: int
    span: Span = NOWHERE


@frozen
class YamlList:
    items: tuple[YamlNode, ...]
    line: int
    span: Span = NOWHERE


YamlNode: TypeAlias = YamlValue | YamlMap | YamlList


@frozen
class YamlProblem:
    """``line`` and ``column`` from 1, in characters; ``hint`` where there is one way to mend it."""

    message: Text
    line: int
    span: Span = NOWHERE
    column: int = 1
    hint: Text | None = None


@frozen
class YamlTree:
    """``root`` None: the file is empty, or could not be read to its end. Of two equal keys the first
    stays."""

    root: YamlNode | None
    problems: tuple[YamlProblem, ...]


class _RefusedError(Exception):
    """Carries a problem up to ``read_yaml``; never leaves this file."""

    def __init__(self, problem: YamlProblem) -> None:
        super().__init__(problem.message.en)
        self.problem = problem


def parse_yaml(text: str, source: str = "", limits: Limits = OVERLAYS) -> YamlNode | YamlProblem | None:
    """Return the one document of a text, or the first problem; None where it is empty."""
    tree = read_yaml(text, source, limits)
    return tree.problems[0] if tree.problems else tree.root


def read_yaml(text: str, source: str, limits: Limits) -> YamlTree:
    """Read the one document of a text. Keys given twice are told all; anything else ends the reading."""
    reading = _Reading(text, source, limits)
    try:
        root = reading.document()
    except _RefusedError as refused:
        return YamlTree(None, (*reading.problems, refused.problem))
    return YamlTree(root, tuple(reading.problems))


_QUOTE = Text("close the quote that is open here", "请补上缺少的引号")
_INDENT = Text(
    "check the indentation of this line and the brackets and quotes before it",
    "请检查本行的缩进，以及前面的括号和引号",
)
_KNOWN_SLIPS = (
    (
        "scanning an alias",
        Text("`*` begins an alias, and aliases are not read", "“*”表示别名，而别名不受支持"),
        Text("name each thing that is meant: [one, other]", "请逐一列出，如 [甲, 乙]"),
    ),
    (
        "mapping values are not allowed",
        Text("this is no YAML: a colon that starts no value here", "不符合 YAML 语法：此处不应出现冒号"),
        Text(
            "put a text that has `: ` in it in quotes, or check the indentation",
            "含有“: ”的文字请加引号，或检查缩进",
        ),
    ),
    (
        "cannot start any token",
        Text("this is no YAML: a character that starts no value", "不符合 YAML 语法：该字符不能作为值的开头"),
        Text("indent with spaces, not tabs; put the value in quotes", "缩进请用空格而非制表符；该值请加引号"),
    ),
    (
        "unexpected end of stream",
        Text("this is no YAML: a quote is not closed", "不符合 YAML 语法：引号未闭合"),
        _QUOTE,
    ),
    (
        "expected",
        Text("this is no YAML: the line does not fit here", "不符合 YAML 语法：本行与上下文不符"),
        _INDENT,
    ),
)
"""What PyYAML says (its two readers say it a little differently), and what we say."""

_ODD = re.compile(  # in parts: one class of all of them takes 15 ms to compile
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|[\ud800-\udfff]|[\ufeff\ufffe\uffff]"
)
_BOM = "\ufeff"


class _Reading:
    """One file while it is read. ``_shift``: marks count from after the byte order mark."""

    def __init__(self, text: str, source: str, limits: Limits) -> None:
        self._text = text
        self._source = source
        self._limits = limits
        self._shift = 1 if text.startswith(_BOM) else 0
        self._nodes = 0
        self._file = Source(source, text)  # counts lines as editors do: YAML also ends one at U+2028
        self.problems: list[YamlProblem] = []

    def document(self) -> YamlNode | None:
        import yaml

        if len(self._text) > self._limits.chars:
            most = f"{self._limits.chars:,}"
            raise self._refused(
                0, 0, Text(f"the file is longer than {most} characters", f"文件超过 {most} 个字符")
            )
        body = self._text[self._shift :]
        odd = _ODD.search(body)
        if odd is not None:
            code = f"U+{ord(odd[0]):04X}"
            said = Text(
                f"this is no YAML: the character {code} may not stand there",
                f"不符合 YAML 语法：含有不允许的字符 {code}",
            )
            raise self._refused(odd.start(), odd.end(), said)
        # libyaml is 20 times as fast; both give the same events and marks (a test compares them)
        loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        try:
            return self._document(yaml.parse(body, Loader=loader))
        except yaml.MarkedYAMLError as wrong:
            raise self._no_yaml(wrong) from None
        except yaml.YAMLError:
            said = Text(
                "this is no YAML: a character that may not stand there", "不符合 YAML 语法：含有不允许的字符"
            )
            raise self._refused(0, 0, said) from None

    def _no_yaml(self, wrong: yaml.MarkedYAMLError) -> _RefusedError:
        mark = wrong.problem_mark or wrong.context_mark
        at = mark.index if mark is not None else 0
        what = wrong.problem or wrong.context or ""
        where = f"{what}; {wrong.context or ''}"
        for part, said, hint in _KNOWN_SLIPS:
            if part in where:
                return self._refused(at, at + 1, said, hint)
        return self._refused(at, at + 1, Text(f"this is no YAML: {what}", "不符合 YAML 语法"))

    def _document(self, events: Iterator[yaml.Event]) -> YamlNode | None:
        import yaml

        root: YamlNode | None = None
        started = False
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    if started:
                        raise self._refused_at(event, Text("a second document", "文件含有第二个文档"))
                    started = True
                case yaml.NodeEvent():
                    root = self._node(event, events, 1)
                case _:
                    pass
        if isinstance(root, YamlValue) and root.is_empty:
            return None  # only comments
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> YamlNode:
        import yaml

        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._refused_at(event, Text("anchors and aliases are not read", "不支持锚点和别名"))
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._refused_at(event, Text(f"tags are not read: {tag}", f"不支持标签：{tag}"))
        if depth > self._limits.depth:
            raise self._refused_at(event, Text("nested too deeply", "嵌套过深"))
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            most = f"{self._limits.nodes:,}"
            raise self._refused_at(event, Text(f"more than {most} values", f"超过 {most} 个值"))
        match event:
            case yaml.ScalarEvent():
                return self._value(event)
            case yaml.SequenceStartEvent():
                items: list[YamlNode] = []
                while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                    items.append(self._node(inner, events, depth + 1))
                span = self._span_of_many(event, inner, items[-1].span if items else None)
                return YamlList(tuple(items), self._file.line_col(span.start)[0], span)
            case _:
                return self._mapping(event, events, depth)

    def _value(self, event: yaml.ScalarEvent) -> YamlValue:
        style = _STYLES.get(event.style or "", Style.PLAIN)
        start, end = _start(event) + self._shift, _end(event) + self._shift
        if style in BLOCKS:  # the mark stands after the empty lines that follow
            end = start + len(self._text[start:end].rstrip())
        return YamlValue(event.value, self._file.line_col(start)[0], Span(self._source, start, end), style)

    def _mapping(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> YamlMap:
        import yaml

        pairs: list[tuple[YamlValue, YamlNode]] = []
        seen: dict[str, int] = {}
        while not isinstance(inner := next(events), yaml.MappingEndEvent):
            key = self._node(inner, events, depth + 1)
            if not isinstance(key, YamlValue):
                raise self._refused_at(inner, Text("a key is one name", "键应为一个名称"))
            if key.text == "<<" and key.style is Style.PLAIN:
                raise self._refused_at(inner, Text("merge keys (`<<`) are not read", "不支持合并键“<<”"))
            value = self._node(next(events), events, depth + 1)
            if key.text in seen:
                first = seen[key.text]
                said = f"`{key.text}` is given twice, first in line {first}"
                twice = Text(said, f"“{key.text}”重复出现，首次在第 {first} 行")
                self.problems.append(self._refused_at(inner, twice).problem)
                continue
            seen[key.text] = key.line
            pairs.append((key, value))
        span = self._span_of_many(event, inner, pairs[-1][1].span if pairs else None)
        return YamlMap(tuple(pairs), self._file.line_col(span.start)[0], span)

    def _span_of_many(self, first: yaml.Event, last: yaml.Event, inside: Span | None) -> Span:
        """From the start to the closing bracket, or to the last value where there is none."""
        start = _start(first) + self._shift
        in_brackets = _start(last) < _end(last)
        if in_brackets:
            return Span(self._source, start, _end(last) + self._shift)
        return Span(self._source, start, max(start, inside.end if inside is not None else start))

    def _refused_at(self, event: yaml.Event, message: Text) -> _RefusedError:
        start, end = _start(event), _end(event)
        return self._refused(start, max(start, end), message)

    def _refused(self, start: int, end: int, message: Text, hint: Text | None = None) -> _RefusedError:
        """``start`` and ``end`` count as marks do."""
        start = min(start + self._shift, len(self._text))
        end = max(start, min(end + self._shift, len(self._text)))
        line, column = self._file.line_col(start)
        return _RefusedError(YamlProblem(message, line, Span(self._source, start, end), column, hint))


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


# ---- the text behind a value


def part_of(value: YamlValue, start: int, end: int) -> Span:
    """Return the place of characters ``start`` to ``end`` of a value's text, or all of it where they differ
    from those of the file."""
    span = value.span
    quotes = 0 if value.style is Style.PLAIN else 1
    if value.style in BLOCKS or span.end - span.start != len(value.text) + 2 * quotes:
        return span
    return Span(span.source, span.start + quotes + start, span.start + quotes + end)


_TO_LINE_END = re.compile(r"[^\r\n]*")
_BREAKS = re.compile("[\r\n\x85\u2028\u2029]+[ \t]*")


def source_text(value: YamlValue, text: str) -> str | YamlProblem:
    """Return the characters of a value where they stand in ``text``: character ``i`` at ``span.start + i``.

    Spaces stand for quotes, the header of a block with its comment, line breaks and indentation. A ``#`` in
    a block belongs to the text, as YAML has it. Where the file says a character by more than one (`\\"` in
    double quotes, `''` in single ones) there is no such text.
    """
    written = text[value.span.start : value.span.end]
    match value.style:
        case Style.LITERAL | Style.FOLDED:
            header = _TO_LINE_END.match(written)
            size = header.end() if header is not None else 0
            written = " " * size + written[size:]
        case Style.DOUBLE | Style.SINGLE:
            double = value.style is Style.DOUBLE
            at = written.find("\\") if double else written.find("''", 1, len(written) - 1)
            if at >= 0:
                return _escaped(value, text, at, double)
            written = f" {written[1:-1]} "
        case Style.PLAIN:
            pass
    return _BREAKS.sub(lambda found: " " * len(found[0]), written)


def _escaped(value: YamlValue, text: str, at: int, double: bool) -> YamlProblem:
    start = value.span.start + at
    line, column = Source("", text).line_col(start)
    if double:
        said = Text("an escape with `\\` in an expression", "表达式中含有“\\”转义")
        hint = Text("put it in single quotes, or below `>-`", "请改用单引号，或写在“>-”之下")
    else:
        said = Text("a doubled quote (`''`) in an expression", "表达式中含有连写的单引号（''）")
        hint = Text("write it below `>-`", "请写在“>-”之下")
    return YamlProblem(said, line, Span(value.span.source, start, start + 2), column, hint)
