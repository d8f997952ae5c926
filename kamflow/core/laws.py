"""The laws of the core, as a check: what engines rely on and never look at again.

``check_laws`` returns a sentence for each broken law and nothing where all hold. It is for tests and
for the debug flag of ``passes.run_passes``: a broken law is a bug of ours, so the sentences are for
developers.

Not checked: ranges (the checker proves them), and that a guard stands before every ``Unwrap``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import assert_never

from kamflow.base.frozen import frozen
from kamflow.core.expr import (
    Aggregate,
    Apply,
    Choose,
    DefKey,
    DivRound,
    Expr,
    Fold,
    Gather,
    Get,
    Hit,
    If,
    IsPresent,
    ListOf,
    Lit,
    Override,
    Param,
    Pick,
    PopKind,
    PopTerm,
    Ref,
    Struct,
    Table,
    Today,
    Unwrap,
    Var,
    children,
)
from kamflow.core.op_laws import op_faults
from kamflow.core.program import DefKind, Program
from kamflow.core.show import show_type, show_value
from kamflow.core.table_laws import cell_faults
from kamflow.core.ty import (
    BOOL,
    DATE,
    BoolTy,
    EnumTy,
    ListTy,
    OptTy,
    RecordTy,
    ScaledTy,
    StructTy,
    TextTy,
    Ty,
    strip_opt,
)
from kamflow.core.ty_laws import fits, same_kind, value_fits


def check_laws(program: Program, *, lowered: bool) -> list[str]:
    """Return the laws that a program breaks, in the order of its parts. ``lowered``: after the passes."""
    found: list[str] = []
    earlier: set[DefKey] = set()
    for key, d in program.defs.items():
        at = _Place(program, str(key), {"self": RecordTy(key.record)}, lowered, earlier, body=d.body)
        if d.key != key:
            found.append(f"`{key}`: is filed under another name than its own, `{d.key}`")
        if (d.kind is DefKind.ROWS) != isinstance(d.body, Choose | Table):
            found.append(f"`{key}`: a choice of rows is the body of a ROWS definition, and of no other")
        if not fits(d.body.ty, d.ty):
            found.append(f"`{key}`: has type {show_type(d.ty)}, its body {show_type(d.body.ty)}")
        found.extend(_faults(d.body, at))
        earlier.add(key)
    for where, record, cond in _conditions(program):
        at = _Place(program, where, {"self": RecordTy(record)}, lowered, earlier)
        if record not in program.records:
            found.append(f"{where}: there is no record `{record}`")
        found.extend(_faults(cond, at))
    for name, param in program.params.items():
        days = [day for day, _ in param.versions]
        if not days or days != sorted(set(days)):
            found.append(f"parameter {name}: has no versions, or not one after the other")
        found.extend(
            f"parameter {name}: {show_value(v)} is no {show_type(param.ty)}"
            for _, v in param.versions
            if not value_fits(v, param.ty)
        )
    return found


def _conditions(program: Program) -> Iterator[tuple[str, str, Expr]]:
    """Yield every expression that is no definition: (where, record of ``self``, expression)."""
    for name, pop in program.populations.items():
        yield f"population {name}", pop.record, pop.where
    for index, fact in enumerate(program.impossible):
        yield f"impossible#{index}", fact.record, fact.cond
    for index, p in enumerate(program.properties):
        yield f"property#{index}", p.record, p.value
        if p.driver is not None:
            yield f"property#{index}", p.record, p.driver
    for index, test in enumerate(program.tests):
        for expect in test.expects:
            sides = () if expect.shown is None else expect.shown
            for e in (*sides, *(() if expect.cond is None else (expect.cond,))):
                yield f"test#{index}", test.records[expect.subject].record, e


@frozen
class _Place:
    """Where a node stands: the variables in scope, and the definitions it may read."""

    program: Program
    where: str
    variables: Mapping[str, Ty]
    lowered: bool
    earlier: set[DefKey]
    body: Expr | None = field(default=None)  # the whole body, where nodes that must be one may stand

    def say(self, what: str) -> str:
        return f"`{self.where}`: {what}"


def _faults(root: Expr, at: _Place) -> Iterator[str]:
    """Yield what is wrong in an expression; without recursion, an aggregate's parts in their scope."""
    todo: list[tuple[Expr, _Place]] = [(root, at)]
    while todo:
        e, place = todo.pop()
        yield from map(place.say, _node_faults(e, place))
        todo.extend(reversed(_below(e, place)))


