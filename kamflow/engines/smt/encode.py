"""Expressions and definitions of one program as terms.

Assumes: a lowered program that keeps the laws. Leaves: for each expression its value, and in the scope
what has to hold for it to be decided at all (``needs``): lazy parts count only where they are reached.

Definitions are encoded once for each record, in the program's order, so that no chain of them is too
long for Python's stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import assert_never

from kamflow.base.text import Text
from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Fold,
    Gather,
    Get,
    Hit,
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
from kamflow.core.program import Program
from kamflow.core.ty import ScaledTy, Ty
from kamflow.engines.smt import aggregates, populations
from kamflow.engines.smt.civil import Civil
from kamflow.engines.smt.divide import div_round
from kamflow.engines.smt.shapes import (
    Line,
    NotAskedError,
    Opt,
    Rec,
    Rows,
    Seq,
    Sym,
    as_opt,
    equal,
    merge,
    nothing,
)
from kamflow.engines.smt.terms import Term
from kamflow.engines.smt.world import World
from kamflow.values.data import Value


@dataclass(frozen=True, slots=True)
class Known:
    """A definition's value, and whether it has one."""

    value: Sym
    decided: Term


@dataclass(slots=True)
class Scope:
    """Where an expression stands: names, and on what condition it is reached."""

    variables: Mapping[str, Sym]
    guards: list[Term] = field(default_factory=list)
    needs: list[Term] = field(default_factory=list)

    def with_item(self, name: str, item: Rec) -> Scope:
        return replace(self, variables={**self.variables, name: item})

    def apart(self) -> Scope:
        """Return a scope for something that is only looked at."""
        return Scope(self.variables)

    @contextmanager
    def given(self, *conds: Term) -> Iterator[None]:
        """Reach what follows on these conditions only."""
        self.guards.extend(conds)
        yield
        del self.guards[len(self.guards) - len(conds) :]


