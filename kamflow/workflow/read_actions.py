"""Actions: maps of one key, a closed set. Nothing in a file names code.

Assumes: a tree. Leaves: actions; whether SLAs, levels and policies that they name exist is for ``validate``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kamflow.base.span import NOWHERE
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.base.yaml_tree import YamlMap, YamlNode, part_of
from kamflow.workflow import read_errors as errors
from kamflow.workflow.model import (
    Action,
    ApplyRules,
    Assign,
    CreateTask,
    Due,
    Emit,
    Escalate,
    Expression,
    Name,
    Notify,
    Recipient,
    RequireReason,
    Role,
    SlaDue,
    StartPlay,
    StopPlay,
)
from kamflow.workflow.read_values import Reading, maybe, normal, shape_of, shown

_RECIPIENT = re.compile(r"(role:|subject\.)([^\W\d]\w{0,199})")
_SLA_DUE = re.compile(r"sla\.([^\W\d]\w{0,199})")
_NOBODY = Recipient(Role.ROLE, "", NOWHERE)
PROPOSE = "propose"


def read_actions(r: Reading, node: YamlNode | None) -> tuple[Action, ...]:
    what = Text("a list of actions", "动作列表")
    found = (_action(r, item) for item in r.items(node, what))
    return tuple(a for a in found if a is not None)


def _action(r: Reading, node: YamlNode) -> Action | None:
    what = Text("an action, such as `notify: {…}`,", "一个动作，如“notify: {…}”")
    if not isinstance(node, YamlMap) or len(node.items) != 1:
        several = isinstance(node, YamlMap) and len(node.items) > 1
        found = Text("several keys", "多个键") if several else shape_of(node)
        r.tell(errors.wrong_shape(node.span, what, found))
        return None
    key, below = node.items[0]
    read = _READERS.get(key.text)
    if read is None:
        known = list(_READERS)
        where = Text("a list of actions", "动作列表")
        r.tell(errors.unknown_key(key.span, shown(key.text), where, suggest(key.text, known), known))
        return None
    return read(r, below, node)


def _notify(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`notify`", "“notify”"), ("to", "template"))
    what = Text("a list of recipients", "收件人列表")
    to = tuple(recipient(r, item) for item in r.items(f.get("to"), what, some=True))
    return Notify(to, _template(r, f.get("template")), whole.span)


def _create_task(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`create_task`", "“create_task”"), ("id", "role"), ("due", "label"))
    due = _due(r, f.get("due")) if "due" in f else None
    return CreateTask(
        r.id(f.get("id"), Text("the id of a task", "任务标识")).text,
        role(r, f.get("role")),
        due,
        r.label(f.get("label")),
        whole.span,
    )


def _due(r: Reading, node: YamlNode | None) -> Due:
    if isinstance(node, YamlMap):
        return r.decided(node)
    value = r.value(node, Text("a duration", "时长"))
    found = _SLA_DUE.fullmatch(value.text) if value is not None else None
    if value is None or found is None:
        return r.duration(value)
    return SlaDue(Name(normal(found[1]), part_of(value, found.start(1), found.end(1))))


def _assign(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`assign`", "“assign”"), ("role", "by"))
    by = r.id(f.get("by"), Text("a way of assigning", "分派方式")).text
    return Assign(role(r, f.get("role")), by, whole.span)


def _start_play(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    optional = ("after", "max_attempts", "args")
    f = r.fields(node, Text("`start_play`", "“start_play”"), ("id",), optional)
    args = _arguments(r, f.get("args"))
    return StartPlay(
        _play(r, f.get("id")),
        maybe(r.duration, f.get("after")),
        maybe(lambda n: r.whole(n, 1, 1000), f.get("max_attempts")),
        args,
        whole.span,
    )


def _arguments(r: Reading, node: YamlNode | None) -> tuple[tuple[Name, Expression], ...]:
    what = Text("the name of an argument", "参数名")
    pairs = r.pairs(node, Text("a map of arguments", "参数映射"))
    return tuple((r.name(key, what), r.expression(value)) for key, value in pairs)


def _stop_play(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`stop_play`", "“stop_play”"), ("id",), ("args",))
    return StopPlay(_play(r, f.get("id")), _arguments(r, f.get("args")), whole.span)


def _apply_rules(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`apply_rules`", "“apply_rules”"), ("ruleset",), ("mode", "min_options"))
    return ApplyRules(
        r.name(f.get("ruleset"), Text("the name of a policy", "策略名")),
        r.word(f.get("mode"), (PROPOSE,)),
        maybe(lambda n: r.whole(n, 1, 100), f.get("min_options")),
        whole.span,
    )


def _require_reason(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`require_reason`", "“require_reason”"), ("field", "values"))
    field = r.name(f.get("field"), Text("the name of a field", "字段名"))
    each = Text("a reason", "原因取值")
    values = r.names(f.get("values"), Text("a list of reasons", "原因列表"), each, some=True)
    seen: set[str] = set()
    for value in values:
        if value.text in seen:
            said = f"the reason `{value.text}` is listed twice"
            r.tell(errors.not_together(value.span, Text(said, f"原因“{value.text}”重复列出")))
        seen.add(value.text)
    return RequireReason(field, tuple(v.text for v in values), whole.span)


def _escalate(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    f = r.fields(node, Text("`escalate`", "“escalate”"), (), ("level", "to", "template"))
    if not f.broken and not f.slips and ("level" in f) == ("to" in f):
        said = Text(
            "`escalate` names either a `level` of the ladder or whom it goes `to`",
            "“escalate”应写升级级别（level）或升级对象（to），二者取一",
        )
        r.tell(errors.not_together(node.span, said))
    elif "level" in f and "template" in f:
        said = Text("a `level` has its own recipient and no `template`", "按级别升级时不写“template”")
        r.tell(errors.not_together(f.keys["template"], said))
    elif "to" in f and "template" not in f and "template" not in f.slips:
        r.tell(errors.missing_key(node.span, ["template"], f.what))
    level = f.get("level")
    return Escalate(
        maybe(lambda n: r.whole(n, 0, 99), level),
        recipient(r, f.get("to")) if "to" in f else None,
        _template(r, f.get("template")),
        level.span if level is not None else whole.span,
    )


def _emit(r: Reading, node: YamlNode, whole: YamlMap) -> Action:
    return Emit(r.id(node, Text("the name of an event for others", "对外事件名")).text, whole.span)


def recipient(r: Reading, node: YamlNode | None) -> Recipient:
    """Read ``role:NAME`` or ``subject.FIELD``."""
    wanted = Text("a recipient", "收件人")
    value = r.value(node, wanted)
    if value is None:
        return _NOBODY
    found = _RECIPIENT.fullmatch(normal(value.text))
    if found is None:
        hint = Text(
            "write role:service_lead, or subject.contact for a field of the subject",
            "请写 role:角色名，或 subject.字段名（取自业务对象的字段）",
        )
        r.tell(errors.not_understood(value.span, shown(value.text), wanted, hint))
        return _NOBODY
    return Recipient(Role.ROLE if found[1] == "role:" else Role.SUBJECT, found[2], value.span)


def role(r: Reading, node: YamlNode | None) -> str:
    return r.name(node, Text("the name of a role", "角色名")).text


def _template(r: Reading, node: YamlNode | None) -> str:
    return r.id(node, Text("the name of a template", "模板名")).text


def _play(r: Reading, node: YamlNode | None) -> str:
    return r.id(node, Text("the id of a play", "方案标识")).text


_READERS: dict[str, Callable[[Reading, YamlNode, YamlMap], Action]] = {
    "notify": _notify,
    "create_task": _create_task,
    "assign": _assign,
    "start_play": _start_play,
    "stop_play": _stop_play,
    "apply_rules": _apply_rules,
    "require_reason": _require_reason,
    "escalate": _escalate,
    "emit": _emit,
}
