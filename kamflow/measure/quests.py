"""What a record has to do to reach a place, or to tell a mutant from the policy it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kamflow.base.text import Text
from kamflow.core.expr import Choose, DefKey, Expr, Hit, Override, Param, Pick, Ref, walk
from kamflow.core.program import Def, DefKind, Program, TestCase
from kamflow.engines.interp import Interpreter, WatchedInterpreter
from kamflow.measure.atoms import ground_of, is_edge
from kamflow.measure.coverage import choices_of, events_of
from kamflow.measure.mutants import Mutant, Variant
from kamflow.measure.places import Place, PlaceKind
from kamflow.measure.readings import Reading, reading_of, watched_in
from kamflow.measure.same import form_of
from kamflow.measure.search import NO_VALUE, Quest, Wish, parts_of, wishes_for
from kamflow.project.load import Stretch
from kamflow.values.data import TypedRecord, Value

_NO_DAY = 730_120
"""2000-01-01: of tests without a day, in a policy without one."""
_NO_TEST = TestCase(Text("", ""), 1, (), False, (), "")


@dataclass(frozen=True, slots=True)
class Aim:
    """A quest, and the outputs that a test of the record it finds would expect."""

    quest: Quest
    stretch: Stretch
    outputs: tuple[Def, ...]


def outputs_of(program: Program, key: DefKey) -> tuple[Def, ...]:
    """Return what people see of the declaration that a definition belongs to."""
    decl = program.defs[key].decl
    hidden = {DefKind.ROWS, DefKind.BASE, DefKind.POP, DefKind.CRITERION}
    return tuple(
        d
        for d in program.defs.values()
        if d.decl == decl and d.key.record == key.record and d.kind not in hidden
    )


def seeds_for(readings: Sequence[Reading], record: str) -> tuple[TypedRecord, ...]:
    """Return the records of tests, each once."""
    found = {id(r): r for reading in readings for r in reading.case.records if r.record == record}
    return tuple(found.values())


def aim_at_place(place: Place, stretch: Stretch, as_of: int, readings: Sequence[Reading]) -> Aim | None:
    """Return the quest for a place; None for what no test of one record can reach."""
    program = stretch.lowered
    if program is None or place.kind in {PlaceKind.CLASS, PlaceKind.FACT}:
        return None
    key = place.key if place.key is not None else _reader(program, place.owner)
    if key is None or key not in program.defs:
        return None
    outputs = outputs_of(program, key)
    if not outputs:
        return None
    keys = tuple(d.key for d in outputs)
    watched, choices = watched_in(program), choices_of(program)

    def reached(record: TypedRecord) -> bool:
        ask = WatchedInterpreter(program, as_of, None, watched)
        found = False
        for one in keys:
            ask.forget()
            try:
                ask.value(one, record)
            except NO_VALUE:
                return False
            reading = reading_of(ask, stretch, _case_on(as_of), 0, holds=True)
            found = found or not place.events.isdisjoint(events_of(reading, choices))
        return found

    wishes = _wishes_at(place, program, as_of, key)
    seeds = seeds_for(readings, key.record)
    quest = Quest(program, as_of, key.record, ground_of(program, keys), tuple(wishes), reached, seeds)
    return Aim(quest, stretch, outputs)


def _case_on(as_of: int) -> TestCase:
    return TestCase(_NO_TEST.title, as_of, (), False, (), "")


def _reader(program: Program, param: str) -> DefKey | None:
    """Return a definition that reads a parameter."""
    for d in program.defs.values():
        if any(isinstance(n, Param) and n.name == param for n in walk(d.body)):
            return d.key
    return None


def _wishes_at(place: Place, program: Program, as_of: int, key: DefKey) -> list[Wish]:
    ask = Interpreter(program, as_of)
    body = program.defs[key].body
    match body:
        case Choose() if place.kind in {
            PlaceKind.ROW, PlaceKind.CLAUSE, PlaceKind.BAND, PlaceKind.OTHERWISE,
        }:  # fmt: skip
            return _row_wishes(ask, body, place.number - 1)
        case Override(rules=rules) if place.kind in {PlaceKind.RULE, PlaceKind.LOST_RULE}:
            index = place.number - 1
            conds = [rules[index].cond]
            if place.kind is PlaceKind.LOST_RULE:
                conds += [r.cond for r in rules if index in r.beats][:1]
            return wishes_for(ask, conds)
        case _:
            return []


def _row_wishes(ask: Interpreter, body: Choose, index: int) -> list[Wish]:
    """Wish for a row: its cells hold, and those above it (all others for `otherwise`) do not."""
    before = body.branches[:index] if body.hit is Hit.FIRST or index == len(body.branches) else ()
    wishes = wishes_for(ask, (b.cond for b in before), wanted=False)
    if index < len(body.branches):
        wishes += wishes_for(ask, (body.branches[index].cond,))
    return wishes


def aim_at_mutant(mutant: Mutant, as_of: int, readings: Sequence[Reading]) -> Aim | None:
    """Return the quest for a record to which the mutant answers otherwise."""
    for variant in mutant.variants:
        program = variant.stretch.lowered
        key = _changed_key(variant) if program is not None else None
        if program is None or key is None or variant.changed.population is not None:
            continue
        outputs = outputs_of(program, key)
        if not outputs:
            continue
        keys = tuple(d.key for d in outputs)
        day = day_in(variant.stretch, as_of)
        if variant.changed.param is not None:
            day = _day_of_change(program, variant, day)
        ask, other = Interpreter(program, day), Interpreter(variant.lowered, day)

        def reached(
            record: TypedRecord,
            ask: Interpreter = ask,
            other: Interpreter = other,
            keys: tuple[DefKey, ...] = keys,
        ) -> bool:
            return any(_differs(ask, other, k, record) for k in keys)

        ground = ground_of(program, keys) + ground_of(
            variant.lowered, tuple(k for k in keys if k in variant.lowered.defs)
        )
        ground = replace(ground, compared=(*_near(variant, key), *ground.compared))
        wishes = _wishes_between(variant, key, ask)
        seeds = seeds_for(readings, key.record)
        quest = Quest(program, day, key.record, ground, tuple(wishes), reached, seeds)
        return Aim(quest, variant.stretch, outputs)
    return None


def day_in(stretch: Stretch, usual: int) -> int:
    """Return the usual day of tests where it lies in the stretch, else one that does."""
    return usual if stretch.holds(usual) else max(stretch.start, _NO_DAY)


def _day_of_change(program: Program, variant: Variant, as_of: int) -> int:
    """Return a day on which the parameter's changed value is in force."""
    param = variant.changed.param
    assert param is not None
    before = program.params[param.name]
    if before.value_on(as_of) != param.value_on(as_of):
        return as_of
    days = [d for d, _ in param.versions if before.value_on(d) != param.value_on(d)]
    return max(variant.stretch.start, days[0]) if days else as_of


