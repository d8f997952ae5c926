"""States and what leads from one to the next: transitions, timers, approvals.

Assumes: a tree. Leaves: states in the order of the file; whether what they name exists is for ``validate``.
"""

from __future__ import annotations

from collections.abc import Mapping

from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import NO_TEXT, Text
from kamflow.base.yaml_tree import YamlMap, YamlNode, YamlValue
from kamflow.workflow import read_errors as errors
from kamflow.workflow.model import (
    Approve,
    Duration,
    Expression,
    Name,
    OnTimeout,
    Reason,
    State,
    StateTimer,
    Transition,
)
from kamflow.workflow.read_actions import read_actions, role
from kamflow.workflow.read_values import Fields, Reading, maybe, shown

PLAIN_PRIORITY = 50  # where neither the file's kinds nor the transition say anything

_EDGE = ("kind", "priority", "event", "when", "hold", "bypass_dwell", "approve", "set", "do", "reason")
_STATE = (
    "step", "final", "closed", "min_dwell", "entry", "exit", "timers", "transitions", "internal",
)  # fmt: skip
_MISSING = ("missing", "缺失")  # as the policy language has it
_STATE_NAME = Text("the name of a state", "状态名")


@frozen
class Defaults:
    """``priority``: of each kind of transition; None where the file has no table of them."""

    min_dwell: Duration
    priority: Mapping[str, int] | None = None
    stale_after: Duration | None = None
    review_every: Duration | None = None


class _Order:
    """Counts transitions in the order of the file."""

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> int:
        self.next += 1
        return self.next - 1


def read_states(
    r: Reading, states: YamlNode | None, over: YamlNode | None, defaults: Defaults
) -> tuple[tuple[State, ...], tuple[Transition, ...]]:
    """Return the states, and the global transitions, which come last in the order."""
    order = _Order()
    what = Text("a map of states", "状态映射")
    found = tuple(_state(r, key, node, defaults, order) for key, node in r.pairs(states, what))
    if isinstance(states, YamlMap) and not found:
        r.tell(errors.wrong_shape(states.span, what, Text("an empty one", "空映射")))
    listed = r.items(over, Text("a list of transitions", "迁移列表"))
    return found, tuple(_global_transition(r, node, defaults, order) for node in listed)


def _state(r: Reading, key: YamlValue, node: YamlNode, defaults: Defaults, order: _Order) -> State:
    name = r.name(key, _STATE_NAME)
    f = r.fields(
        node, Text(f"the state `{shown(name.text)}`", f"状态“{shown(name.text)}”"), ("label",), _STATE
    )
    edges = Text("a list of transitions", "迁移列表")
    timers = Text("a list of timers", "定时器列表")
    return State(
        id=name,
        label=r.label(f.get("label")),
        step=maybe(lambda n: r.whole(n, 0, 999), f.get("step")),
        final=r.flag(f.get("final")),
        closed=r.flag(f.get("closed")),
        min_dwell=r.duration(f.get("min_dwell"), zero=True) if "min_dwell" in f else defaults.min_dwell,
        entry=read_actions(r, f.get("entry")),
        exit=read_actions(r, f.get("exit")),
        timers=tuple(_timer(r, item) for item in r.items(f.get("timers"), timers)),
        transitions=tuple(
            _transition(r, item, name, defaults, order) for item in r.items(f.get("transitions"), edges)
        ),
        internal=tuple(
            _internal(r, item, name, defaults, order) for item in r.items(f.get("internal"), edges)
        ),
        span=node.span,
    )


def _transition(r: Reading, node: YamlNode, source: Name, defaults: Defaults, order: _Order) -> Transition:
    f = r.fields(node, Text("a transition", "迁移"), ("id", "to", "reason"), _EDGE)
    return _edge(r, f, (source,), _named(r, f), r.name(f.get("to"), _STATE_NAME), defaults, order.take())


def _global_transition(r: Reading, node: YamlNode, defaults: Defaults, order: _Order) -> Transition:
    required = ("id", "from", "to", "reason")
    f = r.fields(node, Text("a global transition", "全局迁移"), required, _EDGE)
    sources = _sources(r, f.get("from"))
    to = r.name(f.get("to"), _STATE_NAME)
    return _edge(r, f, sources, _named(r, f), to, defaults, order.take(), is_global=True)


def _sources(r: Reading, node: YamlNode | None) -> tuple[Name, ...]:
    if isinstance(node, YamlValue):
        r.tell(errors.not_listed(node.span))
        return ()
    what = Text("a list of states", "状态列表")
    for item in r.items(node, what, some=True):
        if isinstance(item, YamlValue) and item.text.strip() == "*":
            r.tell(errors.not_listed(item.span))
            return ()
    return r.names(node, what, _STATE_NAME)


