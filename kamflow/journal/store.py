"""The store: definitions, running cases with their journal, timers, effects, runs. The whole interface of
the room.

Assumes: values of ``rows.py``; a case's rows come from one step. Leaves: each method is one transaction
(streams: one a page); what a database refuses comes back as a finding and has changed nothing. A store
may be shared by threads; processes open their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, insert

from kamflow.base.diagnostic import Diagnostic
from kamflow.journal import errors, outbox, reading, runs
from kamflow.journal.database import Database
from kamflow.journal.rows import (
    CalendarRow,
    ChainedEntry,
    Commit,
    Count,
    DefinitionRow,
    DueTimer,
    Failed,
    InstanceRow,
    OpenApproval,
    Outcome,
    PendingEffect,
    RunRow,
)
from kamflow.journal.runs import Progress
from kamflow.journal.schema import open_database
from kamflow.journal.tables import CALENDAR, DEFINITION
from kamflow.journal.writing import find_event, repeated_or_not, row_of, write_commits


def open_store(address: str) -> Store | Diagnostic:
    """Open a store by its address: a path, ``sqlite:///…`` or ``postgresql://…``; a missing file is made."""
    database = open_database(address)
    return database if isinstance(database, Diagnostic) else Store(database)


_Item = TypeVar("_Item")


