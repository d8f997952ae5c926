"""The one function that writes cases: what each event does, together, in the transaction it is given.

Assumes: a transaction that may write (SQLite: it holds the lock; PostgreSQL: READ COMMITTED), which is
undone and tried again where a row turns up that was not there a moment ago. Leaves: an outcome for each
commit in order; what is stale, repeated or in conflict has written nothing, and does not keep the others
from being written.

Look, decide, write: what is there is read for all of them at once and locked, each is judged against that
and against those before it, and what passes is written table by table. The update compares the revision
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from hashlib import sha256

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from kamflow.base.frozen import frozen
from kamflow.journal import errors
from kamflow.journal.database import RacedError
from kamflow.journal.rows import (
    CalendarRow,
    Commit,
    Committed,
    DefinitionRow,
    EntryRow,
    Failed,
    Outcome,
    Repeated,
    Stale,
)
from kamflow.journal.tables import APPROVAL, INBOX, INSTANCE, JOURNAL, OUTBOX, TIMER, TIMER_FIRE

START = "0" * 64
"""What the first line of a case's journal is hashed with."""

_PIECE = 5_000
"""Commits that are looked up, judged and written together."""
_ASKED = 500
"""Keys in one question."""

Row = dict[str, object]
_Case = tuple[str, str]


def link(previous: str, body: str) -> str:
    """Return the hash of a line of the journal, given that of the line before."""
    return sha256(f"{previous}\n{body}".encode()).hexdigest()


def write_commits(connection: Connection, commits: Sequence[Commit], place: str) -> list[Outcome]:
    """Write what each of these events does, or say why not; see the module."""
    outcomes: list[Outcome] = []
    for start in range(0, len(commits), _PIECE):
        piece = commits[start : start + _PIECE]
        work = _Work(connection, piece, place)
        outcomes += [work.judge(commit) for commit in piece]
        work.write(connection)
    return outcomes


@frozen
class _Seen:
    instance: str
    digest: str
    result: str


@frozen
class _Head:
    rev: int
    seq: int
    hash: str


_NOTHING = _Head(0, 0, START)


class _Work:
    """What is known, and what is to be written, of one piece."""

    def __init__(self, connection: Connection, commits: Sequence[Commit], place: str) -> None:
        self.place = place
        self.heads = _heads(connection, commits)
        self.seen = _seen(connection, commits)
        self.fired = _fired(connection, commits)
        self.rows: dict[str, list[Row]] = {table.name: [] for table in _INSERTED}
        self.updates: list[Row] = []
        self.last: dict[_Case, Commit] = {}
        self.known = set(self.heads)

    def judge(self, commit: Commit) -> Outcome:
        row = commit.instance
        case = (row.workflow, row.instance)
        seen = self.seen.get((row.workflow, commit.event_id))
        if seen is not None:
            return repeated_or_not(self.place, commit.event_id, seen, row.instance, commit.digest)
        head = self.heads.get(case)
        if commit.expected != (None if head is None else head.rev):
            return Stale(None if head is None else head.rev)
        for key in commit.fired:
            if (*case, key) in self.fired:
                return Failed(errors.fired_twice(self.place, row.instance, key))
        self._enter(commit, case, head)
        return Committed(self.heads[case].rev)

    def _enter(self, commit: Commit, case: _Case, head: _Head | None) -> None:
        before = head or _NOTHING
        named: Row = {"workflow": case[0], "instance": case[1]}
        after = _Head(before.rev + 1, *self._chain(commit.entries, before, named))
        self.heads[case] = after
        self.seen[case[0], commit.event_id] = _Seen(case[1], commit.digest, commit.result)
        self.fired.update((*case, key) for key in commit.fired)
        self.last[case] = commit
        rows, at = self.rows, commit.occurred_at
        rows["inbox"].append(
            named | {"event_id": commit.event_id, "digest": commit.digest, "occurred_at": at, "rev":
            after.rev,
                     "result": commit.result}
        )  # fmt: skip
        rows["timer_fire"] += [named | {"key": key, "fired_at": at} for key in commit.fired]
        rows["outbox"] += [
            named | {"key": e.key, "kind": e.kind, "payload": e.payload, "due": e.due, "created_at": at,
                     "attempts": 0, "next_at": 0, "delivered_at": None, "last_error": ""}
            for e in commit.effects
        ]  # fmt: skip
        row = commit.instance
        values: Row = {
            "version": row.version, "rev": after.rev, "state": row.state, "closed": row.closed,
            "final": row.final, "entered_at": row.entered_at, "next_due": row.next_due, "seq": after.seq,
            "head": after.hash, "body": row.body,
        }  # fmt: skip
        if head is None:
            rows["instance"].append(named | values)
        else:
            self.updates.append(
                values | {"of_workflow": case[0], "of_instance": case[1], "expected": head.rev}
            )

    def _chain(self, entries: Iterable[EntryRow], before: _Head, named: Row) -> tuple[int, str]:
        seq, last = before.seq, before.hash
        for entry in entries:
            if entry.seq != seq + 1:
                raise ValueError(f"line {entry.seq} of the journal of {named} follows line {seq}")
            seq, last = entry.seq, link(last, entry.body)
            self.rows["journal"].append(
                named | {"seq": seq, "at": entry.at, "happened": entry.happened, "cause": entry.cause,
                         "hash": last, "body": entry.body}
            )  # fmt: skip
        return seq, last

    def write(self, connection: Connection) -> None:
        """Write the inbox first: who loses a race for an event has written nothing else."""
        rows = self.rows
        for case, commit in self.last.items():
            named: Row = {"workflow": case[0], "instance": case[1]}
            rows["timer"] += [named | {"key": t.key, "name": t.name, "due": t.due} for t in commit.timers]
            rows["approval"] += [
                named | {"id": a.id, "transition": a.transition, "role": a.role, "since": a.since, "due":
                a.due} for a in commit.approvals
            ]  # fmt: skip
        rows["inbox"].sort(key=lambda row: str(row["event_id"]))  # one order for all: no deadlock
        _insert(connection, INBOX, rows["inbox"])
        _insert(connection, INSTANCE, rows["instance"])
        if self.updates:
            done = connection.execute(_UPDATE, self.updates)
            if done.rowcount != len(self.updates):
                raise RacedError(f"{len(self.updates) - done.rowcount} cases moved meanwhile")
        replaced = [case for case in self.last if case in self.known]
        for table in (TIMER, APPROVAL):
            for workflow, names in _asked(replaced):
                here = table.c.instance.in_(names)
                connection.execute(delete(table).where(table.c.workflow == workflow, here))
        for table in (TIMER_FIRE, JOURNAL, TIMER, APPROVAL, OUTBOX):
            _insert(connection, table, rows[table.name])


