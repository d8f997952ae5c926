"""Properties over all valid records and all days: proved, refuted with a record, or not decided.

Assumes: a lowered program. Each property is tried for each stretch of days in which the parameters that it
rests on keep their values; the first one in which it fails counts.
Leaves: results as values; ``property_findings`` says them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from kamflow.base.text import Text
from kamflow.core.expr import Apply, Expr, Get, Op, Ref
from kamflow.core.program import Program, Property, PropertyKind
from kamflow.core.ty import BOOL
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.engines.smt.search import LIMIT, Search
from kamflow.prove.intervals import Days, intervals, params_of
from kamflow.prove.kept_free import kept_free, untouched
from kamflow.prove.replay import Replayed, ReplayError, must_be, replay

_BRIEFLY = 20
"""The smaller question gets this part of the limit: where it says anything it does so at once."""


@dataclass(frozen=True, slots=True)
class Proved:
    """No valid record breaks it on any of the days."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """``records``: the one that breaks it, or (monotony) before and after the driver rises.

    ``since``: the first day of the stretch in which it fails, where it held on earlier days.
    """

    records: tuple[Replayed, ...]
    since: int | None


@dataclass(frozen=True, slots=True)
class NotDecided:
    why: Text


Verdict: TypeAlias = Proved | Refuted | NotDecided


def try_property(program: Program, prop: Property, days: Days, *, limit: int = LIMIT) -> Verdict:
    """Prove or refute one property on some days."""
    facts = [f.cond for f in program.impossible if f.record == prop.record]
    roots = [prop.value, *facts, *([] if prop.driver is None else [prop.driver])]
    undecided: NotDecided | None = None
    stretches = intervals(program, days, params_of(program, roots))
    for stretch in stretches:
        answer = _ask(prop, Search(program, prop.record, stretch, limit))
        match answer:
            case Found():
                since = stretch.first if stretch != stretches[0] and undecided is None else None
                return Refuted(_replayed(program, prop, answer), since)
            case NotKnown(why):
                undecided = undecided or NotDecided(why)
            case Nowhere():
                pass
            case _:
                assert_never(answer)
    return undecided or Proved()


def _ask(prop: Property, search: Search) -> Answer:
    match prop.kind:
        case PropertyKind.ALWAYS:
            return search.find([Apply(Op.NOT, (prop.value,), BOOL, prop.span)])
        case PropertyKind.NEVER:
            return search.find([prop.value])
        case PropertyKind.NOT_FALL | PropertyKind.NOT_RISE:
            return _ask_pair(prop, search)
        case _:
            assert_never(prop.kind)


def _ask_pair(prop: Property, search: Search) -> Answer:
    """Ask with all that stays when the driver moves as free values first: that none is found so is quick."""
    driver, rises = _driver(prop), prop.kind is PropertyKind.NOT_RISE
    free = kept_free(search.program, untouched(search.program, prop.value, driver))
    smaller = replace(search, program=free, limit=search.limit // _BRIEFLY)
    if smaller.has_no_pair(driver, prop.value, rises=rises):
        return Nowhere()
    return search.find_pair(driver, prop.value, rises=rises)


def _driver(prop: Property) -> Get | Ref:
    assert isinstance(prop.driver, Get | Ref), "a driver is a field or a definition"
    return prop.driver


def _replayed(program: Program, prop: Property, found: Found) -> tuple[Replayed, ...]:
    """Try the interpreter on what was found."""
    what = prop.title.en or prop.title.zh
    records = replay(program, found, what)
    match prop.kind:
        case PropertyKind.ALWAYS | PropertyKind.NEVER:
            must_be(records, prop.value, prop.kind is PropertyKind.NEVER, what)
        case PropertyKind.NOT_FALL | PropertyKind.NOT_RISE:
            _must_move(records, prop, what)
        case _:
            assert_never(prop.kind)
    return records


def _must_move(records: tuple[Replayed, ...], prop: Property, what: str) -> None:
    low, high = (_number(r, _driver(prop), what) for r in records)
    before, after = (_number(r, prop.value, what) for r in records)
    wrong_way = after > before if prop.kind is PropertyKind.NOT_RISE else after < before
    if not (low < high and wrong_way):
        raise ReplayError(f"{what}: from {low} to {high} the interpreter goes from {before} to {after}")


def _number(one: Replayed, e: Expr, what: str) -> int:
    value = one.value(e)
    if not isinstance(value, int):
        raise ReplayError(f"{what}: the interpreter finds no number, but {value!r}")
    return value
