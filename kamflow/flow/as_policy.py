"""A workflow as one more policy file, whose nodes stand in the YAML file: so that nothing is checked twice.

For each event that moves something there is a record (`complaint@verified`, `complaint@` where no event
comes), seen through to the subject, with the parts ``ev`` (what came with the event), ``var`` and
``state``. Each expression is a definition of such a record, named as ``workflow.keys`` says; what guards name
is defined too (`fact:customer.tier`), so that the engine gives these values for the journal.
No name that people write has an `@` or a `:`, so nothing can clash.

Assumes: a workflow that has the right shape, and the policies as parsed. Leaves: nodes for the checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.flow.expressions import (
    NO_EVENT,
    Asked,
    Gives,
    all_asked,
    all_transitions,
    event_of,
    rulesets,
)
from kamflow.flow.fragments import Fragments, read_fragments
from kamflow.syntax import nodes
from kamflow.workflow import keys
from kamflow.workflow.model import Event, Expression, Workflow

EV, VAR, STATE, DWELL = "ev", "var", "state", "dwell"
PARTS = (EV, VAR, STATE)
"""What a guard reads beside the subject."""


def policy_name(workflow: str) -> str:
    return f"workflow:{workflow}"


def record_of(workflow: str, event: str = NO_EVENT) -> str:
    """Return the record on which expressions are evaluated after an event."""
    return f"{workflow}@{event}"


def event_record(workflow: str, event: str) -> str:
    return f"{workflow}@{event}@{EV}"


def var_record(workflow: str) -> str:
    return f"{workflow}@@{VAR}"  # no event has an empty name and a tail


def fact(path: str) -> str:
    """Return the definition of what a guard names."""
    return f"fact:{path}"


@frozen
class Joint:
    """A workflow as a policy. ``facts``: (record, key) → what the expression names, as written.

    ``outputs``: policy of ``apply_rules`` → the decisions of the subject that it may give.
    """

    file: nodes.PolicyFile
    facts: Mapping[tuple[str, str], tuple[str, ...]]
    outputs: Mapping[str, tuple[str, ...]]


def as_policy(workflow: Workflow, policies: Sequence[nodes.PolicyFile], sink: Sink) -> Joint:
    """Make the policy file of a workflow. ``policies``: who declares the subject says the currency."""
    read = read_fragments(workflow, sink)
    home = _home(workflow, policies)
    outputs = {r.text: _outputs(r.text, workflow, policies) for r in rulesets(workflow)}
    defs, facts = _definitions(workflow, read)
    defs += _fills(workflow, policies)
    for name in rulesets(workflow):
        defs += [_output(name.text, output, workflow, name.span) for output in outputs[name.text]]
    header = _header(workflow, home)
    broken = frozenset(d.name.text for d in workflow.vars if read.field(d) is None)
    file = nodes.PolicyFile(
        workflow.source, read.lang, header, (*_records(workflow, read), *defs), (), broken
    )
    return Joint(file, facts, outputs)


def _home(workflow: Workflow, policies: Sequence[nodes.PolicyFile]) -> nodes.Header | None:
    """Return the header of the policy that declares the subject."""
    return next((file.header for file, _ in _declaring(workflow, policies)), None)


def _subject(workflow: Workflow, policies: Sequence[nodes.PolicyFile]) -> nodes.RecordNode | None:
    return next((record for _, record in _declaring(workflow, policies)), None)


def _declaring(
    workflow: Workflow, policies: Sequence[nodes.PolicyFile]
) -> Iterator[tuple[nodes.PolicyFile, nodes.RecordNode]]:
    for file in policies:
        for decl in file.decls:
            if isinstance(decl, nodes.RecordNode) and decl.name.text == workflow.subject.text:
                yield file, decl


def _header(workflow: Workflow, home: nodes.Header | None) -> nodes.Header:
    named = {u.text: _name(u.text, u.span) for u in workflow.uses}
    if home is not None:
        named.setdefault(home.name.text, _name(home.name.text, workflow.subject.span))
    return nodes.Header(
        _name(policy_name(workflow.id.text), workflow.id.span),
        None,
        None,
        None,
        None,
        home.currency if home is not None else None,
        home.month_end_clamp if home is not None else None,
        tuple(named.values()),
        tuple(_name(p.text, p.span) for p in workflow.purposes),
        workflow.id.span,
    )


def _name(text: str, span: Span) -> nodes.Name:
    return nodes.Name(text, span)


# ---- records


def _records(workflow: Workflow, read: Fragments) -> Iterator[nodes.RecordNode]:
    at, own = workflow.id.span, workflow.id.text
    variables = tuple(f for d in workflow.vars if (f := read.field(d)) is not None)
    if variables:
        yield _record(var_record(own), variables, at, Text("the variables of the workflow", "流程变量"))
    dwell = _field(DWELL, nodes.ScalarType(nodes.TypeWord.DAYS, None, None, at), at)
    yield _record(f"{own}@@{STATE}", (dwell,), at, Text("what is known of the state", "状态信息"))
    for event in workflow.events:
        payload = tuple(f for d in event.fields if (f := read.field(d)) is not None)
        label = Text(f"the event {event.name.text}", f"事件“{event.name.text}”")
        yield _record(event_record(own, event.name.text), payload, event.name.span, label)
    for name in _consumed(workflow):
        parts = [_part(workflow.subject.text, workflow.subject.text, workflow.subject.span)]
        if variables:
            parts.append(_part(VAR, var_record(own), at))
        found = workflow.event(name)
        if found is not None and found.fields:
            parts.append(_part(EV, event_record(own, name), at))
        parts.append(_part(STATE, f"{own}@@{STATE}", at))
        label = _where(workflow, found)
        made = _record(record_of(own, name), tuple(parts), at, label, workflow.subject.text)
        yield made


def _where(workflow: Workflow, event: Event | None) -> Text:
    """Say where a name was looked for, in the words of people."""
    subject, own = workflow.subject.text, workflow.id.text
    if event is None:
        return Text(f"{subject}, as the workflow {own} sees it", f"“{subject}”（流程“{own}”）")
    name = event.name.text
    return Text(f"{subject} or the event {name}", f"“{subject}”或事件“{name}”")


def _consumed(workflow: Workflow) -> list[str]:
    """Return the events on which something is judged, none first."""
    return list(dict.fromkeys([NO_EVENT, *(event_of(t) for t in all_transitions(workflow))]))


def _record(
    name: str, parts: tuple[nodes.FieldNode, ...], at: Span, label: Text, through: str = ""
) -> nodes.RecordNode:
    return nodes.RecordNode(_name(name, at), nodes.Words(label, at), parts, at, through)


def _field(name: str, kind: nodes.TypeNode, at: Span) -> nodes.FieldNode:
    return nodes.FieldNode(_name(name, at), kind, False, None, None, (), None, None, False, None, at)


def _part(name: str, record: str, at: Span) -> nodes.FieldNode:
    return _field(name, nodes.NamedType(_name(record, at), at), at)


# ---- definitions


def _definitions(
    workflow: Workflow, read: Fragments
) -> tuple[list[nodes.DefineNode], dict[tuple[str, str], tuple[str, ...]]]:
    made: dict[tuple[str, str], nodes.DefineNode] = {}
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for asked in all_asked(workflow):
        value = read.expression(asked.expression)
        if value is None:
            continue
        for event in _events(asked, value):
            record = record_of(workflow.id.text, event)
            made[record, asked.key] = _definition(asked, value, record, read)
            if asked.gives is Gives.TRUTH:
                paths = _named(value, asked.expression)
                named[record, asked.key] = tuple(paths)
                for path, node in paths.items():
                    made.setdefault((record, fact(path)), _fact(path, node, record))
    return list(made.values()), named


def _events(asked: Asked, value: nodes.Expr) -> tuple[str, ...]:
    """Return on which records to define; where nothing of the event is read the plain one is enough."""
    if len(asked.events) <= 1 and asked.gives not in (Gives.ANYTHING, Gives.AMOUNT):
        return asked.events
    reads = any(isinstance(n, nodes.Path) and n.parts[0].text == EV for n in _below(value))
    return asked.events if reads else (NO_EVENT,)


def _definition(asked: Asked, value: nodes.Expr, record: str, read: Fragments) -> nodes.DefineNode:
    kind: nodes.TypeNode | None = None
    role = nodes.DefineRole.GUARD if asked.gives is Gives.TRUTH else nodes.DefineRole.OPTIONAL
    field = read.field(asked.var) if asked.var is not None else None
    if field is not None:
        kind = field.type
        role = nodes.DefineRole.OPTIONAL if field.optional else nodes.DefineRole.VALUE
    return _define(asked.key, record, kind, value, role)


def _define(
    name: str, record: str, kind: nodes.TypeNode | None, value: nodes.Expr, role: nodes.DefineRole
) -> nodes.DefineNode:
    at = value.span
    return nodes.DefineNode(_name(name, at), _name(record, at), kind, None, value, at, None, role)


def _fact(path: str, node: nodes.Expr, record: str) -> nodes.DefineNode:
    return _define(fact(path), record, None, node, nodes.DefineRole.FACT)


def _fills(workflow: Workflow, policies: Sequence[nodes.PolicyFile]) -> Iterator[nodes.DefineNode]:
    """Yield a definition of each field's type whose value is the variable that stands in for it."""
    subject = _subject(workflow, policies)
    fields_of = {f.name.text: f for f in subject.fields} if subject is not None else {}
    record = record_of(workflow.id.text)
    for fill in workflow.fills:
        field = fields_of.get(fill.field.text)
        if field is None:
            continue  # `link` tells it
        at = fill.var.span
        value = nodes.Path((_name(VAR, at), _name(fill.var.text, at)), at)
        key = keys.fill(fill.field.text)
        yield _define(key, record, field.type, value, nodes.DefineRole.OPTIONAL)


