"""Records beside a record: one field has another value that policies care about.

A record that shows one difference often shows the next with one field changed: cheaper to try than to
search. Fields of the record and of records in it are varied, lists are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice

from kamflow.core.expr import Apply, Expr, Get, IsPresent, Op, Pick, Table, Unwrap, cell_exprs, walk
from kamflow.core.program import FieldDecl, Program
from kamflow.core.ty import BoolTy, EnumTy, OptTy, RecordTy, ScaledTy, TextTy, UnitKind, strip_opt
from kamflow.tables.grid import Constant
from kamflow.values.data import TypedRecord, Value

_MOST = 800
_VALUES = 12  # for one field
_COMPARED = frozenset({Op.LT, Op.LE, Op.EQ_INT, Op.EQ_TEXT})
_SIZES = (0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)

Named = dict[tuple[str, str], dict[object, None]]
"""Constants that a field (record, name) is compared with; for a unit ("", unit) amounts that rows answer."""


def named_values(program: Program, ask: Constant) -> Named:
    """Return the constants with which policies compare fields."""
    out: Named = {}
    for d in program.defs.values():
        for e in walk(d.body):
            match e:
                case Table(columns=columns, rows=rows):
                    for i, column in enumerate(columns):
                        _note(out, column, (x for r in rows for x in cell_exprs(r.cells[i])), ask)
                case Pick(values=values):
                    for value in values:
                        _note_answer(out, value, ask)
                case Apply(op, (a, b)) if op in _COMPARED:
                    _note(out, a, (b,), ask)
                    _note(out, b, (a,), ask)
                case _:
                    pass
    return out


def _note(out: Named, column: Expr, others: Iterable[Expr], ask: Constant) -> None:
    inner = column.arg if isinstance(column, Unwrap | IsPresent) else column
    if not isinstance(inner, Get) or not isinstance(inner.record.ty, RecordTy):
        return
    found = out.setdefault((inner.record.ty.name, inner.name), {})
    for other in others:
        value = ask(other)
        if value is not None:
            found[value] = None


def _note_answer(out: Named, value: Expr, ask: Constant) -> None:
    """Note an amount that a row answers: fields of its unit are compared with answers, too."""
    ty, known = strip_opt(value.ty), ask(value)
    if isinstance(ty, ScaledTy) and isinstance(known, int) and ty.unit.kind is not UnitKind.NUMBER:
        out.setdefault(("", str(ty.unit)), {})[Fraction(known, 10**ty.scale)] = None


def neighbours(program: Program, record: TypedRecord, named: Named) -> Iterator[TypedRecord]:
    """Yield valid records that differ in one field, at most ``_MOST``."""
    yield from islice(_varied(program, record, named), _MOST)


def _varied(program: Program, record: TypedRecord, named: Named) -> Iterator[TypedRecord]:
    for f in program.records[record.record].fields:
        current = record.fields.get(f.name)
        if isinstance(current, TypedRecord):
            for inner in _varied(program, current, named):
                yield TypedRecord(record.record, {**record.fields, f.name: inner}, record.given)
            continue
        for value in _values(f, named.get((record.record, f.name), {}), named):
            if value != current:
                yield TypedRecord(record.record, {**record.fields, f.name: value}, record.given)


def _values(f: FieldDecl, named: Iterable[object], units: Named) -> list[Value]:
    out: list[Value] = [None] if isinstance(f.ty, OptTy) else []
    match strip_opt(f.ty):
        case BoolTy():
            out += [True, False]
        case EnumTy(_, members, _):
            out += range(len(members))
        case TextTy():
            out += [v for v in named if isinstance(v, str)]
        case ScaledTy(unit, scale, lo, hi):
            near = [v + d for v in named if isinstance(v, int) for d in (0, -1, 1)]
            answers = units.get(("", str(unit)), {})
            sizes = [int(a * 10**scale) for a in answers if isinstance(a, Fraction)]
            sizes += [n * 10**scale for n in _SIZES]
            out += [v for v in dict.fromkeys(near[: _VALUES * 2] + sizes) if lo <= v <= hi]
        case _:
            return []
    return out[: _VALUES * 2]
