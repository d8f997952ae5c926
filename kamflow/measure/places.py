"""Everything in a policy that a test can reach: rows, clauses, branches, rules, values of parameters.

Assumes: a checked file and the programs it is part of. Leaves: places in the order of the text, each with
the events that reach it; two programs that share a file share its places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.dress import beaten
from kamflow.core.expr import Choose, DefKey, Expr, Hit, If, Override, PopTerm, Tag, TagKind, walk
from kamflow.core.program import Def, DefKind, ParamDecl, Program
from kamflow.core.ty import EnumTy
from kamflow.measure.describe import Described
from kamflow.values.dates import show_day


class PlaceKind(StrEnum):
    """What is reached; the values stand in JSON."""

    ROW = "row"
    CLAUSE = "clause"
    BAND = "band"
    OTHERWISE = "otherwise"
    CLASS = "class"
    NOT_ROW = "row-not-applied"  # of a collect table
    BRANCH = "branch"
    RULE = "rule-applied"
    NOT_RULE = "rule-not-applied"
    LOST_RULE = "rule-lost"
    VERSION = "parameter-value"
    FACT = "fact"
    DEFINITION = "definition"


class Group(StrEnum):
    """What percentages are given for."""

    ROWS = "rows"
    BRANCHES = "branches"
    RULES = "rules"
    PARAMETERS = "parameters"
    FACTS = "facts"
    DEFINITIONS = "definitions"


GROUP_OF = {
    PlaceKind.ROW: Group.ROWS, PlaceKind.CLAUSE: Group.ROWS, PlaceKind.BAND: Group.ROWS,
    PlaceKind.OTHERWISE: Group.ROWS, PlaceKind.CLASS: Group.ROWS, PlaceKind.NOT_ROW: Group.BRANCHES,
    PlaceKind.BRANCH: Group.BRANCHES, PlaceKind.RULE: Group.RULES, PlaceKind.NOT_RULE: Group.RULES,
    PlaceKind.LOST_RULE: Group.RULES, PlaceKind.VERSION: Group.PARAMETERS, PlaceKind.FACT: Group.FACTS,
    PlaceKind.DEFINITION: Group.DEFINITIONS,
}  # fmt: skip

Event: TypeAlias = "tuple[object, ...]"


@dataclass(frozen=True, slots=True)
class Place:
    """``owner``: the declaration; ``number``: which of its kind there, from 1; ``words``: what it says.

    ``key`` is the definition whose evaluation reaches it, None for parameters and facts.
    """

    kind: PlaceKind
    policy: str
    owner: str
    number: int
    span: Span
    words: Text
    key: DefKey | None
    events: frozenset[Event]

    @property
    def group(self) -> Group:
        return GROUP_OF[self.kind]


def places_of(program: Program, said: Described) -> Iterator[Place]:
    """Yield the places of a lowered program. Events are those of ``coverage.events_of``."""
    for d in program.defs.values():
        match d.body:
            case Choose() as body:
                yield from _rows(program, d, body, said)
            case Override() as body:
                yield from _rules(d, body, said)
            case PopTerm(classes=classes, outside=outside) if isinstance(d.ty, EnumTy):
                members = dict.fromkeys([m for m, _ in classes] + [outside])
                for number, member in enumerate(members, 1):
                    name = d.ty.members[member]
                    words = Text(f"{d.key.name} is {name}", f"{d.key.name} 为 {name}")
                    yield _place(PlaceKind.CLASS, d, number, d.span, words, ("value", id(d.body), member))
            case _ if d.kind in {
                DefKind.FACT,
                DefKind.DECISION,
                DefKind.BASE,
                DefKind.MEASURE,
            } and not _picks(d.body):
                words = Text("evaluated by no test", "没有测试计算它")
                yield _place(PlaceKind.DEFINITION, d, 1, d.span, words, ("def", d.key))
            case _:
                pass
        yield from _branches(d, said)
    for param in program.params.values():
        yield from _versions(program, param, said)
    for number, fact in enumerate(program.impossible, 1):
        policy = said.policy_of(fact.span)
        words = said.text(fact.span)
        event: Event = ("fact", id(program), number - 1)
        yield Place(PlaceKind.FACT, policy, "impossible", number, fact.span, words, None, frozenset({event}))


def _picks(body: Expr) -> bool:
    return type(body).__name__ in {"Pick", "Gather"}


def _place(kind: PlaceKind, d: Def, number: int, span: Span, words: Text, *events: Event) -> Place:
    owner = d.key.name.partition("#")[0] if d.kind is not DefKind.ROWS else _owner(d)
    return Place(kind, d.policy, owner, number, span, words, d.key, frozenset(events))


def _owner(d: Def) -> str:
    return d.key.name.removesuffix("#row")


def _rows(program: Program, d: Def, body: Choose, said: Described) -> Iterator[Place]:
    if not body.branches:
        return
    band = program.defs.get(DefKey(d.key.record, _owner(d)))
    is_band = band is not None and band.kind is DefKind.CRITERION
    tags: list[Tag] = [b.tag for b in body.branches]
    for index, tag in enumerate([*tags, *([body.otherwise] if body.otherwise else [])]):
        kind = PlaceKind.ROW
        if tag.kind is TagKind.OTHERWISE:
            kind = PlaceKind.OTHERWISE
        elif tag.kind is TagKind.CLAUSE:
            kind = PlaceKind.CLAUSE
        elif is_band:
            kind = PlaceKind.BAND
        words = said.row(tag.span)
        yield _place(kind, d, index + 1, tag.span, words, ("row", id(body), index))
        if body.hit is Hit.COLLECT:
            event: Event = ("no row", id(body), index)
            yield _place(PlaceKind.NOT_ROW, d, index + 1, tag.span, words, event)


def _rules(d: Def, body: Override, said: Described) -> Iterator[Place]:
    for index, rule in enumerate(body.rules):
        words = said.rule(rule.tag.name)
        at = (d.key, d.policy)
        for kind, event in (
            (PlaceKind.RULE, "applied"),
            (PlaceKind.NOT_RULE, "not applied"),
            (PlaceKind.LOST_RULE, "lost"),
        ):
            if kind is PlaceKind.LOST_RULE and not any(
                index in beaten(body, (other,)) for other in range(len(body.rules)) if other != index
            ):
                continue
            events = frozenset({(event, id(body), index)})
            name = f"{rule.tag.name}: {at[0].name}" if len(said.targets(rule.tag.name)) > 1 else rule.tag.name
            yield Place(kind, at[1], name, index + 1, rule.tag.span, words, d.key, events)


def _branches(d: Def, said: Described) -> Iterator[Place]:
    """Yield both ways of every choice that is written; guards that the checker added are none."""
    inner = {id(n.other) for n in walk(d.body) if isinstance(n, If) and _same_place(n, n.other)}
    done: set[int] = set()
    for node in walk(d.body):
        if not isinstance(node, If) or id(node) in inner or id(node) in done:
            continue
        parts = said.choices.get(node.span)
        if parts is None:
            continue
        done.add(id(node))
        yield from _ways(d, node, parts, said)


def _same_place(a: If, b: Expr) -> bool:
    return isinstance(b, If) and b.span == a.span


def _ways(d: Def, node: If, parts: tuple[Span, ...], said: Described) -> Iterator[Place]:
    current: Expr = node
    for number, span in enumerate(parts[:-1], 1):
        assert isinstance(current, If)
        event: Event = ("value", id(current.cond), True)
        yield _place(PlaceKind.BRANCH, d, number, span, said.text(span), event)
        last, current = current, current.other
        if number == len(parts) - 1:
            event = ("value", id(last.cond), False)
            words = said.text(parts[-1])
            other = Text(f"otherwise {words.en}", f"否则 {words.zh}")
            yield _place(PlaceKind.BRANCH, d, number + 1, parts[-1], other, event)
        elif not isinstance(current, If):
            return


def _versions(program: Program, param: ParamDecl, said: Described) -> Iterator[Place]:
    policy = said.policy_of(param.span)
    spans = said.versions(param.name)
    first = next((p.effective_from for p in program.policies if p.span.source == param.span.source), 1)
    for number, (day, _) in enumerate(param.versions, 1):
        if number < len(param.versions) and param.versions[number][0] <= first:
            continue  # replaced before the policy came into force
        span = spans[number - 1] if number <= len(spans) else param.span
        start = show_day(day)
        words = Text(
            f"the value from {start}: {said.text(span).en}", f"自 {start} 起的值：{said.text(span).zh}"
        )
        event: Event = ("param", id(program), param.name, number - 1)
        kind = PlaceKind.VERSION
        yield Place(kind, policy, param.name, number, span, words, None, frozenset({event}))