def _changed_key(variant: Variant) -> DefKey | None:
    program = variant.stretch.lowered
    assert program is not None
    if variant.changed.param is not None:
        return _reader(program, variant.changed.param.name)
    known = [k for k in variant.keys if k in program.defs]
    order = {k: i for i, k in enumerate(program.defs)}
    changed = [
        k
        for k in sorted(known, key=lambda k: order[k])
        if k not in variant.lowered.defs
        or form_of(program.defs[k].body) != form_of(variant.lowered.defs[k].body)
    ]
    return changed[0] if changed else None


def _differs(ask: Interpreter, other: Interpreter, key: DefKey, record: TypedRecord) -> bool:
    value = ask.value(key, record)  # where this has no answer, nothing can be expected
    try:
        changed: Value | None = other.value(key, record)
    except NO_VALUE:
        return True
    return value != changed


def _wishes_between(variant: Variant, key: DefKey, ask: Interpreter) -> list[Wish]:
    """Wish for what lets the difference show: the row is asked, and answers."""
    program = variant.stretch.lowered
    assert program is not None
    old = program.defs[key].body
    new = variant.lowered.defs[key].body if key in variant.lowered.defs else old
    if variant.changed.param is not None:
        return _where_read(old, variant.changed.param.name, ask)
    match old, new:
        case Choose(), Choose():
            index = _first_difference([b.cond for b in old.branches], [b.cond for b in new.branches])
            if index is None:
                return []
            before = old.branches[:index] if old.hit is Hit.FIRST else ()
            wishes = wishes_for(ask, (b.cond for b in before), wanted=False)
            mine = parts_of(old.branches[index].cond)
            same = (
                {form_of(p) for p in parts_of(new.branches[index].cond)}
                if index < len(new.branches)
                else set()
            )
            common = (
                [p for p in mine if form_of(p) in same] if len(old.branches) == len(new.branches) else mine
            )
            return wishes + wishes_for(ask, common)
        case Pick(Ref(rows), values), Pick(_, others):
            index = _first_difference(values, others)
            body = program.defs[rows].body
            return _row_wishes(ask, body, index) if index is not None and isinstance(body, Choose) else []
        case Override(rules=rules), Override(rules=others):
            kept = {(r.tag.name, form_of(r.cond), form_of(r.value)): r for r in others}
            for rule in rules:
                if (rule.tag.name, form_of(rule.cond), form_of(rule.value)) not in kept:
                    again = next((r for r in others if r.tag.name == rule.tag.name), None)
                    left = None if again is None else {form_of(p) for p in parts_of(again.cond)}
                    mine = parts_of(rule.cond)
                    return wishes_for(ask, [p for p in mine if left is None or form_of(p) in left])
            return []
        case _:
            return []


def _near(variant: Variant, key: DefKey) -> tuple[Expr, ...]:
    """Return the comparisons of the row in which a variant differs: their edges are tried first."""
    program = variant.stretch.lowered
    assert program is not None
    old = program.defs[key].body
    new = variant.lowered.defs[key].body if key in variant.lowered.defs else old
    bodies = [b for b in (old, new) if isinstance(b, Choose)]
    index = None
    if len(bodies) == 2:
        index = _first_difference(*([b.cond for b in body.branches] for body in bodies))
    elif isinstance(old, Pick) and isinstance(new, Pick) and isinstance(old.row, Ref):
        index = _first_difference(old.values, new.values)
        rows = program.defs[old.row.key].body
        bodies = [rows] if isinstance(rows, Choose) else []
    conds = [b.branches[index].cond for b in bodies if index is not None and index < len(b.branches)]
    return tuple(n for c in conds for n in walk(c) if is_edge(n))


def _first_difference(old: Sequence[Expr], new: Sequence[Expr]) -> int | None:
    for i, (a, b) in enumerate(zip(old, new, strict=False)):
        if form_of(a) != form_of(b):
            return i
    return len(new) if len(new) < len(old) else None


def _where_read(body: Expr, param: str, ask: Interpreter) -> list[Wish]:
    """Wish for the first row whose condition reads a parameter, but for the part that reads it."""
    if not isinstance(body, Choose):
        return []
    for index, branch in enumerate(body.branches):
        if any(isinstance(n, Param) and n.name == param for n in walk(branch.cond)):
            before = body.branches[:index] if body.hit is Hit.FIRST else ()
            wishes = wishes_for(ask, (b.cond for b in before), wanted=False)
            parts = [
                p
                for p in parts_of(branch.cond)
                if not any(isinstance(n, Param) and n.name == param for n in walk(p))
            ]
            return wishes + wishes_for(ask, parts)
    return []
