"""Two versions of policies → what changed, for each output, on which days.

Assumes: for both versions the programs and the days on which they are in force. Leaves: a ``Comparison``.
What is said to be equal is proved for every record that both versions take: fields that only one knows,
values out of the other's range and what a version's facts call impossible are not compared, but said.
Renames are not guessed: a renamed output is one removed and one added.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kamflow.base.text import Text
from kamflow.compare.declared_changes import declared_changes
from kamflow.compare.default_changes import DefaultChanges
from kamflow.compare.model import Change, Comparison, Declared, OutputChange, Verdict
from kamflow.compare.output_changes import OutputChanges
from kamflow.compare.own_changes import Side
from kamflow.compare.same_form import Forms, common_members, in_order, is_hidden
from kamflow.compare.search import ChangeSearch
from kamflow.compare.words import Speaker, Written
from kamflow.core.expr import DefKey
from kamflow.core.program import PUBLIC_OUTPUTS, Def, DefKind, Program
from kamflow.core.wording import own_label
from kamflow.engines.smt import available
from kamflow.prove.constants import constants
from kamflow.prove.intervals import Days

_FACTS = frozenset({DefKind.FACT, DefKind.CRITERION, DefKind.MEASURE})


@dataclass(frozen=True, slots=True)
class InForce:
    """A checked program, the same lowered, and the days on which it is in force."""

    days: Days
    program: Program
    lowered: Program


@dataclass(frozen=True, slots=True)
class Version:
    """``programs``: ascending, days do not overlap. ``written`` gives the text at a place."""

    programs: tuple[InForce, ...]
    written: Written = field(default=lambda span: "")

    def on(self, day: int) -> InForce | None:
        return next((p for p in self.programs if p.days.first <= day <= p.days.last), None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to compare: a day, a kind of record, names; facts as well as outputs where they are named.

    ``quick``: by form alone, without looking for records and proofs; of measures as well, since a change
    is judged by them.
    """

    day: int | None = None
    record: str = ""
    only: tuple[str, ...] = ()
    facts: bool = False
    quick: bool = False

    def wants(self, d: Def) -> bool:
        if is_hidden(d.key.name) or (self.record and d.key.record != self.record):
            return False
        if self.only:
            return d.key.name in self.only
        if self.quick and d.kind is DefKind.MEASURE:
            return True
        return d.kind in PUBLIC_OUTPUTS or (self.facts and d.kind in _FACTS)


def compare(
    old: Version, new: Version, asked: Asked | None = None, progress: Callable[[str], None] | None = None
) -> Comparison:
    """Compare two versions; ``progress`` is told each output that is looked at."""
    asked = asked or Asked()
    wanted: dict[DefKey, tuple[bool, Text]] = {}
    found: dict[DefKey, list[tuple[Days, Change]]] = {}
    declared: dict[tuple[str, str, str], Declared] = {}
    parts = list(_parts(old, new, asked.day))
    for days in parts:
        before, now = old.on(days.first), new.on(days.first)
        for key, d, program in _outputs(before, now, asked):
            wanted.setdefault(key, (d.kind in PUBLIC_OUTPUTS, own_label(program, d)))
        changes = _changes(before, now, days, (old.written, new.written), wanted.keys(), quick=asked.quick)
        for key in wanted:
            change = changes(key)
            if change is not None:
                if progress is not None:
                    progress(key.name)
                _append(found.setdefault(key, []), days, change)
        for item in declared_changes(before, now, days, old.written, new.written):
            declared.setdefault((item.subject, item.name, item.text.en), item)
    outputs = tuple(
        OutputChange(key.record, key.name, wanted[key][1], wanted[key][0], tuple(stretches))
        for key, stretches in found.items()
    )
    whole = Days(parts[0].first, parts[-1].last) if parts else Days(1, 1)
    return Comparison(whole, tuple(declared.values()), outputs, without_z3=not available())


def _outputs(
    before: InForce | None, now: InForce | None, asked: Asked
) -> Iterator[tuple[DefKey, Def, Program]]:
    for side in (now, before):  # the newer program's order and labels
        if side is not None:
            for key, d in side.program.defs.items():
                if asked.wants(d):
                    yield key, d, side.program


def _append(stretches: list[tuple[Days, Change]], days: Days, change: Change) -> None:
    """Add days; neighbours on which the same changed are one stretch, with the first one's witness."""
    if stretches:
        (last, known) = stretches[-1]
        if last.last + 1 == days.first and known == change:
            stretches[-1] = Days(last.first, days.last), known
            return
    stretches.append((days, change))


# ---- days


def _parts(old: Version, new: Version, day: int | None) -> Iterator[Days]:
    """Yield the days on which one of the versions is in force, cut where anything begins or ends."""
    cuts: set[int] = set()
    for p in (*old.programs, *new.programs):
        cuts |= {p.days.first, p.days.last + 1}
        for param in p.program.params.values():
            cuts |= {d for d, _ in param.versions[1:] if p.days.first < d <= p.days.last}
    ordered = sorted(cuts)
    for first, after in pairwise(ordered):
        if old.on(first) is None and new.on(first) is None:
            continue
        if day is None:
            yield Days(first, after - 1)
        elif first <= day < after:
            yield Days(day, day)


# ---- programs


def _changes(
    before: InForce | None,
    now: InForce | None,
    days: Days,
    written: tuple[Written, Written],
    wanted: Collection[DefKey],
    *,
    quick: bool,
) -> Callable[[DefKey], Change | None]:
    """Return what says what became of a definition on some days; None for one that neither has."""
    if before is None or now is None:

        def one_sided(key: DefKey) -> Change | None:
            side = before or now
            assert side is not None, "days on which nothing is in force are left out"
            if key not in side.program.defs:
                return None
            return Change(Verdict.ADDED if before is None else Verdict.REMOVED)

        return one_sided
    if before.program is now.program:
        return lambda key: Change(Verdict.EQUAL) if key in now.program.defs else None
    common = common_members(before.program, now.program)
    old, new = (
        _side(version, days, common, text) for version, text in zip((before, now), written, strict=True)
    )
    changes = OutputChanges(old, new, ChangeSearch(before.lowered, now.lowered, days), wanted, quick)
    defaults = DefaultChanges(old, new, days)

    def both(key: DefKey) -> Change | None:
        if key not in before.program.defs and key not in now.program.defs:
            return None
        return defaults.added_to(key, changes.of(key))

    return both


def _side(version: InForce, days: Days, common: dict[str, frozenset[str]], text: Written) -> Side:
    ask = constants(version.lowered, days.first)
    members = in_order(version.program, common)
    forms = Forms(version.program, ask, members)
    parts = Forms(version.program, ask, members, parts=True)
    return Side(version.program, version.lowered, forms, parts, Speaker(version.program, parts, text))


def names_of(version: Version, records: Iterable[str] = ()) -> Sequence[str]:
    """Return all names that ``only`` may give, for suggestions."""
    wanted = set(records)
    found = (k for p in version.programs for k in p.program.defs if not is_hidden(k.name))
    return list(dict.fromkeys(k.name for k in found if not wanted or k.record in wanted))
