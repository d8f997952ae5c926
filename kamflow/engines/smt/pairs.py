"""Two records in one question, equal in all but a driver, which rises."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.core.expr import Expr, Get, Ref, Var
from kamflow.core.program import Program
from kamflow.engines.smt.asked import Side, side_of
from kamflow.engines.smt.search import Search
from kamflow.engines.smt.shapes import Opt, Rec, Sym, as_opt
from kamflow.engines.smt.world import Leaf, World


def path_of(e: Expr) -> tuple[str, ...]:
    """Return the fields that lead from ``self`` to a record or field."""
    match e:
        case Get(record, name):
            return (*path_of(record), name)
        case Var():
            return ()
        case _:
            raise AssertionError("a driver is a field or a definition of the record")


def two_sides(
    search: Search, world: World, driver: Get | Ref, value: Expr, *, rises: bool, conds: Sequence[Expr]
) -> tuple[Side, ...]:
    """Assert that the driver rises and the value rises or falls, all else being equal."""
    t = world.t
    before = side_of(search, world)
    subject = path_of(driver.record if isinstance(driver, Get) else driver.subject)
    owner = before.rec
    for name in subject:
        owner = _part(world.field(owner, name, search.program))
    low = _driver(world, search.program, driver, owner)
    high = world.unknown(driver.ty, (*subject, "#higher"))
    after = Side(before.encoder, _copy(world, search.program, before.rec, subject, driver, high))
    a, b = as_opt(low), as_opt(high)
    t.require(t.and_((a.present, b.present, t.lt(a.value, b.value))))
    before.wishes.append(t.eq(b.value, t.add(a.value, 1)))
    results: list[Opt] = []
    for side in (before, after):
        result, decided = side.encoder.value(value, side.rec)
        t.require(decided)
        t.require(as_opt(result).present)
        results.append(as_opt(result))
        side.require(conds)
    x, y = results
    t.require(t.lt(x.value, y.value) if rises else t.lt(y.value, x.value))
    return before, after


def _driver(world: World, program: Program, driver: Get | Ref, owner: Rec) -> Sym:
    if isinstance(driver, Get):
        return world.field(owner, driver.name, program)
    made = world.unknown(driver.ty, (*owner.path, driver.key.name))
    owner.given[driver.key.name] = made
    return made


def _part(value: Sym) -> Rec:
    rec = value.value if isinstance(value, Opt) else value
    assert isinstance(rec, Rec), "a path leads through records"
    return rec


def _copy(
    world: World, program: Program, rec: Rec, subject: tuple[str, ...], driver: Get | Ref, high: Sym
) -> Rec:
    """Return a record with the same terms in all fields, but a new driver."""
    made = Rec(rec.record, rec.path, source=rec, like=lambda name: world.field(rec, name, program))
    made.given.update(rec.given)
    if subject:
        inner = world.field(rec, subject[0], program)
        part = _copy(world, program, _part(inner), subject[1:], driver, high)
        made.fields[subject[0]] = Opt(inner.present, part) if isinstance(inner, Opt) else part
    elif isinstance(driver, Get):
        made.fields[driver.name] = high
        decl = program.records[rec.record].field(driver.name)
        assert decl is not None, "a driver is declared"
        world.leaves.append(Leaf((*rec.path, driver.name), decl, decl.ty, high))
    else:
        made.given[driver.key.name] = high
    return made
