"""Two versions' answers about the same records → their impact.

Assumes: ``Answers`` of one file, in one order. Leaves: an ``Impact``; every count is over all records.
Outputs that are the same for everybody cost one comparison of two columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.program import Better
from kamflow.core.ty import BoolTy, EnumTy, ScaledTy, UnitKind, strip_opt
from kamflow.impact.answers import Answers, is_measure
from kamflow.impact.model import (
    Grouping,
    GroupRow,
    Impact,
    Kind,
    MeasureImpact,
    Move,
    Mover,
    OutputImpact,
    Rejected,
    Spread,
    Total,
)
from kamflow.impact.pair import Cell, Pair, Verdict, label_of, pair_of
from kamflow.impact.reasons import reason

_MOST_MOVES = 20  # of texts and lists, which may all be different
_MOST_REJECTED = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """``by``: fields or outputs to group by; ``top``: how many records are named for an output."""

    by: tuple[str, ...] = ()
    top: int = 5


def impact_of(old: Answers, new: Answers, wanted: Wanted) -> Impact:
    """Compare two versions' answers."""
    assert old.count == new.count, "both versions decide the same records"
    return _Impact(old, new, wanted).whole()


class _Impact:
    def __init__(self, old: Answers, new: Answers, wanted: Wanted) -> None:
        self._old, self._new, self._wanted = old, new, wanted
        self._apart = old.rejected.keys() ^ new.rejected.keys()
        self._neither = old.rejected.keys() & new.rejected.keys()
        self._measures: list[_Measure] = []
        self._outputs: list[tuple[Pair, list[int]]] = []
        self._not_compared: list[str] = []
        for name in (n for n in new.columns if n in old.columns):
            pair = pair_of(name, old, new)
            if pair is None:
                self._not_compared.append(name)
            elif is_measure(new.program, DefKey(new.record, name)):
                assert isinstance(pair.ty, ScaledTy)
                self._measures.append(_Measure(pair, pair.ty, new))
            else:
                self._outputs.append((pair, _moved(pair)))

    def whole(self) -> Impact:
        old, new = self._old, self._new
        moved = set(self._apart)
        for _, indexes in self._outputs:
            moved.update(indexes)
        alone = [(n, True) for n in new.columns if n not in old.columns and _measures(new, n)]
        alone += [(n, False) for n in old.columns if n not in new.columns and _measures(old, n)]
        return Impact(
            record=new.record,
            records=new.count,
            both=new.count - len(self._apart) - len(self._neither),
            newly_rejected=len(new.rejected.keys() - old.rejected.keys()),
            newly_decided=len(old.rejected.keys() - new.rejected.keys()),
            neither=len(self._neither),
            moved=len(moved),
            outputs=tuple(self._output(p, i) for p, i in self._outputs),
            measures=tuple(self._measure(m) for m in self._measures),
            groups=tuple(self._group(name, moved) for name in self._wanted.by),
            rejected=tuple(self._rejected()),
            not_compared=tuple(self._not_compared),
            only_one=tuple(alone),
            record_label=new.program.records[new.record].label,
        )

    def _rejected(self) -> Iterator[Rejected]:
        for newly, one, other in ((True, self._new, self._old), (False, self._old, self._new)):
            for i in sorted(one.rejected.keys() - other.rejected.keys())[:_MOST_REJECTED]:
                yield Rejected(i, one.ids[i], newly, one.rejected[i][0])

    # ---- outputs

    def _output(self, pair: Pair, moved: list[int]) -> OutputImpact:
        label = label_of(pair.name, self._new, self._old)
        kind = _kind(pair)
        if not moved:
            return OutputImpact(pair.name, label, kind, 0)
        up, down = _directions(pair, moved)
        spread = total = None
        if kind is Kind.AMOUNT:
            assert isinstance(pair.ty, ScaledTy)
            spread = _spread(pair, pair.ty, moved)
            total = _total(pair, pair.ty) if pair.ty.unit.kind is UnitKind.MONEY else None
        moves, more = self._moves(pair, kind, moved)
        shown = [m.old for m in moves] + [m.new for m in moves]
        classes = tuple(map(pair.show, pair.classes()))
        extra = tuple(dict.fromkeys(s for s in shown if s not in classes)) if kind is Kind.CHOICE else ()
        # missing before rejected, after all members
        extra = tuple(sorted(extra, key=lambda s: s.rejected))
        top = self._top(pair, moved)
        return OutputImpact(
            pair.name, label, kind, len(moved), up, down,
            classes + extra if kind is Kind.CHOICE else (), moves, more, spread, total, top,
        )  # fmt: skip

    def _moves(self, pair: Pair, kind: Kind, moved: list[int]) -> tuple[tuple[Move, ...], int]:
        """Return who goes from where to where; of a choice those who stay as well."""
        if kind is Kind.AMOUNT:
            return (), 0
        which: Iterable[int] = range(len(pair.old)) if kind is Kind.CHOICE else moved
        counts: Counter[tuple[Cell, Cell]] = Counter()
        money: dict[tuple[Cell, Cell], list[int]] = {}
        for i in which:
            counts[pair.old[i], pair.new[i]] += 1
        for i in moved:
            sums = money.setdefault((pair.old[i], pair.new[i]), [0] * len(self._measures))
            for at, measure in enumerate(self._measures):
                sums[at] += measure.change(i)
        if kind is Kind.CHOICE:  # those who stay may cost more or less, too
            at_home = self._money_at_home(pair, moved)
            money |= at_home
        none = [0] * len(self._measures)
        found = [
            Move(pair.show(a), pair.show(b), n, tuple(money.get((a, b), none)))
            for (a, b), n in counts.most_common()
        ]
        if kind is Kind.CHOICE:
            return tuple(found), 0
        return tuple(found[:_MOST_MOVES]), max(len(found) - _MOST_MOVES, 0)

    def _money_at_home(self, pair: Pair, moved: list[int]) -> dict[tuple[Cell, Cell], list[int]]:
        gone = set(moved)
        out: dict[tuple[Cell, Cell], list[int]] = {}
        for at, measure in enumerate(self._measures):
            for i, change in measure.changes.items():
                if i not in gone:
                    key = pair.old[i], pair.new[i]
                    out.setdefault(key, [0] * len(self._measures))[at] += change
        return out

    def _top(self, pair: Pair, moved: list[int]) -> tuple[Mover, ...]:
        """Name the records that matter most: by the first measure, then by their own change."""
        both = [i for i in moved if i not in self._apart]
        first = self._measures[0] if self._measures else None

        def weight(i: int) -> tuple[int, int, int]:
            money = abs(first.change(i)) if first is not None else 0
            a, b = pair.old[i], pair.new[i]
            own = abs(b - a) if isinstance(a, int) and isinstance(b, int) else 0
            return -money, -own, i

        return tuple(self._mover(pair, i) for i in sorted(both, key=weight)[: self._wanted.top])

    def _mover(self, pair: Pair, i: int) -> Mover:
        return Mover(
            i, self._new.ids[i], pair.show(pair.old[i]), pair.show(pair.new[i]),
            reason(self._old.steps(i).get(pair.name)), reason(self._new.steps(i).get(pair.name)),
            tuple(m.change(i) for m in self._measures),
        )  # fmt: skip

    # ---- measures

    def _measure(self, measure: _Measure) -> MeasureImpact:
        pair, ty = measure.pair, measure.ty
        moved = sorted(measure.changes)
        lost = sum(pair.old[i] for i in self._apart if isinstance(pair.old[i], int))  # type: ignore[misc]
        gained = sum(pair.new[i] for i in self._apart if isinstance(pair.new[i], int))  # type: ignore[misc]
        by_size = sorted(moved, key=lambda i: (-abs(measure.changes[i]), i))[: self._wanted.top]
        return MeasureImpact(
            pair.name, label_of(pair.name, self._new, self._old), measure.better,
            _total(pair, ty), _spread(pair, ty, moved), lost, gained,
            tuple(self._mover(pair, i) for i in by_size),
        )  # fmt: skip

    # ---- groups

    def _group(self, name: str, moved: set[int]) -> Grouping:
        keys, label, show = self._keys(name)
        members: dict[Cell, list[int]] = {}
        for i, key in enumerate(keys):
            members.setdefault(key, []).append(i)
        by_output = [(pair.name, set(indexes)) for pair, indexes in self._outputs if indexes]
        rows = [
            GroupRow(
                show.show(key),
                len(indexes),
                sum(i in moved for i in indexes),
                tuple(_total(m.pair, m.ty, indexes) for m in self._measures),
                {n: sum(i in gone for i in indexes) for n, gone in by_output},
            )
            for key, indexes in members.items()
        ]
        return Grouping(name, label, tuple(sorted(rows, key=lambda r: (-r.records, r.key.text.en))))

    def _keys(self, name: str) -> tuple[Sequence[Cell], Text, Pair]:
        """Return what each record has for a grouping: a field, or an output as it was before."""
        output = next((p for p, _ in self._outputs if p.name == name), None)
        if output is not None:
            return output.old, label_of(name, self._new, self._old), output
        side = self._new if name in self._new.groups else self._old
        decl = side.program.records[side.record].field(name)
        assert decl is not None, "whoever asked has looked"
        keys: Sequence[Cell] = side.groups[name]
        return keys, decl.label, Pair(name, strip_opt(decl.ty), keys, keys, (side.program, side.program))


