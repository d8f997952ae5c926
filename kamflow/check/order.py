"""In which order definitions can be checked: the dependency graph, and circles in it.

A unit is what is checked at once: a declaration with all its outputs, or the overridden value of one
output (which needs the declaration and the rules). Names are resolved here by records and fields alone,
so that no type has to be known yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.check import errors
from kamflow.check.symbols import DefNode, Symbols
from kamflow.core.expr import DefKey
from kamflow.syntax import nodes


@frozen
class Unit:
    """``rules`` empty: the declaration ``node``; else the value of output ``key`` after its rules."""

    key: DefKey
    node: DefNode
    rules: tuple[nodes.RuleNode, ...] = ()


def units_in_order(symbols: Symbols, rules: dict[DefKey, list[nodes.RuleNode]], sink: Sink) -> list[Unit]:
    """Return all units so that each stands after those it reads; circles are reported and left out."""
    graph = _Graph(symbols, rules)
    order: list[Unit] = []
    state: dict[DefKey, int] = {}  # 1: on the way, 2: done
    broken: set[DefKey] = set()
    for start in graph.units:
        if start in state:
            continue
        state[start] = 1
        path: list[DefKey] = [start]
        stack: list[Iterator[DefKey]] = [iter(graph.reads(start))]
        while stack:
            following = next(stack[-1], None)
            if following is None:
                stack.pop()
                key = path.pop()
                state[key] = 2
                order.append(graph.units[key])
            elif following not in state:
                state[following] = 1
                path.append(following)
                stack.append(iter(graph.reads(following)))
            elif state[following] == 1:
                circle = path[path.index(following) :]
                if not broken & set(circle):
                    _report(circle, graph, sink)
                broken.update(circle)
    return [u for u in order if u.key not in broken]


def _report(circle: list[DefKey], graph: _Graph, sink: Sink) -> None:
    names: list[str] = []
    places: list[Span] = []
    for key in circle:
        name = graph.units[key].key.name.partition("#")[0]
        if not names or names[-1] != name:
            names.append(name)
            places.append(graph.units[key].node.name.span)
    sink.add(errors.cycle(places[0], [*names, names[0]], places))


_LEAVES: frozenset[type] = frozenset(
    {
        nodes.Name, nodes.Words, nodes.Amount, nodes.DateLit, nodes.TextLit, nodes.YesNo, nodes.TodayLit,
        nodes.MissingLit, nodes.Hole, nodes.CellAny, nodes.CellMissing, nodes.ScalarType, nodes.NamedType,
        Span, str, int, bool, type(None),
    }
)  # fmt: skip
"""What no path stands in: most of a large table."""


_PARTS: dict[type, tuple[str, ...]] = {}


def _parts(kind: type) -> tuple[str, ...]:
    """Return the fields of a kind of node in which paths may stand; () for what is no node."""
    known = _PARTS.get(kind)
    if known is None:
        named = () if kind in _LEAVES or not is_dataclass(kind) else fields(kind)
        known = _PARTS[kind] = tuple(f.name for f in named if f.name != "span")
    return known


class _Graph:
    def __init__(self, symbols: Symbols, rules: dict[DefKey, list[nodes.RuleNode]]) -> None:
        self.symbols = symbols
        self.rules = rules
        self.units: dict[DefKey, Unit] = {}
        for key, node in symbols.defs.items():
            self.units.setdefault(self._decl_key(key, node), Unit(self._decl_key(key, node), node))
        for key, over in rules.items():
            self.units[key] = Unit(key, symbols.defs[key], tuple(over))

    def _decl_key(self, key: DefKey, node: DefNode) -> DefKey:
        return DefKey(key.record, f"{node.name.text}#decl")

    def unit_of(self, key: DefKey) -> DefKey:
        return key if key in self.rules else self._decl_key(key, self.symbols.defs[key])

    def reads(self, unit: DefKey) -> list[DefKey]:
        found = self.units[unit]
        out: dict[DefKey, None] = {}
        if found.rules:
            out[self._decl_key(unit, found.node)] = None
            for rule in found.rules:
                own = {DefKey(unit.record, target.parts[-1].text) for target in rule.targets}
                for part in (rule.cond, *(a.value for a in rule.assigns)):
                    for key in self.paths(part, (unit.record,)):
                        base = self._decl_key(key, self.symbols.defs[key]) if key in own else None
                        out[base or self.unit_of(key)] = None
        else:
            for key in self.paths(found.node, (unit.record,)):
                out[self.unit_of(key)] = None
        return list(out)

    def paths(self, node: object, records: tuple[str, ...]) -> Iterator[DefKey]:
        """Yield the definitions that the paths below a node read, without recursion."""
        stack: list[tuple[object, tuple[str, ...]]] = [(node, records)]
        while stack:
            item, scope = stack.pop()
            match item:
                case tuple():
                    stack.extend((x, scope) for x in item if type(x) not in _LEAVES)
                case nodes.Path():
                    yield from self._resolve(item, scope)
                case nodes.Agg(_, value, items, where):
                    yield from self._resolve(items, scope)
                    inner = self._list_record(items, scope)
                    below = (inner, *scope) if inner is not None else scope
                    stack.extend((x, below) for x in (value, where) if x is not None)
                case nodes.PopExpr(_, _, measure, population, group):
                    stack.extend((x, scope) for x in (measure, group) if x is not None)
                    stack.extend(self._population(population))
                case nodes.ClassifyNode():
                    stack.extend((x, scope) for x in (item.measure, item.group) if x is not None)
                    stack.extend(self._population(item.population))
                case nodes.Assign(_, value):  # its path is written, not read
                    stack.append((value, scope))
                case _:
                    for name in _parts(item.__class__):
                        part = getattr(item, name)
                        if type(part) not in _LEAVES:
                            stack.append((part, scope))

    def _population(self, name: nodes.Name) -> list[tuple[object, tuple[str, ...]]]:
        population = self.symbols.populations.get(name.text)
        return [(population.where, (population.record.text,))] if population is not None else []

    def _resolve(self, path: nodes.Path, scope: tuple[str, ...]) -> Iterator[DefKey]:
        head, *rest = (p.text for p in path.parts)
        scope = tuple(r for record in scope for r in self._with_parts(record))
        for record in scope:
            field_type = self._field(record, head)
            if field_type is not None:
                yield from self._follow(field_type, rest)
                return
            key = DefKey(record, head)
            if key in self.symbols.defs:
                yield key
                return
            if key in self.symbols.groups and rest:
                key = DefKey(record, rest[0])
                if key in self.symbols.defs:
                    yield key
                return
        if head in scope:
            yield from self._follow(head, rest)

    def _with_parts(self, record: str) -> Iterator[str]:
        """Yield a record, and the one that it is seen through."""
        yield record
        found = self.symbols.through(record)
        if found is not None:
            yield found[1]

    def _follow(self, record: str, rest: list[str]) -> Iterator[DefKey]:
        for name in rest:
            field_type = self._field(record, name)
            if field_type is None:
                key = DefKey(record, name)
                if key in self.symbols.defs:
                    yield key
                return
            record = field_type

    def _field(self, record: str, name: str) -> str | None:
        """Return the record type of a field ("" for any other type), None where there is no such field."""
        node = self.symbols.record_nodes.get(record)
        for field_node in node.fields if node is not None else ():
            if field_node.name.text == name:
                return field_node.type.name.text if isinstance(field_node.type, nodes.NamedType) else ""
        return None

    def _list_record(self, items: nodes.Path, scope: tuple[str, ...]) -> str | None:
        for record in (r for s in scope for r in self._with_parts(s)):
            current = record
            for part in items.parts:
                node = self.symbols.record_nodes.get(current)
                found = next((f for f in node.fields if f.name.text == part.text), None) if node else None
                if found is None:
                    break
                if isinstance(found.type, nodes.ListType) and isinstance(found.type.item, nodes.NamedType):
                    return found.type.item.name.text
                if isinstance(found.type, nodes.NamedType):
                    current = found.type.name.text
        return None
