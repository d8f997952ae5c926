"""Questions to the store, and its rows as values.

Assumes: a connection. Leaves: values; a list that may be long comes in pages, each a question of its own,
so that who reads it can write between.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select, tuple_

from kamflow.journal.rows import (
    ApprovalRow,
    CalendarRow,
    ChainedEntry,
    Count,
    DefinitionRow,
    DueTimer,
    EntryRow,
    Head,
    InstanceRow,
    OpenApproval,
    TimerRow,
)
from kamflow.journal.tables import APPROVAL, CALENDAR, DEFINITION, INSTANCE, JOURNAL, OUTBOX, TIMER

PAGE = 5_000

_i, _j, _d = INSTANCE.c, JOURNAL.c, DEFINITION.c
_INSTANCE = (
    _i.workflow, _i.version, _i.instance, _i.rev, _i.state, _i.closed, _i.final, _i.entered_at, _i.next_due,
    _i.body, _i.standing,
)  # fmt: skip
_ENTRY = (_j.workflow, _j.instance, _j.hash, _j.seq, _j.at, _j.happened, _j.cause, _j.body)
_DEFINITION = (
    _d.workflow, _d.version, _d.digest, _d.text, _d.policies, _d.bundle, _d.published_at, _d.published_by,
)  # fmt: skip


def read_instance(connection: Connection, workflow: str, instance: str) -> InstanceRow | None:
    query = select(*_INSTANCE).where(_i.workflow == workflow, _i.instance == instance)
    row = connection.execute(query).first()
    return None if row is None else InstanceRow(*tuple(row))


def page_of_instances(
    connection: Connection, workflow: str, state: str | None, version: int | None, closed: bool | None,
    after: str | None,
) -> list[InstanceRow]:  # fmt: skip
    """Return the next cases in the order of their names, at most ``PAGE``."""
    query = select(*_INSTANCE).where(_i.workflow == workflow)
    if state is not None:
        query = query.where(_i.state == state)
    if version is not None:
        query = query.where(_i.version == version)
    if closed is not None:
        query = query.where(_i.closed == closed)
    if after is not None:
        query = query.where(_i.instance > after)
    return [InstanceRow(*tuple(row)) for row in connection.execute(query.order_by(_i.instance).limit(PAGE))]


def page_of_entries(
    connection: Connection, workflow: str, instance: str | None, after: tuple[str, int] | None
) -> list[ChainedEntry]:
    """Return the next lines in the order of cases and of lines in them, at most ``PAGE``."""
    query = select(*_ENTRY).where(_j.workflow == workflow)
    if instance is not None:
        query = query.where(_j.instance == instance)
    if after is not None:
        query = query.where(tuple_(_j.instance, _j.seq) > tuple_(*after))
    query = query.order_by(_j.instance, _j.seq).limit(PAGE)
    return [_entry(tuple(row)) for row in connection.execute(query)]


def all_entries(connection: Connection, workflow: str | None) -> Iterator[ChainedEntry]:
    """Read every line on one view, in the order of keys."""
    query = select(*_ENTRY).order_by(_j.workflow, _j.instance, _j.seq)
    for row in connection.execute(query if workflow is None else query.where(_j.workflow == workflow)):
        yield _entry(tuple(row))


def all_heads(connection: Connection, workflow: str | None, instance: str | None = None) -> Iterator[Head]:
    """Read where every case, or one of a workflow, says that its journal ends, in the order of keys."""
    query = select(_i.workflow, _i.instance, _i.rev, _i.seq, _i.head).order_by(_i.workflow, _i.instance)
    if workflow is not None:
        query = query.where(_i.workflow == workflow)
    if instance is not None:
        query = query.where(_i.instance == instance)
    for row in connection.execute(query):
        yield Head(*row)


def _entry(row: tuple[str, str, str, int, int, str, str, str]) -> ChainedEntry:
    workflow, instance, chained, seq, at, happened, cause, body = row
    return ChainedEntry(workflow, instance, EntryRow(seq, at, happened, cause, body), chained)


def read_definition(connection: Connection, workflow: str, version: int | None) -> DefinitionRow | None:
    """Return one version, the last one where none is named."""
    query = select(*_DEFINITION).where(_d.workflow == workflow)
    if version is not None:
        query = query.where(_d.version == version)
    row = connection.execute(query.order_by(_d.version.desc()).limit(1)).first()
    return None if row is None else DefinitionRow(*row)


def read_definitions(connection: Connection) -> list[DefinitionRow]:
    query = select(*_DEFINITION).order_by(_d.workflow, _d.version)
    return [DefinitionRow(*row) for row in connection.execute(query)]


def due_timers(connection: Connection, until: int, limit: int) -> list[DueTimer]:
    """Return what is due, earliest first; a case that another writer holds just now is passed over."""
    t = TIMER.c
    query = (
        select(t.key, t.name, t.due, *_INSTANCE)
        .select_from(TIMER.join(INSTANCE, (t.workflow == _i.workflow) & (t.instance == _i.instance)))
        .where(t.due <= until)
        .order_by(t.due, t.workflow, t.instance, t.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        DueTimer(TimerRow(*row[:3]), InstanceRow(*row[3:])) for row in map(tuple, connection.execute(query))
    ]


def read_approvals(connection: Connection) -> list[OpenApproval]:
    a = APPROVAL.c
    query = select(a.workflow, a.instance, a.id, a.transition, a.role, a.since, a.due)
    query = query.order_by(a.due, a.workflow, a.instance, a.id)
    return [OpenApproval(row[0], row[1], ApprovalRow(*row[2:])) for row in connection.execute(query)]


def read_calendar(connection: Connection, calendar: str) -> CalendarRow | None:
    """Return the text of a calendar that was stored last."""
    c = CALENDAR.c
    query = select(c.id, c.digest, c.text, c.until, c.stored_at).where(c.id == calendar)
    row = connection.execute(query.order_by(c.stored_at.desc(), c.digest).limit(1)).first()
    return None if row is None else CalendarRow(*row)


def has_calendar(connection: Connection, calendar: str, digest: str) -> bool:
    query = select(CALENDAR.c.id).where(CALENDAR.c.id == calendar, CALENDAR.c.digest == digest)
    return connection.execute(query).first() is not None


def read_counts(connection: Connection) -> list[Count]:
    grouped = (_i.workflow, _i.version, _i.state)
    query = select(*grouped, func.count()).group_by(*grouped).order_by(*grouped)
    return [Count(*row) for row in connection.execute(query)]


def count_undelivered(connection: Connection) -> dict[str, int]:
    o = OUTBOX.c
    query = select(o.kind, func.count()).where(o.delivered_at.is_(None)).group_by(o.kind).order_by(o.kind)
    return {row[0]: row[1] for row in connection.execute(query)}
