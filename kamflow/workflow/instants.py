"""Instants (microseconds since 1970-01-01T00:00Z) as people write and read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kamflow.workflow.instance import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are slips of the pen; calendars and dates of policies end there too."""


def instant_of(moment: datetime) -> Instant:
    """Return the instant of a datetime that knows its offset."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without an offset is no instant")
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(instant: Instant, tz: str = "UTC") -> datetime:
    return (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(tz))


def parse_instant(text: str, tz: str) -> Instant | None:
    """Read ``2026-06-30``, ``2026-06-30T14:00`` or ``2026-06-30T14:00:00+08:00``; None where it is none
    of these.

    Without an offset it is the wall clock of ``tz``; a date alone is its midnight. A wall time that a
    change to summer time leaves out is the instant that would have been; of one that comes twice, the
    first is meant.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(tz))
    return instant_of(aware) if FIRST <= aware < LAST else None


def show_instant(instant: Instant, tz: str) -> str:
    """Write an instant as ISO 8601 with the offset of ``tz``; microseconds only where there are some."""
    return moment_of(instant, tz).isoformat()


def date_of(instant: Instant, tz: str) -> date:
    return moment_of(instant, tz).date()
