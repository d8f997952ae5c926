"""Definitions that a workflow asks for: guards, values of variables and arguments, facts that guards name.

Assumes: a `define` with a role other than plain. Leaves: an ordinary definition; what is unknown is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kamflow.base.diagnostic import Sink
from kamflow.check.check_expr import check_condition, check_expr, fit
from kamflow.check.facts import NO_FACTS
from kamflow.check.guards import unknown_without
from kamflow.check.resolve_types import resolve_type
from kamflow.check.scope import Scope
from kamflow.check.symbols import words
from kamflow.core import ty as t
from kamflow.core.expr import DefKey, Expr, Get, walk
from kamflow.core.program import Def, DefKind
from kamflow.syntax import nodes

_R = nodes.DefineRole


def check_asked(node: nodes.DefineNode, scope: Scope) -> list[Def]:
    """Return the one definition, [] where something was reported."""
    conds: list[Expr] = []
    inner = scope if node.role is _R.VALUE else replace(scope, unknown=conds)
    match node.role:
        case _R.GUARD:
            value = check_condition(node.value, inner, NO_FACTS)
        case _R.VALUE | _R.OPTIONAL:
            value = _value(node, inner)
        case _R.FACT:
            value = _fact(node, inner)
        case _R.PLAIN:
            return []
        case _:
            assert_never(node.role)
    if value is None:
        return []
    value = unknown_without(conds, value)
    scope.symbols.used.add(f"def:{node.record.text}.{node.name.text}")
    name, policy = node.name, scope.owner.policy
    key = DefKey(node.record.text, name.text)
    return [Def(key, value.ty, value, DefKind.FACT, name.text, policy, words(node.label), name.span)]


def _value(node: nodes.DefineNode, scope: Scope) -> Expr | None:
    """Check a value that is stored and read back: it has exactly the decimals of its type."""
    wanted = resolve_type(node.type, scope.owner, scope.symbols, scope.sink) if node.type else None
    if node.type is not None and wanted is None:
        return None
    value = check_expr(node.value, scope, NO_FACTS, wanted.ty if wanted is not None else None)
    if value is None or wanted is None:
        return value
    target = t.optional(wanted.ty) if node.role is _R.OPTIONAL else wanted.ty
    return fit(value, node.value, target, scope, NO_FACTS)


def _fact(node: nodes.DefineNode, scope: Scope) -> Expr | None:
    """Check what a guard names, without a word where it is no value by itself (a member of a type), a whole
    record, or personal: facts are written into the journal."""
    value = check_expr(node.value, replace(scope, sink=Sink()), NO_FACTS)
    if value is None or not _shown(value.ty):
        return None
    return None if any(_is_personal(n, scope) for n in walk(value)) else value


def _shown(ty: t.Ty) -> bool:
    inner = t.strip_opt(ty)
    return not isinstance(inner, t.RecordTy | t.ListTy)


def _is_personal(e: Expr, scope: Scope) -> bool:
    if not isinstance(e, Get) or not isinstance(e.record.ty, t.RecordTy):
        return False
    field = scope.symbols.records[e.record.ty.name].field(e.name)
    return field is not None and bool(field.personal)
