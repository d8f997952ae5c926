"""All transitions, lists of actions and durations of a workflow, wherever they stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from kamflow.workflow.model import (
    Action,
    ApplyRules,
    Assign,
    CreateTask,
    Decided,
    Duration,
    Emit,
    Escalate,
    FromTable,
    Notify,
    RequireReason,
    SlaDue,
    StartPlay,
    StateTimer,
    StopPlay,
    Transition,
    Unit,
    Workflow,
)

BUSINESS = (Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS)


def all_transitions(workflow: Workflow) -> Iterator[Transition]:
    """Give internal and global ones too, in the order of the file."""
    for state in workflow.states:
        yield from state.transitions
        yield from state.internal
    yield from workflow.global_transitions


def all_timers(workflow: Workflow) -> Iterator[StateTimer]:
    for state in workflow.states:
        yield from state.timers


def action_lists(workflow: Workflow) -> Iterator[tuple[Action, ...]]:
    for state in workflow.states:
        yield state.entry
        yield state.exit
    for timer in all_timers(workflow):
        yield timer.do
    for transition in all_transitions(workflow):
        yield transition.do
    for sla in workflow.slas:
        yield sla.breach


def all_actions(workflow: Workflow) -> Iterator[Action]:
    for actions in action_lists(workflow):
        yield from actions


def all_durations(workflow: Workflow) -> Iterator[Duration]:
    """Give what counts towards a day to come: timers, approvals, tasks, plays, budgets, pauses, holds."""
    yield from (timer.after for timer in all_timers(workflow))
    for transition in all_transitions(workflow):
        if transition.approve is not None:
            yield transition.approve.within
        if transition.hold is not None:
            yield transition.hold
    for action in all_actions(workflow):
        yield from _of_action(action)
    for table in workflow.budgets:
        for _, cells in table.rows:
            yield from (budget for _, budget in cells)
    for sla in workflow.slas:
        match sla.budget:
            case Duration():
                yield sla.budget
            case Decided():
                yield _at_least(sla.budget)
            case FromTable():
                pass
        if sla.max_pause is not None:
            yield sla.max_pause
    yield from (state.min_dwell for state in workflow.states)


def _at_least(decided: Decided) -> Duration:
    """Return what a time that policies decide comes to at least: one of its unit."""
    return Duration(1, decided.unit, decided.span)


def _of_action(action: Action) -> Iterator[Duration]:
    match action:
        case CreateTask():
            match action.due:
                case Duration():
                    yield action.due
                case Decided():
                    yield _at_least(action.due)
                case SlaDue() | None:
                    pass
        case StartPlay():
            if action.after is not None:
                yield action.after
        case Notify() | Assign() | StopPlay() | ApplyRules() | RequireReason() | Escalate() | Emit():
            pass
        case _:
            assert_never(action)
