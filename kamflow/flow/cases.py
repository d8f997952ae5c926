"""Running cases: an event in, one durable step out.

Assumes: an open store. Leaves: receipts, or what was refused; a refused event has changed nothing. The
guarantee: state changes exactly once for each event id; effects are delivered at least once, with a
stable key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, assert_never

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.flow import errors
from kamflow.flow.commits import case_of, commit_of, digest_of, result_of
from kamflow.flow.published import Library, Published
from kamflow.journal.rows import Committed, Failed, InstanceRow, Repeated, Stale
from kamflow.journal.store import Store
from kamflow.workflow.instance import (
    APPROVE,
    MIGRATE,
    OVERRIDE,
    REJECT,
    RELEASE,
    START,
    TIME,
    Arrived,
    Entry,
    Instance,
    Instant,
    JsonMap,
    Refused,
)
from kamflow.workflow.model import REVIEW
from kamflow.workflow.steps import advance

_MAX_TRIES = 50
"""Of one event against other writers on the same case; each of them moved the case on, so this is no
deadlock."""


@frozen
class Receipt:
    """What an event did. ``repeated``: it had come before, and this is what it did then.

    ``case`` and ``entries`` are of this step; a repeated event has none of its own. ``result`` is JSON.
    """

    result: JsonMap
    repeated: bool = False
    case: Instance | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def ok(self) -> Literal[True]:
        return True


class Cases:
    """The cases of one store. Instants are microseconds; ``event_id`` makes a call safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.library = Library(store)

    def start(
        self, workflow: str, case: str, *, at: Instant, event_id: str, subject: JsonMap | None = None,
        actor: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Start a case of the newest published version."""
        return self.apply(workflow, case, Arrived(event_id, START, at, {}, subject, actor))

    def send(
        self, workflow: str, case: str, event: str, payload: JsonMap | None = None, *, at: Instant,
        event_id: str, subject: JsonMap | None = None, actor: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Send an event of the definition. ``subject``: newer facts that come with it."""
        return self.apply(workflow, case, Arrived(event_id, event, at, payload or {}, subject, actor))

    def review(
        self, workflow: str, case: str, *, at: Instant, event_id: str, subject: JsonMap, actor: str = ""
    ) -> Receipt | Refused:
        """Judge a case of a state-driven workflow by the facts of a day; at most one move."""
        return self.apply(workflow, case, Arrived(event_id, REVIEW, at, {}, subject, actor))

    def decide(
        self, workflow: str, case: str, approval: str, *, granted: bool, at: Instant, event_id: str,
        actor: str, why: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Grant or reject what waits for approval."""
        said: JsonMap = {"approval": approval, "why": why}
        return self.apply(
            workflow, case, Arrived(event_id, APPROVE if granted else REJECT, at, said, None, actor)
        )

    def override(
        self, workflow: str, case: str, *, to: str, until: str, why: str, at: Instant, event_id: str,
        actor: str,
    ) -> Receipt | Refused:  # fmt: skip
        """Set a state by hand until an ISO time; guards move nothing until then."""
        said: JsonMap = {"to": to, "until": until, "why": why}
        return self.apply(workflow, case, Arrived(event_id, OVERRIDE, at, said, None, actor))

    def release(
        self, workflow: str, case: str, *, why: str, at: Instant, event_id: str, actor: str
    ) -> Receipt | Refused:
        """End an override before its time."""
        return self.apply(workflow, case, Arrived(event_id, RELEASE, at, {"why": why}, None, actor))

    def migrate(
        self, workflow: str, case: str, *, at: Instant, event_id: str, actor: str = ""
    ) -> Receipt | Refused:
        """Move a case to the newest published version by that version's map of states."""
        newest = self.library.get(workflow)
        if not isinstance(newest, Published):
            return Refused(newest)

        def choose(row: InstanceRow | None) -> tuple[Published, Arrived] | Refused:
            if row is None:
                return Refused((errors.no_case(workflow, case),))
            return newest, Arrived(event_id, MIGRATE, at, {"from": row.version}, None, actor)

        return self._apply(workflow, case, event_id, choose)

    def tick(self, until: Instant, *, limit: int = 1000) -> Iterator[Receipt | Refused]:
        """Fire the timers that are due up to an instant, each at its own due time.

        It does not matter when, how often or by how many processes this is called.
        """
        tried: set[tuple[str, str]] = set()
        while True:
            found = self.store.due(until, limit)
            if isinstance(found, Diagnostic):
                yield Refused((found,))
                return
            fresh = [d for d in dict.fromkeys(_key(d.instance) for d in found) if d not in tried]
            if not fresh:
                return
            for workflow, case in fresh:
                tried.add((workflow, case))  # what was refused once is not tried in a circle
                row = self.store.read(workflow, case)
                due = row.next_due if isinstance(row, InstanceRow) else None
                event_id = f"@time:{case}:{due}:{until}"
                yield self.apply(workflow, case, Arrived(event_id, TIME, until))

    def apply(self, workflow: str, case: str, arrived: Arrived) -> Receipt | Refused:
        """Do what arrived to a case under the version it lives on, durably and once."""

        def choose(row: InstanceRow | None) -> tuple[Published, Arrived] | Refused:
            if row is None and arrived.name != START:
                return Refused((errors.no_case(workflow, case),))
            found = self.library.get(workflow, None if row is None else row.version)
            return (found, arrived) if isinstance(found, Published) else Refused(found)

        # asked first: what was done before would be refused now, like the event that closed a case
        match self.store.known(workflow, case, arrived.event_id, digest_of(arrived)):
            case Repeated(result):
                return Receipt(json.loads(result), repeated=True)
            case Failed(finding):
                return Refused((finding,))
            case _:
                pass
        return self._apply(workflow, case, arrived.event_id, choose)

    def _apply(
        self, workflow: str, case: str, event_id: str,
        choose: Callable[[InstanceRow | None], tuple[Published, Arrived] | Refused],
    ) -> Receipt | Refused:  # fmt: skip
        for _ in range(_MAX_TRIES):
            row = self.store.read(workflow, case)
            if isinstance(row, Diagnostic):
                return Refused((row,))
            chosen = choose(row)
            if isinstance(chosen, Refused):
                return chosen
            done = self._once(row, case, *chosen)
            if done is not None:
                return done
        return Refused((errors.too_busy(workflow, case, event_id),))

    def _once(
        self, row: InstanceRow | None, case: str, published: Published, arrived: Arrived
    ) -> Receipt | Refused | None:
        """Try one step on a case as it was read; None: another writer was first."""
        before = None if row is None else case_of(row)
        digest = digest_of(arrived)
        if arrived.subject is not None:
            arrived = replace(arrived, subject=published.kept.reduce(arrived.subject))
        step = advance(published.ready, before, arrived, published.facts, case=case)
        if isinstance(step, Refused):
            return step
        if not step.entries:  # a review that found everything as it was leaves no line behind
            return Receipt(result_of(step), case=step.instance)
        match self.store.commit(commit_of(row, arrived, step, digest)):
            case Committed():
                return Receipt(result_of(step), case=step.instance, entries=step.entries)
            case Repeated(result):
                return Receipt(json.loads(result), repeated=True)
            case Stale():
                return None
            case Failed(finding):
                return Refused((finding,))
            case other:
                assert_never(other)


def _key(row: InstanceRow) -> tuple[str, str]:
    return row.workflow, row.instance
