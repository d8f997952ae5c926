"""The answer that somebody would rather have: as a test on a value, and as a condition of the core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, DefKey, Expr, Get, IsPresent, Lit, Op, Ref, Unwrap, Var
from kamflow.core.plain import Path
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import BOOL, BoolTy, OptTy, RecordTy, TextTy, Ty, strip_opt
from kamflow.values.data import Value


class How(Enum):
    IS = "="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``key`` shall be ``value``, or lie on one side of it; ``IS`` with None: shall be missing."""

    key: DefKey
    how: How
    value: Value


def meets(wanted: Wanted, value: Value) -> bool:
    """Say whether a value is what is wanted; missing is on no side of anything."""
    if wanted.how is How.IS:
        return value == wanted.value
    if not isinstance(value, int) or not isinstance(wanted.value, int):
        return False
    match wanted.how:
        case How.AT_LEAST:
            return value >= wanted.value
        case How.AT_MOST:
            return value <= wanted.value
        case How.ABOVE:
            return value > wanted.value
        case How.BELOW:
            return value < wanted.value
        case _:
            assert_never(wanted.how)


def condition(wanted: Wanted, program: Program) -> Expr:
    """Return the condition about ``self`` that says the same."""
    ty = program.defs[wanted.key].ty
    subject = Var("self", RecordTy(wanted.key.record), NOWHERE)
    value = Ref(wanted.key, subject, ty, NOWHERE)
    return compared(value, wanted.how, wanted.value)


def compared(e: Expr, how: How, value: Value) -> Expr:
    """Return the condition that an expression, which may be missing, lies so to a value."""
    optional = isinstance(e.ty, OptTy)
    present = IsPresent(e, BOOL, NOWHERE)
    if value is None:
        return Apply(Op.NOT, (present,), BOOL, NOWHERE) if optional else Lit(False, BOOL, NOWHERE)
    ty = strip_opt(e.ty)
    inner: Expr = Unwrap(e, ty, NOWHERE) if optional else e
    test = _test(inner, how, Lit(value, ty, NOWHERE), ty)
    return Apply(Op.AND, (present, test), BOOL, NOWHERE) if optional else test


def _test(e: Expr, how: How, value: Lit, ty: Ty) -> Expr:
    match how:
        case How.IS:
            op = Op.EQ_BOOL if isinstance(ty, BoolTy) else Op.EQ_TEXT if isinstance(ty, TextTy) else Op.EQ_INT
            return Apply(op, (e, value), BOOL, NOWHERE)
        case How.AT_LEAST:
            return Apply(Op.LE, (value, e), BOOL, NOWHERE)
        case How.AT_MOST:
            return Apply(Op.LE, (e, value), BOOL, NOWHERE)
        case How.ABOVE:
            return Apply(Op.LT, (value, e), BOOL, NOWHERE)
        case How.BELOW:
            return Apply(Op.LT, (e, value), BOOL, NOWHERE)
        case _:
            assert_never(how)


# ---- paths of fields


def field_at(program: Program, record: str, path: Path) -> FieldDecl | None:
    """Return the field that a path leads to, None where there is no such path."""
    owner = record
    for name in path[:-1]:
        decl = program.records[owner].field(name)
        ty = None if decl is None else strip_opt(decl.ty)
        if not isinstance(ty, RecordTy):
            return None
        owner = ty.name
    return program.records[owner].field(path[-1])


def get_at(program: Program, record: str, path: Sequence[str]) -> tuple[Expr, tuple[Expr, ...]]:
    """Return the expression of a path from the subject, and what has to be present on the way."""
    e: Expr = Var("self", RecordTy(record), NOWHERE)
    guards: list[Expr] = []
    for name in path:
        if isinstance(e.ty, OptTy):
            guards.append(IsPresent(e, BOOL, NOWHERE))
            e = Unwrap(e, e.ty.inner, NOWHERE)
        assert isinstance(e.ty, RecordTy), "a path leads through records"
        decl = program.records[e.ty.name].field(name)
        assert decl is not None, f"`{name}` is declared"
        e = Get(e, name, decl.ty, NOWHERE)
    return e, tuple(guards)
