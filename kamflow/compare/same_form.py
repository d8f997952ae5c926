"""What an expression means, in a form that two programs share: equal forms, equal meaning.

Parameters stand as their values on a day, members of enums by name, amounts without regard to scale;
places, ranges of types and reasons don't count. What a hidden definition holds (rows of a table, a value
before overrides) is part of the definition that reads it. Other definitions and fields are the same when
their names are: what they mean is compared on its own.

The converse does not hold: forms that differ may mean the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, assert_never

from kamflow.core.expr import (
    Aggregate,
    AnyCell,
    Apply,
    Cell,
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
    MissingCell,
    NotCell,
    Op,
    OrCell,
    Override,
    Param,
    Pick,
    PointCell,
    PopTerm,
    RangeCell,
    Ref,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
)
from kamflow.core.program import DefKind, Program
from kamflow.core.ty import BoolTy, EnumTy, ListTy, OptTy, RecordTy, ScaledTy, StructTy, TextTy, Ty, strip_opt
from kamflow.tables.grid import Constant
from kamflow.values.data import Value

Form: TypeAlias = Hashable
CONST = "="
_BY_ORDER = frozenset({Op.LT, Op.LE, Op.MIN, Op.MAX})


def is_hidden(name: str) -> bool:
    return "#" in name


def value_form(value: Value, ty: Ty) -> Form:
    """Return a value so that it equals the same value of another program's type."""
    match strip_opt(ty):
        case _ if value is None:
            return None
        case EnumTy(name, members) if isinstance(value, int):
            return name, members[value]
        case ScaledTy(unit, scale) if isinstance(value, int):
            return unit, Fraction(value, 10**scale)
        case ListTy(item) if isinstance(value, tuple):
            return tuple(value_form(v, item) for v in value)
        case StructTy(fields) if isinstance(value, tuple):
            return tuple((n, value_form(v, t)) for v, (n, t) in zip(value, fields, strict=True))
        case BoolTy():
            return "yes" if value else "no"
        case _:
            return value if isinstance(value, str | int) else id(value)


def type_form(ty: Ty) -> Form:
    """Return a type without what changes no value: ranges, scale, whether it may be missing."""
    match ty:
        case OptTy(inner):
            return type_form(inner)
        case ScaledTy(unit):
            return unit
        case EnumTy(name) | RecordTy(name):
            return name
        case ListTy(item):
            return "list", type_form(item)
        case StructTy(fields):
            return tuple((n, type_form(t)) for n, t in fields)
        case BoolTy() | TextTy():
            return ty
        case _:
            assert_never(ty)


