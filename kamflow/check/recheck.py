"""One declaration of a checked program, checked again after an edit: what the edit makes of the program.

Assumes: files that were checked without an error, and the program that came of them. Leaves: a program
with the definitions of the edited declaration exchanged; all others are those that were there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kamflow.base.diagnostic import Sink
from kamflow.check.check_data import check_param, check_records
from kamflow.check.check_decl import check_unit
from kamflow.check.check_expr import check_condition
from kamflow.check.check_program import rules_by_target, scenario_values
from kamflow.check.facts import NO_FACTS
from kamflow.check.order import Unit
from kamflow.check.scope import Scope
from kamflow.check.symbols import DefNode, collect
from kamflow.check.widths import refuse_wide
from kamflow.core import ty as t
from kamflow.core.expr import DefKey, Override, Ref, Var
from kamflow.core.program import Def, ParamDecl, Population, Program
from kamflow.syntax import nodes


@dataclass(frozen=True, slots=True)
class Changed:
    """What an edit of one declaration exchanged.

    ``elsewhere``: a definition has another scale or kind now, so what reads it would have to be
    checked again too; then only a check of the whole text tells what the edit means.
    """

    defs: tuple[Def, ...] = ()
    param: ParamDecl | None = None
    population: Population | None = None
    elsewhere: bool = False

    def apply(self, program: Program) -> Program:
        if self.param is not None:
            return replace(program, params={**program.params, self.param.name: self.param})
        if self.population is not None:
            return replace(
                program, populations={**program.populations, self.population.name: self.population}
            )
        return replace(program, defs={**program.defs, **{d.key: d for d in self.defs}})


class Bench:
    """The declarations of one program."""

    def __init__(self, files: Iterable[nodes.PolicyFile], program: Program) -> None:
        self._program = program
        self._symbols = collect(tuple(files), Sink())
        params = {name: p.ty for name, p in program.params.items()}
        self._scopes = {
            name: Scope(self._symbols, owner, Sink(), program.defs, params, None)
            for name, owner in self._symbols.owners.items()
        }
        check_records(self._symbols, self._scopes, Sink())
        self._rules = rules_by_target(self._symbols, Sink())
        self._scenarios = scenario_values(self._symbols)

    def change(self, old: nodes.Decl, new: nodes.Decl | None) -> Changed | None:
        """Check ``new`` in the place of ``old`` (None: nothing there); None where that is an error."""
        owner = self._symbols.owner(old)
        if new is not None:
            self._symbols.owner_of[id(new)] = owner
        sink = Sink()
        scope = replace(self._scopes[owner.policy], sink=sink)
        try:
            changed = self._change(old, new, scope)
        finally:
            if new is not None:
                del self._symbols.owner_of[id(new)]
        return None if sink.has_errors else changed

    def _change(self, old: nodes.Decl, new: nodes.Decl | None, scope: Scope) -> Changed | None:
        match old, new:
            case nodes.RuleNode(), nodes.RuleNode() | None:
                return self._settled(d for key in self._keys(old) for d in self._ruled(key, old, new, scope))
            case nodes.ParamNode(), nodes.ParamNode():
                param = check_param(new, scope, self._scenarios.get(new.name.text, []))
                before = self._program.params[old.name.text]
                if param is None:
                    return None
                return Changed(param=param, elsewhere=not _same_form(before.ty, param.ty))
            case nodes.PopulationNode(), nodes.PopulationNode():
                inner = replace(scope, subject=new.record.text)
                where = check_condition(new.where, inner, NO_FACTS)
                if where is None:
                    return None
                return Changed(population=Population(new.name.text, new.record.text, where, new.span))
            case (
                nodes.DefineNode() | nodes.ClassifyNode() | nodes.ScorecardNode() | nodes.DecisionNode(),
                nodes.DefineNode() | nodes.ClassifyNode() | nodes.ScorecardNode() | nodes.DecisionNode(),
            ):
                key = DefKey(new.record.text, f"{new.name.text}#decl")
                return self._settled(self._unit(Unit(key, new), scope, new.name.text))
            case _:
                return None

    def _keys(self, rule: nodes.RuleNode) -> list[DefKey]:
        return [key for key, rules in self._rules.items() if any(r is rule for r in rules)]

    def _ruled(self, key: DefKey, old: nodes.RuleNode, new: nodes.RuleNode | None, scope: Scope) -> list[Def]:
        left = [new if r is old else r for r in self._rules[key]]
        rules = tuple(r for r in left if r is not None)
        if rules:
            return self._unit(Unit(key, self._node(key), rules), scope, key.name)
        before = self._program.defs[key]
        assert isinstance(before.body, Override)
        base = self._program.defs[DefKey(key.record, f"{key.name}#base")]
        at = before.span
        ref = Ref(base.key, Var("self", t.RecordTy(key.record), at), base.ty, at)
        return [replace(before, ty=base.ty, body=Override(ref, (), base.ty, before.body.span))]

    def _node(self, key: DefKey) -> DefNode:
        return self._symbols.defs[key]

    def _unit(self, unit: Unit, scope: Scope, home: str) -> list[Def]:
        inner = replace(scope, subject=unit.key.record, hidden=[], home=home)
        return refuse_wide(check_unit(unit, inner, frozenset(self._rules)), scope.sink)

    def _settled(self, defs: Iterable[Def]) -> Changed | None:
        made = tuple(defs)
        if not made:
            return None
        known = self._program.defs
        elsewhere = any(d.key in known and not _same_form(known[d.key].ty, d.ty) for d in made)
        fresh = tuple(d for d in made if d.key not in known or d != known[d.key])
        return Changed(fresh, elsewhere=elsewhere)


def _same_form(a: t.Ty, b: t.Ty) -> bool:
    """Say whether two types differ in their ranges at most."""
    match a, b:
        case t.ScaledTy(), t.ScaledTy():
            return (a.unit, a.scale) == (b.unit, b.scale)
        case (t.OptTy(x), t.OptTy(y)) | (t.ListTy(x), t.ListTy(y)):
            return _same_form(x, y)
        case t.StructTy(xs), t.StructTy(ys):
            names = [n for n, _ in xs] == [n for n, _ in ys]
            return names and all(_same_form(x, y) for (_, x), (_, y) in zip(xs, ys, strict=True))
        case _:
            return a == b