_INSERTED = (INBOX, INSTANCE, TIMER_FIRE, JOURNAL, TIMER, APPROVAL, OUTBOX)
_UPDATE = (
    update(INSTANCE)
    .where(
        INSTANCE.c.workflow == bindparam("of_workflow"),
        INSTANCE.c.instance == bindparam("of_instance"),
        INSTANCE.c.rev == bindparam("expected"),
    )
    .values({name: bindparam(name) for name in (
        "version", "rev", "state", "closed", "final", "entered_at", "next_due", "seq", "head", "body")})
)  # fmt: skip


def repeated_or_not(place: str, event_id: str, seen: _Seen, instance: str, digest: str) -> Outcome:
    """Say what an event that is known comes to: its result then, or a conflict."""
    if (seen.instance, seen.digest) == (instance, digest):
        return Repeated(seen.result)
    return Failed(errors.event_conflict(place, event_id, seen.instance, instance))


def find_event(connection: Connection, workflow: str, event_id: str) -> _Seen | None:
    """Return what is known of an event."""
    return next((s for _, s in _events(connection, workflow, [event_id])), None)


def row_of(value: DefinitionRow | CalendarRow) -> Row:
    """Return the columns of a value whose fields are called like them."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _asked(cases: Iterable[_Case]) -> Iterator[tuple[str, list[str]]]:
    """Cut keys into questions: a workflow, and some of its names in order."""
    by_workflow: dict[str, set[str]] = {}
    for workflow, name in cases:
        by_workflow.setdefault(workflow, set()).add(name)
    for workflow in sorted(by_workflow):
        names = sorted(by_workflow[workflow])
        for start in range(0, len(names), _ASKED):
            yield workflow, names[start : start + _ASKED]


def _heads(connection: Connection, commits: Iterable[Commit]) -> dict[_Case, _Head]:
    """Read and (PostgreSQL) lock the cases, in the order of their keys."""
    found: dict[_Case, _Head] = {}
    i = INSTANCE.c
    for workflow, names in _asked((c.instance.workflow, c.instance.instance) for c in commits):
        query = select(i.instance, i.rev, i.seq, i.head).where(i.workflow == workflow, i.instance.in_(names))
        for name, rev, seq, head in connection.execute(query.order_by(i.instance).with_for_update()):
            found[workflow, name] = _Head(rev, seq, head)
    return found


def _events(connection: Connection, workflow: str, ids: list[str]) -> Iterator[tuple[str, _Seen]]:
    i = INBOX.c
    query = select(i.event_id, i.instance, i.digest, i.result)
    for event_id, instance, digest, result in connection.execute(
        query.where(i.workflow == workflow, i.event_id.in_(ids))
    ):
        yield event_id, _Seen(instance, digest, result)


def _seen(connection: Connection, commits: Iterable[Commit]) -> dict[_Case, _Seen]:
    found: dict[_Case, _Seen] = {}
    for workflow, ids in _asked((c.instance.workflow, c.event_id) for c in commits):
        found.update(((workflow, event), seen) for event, seen in _events(connection, workflow, ids))
    return found


def _fired(connection: Connection, commits: Iterable[Commit]) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    t = TIMER_FIRE.c
    cases = ((c.instance.workflow, c.instance.instance) for c in commits if c.fired)
    for workflow, names in _asked(cases):
        query = select(t.instance, t.key).where(t.workflow == workflow, t.instance.in_(names))
        found.update((workflow, instance, key) for instance, key in connection.execute(query))
    return found
