"""States that nobody reaches or leaves, events that nobody waits for.

Assumes: every name exists. Leaves: findings, one for each mistake: what lies behind an unreachable state or
before a dead end is not told too.
"""

from __future__ import annotations

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Span
from kamflow.workflow import validate_errors as errors
from kamflow.workflow.graph import Graph, components, graph_of, reached, reversed_graph, within
from kamflow.workflow.model import BUILT_IN, Mode, Name, State, Workflow
from kamflow.workflow.walk import all_transitions


def check_graph(workflow: Workflow, sink: Sink) -> None:
    graph = graph_of(workflow)
    _check_final(workflow, sink)
    _check_reached(workflow, graph, sink)
    _check_ends(workflow, graph, sink)
    _check_events(workflow, sink)
    if workflow.mode is Mode.EVENT_DRIVEN:
        _check_endless(workflow, sink)


def _in_order(workflow: Workflow, names: set[str] | list[str]) -> list[State]:
    wanted = set(names)
    return [s for s in workflow.states if s.id.text in wanted]


def _check_reached(workflow: Workflow, graph: Graph, sink: Sink) -> None:
    alive = reached(graph, [workflow.initial.text])
    lost = within(graph, [s for s in graph if s not in alive])
    back = reversed_graph(lost)
    for part in components(lost):
        if all(source in part for state in part for source in back[state]):
            first = _in_order(workflow, part)[0]
            behind = len(reached(lost, part)) - 1
            sink.add(errors.unreachable(first.id, behind))


def _check_ends(workflow: Workflow, graph: Graph, sink: Sink) -> None:
    final = {s.id.text for s in workflow.states if s.final}
    if not final:
        sink.add(errors.no_final(workflow.id))
        return
    alive = within(graph, reached(graph, [workflow.initial.text]))
    for part in components(alive):
        if any(target not in part for state in part for target in alive[state]) or final & set(part):
            continue
        states = _in_order(workflow, part)
        if not any(alive[state] for state in part):
            sink.add(errors.dead_end(states[0].id, states[0].closed))
        else:
            sink.add(errors.no_way_out(states[0].id, [s.id.text for s in states]))


def _check_final(workflow: Workflow, sink: Sink) -> None:
    for state in workflow.states:
        if state.final:
            for place, what in _exits(workflow, state):
                sink.add(errors.final_with_exit(place, state.id, what))


def _exits(workflow: Workflow, state: State) -> list[tuple[Span, str]]:
    own = [(t.id.span, t.id.text) for t in (*state.transitions, *state.internal)]
    timers = [(t.id.span, t.id.text) for t in state.timers]
    over = [
        (source.span, t.id.text)
        for t in workflow.global_transitions
        for source in t.sources
        if source.text == state.id.text
    ]
    return [*own, *timers, *over]


def _check_events(workflow: Workflow, sink: Sink) -> None:
    waited = {t.event.text for t in all_transitions(workflow) if t.event is not None}
    for event in workflow.events:
        if event.name.text not in waited and event.name.text not in BUILT_IN:
            sink.add(errors.never_consumed(event.name))


def _check_endless(workflow: Workflow, sink: Sink) -> None:
    """Tell circles of transitions that need neither an event nor a condition."""
    free: dict[str, tuple[str, ...]] = {s.id.text: () for s in workflow.states}
    first: dict[str, Name] = {}
    for transition in all_transitions(workflow):
        if transition.event is None and transition.when is None and transition.to is not None:
            for source in transition.sources:
                free[source.text] += (transition.to.text,)
                first.setdefault(source.text, transition.id)
    for part in components(free):
        if any(target in part for state in part for target in free[state]):
            states = _in_order(workflow, part)
            sink.add(errors.endless(first[states[0].id.text], [s.id.text for s in states]))