def _below(e: Expr, at: _Place) -> list[tuple[Expr, _Place]]:
    if not isinstance(e, Aggregate):
        return [(c, at) for c in children(e)]
    item = e.items.ty.item if isinstance(e.items.ty, ListTy) else BOOL
    inner = _Place(at.program, at.where, {**at.variables, e.var: item}, at.lowered, at.earlier)
    parts = [x for x in (e.where, e.value) if x is not None]
    return [(e.items, at), *((p, inner) for p in parts)]


def _node_faults(e: Expr, at: _Place) -> Iterator[str]:
    match e:
        case Lit(value, ty):
            if not value_fits(value, ty):
                yield f"the constant {show_value(value)} is no {show_type(ty)}"
        case Var(name, ty):
            if name not in at.variables:
                yield f"`{name}` is not in scope"
            elif at.variables[name] != ty:
                yield f"`{name}` is a {show_type(at.variables[name])}, not a {show_type(ty)}"
        case Get():
            yield from _get_faults(e, at)
        case Ref():
            yield from _ref_faults(e, at)
        case Param(name, ty):
            if name not in at.program.params:
                yield f"there is no parameter `{name}`"
            elif not fits(at.program.params[name].ty, ty):
                yield f"parameter `{name}` is no {show_type(ty)}"
        case Today(ty):
            if not (isinstance(ty, ScaledTy) and ty.unit == DATE and ty.scale == 0):
                yield f"today is a date, not a {show_type(ty)}"
        case Apply(op, args, ty):
            yield from op_faults(op, tuple(a.ty for a in args), ty)
        case DivRound():
            yield from _div_faults(e)
        case If(cond, then, other, ty):
            yield from _bool(cond, "the condition of `if`")
            yield from _each_fits((then, other), ty, "a branch of `if`")
        case IsPresent(ty=ty):
            if ty != BOOL:
                yield "`is_present` gives yes or no"
        case Unwrap(arg, ty):
            if arg.ty != OptTy(ty):
                yield f"`unwrap` makes a {show_type(ty)} of a {show_type(arg.ty)}"
        case Choose() | Table():
            yield from _choice_faults(e, at)
        case Pick() | Gather():
            yield from _rows_faults(e, at)
        case Override():
            yield from _override_faults(e, at)
        case Aggregate():
            yield from _aggregate_faults(e, at)
        case ListOf(items, ty):
            if isinstance(ty, ListTy):
                yield from _each_fits(items, ty.item, "an item of a list")
            else:
                yield f"a list has the type {show_type(ty)}"
        case Struct(fields, ty):
            if not isinstance(ty, StructTy) or len(ty.fields) != len(fields):
                yield f"{len(fields)} fields have the type {show_type(ty)}"
            else:
                for f, (name, into) in zip(fields, ty.fields, strict=True):
                    yield from _each_fits((f,), into, f"field `{name}`")
        case PopTerm():
            yield from _pop_faults(e, at)
        case _:
            assert_never(e)


def _bool(e: Expr, what: str) -> Iterator[str]:
    if e.ty != BOOL:
        yield f"{what} is a {show_type(e.ty)}"


def _each_fits(parts: tuple[Expr, ...], ty: Ty, what: str) -> Iterator[str]:
    for part in parts:
        if not fits(part.ty, ty):
            yield f"{what} is a {show_type(part.ty)}, not a {show_type(ty)}"


