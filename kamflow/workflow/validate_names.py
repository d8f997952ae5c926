"""Names that refer to something that is not there, and ids that are given twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.workflow import validate_errors as errors
from kamflow.workflow.calendar import NO_CALENDAR, Calendar
from kamflow.workflow.model import (
    BUILT_IN,
    Action,
    ApplyRules,
    Assign,
    CreateTask,
    Emit,
    Escalate,
    FromTable,
    Name,
    Notify,
    RequireReason,
    SlaDue,
    StartPlay,
    StopPlay,
    Transition,
    Workflow,
)
from kamflow.workflow.walk import action_lists, all_actions, all_timers, all_transitions

STATE, EVENT, SLA = Text("state", "状态"), Text("event", "事件"), Text("SLA", "服务时限")
LEVEL, VARIABLE = Text("level", "升级级别"), Text("variable", "变量")


def check_names(workflow: Workflow, calendars: Sequence[Calendar], sink: Sink) -> None:
    _Names(workflow, sink).check(calendars)
    _twice(((t.id.text, t.id.span) for t in all_transitions(workflow)), Text("transition", "迁移"), sink)
    _twice(((s.id.text, s.id.span) for s in workflow.slas), SLA, sink)
    _twice_timers(workflow, sink)
    _twice(
        ((str(m.source), m.span) for m in workflow.migrations), Text("migration from", "迁移来源版本"), sink
    )
    for actions in action_lists(workflow):
        tasks = ((a.id, a.span) for a in actions if isinstance(a, CreateTask))
        _twice(tasks, Text("task", "任务"), sink)


def _twice(ids: Iterable[tuple[str, Span]], what: Text, sink: Sink) -> None:
    first: dict[str, Span] = {}
    for name, span in ids:
        if name in first:
            sink.add(errors.twice(span, what, name, first[name]))
        else:
            first[name] = span


def _twice_timers(workflow: Workflow, sink: Sink) -> None:
    """Timers are told apart by state and id; by the id alone where they start plays with arguments."""
    timer = Text("timer", "定时器")
    for state in workflow.states:
        _twice(((t.id.text, t.id.span) for t in state.timers), timer, sink)
    with_arguments = [
        t for t in all_timers(workflow) if any(isinstance(a, StartPlay) and a.args for a in t.do)
    ]
    _twice(((t.id.text, t.id.span) for t in with_arguments), timer, sink)


class _Names:
    """The names that a workflow declares, to look others up in."""

    def __init__(self, workflow: Workflow, sink: Sink) -> None:
        self.workflow = workflow
        self.sink = sink
        self.states = [s.id.text for s in workflow.states]
        self.slas = [s.id.text for s in workflow.slas]
        self.levels = [str(level.level) for level in workflow.ladder.levels]
        self.plays = [a.id for a in all_actions(workflow) if isinstance(a, StartPlay)]

    def check(self, calendars: Sequence[Calendar]) -> None:
        workflow = self.workflow
        self._known(workflow.initial, self.states, STATE)
        if workflow.calendar.text != NO_CALENDAR.id:
            self._known(workflow.calendar, [c.id for c in calendars], Text("calendar", "日历"))
        for transition in all_transitions(workflow):
            self._transition(transition)
        for timer in all_timers(workflow):
            if timer.to is not None:
                self._known(timer.to, self.states, STATE)
        self._check_slas()
        self._check_fills()
        for auto in workflow.ladder.auto:
            self._level(auto.level, auto.span)
        for migration in workflow.migrations:
            for _, new in migration.map:
                self._known(new, self.states, STATE)
        for action in all_actions(workflow):
            self._action(action)

    def _known(self, name: Name, known: Sequence[str], what: Text) -> None:
        if name.text not in known:
            self.sink.add(errors.unknown(name.span, what, name.text, suggest(name.text, known), known))

    def _transition(self, transition: Transition) -> None:
        for source in transition.sources if transition.is_global else ():
            self._known(source, self.states, STATE)
        if transition.to is not None:
            self._known(transition.to, self.states, STATE)
        if transition.event is not None:
            declared = [e.name.text for e in self.workflow.events]
            if transition.event.text not in BUILT_IN:
                self._known(transition.event, declared, EVENT)
        variables = [v.name.text for v in self.workflow.vars]
        for name, _ in transition.set:
            self._known(name, variables, VARIABLE)

    def _check_fills(self) -> None:
        variables = [v.name.text for v in self.workflow.vars]
        for fill in self.workflow.fills:
            self._known(fill.var, variables, VARIABLE)

    def _check_slas(self) -> None:
        tables = {t.name.text: t for t in self.workflow.budgets}
        for sla in self.workflow.slas:
            for mark in (sla.start, *sla.stop):
                self._known(mark.state, self.states, STATE)
            if sla.parent is not None:
                self._known(sla.parent, [s for s in self.slas if s != sla.id.text], SLA)
            if isinstance(sla.budget, FromTable):
                self._known(sla.budget.table, list(tables), Text("table of budgets", "时限表"))
                table = tables.get(sla.budget.table.text)
                if table is not None:
                    columns = list(dict.fromkeys(c.text for _, cells in table.rows for c, _ in cells))
                    self._known(sla.budget.column, columns, Text("column", "列"))

    def _level(self, level: int, span: Span) -> None:
        self._known(Name(str(level), span), self.levels, LEVEL)

    def _action(self, action: Action) -> None:
        match action:
            case CreateTask(due=SlaDue(sla)):
                self._known(sla, self.slas, SLA)
            case ApplyRules():
                used = [u.text for u in self.workflow.uses]
                if action.ruleset.text not in used:
                    near = suggest(action.ruleset.text, used)
                    self.sink.add(errors.not_used(action.ruleset, near))
            case Escalate(level=int(level)):
                self._level(level, action.span)
            case StopPlay():
                if action.id not in self.plays:
                    near = suggest(action.id, self.plays)
                    self.sink.add(errors.play_not_started(action.span, action.id, near, self.plays))
            case CreateTask() | Escalate() | Notify() | Assign() | StartPlay() | RequireReason() | Emit():
                pass
            case _:
                assert_never(action)
