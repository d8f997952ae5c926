"""What z3 adds to trying: ways that trying missed, and proofs that there is nothing smaller, or nothing.

Whatever it finds is tried before it counts. Without z3 nothing is found and nothing is proved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import combinations

from kamflow.advise.combine import Combiner, Way
from kamflow.advise.levels import FieldValues
from kamflow.advise.trial import Trial
from kamflow.advise.wanted import How, compared, condition, get_at
from kamflow.base.span import NOWHERE
from kamflow.base.text import Text
from kamflow.core.expr import Apply, Expr, Op
from kamflow.core.plain import Path
from kamflow.core.ty import BOOL
from kamflow.engines.smt import available
from kamflow.engines.smt.answer import Found, NotKnown, Nowhere
from kamflow.engines.smt.search import NO_Z3, Search
from kamflow.prove.intervals import Days
from kamflow.values.data import TypedRecord, Value

_CLOSER = 8
"""So often a smaller change is asked for."""
_SMALL_LIMIT = 4_000_000
"""Steps of z3 for a question about one field."""
_LIMIT = 10_000_000
"""Steps of z3 for the question about all of them."""
_AROUND = 3_000_000
"""Steps of z3 for the question which values around a new one will do as well."""
_AT_ONCE = 500_000
"""Steps of z3 for a first look at that question."""
_MOST_SETS = 200
"""So many sets of fields are asked about one by one."""

NOT_SHOWN = Text("the change that was found did not stand the test", "找到的改动未通过验证")


class Proved(Enum):
    NOWHERE = auto()


@dataclass(frozen=True, slots=True)
class Better:
    """A way of one change, and whether it is proved that no smaller change of its field will do."""

    way: Way
    proved: bool


class NearestWays:
    """Asks z3 about one record and the fields that may change."""

    def __init__(self, trial: Trial, fields: Mapping[Path, FieldValues]) -> None:
        self._trial, self._fields = trial, fields
        self._wanted = condition(trial.wanted, trial.program)
        self._there = available()

    def _ask(
        self,
        free: Sequence[Path],
        conds: Sequence[Expr],
        *,
        limit: int = _LIMIT,
        record: TypedRecord | None = None,
    ) -> dict[Path, Value] | Proved | Text:
        if not self._there:
            return NO_Z3.why
        day = self._trial.as_of
        search = Search(self._trial.program, self._trial.record.record, Days(day, day), limit)
        answer = search.find_near(record or self._trial.record, free, conds)
        match answer:
            case Found(records, _):
                return {p: _at(records[0], p) for p in free}
            case Nowhere():
                return Proved.NOWHERE
            case NotKnown(why):
                return why

    def _way(self, tried: Combiner, values: dict[Path, Value]) -> Way | None:
        changed = {p: v for p, v in values.items() if v != self._fields[p].old}
        if not changed or not self._trial.reaches(changed):
            return None
        return tried.way(tried.fewer(changed))

    # ---- one field, or two

    def others_of(self, count: int, tried: Combiner, known: Sequence[Way]) -> tuple[list[Way], bool]:
        """Return the ways through so many fields with those that trying missed, and whether there may be
        more; of small fields none was missed."""
        ways, missed = list(known), False
        done = {w.paths for w in known}
        open_sets = [
            paths
            for paths in combinations(self._fields, count)
            if frozenset(paths) not in done and any(self._fields[p].whole is None for p in paths)
        ]
        if len(open_sets) > _MOST_SETS:
            return ways, True
        for paths in open_sets:
            found = self._ask(paths, [self._wanted], limit=_SMALL_LIMIT // count)
            way = self._way(tried, found) if isinstance(found, dict) else None
            if way is not None and len(way.changes) == count:
                ways.append(way)
            else:
                missed |= found is not Proved.NOWHERE
        return ways, missed

    def smaller(self, tried: Combiner, way: Way) -> Better:
        """Make a single change as small as can be, and prove it."""
        path = way.changes[0].path
        known = self._fields[path]
        proved = known.whole is not None or known.old is None
        for _ in range(0 if proved else _CLOSER):
            new = way.changes[0].new
            if not isinstance(new, int) or not isinstance(known.old, int):
                break
            by = abs(new - known.old)
            if by == 1:
                proved = True
                break
            closer = [
                *self._side(path, How.ABOVE, known.old - by),
                *self._side(path, How.BELOW, known.old + by),
            ]
            found = self._ask([path], [self._wanted, *closer], limit=_SMALL_LIMIT)
            proved = found is Proved.NOWHERE
            nearer = self._way(tried, found) if isinstance(found, dict) else None
            if nearer is None or nearer.effort >= way.effort:
                break
            way = nearer
        return Better(self.told(way), proved)

    def told(self, way: Way) -> Way:
        """Keep of the values around the new ones only those that are proved to do as well, in any mix."""
        around = [c for c in way.changes if c.lo != c.hi]
        if not around or (
            all(self._fields[c.path].whole is not None for c in way.changes) and len(around) == 1
        ):
            return way  # each of its values was tried
        bounds = [
            side
            for c in way.changes
            for side in (*self._side(c.path, How.AT_LEAST, c.lo), *self._side(c.path, How.AT_MOST, c.hi))
            if isinstance(c.new, int)
        ]
        other = Apply(Op.NOT, (self._wanted,), BOOL, NOWHERE)
        free = [c.path for c in around]
        fixed = self._trial.changed({c.path: c.new for c in way.changes if c.lo == c.hi})
        found = self._ask(free, [other, *bounds], limit=_AROUND, record=fixed)
        if found is Proved.NOWHERE:
            return way
        return replace(way, changes=tuple(replace(c, lo=c.new, hi=c.new) for c in way.changes))

    def _side(self, path: Path, how: How, value: Value) -> list[Expr]:
        e, guards = get_at(self._trial.program, self._trial.record.record, path)
        return [*guards, compared(e, how, value)]

    # ---- any number of fields

    def is_hopeless(self) -> bool:
        """Say whether it is proved at once that no changes will do."""
        return self._ask(list(self._fields), [self._wanted], limit=_AT_ONCE) is Proved.NOWHERE

    def any_way(self, tried: Combiner) -> Way | Proved | Text:
        """Return a way through any of the fields, or the proof that there is none."""
        found = self._ask(list(self._fields), [self._wanted])
        if not isinstance(found, dict):
            return found
        return self._way(tried, found) or NOT_SHOWN

    def detours(self, tried: Combiner, way: Way, most: int) -> list[Way]:
        """Return other ways, each without one of the changes of this one."""
        out: list[Way] = []
        for change in way.changes[:most]:
            free = [p for p in self._fields if p != change.path]
            found = self._ask(free, [self._wanted])
            other = self._way(tried, found) if isinstance(found, dict) else None
            if other is not None:
                out.append(other)
        return out


def _at(record: TypedRecord, path: Path) -> Value:
    value: Value = record
    for name in path:
        assert isinstance(value, TypedRecord), "the record that a changed field belongs to is there"
        value = value.fields[name]
    return value
