"""The first schema: cases, their journal, what is idempotent, timers, effects.

A step is history: it says what it makes in its own words and never reads ``tables.py``, which goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS: dict[str, sa.Text | sa.BigInteger | sa.Boolean] = {
    "key": _KEY,
    "text": sa.Text(),
    "number": sa.BigInteger(),
    "flag": sa.Boolean(),
}

_TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "meta": ("key:key value:text", ("key",)),
    "definition": (
        "workflow:key version:number digest:text text:text policies:text bundle:text published_at:number"
        " published_by:text",
        ("workflow", "version"),
    ),
    "instance": (
        "workflow:key instance:key version:number rev:number state:key closed:flag final:flag"
        " entered_at:number next_due:number? standing:text seq:number head:text body:text",
        ("workflow", "instance"),
    ),
    "journal": (
        "workflow:key instance:key seq:number at:number happened:text cause:text hash:text body:text",
        ("workflow", "instance", "seq"),
    ),
    "inbox": (
        "workflow:key event_id:key instance:key digest:text occurred_at:number rev:number result:text",
        ("workflow", "event_id"),
    ),
    "timer": ("workflow:key instance:key key:key name:text due:number", ("workflow", "instance", "key")),
    "timer_fire": ("workflow:key instance:key key:key fired_at:number", ("workflow", "instance", "key")),
    "approval": (
        "workflow:key instance:key id:key transition:text role:text since:number due:number",
        ("workflow", "instance", "id"),
    ),
    "calendar": ("id:key digest:key text:text until:number? stored_at:number", ("id", "digest")),
    "run": (
        "id:key workflow:text as_of:text input_digest:text started_at:number chunks:number detail:text"
        " finished_at:number?",
        ("id",),
    ),
}
"""Columns as name:kind, with ? where a value may be missing; then the primary key."""

_APPEND_ONLY = {
    "definition": ("workflow", "version"),
    "journal": ("workflow", "instance", "seq"),
    "inbox": ("workflow", "event_id"),
    "timer_fire": ("workflow", "instance", "key"),
}


def upgrade() -> None:
    for name, (columns, key) in _TABLES.items():
        op.create_table(name, *_columns(columns), sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))
    op.create_table(
        "outbox",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        *_columns(
            "workflow:key instance:key key:key kind:text payload:text due:number? created_at:number"
            " attempts:number next_at:number delivered_at:number? last_error:text"
        ),
        sa.UniqueConstraint("workflow", "instance", "key", name="uq_outbox"),
    )
    op.create_index("ix_instance_state", "instance", ["workflow", "state", "instance"])
    op.create_index("ix_timer_due", "timer", ["due", "workflow", "instance"])
    pending = sa.text("delivered_at IS NULL")
    op.create_index(
        "ix_outbox_pending", "outbox", ["next_at", "id"], sqlite_where=pending, postgresql_where=pending
    )
    for statement in _triggers(op.get_bind().dialect.name):
        op.execute(statement)


def _columns(text: str) -> Iterator[sa.Column[Any]]:
    for part in text.split():
        name, _, kind = part.partition(":")
        yield sa.Column(name, _KINDS[kind.rstrip("?")], nullable=kind.endswith("?"))


def _triggers(dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        for table, key in _APPEND_ONLY.items():
            refuse = f"SELECT RAISE(ABORT, '{table} is append-only')"
            for what in ("UPDATE", "DELETE"):
                yield (
                    f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} BEGIN {refuse}; END"
                )
            # INSERT OR REPLACE deletes without asking the trigger above
            same = " AND ".join(f"{column} = NEW.{column}" for column in key)
            yield (
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN {refuse}; END"
            )
        return
    yield (
        "CREATE FUNCTION kamflow_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501'; END $$"
    )
    for table in _APPEND_ONLY:
        yield (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION kamflow_refuse()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kamflow_refuse()"
        )
