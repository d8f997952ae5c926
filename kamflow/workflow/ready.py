"""A workflow made ready to be run: what can happen where, looked up instead of searched.

Assumes: a validated workflow. Leaves: ``Ready``, which all cases of the version share and nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from kamflow.base.frozen import frozen
from kamflow.workflow import keys
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.machine import Choose, make_machine
from kamflow.workflow.model import (
    BUILT_IN,
    Duration,
    Edge,
    Mark,
    Mode,
    Sla,
    State,
    Transition,
    Workflow,
)
from kamflow.workflow.working_time import WorkingTime

NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@frozen
class Candidate:
    """An edge as it is judged. ``guard``: the key of its guard, "" where it has none. ``dwell``: None where
    the state may be left at once."""

    id: str
    guard: str
    dwell: Duration | None
    transition: Transition


@frozen
class Candidates:
    """What is judged together: the edges of a state for one event, in (priority, order)."""

    all: tuple[Candidate, ...]
    guards: tuple[str, ...]


NO_CANDIDATES = Candidates((), ())


class Ready:
    """One version of a workflow with its calendar. ``outputs``: policy → names of its outputs, for
    ``apply_rules``."""

    def __init__(self, workflow: Workflow, time: WorkingTime, outputs: Mapping[str, tuple[str, ...]]) -> None:
        self.workflow = workflow
        self.time = time
        self.outputs = outputs
        self.id = workflow.id.text
        self.version = workflow.version
        self.state_driven = workflow.mode is Mode.STATE_DRIVEN
        self.states: dict[str, State] = {s.id.text: s for s in workflow.states}
        self.events = frozenset((*BUILT_IN, *(e.name.text for e in workflow.events)))
        self.declared = frozenset(e.name.text for e in workflow.events)
        self.fills = tuple((f.field.text, f.var.text) for f in workflow.fills)
        self.slas: dict[str, Sla] = {s.id.text: s for s in workflow.slas}
        self.by_id: dict[str, Candidate] = {}
        self.candidates = self._index()
        self.spans = {s.id.text: _span(workflow, s) for s in workflow.slas}

    @cached_property
    def choose(self) -> Choose:
        """The machine that takes one of the edges that may fire; made when first needed."""
        return make_machine(self.workflow)

    def filled(self, subject: JsonMap, variables: JsonMap) -> JsonMap:
        """Return facts in which variables stand in for fields that are silent."""
        known = ((field, variables.get(var)) for field, var in self.fills if subject.get(field) is None)
        said = {field: value for field, value in known if value is not None}
        return {**subject, **said} if said else subject

    def judged_for(self, state: str, event: str) -> Candidates:
        """Return the edges of a state for an event; "": those that are judged without one."""
        return self.candidates.get((state, event), NO_CANDIDATES)

    def events_of(self, state: str) -> tuple[str, ...]:
        """Return the events that can do something in a state, sorted."""
        return tuple(sorted({event for at, event in self.candidates if at == state and event}))

    def marked(self, edge: Edge, state: str) -> tuple[Sla, ...]:
        """Return the SLAs that begin when a state is entered or left."""
        return tuple(s for s in self.workflow.slas if _is(s.start, edge, state))

    def stopped(self, edge: Edge, state: str) -> frozenset[str]:
        """Return the SLAs that end when a state is entered or left."""
        return frozenset(
            s.id.text for s in self.workflow.slas if any(_is(mark, edge, state) for mark in s.stop)
        )

    def _index(self) -> dict[tuple[str, str], Candidates]:
        found: dict[tuple[str, str], list[Candidate]] = {}
        for name, state in self.states.items():
            edges = sorted(self.workflow.leaving(name) + state.internal, key=lambda t: (t.priority, t.order))
            for edge in edges:
                made = _candidate(edge, state)
                self.by_id[made.id] = made
                found.setdefault((name, "" if edge.event is None else edge.event.text), []).append(made)
        return {
            where: Candidates(tuple(edges), tuple(c.guard for c in edges if c.guard))
            for where, edges in found.items()
        }


def make_ready(
    workflow: Workflow, time: WorkingTime, outputs: Mapping[str, tuple[str, ...]] = NOTHING
) -> Ready:
    """Make a workflow ready to be run. ``time``: its calendar. ``outputs``: policy → names of its outputs."""
    return Ready(workflow, time, outputs)


def _candidate(edge: Transition, state: State) -> Candidate:
    leaves = edge.to is not None  # what stays within the state waits for nothing
    waits = leaves and not edge.bypass_dwell and state.min_dwell.amount > 0
    return Candidate(
        edge.id.text,
        keys.guard(edge.id.text) if edge.when is not None else "",
        state.min_dwell if waits else None,
        edge,
    )


def _is(mark: Mark, edge: Edge, state: str) -> bool:
    return mark.edge is edge and mark.state.text == state


def _span(workflow: Workflow, sla: Sla) -> frozenset[str]:
    """Return the states from which a stop of an SLA can be met without its start being met first."""
    leads: dict[str, set[str]] = {}
    for state in workflow.states:
        name = state.id.text
        ways = [t.to for t in workflow.leaving(name)] + [t.to for t in state.timers]
        leads[name] = {to.text for to in ways if to is not None}
    inside: set[str] = set()
    grows = True
    while grows:
        grows = False
        for name, targets in leads.items():
            if name not in inside and any(_reaches(sla, name, to, inside) for to in targets):
                inside.add(name)
                grows = True
    return frozenset(inside)


def _reaches(sla: Sla, state: str, to: str, inside: set[str]) -> bool:
    if any(_is(m, Edge.EXIT, state) or _is(m, Edge.ENTER, to) for m in sla.stop):
        return True
    starts = _is(sla.start, Edge.EXIT, state) or _is(sla.start, Edge.ENTER, to)
    return to in inside and not starts
