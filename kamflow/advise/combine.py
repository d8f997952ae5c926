"""Few changes that lead to an answer, found by trying: one field, then two, then three.

Values are those of ``prove.levels``. Where all the fields of a set are small, every combination is tried;
else the ends of stretches, and what is found is then made as small as it goes, one field after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from math import prod

from kamflow.advise.levels import FieldValues, Stretch, effort, nearest, stretches, tried_first
from kamflow.advise.trial import Trial
from kamflow.core.plain import Path
from kamflow.core.ty import TextTy, strip_opt
from kamflow.values.data import Value

MOST_TRIES = 250_000
"""So many combinations are tried for one answer."""
ALL_OF_THEM = 4_096
"""So many combinations of values of one set of fields are tried instead of the ends of stretches only."""
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it is, the nearest value that will do, and the values around that do as well."""

    path: Path
    old: Value
    new: Value
    lo: Value
    hi: Value


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that lead to the answer together."""

    changes: tuple[Change, ...]
    effort: Fraction

    @property
    def values(self) -> dict[Path, Value]:
        return {c.path: c.new for c in self.changes}

    @property
    def paths(self) -> frozenset[Path]:
        return frozenset(c.path for c in self.changes)


@dataclass
class Combiner:
    """Searches for the changes of one record; ``levels`` are the stretches of each field by itself."""

    trial: Trial
    fields: Mapping[Path, FieldValues]
    levels: dict[Path, list[Stretch]] = field(default_factory=dict)
    left: int = MOST_TRIES

    def __post_init__(self) -> None:
        for path, values in self.fields.items():
            self.levels[path] = self._stretches(path, values, {})

    @property
    def enumerable(self) -> bool:
        """Say whether trying is a proof: every combination of all fields is tried, set by set."""
        wholes = [f.whole for f in self.fields.values()]
        texts = any(isinstance(strip_opt(f.ty), TextTy) for f in self.fields.values())
        return not texts and all(wholes) and prod(len(w or ()) for w in wholes) <= ALL_OF_THEM

    def of_size(self, count: int) -> list[Way] | None:
        """Return the best way for each set of ``count`` fields that has one; None: there are too many.

        Where the ends of all stretches are too many, only the nearest value of each is tried.
        """
        sets = list(combinations(self.fields, count))
        for far in (True, False):
            lists = [self._candidates(paths, far=far) for paths in sets]
            tries = sum(prod(len(c) for c in one) for one in lists)
            if tries <= self.left:
                self.left -= tries
                found = [self._best(paths, one) for paths, one in zip(sets, lists, strict=True)]
                return [w for w in found if w is not None]
        return None

    def _candidates(self, paths: Sequence[Path], *, far: bool) -> list[list[Value]]:
        wholes = [self.fields[p].whole for p in paths]
        known = [w for w in wholes if w is not None]
        if far and len(known) == len(wholes) and prod(len(w) for w in known) <= ALL_OF_THEM:
            return [[v for v in w if v != self.fields[p].old] for p, w in zip(paths, known, strict=True)]
        return [self._ends(p, far=far) for p in paths]

    def _ends(self, path: Path, *, far: bool) -> list[Value]:
        values = self.fields[path]
        ends: list[Value] = []
        for s in self.levels[path]:
            ends += [nearest(values, s), s.lo, s.hi] if far else [nearest(values, s)]
        return [e for e in dict.fromkeys(ends) if e != values.old]

    def _best(self, paths: Sequence[Path], lists: list[list[Value]]) -> Way | None:
        hits = [h for h in product(*lists) if self.trial.reaches(dict(zip(paths, h, strict=True)))]
        if not hits:
            return None
        first = min(hits, key=lambda h: self._order(zip(paths, h, strict=True)))
        return self.way(dict(zip(paths, first, strict=True)))

    def _order(self, values: Iterable[tuple[Path, Value]]) -> tuple[Fraction, int]:
        each = [tried_first(self.fields[p], v) for p, v in values]
        return sum((e for e, _ in each), Fraction(0)), sum(n for _, n in each)

    # ---- a way, as small as it goes

    def way(self, values: dict[Path, Value]) -> Way:
        """Return a way of changes that reach the answer, each made as small as it goes."""
        values = self._refined(values)
        ordered = [p for p in self.fields if p in values]
        changes = tuple(self._change(p, values) for p in ordered)
        return Way(changes, self._order(values.items())[0])

    def fewer(self, values: Mapping[Path, Value]) -> dict[Path, Value]:
        """Leave out changes, the largest first, as long as the rest still reaches the answer."""
        kept = {p: v for p, v in values.items() if v != self.fields[p].old}
        for path in sorted(kept, key=lambda p: -effort(self.fields[p], kept[p])):
            rest = {p: v for p, v in kept.items() if p != path}
            if rest and self.trial.reaches(rest):
                kept = rest
        return kept

    def _refined(self, values: dict[Path, Value]) -> dict[Path, Value]:
        for _ in range(_ROUNDS):
            before = dict(values)
            for path in sorted(values, key=lambda p: -effort(self.fields[p], values[p])):
                others = {p: v for p, v in values.items() if p != path}
                reaching = list(self._reaching(path, others))
                best = min(reaching, key=lambda v: tried_first(self.fields[path], v), default=values[path])
                if tried_first(self.fields[path], best) < tried_first(self.fields[path], values[path]):
                    values = {**values, path: best}
            if values == before:
                break
        return values

    def _reaching(self, path: Path, others: Mapping[Path, Value]) -> Iterator[Value]:
        """Yield values of one field that reach the answer beside the other changes."""
        known = self.fields[path]
        whole = known.whole
        if whole is None:
            whole = tuple(nearest(known, s) for s in self._stretches(path, known, others))
        for value in whole:
            if value != known.old and self.trial.reaches({**others, path: value}):
                yield value

    def _stretches(self, path: Path, values: FieldValues, others: Mapping[Path, Value]) -> list[Stretch]:
        return stretches(values, lambda v: self.trial.signature({**others, path: v}))

    def _change(self, path: Path, values: Mapping[Path, Value]) -> Change:
        """Return a change with the stretch around it in which nothing was found that fails."""
        known, new = self.fields[path], values[path]
        others = {p: v for p, v in values.items() if p != path}
        lo = hi = new
        if isinstance(new, int) and not isinstance(new, bool):
            parts = [s for s in self._stretches(path, known, others) if isinstance(s.lo, int)]
            here = next(i for i, s in enumerate(parts) if _within(new, s))
            good = [all(self.trial.reaches({**others, path: e}) for e in (s.lo, s.hi)) for s in parts]
            if good[here]:
                first = last = here
                while first > 0 and good[first - 1]:
                    first -= 1
                while last + 1 < len(parts) and good[last + 1]:
                    last += 1
                lo, hi = parts[first].lo, parts[last].hi
        return Change(path, known.old, new, lo, hi)


def _within(value: int, stretch: Stretch) -> bool:
    return isinstance(stretch.lo, int) and isinstance(stretch.hi, int) and stretch.lo <= value <= stretch.hi
