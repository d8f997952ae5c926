"""Declarations that hold data: records with their fields, parameters with their dated values."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.check import decl_errors, errors
from kamflow.check.check_expr import check_expr, fit, unify
from kamflow.check.facts import NO_FACTS
from kamflow.check.resolve_types import resolve_type
from kamflow.check.scope import Scope
from kamflow.check.symbols import Symbols, words
from kamflow.core import ty as t
from kamflow.core.expr import Expr, ListOf, Lit
from kamflow.core.program import FieldDecl, ParamDecl, RecordDecl
from kamflow.core.wording import say_amount
from kamflow.syntax import nodes
from kamflow.values.data import Value
from kamflow.values.dates import show_day


def constant(e: Expr | None, node: nodes.Expr, sink: Sink) -> tuple[Value, bool]:
    """Return (value, True) of a fixed value; (None, False) with a finding for anything computed."""
    match e:
        case None:
            return None, False
        case Lit(value):
            return value, True
        case ListOf(items):
            values = [constant(i, node, sink) for i in items]
            return tuple(v for v, _ in values), all(ok for _, ok in values)
        case _:
            sink.add(errors.not_constant(node.span))
            return None, False


def check_records(symbols: Symbols, scope_for: dict[str, Scope], sink: Sink) -> None:
    """Fill ``symbols.records``; a record inside itself (not as a list) is a circle."""
    for name, node in symbols.record_nodes.items():
        scope = scope_for[symbols.owner(node).policy]
        found: list[FieldDecl] = []
        seen: set[str] = set()
        for field_node in node.fields:
            if field_node.name.text in seen:
                continue
            seen.add(field_node.name.text)
            done = _check_field(field_node, scope)
            if done is not None:
                found.append(done)
        symbols.records[name] = RecordDecl(name, tuple(found), words(node.label), node.span)
    _refuse_nesting(symbols, sink)


def _refuse_nesting(symbols: Symbols, sink: Sink) -> None:
    for start in symbols.records:
        path, current = [start], start
        while True:
            decl = symbols.records[current]
            following = next(
                (ty.name for f in decl.fields if isinstance(ty := t.strip_opt(f.ty), t.RecordTy)), None
            )
            if following is None:
                break
            path.append(following)
            if following == start:
                if start == min(path):
                    sink.add(errors.cycle(decl.span, path, [symbols.records[r].span for r in path]))
                break
            if path.count(following) > 1:
                break
            current = following


def _check_field(node: nodes.FieldNode, scope: Scope) -> FieldDecl | None:
    wanted = resolve_type(node.type, scope.owner, scope.symbols, scope.sink)
    if wanted is None:
        return None
    ty: t.Ty = wanted.ty
    if node.range is not None:
        ranged = _check_range(node.range, ty, scope)
        ty = ranged if ranged is not None else ty
    default: Value = None
    has_default = False
    if node.default is not None:
        found = check_expr(node.default, scope, NO_FACTS, ty)
        fitted = fit(found, node.default, ty, scope, NO_FACTS) if found is not None else None
        default, has_default = constant(fitted, node.default, scope.sink)
        if has_default:
            check_in_range(default, ty, node.default.span, scope.sink)
    if node.optional and node.default is not None:
        both = Text("`optional` beside `default`", "“可缺失”与“缺省”同时使用")
        hint = Text(
            "a field with a default is never missing: keep one", "有缺省值的字段不会缺失，请只保留一个"
        )
        scope.sink.add(errors.wrong_place(node.span, both, hint))
    single = not isinstance(ty, t.ListTy | t.RecordTy)
    if node.changeable and not single:
        whole = Text("`changeable` at a list or a record", "“可调整”用在列表或记录上")
        hint = Text("mark the fields of that record instead", "请标注该记录自己的字段")
        scope.sink.add(errors.wrong_place(node.span, whole, hint))
    most = node.max_items.digits if node.max_items is not None else 10_000
    return FieldDecl(
        node.name.text,
        t.optional(ty) if node.optional else ty,
        has_default,
        default,
        words(node.label),
        node.unit.value if node.unit is not None else "",
        tuple(p.text for p in node.personal),
        most,
        node.changeable and single,
        node.name.span,
    )


def _check_range(pair: tuple[nodes.Expr, nodes.Expr], ty: t.Ty, scope: Scope) -> t.Ty | None:
    if not isinstance(ty, t.ScaledTy):
        scope.sink.add(errors.no_range(pair[0].span.to(pair[1].span), ty))
        return None
    ends: list[int] = []
    for node in pair:
        found = check_expr(node, scope, NO_FACTS, ty)
        fitted = fit(found, node, ty, scope, NO_FACTS) if found is not None else None
        value, ok = constant(fitted, node, scope.sink)
        if not ok or not isinstance(value, int):
            return None
        ends.append(value)
    lo, hi = ends
    if lo > hi:
        why = Text("the range is empty: its end lies before its beginning", "取值范围为空：终点小于起点")
        scope.sink.add(errors.bad_range(pair[0].span.to(pair[1].span), why))
        return None
    return t.ScaledTy(ty.unit, ty.scale, lo, hi)


def check_in_range(value: Value, ty: t.Ty, span: Span, sink: Sink) -> None:
    """Report a fixed value that its field could not hold."""
    inner = t.strip_opt(ty)
    if isinstance(inner, t.ScaledTy) and isinstance(value, int) and not inner.lo <= value <= inner.hi:
        shown, lo, hi = (say_amount(v, inner) for v in (value, inner.lo, inner.hi))
        sink.add(errors.out_of_range(span, shown, lo, hi))


def check_params(
    symbols: Symbols, scope_for: dict[str, Scope], scenarios: dict[str, list[nodes.Expr]]
) -> dict[str, ParamDecl]:
    """Check all parameters. Values of scenarios count for the range that is proved."""
    out: dict[str, ParamDecl] = {}
    for name, node in symbols.params.items():
        scope = scope_for[symbols.owner(node).policy]
        done = check_param(node, scope, scenarios.get(name, []))
        if done is not None:
            out[name] = done
    return out


def check_param(node: nodes.ParamNode, scope: Scope, others: list[nodes.Expr]) -> ParamDecl | None:
    wanted = resolve_type(node.type, scope.owner, scope.symbols, scope.sink)
    if wanted is None:
        return None
    last: nodes.DateLit | None = None
    for version in node.versions:
        if last is not None and version.start.day <= last.day:
            scope.sink.add(_out_of_order(version.start, last))
            return None
        last = version.start
    first = node.versions[0].start
    owner = scope.owner
    if first.day > owner.effective_from > 1:
        scope.sink.add(
            decl_errors.not_yet_valid(
                first.span, node.name.text, show_day(first.day), show_day(owner.effective_from), owner.header
            )
        )
    values = [
        _param_value(v.value, wanted.ty, scope, fixed=wanted.explicit is not None) for v in node.versions
    ]
    extra = [_param_value(v, wanted.ty, scope, fixed=wanted.explicit is not None) for v in others]
    found = [v for v in values + extra if v is not None]
    if len(found) != len(values) + len(extra):
        return None
    written = [v.value for v in node.versions] + others
    same = unify(found, written, scope, NO_FACTS)
    if same is None:
        return None
    ty = same[0].ty
    consts = [constant(v, n, scope.sink) for v, n in zip(same, written, strict=True)]
    if not all(ok for _, ok in consts):
        return None
    if isinstance(ty, t.ScaledTy):
        ints = [v for v, _ in consts if isinstance(v, int)]
        ty = t.ScaledTy(ty.unit, ty.scale, min(ints), max(ints))
    versions = tuple((v.start.day, c) for v, (c, _) in zip(node.versions, consts, strict=False))
    return ParamDecl(node.name.text, ty, versions, words(node.label), node.name.span)


def _out_of_order(late: nodes.DateLit, first: nodes.DateLit) -> Diagnostic:
    return decl_errors.dates_out_of_order(late.span, first.span, show_day(late.day), show_day(first.day))


def _param_value(node: nodes.Expr, ty: t.Ty, scope: Scope, *, fixed: bool) -> Expr | None:
    found = check_expr(node, scope, NO_FACTS, ty)
    if found is None:
        return None
    if not fixed and isinstance(ty, t.ScaledTy) and isinstance(found.ty, t.ScaledTy):
        ty = t.ScaledTy(ty.unit, max(ty.scale, found.ty.scale) if ty.unit.currency else found.ty.scale, 0, 0)
    return fit(found, node, ty, scope, NO_FACTS)
