"""Two versions' answers about the same records → their impact.

Assumes: ``Answers`` of one file, in one order. Leaves: an ``Impact``; every count is over all records.
Outputs that are the same for everybody cost one comparison of two columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import nsmallest

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
        self._undecided = old.rejected.keys() | new.rejected.keys()
        self._measures: list[_Measure] = []
        self._outputs: list[tuple[Pair, list[int]]] = []
        self._not_compared: list[str] = []
        self._tops: dict[str, list[int]] = {}
        for name in (n for n in new.columns if n in old.columns):
            pair = pair_of(name, old, new)
            if pair is None:
                self._not_compared.append(name)
            elif is_measure(new.program, DefKey(new.record, name)):
                assert isinstance(pair.ty, ScaledTy)
                self._measures.append(_Measure(pair, pair.ty, new))
            else:
                self._outputs.append((pair, _moved(pair)))
        self._money: dict[int, list[tuple[int, int]]] = {}
        for at, measure in enumerate(self._measures):
            for i, change in measure.changes.items():
                self._money.setdefault(i, []).append((at, change))
        self._name_movers()

    def _name_movers(self) -> None:
        """Choose the records that are named, and ask once what gave their answers."""
        self._tops = {pair.name: self._top(pair, moved) for pair, moved in self._outputs if moved}
        for m in self._measures:
            by_size = sorted(m.changes, key=lambda i: (-abs(m.changes[i]), i))
            self._tops[m.pair.name] = by_size[: self._wanted.top]
        named = sorted({i for top in self._tops.values() for i in top})
        self._steps = (self._old.steps(named), self._new.steps(named))

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
            is_money = pair.ty.unit.kind is UnitKind.MONEY
            total = _total(pair, pair.ty, moved, self._undecided) if is_money else None
        moves, more = self._moves(pair, kind, moved)
        shown = [m.old for m in moves] + [m.new for m in moves]
        classes = tuple(map(pair.show, pair.classes()))
        extra = tuple(dict.fromkeys(s for s in shown if s not in classes)) if kind is Kind.CHOICE else ()
        # missing before rejected, after all members
        extra = tuple(sorted(extra, key=lambda s: s.rejected))
        top = self._movers(pair)
        return OutputImpact(
            pair.name, label, kind, len(moved), up, down,
            classes + extra if kind is Kind.CHOICE else (), moves, more, spread, total, top,
        )  # fmt: skip

    def _moves(self, pair: Pair, kind: Kind, moved: list[int]) -> tuple[tuple[Move, ...], int]:
        """Return who goes from where to where; of a choice those who stay as well."""
        if kind is Kind.AMOUNT:
            return (), 0
        steps = [(pair.old[i], pair.new[i]) for i in moved]
        counts = Counter(steps)
        if kind is Kind.CHOICE:
            stay = Counter(pair.old)
            stay.subtract(a for a, _ in steps)
            counts |= Counter({(a, a): n for a, n in stay.items()})
        none = [0] * len(self._measures)
        money: dict[tuple[Cell, Cell], list[int]] = {}
        for i, step in zip(moved, steps, strict=True):
            sums = money.setdefault(step, none.copy())
            for at, change in self._money.get(i, ()):
                sums[at] += change
        if kind is Kind.CHOICE:  # those who stay may cost more or less, too
            money |= self._money_at_home(pair, moved)
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
        for i, changes in self._money.items():
            if i not in gone:
                sums = out.setdefault((pair.old[i], pair.new[i]), [0] * len(self._measures))
                for at, change in changes:
                    sums[at] += change
        return out

    def _top(self, pair: Pair, moved: list[int]) -> list[int]:
        """Return the records that matter most: by the first measure, then by their own change."""
        both = [i for i in moved if i not in self._apart]
        money = self._measures[0].changes if self._measures else {}
        old, new = pair.old, pair.new

        def weight(i: int) -> tuple[int, int, int]:
            a, b = old[i], new[i]
            own = abs(b - a) if isinstance(a, int) and isinstance(b, int) else 0
            return -abs(money.get(i, 0)), -own, i

        return nsmallest(self._wanted.top, both, key=weight)

    def _movers(self, pair: Pair) -> tuple[Mover, ...]:
        old, new = self._steps
        return tuple(
            Mover(
                i,
                self._new.ids[i],
                pair.show(pair.old[i]),
                pair.show(pair.new[i]),
                reason(old.get(i, {}).get(pair.name)),
                reason(new.get(i, {}).get(pair.name)),
                tuple(m.change(i) for m in self._measures),
            )
            for i in self._tops[pair.name]
        )

    # ---- measures

    def _measure(self, measure: _Measure) -> MeasureImpact:
        pair, ty = measure.pair, measure.ty
        moved = sorted(measure.changes)
        lost = sum(pair.old[i] for i in self._apart if isinstance(pair.old[i], int))  # type: ignore[misc]
        gained = sum(pair.new[i] for i in self._apart if isinstance(pair.new[i], int))  # type: ignore[misc]
        return MeasureImpact(
            pair.name, label_of(pair.name, self._new, self._old), measure.better,
            _total(pair, ty, measure.moved, self._undecided), _spread(pair, ty, moved), lost, gained,
            self._movers(pair),
        )  # fmt: skip

    # ---- groups

    def _group(self, name: str, moved: set[int]) -> Grouping:
        keys, label, show = self._keys(name)
        records = Counter(keys)
        gone = Counter(keys[i] for i in moved)
        by_output = {p.name: Counter(keys[i] for i in indexes) for p, indexes in self._outputs if indexes}
        places: dict[Cell, list[int]] = {}
        for i, key in enumerate(keys):
            if i not in self._undecided:
                places.setdefault(key, []).append(i)
        totals = [_totals(m, keys, places) for m in self._measures]
        rows = [
            GroupRow(
                show.show(key),
                count,
                gone[key],
                tuple(t.get(key, Total(m.ty, 0, 0)) for t, m in zip(totals, self._measures, strict=True)),
                {n: found[key] for n, found in by_output.items()},
            )
            for key, count in records.items()
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
    """A measure of both versions; ``changes``: index → by how much, where it is not nothing.

    ``moved``: the records that both versions decide, differently; one of the values may be missing.
    """

    def __init__(self, pair: Pair, ty: ScaledTy, new: Answers) -> None:
        self.pair, self.ty = pair, ty
        self.better: Better | None = new.program.defs[DefKey(new.record, pair.name)].better
        self.changes: dict[int, int] = {}
        self.moved: list[int] = []
        for i in _moved(pair):
            a, b = pair.old[i], pair.new[i]
            if isinstance(a, int) and isinstance(b, int):
                self.changes[i] = b - a
            if not (isinstance(a, Verdict) or isinstance(b, Verdict)):
                self.moved.append(i)

    def change(self, i: int) -> int:
        return self.changes.get(i, 0)


def _measures(side: Answers, name: str) -> bool:
    return is_measure(side.program, DefKey(side.record, name))


def _moved(pair: Pair) -> list[int]:
    """Return the records whose answer differs."""
    a, b = pair.old, pair.new
    if a is b:
        return []
    if pair.apart is not None:
        return [i for i in pair.apart if a[i] != b[i]]
    return [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]


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


def _total(pair: Pair, ty: ScaledTy, moved: Iterable[int], rejected: Set[int]) -> Total:
    """Add up both columns over the records that both versions decide; ``rejected``: all others.

    ``moved``: where they differ, as far as both decide.
    """
    old = _sum(pair.old, rejected)
    return Total(ty, old, old + sum(_moved_by(pair, i) for i in moved if i not in rejected))


def _sum(column: Sequence[Cell], without: Set[int]) -> int:
    """Add up amounts; a missing value adds nothing."""
    cells = (c for i, c in enumerate(column) if i not in without) if without else column
    return sum(filter(None, cells))  # type: ignore[arg-type]  # amounts: nobody is rejected among these


def _moved_by(pair: Pair, i: int) -> int:
    """Return by how much a record's amount differs; what is missing on one side counts as nothing there."""
    a, b = pair.old[i], pair.new[i]
    assert not isinstance(a, Verdict)
    assert not isinstance(b, Verdict)
    return (b or 0) - (a or 0)  # type: ignore[operator]


def _totals(
    measure: _Measure, keys: Sequence[Cell], places: Mapping[Cell, Sequence[int]]
) -> dict[Cell, Total]:
    """Add up both columns for each key. ``places``: of each key the records that both versions decide."""
    pair = measure.pair
    at = list(pair.old).__getitem__
    moved: Counter[Cell] = Counter()
    for i in measure.moved:
        moved[keys[i]] += _moved_by(pair, i)
    out: dict[Cell, Total] = {}
    for key, rows in places.items():
        old = sum(filter(None, map(at, rows)))  # type: ignore[arg-type]
        out[key] = Total(measure.ty, old, old + moved[key])
    return out