@dataclass
class Forms:
    """The forms of one program's expressions on a day. ``common``: the members of each enum that both
    programs have, in this program's order; ``ask`` gives the values of constants. In ``parts`` the rows
    and the value before overrides are named only: they are compared by themselves."""

    program: Program
    ask: Constant
    common: Mapping[str, tuple[str, ...]]
    parts: bool = False
    _known: dict[int, tuple[Expr, Form]] = field(default_factory=dict)

    def of(self, e: Expr) -> Form:
        known = self._known.get(id(e))
        if known is None:
            known = e, self._form(e)  # the node is kept, so that no other takes its id
            self._known[id(e)] = known
        return known[1]

    def _form(self, e: Expr) -> Form:
        match e:
            case Lit(value, ty):
                return CONST, value_form(value, ty)
            case Param(_, ty):
                return CONST, value_form(self.ask(e), ty)
            case Var(name):
                return "var", name
            case Get(record, name):
                return "get", self.of(record), name
            case Ref(key, subject):
                if is_hidden(key.name) and not (self.parts and self._is_part(key)):
                    return "hidden", self.of(subject), self.of(self.program.defs[key].body)
                return "ref", key, self.of(subject)
            case Today():
                return ("today",)
            case Apply():
                return self._apply(e)
            case DivRound(num, den, step, mode, ty):
                scales = tuple(_scale(t) for t in (num.ty, den.ty, ty))
                return "div", self.of(num), self.of(den), step, mode, scales
            case If(cond, then, other):
                return "if", self.of(cond), self.of(then), self.of(other)
            case IsPresent(arg):
                return "present", self.of(arg)
            case Unwrap(arg):
                return "unwrap", self.of(arg)
            case ListOf(items):
                return "list", tuple(map(self.of, items))
            case Struct(fields, ty):
                names = tuple(n for n, _ in ty.fields) if isinstance(ty, StructTy) else ()
                return "line", names, tuple(map(self.of, fields))
            case Aggregate(fold, items, var, where, value):
                parts = tuple(None if x is None else self.of(x) for x in (items, where, value))
                return "fold", fold, var, parts
            case _:
                return self._rows(e)

    def _is_part(self, key: DefKey) -> bool:
        return self.program.defs[key].kind in {DefKind.ROWS, DefKind.BASE}

    def _rows(self, e: Choose | Table | Pick | Gather | Override | PopTerm) -> Form:
        match e:
            case Choose(hit, branches, otherwise):
                return "choose", hit, tuple(self.of(b.cond) for b in branches), otherwise is not None
            case Table(hit, columns, rows, otherwise):
                asked = tuple((self.of(c), self.order(c.ty)) for c in columns)
                cells = tuple(tuple(map(self.cell, r.cells)) for r in rows)
                return "table", hit, asked, cells, otherwise is not None
            case Pick(row, values):
                return "pick", self.of(row), tuple(map(self.of, values))
            case Gather(found, fold, values):
                return "gather", self.of(found), fold, tuple(map(self.of, values))
            case Override(base, rules):
                ruled = tuple((self.of(r.cond), self.of(r.value), r.beats) for r in rules)
                return "override", self.of(base), ruled
            case PopTerm(kind, population, measure, group, n, classes, largest_first, outside, ty):
                who = self.of(self.program.populations[population].where)
                named = tuple((value_form(c, ty), bound) for c, bound in classes)
                last = value_form(outside, ty) if classes else None
                within = None if group is None else self.of(group)
                return "stands", kind, who, self.of(measure), within, n, named, largest_first, last
            case _:
                assert_never(e)

    def _apply(self, e: Apply) -> Form:
        args = tuple(map(self.of, e.args))
        if all(isinstance(a, tuple) and a[0] == CONST for a in args):
            return CONST, value_form(self.ask(e), e.ty)
        # an amount times another: the integers depend on the scales
        scales = tuple(_scale(t) for t in (*(a.ty for a in e.args), e.ty)) if e.op is Op.MUL else ()
        order = tuple(self.order(a.ty) for a in e.args) if e.op in _BY_ORDER else ()
        return "apply", e.op, args, scales, order

    def order(self, ty: Ty) -> Form:
        """Return what `<` means on a type, as far as both programs know its members."""
        inner = strip_opt(ty)
        return self.common.get(inner.name, ()) if isinstance(inner, EnumTy) else ()

    def cell(self, cell: Cell) -> Form:
        match cell:
            case AnyCell():
                return ("any",)
            case MissingCell():
                return ("missing",)
            case RangeCell(lo, lo_in, hi, hi_in):
                low, high = (None if x is None else self.of(x) for x in (lo, hi))
                return "range", low, lo_in, high, hi_in
            case PointCell(value):
                return "point", self.of(value)
            case NotCell(inner):
                return "not", self.cell(inner)
            case OrCell(cells):
                return "or", tuple(map(self.cell, cells))
            case _:
                assert_never(cell)


def _scale(ty: Ty) -> int:
    inner = strip_opt(ty)
    return inner.scale if isinstance(inner, ScaledTy) else 0


def common_members(old: Program, new: Program) -> dict[str, frozenset[str]]:
    """Return for each enum the members that both programs have."""
    return {
        name: frozenset(decl.ty.members) & frozenset(new.enums[name].ty.members)
        for name, decl in old.enums.items()
        if name in new.enums
    }


def in_order(program: Program, common: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
    """Return the common members in a program's own order."""
    return {n: tuple(m for m in program.enums[n].ty.members if m in found) for n, found in common.items()}
