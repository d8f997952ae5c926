"""Overrides: two that can both apply agree or are ordered; each applies sometimes, and not always.

Assumes: a lowered program. Leaves: findings; what could not be decided is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.core.expr import Apply, Expr, IsPresent, Lit, Op, Override, OverrideRule, Unwrap
from kamflow.core.plain import plain_record
from kamflow.core.program import Def, Program
from kamflow.core.ty import BOOL, BoolTy, OptTy, TextTy, strip_opt
from kamflow.core.wording import say
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.engines.smt.search import LIMIT, Search
from kamflow.prove import errors
from kamflow.prove.intervals import Days, intervals, params_of
from kamflow.prove.replay import Replayed, must_be, replay
from kamflow.prove.sampling import Trial
from kamflow.prove.witness import matters
from kamflow.values.data import TypedRecord, Value
from kamflow.values.outcome import Undecided


@dataclass(frozen=True, slots=True)
class OverrideFindings:
    """``tried``: the rules (by their place) that were looked at; ``undecided``: those left open."""

    findings: tuple[Diagnostic, ...]
    tried: frozenset[Span]
    undecided: frozenset[Span]


def overridden(program: Program) -> tuple[tuple[Def, Override], ...]:
    """Return the definitions that rules override."""
    return tuple((d, d.body) for d in program.defs.values() if isinstance(d.body, Override))


def try_overrides(program: Program, days: Days, *, limit: int = LIMIT) -> OverrideFindings:
    """Look at all overrides of a program on some days."""
    found: list[Diagnostic] = []
    idle: dict[Span, list[tuple[str, OverrideRule, str]]] = {}
    undecided: dict[Span, Diagnostic] = {}
    tried: set[Span] = set()
    known: dict[tuple[str, Expr], str] = {}  # a rule of several outputs has one condition
    for d, body in overridden(program):
        asked = _Asked(program, d, body, days, limit)
        found.extend(asked.disagreements())
        for rule in body.rules:
            tried.add(rule.tag.span)
            condition = (d.key.record, rule.cond)
            if condition not in known:
                known[condition] = asked.applies(rule)
            idle.setdefault(rule.tag.span, []).append((known[condition], rule, d.key.name))
        for span, finding in asked.undecided:
            undecided.setdefault(span, finding)
    for all_of in idle.values():  # a rule of several outputs is said once, when it holds for all of them
        answers = {how for how, _, _ in all_of}
        _, rule, output = all_of[0]
        if answers == {"never"}:
            found.append(errors.override_never(rule.tag, output))
        elif answers == {"always"}:
            found.append(errors.override_always(rule.tag, output))
    return OverrideFindings((*found, *undecided.values()), frozenset(tried), frozenset(undecided))


class _Asked:
    """One overridden definition."""

    def __init__(self, program: Program, d: Def, body: Override, days: Days, limit: int) -> None:
        self._program, self._def, self._body, self._limit = program, d, body, limit
        facts = [f.cond for f in program.impossible if f.record == d.key.record]
        roots = [*facts, *(e for r in body.rules for e in (r.cond, r.value))]
        self._stretches = intervals(program, days, params_of(program, roots))
        self.undecided: list[tuple[Span, Diagnostic]] = []

    def _each(self, conds: Sequence[Expr], *, readable: bool = True) -> Iterator[tuple[Days, Answer]]:
        for stretch in self._stretches:
            search = Search(self._program, self._def.key.record, stretch, self._limit)
            yield stretch, search.find(conds, readable=readable)

    def applies(self, rule: OverrideRule) -> str:
        """Say whether a rule applies ``never``, ``always`` or ``sometimes``."""
        plain = self._plainly(rule.cond)
        for how, cond, sample in (("never", rule.cond, True), ("always", _not(rule.cond), False)):
            if plain is sample or self._met(cond):
                continue
            for _, answer in self._each([cond], readable=False):
                if isinstance(answer, NotKnown):
                    self._note(rule, answer)
                if not isinstance(answer, Nowhere):
                    break
            else:
                return how
        return "sometimes"

    def _met(self, cond: Expr) -> bool:
        trial = Trial(self._program, self._def.key.record, self._stretches[0], cond)
        return trial.by_chance() or trial.step_by_step()

    def _plainly(self, cond: Expr) -> Value:
        """Try a condition on the plainest record: that spares most searches for an exception."""
        day = self._stretches[0].first
        one = Replayed(self._program, plain_record(self._def.key.record, self._program, day), day)
        try:
            facts = [f.cond for f in self._program.impossible if f.record == self._def.key.record]
            return None if any(one.value(f) for f in facts) else one.value(cond)
        except Undecided:
            return None

    def _note(self, rule: OverrideRule, answer: NotKnown) -> None:
        finding = errors.not_decided(rule.tag.span, errors.override_name(rule.tag.name), answer.why)
        self.undecided.append((rule.tag.span, finding))

    def disagreements(self) -> Iterator[Diagnostic]:
        rules = self._body.rules
        for i, j in combinations(range(len(rules)), 2):
            if j in beaten(self._body, i) or i in beaten(self._body, j):
                continue
            conds = self._conflict(i, j)
            if conds is not None:
                first, second = sorted((rules[i], rules[j]), key=lambda r: r.tag.span)
                yield from self._conflict_finding(first, second, conds)

    def _conflict(self, i: int, j: int) -> list[Expr] | None:
        """Return when two rules count and give different values; None where they can't differ."""
        a, b = self._body.rules[i], self._body.rules[j]
        if a.value == b.value or _exclude(a.cond, b.cond):
            return None
        stronger = [
            r.cond
            for k, r in enumerate(self._body.rules)
            if k not in (i, j) and {i, j} & beaten(self._body, k)
        ]
        return [a.cond, b.cond, *map(_not, stronger), _differ(a.value, b.value)]

    def _conflict_finding(
        self, a: OverrideRule, b: OverrideRule, conds: Sequence[Expr]
    ) -> Iterator[Diagnostic]:
        for stretch, answer in self._each(conds):
            if isinstance(answer, NotKnown):
                self._note(b, answer)
            elif isinstance(answer, Found):
                since = stretch.first if stretch != self._stretches[0] else None
                yield self._said(a, b, conds, answer, since)
                return

    def _said(
        self, a: OverrideRule, b: OverrideRule, conds: Sequence[Expr], found: Found, since: int | None
    ) -> Diagnostic:
        what = f"`{a.tag.name}` and `{b.tag.name}`"
        records = replay(self._program, found, what)
        for cond in conds:
            must_be(records, cond, True, what)
        one = records[0]

        def holds(record: TypedRecord) -> bool:
            there = Replayed(self._program, record, one.as_of)
            return all(there.value(c) is True for c in conds)

        def said(rule: OverrideRule) -> Text:
            return say(one.value(rule.value), rule.value.ty, self._program)

        shown = matters(one, holds, conds)
        name = self._def.key.name
        return errors.overrides_can_disagree(name, since, (a.tag, said(a)), (b.tag, said(b)), shown)