def _named(value: nodes.Expr, written: Expression) -> dict[str, nodes.Expr]:
    """Return what an expression names: paths, and what is counted over lists as it is written."""
    found: dict[str, nodes.Expr] = {}
    stack: list[object] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, nodes.Path):
            found.setdefault(str(item), item)
        elif isinstance(item, nodes.Agg | nodes.PopExpr):
            at = written.span.start
            text = " ".join(written.source_text[item.span.start - at : item.span.end - at].split())
            found.setdefault(text, item)
        else:
            stack.extend(reversed(_children(item)))
    return found


def _below(node: object) -> Iterator[object]:
    stack = [node]
    while stack:
        item = stack.pop()
        yield item
        stack.extend(_children(item))


def _children(item: object) -> list[object]:
    if isinstance(item, tuple):
        return list(item)
    if not is_dataclass(item) or isinstance(item, type | Span | nodes.Name):
        return []
    return [getattr(item, f.name) for f in fields(item) if f.name != "span"]


# ---- decisions that are applied


def _outputs(policy: str, workflow: Workflow, policies: Sequence[nodes.PolicyFile]) -> tuple[str, ...]:
    """Return the decisions about the subject that a policy gives, in the order of its text."""
    found: dict[str, None] = {}
    for file in policies:
        if file.header is None or file.header.name.text != policy:
            continue
        for decl in file.decls:
            if isinstance(decl, nodes.DecisionNode) and decl.record.text == workflow.subject.text:
                found |= dict.fromkeys(_given(decl))
            elif isinstance(decl, nodes.ScorecardNode) and decl.record.text == workflow.subject.text:
                found[decl.name.text] = None
    return tuple(found)


def _given(decl: nodes.DecisionNode) -> tuple[str, ...]:
    listed = isinstance(decl.body, nodes.TableBody) and decl.body.table.hit is nodes.HitPolicy.LIST
    return (decl.name.text,) if listed and not decl.single else tuple(o.name.text for o in decl.outputs)


def _output(policy: str, output: str, workflow: Workflow, at: Span) -> nodes.DefineNode:
    path = nodes.Path((_name(output, at),), at)
    record = record_of(workflow.id.text)
    return _define(keys.ruleset(policy, output), record, None, path, nodes.DefineRole.OPTIONAL)
