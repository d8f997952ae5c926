"""Batch runs that can be taken up again after a stop: which chunks of the input are done.

Assumes: a transaction that may write; chunks are done in order, and doing one twice changes nothing (its
events keep their ids). Leaves: the row of the run.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.journal import errors
from kamflow.journal.rows import RunRow
from kamflow.journal.tables import RUN

_r = RUN.c
_COLUMNS = (
    _r.id, _r.workflow, _r.as_of, _r.input_digest, _r.started_at, _r.chunks, _r.detail, _r.finished_at
)  # fmt: skip


@frozen
class Progress:
    """``chunks``: how many are done now; written with the commits of the last of them."""

    run: str
    chunks: int
    detail: str


def read_run(connection: Connection, run: str) -> RunRow | None:
    row = connection.execute(select(*_COLUMNS).where(_r.id == run)).first()
    return None if row is None else RunRow(*row)


def read_runs(connection: Connection, limit: int) -> list[RunRow]:
    query = select(*_COLUMNS).order_by(_r.started_at.desc(), _r.id).limit(limit)
    return [RunRow(*row) for row in connection.execute(query)]


def start_run(connection: Connection, run: RunRow) -> RunRow | Diagnostic:
    """Begin a run, or return it as far as it has come, if it is about the same."""
    known = read_run(connection, run.id)
    if known is None:
        connection.execute(insert(RUN).values(
            id=run.id, workflow=run.workflow, as_of=run.as_of, input_digest=run.input_digest,
            started_at=run.started_at, chunks=0, detail=run.detail, finished_at=None,
        ))  # fmt: skip
        return RunRow(run.id, run.workflow, run.as_of, run.input_digest, run.started_at, detail=run.detail)
    for what, before, now in (
        ("workflow", known.workflow, run.workflow),
        ("day", known.as_of, run.as_of),
        ("input", known.input_digest, run.input_digest),
    ):
        if before != now:
            return errors.other_run(run.id, what, before, now)
    return known


def record_progress(connection: Connection, progress: Progress) -> None:
    """Move on; a run never goes back."""
    connection.execute(
        update(RUN)
        .where(_r.id == progress.run, _r.chunks <= progress.chunks)
        .values(chunks=progress.chunks, detail=progress.detail)
    )


def finish_run(connection: Connection, run: str, detail: str, now: int) -> None:
    connection.execute(
        update(RUN).where(_r.id == run, _r.finished_at.is_(None)).values(finished_at=now, detail=detail)
    )
