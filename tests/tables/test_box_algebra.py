"""Laws of sets and boxes, and large tables with one bound moved by one unit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import pytest

from kamflow.tables import values as v
from kamflow.tables.cover import is_complete, pieces_of, uncovered
from kamflow.tables.grid import Box, common, volume
from kamflow.tables.merge import few_boxes, subtract
from kamflow.tables.overlaps import meeting_rows


def random_values(r: Random, top: int) -> v.Values:
    return v.make((a, a + r.randint(0, 2)) for a in r.sample(range(top - 2), r.randint(0, 3)))


def members(a: v.Values) -> set[int]:
    return {x for lo, hi in a for x in range(lo, hi + 1)}


def points(box: Box) -> set[tuple[int, ...]]:
    return set(product(*(sorted(members(values)) for values in box)))


@pytest.mark.parametrize("seed", range(300))
def test_sets_of_ranges_behave_like_sets_of_integers(seed: int) -> None:
    r = Random(seed)
    a, b = random_values(r, 14), random_values(r, 14)
    assert members(v.union(a, b)) == members(a) | members(b)
    assert members(v.intersect(a, b)) == members(a) & members(b)
    assert members(v.minus(a, b)) == members(a) - members(b)
    assert v.meet(a, b) == bool(members(a) & members(b))
    assert v.size(a) == len(members(a))
    assert all(v.contains(a, x) == (x in members(a)) for x in range(16))
    for made in (v.union(a, b), v.intersect(a, b), v.minus(a, b)):
        assert made == v.make(made), "one form for each set"


def random_box(r: Random, width: int) -> Box:
    return tuple(random_values(r, 6) or ((0, 0),) for _ in range(width))


@pytest.mark.parametrize("seed", range(200))
def test_boxes_behave_like_sets_of_points(seed: int) -> None:
    r = Random(seed)
    width = r.randint(1, 3)
    domain: Box = (((0, 6),),) * width
    rows = [random_box(r, width) for _ in range(r.randint(1, 6))]
    pairs = {
        (i, j) for i in range(len(rows)) for j in range(i + 1, len(rows)) if points(rows[i]) & points(rows[j])
    }
    assert set(meeting_rows(rows)) == pairs
    assert all(points(common(rows[i], rows[j])) == points(rows[i]) & points(rows[j]) for i, j in pairs)
    pieces = pieces_of(rows)
    for i, left in enumerate(pieces):
        earlier = set().union(*(points(row) for row in rows[:i]))
        assert set().union(*map(points, left)) == points(rows[i]) - earlier
        assert sum(map(volume, left)) == len(points(rows[i]) - earlier), "pieces do not meet"
    flat = [p for left in pieces for p in left]
    everything = points(domain)
    taken = set().union(*map(points, rows))
    gaps = uncovered(domain, flat)
    assert set().union(*map(points, gaps)) == everything - taken
    assert sum(map(volume, gaps)) == len(everything - taken), "gaps do not meet"
    assert is_complete(domain, flat) == (taken == everything)
    merged = few_boxes(gaps)
    assert len(merged) <= len(gaps)
    assert set().union(*map(points, merged)) == everything - taken
    rest = subtract(gaps, rows[0])
    assert set().union(*map(points, rest)) == everything - taken - points(rows[0])


@pytest.mark.parametrize("count", [40, 60, 200])
def test_columns_with_many_distinct_cells_meet_as_those_with_few(count: int) -> None:
    """Two ways to make the masks of a column, by the number of distinct cells; both against pairs."""
    r = Random(count)
    rows: list[Box] = [(random_values(r, 3 * count), ((0, r.randint(0, 2)),)) for _ in range(count)]
    pairs = {
        (i, j)
        for i in range(count)
        for j in range(i + 1, count)
        if all(v.meet(a, b) for a, b in zip(rows[i], rows[j], strict=True))
    }
    assert set(meeting_rows(rows)) == pairs


def partition(r: Random, domain: Box, count: int) -> list[Box]:
    boxes = [domain]
    while len(boxes) < count:
        at = r.randrange(len(boxes))
        box = boxes[at]
        col = r.randrange(len(box))
        ((lo, hi),) = box[col]
        if lo == hi:
            continue
        cut = r.randint(lo, hi - 1)
        boxes[at] = (*box[:col], ((lo, cut),), *box[col + 1 :])
        boxes.append((*box[:col], ((cut + 1, hi),), *box[col + 1 :]))
    return boxes


def moved(r: Random, rows: list[Box], domain: Box) -> Iterator[tuple[list[Box], bool, int]]:
    """Yield tables with one bound of one row moved by one unit: (rows, whether it grew, combinations)."""
    while True:
        at, col, side, step = (
            r.randrange(len(rows)),
            r.randrange(len(domain)),
            r.randint(0, 1),
            r.choice((-1, 1)),
        )
        ((lo, hi),) = rows[at][col]
        ((least, most),) = domain[col]
        lo, hi = (lo + step, hi) if side == 0 else (lo, hi + step)
        if lo < least or hi > most or lo > hi:
            continue
        row = (*rows[at][:col], ((lo, hi),), *rows[at][col + 1 :])
        changed = abs(volume(row) - volume(rows[at]))
        yield [*rows[:at], row, *rows[at + 1 :]], volume(row) > volume(rows[at]), changed


def test_a_bound_moved_by_one_unit_in_a_table_of_300_rows_is_found_1000_times() -> None:
    r = Random(7)
    domain: Box = (((0, 10**9),), ((0, 1000),), ((0, 5),), ((0, 1),))
    rows = partition(r, domain, 300)
    assert not list(meeting_rows(rows))
    assert is_complete(domain, rows)
    tables = moved(r, rows, domain)
    for _ in range(1000):
        table, grew, changed = next(tables)
        if grew:
            pairs = list(meeting_rows(table))
            assert sum(volume(common(table[i], table[j])) for i, j in pairs) == changed
        else:
            assert not list(meeting_rows(table))
            assert sum(map(volume, uncovered(domain, table))) == changed