class Encoder:
    """Encodes one program; several may share a ``World``."""

    def __init__(self, world: World, program: Program, params: Mapping[str, Value] | None = None) -> None:
        self.world, self.program, self.t = world, program, world.t
        self._params = params or {}
        self._place = {key: i for i, key in enumerate(program.defs)}
        self._needed: dict[DefKey, tuple[DefKey, ...]] = {}
        self._known: dict[tuple[int, DefKey], tuple[Rec, Known]] = {}

    # ---- what callers ask

    def holds(self, cond: Expr, rec: Rec) -> Term:
        """Return that a condition about ``self`` is decided and true."""
        value, decided = self.value(cond, rec)
        return self.t.and_((decided, _term(value)))

    def value(self, e: Expr, rec: Rec) -> tuple[Sym, Term]:
        """Return the value of an expression about ``self``, and whether it is decided."""
        scope = Scope({"self": rec})
        value = self.expr(e, scope)
        return value, self.t.and_(scope.needs)

    def possible(self, rec: Rec) -> Term:
        """Return that the record meets none of the facts that no record has."""
        facts = (f for f in self.program.impossible if f.record == rec.record)
        return self.t.and_(self.t.not_(self.holds(f.cond, rec)) for f in facts)

    # ---- definitions

    def definition(self, key: DefKey, rec: Rec) -> Known:
        """Return a definition of a record, after all those of the same record that it needs."""
        given = rec.given.get(key.name)
        if given is not None:
            return Known(given, True)
        known = self._known.get((id(rec), key))
        if known is not None:
            return known[1]
        for needed in self._closure(key):
            if needed.name not in rec.given and (id(rec), needed) not in self._known:
                self._known[id(rec), needed] = (rec, self._body(needed, rec))
        return self._known[id(rec), key][1]

    def _closure(self, key: DefKey) -> tuple[DefKey, ...]:
        """Return a definition and those of the same record that it needs, in order."""
        done = self._needed.get(key)
        if done is None:
            seen, todo = {key}, [key]
            while todo:
                for e in walk(self.program.defs[todo.pop()].body):
                    if isinstance(e, Ref) and e.key.record == key.record and e.key not in seen:
                        seen.add(e.key)
                        todo.append(e.key)
            done = tuple(sorted(seen, key=self._place.__getitem__))
            self._needed[key] = done
        return done

    def _body(self, key: DefKey, rec: Rec) -> Known:
        body = self.program.defs[key].body
        scope = Scope({"self": rec})
        if isinstance(body, PopTerm):
            value: Sym = populations.standing(self, body, key, rec, scope)
        else:
            value = self.expr(body, scope)
        stem = str(key)
        return Known(self._named(stem, value), self.t.name(f"{stem}!", self.t.and_(scope.needs)))

    def _named(self, stem: str, value: Sym) -> Sym:
        t = self.t
        match value:
            case Opt(present, inner):
                return Opt(t.name(f"{stem}?", present), self._named(stem, inner))
            case Rows(applies):
                return Rows(tuple(t.name(f"{stem}.{i}", a) for i, a in enumerate(applies)))
            case Line(parts):
                return Line(tuple(self._named(stem, p) for p in parts))
            case Seq(parts):
                return Seq(tuple((t.name(stem, g), self._named(stem, p)) for g, p in parts))
            case Rec():
                return value
            case _:
                return value if _is_shape(value) else t.name(stem, _term(value))

    # ---- expressions

    def expr(self, e: Expr, scope: Scope) -> Sym:
        self.world.spend()
        t = self.t
        match e:
            case Lit(value, ty):
                return nothing(ty) if value is None else self.world.constant(value, ty, self.program)
            case Var(name):
                return scope.variables[name]
            case Get(record, name):
                return self.world.field(_rec(self.expr(record, scope)), name, self.program)
            case Ref(key, subject):
                known = self.definition(key, _rec(self.expr(subject, scope)))
                self._need(known.decided, scope)
                return known.value
            case Param(name, ty):
                decl = self.program.params[name]
                value = self._params[name] if name in self._params else decl.value_on(self.world.first)
                return self.world.constant(value, ty, self.program)
            case Today():
                return self.world.today
            case Apply(op, args):
                return self._apply(op, args, scope)
            case DivRound(num, den, step, mode):
                positive = isinstance(num.ty, ScaledTy) and num.ty.lo >= 0
                a, b = self.term(num, scope), self.term(den, scope)
                return t.mul(step, div_round(t, a, b, mode, positive=positive))
            case If(cond, then, other):
                test = self.term(cond, scope)
                with scope.given(test):
                    a = self.expr(then, scope) if test is not False else None
                with scope.given(t.not_(test)):
                    b = self.expr(other, scope) if test is not True else None
                if a is None or b is None:
                    return a if b is None and a is not None else _some(b)
                return merge(t, test, a, b)
            case IsPresent(arg):
                return as_opt(self.expr(arg, scope)).present
            case Unwrap(arg):
                return as_opt(self.expr(arg, scope)).value
            case Choose():
                return self._choose(e, scope)
            case Pick(row, values):
                return self._pick(self.term(row, scope), values, scope)
            case Gather(rows, fold, values):
                return self._gather(self.expr(rows, scope), fold, values, scope)
            case Override():
                return self._override(e, scope)
            case Aggregate():
                return aggregates.aggregate(self, e, scope)
            case ListOf(items):
                return Seq(tuple((True, self.expr(i, scope)) for i in items))
            case Struct(fields):
                return Line(tuple(self.expr(f, scope) for f in fields))
            case PopTerm() | Table():
                raise AssertionError("not part of an expression of a lowered program")
            case _:
                assert_never(e)

    def term(self, e: Expr, scope: Scope) -> Term:
        return _term(self.expr(e, scope))

    def _need(self, decided: Term, scope: Scope) -> None:
        if decided is not True:
            scope.needs.append(self.t.implies(self.t.and_(scope.guards), decided))

    def _apply(self, op: Op, args: Sequence[Expr], scope: Scope) -> Term:
        t = self.t
        if op in {Op.AND, Op.OR}:
            parts: list[Term] = []
            for arg in args:
                with scope.given(*(p if op is Op.AND else t.not_(p) for p in parts)):
                    parts.append(self.term(arg, scope))
                if parts[-1] is (op is Op.OR):
                    break
            return t.and_(parts) if op is Op.AND else t.or_(parts)
        terms = [self.term(a, scope) for a in args]
        return apply_op(self.world, op, terms, [a.ty for a in args])

    def _choose(self, e: Choose, scope: Scope) -> Sym:
        t = self.t
        applies: list[Term] = []
        for branch in e.branches:
            before = [t.not_(a) for a in applies] if e.hit is Hit.FIRST else []
            with scope.given(*before):
                applies.append(self.term(branch.cond, scope))
            if e.hit is Hit.FIRST and applies[-1] is True:
                break
        some, two = _some_and_two(self, applies)
        if e.hit is Hit.COLLECT:
            rest = () if e.otherwise is None else (t.not_(some),)
            return Rows((*applies, *rest))
        if e.hit is Hit.UNIQUE:
            self._need(t.not_(two), scope)
        last = len(e.branches)
        if e.otherwise is None:
            self._need(some, scope)
            applies, last = applies[:-1], len(applies) - 1
        row: Term = last
        for index in range(len(applies) - 1, -1, -1):
            row = t.ite(applies[index], index, row)
        return row

    def _pick(self, row: Term, values: Sequence[Expr], scope: Scope) -> Sym:
        t = self.t
        possible = self.t.values(row)
        wanted = sorted(possible) if possible is not None else range(len(values))
        if isinstance(row, int):
            return self.expr(values[row], scope)
        made: Sym | None = None
        for index in reversed(wanted):
            here = t.eq(row, index)
            with scope.given(here):
                value = self.expr(values[index], scope)
            made = value if made is None else merge(t, here, value, made)
        return _some(made)

    def _gather(self, rows: Sym, fold: Fold, values: Sequence[Expr], scope: Scope) -> Sym:
        assert isinstance(rows, Rows), "rows are gathered from a table that collects"
        found: list[tuple[Term, Sym]] = []
        for index, applies in enumerate(rows.applies):
            if applies is False:
                continue
            with scope.given(applies):
                found.append((applies, self.expr(values[index], scope) if values else 0))
        return aggregates.folded(self.t, fold, found)

    def _override(self, e: Override, scope: Scope) -> Sym:
        t = self.t
        applies = [self.term(r.cond, scope) for r in e.rules]
        value = self.expr(e.base, scope)
        left: list[tuple[Term, Sym]] = []
        for index, rule in enumerate(e.rules):
            beaten = t.or_(applies[i] for i, r in enumerate(e.rules) if index in beaten_by(e, i))
            counts = t.and_((applies[index], t.not_(beaten)))
            if counts is False:
                continue
            with scope.given(counts):
                left.append((counts, self.expr(rule.value, scope)))
        for i, (first, a) in enumerate(left):
            for second, b in left[i + 1 :]:
                self._need(t.implies(t.and_((first, second)), equal(t, a, b)), scope)
        for counts, own in reversed(left):
            value = merge(t, counts, own, value)
        return value