def _get_faults(e: Get, at: _Place) -> Iterator[str]:
    if not isinstance(e.record.ty, RecordTy) or e.record.ty.name not in at.program.records:
        yield f"field `{e.name}` of a {show_type(e.record.ty)}, which is no record"
        return
    declared = at.program.records[e.record.ty.name].field(e.name)
    if declared is None:
        yield f"`{e.record.ty.name}` has no field `{e.name}`"
    elif declared.ty != e.ty:
        yield f"field `{e.name}` is a {show_type(declared.ty)}, not a {show_type(e.ty)}"


def _ref_faults(e: Ref, at: _Place) -> Iterator[str]:
    target = at.program.defs.get(e.key)
    if target is None:
        yield f"there is no definition `{e.key}`"
        return
    if target.ty != e.ty:
        yield f"`{e.key}` is a {show_type(target.ty)}, not a {show_type(e.ty)}"
    if e.subject.ty != RecordTy(e.key.record):
        yield f"`{e.key}` is asked of a {show_type(e.subject.ty)}"
    of_self = isinstance(e.subject, Var) and e.subject.name == "self"
    if of_self and e.key not in at.earlier:
        yield f"reads `{e.key}`, which comes later"


def _div_faults(e: DivRound) -> Iterator[str]:
    for part in (e.num, e.den, e):
        if not isinstance(part.ty, ScaledTy):
            yield f"a part of `div_round` is a {show_type(part.ty)}"
    if isinstance(e.den, Lit) and e.den.value == 0:
        yield "`div_round` divides by 0"
    if e.step < 1:
        yield f"`div_round` has the step {e.step}"


def _choice_faults(e: Choose | Table, at: _Place) -> Iterator[str]:
    if at.body is not e:
        yield "a choice of rows stands inside an expression"
    index = e.ty.item if e.hit is Hit.COLLECT and isinstance(e.ty, ListTy) else e.ty
    if not isinstance(index, ScaledTy) or isinstance(e.ty, ListTy) != (e.hit is Hit.COLLECT):
        yield f"a choice `{e.hit}` has the type {show_type(e.ty)}"
    if isinstance(e, Choose):
        for b in e.branches:
            yield from _bool(b.cond, f"{b.tag.kind} {b.tag.index}")
        return
    if at.lowered:
        yield "a table was not unfolded"
    for row in e.rows:
        what = f"{row.tag.kind} {row.tag.index}"
        if len(row.cells) != len(e.columns):
            yield f"{what} has {len(row.cells)} cells for {len(e.columns)} columns"
            continue
        for column, cell in zip(e.columns, row.cells, strict=True):
            yield from (f"{what}: {fault}" for fault in cell_faults(column.ty, cell))


def _rows_faults(e: Pick | Gather, at: _Place) -> Iterator[str]:
    rows, collect = (e.row, False) if isinstance(e, Pick) else (e.rows, True)
    chosen = at.program.defs.get(rows.key) if isinstance(rows, Ref) else None
    if chosen is None or not isinstance(chosen.body, Choose | Table):
        yield "values are picked by something that is no choice of rows"
        return
    body = chosen.body
    if (body.hit is Hit.COLLECT) != collect:
        yield f"`{chosen.key}` chooses by `{body.hit}`: one row is picked, collected rows are gathered"
    count = len(body.branches if isinstance(body, Choose) else body.rows) + (body.otherwise is not None)
    counted_only = isinstance(e, Gather) and e.fold is Fold.COUNT and not e.values
    if len(e.values) != count and not counted_only:
        yield f"{len(e.values)} values for the {count} rows of `{chosen.key}`"
    if isinstance(e, Pick):
        yield from _each_fits(e.values, e.ty, "a value of a row")
    else:
        yield from _fold_faults(e.fold, tuple(v.ty for v in e.values), e.ty)


def _override_faults(e: Override, at: _Place) -> Iterator[str]:
    if at.body is not e:
        yield "an override stands inside an expression"
    yield from _each_fits((e.base, *(r.value for r in e.rules)), e.ty, "a value of an override")
    for index, rule in enumerate(e.rules):
        yield from _bool(rule.cond, f"the condition of rule {rule.tag.name}")
        if any(not 0 <= loser < len(e.rules) for loser in rule.beats):
            yield f"rule {rule.tag.name} beats a rule that is not there"
        elif index in _reached(index, lambda i: e.rules[i].beats):
            yield f"rule {rule.tag.name} beats itself"


