"""YAML as texts: mappings of plain values, read without guessing what a value is.

PyYAML's own reading makes ``no`` a truth value, ``1:30`` a number to the base of 60, ``0.1`` a binary float
and ``2026-06-30`` a date. Here every value is the text that stands in the file. What makes files hard to
check is refused: keys given twice, anchors and aliases, tags, several documents, deep nesting.
Assumes: the text of a file. Leaves: a tree, or the first problem with its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from kamflow.base.text import Text

if TYPE_CHECKING:
    import yaml

MAX_CHARS = 200_000
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class YamlValue:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class YamlMap:
    items: tuple[tuple[YamlValue, YamlNode], ...]
    line: int


@dataclass(frozen=True, slots=True)
class YamlList:
    items: tuple[YamlNode, ...]
    line: int


YamlNode: TypeAlias = YamlValue | YamlMap | YamlList


@dataclass(frozen=True, slots=True)
class YamlProblem:
    message: Text
    line: int


class _RefusedError(Exception):
    """Carries a problem up to ``parse_yaml``; never leaves this file."""

    def __init__(self, problem: YamlProblem) -> None:
        super().__init__(problem.message.en)
        self.problem = problem


def parse_yaml(text: str) -> YamlNode | YamlProblem | None:
    """Return the one document of a text; None where it is empty."""
    import yaml

    if len(text) > MAX_CHARS:
        said = Text(f"the file is longer than {MAX_CHARS:,} characters", f"文件超过 {MAX_CHARS:,} 个字符")
        return YamlProblem(said, 1)
    try:
        return _document(yaml.parse(text, Loader=yaml.SafeLoader))
    except _RefusedError as refused:
        return refused.problem
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        said = Text(f"this is no YAML: {wrong.problem or wrong.context}", "不符合 YAML 语法")
        return YamlProblem(said, mark.line + 1 if mark is not None else 1)
    except yaml.YAMLError:
        said = Text(
            "this is no YAML: a character that may not stand there", "不符合 YAML 语法：含有不允许的字符"
        )
        return YamlProblem(said, 1)


def _document(events: Iterator[yaml.Event]) -> YamlNode | None:
    import yaml

    root: YamlNode | None = None
    for event in events:
        match event:
            case yaml.DocumentStartEvent():
                if root is not None:
                    raise _refused(event, Text("a second document", "文件含有第二个文档"))
            case yaml.NodeEvent():
                root = _node(event, events, 1)
            case _:
                pass
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> YamlNode:
    import yaml

    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _refused(event, Text("anchors and aliases are not read", "不支持锚点和别名"))
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise _refused(event, Text(f"tags are not read: {tag}", f"不支持标签：{tag}"))
    if depth > _MAX_DEPTH:
        raise _refused(event, Text("nested too deeply", "嵌套过深"))
    match event:
        case yaml.ScalarEvent():
            return YamlValue(event.value, line)
        case yaml.SequenceStartEvent():
            items: list[YamlNode] = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                items.append(_node(inner, events, depth + 1))
            return YamlList(tuple(items), line)
        case _:
            return _mapping(events, line, depth)


def _mapping(events: Iterator[yaml.Event], line: int, depth: int) -> YamlMap:
    import yaml

    pairs: list[tuple[YamlValue, YamlNode]] = []
    seen: dict[str, int] = {}
    while not isinstance(inner := next(events), yaml.MappingEndEvent):
        key = _node(inner, events, depth + 1)
        if not isinstance(key, YamlValue):
            raise _refused(inner, Text("a key is one name", "键应为一个名称"))
        if key.text in seen:
            first = seen[key.text]
            said = f"`{key.text}` is given twice, first in line {first}"
            raise _refused(inner, Text(said, f"“{key.text}”重复出现，首次在第 {first} 行"))
        seen[key.text] = key.line
        pairs.append((key, _node(next(events), events, depth + 1)))
    return YamlMap(tuple(pairs), line)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _refused(event: yaml.Event, message: Text) -> _RefusedError:
    return _RefusedError(YamlProblem(message, _line(event)))
