"""What is declared, by whom, and who may see it: the names of all files in force together.

Assumes: parsed files. Leaves: a ``Symbols`` in which every name stands once; names written twice and
unknown policies are reported. Types of fields are resolved here (they depend on nothing computed).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TypeAlias

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import NO_TEXT, Lang, Text
from kamflow.check import decl_errors, errors
from kamflow.core.expr import DefKey
from kamflow.core.program import EnumDecl, RecordDecl
from kamflow.core.ty import EnumTy
from kamflow.syntax import nodes
from kamflow.syntax.errors import unknown_currency
from kamflow.values.currencies import CURRENCIES, code_of, meant_currency
from kamflow.values.dates import show_day

DefNode: TypeAlias = nodes.DefineNode | nodes.ClassifyNode | nodes.ScorecardNode | nodes.DecisionNode


@frozen
class Owner:
    """The policy that a declaration stands in."""

    policy: str
    lang: Lang
    currency: str
    month_end_clamp: bool | None
    purposes: tuple[str, ...]
    effective_from: int
    header: Span
    broken: frozenset[str]
    sees: frozenset[str]  # policies whose names it may use, itself included


@dataclass(slots=True)
class Symbols:
    owners: dict[str, Owner] = field(default_factory=dict)
    enums: dict[str, EnumDecl] = field(default_factory=dict)
    enum_nodes: dict[str, nodes.TypeDecl] = field(default_factory=dict)
    record_nodes: dict[str, nodes.RecordNode] = field(default_factory=dict)
    records: dict[str, RecordDecl] = field(default_factory=dict)
    params: dict[str, nodes.ParamNode] = field(default_factory=dict)
    populations: dict[str, nodes.PopulationNode] = field(default_factory=dict)
    defs: dict[DefKey, DefNode] = field(default_factory=dict)  # every readable name -> its declaration
    groups: dict[DefKey, nodes.DecisionNode] = field(default_factory=dict)  # decisions with `gives`
    rules: list[nodes.RuleNode] = field(default_factory=list)
    others: list[nodes.PropertyNode | nodes.ImpossibleNode | nodes.TestNode | nodes.ScenarioNode] = field(
        default_factory=list
    )
    owner_of: dict[int, Owner] = field(default_factory=dict)  # id(declaration) -> policy
    foreign_seen: set[tuple[str, str]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # "param:x", "type:y", "pop:z", "def:r.n"

    def owner(self, node: object) -> Owner:
        return self.owner_of[id(node)]

    def foreign(self, node: object, owner: Owner) -> str | None:
        """Return the policy of a declaration that ``owner`` may not use, None where it may.

        A `uses` that is missing is one mistake: it is returned once, however many names are read.
        """
        policy = self.owner_of[id(node)].policy
        if policy in owner.sees or (owner.policy, policy) in self.foreign_seen:
            return None
        self.foreign_seen.add((owner.policy, policy))
        return policy

    def through(self, record: str) -> tuple[str, str] | None:
        """Return the field that a record is seen through, and that field's record; None for most."""
        node = self.record_nodes.get(record)
        name = node.through if node is not None else ""
        if node is None or not name:
            return None
        found = next((f.type for f in node.fields if f.name.text == name), None)
        return (name, found.name.text) if isinstance(found, nodes.NamedType) else None

    def def_names(self, record: str) -> list[str]:
        return [k.name for k in self.defs if k.record == record]

    def types_with(self, member: str) -> list[str]:
        """Return the types that have a member of this name."""
        return [name for name, e in self.enums.items() if member in e.ty.members]

    def enum_members(self) -> set[str]:
        return {m for e in self.enums.values() for m in e.ty.members}


def made_up(record: str) -> bool:
    """Say whether a record stands in no policy: it was made for a workflow (`complaint@verified`)."""
    return "@" in record


def words(label: nodes.Words | None) -> Text:
    return label.text if label is not None else NO_TEXT


def collect(files: tuple[nodes.PolicyFile, ...], sink: Sink) -> Symbols:
    """Enter every declaration under its name."""
    symbols = Symbols()
    names = {f.header.name.text: f for f in files if f.header is not None}
    broken = frozenset(name for f in files for name in _unreadable(f))
    headless = any(f.header is None for f in files)
    for file in files:
        if file.header is None:
            continue  # what is wrong with it was said where it was read
        _check_header(file.header, names, sink, complete=not headless)
        symbols.owners[file.header.name.text] = _owner(file, file.header, names, broken)
    for file in files:
        if file.header is None:
            continue
        owner = symbols.owners[file.header.name.text]
        for decl in file.decls:
            symbols.owner_of[id(decl)] = owner
            _enter(decl, symbols, sink)
    return symbols


def _unreadable(file: nodes.PolicyFile) -> Iterator[str]:
    """Yield the names in what could not be read: not to find them is no finding, in any file."""
    yield from file.broken
    stack: list[object] = list(file.decls) if file.header is None else []
    while stack:
        item = stack.pop()
        if isinstance(item, nodes.Name):
            yield item.text
        elif isinstance(item, tuple):
            stack.extend(item)
        elif is_dataclass(item) and not isinstance(item, type | Span):
            stack.extend(getattr(item, f.name) for f in fields(item) if f.name != "span")


