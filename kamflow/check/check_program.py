"""All policies that are in force together, checked into one ``Program``.

Assumes: parsed files. Leaves: a program that meets the laws of the core (tables still tables), or None
with at least one error in the sink. Text order never matters: definitions are checked in the order in
which they need each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kamflow.base.diagnostic import Sink
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.check import decl_errors, errors
from kamflow.check.check_data import check_params, check_records
from kamflow.check.check_decl import check_unit
from kamflow.check.check_expr import check_condition
from kamflow.check.check_rest import check_impossible, check_property, check_scenario, check_test
from kamflow.check.facts import NO_FACTS
from kamflow.check.order import units_in_order
from kamflow.check.scope import Scope
from kamflow.check.symbols import Symbols, collect, made_up, words
from kamflow.check.widths import fits_all, refuse_wide
from kamflow.core.expr import DefKey, Expr, Get, Var
from kamflow.core.program import (
    Def,
    DefKind,
    Impossible,
    ParamDecl,
    PolicyInfo,
    Population,
    Program,
    Property,
    Scenario,
    TestCase,
)  # fmt: skip
from kamflow.core.rewrite import rewrite
from kamflow.core.ty import RecordTy, Ty
from kamflow.syntax import nodes
from kamflow.values.currencies import code_of
from kamflow.values.dates import day_from_iso

_FIRST_DAY = day_from_iso("2000-01-01") or 1


def check_program(
    files: tuple[nodes.PolicyFile, ...], digests: Mapping[str, str], sink: Sink, *, readable: bool = True
) -> Program | None:
    """Check files together. ``digests``: source name → sha256 of its text, for the program's identity.

    Where a part of them could not be read (not ``readable``), a name that nobody reads is no finding.
    """
    symbols = collect(files, sink)
    params: dict[str, ParamDecl] = {}
    param_types: dict[str, Ty] = {}
    defs: dict[DefKey, Def] = {}
    scopes = {
        name: Scope(symbols, owner, sink, defs, param_types, None) for name, owner in symbols.owners.items()
    }
    check_records(symbols, scopes, sink)
    params |= check_params(symbols, scopes, scenario_values(symbols))
    param_types |= {name: p.ty for name, p in params.items()}
    rules = rules_by_target(symbols, sink)
    overridden = frozenset(rules)
    for unit in units_in_order(symbols, rules, sink):
        scope = scopes[symbols.owner(unit.node).policy]
        inner = replace(scope, subject=unit.key.record, hidden=[], home=unit.key.name.partition("#")[0])
        for made in refuse_wide(check_unit(unit, inner, overridden), sink):
            defs[made.key] = made
    populations = check_populations(symbols, scopes)
    facts, properties, tests, scenarios = _check_others(symbols, scopes, params)
    conditions = [p.where for p in populations.values()] + [f.cond for f in facts]
    conditions += [e for p in properties for e in (p.value, p.driver) if e is not None]
    conditions += [x.cond for test in tests for x in test.expects if x.cond is not None]
    fits_all(conditions, sink)
    _shadowing(symbols, sink)
    if not sink.has_errors:
        if readable:
            _unused(symbols, defs, sink)
        return Program(
            _policy_infos(files, digests), symbols.enums, symbols.records, params, defs, populations, facts,
            properties, tests, scenarios,
        )  # fmt: skip
    return None


def _policy_infos(files: tuple[nodes.PolicyFile, ...], digests: Mapping[str, str]) -> tuple[PolicyInfo, ...]:
    out: list[PolicyInfo] = []
    for file in files:
        h = file.header
        if h is None:
            continue
        out.append(
            PolicyInfo(
                h.name.text,
                words(h.title),
                h.owner.value if h.owner else "",
                h.effective_from.day if h.effective_from else 1,
                h.until.day if h.until else None,
                code_of(h.currency.text) if h.currency else "",
                tuple(u.text for u in h.uses),
                tuple(p.text for p in h.purposes),
                digests.get(file.source, ""),
                file.lang.value,
                h.span,
            )
        )
    return tuple(out)


def scenario_values(symbols: Symbols) -> dict[str, list[nodes.Expr]]:
    out: dict[str, list[nodes.Expr]] = {}
    for node in symbols.others:
        if isinstance(node, nodes.ScenarioNode):
            for name, value in node.sets:
                out.setdefault(name.text, []).append(value)
    return out


def rules_by_target(symbols: Symbols, sink: Sink) -> dict[DefKey, list[nodes.RuleNode]]:
    """Sort rules by the output they override; a rule's name as target only orders the two rules."""
    names = {r.name.text: r for r in symbols.rules}
    out: dict[DefKey, list[nodes.RuleNode]] = {}
    seen: dict[str, Span] = {}
    for rule in symbols.rules:
        if rule.name.text in seen:
            what = Text("another rule", "另一条规则")
            sink.add(errors.defined_twice(rule.name.span, rule.name.text, seen[rule.name.text], what))
            continue
        seen[rule.name.text] = rule.name.span
        for target in rule.targets:
            if len(target.parts) == 1 and target.parts[0].text in names:
                continue
            key = _target_key(target, rule, symbols)
            if key is None:
                if target.parts[-1].text not in symbols.owner(rule).broken:
                    outputs = [k.name for k, d in symbols.defs.items() if isinstance(d, nodes.DecisionNode)]
                    near = suggest(str(target), outputs)
                    sink.add(decl_errors.rule_target(target.span, str(target), near))
                continue
            symbols.used.add(f"def:{key.record}.{key.name}")
            out.setdefault(key, []).append(rule)
        assigned = {a.path.parts[-1].text for a in rule.assigns}
        for name in assigned - {p.parts[-1].text for p in rule.targets}:
            message = Text(f"`{name}` is assigned but not overridden", f"给“{name}”赋了值，但没有声明覆盖它")
            place = next(a.path.span for a in rule.assigns if a.path.parts[-1].text == name)
            sink.add(decl_errors.rule_assigns(place, message))
    _refuse_circles(names, sink)
    for over in out.values():
        over.sort(key=lambda r: r.name.text)  # not by place: text order never matters, in traces neither
    return out


