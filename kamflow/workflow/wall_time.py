"""Wall clocks of a time zone: instants to days and times of day, and back where clocks jump.

A time that a clock skips stands for the first instant after the gap; one that comes twice for its first.
Assumes: years 1 to 9998; what lies beyond is `END_OF_TIME`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = 719_163  # 1970-01-01 as a day number
_LAST_DAY = 3_651_694  # 9998-12-31
_MANY = 4096  # instants of which the offset is remembered
END_OF_TIME = (_LAST_DAY - _EPOCH_DAY) * DAY
"""An instant in 9998: for what never comes."""


class WallTime:
    """The clocks of one time zone."""

    __slots__ = ("_midnights", "_offsets", "_zone")

    def __init__(self, tz: str) -> None:
        self._zone = ZoneInfo(tz)
        self._midnights: dict[int, int] = {}
        self._offsets: dict[int, int] = {}

    def offset(self, instant: int) -> int:
        """Return how far the clocks are ahead of UTC at an instant, in microseconds."""
        found = self._offsets.get(instant)
        if found is None:  # many cases moved at the same midnights
            there = (_EPOCH + timedelta(microseconds=instant)).astimezone(self._zone)
            delta = there.utcoffset()
            found = 0 if delta is None else delta // timedelta(microseconds=1)
            if len(self._offsets) >= _MANY:
                self._offsets.clear()
            self._offsets[instant] = found
        return found

    def read(self, instant: int) -> tuple[int, int]:
        """Return the day number that a clock shows at an instant, and the microseconds since its
        midnight."""
        days, rest = divmod(instant + self.offset(instant), DAY)
        return days + _EPOCH_DAY, rest

    def at(self, day: int, time_of_day: int) -> int:
        """Return the instant at which clocks show a time (microseconds since midnight) of a day."""
        wall = (day - _EPOCH_DAY) * DAY + time_of_day
        if wall >= END_OF_TIME:
            return END_OF_TIME
        naive = datetime.fromordinal(day) + timedelta(microseconds=time_of_day)
        first = wall - self._wall_offset(naive, 0)
        if first + self.offset(first) == wall:
            return first
        return self._end_of_gap(wall - self._wall_offset(naive, 1), first)

    def midnight(self, day: int) -> int:
        """Return the first instant of a day."""
        found = self._midnights.get(day)
        if found is None:
            found = self._midnights[day] = self.at(day, 0)
        return found

    def _wall_offset(self, naive: datetime, fold: int) -> int:
        delta = naive.replace(tzinfo=self._zone, fold=fold).utcoffset()
        return 0 if delta is None else delta // timedelta(microseconds=1)

    def _end_of_gap(self, before: int, after: int) -> int:
        """Return the instant in (before, after] at which the clocks jump."""
        old = self.offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self.offset(middle) == old:
                before = middle
            else:
                after = middle
        return after
