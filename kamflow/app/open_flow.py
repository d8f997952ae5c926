"""Workflows for programs that embed them: ``kamflow.open_flow("sqlite:///kamflow.db")``.

Assumes: calls with ``datetime`` values that know their offset; JSON-like facts and payloads. Leaves:
``Receipt`` or ``Refused`` values; a refused event has changed nothing. Only ``open_flow`` and ``publish``
raise, where the call itself is wrong. State changes exactly once for each event id; effects reach
handlers at least once, with a key that stays the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from kamflow.app.flow import CannotFlow, load_flow, publish_all, standing
from kamflow.app.flow_status import case_status, history_of
from kamflow.base.diagnostic import Diagnostic
from kamflow.flow.cases import Cases, Receipt
from kamflow.flow.commits import case_of
from kamflow.flow.publish import PublishedNow
from kamflow.flow.review import CannotReview, FileReview, LeftOut, Moved, ReviewRequest, review_file
from kamflow.journal.deliver import Delivered, Handler, deliver
from kamflow.journal.store import Store, open_store
from kamflow.project.engine import PolicyError
from kamflow.values.codec import Json
from kamflow.workflow.instance import JsonMap, Refused
from kamflow.workflow.instants import instant_of

__all__ = ["FileReview", "Flow", "FlowError", "LeftOut", "Moved", "Receipt", "Refused", "open_flow"]

Paths = str | Path | Sequence[str | Path]


class FlowError(Exception):
    """The store can't be opened, or a workflow can't be published; ``findings`` say why."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        super().__init__(f"{first.code} {first.message.en}")


def open_flow(address: str) -> Flow:
    """Open the cases of a database: a path, ``sqlite:///…`` or ``postgresql://…``. A missing file is made."""
    store = open_store(address)
    if not isinstance(store, Store):
        raise FlowError((store,))
    return Flow(Cases(store))


class Flow:
    """Cases of published workflows. May be shared by threads; processes open their own."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases
        self._handlers: dict[str, Handler] = {}

    def publish(
        self, policies: Paths, workflows: Paths, *names: str, at: datetime, actor: str = "",
        prove: bool = True,
    ) -> tuple[PublishedNow, ...]:  # fmt: skip
        """Check, prove and publish workflows of files; raises ``PolicyError`` or ``FlowError``.

        ``prove=False``: where the same files were proved before, for instance when they were built.
        """
        loaded = load_flow(_paths(policies), _paths(workflows), prove=prove, names=names)
        if isinstance(loaded, CannotFlow):
            raise PolicyError(loaded.findings)
        out: list[PublishedNow] = []
        for done in publish_all(self.cases, loaded, names, at=instant_of(at), actor=actor):
            if isinstance(done, CannotFlow):
                raise FlowError(done.findings)
            out.append(done)
        return tuple(out)

    def start(
        self, workflow: str, case: str, subject: Mapping[str, Json] | None = None, *, at: datetime,
        event_id: str | None = None, actor: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Start a case of the newest version. ``subject``: a record as ``evaluate`` takes it."""
        return self.cases.start(
            workflow,
            case,
            at=instant_of(at),
            event_id=event_id or f"start:{case}",
            subject=subject,
            actor=actor,
        )

    def send(
        self, workflow: str, case: str, event: str, payload: JsonMap | None = None, *, at: datetime,
        event_id: str | None = None, subject: JsonMap | None = None, actor: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Send an event. With an ``event_id`` of your own the call is safe to repeat."""
        return self.cases.send(
            workflow, case, event, payload, at=instant_of(at), event_id=event_id or str(uuid.uuid4()),
            subject=subject, actor=actor,
        )  # fmt: skip

    def review(
        self, workflow: str, case: str, subject: JsonMap, *, at: datetime, event_id: str | None = None,
        actor: str = "",
    ) -> Receipt | Refused:  # fmt: skip
        """Judge a case of a state-driven workflow by facts; at most one move."""
        made = event_id or f"review:{at.isoformat()}:{case}"
        return self.cases.review(
            workflow, case, at=instant_of(at), event_id=made, subject=subject, actor=actor
        )

    def review_file(
        self, workflow: str, path: str | Path, *, as_of: date, starts: bool = False, columns: bool = True,
        actor: str = "",
    ) -> FileReview:  # fmt: skip
        """Review a file of customers as of a day, as `kamflow flow review` does; iterate what is returned.

        Yields a ``Moved`` or ``LeftOut`` for whom there is something to tell; ``counts`` has the sums, and
        ``failed`` says why it stopped. ``starts``: who has no case gets one. ``columns=False``: one by one,
        which is sooner done for a few hundred customers.
        """
        asked = ReviewRequest(Path(path), workflow, as_of, starts=starts, columns=columns, actor=actor)
        made = review_file(self.cases, asked)
        if isinstance(made, CannotReview):
            raise FlowError(made.findings)
        return made

    def decide(
        self, workflow: str, case: str, *, granted: bool, at: datetime, actor: str, why: str = "",
        event_id: str | None = None,
    ) -> Receipt | Refused:  # fmt: skip
        """Grant or reject what waits for approval in a case."""
        found = standing(self.cases, workflow, case)
        if isinstance(found, CannotFlow):
            return Refused(found.findings)
        pending = case_of(found.row).pending
        return self.cases.decide(
            workflow, case, "" if pending is None else pending.id, granted=granted, at=instant_of(at),
            event_id=event_id or str(uuid.uuid4()), actor=actor, why=why,
        )  # fmt: skip

    def tick(self, until: datetime) -> int:
        """Fire the timers that are due; return how many entries that wrote."""
        return sum(len(r.entries) for r in self.cases.tick(instant_of(until)) if isinstance(r, Receipt))

    def on(self, kind: str, handler: Handler) -> None:
        """Register who takes effects of a kind over (``notify``, ``create_task``, …); it must tolerate
        repeats."""
        self._handlers[kind] = handler

    def deliver(self, limit: int = 1_000) -> Delivered:
        """Hand waiting effects to their handlers."""
        return deliver(self.cases.store, self._handlers, lambda: time.time_ns() // 1000, limit)

    def status(self, workflow: str, case: str) -> dict[str, Json] | Refused:
        """Return a case as JSON: state, since when, variables, deadlines, what it waits for."""
        found = standing(self.cases, workflow, case)
        return Refused(found.findings) if isinstance(found, CannotFlow) else case_status(found)

    def history(self, workflow: str, case: str) -> Iterator[dict[str, Json]]:
        """Yield the journal of a case, each entry with its sentence in both languages."""
        found = standing(self.cases, workflow, case)
        if isinstance(found, CannotFlow):
            raise FlowError(found.findings)
        for line in history_of(self.cases, found):
            if isinstance(line, Diagnostic):
                raise FlowError((line,))
            yield line.json

    def close(self) -> None:
        self.cases.store.close()

    def __enter__(self) -> Flow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _paths(said: Paths) -> tuple[Path, ...]:
    return (Path(said),) if isinstance(said, str | Path) else tuple(Path(p) for p in said)