def _refuse_circles(rules: dict[str, nodes.RuleNode], sink: Sink) -> None:
    """Report rules that are to come before each other: they would beat one another, and none would count."""
    beats = {
        name: [p.parts[0].text for p in rule.targets if len(p.parts) == 1 and p.parts[0].text in rules]
        for name, rule in rules.items()
    }
    done: set[str] = set()
    for start in rules:
        path = [start]
        stack = [iter(beats[start])] if start not in done else []
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                done.add(path.pop())
            elif following in path:
                circle = path[path.index(following) :]
                places = [rules[r].name.span for r in circle]
                sink.add(errors.rules_in_circle(places[0], [*circle, circle[0]], places))
                done.update(circle)
            elif following not in done:
                path.append(following)
                stack.append(iter(beats[following]))


def _target_key(target: nodes.Path, rule: nodes.RuleNode, symbols: Symbols) -> DefKey | None:
    """Find the decision output that a rule overrides: `tier`, or `playbook.max_offer`."""
    name = target.parts[-1].text
    record = rule.record.text if rule.record is not None else None
    found = [
        k
        for k, node in symbols.defs.items()
        if k.name == name
        and isinstance(node, nodes.DecisionNode)
        and (record is None or k.record == record)
        and (len(target.parts) == 1 or node.name.text == target.parts[0].text)
    ]
    return found[0] if len(found) == 1 else None


def check_populations(symbols: Symbols, scopes: Mapping[str, Scope]) -> dict[str, Population]:
    out: dict[str, Population] = {}
    for name, node in symbols.populations.items():
        scope = replace(scopes[symbols.owner(node).policy], subject=node.record.text)
        if node.record.text not in symbols.record_nodes:
            near = suggest(node.record.text, symbols.record_nodes)
            scope.sink.add(errors.unknown_type(node.record.span, node.record.text, near))
            continue
        where = check_condition(node.where, scope, NO_FACTS)
        if where is not None:
            out[name] = Population(name, node.record.text, where, node.span)
    return out


