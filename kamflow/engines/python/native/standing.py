"""Standings of whole columns: what ``values.population.Standing`` says of one value, for all at once.

Exact: what might not fit 64 bits is done with Python's integers.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from kamflow.core.expr import PopKind, PopTerm
from kamflow.core.ty import INT64
from kamflow.engines.python.native.feed import Arr
from kamflow.values.population import WHOLE


def standings(term: PopTerm, measures: Arr, asked: Arr, member: Arr, group: Arr | None) -> tuple[Arr, Arr]:
    """Return (standing, outside) of each line.

    ``measures`` may be masked, where nobody is asked. ``asked``: has a measure (and a group); ``member``: is one of the population, and asked.
    ``group``: each of its values has a population of its own.
    """
    measures = np.ma.getdata(measures).astype(np.int64)
    value = np.zeros(len(measures), dtype=np.int64)
    outside = ~asked
    if term.kind is PopKind.CLASSIFY:
        value[:] = term.outside
    for lines in _groups(asked, group):
        members = measures[lines][member[lines]] if lines is not None else measures[member]
        subjects = measures if lines is None else measures[lines]
        found, none = _of_one(term, members, subjects)
        if lines is None:
            np.copyto(value, found, where=asked & ~none)
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
    _, group = np.unique(np.ma.getdata(group)[lines], return_inverse=True)  # a text is no number
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    lines = lines[order]
    return list(np.split(lines, cuts))


def _of_one(term: PopTerm, members: Arr, subjects: Arr) -> tuple[Arr, Arr]:
    """Return (standing, has none) of each subject among ``members``."""
    ascending = np.sort(members)
    count = len(ascending)
    none = np.zeros(len(subjects), dtype=np.bool_)
    match term.kind:
        case PopKind.PERCENTILE:
            if not count:
                return subjects, ~none
            return _below(ascending, subjects) * WHOLE // count, none
        case PopKind.QUANTILE:
            if not count:
                return subjects, ~none
            return np.minimum(term.n, 1 + _below(ascending, subjects) * term.n // count), none
        case PopKind.SHARE:
            return _shares(sum(ascending.tolist()), subjects)
        case PopKind.CLASSIFY:
            by_place = _classes(term, ascending)
            if by_place is None:
                return subjects, ~none
            if term.largest_first:
                places = np.searchsorted(ascending, subjects, side="right")
            else:
                places = _below(ascending, subjects)
            return by_place[places], none


def _below(ascending: Arr, subjects: Arr) -> Arr:
    return np.searchsorted(ascending, subjects, side="left")


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
