"""Where no row applies: volumes first, then the places, one large box after the other.

Rows are cut into pieces that do not meet. Such pieces cover a domain exactly when their volumes add up to
its volume. Where they do not, one combination of values that is missed is found by following the slices
whose volume is short, column by column; it is grown, in every column, to all values that are free; the box
counts as covered from then on, and the search goes on until the volumes add up.
"""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.tables.grid import Box, common, volume
from kamflow.tables.merge import subtract
from kamflow.tables.overlaps import meeting_rows
from kamflow.tables.values import Values, contains, make, meet, minus, size

MAX_STEPS = 400_000
"""Boxes that are cut, all together, for one question; tables of real policies need some thousands."""
MAX_GAPS = 200
"""Gaps that are worked out; an author who meets that many starts with the first."""
_MANY = 3_000  # rows beyond which a gap is grown in one order of the columns only


class TooMany(Exception):  # noqa: N818 - not an error: the rows are too ragged to be worked out here
    """More than ``MAX_STEPS`` boxes to be cut."""


def pieces_of(rows: Sequence[Box]) -> list[list[Box]]:
    """Return for each row what the rows before it leave of it, as disjoint boxes; raises ``TooMany``."""
    before = _met_before(rows)
    steps = MAX_STEPS
    out: list[list[Box]] = []
    for j, row in enumerate(rows):
        left, steps = _left_of(row, [rows[i] for i in before.get(j, ())], steps)
        out.append(left)
    return out


def masked_rows(rows: Sequence[Box]) -> dict[int, list[int]]:
    """Return the rows to which rows before them leave nothing, with those; raises ``TooMany``.

    Rows without any value of their own are none. A row that is larger than all it shares with others
    together has something left, and need not be cut.
    """
    steps = MAX_STEPS
    found: dict[int, list[int]] = {}
    for j, earlier in _met_before(rows).items():
        shared = sum(volume(common(rows[i], rows[j])) for i in earlier)
        if shared < volume(rows[j]):
            continue
        left, steps = _left_of(rows[j], [rows[i] for i in earlier], steps)
        if not left:
            found[j] = earlier
    return found


def _met_before(rows: Sequence[Box]) -> dict[int, list[int]]:
    before: dict[int, list[int]] = {}
    for i, j in meeting_rows(rows):
        before.setdefault(j, []).append(i)
    return before


def _left_of(row: Box, earlier: Sequence[Box], steps: int) -> tuple[list[Box], int]:
    """Return what ``earlier`` leaves of a row, and the steps that remain."""
    left = [row] if all(row) else []
    for taken in earlier:
        steps -= len(left)
        if steps < 0:
            raise TooMany
        left = subtract(left, taken)
    return left, steps


def is_complete(domain: Box, pieces: Sequence[Box]) -> bool:
    """Say whether disjoint ``pieces``, all within ``domain``, leave nothing of it."""
    return sum(map(volume, pieces)) == volume(domain)


def uncovered(domain: Box, pieces: Sequence[Box], limit: int = MAX_GAPS) -> list[Box]:
    """Return what disjoint ``pieces`` leave of ``domain``: large disjoint boxes, at most ``limit``."""
    taken = [p for p in pieces if all(p)]
    missing = volume(domain) - sum(map(volume, taken))
    gaps: list[Box] = []
    while missing and len(gaps) < limit:
        gap = _grown(_missed(domain, taken), domain, taken)
        gaps.append(gap)
        taken.append(gap)
        missing -= volume(gap)
    return gaps


def _missed(domain: Box, pieces: Sequence[Box]) -> tuple[int, ...]:
    """Return the first combination of values that no piece holds; there is one."""
    full = volume(domain)
    active = [(piece, volume(piece)) for piece in pieces]
    point: list[int] = []
    for col, values in enumerate(domain):
        full //= size(values)
        active = [(piece, v // size(piece[col])) for piece, v in active]
        at = _short(values, [(piece[col], v) for piece, v in active], full)
        active = [(piece, v) for piece, v in active if contains(piece[col], at)]
        point.append(at)
    return tuple(point)


def _short(values: Values, cells: Sequence[tuple[Values, int]], full: int) -> int:
    """Return the first value of a column at which the volumes behind it do not add up to ``full``."""
    change: dict[int, int] = {a: 0 for a, _ in values}
    for cell, v in cells:
        for a, b in cell:
            change[a] = change.get(a, 0) + v
            change[b + 1] = change.get(b + 1, 0) - v
    have = 0
    for x in sorted(change):
        have += change[x]
        if have != full and contains(values, x):
            return x
    raise AssertionError("the volumes add up in every slice, and not together")


def _grown(point: Sequence[int], domain: Box, pieces: Sequence[Box]) -> Box:
    """Return a box around a missed combination that no larger one contains."""
    columns = range(len(domain))
    orders = [columns] if len(pieces) > _MANY else [columns, columns[::-1]]
    return max((_grow(point, domain, pieces, order) for order in orders), key=volume)


def _grow(point: Sequence[int], domain: Box, pieces: Sequence[Box], order: Sequence[int]) -> Box:
    box: list[Values] = [((x, x),) for x in point]
    for n, col in enumerate(order):
        # columns that were grown already hold more than the point; the others hold only that
        near = pieces
        for other in order[n + 1 :]:
            near = [p for p in near if contains(p[other], point[other])]
        for other in order[:n]:
            near = [p for p in near if meet(p[other], box[other])]
        box[col] = minus(domain[col], make([r for p in near for r in p[col]]))
    return tuple(box)
