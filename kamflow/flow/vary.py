"""A workflow with other holds or dwell times: what a grid of simulations tries.

Assumes: a workflow of the files. Leaves: another value with the same expressions: it needs no new link.
"""

from __future__ import annotations

from dataclasses import replace

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.text import Text
from kamflow.flow import simulate_errors as errors
from kamflow.workflow.model import Duration, State, Transition, Unit, Workflow

HOLD, DWELL = "hold", "dwell"
_KINDS = {HOLD: Text("transition", "迁移"), DWELL: Text("state", "状态")}


@frozen
class Knob:
    """``kind``: hold (of a transition) or dwell (the shortest stay in a state); ``days``: 0 takes it away."""

    kind: str
    name: str
    days: int


def vary(workflow: Workflow, knobs: tuple[Knob, ...]) -> Workflow | Diagnostic:
    """Return the workflow with other lengths; a name that it has not is a finding."""
    for knob in knobs:
        known = _names(workflow, knob.kind)
        if knob.name not in known:
            said = f"{knob.kind}:{knob.name}"
            return errors.no_such_knob(said, _KINDS[knob.kind], knob.name, known)
    return replace(
        workflow,
        states=tuple(_state(s, knobs) for s in workflow.states),
        global_transitions=tuple(_transition(t, knobs) for t in workflow.global_transitions),
    )


def _names(workflow: Workflow, kind: str) -> list[str]:
    if kind == DWELL:
        return [s.id.text for s in workflow.states]
    own = [t.id.text for s in workflow.states for t in s.transitions]
    return own + [t.id.text for t in workflow.global_transitions]


def _state(state: State, knobs: tuple[Knob, ...]) -> State:
    days = next((k.days for k in knobs if k.kind == DWELL and k.name == state.id.text), None)
    return replace(
        state,
        min_dwell=state.min_dwell if days is None else Duration(days, Unit.DAYS),
        transitions=tuple(_transition(t, knobs) for t in state.transitions),
    )


def _transition(transition: Transition, knobs: tuple[Knob, ...]) -> Transition:
    days = next((k.days for k in knobs if k.kind == HOLD and k.name == transition.id.text), None)
    if days is None:
        return transition
    return replace(transition, hold=Duration(days, Unit.DAYS) if days else None)
