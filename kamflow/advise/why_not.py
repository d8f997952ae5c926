"""What would have to change for another answer: few fields of one record, and as little as possible.

Assumes: a lowered program, a record that it decides, and paths of fields that may change (none leads
into a list). Leaves: ways that were replayed by the interpreter; or a proof that there is none; or the
admission that it is not decided.

Ways are tried (``prove.combine``) and asked of z3, where it is installed; the smaller one wins. Trying alone
proves something only where all values of all fields can be tried. Standings among other records are kept
as they are, see ``prove.settled``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from kamflow.advise.combine import Combiner, Way
from kamflow.advise.levels import FieldValues
from kamflow.advise.nearest_way import NearestWays, Proved
from kamflow.advise.settled import behind, settle
from kamflow.advise.trial import Trial
from kamflow.advise.wanted import Wanted, field_at, meets
from kamflow.base.text import Text
from kamflow.core.expr import DefKey
from kamflow.core.plain import Path
from kamflow.core.program import EvalPlan, Program
from kamflow.core.standings import Standings
from kamflow.core.ty import ListTy, RecordTy, strip_opt
from kamflow.engines.interp import Interpreter
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Decided

MOST_WAYS = 3
_NONE: Mapping[str, Value] = MappingProxyType({})
_MOST_FIELDS = 5  # changed together at most, where only trying finds them
_DETOURS = 4  # further questions for other ways, where many fields have to change

NO_PART = Text("none of these fields has a part in it", "这些字段都与该结果无关")
TRIED_ALL = Text("all their values were tried", "已试遍所有取值")
BY_PROOF = Text("proved for all values that these fields can have", "已对这些字段的所有可能取值作出证明")


@dataclass(frozen=True, slots=True)
class Question:
    """Whose answer shall be another one: what ``plan`` decides, on one day, with these others around."""

    program: Program
    record: TypedRecord
    as_of: int
    plan: EvalPlan
    wanted: Wanted
    standings: Standings | None = None
    overlay: Mapping[str, Value] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Reached:
    """Ways with one number of changed fields, the easiest first. ``more``: sets of fields left out.

    ``smallest``: proved that fewer changes, or for a single field smaller ones, do not reach the answer.
    ``kept``: standings among others that were taken as they are.
    """

    ways: tuple[Way, ...]
    more: int
    smallest: bool
    kept: tuple[DefKey, ...] = ()


@dataclass(frozen=True, slots=True)
class NotReachable:
    """Proved: no values of the fields lead to the answer."""

    how: Text
    kept: tuple[DefKey, ...] = ()


@dataclass(frozen=True, slots=True)
class NotDecided:
    """No way was found, and that there is none is not proved."""

    why: Text
    kept: tuple[DefKey, ...] = ()


Answer: TypeAlias = Reached | NotReachable | NotDecided


def smallest_changes(question: Question, free: Sequence[Path]) -> Answer:
    """Find the smallest changes of some fields that lead to the wanted answer."""
    settled, kept = settle(
        question.program, question.record, question.as_of, question.standings, question.overlay
    )
    there = behind(question.program, question.wanted.key)
    kept = tuple(k for k in kept if k in there)
    trial = Trial(settled, question.record, question.as_of, question.plan, question.wanted)
    fields = _fields(trial, free)
    if not fields:
        return NotReachable(NO_PART, kept)
    found = _search(Combiner(trial, fields), NearestWays(trial, fields))
    if not isinstance(found, Reached):
        return replace(found, kept=kept)
    replayed = [w for w in found.ways if _replays(question, trial.changed(w.values))]
    if not replayed:
        why = Text(
            "what was found holds only while its place among others stays", "找到的改动仅在排名不变时成立"
        )
        return NotDecided(why, kept)
    shown = tuple(replayed[:MOST_WAYS])
    return Reached(shown, len(replayed) - len(shown), found.smallest, kept)


def _fields(trial: Trial, free: Sequence[Path]) -> dict[Path, FieldValues]:
    """Return the fields that can make a difference, with what they may hold."""
    texts = {trial.at(p) for p in trial.read}
    known = trial.constants() | {t for t in texts if isinstance(t, str)}
    out: dict[Path, FieldValues] = {}
    for path in free:
        decl = field_at(trial.program, trial.record.record, path)
        if decl is None or path not in trial.read or not trial.has(path):
            continue
        if not isinstance(strip_opt(decl.ty), ListTy | RecordTy):
            out[path] = FieldValues(decl.ty, trial.at(path), known, trial.as_of)
    return out


def _search(tried: Combiner, asked: NearestWays) -> Answer:
    """Try ever more fields. z3 comes in where trying found nothing of a size, and last for any number.

    Threes take a second or so to try, so z3 may say before that there is nothing to be found.
    """
    if tried.enumerable:
        return _all_sizes(tried)
    ways, missed = asked.others_of(1, tried, tried.of_size(1) or [])
    if ways:
        better = [asked.smaller(tried, w) for w in ways]
        return _reached([b.way for b in better], smallest=not missed and all(b.proved for b in better))
    for count in range(2, min(_MOST_FIELDS, len(tried.fields)) + 1):
        found = tried.of_size(count)
        if found is None:
            break
        if found:
            return _fewest(tried, asked, found, proved=not missed)
        if count == 2 and asked.is_hopeless():
            return NotReachable(BY_PROOF)
    first = asked.any_way(tried)
    if first is Proved.NOWHERE:
        return NotReachable(BY_PROOF)
    if not isinstance(first, Way):
        return NotDecided(first)
    ways = _merged([first], asked.detours(tried, first, _DETOURS))
    return _fewest(tried, asked, ways, proved=not missed)


def _fewest(tried: Combiner, asked: NearestWays, ways: Sequence[Way], *, proved: bool) -> Answer:
    """Keep the ways with fewest changes, where pairs of fields were passed over those; ``proved``: no
    single field will do."""
    fewest = min(len(w.changes) for w in ways)
    if fewest > 2:
        pairs, missed = asked.others_of(2, tried, [])
        if pairs:
            return _fewest(tried, asked, pairs, proved=proved)
        proved = proved and not missed and fewest == 3
    few = sorted((w for w in ways if len(w.changes) == fewest), key=lambda w: w.effort)
    return _reached([asked.told(w) for w in few[:MOST_WAYS]] + few[MOST_WAYS:], smallest=proved)


def _all_sizes(tried: Combiner) -> Answer:
    """Try every combination there is."""
    for count in range(1, len(tried.fields) + 1):
        found = tried.of_size(count)
        if found:
            return _reached(found, smallest=True)
    return NotReachable(TRIED_ALL)


def _merged(ways: Sequence[Way], others: Sequence[Way]) -> list[Way]:
    """Keep for each set of fields the smaller way."""
    best: dict[frozenset[Path], Way] = {}
    for way in (*ways, *others):
        known = best.get(way.paths)
        if known is None or way.effort < known.effort:
            best[way.paths] = way
    return list(best.values())


def _reached(ways: Sequence[Way], *, smallest: bool) -> Reached:
    return Reached(tuple(sorted(ways, key=lambda w: w.effort)), 0, smallest)


def _replays(question: Question, record: TypedRecord) -> bool:
    """Say whether the interpreter decides the changed record, among all others, as wanted."""
    interpreter = Interpreter(question.program, question.as_of, None, question.overlay, question.standings)
    if not isinstance(interpreter.decide(question.plan, record), Decided):
        return False
    return meets(question.wanted, interpreter.value(question.wanted.key, record))


def holds_already(question: Question) -> bool:
    """Say whether the record has the wanted answer as it is."""
    return _replays(question, question.record)
