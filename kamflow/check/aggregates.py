"""Folds over child lists, and terms that compare a record with a population."""

from __future__ import annotations

from dataclasses import replace

from kamflow.base.suggest import suggest
from kamflow.base.text import Text
from kamflow.check import amounts, errors
from kamflow.check import check_expr as ce
from kamflow.check.decl_errors import group_type, population_record
from kamflow.check.facts import NO_FACTS, Facts, assume
from kamflow.check.resolve_types import default_scale
from kamflow.check.scope import Scope, resolve_path
from kamflow.check.symbols import made_up
from kamflow.core import ty as t
from kamflow.core.expr import (
    Aggregate,
    Apply,
    DefKey,
    Expr,
    Fold,
    Get,
    If,
    Lit,
    Op,
    PopKind,
    PopTerm,
    Ref,
    Var,
)  # fmt: skip
from kamflow.core.program import Def, DefKind
from kamflow.syntax import nodes
from kamflow.values.rounding import Rounding

_A = nodes.AggKind
_DATES = {_A.LATEST, _A.EARLIEST}
_FOLDS = {
    _A.SUM: Fold.SUM, _A.AVERAGE: Fold.SUM, _A.LARGEST: Fold.MAX, _A.SMALLEST: Fold.MIN,
    _A.LATEST: Fold.MAX, _A.EARLIEST: Fold.MIN,
}  # fmt: skip


_POP_KINDS = {
    nodes.PopWord.PERCENTILE: PopKind.PERCENTILE, nodes.PopWord.SHARE: PopKind.SHARE,
    nodes.PopWord.QUANTILE: PopKind.QUANTILE,
}  # fmt: skip


