"""An address → a database that keeps its word: settings, transactions, trying again.

Assumes: nothing about tables. Leaves: ``read`` and ``write`` for everything above; an error of the driver
ends here as a finding. A write is one transaction, and is done again as a whole where others were in the
way, so what it does must not depend on having been tried.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from kamflow.base.diagnostic import Diagnostic
from kamflow.journal import errors
from kamflow.journal.faults import Fault, fault_of

_T = TypeVar("_T")
_ATTEMPTS = 6
_FIRST_WAIT = 0.02
"""Seconds; doubled each time, with some chance, so that two writers don't meet again."""
_PATIENCE = 5_000
"""Milliseconds that one attempt waits for a lock."""


class RacedError(Exception):
    """Another writer was between our look and our write: the transaction is to be done again."""


class Database:
    """One engine with its settings. ``place``: the address as it may be shown."""

    def __init__(self, engine: Engine, place: str) -> None:
        self.engine = engine
        self.place = place

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def write(self, work: Callable[[Connection], _T]) -> _T | Diagnostic:
        """Do ``work`` in one transaction: all of it, or nothing and a finding."""
        return self.tried(lambda: self._once(work, writes=True))

    def read(self, work: Callable[[Connection], _T]) -> _T | Diagnostic:
        """Do ``work`` on one consistent view; what it returns must not read on."""
        return self.tried(lambda: self._once(work, writes=False))

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees one moment, for streams; errors of the driver pass through."""
        with self.engine.connect() as connection:
            view = connection.execution_options(stream_results=True, yield_per=2_000)
            if not self.is_sqlite:
                view = view.execution_options(isolation_level="REPEATABLE READ")
            with view.begin():
                yield view

    def close(self) -> None:
        self.engine.dispose()

    def _once(self, work: Callable[[Connection], _T], *, writes: bool) -> _T:
        with self.engine.connect() as plain:
            connection = plain.execution_options(kamflow_writes=writes)
            with connection.begin():
                return work(connection)

    def tried(self, once: Callable[[], _T]) -> _T | Diagnostic:
        """Do it once, and again where that may help; an error of the driver becomes a finding."""
        fault = Fault(errors.busy(self.place, "…"), True)
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + random.random()))
            try:
                return once()
            except DBAPIError as error:
                fault = fault_of(error, self.place)
            except RacedError as raced:
                fault = Fault(errors.busy(self.place, str(raced)), True)
            if not fault.again:
                break
        return fault.finding


def connect(address: str) -> Database | Diagnostic:
    """Prepare a database by its address: a path, ``sqlite:///…`` or ``postgresql://…``. Opens nothing yet."""
    url = _url(address)
    if url is None:
        return errors.bad_url(address)
    place = url.database or address if _is_sqlite(url) else url.render_as_string(hide_password=True)
    try:
        if _is_sqlite(url):
            return Database(_sqlite_engine(url), place)
        return Database(_postgres_engine(url), place)
    except ModuleNotFoundError:
        return errors.no_driver(place, "postgres")


def _url(address: str) -> URL | None:
    if "://" not in address and not address.startswith("sqlite:"):
        return URL.create("sqlite", database=address) if address.strip() else None
    try:
        url = make_url(address)
        is_sqlite = _is_sqlite(url)
    except (ArgumentError, ValueError):
        return None
    if is_sqlite:
        return url if url.database and url.database != ":memory:" else None
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    return None


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite_engine(url: URL) -> Engine:
    args = {"timeout": _PATIENCE / 1_000, "check_same_thread": False}
    engine = create_engine(url, connect_args=args, max_overflow=60)

    @event.listens_for(engine, "connect")
    def set_up(connection: object, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # `begin` below says what begins
        cursor = connection.cursor()  # type: ignore[attr-defined]
        # before the file has tables it is made with EXTRA; see schema.py
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute("PRAGMA recursive_triggers=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("kamflow_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        max_overflow=60,
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={_PATIENCE}"},
    )
    # many rows in one statement for each page of an insert, as with other drivers
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine
