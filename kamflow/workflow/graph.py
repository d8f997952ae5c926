"""States as a graph: what leads where, what is reached, circles.

Assumes: every state that is named exists. Leaves: names of states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kamflow.workflow.model import Workflow

Graph = Mapping[str, tuple[str, ...]]
"""State → the states that one move leads to, itself included where it is entered again."""


def graph_of(workflow: Workflow) -> Graph:
    """Return the moves by transitions, global ones and timers."""
    leads: dict[str, list[str]] = {s.id.text: [] for s in workflow.states}
    for state in workflow.states:
        targets = [t.to for t in state.transitions] + [t.to for t in state.timers]
        leads[state.id.text] += [to.text for to in targets if to is not None]
    for transition in workflow.global_transitions:
        for source in transition.sources:
            if transition.to is not None:
                leads[source.text].append(transition.to.text)
    return {state: tuple(dict.fromkeys(targets)) for state, targets in leads.items()}


def reached(graph: Graph, starts: Iterable[str]) -> set[str]:
    """Return the starts and all that is reached from them."""
    found = set(starts)
    todo = list(found)
    while todo:
        for target in graph[todo.pop()]:
            if target not in found:
                found.add(target)
                todo.append(target)
    return found


def reversed_graph(graph: Graph) -> Graph:
    back: dict[str, list[str]] = {state: [] for state in graph}
    for state, targets in graph.items():
        for target in targets:
            back[target].append(state)
    return {state: tuple(sources) for state, sources in back.items()}


def components(graph: Graph) -> list[list[str]]:
    """Return the sets of states that all reach one another; in no set is a state of another.

    Kosaraju: the order in which a walk leaves the states, then walks backwards in the reverse of it.
    """
    order: list[str] = []
    seen: set[str] = set()
    for start in graph:
        _leave(graph, start, seen, order)
    back = reversed_graph(graph)
    taken: set[str] = set()
    found: list[list[str]] = []
    for state in reversed(order):
        if state in taken:
            continue
        part: list[str] = []
        _leave(back, state, taken, part)
        found.append(part)
    return found


def _leave(graph: Graph, start: str, seen: set[str], order: list[str]) -> None:
    """Append states to ``order`` as a walk in depth leaves them; without recursion, as files may be long."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(graph[start]))]
    while stack:
        state, targets = stack[-1]
        target = next((t for t in targets if t not in seen), None)
        if target is None:
            order.append(state)
            stack.pop()
        else:
            seen.add(target)
            stack.append((target, iter(graph[target])))


def within(graph: Graph, states: Iterable[str]) -> Graph:
    """Return the part of a graph that has these states only."""
    kept = set(states)
    return {s: tuple(t for t in graph[s] if t in kept) for s in graph if s in kept}
