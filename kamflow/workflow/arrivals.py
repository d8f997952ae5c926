"""What is refused: events that a workflow does not know, that come out of order, or can do nothing.

``refused_at_once`` needs only the case as it was read; ``refused_here`` comes after the timers that were due.
An event that the workflow knows and that nothing in the state takes is refused; one whose guards are
all false is consumed. The built-in events are taken everywhere.
"""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic
from kamflow.values.codec import Json
from kamflow.values.dates import day_from_iso
from kamflow.workflow import step_errors as errors
from kamflow.workflow.draft import Draft
from kamflow.workflow.instance import (
    APPROVE,
    MIGRATE,
    OVERRIDE,
    REJECT,
    RELEASE,
    START,
    TIME,
    Arrived,
    Facts,
    Instance,
    Instant,
)
from kamflow.workflow.instants import parse_instant
from kamflow.workflow.model import BUILT_IN, RESUME, SUSPEND
from kamflow.workflow.ready import Ready
from kamflow.workflow.working_time import WorkingTime

Refusal = tuple[Diagnostic, ...]
_COMMANDS = (TIME, APPROVE, REJECT, OVERRIDE, RELEASE, MIGRATE)
_FIELDS = {
    APPROVE: ("approval",),
    REJECT: ("approval", "why"),
    OVERRIDE: ("to", "until", "why"),
}


def refused_at_once(ready: Ready, case: Instance, arrived: Arrived, facts: Facts) -> Refusal:
    """Return what is wrong with an arrival whatever state its case will be in."""
    name = arrived.name
    if name == START:
        return (errors.case_exists(arrived, case),)
    if name not in _COMMANDS and name not in ready.events:
        return (errors.unknown_event(arrived, ready.events),)
    if arrived.occurred_at < case.last_at:
        return () if name == TIME else (errors.out_of_order(arrived, case.last_at),)
    if case.final and name != TIME:
        return (errors.case_is_final(arrived, case),)
    wanting = [n for n in _FIELDS.get(name, ()) if not _text(arrived.payload.get(n))]
    if name == OVERRIDE and not arrived.actor:
        wanting.append("actor")
    if wanting:
        return tuple(errors.command_field(arrived, n) for n in wanting)
    if name in ready.declared:
        return facts.check_payload(name, arrived.payload)
    return ()


def refused_here(d: Draft, arrived: Arrived) -> Refusal:
    """Return what is wrong with an arrival in the state that the case is in."""
    if d.final:
        return (errors.case_is_final(arrived, d.instance()),)
    name = arrived.name
    if name in {APPROVE, REJECT}:
        wanted = _text(arrived.payload.get("approval"))
        if d.pending is None or d.pending.id != wanted:
            return (errors.not_pending(arrived, wanted, d.pending),)
    elif name == OVERRIDE:
        return _refused_override(d, arrived)
    elif name == RELEASE:
        return () if d.override is not None else (errors.no_override(arrived),)
    elif name == SUSPEND:
        return () if d.suspended_at is None else (errors.already_suspended(arrived, d.suspended_at),)
    elif name == RESUME:
        return () if d.suspended_at is not None else (errors.not_suspended(arrived),)
    elif name not in (*BUILT_IN, MIGRATE) and not d.ready.judged_for(d.state, name).all:
        return (errors.not_possible_here(arrived, d.state, d.ready.events_of(d.state)),)
    return ()


def refused_migration(ready: Ready, case: Instance, arrived: Arrived) -> Refusal:
    """Return what is wrong with moving a case to the version of ``ready``."""
    plan = next((m for m in ready.workflow.migrations if m.source == case.version), None)
    if plan is None or arrived.payload.get("from", case.version) != case.version:
        wanted = arrived.payload.get("from")
        version = wanted if isinstance(wanted, int) else case.version
        return (errors.no_migration(arrived, version, ready.version),)
    if case.state not in {old.text for old, _ in plan.map}:
        return (errors.state_not_mapped(arrived, case.state, case.version),)
    if case.next_due is not None and case.next_due <= arrived.occurred_at:
        return (errors.timers_due_first(arrived, case.next_due),)
    return ()


def until_of(arrived: Arrived, time: WorkingTime) -> Instant | None:
    """Return when an override ends: a day ends with its midnight, a time without a zone is of the
    calendar's."""
    text = _text(arrived.payload.get("until"))
    day = day_from_iso(text)
    if day is not None:
        return time.at_midnight(day + 1)
    return parse_instant(text, time.calendar.tz)


def _refused_override(d: Draft, arrived: Arrived) -> Refusal:
    to = _text(arrived.payload.get("to"))
    if to not in d.ready.states:
        return (errors.unknown_state(arrived, to, d.ready.states),)
    until = until_of(arrived, d.ready.time)
    if until is None:
        text = _text(arrived.payload.get("until"))
        return (errors.not_an_instant(arrived, ".payload.until", text),)
    return () if until > arrived.occurred_at else (errors.ends_too_early(arrived, until),)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
