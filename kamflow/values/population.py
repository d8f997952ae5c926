"""Where a value stands among the measures of a population: the arithmetic, for every engine.

A population is the sorted measures of its members. Whoever has no measure is outside, and so is
whoever the population's condition leaves out: the engine decides that, and what outside means.
Everything goes by value: a subject that is not a member itself gets the same answer as a member
with its measure.

Negative measures count as they are: they lower the total. Where the total is not above zero nobody
has a share and every class is `outside`. Shares and percentiles are percent of scale 4
(1_000_000 = 100 %), cut down.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

from kamflow.base.frozen import frozen

WHOLE = 10**6
"""100 % in the unit of shares, percentiles and class bounds."""


@frozen
class Standing:
    """``measures`` ascending; ``sums[i]`` is the sum of the first ``i`` of them."""

    measures: tuple[int, ...]
    sums: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.sums[-1]

    def percentile(self, value: int) -> int | None:
        """Return the share of members strictly below, 0 to ``WHOLE``; None where there are no members."""
        if not self.measures:
            return None
        return bisect_left(self.measures, value) * WHOLE // len(self.measures)

    def quantile(self, value: int, n: int) -> int | None:
        """Return 1..n; who is above all members, without being one, is in the last group."""
        if not self.measures:
            return None
        return min(n, 1 + n * bisect_left(self.measures, value) // len(self.measures))

    def share(self, value: int) -> int | None:
        """Return ``value`` of the total; None where the total is not above zero.

        Also None where ``value`` is no part of the total: below zero, or above all of it (an outsider
        that is larger than everybody together, or negative measures beside it). So the result is
        always within 0 to ``WHOLE``, which is what the checker proves ranges with.
        """
        if self.total <= 0 or not 0 <= value <= self.total:
            return None
        return value * WHOLE // self.total

    def class_of(
        self, value: int, classes: Sequence[tuple[int, int | None]], *, largest_first: bool
    ) -> int | None:
        """Return the class by the cumulative share of the members strictly better than ``value``.

        ``classes`` are (class, upper bound of the share in 1/``WHOLE``), best first, the last
        without a bound. The share *before* the subject counts: who crosses a bound still has the
        better class, and ties share it. None where the total is not above zero.
        """
        if self.total <= 0:
            return None
        if largest_first:
            before = self.total - self.sums[bisect_right(self.measures, value)]
        else:
            before = self.sums[bisect_left(self.measures, value)]
        for position, bound in classes:
            if bound is None or before * WHOLE < bound * self.total:
                return position
        raise ValueError("the last class has a bound")


NOBODY = Standing((), (0,))


def standing_of(measures: Iterable[int]) -> Standing:
    """Build a population from its members' measures, in any order."""
    ascending = tuple(sorted(measures))
    return Standing(ascending, tuple(accumulate(ascending, initial=0)))


# ---- the same answers from thresholds alone


@frozen
class Steps:
    """``answers[i]`` from ``starts[i - 1]`` on, up to below ``starts[i]``; the first below all starts."""

    starts: tuple[int, ...]
    answers: tuple[int, ...]

    def at(self, value: int) -> int:
        return self.answers[bisect_right(self.starts, value)]


@frozen
class Part:
    """The share of a total above zero."""

    total: int

    def at(self, value: int) -> int | None:
        return value * WHOLE // self.total if 0 <= value <= self.total else None


CutOff: TypeAlias = "Steps | Part"


def percentile_steps(standing: Standing) -> Steps | None:
    count = len(standing.measures)
    return _below_steps(standing, lambda below: below * WHOLE // count) if count else None


def quantile_steps(standing: Standing, n: int) -> Steps | None:
    count = len(standing.measures)
    return _below_steps(standing, lambda below: min(n, 1 + n * below // count)) if count else None


def _below_steps(standing: Standing, answer: Callable[[int], int]) -> Steps:
    """Return the steps of what follows from how many members are strictly below."""
    made = _Maker(answer(0))
    measures = standing.measures
    for below in range(1, len(measures) + 1):
        if below == len(measures) or measures[below] != measures[below - 1]:
            made.step(measures[below - 1] + 1, answer(below))
    return made.steps()


def class_steps(
    standing: Standing, classes: Sequence[tuple[int, int | None]], *, largest_first: bool
) -> Steps | None:
    """Return the steps of ``Standing.class_of``; None where the total is not above zero.

    Negative measures may let the share fall again, so a class may have several steps.
    """
    if standing.total <= 0:
        return None
    scaled = [None if bound is None else bound * standing.total for _, bound in classes]

    def class_after(before: int) -> int:
        share = before * WHOLE
        at = next(i for i, bound in enumerate(scaled) if bound is None or share < bound)
        return classes[at][0]

    measures, sums = standing.measures, standing.sums
    made = _Maker(class_after(standing.total if largest_first else 0))
    for i in range(1, len(measures) + 1):
        if i == len(measures) or measures[i] != measures[i - 1]:
            # largest first: who has this measure has those above it before; smallest first: who has more
            if largest_first:
                made.step(measures[i - 1], class_after(standing.total - sums[i]))
            else:
                made.step(measures[i - 1] + 1, class_after(sums[i]))
    return made.steps()


class _Maker:
    """Collects steps in ascending order; one that changes nothing is none."""

    def __init__(self, first: int) -> None:
        self._starts: list[int] = []
        self._answers = [first]

    def step(self, start: int, answer: int) -> None:
        if answer != self._answers[-1]:
            self._starts.append(start)
            self._answers.append(answer)

    def steps(self) -> Steps:
        return Steps(tuple(self._starts), tuple(self._answers))
