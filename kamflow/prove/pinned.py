"""Search with fewer unknowns: amounts that are multiplied or divided by each other take known values.

z3 finds a record quickly where everything is linear, and may lose itself where revenue is divided by
revenue. So the fields that make a question nonlinear are first set to what they are in the records of the
policies' own tests; whatever is found so is a record like any other. Only that none is found says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kamflow.base.span import NOWHERE
from kamflow.core.expr import Apply, DivRound, Expr, Get, IsPresent, Lit, Op, Unwrap, walk
from kamflow.core.plain import Path
from kamflow.core.program import Program, reached
from kamflow.core.ty import BOOL, OptTy, ScaledTy, strip_opt
from kamflow.engines.smt.answer import Answer, Found
from kamflow.prove.constants import field_path
from kamflow.values.data import TypedRecord, Value

_SEEDS = 8


def find_pinned(
    find: Callable[[Sequence[Expr]], Answer],
    program: Program,
    record: str,
    conds: Sequence[Expr],
) -> Found | None:
    """Return a record that meets conditions and shares its nonlinear fields with a record of a test."""
    facts = (f.cond for f in program.impossible if f.record == record)
    fields = nonlinear_fields(program, [*conds, *facts])
    if not fields:
        return None
    for pins in _seeds(program, record, fields):
        found = find([*conds, *pins])
        if isinstance(found, Found):
            return found
    return None


def nonlinear_fields(program: Program, roots: Iterable[Expr]) -> tuple[Get, ...]:
    """Return the amounts of the record on which a divisor, or both sides of a product, depend."""
    found: dict[Get, None] = {}
    for node in _closure(program, roots):
        match node:
            case DivRound(_, den) if not isinstance(den, Lit):
                found.update(dict.fromkeys(_fields(program, den)))
            case Apply(Op.MUL, args):
                parts = [list(_fields(program, a)) for a in args]
                if sum(1 for p in parts if p) > 1:
                    found.update(dict.fromkeys(f for p in parts for f in p))
            case _:
                pass
    return tuple(found)


def _closure(program: Program, roots: Iterable[Expr]) -> Iterator[Expr]:
    return (node for root in reached(program, roots) for node in walk(root))


def _fields(program: Program, e: Expr) -> Iterator[Get]:
    """Yield the amounts of the record that an expression rests on; paths of items of lists are none."""
    for node in _closure(program, [e]):
        if isinstance(node, Get) and isinstance(strip_opt(node.ty), ScaledTy) and field_path(node):
            yield node


def _seeds(program: Program, record: str, fields: Sequence[Get]) -> Iterator[list[Expr]]:
    """Yield conditions that give the fields the values of a test's record, each set of values once.

    A test gives only what it needs: the rest is taken from the first test that gives it.
    """
    given = [r for t in program.tests for r in t.records if r.record == record]
    rows = [[_value(r, field_path(f) or ()) for f in fields] for r in given]
    usual = [next((v for v in column if _says_something(v)), None) for column in zip(*rows, strict=True)]
    seen: set[tuple[Value, ...]] = set()
    for row in rows:
        values = tuple(u if isinstance(v, _Absent) else v for v, u in zip(row, usual, strict=True))
        known = [(f, v) for f, v in zip(fields, values, strict=True) if v is not None or _is_optional(f)]
        if values in seen or len(known) < len(fields):
            continue
        seen.add(values)
        yield [_is(f, v) for f, v in known]
        if len(seen) == _SEEDS:
            return


def _says_something(value: Value | _Absent) -> bool:
    return not isinstance(value, _Absent) and value not in {None, 0}


def _is_optional(field: Get) -> bool:
    return isinstance(field.ty, OptTy)


class _Absent:
    """What a test's record does not say."""


def _value(record: TypedRecord, path: Path) -> Value | _Absent:
    at: Value | _Absent = record
    for name in path:
        at = at.fields.get(name, _Absent()) if isinstance(at, TypedRecord) else _Absent()
    return at


def _is(field: Get, value: Value) -> Expr:
    if not isinstance(field.ty, OptTy):
        return Apply(Op.EQ_INT, (field, Lit(value, field.ty, NOWHERE)), BOOL, NOWHERE)
    present = IsPresent(field, BOOL, NOWHERE)
    if value is None:
        return Apply(Op.NOT, (present,), BOOL, NOWHERE)
    inner = field.ty.inner
    equal = Apply(Op.EQ_INT, (Unwrap(field, inner, NOWHERE), Lit(value, inner, NOWHERE)), BOOL, NOWHERE)
    return Apply(Op.AND, (present, equal), BOOL, NOWHERE)
