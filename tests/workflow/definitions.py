"""Shipped workflows to edit: one slip is planted, and where it is to be told is marked with §."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.resources import resource_dir
from kamflow.base.span import Source, Span
from kamflow.base.yaml_tree import WORKFLOWS, Style, YamlList, YamlMap, YamlNode, YamlValue, read_yaml
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.read import read_workflow
from kamflow.workflow.read_calendars import read_calendars

HERE = "§"
NAMES = ("lifecycle", "complaint", "development")
CALENDARS = "calendars"


TABLED = "tabled"
"""The shipped complaint with a table of budgets, as a workflow has it whose policies decide no deadlines."""
_BUDGETS = """budgets:
  by: severity
  critical: {ack: 1 business hour, verify: 1 business day, propose: 2 business days, resolve: 5 business days}
  major:    {ack: 2 business hours, verify: 2 business days, propose: 4 business days, resolve: 8 business days}
  minor:    {ack: 4 business hours, verify: 3 business days, propose: 6 business days, resolve: 12 business days}

vars:"""  # noqa: E501
_DECIDED = {
    "ack": "{amount: acknowledge_hours, unit: business hours}",
    "verify": "{amount: verify_days, unit: business days}",
    "propose": "{amount: propose_days, unit: business days}",
    "resolve": "{amount: resolve_days, unit: business days}",
}


@cache
def shipped(name: str) -> str:
    if name == TABLED:
        text = shipped("complaint").replace("vars:", _BUDGETS, 1)
        for column, decided in _DECIDED.items():
            text = text.replace(f"budget: {decided}", f"budget: {{from: budgets, column: {column}}}")
        return text
    return (Path(resource_dir("workflows")) / f"{name}.yaml").read_text(encoding="utf-8")


def edited(name: str, old: str, new: str) -> tuple[str, int]:
    """Return the file with one place changed, and the offset of the mark in ``new`` (-1 without one)."""
    text = shipped(name)
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    planted = text.replace(old, new)
    return planted.replace(HERE, ""), planted.find(HERE)


def read(text: str, name: str = "w.yaml") -> tuple[Workflow | None, tuple[Diagnostic, ...]]:
    sink = Sink()
    return read_workflow(Source(name, text), sink), sink.sorted()


def read_one(text: str, name: str = "w.yaml") -> Workflow:
    found, findings = read(text, name)
    assert found is not None, [f.message.en for f in findings]
    return found


def calendars(text: str) -> tuple[tuple[Calendar, ...], tuple[Diagnostic, ...]]:
    sink = Sink()
    return read_calendars(Source("c.yaml", text), sink), sink.sorted()


@cache
def shipped_calendars() -> tuple[Calendar, ...]:
    found, findings = calendars(shipped(CALENDARS))
    assert not findings
    return found


def told(findings: tuple[Diagnostic, ...], text: str) -> list[tuple[str, int, int]]:
    """Return code, line and column of each finding."""
    source = Source("w.yaml", text)
    return [(f.code, *source.line_col(f.span.start)) for f in findings if isinstance(f.span, Span)]


def line_col(text: str, offset: int) -> tuple[int, int]:
    return Source("w.yaml", text).line_col(offset)


def plain_data(text: str) -> object:
    """Return what a reader of YAML 1.2 makes of a text: editors see this."""
    tree = read_yaml(text, "", WORKFLOWS)
    assert tree.root is not None
    return _plain(tree.root)


def _plain(node: YamlNode) -> object:
    match node:
        case YamlMap(items):
            return {key.text: _plain(value) for key, value in items}
        case YamlList(listed):
            return [_plain(item) for item in listed]
        case YamlValue(text, style=Style.PLAIN):
            return _typed(text)
        case YamlValue(text):
            return text


def _typed(text: str) -> object:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text


# ---- files by chance

_PIECES = [
    ":", "- ", "{", "}", "[", "]", ",", "'", '"', "&a ", "*a", "!t ", "|", ">-", "\n", "  ", "\t", "#", "%",
    "中", "\u2028", "\ufeff", "no", "~", "<<: ", "0", "30 days", "enter(x)", "role:", "? ", "---\n", "\r",
]  # fmt: skip


def mutated(text: str, rng: Random) -> str:
    """Change a text in one to three places, as slips and hostile hands do."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text))
        match rng.randrange(5):
            case 0:
                text = text[:at] + rng.choice(_PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + rng.randint(1, 12) :]
            case 2:
                text = text[:at] + rng.choice(_PIECES) + text[at + 1 :]
            case 3:  # a line less
                start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1
                text = text[:start] + text[end or len(text) :]
            case _:  # a line elsewhere
                start, end = text.rfind("\n", 0, at) + 1, (text.find("\n", at) + 1) or len(text)
                to = rng.randrange(len(text))
                to = text.rfind("\n", 0, to) + 1
                text = text[:to] + text[start:end] + text[to:]
    return text
