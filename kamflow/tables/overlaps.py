"""Rows that meet, by bit masks: row ``i`` meets all rows of the AND of its columns' masks.

A column's mask for a cell is the set of rows whose cells have a value in common with it. Cells repeat, so
masks are made once for each distinct cell; where a column has many, from ranges sorted by their ends.
Cost for n rows and c columns: n * c operations on integers of n bits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import or_

from kamflow.tables.grid import Box
from kamflow.tables.values import Values, meet

_FEW = 48  # distinct cells that are compared pair by pair


def meeting_rows(rows: Sequence[Box]) -> Iterator[tuple[int, int]]:
    """Yield each pair of rows that have a combination of values in common, ascending, each once."""
    if not rows:
        return
    columns = [_meets(column) for column in zip(*rows, strict=True)]
    if not columns:
        yield from ((i, j) for i in range(len(rows)) for j in range(i + 1, len(rows)))
        return
    for i, box in enumerate(rows):
        mask = -1 << (i + 1)
        for cell, masks in zip(box, columns, strict=True):
            mask &= masks[cell]
            if not mask:
                break
        yield from ((i, j) for j in _bits(mask))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _meets(column: Sequence[Values]) -> dict[Values, int]:
    """Return for each distinct cell the mask of the rows whose cells it meets."""
    at: dict[Values, list[int]] = {}
    for i, cell in enumerate(column):
        at.setdefault(cell, []).append(i)
    rows_of = {cell: _mask(rows) for cell, rows in at.items()}
    if len(rows_of) <= _FEW:
        return {a: _union([mask for b, mask in rows_of.items() if meet(a, b)]) for a in rows_of}
    return _meets_many(rows_of)


def _mask(rows: Sequence[int]) -> int:
    mask = 0
    for row in rows:
        mask |= 1 << row
    return mask


def _union(masks: Sequence[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _meets_many(rows_of: dict[Values, int]) -> dict[Values, int]:
    """A range ``a`` to ``b`` meets the ranges that begin by ``b``, less those that end before ``a``."""
    single = [(c[0], mask) for c, mask in rows_of.items() if len(c) == 1]
    several = [(c, mask) for c, mask in rows_of.items() if len(c) > 1]
    by_start = sorted((r[0], mask) for r, mask in single)
    by_end = sorted((r[1], mask) for r, mask in single)
    starts, ends = [s for s, _ in by_start], [e for e, _ in by_end]
    begun = list(accumulate((m for _, m in by_start), or_, initial=0))
    ended = list(accumulate((m for _, m in by_end), or_, initial=0))
    out: dict[Values, int] = {}
    for cell in rows_of:
        found = 0
        for a, b in cell:
            found |= begun[bisect_right(starts, b)] & ~ended[bisect_left(ends, a)]
        for other, mask in several:
            if meet(cell, other):
                found |= mask
        out[cell] = found
    return out
