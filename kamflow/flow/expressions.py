"""Every expression of a workflow with its key, what it has to give, and after which events it is asked for.

Assumes: a workflow that has the right shape; names that nothing stands for are passed over (``validate``
reports them). Leaves: values; nothing is parsed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto

from kamflow.base.frozen import frozen
from kamflow.workflow import keys
from kamflow.workflow.model import (
    REVIEW,
    Action,
    ApplyRules,
    CreateTask,
    Decided,
    Declared,
    Expression,
    Name,
    StartPlay,
    State,
    StopPlay,
    Transition,
    Workflow,
)

NO_EVENT = ""
"""The event of what is asked without one: at reviews, when a timer fires, for the ladder."""


class Gives(Enum):
    """What an expression has to give."""

    TRUTH = auto()  # yes, no or unknown
    VARIABLE = auto()  # a value of a variable's type
    AMOUNT = auto()  # a whole number of some unit of time
    ANYTHING = auto()  # a value or missing


@frozen
class Asked:
    """``events``: on each of these records the expression has to mean something. ``var``: what it sets."""

    key: str
    expression: Expression
    gives: Gives
    events: tuple[str, ...]
    var: Declared | None = None


def event_of(transition: Transition) -> str:
    """Return the event on whose record a transition's guard is judged."""
    name = transition.event.text if transition.event is not None else NO_EVENT
    return NO_EVENT if name == REVIEW else name


def all_transitions(workflow: Workflow) -> Iterator[Transition]:
    """Yield every transition, internal and global ones too."""
    for state in workflow.states:
        yield from state.transitions
        yield from state.internal
    yield from workflow.global_transitions


def all_asked(workflow: Workflow) -> Iterator[Asked]:
    """Yield all expressions."""
    variables = {v.name.text: v for v in workflow.vars}
    for transition in all_transitions(workflow):
        yield from _of_transition(transition, variables)
    for state in workflow.states:
        yield from _arguments(f"entry:{state.id.text}", state.entry, _entered_by(workflow, state))
        yield from _arguments(f"exit:{state.id.text}", state.exit, _left_by(workflow, state))
        for timer in state.timers:
            yield from _arguments(f"timer:{timer.id.text}", timer.do, (NO_EVENT,))
    for sla in workflow.slas:
        if isinstance(sla.budget, Decided):
            yield Asked(keys.budget(sla.id.text), sla.budget.amount, Gives.AMOUNT, (NO_EVENT,))
        yield from _arguments(f"breach:{sla.id.text}", sla.breach, (NO_EVENT,))
    for i, auto_level in enumerate(workflow.ladder.auto):
        yield Asked(keys.auto_level(i), auto_level.when, Gives.TRUTH, (NO_EVENT,))
    for table in workflow.budgets:
        yield Asked(keys.budget_by(table.name.text), table.by, Gives.ANYTHING, (NO_EVENT,))


def _of_transition(transition: Transition, variables: dict[str, Declared]) -> Iterator[Asked]:
    name, events = transition.id.text, (event_of(transition),)
    if transition.when is not None:
        yield Asked(keys.guard(name), transition.when, Gives.TRUTH, events)
    for target, value in transition.set:
        var = variables.get(target.text)
        if var is not None and value is not None:
            yield Asked(keys.setting(name, target.text), value, Gives.VARIABLE, events, var)
    yield from _arguments(f"do:{name}", transition.do, events)


def _arguments(owner: str, actions: Iterable[Action], events: tuple[str, ...]) -> Iterator[Asked]:
    """Yield what plays are started and stopped with, and when tasks are due where policies decide that."""
    for action in actions:
        if isinstance(action, CreateTask) and isinstance(action.due, Decided):
            yield Asked(keys.due(owner, action.id), action.due.amount, Gives.AMOUNT, events)
        if isinstance(action, StartPlay | StopPlay):
            for name, value in action.args:
                key = keys.argument(owner, action.id, name.text)
                yield Asked(key, value, Gives.ANYTHING, events)


def _entered_by(workflow: Workflow, state: State) -> tuple[str, ...]:
    """Return after which events a state is entered."""
    found = {event_of(t): None for t in all_transitions(workflow) if _is(t.to, state)}
    by_time = any(_is(timer.to, state) for s in workflow.states for timer in s.timers)
    if by_time or _is(workflow.initial, state):
        found[NO_EVENT] = None
    return tuple(found)


def _left_by(workflow: Workflow, state: State) -> tuple[str, ...]:
    found = {event_of(t): None for t in workflow.leaving(state.id.text)}
    if any(timer.to is not None for timer in state.timers):
        found[NO_EVENT] = None
    return tuple(found)


def _is(name: Name | None, state: State) -> bool:
    return name is not None and name.text == state.id.text


def rulesets(workflow: Workflow) -> tuple[Name, ...]:
    """Return the policies that ``apply_rules`` names, each once."""
    found: dict[str, Name] = {}
    for actions in _all_actions(workflow):
        for action in actions:
            if isinstance(action, ApplyRules):
                found.setdefault(action.ruleset.text, action.ruleset)
    return tuple(found.values())


def _all_actions(workflow: Workflow) -> Iterator[tuple[Action, ...]]:
    for transition in all_transitions(workflow):
        yield transition.do
    for state in workflow.states:
        yield state.entry
        yield state.exit
        yield from (timer.do for timer in state.timers)
    yield from (sla.breach for sla in workflow.slas)
