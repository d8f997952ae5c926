"""What numba compiles besides generated code: integers only, no branch on a table, total on all 64 bits.

``values.dates`` is the law for days and months; tests compare on every day of the calendar. The day
numbers are those of ``date.toordinal()``; the algorithm counts years from 1 March, so that the leap
day is a year's last.
"""

from __future__ import annotations

_ERA = 146_097  # days of 400 years
_MARCH = 306  # from 1 March of year 0 to 1 January of year 1


def _split(day: int) -> tuple[int, int, int]:
    """Return (year, month, day) of a day number."""
    z = day - 1 + _MARCH
    era = z // _ERA
    doe = z - era * _ERA
    yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    year = yoe + era * 400 + (1 if month <= 2 else 0)
    return year, month, doy - (153 * mp + 2) // 5 + 1


def _join(year: int, month: int, day: int) -> int:
    """Return the day number of (year, month, day)."""
    y = year - 1 if month <= 2 else year
    era = y // 400
    yoe = y - era * 400
    mp = month - 3 if month > 2 else month + 9
    doe = yoe * 365 + yoe // 4 - yoe // 100 + (153 * mp + 2) // 5 + day - 1
    return era * _ERA + doe - _MARCH + 1


def _moved(day: int, months: int, clamp: bool) -> int:
    y, m, d = _split(day)
    index = y * 12 + m - 1 + months
    year = index // 12
    month = index - year * 12 + 1
    following = index + 1
    after = _join(following // 12, following - following // 12 * 12 + 1, 1)
    last = after - _join(year, month, 1)
    if d <= last:
        return _join(year, month, d)
    return after - 1 if clamp else after


def add_months_clamp(day: int, months: int) -> int:
    return _moved(day, months, True)


def add_months_next(day: int, months: int) -> int:
    return _moved(day, months, False)


def whole_months(start: int, end: int) -> int:
    first, last = (end, start) if end < start else (start, end)
    y1, m1, d1 = _split(first)
    y2, m2, d2 = _split(last)
    months = (y2 - y1) * 12 + m2 - m1 - (1 if d2 < d1 else 0)
    return -months if end < start else months


def year_of(day: int) -> int:
    year, _, _ = _split(day)
    return year


def month_of(day: int) -> int:
    _, month, _ = _split(day)
    return month


def count_bits(mask: int) -> int:
    """Return how many bits of a set are one; sets have at most 62 members."""
    count = 0
    while mask > 0:
        mask &= mask - 1
        count += 1
    return count


def product_fits(a: int, b: int) -> bool:
    """Say whether a product lies within 64 bits; neither factor is the lowest integer."""
    if -3_037_000_499 <= a <= 3_037_000_499 and -3_037_000_499 <= b <= 3_037_000_499:
        return True
    if b == 0:
        return True
    most = 9_223_372_036_854_775_807 // (b if b > 0 else -b)
    return -most <= a <= most


def sum_fits(a: int, b: int) -> bool:
    """Say whether a sum lies within 64 bits, the lowest integer left out."""
    if b >= 0:
        return a <= 9_223_372_036_854_775_807 - b
    return a >= -9_223_372_036_854_775_807 - b


def segment(cuts: list[int], value: int) -> int:
    """Return how many of the ascending cuts are not above a value."""
    first, end = 0, len(cuts)
    while first < end:
        middle = (first + end) // 2
        if cuts[middle] <= value:
            first = middle + 1
        else:
            end = middle
    return first


def start_set(scratch: list[int]) -> int:
    """Empty a set: ``scratch`` is a count of uses, a size (a power of two), then pairs of use and value."""
    scratch[0] += 1
    return 0


def add_to_set(scratch: list[int], value: int) -> int:
    """Return 1 for a value that is new, else 0; there is always room."""
    use = scratch[0]
    last = scratch[1] - 1
    place = ((value * 2_654_435_761) >> 15) & last
    while scratch[2 + 2 * place] == use:
        if scratch[3 + 2 * place] == value:
            return 0
        place = (place + 1) & last
    scratch[2 + 2 * place] = use
    scratch[3 + 2 * place] = value
    return 1


HELPERS = (_split, _join, _moved)
CALLED = (
    add_months_clamp,
    add_months_next,
    whole_months,
    year_of,
    month_of,
    count_bits,
    product_fits,
    sum_fits,
    segment,
    start_set,
    add_to_set,
)
