"""What a database driver says → a finding, and whether trying again may help.

Assumes: errors come wrapped by SQLAlchemy; its transaction is rolled back. Leaves: a ``Fault``. Numbers
are of SQLite's result codes and of PostgreSQL's SQLSTATE.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError, IntegrityError

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.journal import errors

_Finding = Callable[[str, str], Diagnostic]


@frozen
class Fault:
    """``again``: others were in the way, or the connection went, before anything was written."""

    finding: Diagnostic
    again: bool


_SQLITE: dict[int, tuple[_Finding, bool]] = {
    sqlite3.SQLITE_BUSY: (errors.busy, True),
    sqlite3.SQLITE_LOCKED: (errors.busy, True),
    sqlite3.SQLITE_READONLY: (errors.read_only, False),
    sqlite3.SQLITE_FULL: (errors.disk_full, False),
    sqlite3.SQLITE_IOERR: (errors.damaged, False),
    sqlite3.SQLITE_CORRUPT: (errors.damaged, False),
    sqlite3.SQLITE_CANTOPEN: (errors.unreachable, False),
    sqlite3.SQLITE_PERM: (errors.access_refused, False),
    sqlite3.SQLITE_AUTH: (errors.access_refused, False),
    sqlite3.SQLITE_NOTADB: (errors.not_a_store, False),
}

_POSTGRES: tuple[tuple[str, _Finding, bool], ...] = (
    ("40", errors.busy, True),  # serialization failure, deadlock
    ("55P03", errors.busy, True),  # a lock was not given in time
    ("53300", errors.busy, True),  # too many connections
    ("53", errors.disk_full, False),
    ("57014", errors.busy, False),  # cancelled: it took too long
    ("57P", errors.unreachable, True),  # the server stops or starts
    ("08", errors.unreachable, True),
    ("25006", errors.read_only, False),
    ("28", errors.access_refused, False),
    ("42501", errors.access_refused, False),
    ("3D", errors.unreachable, False),  # no such database
    ("58", errors.damaged, False),
    ("XX", errors.damaged, False),
)
"""The first prefix that fits."""


def fault_of(error: DBAPIError, place: str) -> Fault:
    """Say what an error of the driver means for who asked."""
    said = " ".join(str(error.orig).split())[:200]
    if isinstance(error, IntegrityError):
        # another writer's row came between the look and the insert; if it stays so, it is our own
        return Fault(errors.refused(place, said), True)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        finding, again = _SQLITE.get(code & 0xFF, (errors.refused, False))
        return Fault(finding(place, said), again)
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        for prefix, finding, again in _POSTGRES:
            if state.startswith(prefix):
                return Fault(finding(place, said), again)
        return Fault(errors.refused(place, said), False)
    if isinstance(error.orig, sqlite3.Error):
        return Fault(errors.refused(place, said), False)
    return Fault(errors.unreachable(place, said), True)  # psycopg: no connection, so no state
