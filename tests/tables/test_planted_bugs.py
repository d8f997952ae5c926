"""The comparison with the oracle can fail: bugs planted into the box algebra are found by it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from kamflow.prove import tables as proofs
from kamflow.tables import cover, grid, overlaps
from tests.tables.gen_tables import DEFECTS, sound
from tests.tables.test_random_tables import _compare

Plant = Callable[[pytest.MonkeyPatch], None]


def _bounds_are_always_included(patch: pytest.MonkeyPatch) -> None:
    true = grid._bound
    patch.setattr(grid, "_bound", lambda e, default, shift, ask: true(e, default, 0, ask))


def _missing_is_part_of_not(patch: pytest.MonkeyPatch) -> None:
    true = grid.minus
    patch.setattr(grid, "minus", lambda a, b: (*true(a, b), (a[-1][1] + 2, a[-1][1] + 2)))


def _volumes_are_not_added_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proofs, "is_complete", lambda domain, pieces: True)


def _the_last_gap_is_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proofs, "uncovered", lambda domain, pieces: cover.uncovered(domain, pieces)[:-1])


def _boxes_do_not_grow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cover, "_grown", lambda point, domain, pieces: tuple(((x, x),) for x in point))
    patch.setattr(cover, "volume", lambda box: 1 if all(v[0][0] == v[-1][1] for v in box) else 10**6)


def _ranges_that_touch_do_not_meet(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        overlaps, "meet", lambda a, b: any(max(x, p) < min(y, q) for x, y in a for p, q in b) or a == b
    )


def _only_the_first_pair_is_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proofs, "meeting_rows", lambda rows: list(overlaps.meeting_rows(rows))[:1])


def _rows_behind_are_masked_by_rows_below(patch: pytest.MonkeyPatch) -> None:
    true = cover._met_before
    patch.setattr(cover, "_met_before", lambda rows: {**true(rows), 0: list(range(1, len(rows)))})


def _later_values_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(proofs, "intervals", lambda program, days, params: (days,))


BUGS = (
    _bounds_are_always_included,
    _missing_is_part_of_not,
    _volumes_are_not_added_up,
    _the_last_gap_is_dropped,
    _boxes_do_not_grow,
    _ranges_that_touch_do_not_meet,
    _only_the_first_pair_is_seen,
    _rows_behind_are_masked_by_rows_below,
    _later_values_are_not_looked_at,
)


@pytest.mark.parametrize("plant", BUGS, ids=lambda f: f.__name__.strip("_"))
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    for seed in range(300):
        make = DEFECTS[seed // 2 % len(DEFECTS)] if seed % 2 else sound
        try:
            _compare(make(Random(seed)))
        except (AssertionError, ArithmeticError):
            return
    pytest.fail("300 tables did not show it")
