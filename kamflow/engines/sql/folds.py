"""Folds over child lists: items are lines of a frame of their own, grouped by the line that they belong to.

Folds that need nothing but their items share a frame, which is the list's table; others are of items beside
what they need, and share a frame where that is there at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from kamflow.core.expr import Aggregate, Expr, Fold, Get, Unwrap, Var, children
from kamflow.core.ty import ListTy, strip_opt
from kamflow.engines.sql import refusals
from kamflow.engines.sql.frame import ROW, Frame
from kamflow.engines.sql.scope import Place, Scope
from kamflow.engines.sql.terms import NUMBER, Sort, Term, column, literal_int, range_of

if TYPE_CHECKING:
    from kamflow.engines.sql.encode import Encoder


def aggregate(enc: Encoder, e: Aggregate, scope: Scope) -> Term:
    owner, path = _list(enc, e.items, scope)
    table = enc.layout.list_table(owner.frame.table.name, path)
    assert table is not None, f"no table for {'.'.join(path)}"
    outer = {scope.places[name].frame for part in (e.where, e.value) if part is not None
             for name in _free(part, {e.var})}  # fmt: skip
    if not outer:
        key: tuple[object, ...] = (owner.frame, table.name)
        frame = enc.shared.get(key)
        if frame is None:
            frame = enc.shared[key] = _frame(enc, owner.frame, table.name, owner.frame)
            enc.enter(frame)
        found = _folded(enc, e, Scope(frame, {e.var: Place(frame, ())}, scope.name))
        return scope.frame.bring(owner.frame, found)
    context = next(f for f in scope.frame.outer() if f in outer or f is owner.frame)
    frame = _frame(enc, context, table.name, owner.frame)
    frame.joined = True
    enc.enter(frame)
    found = _folded(enc, e, Scope(frame, {**scope.places, e.var: Place(frame, ())}, scope.name))
    return scope.frame.bring(context, found)


def _list(enc: Encoder, e: Expr, scope: Scope) -> tuple[Place, tuple[str, ...]]:
    """Return the record that a list is a field of, and where in it."""
    match e:
        case Unwrap(arg=arg):
            return _list(enc, arg, scope)
        case Get(record=record, name=name, ty=ty) if isinstance(strip_opt(ty), ListTy):
            owner = enc.place(record, scope)
            return owner, (*owner.path, name)
        case _:
            raise refusals.computed_record(scope.name)


def _free(e: Expr, bound: set[str]) -> Iterator[str]:
    """Yield the variables that an expression takes from around it."""
    if isinstance(e, Var):
        if e.name not in bound:
            yield e.name
    elif isinstance(e, Aggregate):
        yield from _free(e.items, bound)
        for part in (e.where, e.value):
            if part is not None:
                yield from _free(part, bound | {e.var})
    else:
        for child in children(e):
            yield from _free(child, bound)


def _frame(enc: Encoder, context: Frame, table: str, owner: Frame) -> Frame:
    frame = Frame(context.names, enc.layout, enc.layout.table(table), context)
    if owner is not context:
        row = context.bring(owner, column(ROW, NUMBER))
        frame.anchor = row.sql.name
    context.groups.append(frame)
    return frame


def _folded(enc: Encoder, e: Aggregate, scope: Scope) -> Term:
    """Return the fold as a column of the frame around the items."""
    b, frame = enc.b, scope.frame
    where = None if e.where is None else enc.expr(e.where, scope)
    if e.fold is Fold.COUNT or e.value is None:
        counted = b.value(1, e.ty) if where is None else b.case([(where, literal_int(1))], None)
        found = frame.fold(exp.Count(this=counted.node()), NUMBER.between(0, max(0, range_of(e.ty)[1])))
        return b.zero_if_null(replace(found, nullable=True))
    value = enc.expr(e.value, scope)
    if value.sort is Sort.INT:
        value = enc.masked(
            value, *range_of(e.value.ty), frame
        )  # what is wider was not meant: `where` is false
    taken = value if where is None else b.case([(where, value)], None)
    lo, hi = range_of(e.ty)
    match e.fold:
        case Fold.SUM:
            like = Term(taken.sql, Sort.INT, nullable=True, lo=lo, hi=hi, width=128)
            b.bits(lo, hi)
            added = exp.Sum(this=b.dialect.summand(taken.node(), lo, hi))
            found = b.narrow(frame.fold(b.dialect.total(added), like))
            return b.zero_if_null(found)
        case Fold.MIN:
            return frame.fold(exp.Min(this=taken.node()), replace(taken, nullable=True))
        case Fold.MAX:
            return frame.fold(exp.Max(this=taken.node()), replace(taken, nullable=True))
        case Fold.DISTINCT:
            different = exp.Count(this=exp.Distinct(expressions=[taken.node()]))
            found = frame.fold(different, replace(NUMBER.between(0, max(0, hi)), nullable=True))
            return b.zero_if_null(found)
        case Fold.LIST:
            raise AssertionError("an aggregate does not collect a list")
        case _:
            assert_never(e.fold)


def tell_undecided(enc: Encoder) -> None:
    """Say of each line whether one of its items needs something that has no answer.

    Whether a fold reaches that item is not asked: such a line is declined.
    """
    for frame in reversed(enc.frames):
        if frame.bad and frame.context is not None:
            bad = enc.b.case([(enc.b.any_(frame.bad), literal_int(1))], None)
            count = frame.fold(exp.Count(this=bad.node()), replace(NUMBER, nullable=True))
            frame.context.bad.append(enc.b.is_true(enc.b.lt(literal_int(0), count)))