class _Measure:
    """A measure of both versions; ``changes``: index → by how much, where it is not nothing."""

    def __init__(self, pair: Pair, ty: ScaledTy, new: Answers) -> None:
        self.pair, self.ty = pair, ty
        self.better: Better | None = new.program.defs[DefKey(new.record, pair.name)].better
        self.changes: dict[int, int] = {}
        if pair.old != pair.new:
            for i, (a, b) in enumerate(zip(pair.old, pair.new, strict=True)):
                if a is not b and a != b and isinstance(a, int) and isinstance(b, int):
                    self.changes[i] = b - a

    def change(self, i: int) -> int:
        return self.changes.get(i, 0)


def _measures(side: Answers, name: str) -> bool:
    return is_measure(side.program, DefKey(side.record, name))


def _moved(pair: Pair) -> list[int]:
    """Return the records whose answer differs."""
    if pair.old == pair.new:
        return []
    return [i for i, (a, b) in enumerate(zip(pair.old, pair.new, strict=True)) if a != b]


def _kind(pair: Pair) -> Kind:
    match pair.ty:
        case BoolTy() | EnumTy():
            return Kind.CHOICE
        case ScaledTy():
            return Kind.AMOUNT
        case _:
            return Kind.OTHER


def _directions(pair: Pair, moved: Sequence[int]) -> tuple[int | None, int | None]:
    """Count who goes up and down; None where there is no order."""
    match pair.ty:
        case ScaledTy() | EnumTy(ordered=True):
            up = down = 0
            for i in moved:
                a, b = pair.old[i], pair.new[i]
                if isinstance(a, int) and isinstance(b, int):
                    up, down = up + (b > a), down + (b < a)
            return up, down
        case _:
            return None, None


def _spread(pair: Pair, ty: ScaledTy, moved: Sequence[int]) -> Spread:
    changes: list[int] = []
    appeared = vanished = 0
    for i in moved:
        a, b = pair.old[i], pair.new[i]
        if isinstance(a, int) and isinstance(b, int):
            changes.append(b - a)
        elif a is None and not isinstance(b, Verdict):
            appeared += 1
        elif b is None and not isinstance(a, Verdict):
            vanished += 1
    changes.sort()
    up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    if not changes:
        return Spread(ty, up, down, appeared, vanished)
    middle = changes[(len(changes) - 1) // 2]
    return Spread(ty, up, down, appeared, vanished, changes[0], middle, changes[-1])


def _total(pair: Pair, ty: ScaledTy, which: Sequence[int] | None = None) -> Total:
    """Add up both columns over the records that both versions decide."""
    indexes: Iterable[int] = range(len(pair.old)) if which is None else which
    old = new = 0
    for i in indexes:
        a, b = pair.old[i], pair.new[i]
        if isinstance(a, Verdict) or isinstance(b, Verdict):
            continue
        old += a if isinstance(a, int) else 0
        new += b if isinstance(b, int) else 0
    return Total(ty, old, new)
