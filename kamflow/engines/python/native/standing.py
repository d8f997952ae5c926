"""Standings of whole columns: what ``values.population.Standing`` says of one value, for all at once.

Exact: what might not fit 64 bits is done with Python's integers.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Literal, assert_never

import numpy as np

from kamflow.core.expr import PopKind, PopTerm
from kamflow.core.ty import INT64
from kamflow.engines.python.native.feed import Arr
from kamflow.values.population import WHOLE


class Crowd:
    """The measures of all lines, for the terms that compare them.

    ``measures`` may be masked where nobody is asked. ``asked``: has a measure (and a group); ``member``: is
    one of the population, and asked. ``group``: each of its values has a population of its own.
    """

    def __init__(self, measures: Arr, asked: Arr, member: Arr, group: Arr | None) -> None:
        self._asked = asked
        measures = np.ma.getdata(measures).astype(np.int64)
        self._groups: list[tuple[Arr | None, _Group]] = []
        for lines in _groups(asked, group):
            of_these = measures if lines is None else measures[lines]
            inside = member if lines is None else member[lines]
            self._groups.append((lines, _Group(of_these[inside], of_these)))

    def standing(self, term: PopTerm) -> tuple[Arr, Arr]:
        """Return (standing, outside) of each line."""
        value = np.zeros(len(self._asked), dtype=np.int64)
        outside = ~self._asked
        if term.kind is PopKind.CLASSIFY:
            value[:] = term.outside
        for lines, one in self._groups:
            found, none = one.standing(term)
            if lines is None:
                np.copyto(value, found, where=self._asked & ~none)
                outside |= none
            else:
                value[lines[~none]] = found[~none]
                outside[lines[none]] = True
        return value, outside


def _groups(asked: Arr, group: Arr | None) -> list[Arr | None]:
    """Return the lines of each group; None stands for all lines."""
    if group is None:
        return [None]
    lines = np.flatnonzero(asked)
    if not len(lines):
        return []
    _, group = np.unique(np.ma.getdata(group)[lines], return_inverse=True)
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    return list(np.split(lines[order], cuts))


class _Group:
    """One population and who is compared with it. Places are found once, for subjects in ascending order:
    looking up a million values at random in a million costs twenty times as much."""

    def __init__(self, members: Arr, subjects: Arr) -> None:
        self._members, self._subjects = np.sort(members), subjects
        self._order = np.argsort(subjects)
        self._ascending = subjects[self._order]
        self._places: dict[str, Arr] = {}

    def _place(self, side: Literal["left", "right"]) -> Arr:
        """Return how many members are below each subject (``left``), or not above it."""
        if side not in self._places:
            places = np.empty(len(self._subjects), dtype=np.int64)
            places[self._order] = np.searchsorted(self._members, self._ascending, side=side)
            self._places[side] = places
        return self._places[side]

    def standing(self, term: PopTerm) -> tuple[Arr, Arr]:
        """Return (standing, has none) of each subject."""
        count, subjects = len(self._members), self._subjects
        none = np.zeros(len(subjects), dtype=np.bool_)
        match term.kind:
            case PopKind.PERCENTILE:
                return (self._place("left") * WHOLE // count, none) if count else (subjects, ~none)
            case PopKind.QUANTILE:
                if not count:
                    return subjects, ~none
                return np.minimum(term.n, 1 + self._place("left") * term.n // count), none
            case PopKind.SHARE:
                return _shares(sum(self._members.tolist()), subjects)
            case PopKind.CLASSIFY:
                by_place = _classes(term, self._members)
                if by_place is None:
                    return subjects, ~none
                return by_place[self._place("right" if term.largest_first else "left")], none
            case _:
                assert_never(term.kind)


def _shares(total: int, subjects: Arr) -> tuple[Arr, Arr]:
    none = (subjects < 0) | (subjects > min(total, INT64))
    if total <= 0:
        return subjects, np.ones_like(none)
    if total <= INT64 // WHOLE:
        return np.where(none, 0, subjects) * WHOLE // total, none
    parts, back = np.unique(np.where(none, 0, subjects), return_inverse=True)
    return np.array([v * WHOLE // total for v in parts.tolist()], dtype=np.int64)[back], none


def _classes(term: PopTerm, ascending: Arr) -> Arr | None:
    """Return the class for each number of members below (or not above) a subject; None where all are outside.

    ``before * WHOLE < bound * total`` holds where ``before < ceil(bound * total / WHOLE)``: one exact
    integer a class, so that the members' sums are only compared.
    """
    most = max(abs(int(ascending[0])), abs(int(ascending[-1]))) if len(ascending) else 0
    if most * len(ascending) <= INT64:
        sums = np.zeros(len(ascending) + 1, dtype=np.int64)
        np.cumsum(ascending, out=sums[1:])
    else:
        sums = np.array(list(accumulate(ascending.tolist(), initial=0)), dtype=object)
    total = int(sums[-1])
    if total <= 0:
        return None
    before = total - sums if term.largest_first else sums
    found = np.zeros(len(sums), dtype=np.int64)
    for position, bound in reversed(term.classes):
        if bound is None:
            found[:] = position
        else:
            found[(before < -(-bound * total // WHOLE)).astype(np.bool_)] = position
    return found