def check_aggregate(e: nodes.Agg, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    items = resolve_path(e.items, scope, facts)
    if items is None:
        return None
    item_ty = items.ty.item if isinstance(items.ty, t.ListTy) else None
    if not isinstance(item_ty, t.RecordTy):
        scope.sink.add(errors.not_a_list(e.items.span, str(e.items), items.ty))
        return None
    var = Var(f"item{len(scope.items) + 1}", item_ty, e.items.span)
    inner = replace(scope, items=(var, *scope.items))
    where: Expr | None = None
    known = facts
    if e.where is not None:
        where = ce.check_condition(e.where, inner, facts)
        if where is None:
            return None
        known = assume(facts, where, True)
    most = _most_items(items, scope)
    if e.value is None:
        ty = t.ScaledTy(t.NUMBER, 0, 0, most)
        return Aggregate(Fold.COUNT, items, var.name, where, None, ty, e.span)
    value = ce.check_expr(e.value, inner, known)
    if value is None:
        return None
    if isinstance(value.ty, t.OptTy):
        user = Text("this calculation over the list", "这个列表计算")
        shown, why = ce.show_source(e.value), ce.why_missing(e.value)
        scope.sink.add(errors.may_be_missing(e.value.span, shown, user, why, errors.LEAVE_OUT))
        return None
    ty2 = value.ty
    if e.kind is _A.DIFFERENT:
        if not isinstance(ty2, t.ScaledTy | t.EnumTy | t.TextTy):
            scope.sink.add(errors.wanted_kind(e.value.span, ty2, Text("a single value", "单个值")))
            return None
        counted = t.ScaledTy(t.NUMBER, 0, 0, most)
        return Aggregate(Fold.DISTINCT, items, var.name, where, value, counted, e.span)
    is_date = isinstance(ty2, t.ScaledTy) and ty2.unit.kind is t.UnitKind.DATE
    if not isinstance(ty2, t.ScaledTy) or (e.kind in _DATES) != is_date:
        wanted = Text("a date", "日期") if e.kind in _DATES else Text("an amount", "数量")
        scope.sink.add(errors.wanted_kind(e.value.span, ty2, wanted))
        return None
    return _fold(e, items, var, where, value, ty2, most, scope, facts, expect)


def _most_items(items: Expr, scope: Scope) -> int:
    if isinstance(items, Get) and isinstance(items.record.ty, t.RecordTy):
        decl = scope.symbols.records[items.record.ty.name].field(items.name)
        if decl is not None:
            return decl.max_items
    return 10_000


def _fold(
    e: nodes.Agg,
    items: Expr,
    var: Var,
    where: Expr | None,
    value: Expr,
    ty: t.ScaledTy,
    most: int,
    scope: Scope,
    facts: Facts,
    expect: t.Ty | None,
) -> Expr | None:
    fold = _FOLDS[e.kind]
    if fold is not Fold.SUM:
        return Aggregate(fold, items, var.name, where, value, t.OptTy(ty), e.span)
    total_ty = t.ScaledTy(ty.unit, ty.scale, min(0, ty.lo) * most, max(0, ty.hi) * most)
    if not amounts.fits(total_ty):
        scope.sink.add(errors.too_wide(e.span, amounts.digits_of(total_ty)))
        return None
    total = Aggregate(fold, items, var.name, where, value, total_ty, e.span)
    if e.kind is _A.SUM:
        return total
    want = t.strip_opt(expect) if expect is not None else None
    scale = max(ty.scale, default_scale(ty.unit))
    if isinstance(want, t.ScaledTy) and want.unit == ty.unit:
        scale = want.scale
    count = Aggregate(Fold.COUNT, items, var.name, where, None, t.ScaledTy(t.NUMBER, 0, 0, most), e.span)
    mean = amounts.divide(facts, total, count, scale - ty.scale, 1, Rounding.HALF_UP, ty.unit, scale, e.span)
    mean = replace(mean, ty=t.ScaledTy(ty.unit, scale, *_raised(ty, scale))) if scale >= ty.scale else mean
    zero = amounts.lit(0, t.NUMBER, 0, e.span)
    some = Apply(Op.LT, (zero, count), t.BOOL, e.span)
    out = t.optional(mean.ty)
    return If(some, mean, Lit(None, out, e.span), out, e.span)


def _raised(ty: t.ScaledTy, scale: int) -> tuple[int, int]:
    factor = int(10 ** (scale - ty.scale))
    return ty.lo * factor, ty.hi * factor


def check_population_term(e: nodes.PopExpr, scope: Scope) -> Expr | None:
    """Take a population term out into a hidden definition and refer to it.

    It is evaluated for every record and every member, so what is known around it (`when x is present
    and percentile of x …`) is not known inside it.
    """
    measure = check_measure(e.measure, e.population, scope)
    group = check_group(e.group, scope)
    if measure is None or scope.subject is None or (group is None) != (e.group is None):
        return None
    percent = t.OptTy(t.ScaledTy(t.PERCENT, 4, 0, 100 * 10**4))
    n = e.n.digits if e.n is not None else 0
    kind, ty = _POP_KINDS[e.kind], percent
    if e.n is not None:
        ty = t.OptTy(t.ScaledTy(t.NUMBER, 0, 1, max(n, 1)))
        if n < 2:
            scope.sink.add(errors.out_of_range(e.n.span, Text(str(n)), Text("2"), Text("1,000,000")))
            return None
    term = PopTerm(kind, e.population.text, measure, group, n, (), True, 0, ty, e.span)
    key = DefKey(scope.subject, f"{scope.home or 'test'}#pop{len(scope.hidden) + 1}")
    scope.hidden.append(Def(key, ty, term, DefKind.POP, scope.home, scope.owner.policy, span=e.span))
    return Ref(key, Var("self", t.RecordTy(scope.subject), e.span), ty, e.span)


def check_measure(measure: nodes.Expr, population: nodes.Name, scope: Scope) -> Expr | None:
    """Check what a population is compared by: an amount of the subject itself."""
    pop = scope.symbols.populations.get(population.text)
    scope.symbols.used.add(f"pop:{population.text}")
    if pop is None:
        if population.text not in scope.owner.broken:
            near = suggest(population.text, scope.symbols.populations)
            where = Text("among the populations", "总体中")
            scope.sink.add(errors.unknown_name(population.span, population.text, near, where))
        return None
    if scope.items or scope.subject is None or made_up(scope.subject):
        what = Text("a comparison with a population", "与总体的比较")
        hint = Text("give it a `define` of its own", "请单独用“定义”写出")
        scope.sink.add(errors.wrong_place(measure.span, what, hint))
        return None
    if pop.record.text != scope.subject:
        scope.sink.add(population_record(population.span, population.text, pop.record.text, scope.subject))
        return None
    found = ce.check_expr(measure, scope, NO_FACTS)
    if found is None:
        return None
    if not isinstance(t.strip_opt(found.ty), t.ScaledTy):
        scope.sink.add(errors.wanted_kind(measure.span, found.ty, Text("an amount", "数量")))
        return None
    return found


def check_group(group: nodes.Path | None, scope: Scope) -> Expr | None:
    """Check within what a population is compared: a member of a type, a text or yes/no of the subject."""
    if group is None or scope.items:
        return None
    found = resolve_path(group, scope, NO_FACTS)
    if found is None:
        return None
    if not isinstance(t.strip_opt(found.ty), t.EnumTy | t.TextTy | t.BoolTy):
        scope.sink.add(group_type(group.span, str(group), found.ty))
        return None
    return found
