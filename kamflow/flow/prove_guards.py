"""Guards one by one and two by two: never true, both true at equal priority, never first.

Assumes: a link without errors. Leaves: findings; what could not be decided is a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Expr
from kamflow.engines.smt.answer import Found, NotKnown
from kamflow.flow import prove_errors as errors
from kamflow.flow.as_policy import record_of
from kamflow.flow.asking import Asking, Exists, negated
from kamflow.flow.delays import Delay, delay_of
from kamflow.flow.expressions import all_transitions, event_of
from kamflow.workflow.model import Name, State, Transition


def prove_guards(asking: Asking) -> Iterator[Diagnostic]:
    """Yield what is wrong with the guards of each state."""
    never: set[str] = set()
    for transition in all_transitions(asking.workflow):
        finding = _never(asking, transition)
        if finding is not None:
            never.add(transition.id.text)
            yield finding
    for state in asking.workflow.states:
        groups: dict[str, list[Transition]] = {}
        for transition in asking.workflow.leaving(state.id.text):
            if transition.id.text not in never:
                groups.setdefault(event_of(transition), []).append(transition)
        for event, own in groups.items():
            record = record_of(asking.workflow.id.text, event)
            yield from _overlaps(asking, record, state, own)
            yield from _shadowed(asking, record, state, own)


def guard_span(transition: Transition) -> Span:
    """Return where a guard stands, without the header of a block and blanks around it."""
    if transition.when is None:
        return transition.id.span
    text, at = transition.when.source_text, transition.when.span
    start = at.start + len(text) - len(text.lstrip())
    return Span(at.source, start, max(start, at.start + len(text.rstrip())))


def _place(transition: Transition) -> tuple[Name, Span]:
    return transition.id, guard_span(transition)


def _never(asking: Asking, transition: Transition) -> Diagnostic | None:
    if transition.when is None:
        return None
    record = record_of(asking.workflow.id.text, event_of(transition))
    answer = asking.exists(record, [asking.guard(transition)])
    name = transition.id.text
    if answer is False:
        return errors.never_true(guard_span(transition), name, asking.workflow.subject.text)
    if isinstance(answer, NotKnown):
        what = Text(f"whether `{name}` can be true", f"“{name}”能否成立")
        return errors.not_decided(guard_span(transition), what, answer.why)
    return None


def _overlaps(asking: Asking, record: str, state: State, own: Sequence[Transition]) -> Iterator[Diagnostic]:
    for a, b in combinations(sorted(own, key=lambda t: t.order), 2):
        if a.priority != b.priority:
            continue
        conds = [asking.guard(a), asking.guard(b)]
        answer, since = asking.find(record, conds)
        if isinstance(answer, NotKnown):
            what = Text(f"that `{a.id.text}` and `{b.id.text}` exclude each other",
                        f"“{a.id.text}”与“{b.id.text}”互斥")  # fmt: skip
            yield errors.not_decided(guard_span(b), what, answer.why)
        elif isinstance(answer, Found):
            one = asking.replayed(answer, conds, f"{a.id.text} and {b.id.text}")
            facts = asking.facts_of(one, (a, b))
            yield errors.overlap(_place(a), _place(b), state.id.text, facts, since)


def _shadowed(asking: Asking, record: str, state: State, own: Sequence[Transition]) -> Iterator[Diagnostic]:
    for late in own:
        delay = delay_of(late, state)
        first = [t for t in own if _comes_first(t, late, state, delay)]
        if not first:
            continue
        answer = _without(asking, record, late, first)
        if isinstance(answer, NotKnown):
            what = Text(f"whether `{late.id.text}` can be the first", f"“{late.id.text}”能否优先触发")
            yield errors.not_decided(guard_span(late), what, answer.why)
        if answer is not False:
            continue
        alone = next((t for t in first if _without(asking, record, late, [t]) is False), None)
        if alone is not None or all(t.hold is None for t in first):
            by = [_place(t) for t in ([alone] if alone is not None else first)]
            yield errors.shadowed(guard_span(late), late.id.text, by, state.id.text)


def _comes_first(early: Transition, late: Transition, state: State, delay: Delay) -> bool:
    """Say whether one goes before another as soon as both are true: nothing holds it up for longer."""
    if early.priority >= late.priority or early.approve is not None:
        return False
    return delay_of(early, state).at_most(delay)


def _without(asking: Asking, record: str, late: Transition, first: Sequence[Transition]) -> Exists:
    conds: list[Expr] = [asking.guard(late), *(negated(asking.guard(t)) for t in first)]
    return asking.exists(record, conds)
