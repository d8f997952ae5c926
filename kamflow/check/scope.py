"""What a name means inside one declaration: fields, definitions, parameters, items of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from kamflow.base.diagnostic import Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import Span
from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.check import errors
from kamflow.check.facts import Facts, is_present
from kamflow.check.guards import left_unknown
from kamflow.check.symbols import Owner, Symbols, made_up, words
from kamflow.core.expr import DefKey, Expr, Get, Param, Ref, Unwrap, Var
from kamflow.core.program import Def
from kamflow.core.ty import OptTy, RecordTy, Ty
from kamflow.syntax import nodes


@frozen
class Scope:
    """``subject``: the record a declaration is about. ``items``: list items in view, innermost first.

    ``base_of``: names that mean the value before overrides (inside the rule that overrides them).
    ``tables``: types and bodies of definitions that are checked already.
    """

    symbols: Symbols
    owner: Owner
    sink: Sink
    defs: Mapping[DefKey, Def]
    params: Mapping[str, Ty]
    subject: str | None
    items: tuple[Var, ...] = ()
    base_of: frozenset[DefKey] = frozenset()
    lenient: bool = False  # in a test's `expect`, a missing value simply is not equal
    hidden: list[Def] = field(default_factory=list)  # population terms taken out of expressions
    home: str = ""  # the definition that hidden ones are named after
    unknown: list[Expr] | None = None  # in a guard: what has to be there of what is read unopened


def quiet(scope: Scope) -> Scope:
    """Return a scope for a look ahead: what is found there is neither said nor kept."""
    return replace(scope, sink=Sink(), hidden=[], unknown=None if scope.unknown is None else [])


@frozen
class Silent:
    """A name that exists but whose own finding was given elsewhere."""


def resolve_path(path: nodes.Path, scope: Scope, facts: Facts) -> Expr | None:
    """Return the value a path stands for; None where a finding was given (here or at its declaration)."""
    head, rest = path.parts[0], path.parts[1:]
    found, rest = _head(head, rest, scope, facts)
    if found is None:
        _report_unknown(head, scope)
        return None
    if isinstance(found, Silent):
        return None
    return _follow(found, rest, scope, facts)


def knows_name(name: str, scope: Scope) -> bool:
    """Say whether a single name stands for a field, definition or parameter here."""
    dummy = nodes.Name(name, scope.owner.header)
    found, _ = _head(dummy, (), scope, {}, quiet=True)
    return found is not None


def _head(
    head: nodes.Name,
    rest: tuple[nodes.Name, ...],
    scope: Scope,
    facts: Facts,
    *,
    quiet: bool = False,
) -> tuple[Expr | Silent | None, tuple[nodes.Name, ...]]:
    owners: list[Var] = list(scope.items)
    self_var = Var("self", RecordTy(scope.subject), head.span) if scope.subject is not None else None
    if self_var is not None:
        owners.append(self_var)
    for var in owners:
        assert isinstance(var.ty, RecordTy)
        here = Var(var.name, var.ty, head.span)
        for own in _with_parts(here, var.ty.name, scope):
            part = _part(own.e, own.record, head, scope, facts, quiet=quiet)
            if part is not None:
                return part, rest
            group = scope.symbols.groups.get(DefKey(own.record, head.text))
            if group is not None and rest:
                part = _part(own.e, own.record, rest[0], scope, facts, quiet=quiet)
                if part is not None:
                    return part, rest[1:]
    for var in owners:
        if isinstance(var.ty, RecordTy) and var.ty.name == head.text and rest:
            return Var(var.name, var.ty, head.span), rest
    if head.text in scope.params:
        if not quiet:
            scope.symbols.used.add(f"param:{head.text}")
            _check_used(head, scope.symbols.params[head.text], scope)
        return Param(head.text, scope.params[head.text], head.span), rest
    if head.text in scope.symbols.params:
        if not quiet and scope.subject is None and not scope.params:
            # a default, a range or another parameter: these are read before any parameter has a value
            scope.sink.add(errors.not_constant(head.span))
        return Silent(), rest
    return None, rest


@frozen
class _Owner:
    """Something that has parts, and its record."""

    e: Var | Get
    record: str


def _with_parts(here: Var, record: str, scope: Scope) -> Iterator[_Owner]:
    """Yield a record in view, and the part that it is seen through."""
    yield _Owner(here, record)
    found = scope.symbols.through(record)
    if found is not None:
        name, inner = found
        yield _Owner(Get(here, name, RecordTy(inner), here.span), inner)


def _part(
    owner: Expr,
    record: str,
    name: nodes.Name,
    scope: Scope,
    facts: Facts,
    *,
    quiet: bool = False,
) -> Expr | Silent | None:
    """Return a field or definition of ``owner``, unwrapped where its presence is proved."""
    decl = scope.symbols.records.get(record)
    field_decl = decl.field(name.text) if decl is not None else None
    if field_decl is not None:
        if not quiet and field_decl.personal:
            _check_purpose(name, field_decl.personal, scope)
        return _unwrap(Get(owner, name.text, field_decl.ty, _both(owner, name)), facts)
    key = DefKey(record, name.text)
    if key in scope.base_of and isinstance(owner, Var) and owner.name == "self":
        base = scope.defs.get(DefKey(record, f"{name.text}#base"))
        return Ref(base.key, owner, base.ty, _both(owner, name)) if base is not None else Silent()
    found = scope.defs.get(key)
    if found is not None:
        if not quiet:
            scope.symbols.used.add(f"def:{record}.{name.text}")
            _check_used(name, scope.symbols.defs.get(key), scope)
        return _unwrap(Ref(key, owner, found.ty, _both(owner, name)), facts)
    node = scope.symbols.record_nodes.get(record)
    if node is not None and decl is None:
        return Silent()
    return Silent() if is_declared(key, scope) else None


def _both(owner: Expr, name: nodes.Name) -> Span:
    return owner.span.to(name.span) if owner.span.source == name.span.source else name.span


def is_declared(key: DefKey, scope: Scope) -> bool:
    """Say whether a field or definition stands somewhere: if it has no type, that was reported there."""
    if key in scope.symbols.defs:
        return True
    node = scope.symbols.record_nodes.get(key.record)
    return node is not None and any(f.name.text == key.name for f in node.fields)


def _unwrap(e: Get | Ref, facts: Facts) -> Expr:
    if isinstance(e.ty, OptTy) and is_present(facts, e):
        return Unwrap(e, e.ty.inner, e.span)
    return e


def _follow(found: Expr, rest: tuple[nodes.Name, ...], scope: Scope, facts: Facts) -> Expr | None:
    for name in rest:
        ty = found.ty
        if isinstance(ty, OptTy) and isinstance(ty.inner, RecordTy) and left_unknown(found, scope):
            found = Unwrap(found, ty.inner, found.span)
            ty = ty.inner
        if isinstance(ty, OptTy) and isinstance(ty.inner, RecordTy):
            shown = name.text
            scope.sink.add(
                errors.may_be_missing(found.span, shown, Text("this access", "这里的引用"), Text("", ""))
            )
            return None
        if not isinstance(ty, RecordTy):
            scope.sink.add(errors.no_such_part(name.span, ty, name.text))
            return None
        part = _part(found, ty.name, name, scope, facts)
        if part is None:
            if name.text not in scope.owner.broken:
                known = names_of(ty.name, scope)
                where = _inside([ty.name], scope.symbols)
                scope.sink.add(errors.unknown_name(name.span, name.text, suggest(name.text, known), where))
            return None
        if isinstance(part, Silent):
            return None
        found = part
    return found


def names_of(record: str, scope: Scope) -> list[str]:
    decl = scope.symbols.records.get(record)
    fields = [f.name for f in decl.fields] if decl is not None else []
    through = scope.symbols.through(record)
    seen = names_of(through[1], scope) if through is not None else []
    own = [n for n in scope.symbols.def_names(record) if not made_up(record)]
    return [*fields, *own, *seen]


def _inside(records: Sequence[str], symbols: Symbols) -> Text:
    """Say in which records a name was looked for; those that were made for a workflow by what they are."""
    said: list[Text] = []
    for record in records:
        node = symbols.record_nodes.get(record)
        own = words(node.label) if node is not None and made_up(record) else Text("", "")
        said.append(own or Text(record, f"“{record}”"))
    return Text(f"in {' or '.join(t.en for t in said)}", "、".join(t.zh for t in said) + "中")


def _report_unknown(head: nodes.Name, scope: Scope) -> None:
    if head.text in scope.owner.broken:
        return  # it stands in a part that could not be read: that is the finding
    known: list[str] = []
    for var in scope.items:
        assert isinstance(var.ty, RecordTy)
        known += names_of(var.ty.name, scope)
    if scope.subject is not None:
        known += names_of(scope.subject, scope)
    known += list(scope.symbols.params)
    inside = [v.ty.name for v in scope.items if isinstance(v.ty, RecordTy)]
    inside += [scope.subject] if scope.subject is not None else []
    where = _inside(inside, scope.symbols) if inside else Text("here", "这里")
    near = _through_a_field(head.text, scope) or suggest(head.text, known)
    if near is None:
        types = scope.symbols.types_with(head.text)
        if types:
            scope.sink.add(errors.member_of_no_type(head.span, head.text, types))
            return
        near = suggest(head.text, scope.symbols.enum_members())
    scope.sink.add(errors.unknown_name(head.span, head.text, near, where))


def _through_a_field(name: str, scope: Scope) -> str | None:
    """Return `customer.revenue` for `revenue` where only the customer of a quote has it."""
    decl = scope.symbols.records.get(scope.subject) if scope.subject is not None else None
    for field_decl in decl.fields if decl is not None else ():
        if isinstance(field_decl.ty, RecordTy) and name in names_of(field_decl.ty.name, scope):
            return f"{field_decl.name}.{name}"
    return None


def _check_purpose(name: nodes.Name, allowed: tuple[str, ...], scope: Scope) -> None:
    if not set(allowed) & set(scope.owner.purposes):
        scope.sink.add(errors.personal_data(name.span, name.text, allowed, scope.owner.purposes))


def _check_used(name: nodes.Name, node: object | None, scope: Scope) -> None:
    foreign = scope.symbols.foreign(node, scope.owner) if node is not None else None
    if foreign is not None:
        scope.sink.add(errors.policy_not_used(name.span, name.text, foreign))