def _owner(
    file: nodes.PolicyFile,
    header: nodes.Header,
    names: dict[str, nodes.PolicyFile],
    broken: frozenset[str],
) -> Owner:
    sees, todo = {header.name.text}, [u.text for u in header.uses]
    while todo:
        name = todo.pop()
        if name in sees:
            continue
        sees.add(name)
        used = names.get(name)
        if used is not None and used.header is not None:
            todo.extend(u.text for u in used.header.uses)
    currency = header.currency.text if header.currency else ""
    return Owner(
        header.name.text,
        file.lang,
        code_of(currency),
        header.month_end_clamp,
        tuple(p.text for p in header.purposes),
        header.effective_from.day if header.effective_from else 1,
        header.effective_from.span if header.effective_from else header.name.span,
        broken,
        frozenset(sees),
    )


def _check_header(
    header: nodes.Header, names: dict[str, nodes.PolicyFile], sink: Sink, *, complete: bool
) -> None:
    for used in header.uses:
        if used.text not in names and complete:
            sink.add(decl_errors.unknown_policy(used.span, used.text, suggest(used.text, names)))
    start, until = header.effective_from, header.until
    if start and until and until.day <= start.day:
        sink.add(
            decl_errors.dates_out_of_order(until.span, start.span, show_day(until.day), show_day(start.day))
        )
    money = header.currency
    if money and code_of(money.text) not in CURRENCIES:
        sink.add(unknown_currency(money.span, money.text, meant_currency(money.text)))


def _enter(decl: nodes.Decl, symbols: Symbols, sink: Sink) -> None:
    match decl:
        case nodes.TypeDecl(name, _, ordered, members, span):
            if _free(name, symbols, sink):
                _distinct([m.name for m in members], sink, Text("a member", "另一个成员"))
                ty = EnumTy(name.text, tuple(dict.fromkeys(m.name.text for m in members)), ordered)
                by_name = {m.name.text: words(m.label) for m in reversed(members)}
                symbols.enum_nodes[name.text] = decl
                symbols.enums[name.text] = EnumDecl(ty, tuple(by_name[m] for m in ty.members), span)
        case nodes.RecordNode(name):
            if _free(name, symbols, sink):
                _distinct([f.name for f in decl.fields], sink, Text("another field", "另一个字段"))
                symbols.record_nodes[name.text] = decl
        case nodes.ParamNode(name):
            first = symbols.params.get(name.text)
            if first is not None:
                what = Text("a parameter", "另一个参数")
                sink.add(errors.defined_twice(name.span, name.text, first.name.span, what))
            else:
                symbols.params[name.text] = decl
        case nodes.PopulationNode(name):
            old = symbols.populations.get(name.text)
            if old is not None:
                what = Text("a population", "另一个总体")
                sink.add(errors.defined_twice(name.span, name.text, old.name.span, what))
            else:
                symbols.populations[name.text] = decl
        case nodes.DecisionNode(name, record, single, outputs):
            if not single:
                group = DefKey(record.text, name.text)
                symbols.groups.setdefault(group, decl)
                if isinstance(decl.body, nodes.TableBody) and decl.body.table.hit is nodes.HitPolicy.LIST:
                    _enter_def(name, record, decl, symbols, sink)
                    return
            for output in outputs:
                _enter_def(output.name, record, decl, symbols, sink)
        case nodes.DefineNode(name, record) | nodes.ClassifyNode(name, record):
            _enter_def(name, record, decl, symbols, sink)
        case nodes.ScorecardNode(name, record):
            _enter_def(name, record, decl, symbols, sink)
        case nodes.RuleNode():
            symbols.rules.append(decl)
        case _:
            symbols.others.append(decl)


def _enter_def(name: nodes.Name, record: nodes.Name, decl: DefNode, symbols: Symbols, sink: Sink) -> None:
    key = DefKey(record.text, name.text)
    first = symbols.defs.get(key)
    if first is not None:
        what = Text(f"another definition of {record.text}", f"“{record.text}”的另一个定义")
        sink.add(errors.defined_twice(name.span, name.text, first.name.span, what))
    else:
        symbols.defs[key] = decl


def _free(name: nodes.Name, symbols: Symbols, sink: Sink) -> bool:
    if name.text in symbols.enums:
        sink.add(
            errors.defined_twice(
                name.span, name.text, symbols.enums[name.text].span, Text("a type", "一个类型")
            )
        )
        return False
    if name.text in symbols.record_nodes:
        first = symbols.record_nodes[name.text].name.span
        sink.add(errors.defined_twice(name.span, name.text, first, Text("a record", "一个记录")))
        return False
    return True


def _distinct(names: list[nodes.Name], sink: Sink, what: Text) -> None:
    seen: dict[str, Span] = {}
    for name in names:
        if name.text in seen:
            sink.add(errors.defined_twice(name.span, name.text, seen[name.text], what))
        seen.setdefault(name.text, name.span)
