"""Where a record stands, for explanations: its rank among how many, and what lies before it.

Of a portfolio the members' measures are known. Of cut-offs only thresholds are: then the note says
between which measures the answer stays the same, and no rank is made up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kamflow.core.expr import DefKey, PopKind, PopTerm, Ref, walk
from kamflow.core.program import DefKind, Program
from kamflow.core.standings import Standings, term
from kamflow.project.explanation import Ranked, StandingNote, Within
from kamflow.values.data import TypedRecord
from kamflow.values.population import WHOLE, CutOff, Part, Standing, Steps

if TYPE_CHECKING:
    from kamflow.project.explain import _One


def terms_of(program: Program, key: DefKey) -> tuple[DefKey, ...]:
    """Return the population terms that a definition compares by: its own, and those in its expressions."""
    seen, todo = {key}, [key]
    found: list[DefKey] = []
    while todo:
        one = todo.pop()
        body = program.defs[one].body
        if isinstance(body, PopTerm):
            found.append(one)
        for node in walk(body):
            if isinstance(node, Ref) and "#" in node.key.name and node.key not in seen:
                seen.add(node.key)
                if node.key.record == key.record and _is_part(program, node.key):
                    todo.append(node.key)
    return tuple(found)


def _is_part(program: Program, key: DefKey) -> bool:
    return program.defs[key].kind in {DefKind.POP, DefKind.ROWS, DefKind.BASE}


def note_of(one: _One, key: DefKey, standings: Standings) -> StandingNote | None:
    """Say where the record stands by a term; None where nothing was measured for it."""
    program = one.of._lowered
    e, places = term(program, key), standings.get(key)
    if places is None:
        return None
    place = one.of._interp.place(key, _plain(one.record))
    measure = one._read(e.measure)
    group = None if e.group is None else one._read(e.group)
    note = StandingNote(key.name.partition("#")[0], e.kind.value, e.population, measure, group)
    if place is None:
        return note
    members = (places.members or {}).get(place[0])
    if members is not None:
        return _ranked(one, note, e, members, place[1])
    cut_off = places.cut_offs.get(place[0])
    return note if cut_off is None else _within(one, note, e, cut_off, place[1])


def _plain(record: TypedRecord) -> TypedRecord:
    return TypedRecord(record.record, record.fields)


def _ranked(one: _One, note: StandingNote, e: PopTerm, members: Standing, measure: int) -> StandingNote:
    below, upto = bisect_left(members.measures, measure), bisect_right(members.measures, measure)
    count = len(members.measures)
    first = e.largest_first
    better = count - upto if first else below
    before = None
    if e.kind is PopKind.CLASSIFY and members.total > 0:
        sums = members.total - members.sums[upto] if first else members.sums[below]
        before = sums * WHOLE // members.total
    total = one._made(members.total, e.measure.ty)
    return replace(note, ranked=Ranked(better + 1, count, below, before, total, members.total > 0))


def _within(one: _One, note: StandingNote, e: PopTerm, cut_off: CutOff, measure: int) -> StandingNote:
    match cut_off:
        case Steps(starts, _):
            at = bisect_right(starts, measure)
            low = one._made(starts[at - 1], e.measure.ty) if at else None
            high = one._made(starts[at], e.measure.ty) if at < len(starts) else None
            return replace(note, within=Within(low, high, None))
        case Part(total):
            return replace(note, within=Within(None, None, one._made(total, e.measure.ty)))
        case _:
            assert_never(cut_off)
