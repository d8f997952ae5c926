"""Service levels, the tables of their budgets, and the escalation ladder.

Assumes: a tree. Leaves: values; whether states, columns and levels exist is for ``validate``.
"""

from __future__ import annotations

import re

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.base.yaml_tree import YamlMap, YamlNode, part_of
from kamflow.workflow import read_errors as errors
from kamflow.workflow.model import (
    AutoLevel,
    Budget,
    BudgetTable,
    Duration,
    Edge,
    FromTable,
    Ladder,
    Level,
    Mark,
    Name,
    OnReopen,
    Sla,
)
from kamflow.workflow.read_actions import read_actions, recipient
from kamflow.workflow.read_values import Reading, maybe, normal, shown

_MARK = re.compile(r"(enter|exit)\(([^\W\d]\w{0,199})\)")
_SLA = ("pausable", "max_pause", "reopen", "parent", "warn", "breach")


def read_budgets(r: Reading, node: YamlNode | None, key: Span) -> tuple[BudgetTable, ...]:
    """Read ``{by: …, ROW: {COLUMN: duration}}``: one table, called ``budgets``."""
    if node is None:
        return ()
    what = Text("a table of budgets", "时限表")
    by: YamlNode | None = None
    rows: list[tuple[Name, tuple[tuple[Name, Duration], ...]]] = []
    for name, below in r.pairs(node, what):
        if name.text == "by":
            by = below
            continue
        cells = r.pairs(below, Text("a row of budgets", "时限表的一行"))
        column = Text("the name of a column", "列名")
        row = tuple((r.name(c, column), r.duration(value)) for c, value in cells)
        rows.append((r.name(name, Text("the name of a row", "行名")), row))
    if isinstance(node, YamlMap):
        missing = ["by"] * (by is None) + ["a row"] * (not rows)
        if missing:
            r.tell(errors.missing_key(key, missing, what))
    return (BudgetTable(Name("budgets", key), r.expression(by), tuple(rows)),)


def read_slas(r: Reading, node: YamlNode | None) -> tuple[Sla, ...]:
    return tuple(_sla(r, item) for item in r.items(node, Text("a list of SLAs", "服务时限列表")))


def _sla(r: Reading, node: YamlNode) -> Sla:
    what = Text("the name of an SLA", "服务时限名")
    f = r.fields(node, Text("an SLA", "服务时限"), ("id", "label", "start", "stop", "budget"), _SLA)
    stops = r.items(f.get("stop"), Text("a list of places to stop", "停止点列表"), some=True)
    pausable = r.flag(f.get("pausable"))
    if "max_pause" in f and not pausable and "pausable" not in f.slips:
        said = Text("`max_pause` of an SLA that is not `pausable`", "不可暂停的时限不应有“max_pause”")
        r.tell(errors.not_together(f.keys["max_pause"], said))
    return Sla(
        id=r.name(f.get("id"), what),
        label=r.label(f.get("label")),
        start=_mark(r, f.get("start")),
        stop=tuple(_mark(r, item) for item in stops),
        budget=_budget(r, f.get("budget")),
        pausable=pausable,
        max_pause=maybe(r.duration, f.get("max_pause")),
        reopen=r.choice(f.get("reopen"), OnReopen, OnReopen.NEW_BUDGET),
        parent=maybe(lambda n: r.name(n, what), f.get("parent")),
        warn=_warn(r, f.get("warn")),
        breach=read_actions(r, f.get("breach")),
        span=node.span,
    )


def _mark(r: Reading, node: YamlNode | None) -> Mark:
    wanted = Text("a place to start or stop", "起止点")
    value = r.value(node, wanted)
    found = _MARK.fullmatch(value.text) if value is not None else None
    if value is None or found is None:
        if value is not None:
            hint = Text(
                "write enter(STATE) or exit(STATE)", "请写 enter(状态名)（进入时）或 exit(状态名)（离开时）"
            )
            r.tell(errors.not_understood(value.span, shown(value.text), wanted, hint))
        return Mark(Edge.ENTER, Name(""))
    place = part_of(value, found.start(2), found.end(2))
    return Mark(Edge(found[1]), Name(normal(found[2]), place))


def _budget(r: Reading, node: YamlNode | None) -> Budget:
    if not isinstance(node, YamlMap):
        return r.duration(node)
    if any(key.text in ("amount", "unit") for key, _ in node.items):
        return r.decided(node)
    f = r.fields(node, Text("a budget", "时限"), ("from", "column"))
    table = r.name(f.get("from"), Text("the name of a table", "表名"))
    return FromTable(table, r.name(f.get("column"), Text("the name of a column", "列名")))


def _warn(r: Reading, node: YamlNode | None) -> tuple[int, ...]:
    """Read percentages, ascending."""
    found: list[int] = []
    for item in r.items(node, Text("a list of percentages", "百分比列表")):
        percent = r.percent(item)
        if percent and found and percent <= found[-1]:
            r.tell(errors.not_ascending(item.span, f"{percent}%", f"{found[-1]}%"))
        elif percent:
            found.append(percent)
    return tuple(found)


def read_ladder(r: Reading, node: YamlNode | None) -> Ladder:
    if node is None:
        return Ladder()
    f = r.fields(node, Text("`escalation`", "“escalation”"), ("levels",), ("auto",))
    levels = r.items(f.get("levels"), Text("a list of levels", "级别列表"), some=True)
    auto = r.items(f.get("auto"), Text("a list of conditions", "条件列表"))
    return Ladder(tuple(_level(r, item) for item in levels), tuple(_auto(r, item) for item in auto))


def _level(r: Reading, node: YamlNode) -> Level:
    f = r.fields(node, Text("a level", "级别"), ("level", "label", "to"))
    level = f.get("level")
    place = level.span if level is not None else node.span
    return Level(r.whole(level, 0, 99), r.label(f.get("label")), recipient(r, f.get("to")), place)


def _auto(r: Reading, node: YamlNode) -> AutoLevel:
    f = r.fields(node, Text("an automatic escalation", "自动升级条件"), ("when", "level"))
    level = f.get("level")
    place = level.span if level is not None else node.span
    return AutoLevel(r.expression(f.get("when")), r.whole(level, 0, 99), place)