def beaten_by(e: Override, rule: int) -> frozenset[int]:
    """Return the rules that one is written to beat, directly or through others."""
    beaten: set[int] = set()
    todo = [rule]
    while todo:
        for loser in e.rules[todo.pop()].beats:
            if loser not in beaten:
                beaten.add(loser)
                todo.append(loser)
    return frozenset(beaten)


def _some_and_two(enc: Encoder, applies: Sequence[Term]) -> tuple[Term, Term]:
    """Return whether one of many applies at least, and whether two do."""
    t = enc.t
    some: Term = False
    two: Term = False
    for applied in applies:
        two = t.or_((two, t.and_((some, applied))))
        some = t.or_((some, applied))
    return some, two


def apply_op(world: World, op: Op, args: Sequence[Term], types: Sequence[Ty]) -> Term:
    """Return the result of a strict operator."""
    t, calendar = world.t, world.calendar

    def civil(place: int) -> Civil:
        ty = types[place]
        assert isinstance(ty, ScaledTy), "a date is an amount"
        return calendar.civil(args[place], ty.lo, ty.hi)

    match op:
        case Op.ADD:
            return t.add(args[0], args[1])
        case Op.SUB:
            return t.sub(args[0], args[1])
        case Op.MUL:
            return t.mul(args[0], args[1])
        case Op.NEG:
            return t.neg(args[0])
        case Op.ABS:
            return t.mapped(t.ite(t.le(0, args[0]), args[0], t.neg(args[0])), args[0], abs)
        case Op.MIN | Op.MAX:
            made = args[0]
            for arg in args[1:]:
                made = t.min_(made, arg) if op is Op.MIN else t.max_(made, arg)
            return made
        case Op.LT:
            return t.lt(args[0], args[1])
        case Op.LE:
            return t.le(args[0], args[1])
        case Op.EQ_INT | Op.EQ_TEXT:
            return t.eq(args[0], args[1])
        case Op.EQ_BOOL:
            return t.same(args[0], args[1])
        case Op.NOT:
            return t.not_(args[0])
        case Op.ADD_MONTHS_CLAMP | Op.ADD_MONTHS_NEXT:
            return calendar.add_months(civil(0), args[1], clamp=op is Op.ADD_MONTHS_CLAMP)
        case Op.WHOLE_MONTHS:
            return calendar.whole_months(args[0], args[1], civil(0), civil(1))
        case Op.YEAR_OF:
            return calendar.year(civil(0))
        case Op.MONTH_OF:
            return calendar.month(civil(0))
        case Op.AND | Op.OR:
            raise AssertionError(f"{op} is lazy")
        case _:
            assert_never(op)


def _is_shape(value: Sym) -> bool:
    return isinstance(value, Opt | Rec | Rows | Seq | Line)


def _term(value: Sym) -> Term:
    assert not _is_shape(value), f"not a plain value: {value!r}"
    return value


def _rec(value: Sym) -> Rec:
    if isinstance(value, Opt):
        value = value.value
    if not isinstance(value, Rec):
        raise NotAskedError(Text("it chooses between records", "其中在多条记录之间选择"))
    return value


def _some(value: Sym | None) -> Sym:
    assert value is not None, "at least one branch is encoded"
    return value
