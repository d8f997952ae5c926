"""Bugs planted into the native engine: the differential run must find each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kamflow.core.expr import Fold, Op
from kamflow.engines.python import exprs
from kamflow.engines.python.native import civil, emit, feed, lists, rows
from kamflow.engines.python.native.emit import NativeEmitter
from kamflow.engines.python.native.module import NativeModule

Plant = Callable[[pytest.MonkeyPatch], None]


def _attribute(owner: Any, name: str, wrong: Any) -> Plant:
    return lambda patch: patch.setattr(owner, name, wrong)


def _less_for_at_most(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exprs, "INFIX", {**exprs.INFIX, Op.LE: "<"})


def _edited(owner: Any, name: str, old: str, new: str) -> Plant:
    """Change what a method adds to a block."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = getattr(owner, name)

        def wrong(self: Any, em: Any, e: Any, conds: Any, block: Any, row_name: str) -> None:
            apart = type(block)(block.depth, [], block.top)
            right(self, em, e, conds, apart, row_name)
            block.lines += [line.replace(old, new) for line in apart.lines]

        patch.setattr(owner, name, wrong)

    return plant


def _segment_one_off(patch: pytest.MonkeyPatch) -> None:
    right = rows._segment
    patch.setattr(rows, "_segment", lambda em, atom, text: right(em, atom, text).replace(">=", ">"))


def _missing_in_the_first_segment(patch: pytest.MonkeyPatch) -> None:
    right = rows._segment

    def wrong(em: Any, atom: Any, text: str) -> str:
        return right(em, atom, text).replace(f"else {atom.count})", "else 0)")

    patch.setattr(rows, "_segment", wrong)


def _mask_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        feed.Feed, "_mask", lambda self, table, name: feed.np.zeros(self._length(table), dtype=bool)
    )


def _month_end_clamped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(emit, "CIVIL", {**emit.CIVIL, Op.ADD_MONTHS_NEXT: civil.add_months_clamp})


def _where_ignored(patch: pytest.MonkeyPatch) -> None:
    right = NativeEmitter._fold_item

    def wrong(self: Any, e: Any, *rest: Any) -> None:
        right(self, replace(e, where=None) if e.fold is Fold.SUM else e, *rest)

    patch.setattr(NativeEmitter, "_fold_item", wrong)


def _all_are_different(patch: pytest.MonkeyPatch) -> None:
    right = NativeEmitter._fold_item

    def wrong(self: Any, e: Any, name: str, loop: Any, scratch: str) -> None:
        right(self, replace(e, fold=Fold.COUNT) if scratch else e, name, loop, "")

    patch.setattr(NativeEmitter, "_fold_item", wrong)


def _facts_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NativeModule, "contradicted", lambda *_: "pass")


def _rules_one_off(patch: pytest.MonkeyPatch) -> None:
    right = NativeEmitter._note_rules
    patch.setattr(
        NativeEmitter, "_note_rules", lambda self, conds, block: right(self, [*conds[1:], conds[0]], block)
    )


def _beaten_win(patch: pytest.MonkeyPatch) -> None:
    right = emit.beaten_by

    def wrong(e: Any) -> list[list[int]]:
        found = right(e)
        return [[j for j, beaters in enumerate(found) if i in beaters] for i in range(len(found))]

    patch.setattr(emit, "beaten_by", wrong)


def _clash_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NativeEmitter, "_differ", lambda *_: "False")


def _lists_backwards(patch: pytest.MonkeyPatch) -> None:
    right = lists._items
    patch.setattr(lists, "_items", lambda form, choice: reversed(list(right(form, choice))))


def _offsets_one_off(patch: pytest.MonkeyPatch) -> None:
    right = feed.Feed._offsets

    def wrong(self: Any, table: Any) -> Any:
        found = right(self, table)
        found[1:-1] = found[:-2]
        return found

    patch.setattr(feed.Feed, "_offsets", wrong)


def _capitals_ignored(patch: pytest.MonkeyPatch) -> None:
    right = feed.Words.encode
    patch.setattr(
        feed.Words, "encode", lambda self, texts: right(self, [t if t is None else t.lower() for t in texts])
    )


def _ties_up(patch: pytest.MonkeyPatch) -> None:
    right = exprs.divide._half_even

    def wrong(unit: Any, block: Any, num: str, den: str, const: Any, *, forks: bool) -> str:
        apart = type(block)(block.depth)
        name = right(unit, apart, num, den, const, forks=forks)
        block.lines += [line for line in apart.lines if " -= " not in line]
        return name

    patch.setattr(exprs.divide, "_half_even", wrong)


def _presence_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A name that is set in two branches keeps what the first said of it."""
    right = NativeEmitter.assign

    def wrong(self: Any, name: str, text: str, block: Any, ty: Any) -> None:
        right(self, name, text, block, ty)
        if text == "None":
            block.lines.pop()
            block.add(f"{self.pair(name)} = True")

    patch.setattr(NativeEmitter, "assign", wrong)


# the policy that shows it is only where the search begins
PLANTED: dict[str, tuple[int, Plant]] = {
    "< for <=": (0, _less_for_at_most),
    "segments one off": (0, _segment_one_off),
    "missing in the first segment": (0, _missing_in_the_first_segment),
    "masks ignored": (0, _mask_ignored),
    "missing kept as present": (1, _presence_forgotten),
    "last row for first": (2, _edited(rows.NativeWays, "first", " < 0:", " < 999:")),
    "two rows unseen": (17, _edited(rows.NativeWays, "only", "= True", "= False")),
    "one row of a set": (6, _edited(rows.NativeWays, "collect", " |= ", " = ")),
    "ties to the upper": (105, _ties_up),
    "month end clamped for next day": (17, _month_end_clamped),
    "where ignored": (57, _where_ignored),
    "all are different": (57, _all_are_different),
    "beaten overrides win": (0, _beaten_win),
    "overrides that disagree unseen": (2, _clash_unseen),
    "rules that apply one off": (0, _rules_one_off),
    "facts ignored": (9, _facts_ignored),
    "lists backwards": (0, _lists_backwards),
    "lists of the neighbour": (1, _offsets_one_off),
    "texts alike but for capitals": (9, _capitals_ignored),
    "step forgotten": (0, _attribute(NativeEmitter, "stepped", lambda self, e, text, block: text)),
}
