"""Two versions of rows laid over each other: where their answers differ, exactly.

Rows that stand in both versions, in the same order where order counts, cannot make a difference outside of
the other rows. So only the boxes of the rows that were added, taken away or changed are looked at: each is
cut by the rows of both versions that meet it, until in every piece the same rows apply everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kamflow.compare.answers import Answers, Result, beaten_by
from kamflow.compare.common_axes import CommonAxis, common_axes, place_rows
from kamflow.compare.same_form import Forms
from kamflow.core.expr import Override
from kamflow.tables.cover import TooMany, pieces_of, uncovered
from kamflow.tables.grid import Box, common
from kamflow.tables.merge import few_boxes, subtract
from kamflow.tables.overlaps import meeting_rows

_MAX_PIECES = 20_000
_MAX_GAPS = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Where one answer became another: few disjoint boxes. ``is_sure``: the answers are certainly not
    the same; else they are written differently."""

    boxes: tuple[Box, ...]
    old: Result
    new: Result

    @property
    def is_sure(self) -> bool:
        return self.old.is_sure and self.new.is_sure


@dataclass(frozen=True, slots=True)
class Overlay:
    axes: tuple[CommonAxis, ...]
    differences: tuple[Difference, ...]


def overlay(old: Answers, old_forms: Forms, new: Answers, new_forms: Forms) -> Overlay | None:
    """Return where the answers of two versions differ; None where they have no common space, or the rows
    are too ragged for it."""
    axes = common_axes(old, old_forms, new, new_forms)
    if axes is None:
        return None
    sides = (
        _Side(old, place_rows(old, axes, is_new=False)),
        _Side(new, place_rows(new, axes, is_new=True)),
    )
    try:
        found = _differences(tuple(a.domain for a in axes), *sides)
    except TooMany:
        return None
    return Overlay(axes, found)


@dataclass(frozen=True, slots=True)
class _Side:
    answers: Answers
    rows: tuple[tuple[Box, ...], ...]

    def keys(self) -> list[Hashable]:
        """Return what makes a row the same as one of the other version."""
        rules = _rules(self.answers)
        return [
            (boxes, r.form, x) for boxes, r, x in zip(self.rows, self.answers.results, rules, strict=True)
        ]


def _rules(answers: Answers) -> Sequence[Hashable]:
    """Return which rules each overrules, through others too; rows of tables overrule none."""
    match answers.how:
        case Override(rules=rules):
            return [frozenset(rules[b].tag.name for b in beaten_by(rules, i)) for i in range(len(rules))]
        case _:
            return [frozenset()] * len(answers.rows)


def _differences(domain: Box, old: _Side, new: _Side) -> tuple[Difference, ...]:
    groups: dict[tuple[Result, Result], list[Box]] = {}
    for piece, before, now in _pieces(_touched(domain, old, new), old, new):
        a, b = old.answers.of(before), new.answers.of(now)
        if a.form != b.form and not (a.is_undecided and b.is_undecided):  # rejected is rejected
            groups.setdefault((a, b), []).append(piece)
    return tuple(Difference(tuple(few_boxes(boxes)), a, b) for (a, b), boxes in groups.items())


def _touched(domain: Box, old: _Side, new: _Side) -> list[Box]:
    """Return disjoint boxes outside of which the answers are the same."""
    if _how(old) != _how(new):
        return [domain]
    was, now = old.keys(), new.keys()
    lost, made = _unmatched(was, now, by_order=old.answers.by_order)
    boxes = [b for i in lost for b in old.rows[i]] + [b for i in made for b in new.rows[i]]
    if old.answers.rest.form != new.answers.rest.form:
        taken = [b for side in (old, new) for row in side.rows for b in row]
        gaps = uncovered(domain, [p for part in pieces_of(taken) for p in part], _MAX_GAPS)
        if len(gaps) == _MAX_GAPS:
            raise TooMany
        boxes += gaps
    return [p for part in pieces_of(boxes) for p in part]


def _how(side: _Side) -> Hashable:
    match side.answers.how:
        case Override():
            return "override"
        case hit:
            return hit, side.answers.fold


def _unmatched(was: list[Hashable], now: list[Hashable], *, by_order: bool) -> tuple[list[int], list[int]]:
    """Return the rows of each version that the other does not have."""
    if by_order:
        lost, made = set(range(len(was))), set(range(len(now)))
        for a, b, size in SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks():
            lost -= set(range(a, a + size))
            made -= set(range(b, b + size))
        return sorted(lost), sorted(made)
    left: dict[Hashable, list[int]] = {}
    for i, key in enumerate(was):
        left.setdefault(key, []).append(i)
    fresh: list[int] = []
    for j, key in enumerate(now):
        if left.get(key):
            left[key].pop()
        else:
            fresh.append(j)
    return sorted(i for rows in left.values() for i in rows), fresh


def _pieces(
    boxes: Sequence[Box], old: _Side, new: _Side
) -> list[tuple[Box, tuple[int, ...], tuple[int, ...]]]:
    """Cut boxes until the same rows apply in all of each piece; returns which."""
    owners = [(side, i, b) for side in (0, 1) for i, row in enumerate((old, new)[side].rows) for b in row]
    if not boxes or not boxes[0]:  # no column at all: a row applies always or never
        applied = [tuple(i for s, i, _ in owners if s == side) for side in (0, 1)]
        return [(b, applied[0], applied[1]) for b in boxes]
    meets: dict[int, list[int]] = {}
    for i, j in meeting_rows([*boxes, *(b for _, _, b in owners)]):
        if i < len(boxes) <= j:
            meets.setdefault(i, []).append(j - len(boxes))
    out: list[tuple[Box, tuple[int, ...], tuple[int, ...]]] = []
    for n, box in enumerate(boxes):
        parts: list[tuple[Box, tuple[tuple[int, int], ...]]] = [(box, ())]
        for o in meets.get(n, ()):
            parts = _cut(parts, owners[o])
            if len(parts) + len(out) > _MAX_PIECES:
                raise TooMany
        for part, applied_rows in parts:
            sides = [tuple(sorted(i for s, i in applied_rows if s == side)) for side in (0, 1)]
            out.append((part, sides[0], sides[1]))
    return out


def _cut(
    parts: list[tuple[Box, tuple[tuple[int, int], ...]]], owner: tuple[int, int, Box]
) -> list[tuple[Box, tuple[tuple[int, int], ...]]]:
    side, row, taken = owner
    out: list[tuple[Box, tuple[tuple[int, int], ...]]] = []
    for part, applied in parts:
        inside = common(part, taken)
        if not all(inside):
            out.append((part, applied))
            continue
        out.append((inside, (*applied, (side, row))))
        out += [(rest, applied) for rest in subtract([part], taken)]
    return out
