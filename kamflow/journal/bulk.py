"""Many rows in one statement, on both databases: the statements behind ``writing.py``.

Assumes: a transaction; rows in the order of the columns named. Leaves: nothing but what the statements
do. SQLite takes one prepared statement and many rows; PostgreSQL takes columns as arrays and unnests
them: a statement for each row would be a message for each row. Text is ours alone: names of tables and
columns, never a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, CursorResult, Row, Table

from kamflow.journal.tables import INSTANCE

Value = str | int | bool | None
Values = tuple[Value, ...]
KEY = ("workflow", "instance")
CHANGED = (
    "version", "rev", "state", "closed", "final", "entered_at", "next_due", "standing", "seq", "head", "body",
)  # fmt: skip
"""Columns of a case that a step may change."""


def insert_rows(connection: Connection, table: Table, columns: tuple[str, ...], rows: list[Values]) -> None:
    if rows:
        _run(connection, _insert(table, columns, _is_sqlite(connection)), rows)


def update_cases(connection: Connection, rows: list[Values]) -> int:
    """Change cases whose revision is the one expected; return how many were. Rows: ``CHANGED``, key,
    expected; each case at most once."""
    if not rows:
        return 0
    return _run(connection, _update(_is_sqlite(connection)), rows).rowcount


def delete_of(connection: Connection, table: Table, cases: Iterable[tuple[str, str]]) -> None:
    """Delete all rows of these cases."""
    rows: list[Values] = list(cases)
    if rows:
        _run(connection, _delete(table, _is_sqlite(connection)), rows)


def select_of(
    connection: Connection, table: Table, columns: tuple[str, ...], by: str, workflow: str,
    names: Sequence[str], *, lock: bool = False,
) -> Sequence[Row[*tuple[Any, ...]]]:  # fmt: skip
    """Return rows of one workflow whose ``by`` is among ``names``; ``lock``: in the order of ``by``,
    locked."""
    sqlite = _is_sqlite(connection)
    asked = json.dumps(list(names)) if sqlite else list(names)
    statement = _select(table, columns, by, sqlite, lock)
    return connection.exec_driver_sql(statement, (workflow, asked)).fetchall()


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _run(connection: Connection, statement: str, rows: list[Values]) -> CursorResult[*tuple[Any, ...]]:
    if _is_sqlite(connection):
        return connection.exec_driver_sql(statement, rows)
    return connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))


@cache
def _insert(table: Table, columns: tuple[str, ...], sqlite: bool) -> str:
    names = ", ".join(columns)
    if sqlite:
        return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({_arrays(table, columns)})"


@cache
def _update(sqlite: bool) -> str:
    if sqlite:
        changes = ", ".join(f"{name} = ?" for name in CHANGED)
        return f"UPDATE instance SET {changes} WHERE workflow = ? AND instance = ? AND rev = ?"
    changes = ", ".join(f"{name} = n.{name}" for name in CHANGED)
    arrays = f"{_arrays(INSTANCE, (*CHANGED, *KEY))}, %b::bigint[]"
    names = ", ".join((*CHANGED, *KEY, "expected"))
    return (
        f"UPDATE instance AS i SET {changes} FROM unnest({arrays}) AS n({names})"
        " WHERE i.workflow = n.workflow AND i.instance = n.instance AND i.rev = n.expected"
    )


@cache
def _delete(table: Table, sqlite: bool) -> str:
    if sqlite:
        return f"DELETE FROM {table.name} WHERE workflow = ? AND instance = ?"
    return (
        f"DELETE FROM {table.name} AS t USING unnest({_arrays(table, KEY)}) AS n(workflow, instance)"
        " WHERE t.workflow = n.workflow AND t.instance = n.instance"
    )


@cache
def _select(table: Table, columns: tuple[str, ...], by: str, sqlite: bool, lock: bool) -> str:
    names = ", ".join(f"t.{name}" for name in columns)
    among = "(SELECT value FROM json_each(?))" if sqlite else "ANY(%b::text[])"
    query = f"SELECT {names} FROM {table.name} AS t WHERE t.workflow = "
    query += f"? AND t.{by} IN {among}" if sqlite else f"%s AND t.{by} = {among}"
    return query + f" ORDER BY t.{by} FOR UPDATE" if lock and not sqlite else query


def _arrays(table: Table, columns: tuple[str, ...]) -> str:
    kinds = (table.c[name].type for name in columns)
    return ", ".join(
        f"%b::{'bigint' if isinstance(k, BigInteger) else 'boolean' if isinstance(k, Boolean) else 'text'}[]"
        for k in kinds
    )
