"""Durations that contradict each other, and calendars that end too early."""

from __future__ import annotations

from itertools import pairwise

from kamflow.base.diagnostic import Sink
from kamflow.workflow import validate_errors as errors
from kamflow.workflow.calendar import NO_CALENDAR, Calendar
from kamflow.workflow.model import Workflow
from kamflow.workflow.spans_of_time import calendar_days, comparable, longer, minutes
from kamflow.workflow.walk import BUSINESS, all_durations, all_transitions


def check_times(workflow: Workflow, calendar: Calendar | None, sink: Sink, today: int | None) -> None:
    _check_dwell(workflow, calendar, sink)
    _check_holds(workflow, calendar, sink)
    _check_ladder(workflow, sink)
    if calendar is not None:
        _check_calendar(workflow, calendar, sink, today)


def _check_dwell(workflow: Workflow, calendar: Calendar | None, sink: Sink) -> None:
    for state in workflow.states:
        for timer in state.timers:
            if timer.to is not None and longer(state.min_dwell, timer.after, calendar):
                sink.add(errors.dwell_outlasts_timer(timer.after, timer.id, state.min_dwell))


def _check_holds(workflow: Workflow, calendar: Calendar | None, sink: Sink) -> None:
    every = workflow.review_every
    if every is None:
        return
    step = minutes(every, calendar)
    for transition in all_transitions(workflow):
        hold = transition.hold
        if hold is not None and comparable(hold, every) and minutes(hold, calendar) % step:
            sink.add(errors.hold_between_reviews(hold, every, shorter=longer(every, hold, calendar)))


def _check_ladder(workflow: Workflow, sink: Sink) -> None:
    levels = workflow.ladder.levels
    for before, level in pairwise(levels):
        if level.level <= before.level:
            sink.add(errors.ladder_falls(level.span, level.level, before.level))


def _check_calendar(workflow: Workflow, calendar: Calendar, sink: Sink, today: int | None) -> None:
    business = [d for d in all_durations(workflow) if d.unit in BUSINESS]
    if not business:
        return
    if calendar is NO_CALENDAR:
        sink.add(errors.no_calendar(business[0]))
        return
    longest = max(business, key=lambda d: calendar_days(d, calendar))
    if today is None or calendar.until is None:
        return
    if today + calendar_days(longest, calendar) > calendar.until:
        sink.add(errors.calendar_ends(longest, calendar.id, calendar.until, calendar.span))
