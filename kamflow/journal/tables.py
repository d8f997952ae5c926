"""The tables of the store, the same on SQLite and PostgreSQL.

Assumes: nothing. Leaves: names for queries. What makes the tables is ``migrations/``; a test sees to it
that both say the same. Triggers that keep `definition`, `journal`, `inbox` and `timer_fire` append-only
stand there too.

Keys compare by code point on both databases (collation "C"), so that what is read in their order can be
merged. Instants are microseconds; bodies are canonical JSON as text: a database that reformats JSON would
break the hashes.
"""

from __future__ import annotations

from sqlalchemy import (
    TEXT,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0001"
"""The revision of the schema that this code reads and writes; the last file of ``migrations/versions``."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
_KEY = Text().with_variant(TEXT(collation="C"), "postgresql")
_COUNTER = BigInteger().with_variant(Integer(), "sqlite")


def _key(name: str) -> Column[str]:
    return Column(name, _KEY, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


META = Table("meta", METADATA, _key("key"), _text("value"), PrimaryKeyConstraint("key"))
"""``app``: the version of kamflow that made or last upgraded the schema."""

DEFINITION = Table(
    "definition",
    METADATA,
    _key("workflow"),
    _number("version"),
    _text("digest"),
    _text("text"),
    _text("policies"),
    _text("bundle"),
    _number("published_at"),
    _text("published_by"),
    PrimaryKeyConstraint("workflow", "version"),
)

INSTANCE = Table(
    "instance",
    METADATA,
    _key("workflow"),
    _key("instance"),
    _number("version"),
    _number("rev"),
    _key("state"),
    Column("closed", Boolean, nullable=False),
    Column("final", Boolean, nullable=False),
    _number("entered_at"),
    _number("next_due", nullable=True),
    _text("standing"),
    _number("seq"),
    _text("head"),
    _text("body"),
    PrimaryKeyConstraint("workflow", "instance"),
)
"""``seq`` and ``head``: number and hash of the last line of the case's journal. ``body`` is the last column,
so that what stands before it is read without it."""
Index("ix_instance_state", INSTANCE.c.workflow, INSTANCE.c.state, INSTANCE.c.instance)

JOURNAL = Table(
    "journal",
    METADATA,
    _key("workflow"),
    _key("instance"),
    _number("seq"),
    _number("at"),
    _text("happened"),
    _text("cause"),
    _text("hash"),
    _text("body"),
    PrimaryKeyConstraint("workflow", "instance", "seq"),
)

INBOX = Table(
    "inbox",
    METADATA,
    _key("workflow"),
    _key("event_id"),
    _key("instance"),
    _text("digest"),
    _number("occurred_at"),
    _number("rev"),
    _text("result"),
    PrimaryKeyConstraint("workflow", "event_id"),
)

TIMER = Table(
    "timer",
    METADATA,
    _key("workflow"),
    _key("instance"),
    _key("key"),
    _text("name"),
    _number("due"),
    PrimaryKeyConstraint("workflow", "instance", "key"),
)
Index("ix_timer_due", TIMER.c.due, TIMER.c.workflow, TIMER.c.instance)

TIMER_FIRE = Table(
    "timer_fire",
    METADATA,
    _key("workflow"),
    _key("instance"),
    _key("key"),
    _number("fired_at"),
    PrimaryKeyConstraint("workflow", "instance", "key"),
)
"""A timer is claimed by the insert of its key: who comes second can't."""

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _COUNTER, primary_key=True, autoincrement=True),
    _key("workflow"),
    _key("instance"),
    _key("key"),
    _text("kind"),
    _text("payload"),
    _number("due", nullable=True),
    _number("created_at"),
    _number("attempts"),
    _number("next_at"),
    _number("delivered_at", nullable=True),
    _text("last_error"),
    UniqueConstraint("workflow", "instance", "key"),
)
"""``next_at``: not to be tried before; also how long a worker that has taken it keeps it."""
Index(
    "ix_outbox_pending",
    OUTBOX.c.next_at,
    OUTBOX.c.id,
    sqlite_where=OUTBOX.c.delivered_at.is_(None),
    postgresql_where=OUTBOX.c.delivered_at.is_(None),
)

APPROVAL = Table(
    "approval",
    METADATA,
    _key("workflow"),
    _key("instance"),
    _key("id"),
    _text("transition"),
    _text("role"),
    _number("since"),
    _number("due"),
    PrimaryKeyConstraint("workflow", "instance", "id"),
)

CALENDAR = Table(
    "calendar",
    METADATA,
    _key("id"),
    _key("digest"),
    _text("text"),
    _number("until", nullable=True),
    _number("stored_at"),
    PrimaryKeyConstraint("id", "digest"),
)

RUN = Table(
    "run",
    METADATA,
    _key("id"),
    _text("workflow"),
    _text("as_of"),
    _text("input_digest"),
    _number("started_at"),
    _number("chunks"),
    _text("detail"),
    _number("finished_at", nullable=True),
    PrimaryKeyConstraint("id"),
)

APPEND_ONLY = (DEFINITION, JOURNAL, INBOX, TIMER_FIRE)
