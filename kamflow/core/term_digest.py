"""A hash of what a population term means: equal hashes, equal terms, whatever the policy around them.

All that a member's condition, measure and group are reckoned from takes part, with parameters as their
values on a day; reasons, labels and places don't. It is made of the lowered program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import assert_never

from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Gather,
    Get,
    If,
    IsPresent,
    ListOf,
    Lit,
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
    children,
    walk,
)
from kamflow.core.program import Program, needs
from kamflow.core.show import show_value
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty
from kamflow.values.data import Value


def term_digest(program: Program, key: DefKey, as_of: int, overlay: Mapping[str, Value]) -> str:
    """Return the hash of the term that is a definition's body."""
    seen, todo = {key}, [key]
    lines: list[str] = []
    while todo:
        one = todo.pop()
        body = program.defs[one].body
        name = "it" if one == key else str(one)  # the term may be renamed
        lines.append(f"{name}: {_form(body, program, as_of, overlay)}")
        if isinstance(body, PopTerm):
            where = program.populations[body.population].where
            lines.append(f"{name} among: {_form(where, program, as_of, overlay)}")
        fresh = [k for k in needs(program, one) if k not in seen]
        seen.update(fresh)
        todo.extend(fresh)
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _form(e: Expr, program: Program, as_of: int, overlay: Mapping[str, Value]) -> str:
    """Write an expression node by node, each with the number of its parts: no recursion, no brackets."""
    words: list[str] = []
    for node in walk(e):
        if isinstance(node, Param):
            value = overlay[node.name] if node.name in overlay else program.params[node.name].value_on(as_of)
            words.append(f"{show_value(value)}:{_type(node.ty)}")
        else:
            words.append(f"{_node(node)}/{len(children(node))}")
    return " ".join(words)


def _node(e: Expr) -> str:
    match e:
        case Lit(value, ty):
            return f"{show_value(value)}:{_type(ty)}"
        case Var(name):
            return name
        case Get(_, name, ty):
            return f"get {name}:{_type(ty)}"
        case Ref(key, _, ty):
            return f"ref {key}:{_type(ty)}"
        case Apply(op):
            return str(op)
        case DivRound(_, _, step, mode, ty):
            return f"div {step} {mode} {_type(ty)}"
        case Choose(hit, _, otherwise):
            return f"choose {hit} {otherwise is not None}"
        case Gather(_, fold):
            return f"gather {fold}"
        case Override(_, rules):
            return f"override {[r.beats for r in rules]}"
        case Aggregate(fold, _, var, where, value):
            return f"fold {fold} {var} {where is not None} {value is not None}"
        case PopTerm(kind, _, _, group, n, classes, largest_first, outside, ty):
            return f"{kind} {group is not None} {n} {classes} {largest_first} {outside} {_type(ty)}"
        case If() | IsPresent() | Unwrap() | Pick() | ListOf() | Struct() | Today() | Param():
            return type(e).__name__
        case Table():
            raise AssertionError("a table was not unfolded")
        case _:
            assert_never(e)


def _type(ty: Ty) -> str:
    """Write what the integers of a type mean; ranges change nothing."""
    match ty:
        case ScaledTy(unit, scale):
            return f"{unit}/{scale}"
        case EnumTy(name, members):
            return f"{name}{list(members)}"
        case RecordTy(name):
            return name
        case ListTy(item):
            return f"[{_type(item)}]"
        case StructTy(fields):
            return str([(n, _type(t)) for n, t in fields])
        case OptTy(inner):
            return f"{_type(inner)}?"
        case BoolTy() | TextTy():
            return type(ty).__name__
        case _:
            assert_never(ty)