class Store:
    """See the module. ``database`` is for what reads on one view: verification and checkpoints."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def place(self) -> str:
        return self.database.place

    def close(self) -> None:
        self.database.close()

    # ---- cases

    def commit(self, commit: Commit) -> Outcome:
        """Write all that one event does, durably, or say why nothing was written. The new revision is one
        more than the one that was expected; entries are numbered on from the last one of the case, from 1."""
        return self.commit_many([commit])[0]

    def commit_many(self, commits: Sequence[Commit], progress: Progress | None = None) -> list[Outcome]:
        """Write many in one transaction, in order. One that is stale, repeated or in conflict is left
        out; the others are written. Where the database fails, none is. ``progress`` of a run is written
        with them."""
        place = self.place

        def work(connection: Connection) -> list[Outcome]:
            outcomes = write_commits(connection, commits, place)
            if progress is not None:
                runs.record_progress(connection, progress)
            return outcomes

        done = self.database.write(work)
        return [Failed(done)] * len(commits) if isinstance(done, Diagnostic) else done

    def known(self, workflow: str, instance: str, event_id: str, digest: str) -> Outcome | None:
        """Say what an event comes to that was handled before: ``Repeated``, or ``Failed`` where it had
        other content; None: it is new. To be asked before a step: a case that this very event closed
        takes no more events."""
        seen = self.database.read(lambda c: find_event(c, workflow, event_id))
        if isinstance(seen, Diagnostic):
            return Failed(seen)
        return None if seen is None else repeated_or_not(self.place, event_id, seen, instance, digest)

    def read(self, workflow: str, instance: str) -> InstanceRow | Diagnostic | None:
        return self.database.read(lambda c: reading.read_instance(c, workflow, instance))

    def instances(
        self,
        workflow: str,
        state: str | None = None,
        *,
        version: int | None = None,
        closed: bool | None = None,
    ) -> Iterator[InstanceRow | Diagnostic]:
        """Give the cases in the order of their names, page by page; commits may come between. A finding
        is the last that comes."""
        query = partial(
            reading.page_of_instances, workflow=workflow, state=state, version=version, closed=closed
        )
        return self._pages(query, lambda row: row.instance)

    def entries(self, workflow: str, instance: str | None = None) -> Iterator[ChainedEntry | Diagnostic]:
        """Give the journal of one case, or of all of a workflow, in order. A finding is the last that
        comes."""
        query = partial(reading.page_of_entries, workflow=workflow, instance=instance)
        return self._pages(query, lambda line: (line.instance, line.entry.seq))

    def _pages(
        self, page_of: Callable[..., list[_Item]], key: Callable[[_Item], object]
    ) -> Iterator[_Item | Diagnostic]:
        after: object = None
        while True:
            at = after
            page = self.database.read(lambda c: page_of(c, after=at))  # noqa: B023 - called at once
            if isinstance(page, Diagnostic):
                yield page
                return
            yield from page
            if len(page) < reading.PAGE:
                return
            after = key(page[-1])

    def counts(self) -> list[Count] | Diagnostic:
        return self.database.read(reading.read_counts)

    # ---- definitions and calendars

    def publish(self, row: DefinitionRow) -> DefinitionRow | Diagnostic:
        """Publish a version. The same again is fine, and what was published is returned; another text under
        the same version is refused."""

        def work(connection: Connection) -> DefinitionRow | Diagnostic:
            known = reading.read_definition(connection, row.workflow, row.version)
            if known is None:
                connection.execute(insert(DEFINITION).values(row_of(row)))
                return row
            if known.digest != row.digest:
                return errors.version_taken(row.workflow, row.version, known.digest, row.digest)
            return known

        return self.database.write(work)

    def definition(self, workflow: str, version: int | None = None) -> DefinitionRow | Diagnostic | None:
        """Return one version; the last one where none is named."""
        return self.database.read(lambda c: reading.read_definition(c, workflow, version))

    def definitions(self) -> list[DefinitionRow] | Diagnostic:
        return self.database.read(reading.read_definitions)

    def store_calendar(self, row: CalendarRow) -> Diagnostic | None:
        """Keep the text of a calendar; the same digest again changes nothing."""

        def work(connection: Connection) -> None:
            if not reading.has_calendar(connection, row.id, row.digest):
                connection.execute(insert(CALENDAR).values(row_of(row)))

        return self.database.write(work)

    def calendar(self, calendar: str) -> CalendarRow | Diagnostic | None:
        """Return the text that was stored last."""
        return self.database.read(lambda c: reading.read_calendar(c, calendar))

    # ---- what waits

    def due(self, until: int, limit: int = 1_000) -> list[DueTimer] | Diagnostic:
        """Return timers that are due, earliest first, each with its case. On PostgreSQL cases that
        another writer holds just now are passed over. Two that get the same one are told apart by
        ``commit``."""
        return self.database.read(lambda c: reading.due_timers(c, until, limit))

    def approvals(self) -> list[OpenApproval] | Diagnostic:
        """Return what waits for approval, by its deadline."""
        return self.database.read(reading.read_approvals)

    def pending_effects(self, limit: int = 1_000) -> list[PendingEffect] | Diagnostic:
        """Return effects that nobody has taken over, oldest first."""
        return self.database.read(lambda c: outbox.pending(c, limit))

    def undelivered(self) -> dict[str, int] | Diagnostic:
        """Count effects that nobody has taken over, by kind."""
        return self.database.read(reading.count_undelivered)

    def take_effects(
        self, kinds: Sequence[str], now: int, lease: int, limit: int
    ) -> list[PendingEffect] | Diagnostic:
        """Take effects to deliver; they are nobody else's for ``lease`` microseconds from ``now``."""
        return self.database.write(lambda c: outbox.take(c, tuple(kinds), now, lease, limit))

    def mark_delivered(self, effect: int, now: int) -> Diagnostic | None:
        """``effect``: its id, as in ``PendingEffect``."""
        return self.database.write(lambda c: outbox.mark_delivered(c, effect, now))

    def mark_failed(self, effect: int, said: str, again_at: int) -> Diagnostic | None:
        """Count a try that failed; the effect may be taken again from ``again_at``."""
        return self.database.write(lambda c: outbox.mark_failed(c, effect, said, again_at))

    # ---- batch runs

    def start_run(self, run: RunRow) -> RunRow | Diagnostic:
        """Begin a run. One that is known is returned as far as it has come, if it is about the same input."""
        return self.database.write(lambda c: runs.start_run(c, run))

    def finish_run(self, run: str, detail: str, now: int) -> Diagnostic | None:
        return self.database.write(lambda c: runs.finish_run(c, run, detail, now))

    def run(self, run: str) -> RunRow | Diagnostic | None:
        return self.database.read(lambda c: runs.read_run(c, run))

    def runs(self, limit: int = 100) -> list[RunRow] | Diagnostic:
        """Return runs, the last one first."""
        return self.database.read(lambda c: runs.read_runs(c, limit))
