"""The edges of a workflow as a machine of the library `transitions`; the only file that imports it.

One machine serves all cases of a published version. It is never bound to a model: a small shell holds the
state and which edges may fire (what was judged before); the machine takes the first of them in
(priority, order). Callbacks are closures that give strict booleans: texts would be looked up and called,
and what is only truthy would block `conditions` and `unless` alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from kamflow.workflow.model import Transition, Workflow

Choose: TypeAlias = Callable[[str, str, Collection[str]], str | None]
"""(state, event or "" for what is judged without one, edges that may fire) → the edge that fires."""


class Shell:
    """What the machine sees of a case."""

    __slots__ = ("chosen", "may", "state")

    def __init__(self, state: str, may: Collection[str]) -> None:
        self.state = state
        self.may = may
        self.chosen: str | None = None


def trigger_of(event: str) -> str:
    """Return the machine's name of an event; no event's can be the attribute that holds the state."""
    return f"on:{event}" if event else "review"


def make_machine(workflow: Workflow) -> Choose:
    """Make the machine of a workflow and return how it is asked."""
    from transitions import EventData, Machine

    def may_fire(name: str) -> Callable[[EventData], bool]:
        def may(event: EventData) -> bool:
            return isinstance(event.model, Shell) and name in event.model.may

        return may

    def choose_it(name: str) -> Callable[[EventData], None]:
        def choose(event: EventData) -> None:
            if isinstance(event.model, Shell):
                event.model.chosen = name

        return choose

    machine = Machine(
        model=None,
        states=[s.id.text for s in workflow.states],
        initial=workflow.initial.text,
        auto_transitions=False,
        queued=False,
        send_event=True,
    )
    for state, edge in _edges(workflow):
        machine.add_transition(
            trigger_of(edge.event.text if edge.event is not None else ""),
            state,
            None if edge.to is None else edge.to.text,
            conditions=may_fire(edge.id.text),
            before=choose_it(edge.id.text),
        )

    def choose(state: str, event: str, may: Collection[str]) -> str | None:
        shell = Shell(state, may)
        machine.events[trigger_of(event)].trigger(shell)
        return shell.chosen

    return choose


def _edges(workflow: Workflow) -> list[tuple[str, Transition]]:
    return [
        (state.id.text, edge)
        for state in workflow.states
        for edge in sorted(
            workflow.leaving(state.id.text) + state.internal, key=lambda t: (t.priority, t.order)
        )
    ]
