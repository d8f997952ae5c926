"""Core expressions → terms of a frame: what each node means as SQL.

Assumes: a lowered program that keeps the laws; records that were read and found valid.
Leaves: terms that have the interpreter's value wherever it reaches the expression; elsewhere anything within
their range, or NULL. A definition without an answer leaves NULL (or any value), and a condition in
``Frame.bad`` that says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from kamflow.core.columns import Column, ColumnTable, Layout
from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Gather,
    Get,
    If,
    IsPresent,
    ListOf,
    Lit,
    Op,
    Override,
    Param,
    Pick,
    PopTerm,
    Ref,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
    walk,
)
from kamflow.core.program import Def, Program, needs
from kamflow.core.ty import INT64, ListTy, OptTy, RecordTy, Ty, strip_opt
from kamflow.engines.sql import choices, folds, linear, populations, refusals
from kamflow.engines.sql.build import Builder
from kamflow.engines.sql.civil import Calendar
from kamflow.engines.sql.divide import div_round
from kamflow.engines.sql.frame import Frame
from kamflow.engines.sql.operators import apply_op
from kamflow.engines.sql.scope import Defined, Place, Scope
from kamflow.engines.sql.terms import Sort, Term, TooWideError, literal_bool, literal_int, range_of
from kamflow.values.data import Value


@dataclass(slots=True)
class Encoder:
    program: Program
    as_of: int
    overlay: Mapping[str, Value]
    layout: Layout
    b: Builder
    root: Frame
    members: bool
    decided: frozenset[DefKey]
    """Definitions of the root record that are evaluated for each of them."""
    declines: bool = False
    known: dict[tuple[Frame, tuple[str, ...], DefKey], Defined] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    shared: dict[tuple[object, ...], Frame] = field(default_factory=dict)
    members_known: dict[object, tuple[Term, Term, Term | None]] = field(default_factory=dict)
    repeated: Counter[int] = field(default_factory=Counter)
    once: dict[tuple[object, ...], Term] = field(default_factory=dict)
    calendars: dict[Frame, Calendar] = field(default_factory=dict)

    def enter(self, frame: Frame) -> None:
        self.frames.append(frame)

    # ---- definitions

    def define(self, place: Place, key: DefKey) -> Defined:
        """Make a definition columns of the record's frame, after those that it reads of the same record."""
        known = self.known.get((place.frame, place.path, key))
        if known is not None:
            return known
        for needed in self._before(place, key):
            self.known[place.frame, place.path, needed] = self._define(place, self.program.defs[needed])
        return self.known[place.frame, place.path, key]

    def _before(self, place: Place, key: DefKey) -> list[DefKey]:
        """Return a definition and all of the same record that it reads and that are no columns yet, in the
        program's order. What one rests on that is a column is one, too."""
        found, todo = {key}, [key]
        while todo:
            fresh = {
                k
                for k in needs(self.program, todo.pop())
                if k.record == key.record and (place.frame, place.path, k) not in self.known
            } - found
            found |= fresh
            todo.extend(fresh)
        return [key] if len(found) == 1 else [k for k in self.program.defs if k in found]

    def _define(self, place: Place, d: Def) -> Defined:
        scope = Scope(place.frame, {"self": place}, str(d.key))
        outer, self.repeated = self.repeated, Counter(id(n) for n in walk(d.body))
        try:
            match d.body:
                case Choose():
                    made = choices.choose(self, d.body, scope)
                case Override():
                    made = choices.override(self, d.body, scope)
                case PopTerm():
                    made = populations.standing(self, d.body, d.key, place)
                case _:
                    made = Defined(self.expr(d.body, scope))
        except TooWideError:
            raise refusals.too_wide(str(d.key), self.b.dialect) from None
        finally:
            self.repeated = outer
        made.value = place.frame.add(self._within(made.value, d.ty, place.frame))
        if made.own_bad is not None:
            bad = place.frame.share(made.own_bad)
            made.own_bad = bad
            guarded = bad if place.present is None else self.b.all_([place.present, bad])
            place.frame.bad.append(guarded)
            if place.frame is not self.root or place.path or d.key not in self.decided:
                self.declines = True
        return made

    def _within(self, t: Term, ty: Ty, frame: Frame) -> Term:
        """Return a value in the width of its type; what is beyond its range was never reached: NULL."""
        lo, hi = range_of(ty)
        if t.sort is not Sort.INT or max(hi, -lo) > INT64:
            return t
        if max(t.hi, -t.lo) > INT64:
            return self.masked(t, lo, hi, frame)
        return self.b.narrow(t)

    def masked(self, t: Term, lo: int, hi: int, frame: Frame) -> Term:
        """Return NULL where an amount is not between the two."""
        if lo <= t.lo and t.hi <= hi:
            return t
        b = self.b
        t = frame.share(t)
        conds = [b.le(literal_int(lo), t)] if t.lo < lo else []
        conds += [b.le(t, literal_int(hi))] if t.hi > hi else []
        inside = b.clipped(t, max(lo, t.lo), min(hi, t.hi))
        return b.case([(b.all_(conds), inside)], None)

    # ---- expressions

    def expr(self, e: Expr, scope: Scope) -> Term:
        """Return an expression's term; one that stands in several places (a table's column) is made once."""
        if self.repeated[id(e)] < 2 or isinstance(e, Lit | Get | Var | Ref):
            return scope.frame.shallow(self._expr(e, scope))
        places = frozenset((n, p.frame, p.path) for n, p in scope.places.items())
        at = (id(e), scope.frame, places)
        if at not in self.once:
            self.once[at] = scope.frame.add(self._expr(e, scope))
        return self.once[at]

    def _expr(self, e: Expr, scope: Scope) -> Term:
        b = self.b
        match e:
            case Lit(value=value, ty=ty):
                return b.value(value, ty)
            case Var() | Get():
                return self._field(e, scope)
            case Ref(key=key, subject=subject):
                place = self.place(subject, scope)
                return scope.frame.bring(place.frame, self.define(place, key).value)
            case Param(name=name, ty=ty):
                param = self.program.params[name]
                value = self.overlay[name] if name in self.overlay else param.value_on(self.as_of)
                return b.value(value, ty)
            case Today():
                return literal_int(self.as_of)
            case Apply(op=Op.AND, args=args):
                return b.all_(self.expr(a, scope) for a in args)
            case Apply(op=Op.OR, args=args):
                return b.any_(self.expr(a, scope) for a in args)
            case Apply(op=op) if op in linear.LINEAR:
                return linear.combined(self, e, scope)
            case Apply():
                return self.fitting(e, [self.expr(a, scope) for a in e.args], scope)
            case DivRound(num=num, den=den):
                return self.fitting(e, [self.expr(num, scope), self.expr(den, scope)], scope)
            case If(cond=cond, then=then, other=other):
                return b.case([(self.expr(cond, scope), self.expr(then, scope))], self.expr(other, scope))
            case IsPresent(arg=arg):
                return self._is_present(arg, scope)
            case Unwrap(arg=arg):
                return self.expr(arg, scope)
            case Pick():
                return choices.pick(self, e, scope)
            case Gather():
                return choices.gather(self, e, scope)
            case Aggregate():
                return folds.aggregate(self, e, scope)
            case ListOf(items=items):
                return b.list_of([self.expr(i, scope) for i in items])
            case Struct(fields=parts):
                return b.struct([self.expr(p, scope) for p in parts])
            case Choose() | Override() | PopTerm():
                raise AssertionError("is the whole body of a definition")
            case Table():
                raise AssertionError("a table was not unfolded")
            case _:
                assert_never(e)

    def fitting(self, e: Apply | DivRound, args: list[Term], scope: Scope) -> Term:
        """Apply an operator; where that could be too wide, its operands are first cut to their types."""
        try:
            return self._applied(e, args, scope)
        except TooWideError:
            parts = e.args if isinstance(e, Apply) else (e.num, e.den)
            cut = [
                self.masked(a, *range_of(p.ty), scope.frame) if a.sort is Sort.INT else a
                for a, p in zip(args, parts, strict=True)
            ]
            return self._applied(e, cut, scope)

    def _applied(self, e: Apply | DivRound, args: list[Term], scope: Scope) -> Term:
        if isinstance(e, DivRound):
            found = div_round(self.b, scope.frame, args[0], args[1], e.mode)
            return self.b.mul(found, literal_int(e.step))
        return apply_op(self.b, scope.frame, self.calendar(scope.frame), e.op, args)

    def calendar(self, frame: Frame) -> Calendar:
        if frame not in self.calendars:
            self.calendars[frame] = Calendar(self.b, frame)
        return self.calendars[frame]

    # ---- records and fields

    def place(self, e: Expr, scope: Scope) -> Place:
        """Return where a record's fields are."""
        match e:
            case Var(name=name):
                return scope.places[name]
            case Unwrap(arg=arg):
                return self.place(arg, scope)
            case Get(record=record, name=name, ty=ty) if isinstance(strip_opt(ty), RecordTy):
                outer = self.place(record, scope)
                path = (*outer.path, name)
                if not isinstance(ty, OptTy):
                    return Place(outer.frame, path, outer.present)
                here = outer.frame.field(self._column(outer.frame.table, path))
                return Place(outer.frame, path, here)
            case _:
                raise refusals.computed_record(scope.name)

    def _field(self, e: Var | Get, scope: Scope) -> Term:
        if isinstance(e, Var):
            place, path = scope.places[e.name], scope.places[e.name].path
        else:
            place = self.place(e.record, scope)
            path = (*place.path, e.name)
        if isinstance(strip_opt(e.ty), RecordTy | ListTy):
            raise refusals.computed_record(scope.name)
        found = self._column(place.frame.table, path)
        return scope.frame.bring(place.frame, place.frame.field(found))

    def _column(self, table: ColumnTable, path: tuple[str, ...]) -> Column:
        found = table.column(path)
        assert found is not None, f"no column for {'.'.join(path)}"
        return found

    def _is_present(self, arg: Expr, scope: Scope) -> Term:
        if not isinstance(strip_opt(arg.ty), RecordTy | ListTy):
            return self.b.not_null(self.expr(arg, scope))
        if not isinstance(arg.ty, OptTy):
            return literal_bool(True)
        if not isinstance(arg, Get):
            raise refusals.computed_record(scope.name)
        outer = self.place(arg.record, scope)
        found = self._column(outer.frame.table, (*outer.path, arg.name))
        return scope.frame.bring(outer.frame, outer.frame.field(found))
