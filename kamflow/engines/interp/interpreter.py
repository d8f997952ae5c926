"""The reference interpreter: the meaning of the core, one node after the other.

Assumes: a lowered program that keeps the laws, records that were read and found valid (tests:
records may be partial, see ``NotGiven``).
Leaves: outcomes as ``values.outcome`` says them.

Order of evaluation, as far as it shows (which undecided definition comes first, which roundings
are noted): operands from the left; ``UNIQUE`` and ``COLLECT`` try every row, ``FIRST`` stops at the one
that applies; an ``Override`` evaluates all conditions, then the base, then the values of the rules that
are left; a population term asks the population's condition of the subject, then its measure, then its
group, and nothing at all without a portfolio.

Definitions are evaluated when they are needed. A chain of them may be 5,000 long, and Python's stack
is 1,000 deep, so a body that needs a definition which would nest too deeply is put aside, that
definition is evaluated first, and the body starts anew: nothing is evaluated that is not needed, and
no limit of the host is touched.

One interpreter serves one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias, TypeVar, assert_never

from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
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
    PopKind,
    PopTerm,
    Ref,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
)
from kamflow.core.program import DefKind, EvalPlan, Program
from kamflow.core.standings import Standings
from kamflow.core.ty import ScaledTy, strip_opt
from kamflow.engines.interp.apply_op import apply_op, as_bool, as_int, as_tuple, fold
from kamflow.engines.interp.scope import (
    Known,
    Need,
    NotGiven,
    PutAsideError,
    Scope,
    UnprovedError,
    height,
)
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import (
    Contradicts,
    Decided,
    NotDecided,
    RawOutcome,
    Rounded,
    Undecided,
    WhyUndecided,
)
from kamflow.values.population import NOBODY, Standing, standing_of
from kamflow.values.rounding import round_div

ROOM = 150
"""Levels of expressions that definitions may nest, at two to three Python frames a level."""

_Compared: TypeAlias = tuple[str, Expr, Expr | None]  # who is compared, by what, within what
Place: TypeAlias = tuple[Value, int]  # a member's group (None where there are none) and measure

_T = TypeVar("_T")

_NO_OVERLAY: Mapping[str, Value] = MappingProxyType({})


class Interpreter:
    """Evaluates one program on one day, against one portfolio (or none).

    ``standings`` are taken as they are, in place of a portfolio's.
    """

    def __init__(
        self,
        program: Program,
        as_of: int,
        portfolio: Sequence[TypedRecord] | None = None,
        param_overlay: Mapping[str, Value] = _NO_OVERLAY,
        standings: Standings | None = None,
    ) -> None:
        for d in program.defs.values():
            assert not isinstance(d.body, Table), f"`{d.key}` is a table: run the passes first"
        self._program = program
        self._as_of = as_of
        self._portfolio = portfolio
        self._overlay = param_overlay
        self._given = standings
        self._terms = {id(d.body): k for k, d in program.defs.items() if isinstance(d.body, PopTerm)}
        self._known: dict[Need, Known] = {}
        self._heights: dict[DefKey, int] = {}
        self._standings: dict[_Compared, dict[Value, Standing]] = {}
        self._measured: dict[_Compared, list[Place | None]] = {}

    # ---- what callers ask

    def decide(self, plan: EvalPlan, record: TypedRecord) -> RawOutcome:
        """Evaluate a plan for one record; raises ``NotGiven`` for a partial record of a test."""
        self._known.clear()
        noted: list[Scope] = []
        try:
            for count in range(len(plan.order) + 1):
                if count == plan.facts_after:
                    for fact in plan.facts:
                        scope = Scope(f"impossible#{fact}", {"self": record}, ROOM)
                        noted.append(scope)
                        if as_bool(self._run(self._program.impossible[fact].cond, scope)):
                            return Contradicts(fact)
                if count < len(plan.order):
                    self._settle((record, plan.order[count]))
        except Undecided as undecided:
            return undecided.what
        known = [self._known[record, key] for key in plan.order]
        bodies = [self._program.defs[key] for key in plan.order]
        return Decided(
            values=tuple(self._known[record, key].value for key in plan.outputs),
            fired=tuple(k.value for k, d in zip(known, bodies, strict=True) if d.kind is DefKind.ROWS),
            overrides=tuple(
                k.applied for k, d in zip(known, bodies, strict=True) if isinstance(d.body, Override)
            ),
            rounded=self._roundings(noted, [(record, key) for key in plan.order]),
        )

    def value(self, key: DefKey, record: TypedRecord) -> Value:
        """Return a definition's value, evaluating only what it needs; raises ``Undecided``, ``NotGiven``."""
        self._known.clear()
        return self._settle((record, key))

    def evaluate(self, expr: Expr, record: TypedRecord) -> Value:
        """Return the value of an expression about ``self``; raises ``Undecided``, ``NotGiven``."""
        self._known.clear()
        return self._run(expr, Scope("", {"self": record}, ROOM))

    def place(self, key: DefKey, record: TypedRecord) -> Place | None:
        """Return group and measure of a member of a term's population, None outside.

        A record whose own condition or measure is undecided is outside: it is reported when it is
        decided itself, and must not take all others with it.
        """
        self._known.clear()
        body = self._program.defs[key].body
        assert isinstance(body, PopTerm)
        try:
            return self._drive(lambda: self._place(body, Scope(str(key), {"self": record}, ROOM)))
        except Undecided:
            return None

    def lost_rows(self, key: DefKey, record: TypedRecord) -> tuple[int, ...]:
        """Return the rows of a ``FIRST`` choice that apply too, but come after the one that fired.

        A later condition may rest on the earlier ones having failed (``when x is missing … when x > 3``);
        where it can't be evaluated on its own, its row didn't apply.
        """
        body = self._program.defs[key].body
        if not isinstance(body, Choose) or body.hit is not Hit.FIRST:
            return ()
        fired = as_int(self.value(key, record))
        lost: list[int] = []
        for index in range(fired + 1, len(body.branches)):
            scope = Scope(str(key), {"self": record}, ROOM)
            try:
                if as_bool(self._run(body.branches[index].cond, scope)):
                    lost.append(index)
            except (UnprovedError, ZeroDivisionError, Undecided, NotGiven):
                continue
        return tuple(lost)

    # ---- definitions, by need

    def _run(self, expr: Expr, scope: Scope) -> Value:
        return self._drive(lambda: self._eval(expr, scope))

    def _settle(self, need: Need) -> Value:
        return self._drive(lambda: self._define(need))

    def _drive(self, last: Callable[[], _T]) -> _T:
        """Call ``last``, after all that is put aside for it."""
        todo: list[Need] = []
        while True:
            try:
                if not todo:
                    return last()
                self._define(todo[-1])
                todo.pop()
            except PutAsideError as aside:
                todo.append(aside.need)

    def _define(self, need: Need, room: int = ROOM) -> Value:
        """Evaluate a definition once for a record; a given value is taken as it is."""
        known = self._known.get(need)
        if known is not None:
            return known.value
        record, key = need
        assert record.record == key.record, f"`{key}` asked of a {record.record}"
        if key.name in record.given:
            known = Known(record.given[key.name], (), frozenset(), ())
        else:
            scope = Scope(str(key), {"self": record}, room - self._cost(key))
            value = self._eval(self._program.defs[key].body, scope)
            known = Known(value, scope.applied, frozenset(scope.notes), tuple(scope.reads))
        self._known[need] = known
        return known.value

    def _cost(self, key: DefKey) -> int:
        """Return how much room a definition's body takes."""
        cost = self._heights.get(key)
        if cost is None:
            body = self._program.defs[key].body
            cost = height(body) + 2
            if isinstance(body, PopTerm):
                cost += height(self._program.populations[body.population].where)
            self._heights[key] = cost
        return cost

    def _ref(self, key: DefKey, subject: Value, scope: Scope) -> Value:
        assert isinstance(subject, TypedRecord), f"`{key}` asked of {subject!r}"
        need = (subject, key)
        scope.reads[need] = None
        if need not in self._known and self._cost(key) > scope.room:
            raise PutAsideError(need)
        return self._define(need, scope.room)

    def _roundings(self, noted: Iterable[Scope], needs: Iterable[Need]) -> tuple[Rounded, ...]:
        """Return the notes of everything evaluated on the way to these definitions and facts."""
        found: set[Rounded] = set()
        todo = list(needs)
        for scope in noted:
            found |= scope.notes
            todo.extend(scope.reads)
        seen = set(todo)
        while todo:
            known = self._known[todo.pop()]
            found |= known.notes
            fresh = [n for n in known.reads if n not in seen]
            seen.update(fresh)
            todo.extend(fresh)
        return tuple(sorted(found))

    # ---- expressions

    def _eval(self, e: Expr, scope: Scope) -> Value:
        match e:
            case Lit(value=value):
                return value
            case Var(name=name):
                return scope.variables[name]
            case Get(record=record, name=name):
                return _field(self._eval(record, scope), name)
            case Ref(key=key, subject=subject):
                return self._ref(key, self._eval(subject, scope), scope)
            case Param(name=name):
                if name in self._overlay:
                    return self._overlay[name]
                return self._program.params[name].value_on(self._as_of)
            case Today():
                return self._as_of
            case Apply(op=Op.AND, args=args):
                return all(as_bool(self._eval(arg, scope)) for arg in args)
            case Apply(op=Op.OR, args=args):
                return any(as_bool(self._eval(arg, scope)) for arg in args)
            case Apply(op=op, args=args):
                return apply_op(op, [self._eval(a, scope) for a in args])
            case DivRound():
                return self._div_round(e, scope)
            case If(cond=cond, then=then, other=other):
                return self._eval(then if as_bool(self._eval(cond, scope)) else other, scope)
            case IsPresent(arg=arg):
                return self._eval(arg, scope) is not None
            case Unwrap(arg=arg):
                value = self._eval(arg, scope)
                if value is None:
                    raise UnprovedError(scope.name)
                return value
            case Choose():
                return self._choose(e, scope)
            case Pick(row=row, values=values):
                return self._eval(values[as_int(self._eval(row, scope))], scope)
            case Gather(rows=rows, fold=how, values=values):
                found = [as_int(i) for i in as_tuple(self._eval(rows, scope))]
                if not values:  # a count needs none
                    return fold(how, found)
                return fold(how, [self._eval(values[i], scope) for i in found])
            case Override():
                return self._override(e, scope)
            case Aggregate():
                return self._aggregate(e, scope)
            case ListOf(items=parts) | Struct(fields=parts):
                return tuple([self._eval(p, scope) for p in parts])
            case PopTerm():
                return self._pop_term(e, scope)
            case Table():
                raise AssertionError("a table was not unfolded")
            case _:
                assert_never(e)

    def _div_round(self, e: DivRound, scope: Scope) -> int:
        num = as_int(self._eval(e.num, scope))
        den = as_int(self._eval(e.den, scope))
        result = round_div(num, den, e.mode) * e.step
        if num % den != 0:
            ty = strip_opt(e.ty)
            assert isinstance(ty, ScaledTy)
            scope.notes.add(Rounded(scope.name, num, den, e.step, ty.scale, e.mode, result))
        return result

    def _choose(self, e: Choose, scope: Scope) -> Value:
        found: list[int] = []
        for index, branch in enumerate(e.branches):
            if as_bool(self._eval(branch.cond, scope)):
                found.append(index)
                if e.hit is Hit.FIRST:
                    break
        if not found and e.otherwise is not None:
            found = [len(e.branches)]
        if e.hit is Hit.COLLECT:
            return tuple(found)
        if not found:
            raise Undecided(NotDecided(scope.name, WhyUndecided.NO_ROW))
        if len(found) > 1:
            raise Undecided(NotDecided(scope.name, WhyUndecided.TWO_ROWS, tuple(found)))
        return found[0]

    def _override(self, e: Override, scope: Scope) -> Value:
        applied: list[int] = []
        for index, rule in enumerate(e.rules):
            if as_bool(self._eval(rule.cond, scope)):
                applied.append(index)
        scope.applied = tuple(applied)
        base = self._eval(e.base, scope)
        beaten = {loser for rule in applied for loser in _beaten_by(e, rule)}
        left = [i for i in applied if i not in beaten]
        if not left:
            return base
        values = [self._eval(e.rules[i].value, scope) for i in left]
        if any(v != values[0] for v in values):
            raise Undecided(NotDecided(scope.name, WhyUndecided.OVERRIDES_DISAGREE, tuple(left)))
        return values[0]

    def _aggregate(self, e: Aggregate, scope: Scope) -> Value:
        values: list[Value] = []
        for item in as_tuple(self._eval(e.items, scope)):
            inner = scope.with_item(e.var, item)
            if e.where is None or as_bool(self._eval(e.where, inner)):
                values.append(item if e.value is None else self._eval(e.value, inner))
        return fold(e.fold, values)

    # ---- populations

    def _pop_term(self, e: PopTerm, scope: Scope) -> int | None:
        outside = e.outside if e.kind is PopKind.CLASSIFY else None
        if self._given is not None:
            places = self._given.get(self._terms[id(e)])
            place = self._place(e, scope)
            cut_off = None if place is None or places is None else places.cut_offs.get(place[0])
            return outside if place is None or cut_off is None else cut_off.at(place[1])
        if self._portfolio is None:
            if e.kind is PopKind.CLASSIFY:
                raise Undecided(NotDecided(scope.name, WhyUndecided.NO_PORTFOLIO))
            return None
        standings = self._standing(e, self._portfolio, scope)
        place = self._place(e, scope)
        if place is None:
            return outside
        group, measure = place
        standing = standings.get(group, NOBODY)
        match e.kind:
            case PopKind.CLASSIFY:
                found = standing.class_of(measure, e.classes, largest_first=e.largest_first)
                return outside if found is None else found
            case PopKind.PERCENTILE:
                return standing.percentile(measure)
            case PopKind.SHARE:
                return standing.share(measure)
            case PopKind.QUANTILE:
                return standing.quantile(measure, e.n)
            case _:
                assert_never(e.kind)

    def _place(self, e: PopTerm, scope: Scope) -> Place | None:
        """Return group and measure of ``self``, None outside the population."""
        if not as_bool(self._eval(self._program.populations[e.population].where, scope)):
            return None
        value = self._eval(e.measure, scope)
        if value is None:
            return None
        group = None if e.group is None else self._eval(e.group, scope)
        return None if group is None and e.group is not None else (group, as_int(value))

    def _standing(
        self, e: PopTerm, portfolio: Sequence[TypedRecord], scope: Scope
    ) -> Mapping[Value, Standing]:
        """Return the members' measures, by group, computed once.

        A record whose own condition or measure is undecided is outside: it is reported when it is
        decided itself, and must not take all others with it. What was measured before the term had to
        be put aside is kept.
        """
        of_what = (e.population, e.measure, e.group)
        standing = self._standings.get(of_what)
        if standing is not None:
            return standing
        record = self._program.populations[e.population].record
        measured = self._measured.setdefault(of_what, [])
        for candidate in portfolio[len(measured) :]:
            if candidate.record != record:
                measured.append(None)
                continue
            try:
                measured.append(self._place(e, Scope(scope.name, {"self": candidate}, scope.room)))
            except Undecided:
                measured.append(None)
        groups: dict[Value, list[int]] = {}
        for place in measured:
            if place is not None:
                groups.setdefault(place[0], []).append(place[1])
        found = {group: standing_of(measures) for group, measures in groups.items()}
        self._standings[of_what] = found
        return found


def _field(record: Value, name: str) -> Value:
    assert isinstance(record, TypedRecord), f"`{name}` asked of {record!r}"
    if name not in record.fields:
        raise NotGiven(record, name)
    return record.fields[name]


def _beaten_by(e: Override, rule: int) -> set[int]:
    """Return the rules that one is written to beat, directly or through others."""
    beaten: set[int] = set()
    todo = [rule]
    while todo:
        for loser in e.rules[todo.pop()].beats:
            if loser not in beaten:
                beaten.add(loser)
                todo.append(loser)
    return beaten
