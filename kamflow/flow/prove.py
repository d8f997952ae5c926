"""Prove what a workflow promises: every guard can be true, no two are at once, none is idle, none go round.

Assumes: a link without errors. Leaves: findings. ``quick_findings`` costs next to nothing and is part of
every check; ``prove_workflows`` asks z3, which takes seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.text import Text
from kamflow.core.expr import DefKey, Expr, Get, Ref, Var, walk
from kamflow.core.program import Program, reached
from kamflow.engines.smt import available
from kamflow.engines.smt.search import LIMIT, NO_Z3
from kamflow.flow import prove_errors as errors
from kamflow.flow.as_policy import record_of
from kamflow.flow.asking import Asking
from kamflow.flow.expressions import all_transitions, event_of
from kamflow.flow.hysteresis import Bound, bounds, gaps
from kamflow.flow.link import Linked
from kamflow.flow.prove_budgets import prove_budgets
from kamflow.flow.prove_cycles import prove_cycles
from kamflow.flow.prove_guards import guard_span, prove_guards
from kamflow.project.prove import in_force
from kamflow.prove.intervals import Days, intervals, params_of
from kamflow.workflow import keys
from kamflow.workflow.model import (
    Action,
    ApplyRules,
    CreateTask,
    Decided,
    Mode,
    StartPlay,
    State,
    StopPlay,
    Workflow,
)


def prove_workflows(
    linked: Linked, names: Collection[str] = (), *, limit: int = LIMIT
) -> tuple[Diagnostic, ...]:
    """Try the guards of workflows (all, without ``names``) on all days; each finding once.

    Gaps there and back are notes.
    """
    sink = Sink()
    for workflow in linked.workflows:
        if names and workflow.id.text not in names:
            continue
        if not available():
            what = Text(f"what the guards of {workflow.id.text} mean together",
                        f"流程“{workflow.id.text}”各条件之间的关系")  # fmt: skip
            sink.add(errors.not_decided(workflow.id.span, what, NO_Z3.why))
            continue
        for program, days in _programs(linked, workflow):
            sink.extend(f for f in gaps(workflow, program, days.first) if f.code == errors.GAP.code)
            asking = Asking(workflow, linked.joints[workflow.id.text], program, days, limit)
            sink.extend(prove_guards(asking))
            calendar = next((c for c in linked.calendars if c.id == workflow.calendar.text), None)
            sink.extend(prove_budgets(asking, calendar))
            if workflow.mode is Mode.STATE_DRIVEN:
                sink.extend(prove_cycles(asking))
    return sink.sorted()


def quick_findings(linked: Linked) -> tuple[Diagnostic, ...]:
    """Return what can be told without a search: contradictions, gaps there and back, timers without facts."""
    sink = Sink()
    for workflow in linked.workflows:
        for program, days in _programs(linked, workflow):
            sink.extend(_contradictions(workflow, program, days))
            sink.extend(f for f in gaps(workflow, program, days.first) if f.code == errors.NO_GAP.code)
            sink.extend(_timers(workflow, program))
    return sink.sorted()


def _programs(linked: Linked, workflow: Workflow) -> Iterator[tuple[Program, Days]]:
    for _, _, program, days in in_force(linked.project):
        if record_of(workflow.id.text) in program.records:
            yield program, days


# ---- without a search


def _contradictions(workflow: Workflow, program: Program, days: Days) -> Iterator[Diagnostic]:
    """Yield guards that ask a value to be above and below: all their parts have to hold."""
    for transition in all_transitions(workflow):
        record = record_of(workflow.id.text, event_of(transition))
        found = program.defs.get(DefKey(record, keys.guard(transition.id.text)))
        if found is None:
            continue
        starts = [d.first for d in intervals(program, days, params_of(program, [found.body]))]
        if all(_contradicts(bounds(found.body, program, day, every=True)) for day in starts):
            yield errors.never_true(guard_span(transition), transition.id.text, workflow.subject.text)


def _contradicts(asked: tuple[Bound, ...]) -> bool:
    low = {b.name: b.limit for b in asked if b.up}
    return any(not b.up and b.limit < low.get(b.name, b.limit) for b in asked)


def _timers(workflow: Workflow, program: Program) -> Iterator[Diagnostic]:
    """Yield timers of a state-driven workflow that lead to something for which facts are needed."""
    if workflow.mode is not Mode.STATE_DRIVEN:
        return
    for state in workflow.states:
        for timer in state.timers:
            target = workflow.state(timer.to.text) if timer.to is not None else None
            if target is None:
                continue
            for what in _needing(workflow, program, state, target):
                yield errors.timer_needs_facts(timer.id.span, timer.id.text, what, target.id.text)


def _needing(workflow: Workflow, program: Program, state: State, target: State) -> Iterator[str]:
    done: tuple[tuple[str, tuple[Action, ...]], ...] = (
        (f"exit:{state.id.text}", state.exit),
        (f"entry:{target.id.text}", target.entry),
    )
    for owner, actions in done:
        for action in actions:
            if isinstance(action, ApplyRules):
                yield action.ruleset.text
            for name, key in _asked_of(owner, action):
                found = program.defs.get(DefKey(record_of(workflow.id.text), key))
                if found is not None and _reads_subject(found.body, program, workflow.subject.text):
                    yield name


def _asked_of(owner: str, action: Action) -> Iterator[tuple[str, str]]:
    """Yield what an action asks the policies for: its name, and its key."""
    match action:
        case StartPlay() | StopPlay():
            yield from ((name.text, keys.argument(owner, action.id, name.text)) for name, _ in action.args)
        case CreateTask(due=Decided()):
            yield action.id, keys.due(owner, action.id)
        case _:
            return


def _reads_subject(body: Expr, program: Program, subject: str) -> bool:
    nodes = (n for e in reached(program, [body]) for n in walk(e))
    return any(isinstance(n, Get) and isinstance(n.record, Var) and n.name == subject for n in nodes) or any(
        isinstance(n, Ref) and "@" not in n.key.record for n in walk(body)
    )
