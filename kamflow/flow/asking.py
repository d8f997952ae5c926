"""Questions about guards of one workflow, on some days: who makes these true and those not?

Records are tried at random first: most questions have many answers. Then what the policies decide is taken as
free values: that none is found so proves that there is none, and is quick. What is left is asked in full.
Assumes: a link without errors. Leaves: answers of the search; what is found was tried by the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kamflow.core.expr import Apply, DefKey, Expr, IsPresent, Lit, Op, Ref, Unwrap, Var, walk
from kamflow.core.program import Program
from kamflow.core.ty import BOOL, OptTy, RecordTy
from kamflow.core.wording import say
from kamflow.engines.smt.answer import Answer, Found, NotKnown, Nowhere
from kamflow.engines.smt.search import LIMIT, Search
from kamflow.flow.as_policy import Joint, fact, record_of
from kamflow.flow.expressions import event_of
from kamflow.prove.intervals import Days, intervals, params_of
from kamflow.prove.kept_free import kept_free
from kamflow.prove.replay import Replayed, must_be, replay
from kamflow.prove.sampling import Trial
from kamflow.prove.witness import Shown
from kamflow.workflow import keys
from kamflow.workflow.model import Transition, Workflow

Exists: TypeAlias = bool | NotKnown


@dataclass(slots=True)
class Asking:
    """``program`` is lowered. Answers to the same question are kept: states share global transitions."""

    workflow: Workflow
    joint: Joint
    program: Program
    days: Days
    limit: int = LIMIT
    _free: Program = field(init=False)
    _known: dict[tuple[Expr, ...], Exists] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = f"{self.workflow.id.text}@"
        bodies = [d.body for k, d in self.program.defs.items() if k.record.startswith(own)]
        read = {n.key for b in bodies for n in walk(b) if isinstance(n, Ref)}
        self._free = kept_free(self.program, {k for k in read if not k.record.startswith(own)})

    def guard(self, transition: Transition) -> Expr:
        """Return that a transition's guard is true; unknown is not."""
        return self._true(record_of(self.workflow.id.text, event_of(transition)), transition)

    def plain_guard(self, transition: Transition) -> Expr:
        """Return the guard as its definition's body has it."""
        key = DefKey(record_of(self.workflow.id.text, event_of(transition)), keys.guard(transition.id.text))
        found = self.program.defs.get(key)
        return Lit(True, BOOL, transition.span) if found is None else found.body

    def _true(self, record: str, transition: Transition) -> Expr:
        at = transition.when.span if transition.when is not None else transition.span
        found = self.program.defs.get(DefKey(record, keys.guard(transition.id.text)))
        if found is None:
            return Lit(True, BOOL, at)
        ref = Ref(found.key, Var("self", RecordTy(record), at), found.ty, at)
        if not isinstance(found.ty, OptTy):
            return ref
        return Apply(Op.AND, (IsPresent(ref, BOOL, at), Unwrap(ref, BOOL, at)), BOOL, at)

    def stretches(self, conds: Iterable[Expr]) -> tuple[Days, ...]:
        """Cut the days where a parameter changes that plays a part."""
        return intervals(self.program, self.days, params_of(self.program, conds))

    def exists(self, record: str, conds: Sequence[Expr]) -> Exists:
        """Say whether there is a record on any of the days: True, False, or why that is not known."""
        known = tuple(conds)
        if known not in self._known:
            answers = [self._on(record, conds, days) for days in self.stretches(conds)]
            unknown = [a for a in answers if isinstance(a, NotKnown)]
            there = any(a is True for a in answers)
            self._known[known] = there or (unknown[0] if unknown else False)
        return self._known[known]

    def _on(self, record: str, conds: Sequence[Expr], days: Days) -> Exists:
        cond = conds[0] if len(conds) == 1 else Apply(Op.AND, tuple(conds), BOOL, conds[0].span)
        trial = Trial(self.program, record, days, cond)
        if trial.by_chance():
            return True
        if Search(self._free, record, days, self.limit).has_none(conds):
            return False
        if trial.step_by_step():
            return True
        answer = Search(self.program, record, days, self.limit).find(conds, readable=False)
        return answer if isinstance(answer, NotKnown) else isinstance(answer, Found)

    def find(self, record: str, conds: Sequence[Expr]) -> tuple[Answer, int | None]:
        """Find a record for people on any day; the first day of its stretch, where that is not the first."""
        stretches = self.stretches(conds)
        last: Answer = Nowhere()
        for stretch in stretches:
            if Search(self._free, record, stretch, self.limit).has_none(conds):
                continue
            answer = Search(self.program, record, stretch, self.limit).find(conds)
            if isinstance(answer, Found):
                return answer, stretch.first if stretch != stretches[0] else None
            last = answer if not isinstance(answer, Nowhere) else last
        return last, None

    def replayed(self, found: Found, conds: Sequence[Expr], what: str) -> Replayed:
        """Try the interpreter on what was found; a difference is a bug of ours."""
        records = replay(self.program, found, what)
        for cond in conds:
            must_be(records, cond, True, what)
        return records[0]

    def facts_of(self, one: Replayed, transitions: Iterable[Transition]) -> tuple[Shown, ...]:
        """Return what guards name, with the values of a record."""
        record = one.record.record
        seen: dict[str, Shown] = {}
        for transition in transitions:
            own = (record_of(self.workflow.id.text, event_of(transition)), keys.guard(transition.id.text))
            for path in self.joint.facts.get(own, ()):
                found = self.program.defs.get(DefKey(record, fact(path)))
                if found is None or path in seen:
                    continue
                value = one.value(
                    Ref(found.key, Var("self", RecordTy(record), found.span), found.ty, found.span)
                )
                seen[path] = Shown(path, say(value, found.ty, self.program))
        return tuple(seen.values())


def negated(cond: Expr) -> Expr:
    return Apply(Op.NOT, (cond,), BOOL, cond.span)
