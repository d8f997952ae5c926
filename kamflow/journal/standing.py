"""Many cases at once, as far as a review needs them: where they stand, whole rows, events that are known.

Assumes: a transaction; names of cases and ids of events, of one workflow. Leaves: values; what is not there
is left out. A body is mostly facts of the subject, which whoever only looks at the state does not need: what
is needed of it stands in a column of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from kamflow.base.frozen import frozen
from kamflow.journal.bulk import select_of
from kamflow.journal.rows import InstanceRow
from kamflow.journal.tables import INBOX, INSTANCE

_ROW = (
    "workflow", "version", "instance", "rev", "state", "closed", "final", "entered_at", "next_due", "body",
    "standing",
)  # fmt: skip


class Standing(NamedTuple):
    """A case without its body. ``said``: what the column `standing` has, JSON.

    A tuple, since a million of them are made at once.
    """

    instance: str
    version: int
    rev: int
    state: str
    final: bool
    entered_at: int
    next_due: int | None
    said: str


@frozen
class Known:
    """An event that was handled: of which case, and with what result (JSON)."""

    instance: str
    result: str


def standings_of(connection: Connection, workflow: str, names: Sequence[str]) -> list[Standing]:
    """Return the cases of these names."""
    sqlite = connection.dialect.name == "sqlite"
    asked = json.dumps(list(names)) if sqlite else list(names)
    cursor = connection.exec_driver_sql(_standings(sqlite), (workflow, asked)).cursor
    assert cursor is not None
    return list(map(Standing._make, cursor.fetchall()))


def _standings(sqlite: bool) -> str:
    columns = (
        "t.instance, t.version, t.rev, t.state, t.final, t.entered_at, t.next_due, t.standing"
        " FROM instance AS t"
    )
    if sqlite:
        return f"SELECT {columns} WHERE t.workflow = ? AND t.instance IN (SELECT value FROM json_each(?))"
    return f"SELECT {columns} WHERE t.workflow = %s AND t.instance = ANY(%b::text[])"


def rows_of(connection: Connection, workflow: str, names: Sequence[str]) -> dict[str, InstanceRow]:
    """Return whole cases by their names."""
    if not names:
        return {}
    found = select_of(connection, INSTANCE, _ROW, "instance", workflow, names)
    rows = (
        InstanceRow(r[0], r[1], r[2], r[3], r[4], bool(r[5]), bool(r[6]), r[7], r[8], r[9], r[10])
        for r in found
    )
    return {row.instance: row for row in rows}


def known_events(connection: Connection, workflow: str, ids: Sequence[str]) -> dict[str, Known]:
    """Return what is known of events by their ids."""
    if not ids:
        return {}
    columns = ("event_id", "instance", "result")
    found = select_of(connection, INBOX, columns, "event_id", workflow, ids)
    return {row[0]: Known(row[1], row[2]) for row in found}
