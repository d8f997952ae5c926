"""Few large boxes for a region: neighbours that differ in one column become one.

The least number is hard to find in general; boxes are merged column by column until nothing more
merges, in several orders of the columns, and the best outcome is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, permutations

from kamflow.tables.grid import Box
from kamflow.tables.values import Values, minus, union

_ORDERS = 24  # all orders of four columns
_MANY = 2_000  # boxes beyond which one order has to do


def few_boxes(boxes: Sequence[Box]) -> list[Box]:
    """Return disjoint boxes for the region of disjoint ``boxes``, as few as are found, ascending."""
    if len(boxes) < 2:
        return list(boxes)
    orders = permutations(range(len(boxes[0])))
    found = [_merged(boxes, order) for order in islice(orders, 1 if len(boxes) > _MANY else _ORDERS)]
    best = found[0]
    for other in found[1:]:
        best = other if len(other) < len(best) else best
    return sorted(best)


def _merged(boxes: Sequence[Box], order: Sequence[int]) -> list[Box]:
    current = list(boxes)
    while True:
        before = len(current)
        for col in order:
            current = _along(current, col)
        if len(current) == before:
            return current


def _along(boxes: Sequence[Box], col: int) -> list[Box]:
    """Join the boxes that are equal but for one column."""
    groups: dict[tuple[Box, Box], Values] = {}
    for box in boxes:
        others = box[:col], box[col + 1 :]
        groups[others] = union(groups.get(others, ()), box[col])
    return [(*left, values, *right) for (left, right), values in groups.items()]


def subtract(boxes: Sequence[Box], taken: Box) -> list[Box]:
    """Return what ``taken`` leaves of disjoint boxes."""
    out: list[Box] = []
    for box in boxes:
        rest = box
        pieces: list[Box] = []
        for col, values in enumerate(taken):
            outside = minus(rest[col], values)
            if outside:
                pieces.append((*rest[:col], outside, *rest[col + 1 :]))
            inside = minus(rest[col], outside)
            if not inside:
                break
            rest = (*rest[:col], inside, *rest[col + 1 :])
        out.extend(pieces)
    return out