def _internal(r: Reading, node: YamlNode, source: Name, defaults: Defaults, order: _Order) -> Transition:
    """Without an id it is called by its state and event: `verify.evidence_added`."""
    f = r.fields(node, Text("an internal transition", "内部迁移"), ("event",), ("id", *_EDGE))
    for key in ("hold", "bypass_dwell", "approve"):
        if key in f:
            said = Text(f"`{key}` is for transitions that leave the state", f"“{key}”只用于离开状态的迁移")
            r.tell(errors.not_together(f.keys[key], said))
    event = f.get("event")
    called = event.text.strip() if isinstance(event, YamlValue) else ""
    span = event.span if event is not None else f.span
    given = _named(r, f) if "id" in f else Name(f"{source.text}.{called}", span)
    return _edge(r, f, (source,), given, None, defaults, order.take())


def _named(r: Reading, f: Fields) -> Name:
    return r.id(f.get("id"), Text("the id of a transition", "迁移标识"))


def _edge(
    r: Reading,
    f: Fields,
    sources: tuple[Name, ...],
    named: Name,
    to: Name | None,
    defaults: Defaults,
    order: int,
    *,
    is_global: bool = False,
) -> Transition:
    kind, priority = _priority(r, f, defaults, internal=to is None)
    return Transition(
        id=named,
        kind=kind,
        sources=sources,
        event=maybe(lambda n: r.name(n, Text("the name of an event", "事件名")), f.get("event")),
        to=to,
        when=maybe(r.expression, f.get("when")),
        priority=priority,
        hold=_hold(r, f.get("hold")),
        bypass_dwell=r.flag(f.get("bypass_dwell")),
        approve=_approve(r, f.get("approve")),
        set=_settings(r, f.get("set")),
        do=read_actions(r, f.get("do")),
        reason=_reason(r, f.get("reason")) or Reason(named.text, NO_TEXT, named.span),
        order=order,
        is_global=is_global,
        span=f.span,
    )


def _priority(r: Reading, f: Fields, defaults: Defaults, *, internal: bool) -> tuple[str, int]:
    """Return the kind and the priority: that of the transition, else of its kind."""
    kind = r.name(f.get("kind"), Text("a kind of transition", "迁移类别")) if "kind" in f else None
    known = defaults.priority
    rank = PLAIN_PRIORITY
    if kind is not None and known is not None:
        if kind.text in known:
            rank = known[kind.text]
        elif kind.text:
            near = suggest(kind.text, known)
            r.tell(errors.not_one_of(kind.span, kind.text, near, list(known)))
    elif known is not None and "priority" not in f and not (internal or f.broken or f.slips & {"kind"}):
        r.tell(errors.missing_key(_start(f), ["kind"], f.what))
    if "priority" in f:
        rank = r.whole(f.get("priority"), 0, 9999)
    return (kind.text if kind is not None else ""), rank


def _start(f: Fields) -> Span:
    return f.keys.get("id", f.span)


def _hold(r: Reading, node: YamlNode | None) -> Duration | None:
    """Read ``30 days`` or ``{for: 30 days}``."""
    if isinstance(node, YamlMap):
        node = r.fields(node, Text("`hold`", "“hold”"), ("for",)).get("for")
    return maybe(r.duration, node)


def _approve(r: Reading, node: YamlNode | None) -> Approve | None:
    if node is None:
        return None
    f = r.fields(node, Text("`approve`", "“approve”"), ("role", "within"), ("on_timeout",))
    return Approve(
        role(r, f.get("role")),
        r.duration(f.get("within")),
        r.choice(f.get("on_timeout"), OnTimeout, OnTimeout.REJECT),
        node.span,
    )


def _settings(r: Reading, node: YamlNode | None) -> tuple[tuple[Name, Expression | None], ...]:
    """Read ``{offers: var.offers + 1, cause: missing}``."""
    what = Text("the name of a variable", "变量名")
    pairs = r.pairs(node, Text("a map of variables", "变量映射"))
    return tuple((r.name(key, what), None if _clears(v) else r.expression(v)) for key, v in pairs)


def _clears(node: YamlNode) -> bool:
    return isinstance(node, YamlValue) and node.text.strip() in _MISSING


def _reason(r: Reading, node: YamlNode | None) -> Reason | None:
    if node is None:
        return None
    f = r.fields(node, Text("a reason", "原因"), ("code",), ("en", "zh"))
    code = r.id(f.get("code"), Text("the code of a reason", "原因代码")).text
    return Reason(code, r.words(f), node.span)


def _timer(r: Reading, node: YamlNode) -> StateTimer:
    f = r.fields(node, Text("a timer", "定时器"), ("id", "after"), ("to", "do", "reason"))
    if not f.broken and not f.slips:
        if "to" not in f and "do" not in f:
            said = Text("this timer does nothing", "该定时器什么也不做")
            hint = Text("write where it leads (`to`) or what is done (`do`)", "请写明去向（to）或动作（do）")
            r.tell(errors.not_together(f.keys.get("id", f.span), said, hint=hint))
        if "to" in f and "reason" not in f:
            r.tell(errors.missing_key(f.keys.get("id", f.span), ["reason"], f.what))
    return StateTimer(
        r.id(f.get("id"), Text("the id of a timer", "定时器标识")),
        r.duration(f.get("after")),
        maybe(lambda n: r.name(n, _STATE_NAME), f.get("to")),
        read_actions(r, f.get("do")),
        _reason(r, f.get("reason")),
        node.span,
    )