def _reached(start: int, step: Callable[[int], tuple[int, ...]]) -> set[int]:
    seen: set[int] = set()
    todo = [start]
    while todo:
        for fresh in step(todo.pop()):
            if fresh not in seen:
                seen.add(fresh)
                todo.append(fresh)
    return seen


_COUNTED = ScaledTy | TextTy | EnumTy
"""What different values are counted of."""


def _aggregate_faults(e: Aggregate, at: _Place) -> Iterator[str]:
    if not isinstance(e.items.ty, ListTy):
        yield f"an aggregate over a {show_type(e.items.ty)}"
    if e.var in at.variables:
        yield f"`{e.var}` hides an outer name"
    if e.fold is Fold.LIST:
        yield "an aggregate does not collect a list"
    if e.fold is Fold.DISTINCT and e.value is not None and not isinstance(e.value.ty, _COUNTED):
        yield f"different values of a {show_type(e.value.ty)}"
    if (e.value is None) != (e.fold is Fold.COUNT):
        yield f"`{e.fold}` with{'out' if e.value is None else ''} a value"
    if e.where is not None:
        yield from _bool(e.where, "the `where` of an aggregate")
    if e.value is not None:
        yield from _fold_faults(e.fold, (e.value.ty,), e.ty)


def _fold_faults(fold: Fold, values: tuple[Ty, ...], ty: Ty) -> Iterator[str]:
    match fold:
        case Fold.COUNT | Fold.DISTINCT:
            if not isinstance(ty, ScaledTy) or ty.scale != 0:
                yield f"a count has the type {show_type(ty)}"
            return
        case Fold.LIST:
            into = ty.item if isinstance(ty, ListTy) else None
        case Fold.MIN | Fold.MAX:
            into = ty.inner if isinstance(ty, OptTy) else None
        case Fold.SUM:
            into = ty if isinstance(ty, ScaledTy) else None
        case _:
            assert_never(fold)
    if into is None:
        yield f"`{fold}` has the type {show_type(ty)}"
        return
    for value in values:
        if not (fits(value, into) if fold is Fold.LIST else same_kind(value, into)):
            yield f"`{fold}` of a {show_type(value)} has the type {show_type(ty)}"


def _pop_faults(e: PopTerm, at: _Place) -> Iterator[str]:
    if at.body is not e:
        yield "a population term stands inside an expression"
    pop = at.program.populations.get(e.population)
    if pop is None:
        yield f"there is no population `{e.population}`"
    elif at.variables.get("self") != RecordTy(pop.record):
        yield f"population `{e.population}` is of `{pop.record}`"
    if not isinstance(strip_opt(e.measure.ty), ScaledTy):
        yield f"the measure is a {show_type(e.measure.ty)}"
    if e.group is not None and not isinstance(strip_opt(e.group.ty), EnumTy | TextTy | BoolTy):
        yield f"the group is a {show_type(e.group.ty)}"
    if e.kind is not PopKind.CLASSIFY:
        if not (isinstance(e.ty, OptTy) and isinstance(e.ty.inner, ScaledTy)):
            yield f"`{e.kind}` has the type {show_type(e.ty)}: it may be missing"
        if e.kind is PopKind.QUANTILE and e.n < 1:
            yield f"{e.n} quantiles"
        return
    bounds = [bound for _, bound in e.classes]
    inner = [b for b in bounds[:-1] if b is not None]
    if not bounds or bounds[-1] is not None or len(inner) < len(bounds) - 1 or inner != sorted(inner):
        yield "the bounds of the classes don't ascend, with none on the last"
    members = range(len(e.ty.members)) if isinstance(e.ty, EnumTy) else range(0)
    if any(c not in members for c in (e.outside, *(c for c, _ in e.classes))):
        yield f"a class is no {show_type(e.ty)}"
