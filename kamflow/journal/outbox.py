"""Effects between the transaction that made them and the receiver that took them over.

Assumes: a transaction that may write. Leaves: an effect is taken by one worker for a while (``lease``); a
worker that dies leaves it to the next one when that is over. So each is delivered at least once, and
known by its key.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from kamflow.journal.rows import EffectRow, PendingEffect
from kamflow.journal.tables import OUTBOX

_o = OUTBOX.c
_COLUMNS = (
    _o.id, _o.workflow, _o.instance, _o.key, _o.kind, _o.payload, _o.due, _o.attempts, _o.last_error
)  # fmt: skip
_LONGEST = 300
"""Characters of an error that are kept."""


def pending(connection: Connection, limit: int) -> list[PendingEffect]:
    """Return effects that nobody has taken over, oldest first, whether or not they may be tried now."""
    query = select(*_COLUMNS).where(_o.delivered_at.is_(None)).order_by(_o.id).limit(limit)
    return [_effect(*row) for row in connection.execute(query)]


def take(
    connection: Connection, kinds: tuple[str, ...], now: int, lease: int, limit: int
) -> list[PendingEffect]:
    """Take effects of these kinds that may be tried now; nobody else does within ``lease`` microseconds."""
    query = (
        select(*_COLUMNS)
        .where(_o.delivered_at.is_(None), _o.next_at <= now, _o.kind.in_(kinds))
        .order_by(_o.next_at, _o.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = sorted((_effect(*row) for row in connection.execute(query)), key=lambda e: e.id)
    for start in range(0, len(taken), 500):
        ids = [effect.id for effect in taken[start : start + 500]]
        connection.execute(update(OUTBOX).where(_o.id.in_(ids)).values(next_at=now + lease))
    return taken


def mark_delivered(connection: Connection, effect: int, now: int) -> None:
    """Keep the first time: a second delivery of the same effect changes nothing."""
    connection.execute(
        update(OUTBOX)
        .where(_o.id == effect, _o.delivered_at.is_(None))
        .values(delivered_at=now, attempts=_o.attempts + 1, last_error="")
    )


def mark_failed(connection: Connection, effect: int, said: str, again_at: int) -> None:
    connection.execute(
        update(OUTBOX)
        .where(_o.id == effect, _o.delivered_at.is_(None))
        .values(attempts=_o.attempts + 1, last_error=said[:_LONGEST], next_at=again_at)
    )


def _effect(
    number: int, workflow: str, instance: str, key: str, kind: str, payload: str, due: int | None,
    attempts: int, last_error: str,
) -> PendingEffect:  # fmt: skip
    return PendingEffect(number, workflow, instance, EffectRow(key, kind, payload, due), attempts, last_error)
