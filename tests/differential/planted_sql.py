"""Bugs planted into the SQL engine: the rig must find each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kamflow.core.expr import Fold, Hit, Today
from kamflow.engines.sql import choices, encode, folds, linear
from kamflow.engines.sql import compile as compiling
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.civil import Calendar
from kamflow.engines.sql.dialects import DUCKDB
from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.terms import Sort, literal_bool, literal_int
from kamflow.values.rounding import Rounding
from tests.differential.planted import Plant


def _mode(slips: dict[Rounding, Rounding]) -> Plant:
    right = encode.div_round

    def wrong(b: Any, frame: Any, num: Any, den: Any, mode: Rounding) -> Any:
        return right(b, frame, num, den, slips.get(mode, mode))

    return lambda patch: patch.setattr(encode, "div_round", wrong)


def _less_for_at_most(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "le", Builder.lt)


def _missing_is_false(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "is_null", lambda self, t: literal_bool(False))


def _missing_is_zero(patch: pytest.MonkeyPatch) -> None:
    right = Frame.field

    def wrong(self: Any, c: Any) -> Any:
        found = right(self, c)
        if found.sort is not Sort.INT or not found.nullable:
            return found
        return self.add(Builder(DUCKDB).zero_if_null(found))

    patch.setattr(Frame, "field", wrong)


def _nothing_sums_to_missing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "zero_if_null", lambda self, t: t)


def _month_end_clamped(patch: pytest.MonkeyPatch) -> None:
    right = Calendar.add_months
    patch.setattr(Calendar, "add_months", lambda self, d, m, *, clamp: right(self, d, m, clamp=True))


def _months_not_whole(patch: pytest.MonkeyPatch) -> None:
    def wrong(self: Any, start: Any, end: Any) -> Any:
        return self._b.sub(self.civil(end)[0], self.civil(start)[0])

    patch.setattr(Calendar, "whole_months", wrong)


def _choose(change: Any) -> Plant:
    right = choices.choose

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(choices, "choose", lambda enc, e, scope: right(enc, change(e), scope))

    return plant


def _last_row_for_first(patch: pytest.MonkeyPatch) -> None:
    right = Builder.case

    def wrong(self: Any, whens: Any, other: Any, **how: Any) -> Any:
        found = list(whens)
        if len(found) > 1 and all(v.const == i for i, (_, v) in enumerate(found)):
            found.reverse()
        return right(self, found, other, **how)

    patch.setattr(Builder, "case", wrong)


def _beaten_rules_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choices, "_beats", lambda e, rule: set())


def _disagreement_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choices, "_together", lambda beaten_by, j, k: False)


def _where_ignored(patch: pytest.MonkeyPatch) -> None:
    right = folds._folded

    def wrong(enc: Any, e: Any, scope: Any) -> Any:
        return right(enc, replace(e, where=None) if e.fold is Fold.SUM else e, scope)

    patch.setattr(folds, "_folded", wrong)


def _a_day_early(patch: pytest.MonkeyPatch) -> None:
    right = encode.Encoder._expr

    def wrong(self: Any, e: Any, scope: Any) -> Any:
        return literal_int(self.as_of - 1) if isinstance(e, Today) else right(self, e, scope)

    patch.setattr(encode.Encoder, "_expr", wrong)


def _step_forgotten(patch: pytest.MonkeyPatch) -> None:
    right = encode.Encoder._applied

    def wrong(self: Any, e: Any, args: Any, scope: Any) -> Any:
        return right(self, replace(e, step=1) if hasattr(e, "step") else e, args, scope)

    patch.setattr(encode.Encoder, "_applied", wrong)


def _columns_not_widened(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "cast", lambda self, t, bits: t.operand())


def _divisor_not_guarded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "null_if_zero", lambda self, t: t)


def _ties_not_even(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "even_below", lambda self, t, cond: t)


def _bits_of_cells_mixed_up(patch: pytest.MonkeyPatch) -> None:
    right = Builder.flags

    def wrong(self: Any, conds: Any, more: Any = ()) -> Any:
        powers = [n for _, n in conds]
        return right(self, [(c, n) for (c, _), n in zip(conds, reversed(powers), strict=True)], more)

    patch.setattr(Builder, "flags", wrong)


def _sums_lose_what_is_taken_away(patch: pytest.MonkeyPatch) -> None:
    right = linear._part

    def wrong(enc: Any, e: Any, factor: int, scope: Any, into: Any) -> None:
        right(enc, e, abs(factor), scope, into)

    patch.setattr(linear, "_part", wrong)


def _undecided_items_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(compiling, "tell_undecided", lambda enc: None)


def _facts_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Builder, "is_false", lambda self, t: literal_bool(True))


PLANTED_SQL: dict[str, tuple[Plant, int]] = {
    "< for <=": (_less_for_at_most, 0),
    "half even for half up": (_mode({Rounding.HALF_UP: Rounding.HALF_EVEN}), 116),
    "half up for half even": (_mode({Rounding.HALF_EVEN: Rounding.HALF_UP}), 105),
    "truncation for floor": (_mode({Rounding.FLOOR: Rounding.DOWN}), 33),
    "up for ceiling": (_mode({Rounding.CEILING: Rounding.UP}), 24),
    "missing as false": (_missing_is_false, 0),
    "missing as zero": (_missing_is_zero, 0),
    "sum of nothing is missing": (_nothing_sums_to_missing, 5),
    "month end clamped for next day": (_month_end_clamped, 17),
    "months that are not whole": (_months_not_whole, 17),
    "last row for first": (_last_row_for_first, 0),
    "two rows of unique unseen": (
        _choose(lambda e: replace(e, hit=Hit.FIRST) if e.hit is Hit.UNIQUE else e),
        17,
    ),
    "beaten overrides count": (_beaten_rules_count, 0),
    "disagreeing overrides unseen": (_disagreement_unseen, 2),
    "sum over where ignored": (_where_ignored, 57),
    "today a day early": (_a_day_early, 2),
    "rounding step forgotten": (_step_forgotten, 0),
    "narrow columns not widened": (_columns_not_widened, 0),
    "divisor of zero not guarded": (_divisor_not_guarded, 30),
    "facts unseen": (_facts_unseen, 9),
    "ties not to the even number": (_ties_not_even, 105),
    "bits of cells mixed up": (_bits_of_cells_mixed_up, 0),
    "sums lose what is taken away": (_sums_lose_what_is_taken_away, 22),
}
"""Each with a seed whose policy and records show it, so that the tests need not look through many."""
