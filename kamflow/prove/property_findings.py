"""What is said about a property that was tried: the record, its values in words, the rows that answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.core.expr import Expr, Tag
from kamflow.core.program import Property, PropertyKind
from kamflow.core.wording import name_of, say
from kamflow.prove import errors
from kamflow.prove.properties import Refuted
from kamflow.prove.replay import Replayed
from kamflow.prove.witness import Shown, matters, reads_today, results, rows_answering
from kamflow.values.data import TypedRecord, Value
from kamflow.values.dates import show_day

_MOST_ROWS = 4


def refuted(prop: Property, verdict: Refuted) -> Diagnostic:
    """Return the finding for a property that was refuted."""
    if prop.driver is None:
        return _condition(prop, verdict, verdict.records[0])
    low, high = verdict.records
    return _monotone(prop, prop.driver, verdict, low, high)


def _condition(prop: Property, verdict: Refuted, one: Replayed) -> Diagnostic:
    wanted = prop.kind is PropertyKind.NEVER

    def holds(record: TypedRecord) -> bool:
        return _valid(one, record) and Replayed(one.program, record, one.as_of).value(prop.value) is wanted

    shown = [*_day(one, [prop.value]), *matters(one, holds, [prop.value])]
    named = {s.name for s in shown}
    outcome = [r for r in results(one, prop.value) if r.name not in named]
    rows = [(tag, _answers(tag)) for tags in rows_answering(one, prop.value).values() for tag in tags]
    return errors.property_refuted(prop, verdict.since, shown, outcome, rows[:_MOST_ROWS])


def _monotone(prop: Property, driver: Expr, verdict: Refuted, low: Replayed, high: Replayed) -> Diagnostic:
    program = low.program
    name = name_of(driver)
    changes = tuple(_changes(low.record, high.record))

    def differs(record: TypedRecord) -> bool:
        """Say whether the lower record still has another value than the higher one, both having changed."""
        one = Replayed(program, record, low.as_of)
        twin = Replayed(program, _twin(record, changes), low.as_of)
        before, after = one.value(prop.value), twin.value(prop.value)
        if not isinstance(before, int) or not isinstance(after, int):
            return False
        wrong = after > before if prop.kind is PropertyKind.NOT_RISE else after < before
        return wrong and _valid(low, record) and _valid(low, twin.record)

    shared = [s for s in matters(low, differs, [prop.value]) if s.name != name]
    shown = [*_day(low, [prop.value, driver]), *shared]
    step = (name, _say(low, driver), _say(high, driver))
    move = (_name(prop.value), _say(low, prop.value), _say(high, prop.value))
    return errors.not_monotone(prop, verdict.since, step, move, shown, _rows(prop.value, low, high))


def _say(one: Replayed, e: Expr) -> Text:
    return say(one.value(e), e.ty, one.program)


def _name(e: Expr) -> str:
    name = name_of(e)
    return "the value" if name == "…" else name


_Change: TypeAlias = tuple[tuple[str, ...], bool, str, Value]
"""Where two records differ: path to the owner, whether it is a field, its name, the higher record's value."""


def _changes(low: TypedRecord, high: TypedRecord, path: tuple[str, ...] = ()) -> Iterator[_Change]:
    for name, value in high.fields.items():
        was = low.fields[name]
        if isinstance(value, TypedRecord) and isinstance(was, TypedRecord):
            yield from _changes(was, value, (*path, name))
        elif value != was and not isinstance(value, tuple):
            yield (path, True, name, value)
    for name, value in high.given.items():
        if low.given.get(name) != value:
            yield (path, False, name, value)


def _twin(record: TypedRecord, changes: Sequence[_Change], path: tuple[str, ...] = ()) -> TypedRecord:
    """Return a copy of a record with the higher record's differences."""
    fields = {
        name: _twin(value, changes, (*path, name)) if isinstance(value, TypedRecord) else value
        for name, value in record.fields.items()
    }
    made = TypedRecord(record.record, fields, dict(record.given))
    for owner, is_field, name, value in changes:
        if owner == path:
            (made.fields if is_field else made.given)[name] = value
    return made


def _rows(e: Expr, low: Replayed, high: Replayed) -> list[tuple[Tag, Text]]:
    """Return the rows that answered for one of the two records only."""
    before, after = rows_answering(low, e), rows_answering(high, e)
    found: list[tuple[Tag, Text]] = []
    for key, tags in before.items():
        other = after.get(key, ())
        found += [(t, Text("answers before", "之前命中这一行")) for t in tags if t not in other]
        found += [(t, Text("answers after", "之后命中这一行")) for t in other if t not in tags]
    return found[:_MOST_ROWS]


def _answers(tag: Tag) -> Text:
    why = tag.because
    if not why:
        return Text("this row answers", "命中这一行")
    return Text(f"this row answers: {why.en or why.zh}", f"命中这一行：{why.zh or why.en}")


def _day(one: Replayed, roots: Sequence[Expr]) -> list[Shown]:
    return [Shown("today", Text(show_day(one.as_of)))] if reads_today(one, roots) else []


def _valid(one: Replayed, record: TypedRecord) -> bool:
    there = Replayed(one.program, record, one.as_of)
    return not any(there.value(f.cond) for f in one.program.impossible if f.record == record.record)