def _check_others(
    symbols: Symbols, scopes: Mapping[str, Scope], params: dict[str, ParamDecl]
) -> tuple[tuple[Impossible, ...], tuple[Property, ...], tuple[TestCase, ...], tuple[Scenario, ...]]:
    facts: list[Impossible] = []
    properties: list[Property] = []
    tests: list[TestCase] = []
    scenarios: list[Scenario] = []
    for node in symbols.others:
        owner = symbols.owner(node)
        scope = replace(scopes[owner.policy], hidden=[], home="")
        match node:
            case nodes.ImpossibleNode():
                fact = check_impossible(node, scope)
                facts += [fact] if fact is not None else []
            case nodes.PropertyNode():
                prop = check_property(node, scope)
                properties += [prop] if prop is not None else []
            case nodes.TestNode():
                start = owner.effective_from if owner.effective_from > 1 else _FIRST_DAY
                case = check_test(node, scope, start)
                tests += [case] if case is not None else []
            case nodes.ScenarioNode():
                scenario = check_scenario(node, params, scope)
                scenarios += [scenario] if scenario is not None else []
    facts += [made for fact in facts for made in _seen_through(fact, symbols)]
    return tuple(facts), tuple(properties), tuple(tests), tuple(scenarios)


def _seen_through(fact: Impossible, symbols: Symbols) -> Iterator[Impossible]:
    """Yield a fact about a record for those through which it is seen: a workflow's cases have subjects."""
    for name in symbols.record_nodes:
        found = symbols.through(name)
        if found is not None and found[1] == fact.record:
            field, _ = found
            owner = RecordTy(name)

            def moved(e: Expr, field: str = field, owner: RecordTy = owner) -> Expr | None:
                if isinstance(e, Var) and e.name == "self":
                    return Get(Var("self", owner, e.span), field, e.ty, e.span)
                return None

            yield replace(fact, record=name, cond=rewrite(fact.cond, moved))


def _shadowing(symbols: Symbols, sink: Sink) -> None:
    """Refuse names that would mean two things at once."""
    for key, node in symbols.defs.items():
        record = symbols.records.get(key.record)
        clash = record.field(key.name) if record is not None else None
        if clash is not None:
            what = Text(f"a field of {key.record}", f"“{key.record}”的字段")
            sink.add(errors.shadowed(node.name.span, key.name, clash.span, what))
        if key.name in symbols.params:
            what = Text("a parameter", "参数")
            sink.add(errors.shadowed(node.name.span, key.name, symbols.params[key.name].name.span, what))
    for name, param in symbols.params.items():
        records = [r for r in symbols.records.values() if not made_up(r.name)]
        fields = [(r.name, f) for r in records for f in r.fields if f.name == name]
        if fields:
            owner, decl = fields[0]
            what = Text(f"a field of {owner}", f"“{owner}”的字段")
            sink.add(errors.shadowed(param.name.span, name, decl.span, what))


def _unused(symbols: Symbols, defs: Mapping[DefKey, Def], sink: Sink) -> None:
    for name, node in symbols.params.items():
        if f"param:{name}" not in symbols.used:
            sink.add(errors.unused(node.name.span, Text("parameter", "参数"), name))
    for name, pop in symbols.populations.items():
        if f"pop:{name}" not in symbols.used:
            sink.add(errors.unused(pop.name.span, Text("population", "总体"), name))
    for name, enum in symbols.enums.items():
        if f"type:{name}" not in symbols.used:
            sink.add(errors.unused(enum.span, Text("type", "类型"), name))
    for key, made in defs.items():
        if made.kind is DefKind.FACT and f"def:{key.record}.{key.name}" not in symbols.used:
            sink.add(errors.unused(made.span, Text("definition", "定义"), key.name))
