"""Service levels that can't run, and budgets that can't be kept.

Assumes: every name exists, every state is reached. Leaves: findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kamflow.base.diagnostic import Sink
from kamflow.workflow import validate_errors as errors
from kamflow.workflow.calendar import Calendar
from kamflow.workflow.graph import Graph, graph_of, reached
from kamflow.workflow.model import Decided, Duration, Edge, Mark, Sla, Workflow
from kamflow.workflow.spans_of_time import longer, minutes

_Key = tuple[Edge, str]
_ALL_ROWS = ""


def check_budget_rows(workflow: Workflow, sink: Sink) -> None:
    """Tell rows of budgets that lack a column that another has."""
    for table in workflow.budgets:
        columns = dict.fromkeys(c.text for _, cells in table.rows for c, _ in cells)
        for name, cells in table.rows:
            missing = [c for c in columns if c not in {column.text for column, _ in cells}]
            if missing:
                sink.add(errors.row_incomplete(name, missing))


def check_slas(workflow: Workflow, calendar: Calendar | None, sink: Sink) -> None:
    graph = graph_of(workflow)
    for sla in workflow.slas:
        _check_runs(sla, graph, sink)
    circle = _circle(workflow)
    if circle is not None:
        sink.add(errors.parents_in_circle(circle))
        return
    for sla in workflow.slas:
        _check_parents(workflow, sla, graph, calendar, sink)


# ---- whether it starts and stops


def _key(mark: Mark) -> _Key:
    return (mark.edge, mark.state.text)


def _begin(sla: Sla, graph: Graph) -> tuple[set[str], set[_Key]]:
    """Return the states in which a case is right after the start, and what happens in the same moment."""
    state = sla.start.state.text
    if sla.start.edge is Edge.ENTER:
        return {state}, set()
    return set(graph[state]), {(Edge.ENTER, target) for target in graph[state]}


def _happens(graph: Graph, states: set[str]) -> Iterator[_Key]:
    """Give all that can happen from these states on."""
    for state in reached(graph, states):
        if graph[state]:
            yield (Edge.EXIT, state)
        yield from ((Edge.ENTER, target) for target in graph[state])


def _check_runs(sla: Sla, graph: Graph, sink: Sink) -> None:
    states, at_once = _begin(sla, graph)
    if not states:
        sink.add(errors.never_starts(sla.start, sla.id.text))
        return
    possible = at_once | set(_happens(graph, states))
    never = [mark for mark in sla.stop if _key(mark) not in possible]
    if len(never) == len(sla.stop):
        sink.add(errors.never_stops(sla.id))
        return
    for mark in never:
        sink.add(errors.never_stops_there(mark, sla.id.text))


# ---- budgets within budgets


def _circle(workflow: Workflow) -> Sla | None:
    parents = {s.id.text: s.parent.text for s in workflow.slas if s.parent is not None}
    for sla in workflow.slas:
        at, steps = sla.id.text, 0
        while at in parents and steps <= len(parents):
            at, steps = parents[at], steps + 1
        if steps > len(parents):
            return sla
    return None


def _check_parents(workflow: Workflow, sla: Sla, graph: Graph, calendar: Calendar | None, sink: Sink) -> None:
    """Compare each row's budget with the tightest of those that it lies within."""
    parents = parents_of(workflow, sla, graph)
    own = _budgets(workflow, sla)
    for row, budget in own.items():
        over: list[tuple[Sla, Duration]] = []
        for parent in parents:
            theirs = _budgets(workflow, parent)
            same_row = theirs.get(row) or theirs.get(_ALL_ROWS)
            candidates = [same_row] if same_row is not None else list(theirs.values())
            over += [(parent, b) for b in candidates if longer(budget, b, calendar)]
        if over:
            parent, theirs_budget = min(over, key=lambda o: minutes(o[1], calendar))
            sink.add(errors.over_parent(budget, sla.id.text, theirs_budget, parent.id.text, row))


def parents_of(workflow: Workflow, sla: Sla, graph: Graph) -> tuple[Sla, ...]:
    """Return the SLAs that one is part of: its named parent, and those within which it always stops."""
    named = sla.parent.text if sla.parent is not None else None
    return tuple(s for s in workflow.slas if s.id.text == named or _lies_within(sla, s, graph))


def _budgets(workflow: Workflow, sla: Sla) -> Mapping[str, Duration]:
    """Return the budget of each row of the table; of every row by one key where it is fixed."""
    if isinstance(sla.budget, Duration):
        return {_ALL_ROWS: sla.budget}
    if isinstance(sla.budget, Decided):
        return {}  # what policies decide is for the proof to compare
    found: dict[str, Duration] = {}
    for table in workflow.budgets:
        if table.name.text == sla.budget.table.text:
            for name, cells in table.rows:
                for column, budget in cells:
                    if column.text == sla.budget.column.text:
                        found[name.text] = budget
    return found


def _lies_within(child: Sla, parent: Sla, graph: Graph) -> bool:
    """Whether both start alike and the child always stops no later; of two that are equal neither does."""
    if child is parent or _key(child.start) != _key(parent.start):
        return False
    return _first_to_stop(child, parent, graph) and not _first_to_stop(parent, child, graph)


def _first_to_stop(one: Sla, other: Sla, graph: Graph) -> bool:
    """Whether no way leads to a stop of ``other`` without a stop of ``one``, or the end, before it."""
    stops, others = {_key(m) for m in one.stop}, {_key(m) for m in other.stop}
    states, at_once = _begin(one, graph)
    if at_once & stops or at_once & others:
        return False
    seen, todo = set(states), list(states)
    while todo:
        state = todo.pop()
        if (Edge.EXIT, state) in stops:
            continue
        if (Edge.EXIT, state) in others and graph[state]:
            return False
        for target in graph[state]:
            if (Edge.ENTER, target) in stops or not graph[target]:
                continue
            if (Edge.ENTER, target) in others:
                return False
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return True
