"""Schema of the store: made, upgraded, looked at. What a database is, before anything is read from it.

Assumes: an address. Leaves: a ``Database`` whose tables are those of ``tables.py`` and whose settings
keep what is confirmed, or a finding. A new SQLite file is made on the spot; on a server somebody has to
say `kamflow db upgrade`. Alembic is imported only where there is something to do.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.frozen import frozen
from kamflow.base.version import VERSION
from kamflow.journal import errors
from kamflow.journal.database import Database, connect
from kamflow.journal.tables import APPEND_ONLY, HEAD, META, METADATA

VERSION_TABLE = "kamflow_version"


@frozen
class Schema:
    """``found``: the revision in the database, None where there are no tables of ours; ``foreign``: but
    others. ``app``: the version of kamflow that wrote it."""

    place: str
    backend: str
    found: str | None
    wanted: str
    app: str
    foreign: bool = False

    @property
    def is_empty_file(self) -> bool:
        """A SQLite file without any table: whoever was making it was stopped."""
        return self.backend == "sqlite" and self.found is None and not self.foreign

    @property
    def problem(self) -> Diagnostic | None:
        """Say why this code can't work on it, if so."""
        if self.found is None:
            if self.foreign and self.backend == "sqlite":
                return errors.not_a_store(self.place, "other tables are in it")
            return errors.not_set_up(self.place)
        if self.found == self.wanted:
            return None
        if self.found.isdecimal() and int(self.found) < int(self.wanted):
            return errors.older(self.place, self.found, self.wanted)
        return errors.newer(self.place, self.found, self.wanted)


def open_database(address: str) -> Database | Diagnostic:
    """Open a store; a SQLite file that does not exist is made first."""
    database = connect(address)
    if isinstance(database, Diagnostic):
        return database
    schema = _make(database) if _is_new(database) else look(database)
    if isinstance(schema, Schema) and schema.is_empty_file:
        schema = _make(database)
    if isinstance(schema, Schema):
        problem = schema.problem
        if problem is None and database.is_sqlite:
            problem = _settle(database)
        if problem is None:
            return database
        schema = problem
    database.close()
    return schema


def upgrade(address: str, role: str | None = None) -> Schema | Diagnostic:
    """Bring a database to the schema of this code: all steps or none. ``role`` (PostgreSQL) gets the
    rights that a program needs and no more: what is append-only it can neither change nor delete."""
    database = connect(address)
    if isinstance(database, Diagnostic):
        return database
    try:
        before = look(database) if not _is_new(database) else None
        if isinstance(before, Diagnostic):
            return before
        problem = before.problem if before is not None else None
        if problem is not None and problem.code not in {errors.OLDER.code, errors.NOT_SET_UP.code}:
            return problem
        made = _make(database) if problem is not None or before is None else before
        if isinstance(made, Diagnostic):
            return made
        if role is not None and not database.is_sqlite:
            granted = database.write(lambda connection: _grant(connection, role))
            if isinstance(granted, Diagnostic):
                return granted
        settled = _settle(database) if database.is_sqlite else None
        return made if settled is None else settled
    finally:
        database.close()


def status(address: str) -> Schema | Diagnostic:
    """Say which schema a database has, without changing it."""
    database = connect(address)
    if isinstance(database, Diagnostic):
        return database
    try:
        if _is_new(database):
            return errors.not_set_up(database.place)
        return look(database)
    finally:
        database.close()


def look(database: Database) -> Schema | Diagnostic:
    return database.read(lambda connection: _look(connection, database))


def _look(connection: Connection, database: Database) -> Schema:
    names = inspect(connection).get_table_names()
    found: str | None = None
    app: str | None = None
    if VERSION_TABLE in names:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if found is not None and META.name in names:
        app = connection.execute(select(META.c.value).where(META.c.key == "app")).scalar()
    return Schema(
        database.place, connection.dialect.name, found, HEAD, app or "", foreign=bool(names) and found is None
    )


def _is_new(database: Database) -> bool:
    """A file that is missing, or empty: made by a program that was stopped before it wrote a table."""
    if not database.is_sqlite:
        return False
    path = Path(database.place)
    return path.parent.is_dir() and (not path.exists() or (path.is_file() and path.stat().st_size == 0))


def _make(database: Database) -> Schema | Diagnostic:
    return database.tried(lambda: _upgrade(database))


def _upgrade(database: Database) -> Schema:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with database.engine.connect() as connection:
        if database.is_sqlite:  # the directory entry of a new file is synced too
            _driver(connection, "PRAGMA synchronous=EXTRA")
        with connection.execution_options(kamflow_writes=True).begin():
            if not database.is_sqlite:  # one at a time
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('kamflow'))"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _sign(connection)
            schema = _look(connection, database)
        if database.is_sqlite:
            connection.invalidate()  # the next one is set up as usual
    return schema


def _sign(connection: Connection) -> None:
    connection.execute(META.delete().where(META.c.key == "app"))
    connection.execute(META.insert().values(key="app", value=VERSION))


def _settle(database: Database) -> Diagnostic | None:
    """Turn a SQLite file to WAL and see that what is confirmed is on the disk."""

    def look_once() -> Diagnostic | None:
        with database.engine.connect() as connection:
            mode = _driver(connection, "PRAGMA journal_mode=WAL")
            sync = _driver(connection, "PRAGMA synchronous")
        if mode != "wal":
            return errors.not_durable(database.place, "journal_mode", str(mode), "wal")
        if sync != 2:
            return errors.not_durable(database.place, "synchronous", str(sync), "2")
        return None

    return database.tried(look_once)


def _driver(connection: Connection, pragma: str) -> object:
    """Ask SQLite outside of a transaction, where these settings are made."""
    from sqlalchemy.exc import DBAPIError

    cursor = connection.connection.cursor()
    try:
        cursor.execute(pragma)
        row = cursor.fetchone()
    except Exception as error:
        raise DBAPIError.instance(pragma, None, error, type(error)) from error
    return row[0] if row else None


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    for table in METADATA.sorted_tables:
        connection.execute(text(f"REVOKE ALL ON {table.name} FROM {quoted}"))
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"GRANT {rights} ON {table.name} TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON {VERSION_TABLE} TO {quoted}"))
    sequence = connection.execute(text("SELECT pg_get_serial_sequence('outbox', 'id')")).scalar_one()
    connection.execute(text(f"GRANT USAGE ON SEQUENCE {sequence} TO {quoted}"))