def beaten(body: Override, rule: int) -> frozenset[int]:
    """Return the rules that one overrules, directly or through others."""
    done: set[int] = set()
    todo = [rule]
    while todo:
        fresh = [loser for loser in body.rules[todo.pop()].beats if loser not in done]
        done.update(fresh)
        todo.extend(fresh)
    return frozenset(done)


def _not(cond: Expr) -> Expr:
    return Apply(Op.NOT, (cond,), BOOL, cond.span)


def _exclude(a: Expr, b: Expr) -> bool:
    """Say whether two conditions plainly can't hold together: one part asks for what the other denies."""
    left, right = _parts(a), _parts(b)
    if any(_not(p) in right for p in left) or any(_not(p) in left for p in right):
        return True
    points = {p.args[0]: _constant(p) for p in left if _is_point(p)}
    return any(_is_point(p) and points.get(p.args[0], _constant(p)) != _constant(p) for p in right)


def _parts(cond: Expr) -> tuple[Apply, ...]:
    if not isinstance(cond, Apply):
        return ()
    return tuple(p for a in cond.args for p in _parts(a)) if cond.op is Op.AND else (cond,)


def _is_point(p: Apply) -> bool:
    """Say whether a condition compares something with a constant."""
    return p.op in {Op.EQ_INT, Op.EQ_TEXT} and isinstance(p.args[1], Lit) and not isinstance(p.args[0], Lit)


def _constant(p: Apply) -> Value:
    assert isinstance(p.args[1], Lit), "a point is a constant"
    return p.args[1].value


def _differ(a: Expr, b: Expr) -> Expr:
    """Return that two values are not the same; missing is the same as missing."""
    op = {BoolTy: Op.EQ_BOOL, TextTy: Op.EQ_TEXT}.get(type(strip_opt(a.ty)), Op.EQ_INT)
    there = [IsPresent(e, BOOL, e.span) for e in (a, b) if isinstance(e.ty, OptTy)]
    equal = Apply(op, (_present(a), _present(b)), BOOL, a.span)
    if not there:
        return _not(equal)
    all_there: Expr = there[0] if len(there) == 1 else Apply(Op.AND, tuple(there), BOOL, a.span)
    one_only = _not(all_there)
    if len(there) == 2:
        one_only = _not(Apply(Op.EQ_BOOL, tuple(there), BOOL, a.span))
    both = Apply(Op.AND, (all_there, _not(equal)), BOOL, a.span)
    return Apply(Op.OR, (one_only, both), BOOL, a.span)


def _present(e: Expr) -> Expr:
    return Unwrap(e, e.ty.inner, e.span) if isinstance(e.ty, OptTy) else e
