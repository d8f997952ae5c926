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

from sqlalchemy import Connection, Table

from kamflow.base.frozen import frozen
from kamflow.journal import errors
from kamflow.journal.bulk import CHANGED, KEY, Value, Values, delete_of, insert_rows, select_of, update_cases
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


_COLUMNS: dict[Table, tuple[str, ...]] = {
    INBOX: ("workflow", "instance", "event_id", "digest", "occurred_at", "rev", "result"),
    INSTANCE: (*KEY, *CHANGED),
    TIMER_FIRE: (*KEY, "key", "fired_at"),
    JOURNAL: (*KEY, "seq", "at", "happened", "cause", "hash", "body"),
    TIMER: (*KEY, "key", "name", "due"),
    APPROVAL: (*KEY, "id", "transition", "role", "since", "due"),
    OUTBOX: (*KEY, "key", "kind", "payload", "due", "created_at", "attempts", "next_at", "last_error"),
}


class _Work:
    """What is known, and what is to be written, of one piece."""

    def __init__(self, connection: Connection, commits: Sequence[Commit], place: str) -> None:
        self.place = place
        self.found = _heads(connection, commits)
        self.heads = dict(self.found)
        self.seen = _seen(connection, commits)
        self.fired = _fired(connection, commits)
        self.rows: dict[Table, list[Values]] = {table: [] for table in _COLUMNS}
        self.last: dict[_Case, Commit] = {}

    def judge(self, commit: Commit) -> Outcome:
        """Say what a commit comes to after those before it, and enter it if it is to be written."""
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
        return Committed(self._enter(commit, case, head or _NOTHING))

    def _enter(self, commit: Commit, case: _Case, before: _Head) -> int:
        after = self._chain(commit.entries, before, case)
        self.heads[case] = after
        self.seen[case[0], commit.event_id] = _Seen(case[1], commit.digest, commit.result)
        self.last[case] = commit
        rows, at = self.rows, commit.occurred_at
        rows[INBOX].append((*case, commit.event_id, commit.digest, at, after.rev, commit.result))
        for key in commit.fired:
            self.fired.add((*case, key))
            rows[TIMER_FIRE].append((*case, key, at))
        rows[OUTBOX] += [(*case, e.key, e.kind, e.payload, e.due, at, 0, 0, "") for e in commit.effects]
        return after.rev

    def _chain(self, entries: Iterable[EntryRow], before: _Head, case: _Case) -> _Head:
        seq, last = before.seq, before.hash
        for e in entries:
            if e.seq != seq + 1:
                raise ValueError(f"line {e.seq} of the journal of {case} follows line {seq}")
            seq, last = e.seq, link(last, e.body)
            self.rows[JOURNAL].append((*case, seq, e.at, e.happened, e.cause, last, e.body))
        return _Head(before.rev + 1, seq, last)

    def write(self, connection: Connection) -> None:
        """Write the inbox first: who loses a race for an event has written nothing else."""
        rows = self.rows
        updates: list[Values] = []
        for case, commit in self.last.items():
            before, changed = self.found.get(case), _changed(commit, self.heads[case])
            if before is None:
                rows[INSTANCE].append((*case, *changed))
            else:
                updates.append((*changed, *case, before.rev))
            rows[TIMER] += [(*case, t.key, t.name, t.due) for t in commit.timers]
            rows[APPROVAL] += [(*case, a.id, a.transition, a.role, a.since, a.due) for a in commit.approvals]
        rows[INBOX].sort(key=lambda row: str(row[2]))  # one order for all: no deadlock
        insert_rows(connection, INBOX, _COLUMNS[INBOX], rows.pop(INBOX))
        if update_cases(connection, updates) != len(updates):
            raise RacedError("a case moved meanwhile")
        replaced = [case for case in self.last if case in self.found]
        for table in (TIMER, APPROVAL):
            delete_of(connection, table, replaced)
        for table, lines in rows.items():
            insert_rows(connection, table, _COLUMNS[table], lines)


def _changed(commit: Commit, head: _Head) -> Values:
    """Return the values of ``CHANGED``."""
    row = commit.instance
    return (
        row.version, head.rev, row.state, row.closed, row.final, row.entered_at, row.next_due,
        row.standing, head.seq, head.hash, row.body,
    )  # fmt: skip


def repeated_or_not(place: str, event_id: str, seen: _Seen, instance: str, digest: str) -> Outcome:
    """Say what an event that is known comes to: its result then, or a conflict."""
    if (seen.instance, seen.digest) == (instance, digest):
        return Repeated(seen.result)
    return Failed(errors.event_conflict(place, event_id, seen.instance, instance))


def find_event(connection: Connection, workflow: str, event_id: str) -> _Seen | None:
    """Return what is known of an event."""
    return next((s for _, s in _events(connection, workflow, [event_id])), None)


def row_of(value: DefinitionRow | CalendarRow) -> dict[str, Value]:
    """Return the columns of a value whose fields are called like them."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def _asked(cases: Iterable[_Case]) -> Iterator[tuple[str, list[str]]]:
    """Cut keys into questions: a workflow, and its names in order."""
    by_workflow: dict[str, set[str]] = {}
    for workflow, name in cases:
        by_workflow.setdefault(workflow, set()).add(name)
    for workflow in sorted(by_workflow):
        yield workflow, sorted(by_workflow[workflow])


def _heads(connection: Connection, commits: Iterable[Commit]) -> dict[_Case, _Head]:
    """Read and (PostgreSQL) lock the cases, in the order of their keys."""
    found: dict[_Case, _Head] = {}
    for workflow, names in _asked((c.instance.workflow, c.instance.instance) for c in commits):
        columns = ("instance", "rev", "seq", "head")
        for row in select_of(connection, INSTANCE, columns, "instance", workflow, names, lock=True):
            found[workflow, row[0]] = _Head(*row[1:])
    return found


def _events(connection: Connection, workflow: str, ids: list[str]) -> Iterator[tuple[str, _Seen]]:
    columns = ("event_id", "instance", "digest", "result")
    for row in select_of(connection, INBOX, columns, "event_id", workflow, ids):
        yield row[0], _Seen(*row[1:])


def _seen(connection: Connection, commits: Iterable[Commit]) -> dict[_Case, _Seen]:
    found: dict[_Case, _Seen] = {}
    for workflow, ids in _asked((c.instance.workflow, c.event_id) for c in commits):
        found.update(((workflow, event), seen) for event, seen in _events(connection, workflow, ids))
    return found


def _fired(connection: Connection, commits: Iterable[Commit]) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    cases = ((c.instance.workflow, c.instance.instance) for c in commits if c.fired)
    for workflow, names in _asked(cases):
        for instance, key in select_of(
            connection, TIMER_FIRE, ("instance", "key"), "instance", workflow, names
        ):
            found.add((workflow, instance, key))
    return found
