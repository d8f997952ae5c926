"""Comparisons: what can be compared with what, and nothing that may be missing."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.check import amounts, arithmetic, errors
from kamflow.check import check_expr as ce
from kamflow.check.facts import Facts, bounds
from kamflow.check.guards import left_unknown, presence
from kamflow.check.scope import Scope, knows_name
from kamflow.core import ty as t
from kamflow.core.expr import Apply, Expr, Lit, Op, Today
from kamflow.syntax import nodes

_C = nodes.CompareOp
_EQUAL = {_C.EQ, _C.IS}
_UNEQUAL = {_C.NE, _C.IS_NOT}
_SWAP = {_C.GE, _C.AT_LEAST, _C.GT, _C.ABOVE}
_STRICT = {_C.LT, _C.BELOW, _C.GT, _C.ABOVE}


def check_sides(left: nodes.Expr, right: nodes.Expr, scope: Scope, facts: Facts) -> tuple[Expr, Expr] | None:
    """Check both sides of a comparison; a bare member of a type takes its type from the other side."""
    if _is_bare(left, scope) and not _is_bare(right, scope):
        b = ce.check_expr(right, scope, facts)
        a = ce.check_expr(left, scope, facts, b.ty if b is not None else None)
    else:
        a = ce.check_expr(left, scope, facts)
        if a is None:
            if not _is_bare(right, scope) and not _has_bare_items(right, scope):
                ce.check_expr(right, scope, facts)
            return None
        b = ce.check_expr(right, scope, facts, a.ty)
    return (a, b) if a is not None and b is not None else None


def _is_bare(e: nodes.Expr, scope: Scope) -> bool:
    return isinstance(e, nodes.Path) and len(e.parts) == 1 and not knows_name(e.parts[0].text, scope)


def _has_bare_items(e: nodes.Expr, scope: Scope) -> bool:
    """Say whether a list names members, whose type only the other side of the comparison tells."""
    return isinstance(e, nodes.ListLit) and any(_is_bare(item, scope) for item in e.items)


def check_compare(e: nodes.Compare, scope: Scope, facts: Facts) -> Expr | None:
    sides = check_sides(e.left, e.right, scope, facts)
    if sides is None:
        return None
    left, right = _known(sides[0], scope), _known(sides[1], scope)
    written = ((left, e.left), (right, e.right))
    optional = [n for s, n in written if isinstance(s.ty, t.OptTy)]
    if optional and not scope.lenient:
        user = Text("this comparison", "这个比较")
        for node in optional:
            shown = ce.show_source(node)
            scope.sink.add(errors.may_be_missing(node.span, shown, user, ce.why_missing(node)))
        return None
    result = ce.lift([left, right], lambda v: compare_values(e, v[0], v[1], scope, facts), e.span)
    if result is not None and isinstance(result.ty, t.OptTy):
        cond, value = presence(result)
        return Apply(Op.AND, (cond, value), t.BOOL, e.span)
    return result


def _known(e: Expr, scope: Scope) -> Expr:
    """Return an operand; in a guard its value where it is there: elsewhere the guard is unknown."""
    return presence(e)[1] if isinstance(e.ty, t.OptTy) and left_unknown(e, scope) else e


def compare_values(e: nodes.Compare, left: Expr, right: Expr, scope: Scope, facts: Facts) -> Expr | None:
    a, b = left.ty, right.ty
    match a, b:
        case t.ScaledTy(), t.ScaledTy():
            if a.unit != b.unit:
                _report_units(e, a, b, scope)
                return None
            left, right = amounts.align(facts, [left, right])
            _warn_constant(e, left, right, scope, facts)
            return _ordered(e, left, right)
        case t.EnumTy(), t.EnumTy() if a == b:
            if e.op not in _EQUAL | _UNEQUAL and not a.ordered:
                scope.sink.add(errors.not_ordered(e.span, a.name))
                return None
            return _ordered(e, left, right)
        case (t.TextTy(), t.TextTy()) | (t.BoolTy(), t.BoolTy()) if e.op in _EQUAL | _UNEQUAL:
            op = Op.EQ_TEXT if isinstance(a, t.TextTy) else Op.EQ_BOOL
            same = Apply(op, (left, right), t.BOOL, e.span)
            return same if e.op in _EQUAL else Apply(Op.NOT, (same,), t.BOOL, e.span)
        case _:
            scope.sink.add(errors.bad_operands(e.span, e.op.value, a, b, _hint(a, b)))
            return None


def _hint(a: t.Ty, b: t.Ty) -> Text | None:
    match a, b:
        case (t.EnumTy(name, members, _), t.TextTy()) | (t.TextTy(), t.EnumTy(name, members, _)):
            some = ", ".join(members[:4])
            return Text(
                f"members of `{name}` are written without quotes: {some}",
                f"类型“{name}”的成员不加引号，例如：{some}",
            )
        case t.TextTy(), t.TextTy():
            return Text(
                "texts are equal or not; for an order declare a type with `is ordered`",
                "文本只能判断是否相等；要比较高低，请声明“有序”的类型",
            )
        case _:
            return None


def _report_units(e: nodes.Compare, a: t.ScaledTy, b: t.ScaledTy, scope: Scope) -> None:
    if a.unit.currency and b.unit.currency:
        scope.sink.add(errors.mixed_currency(e.span, a.unit.currency, b.unit.currency))
        return
    hint = None
    kinds = {a.unit.kind, b.unit.kind}
    number = t.UnitKind.NUMBER
    if number in kinds and isinstance(e.right, nodes.Amount):
        unit = a.unit
        example = {
            t.UnitKind.MONEY: f"{e.right.written} {unit.currency}",
            t.UnitKind.PERCENT: f"{e.right.written}%",
            t.UnitKind.DAYS: f"{e.right.written} days",
            t.UnitKind.MONTHS: f"{e.right.written} months",
        }.get(unit.kind)
        if example:
            zh = example.replace(" days", " 天").replace(" months", " 个月").replace(" CNY", " 元")
            hint = Text(f"did you mean {example}?", f"是否想写 {zh}？")
    if kinds == {t.UnitKind.DAYS, t.UnitKind.MONTHS}:
        hint = Text(
            "days and months do not compare: a month has no fixed length",
            "天与月不能比较：月的长度不固定",
        )
    scope.sink.add(errors.bad_operands(e.span, e.op.value, a, b, hint))


def _ordered(e: nodes.Compare, left: Expr, right: Expr) -> Expr:
    if e.op in _EQUAL | _UNEQUAL:
        same = Apply(Op.EQ_INT, (left, right), t.BOOL, e.span)
        return same if e.op in _EQUAL else Apply(Op.NOT, (same,), t.BOOL, e.span)
    op = Op.LT if e.op in _STRICT else Op.LE
    args = (right, left) if e.op in _SWAP else (left, right)
    return Apply(op, args, t.BOOL, e.span)


def _warn_constant(e: nodes.Compare, left: Expr, right: Expr, scope: Scope, facts: Facts) -> None:
    """Warn of a comparison with a number that the field can never reach."""
    if not isinstance(right, Lit) or isinstance(left, Lit):
        return
    (lo, hi), (c, _) = bounds(facts, left), bounds(facts, right)
    shown = ce.show_source(e.left)
    if c > hi or c < lo:
        never = (c > hi) == (e.op in {_C.GE, _C.AT_LEAST, _C.GT, _C.ABOVE} | _EQUAL)
        if e.op in _EQUAL:
            never = True
        if e.op in _UNEQUAL:
            never = False
        side, side_zh = ("above", "高于") if c > hi else ("below", "低于")
        why = Text(
            f"the bound lies {side} everything that `{shown}` can be",
            f"界限{side_zh}“{shown}”可能的所有取值",
        )
        scope.sink.add(errors.always_same(e.span, not never, why))


def check_one_of(e: nodes.OneOf, scope: Scope, facts: Facts) -> Expr | None:
    """`x is one of (a, b)`: equal to one of them."""
    tests: list[Expr] = []
    for item in e.items:
        one = nodes.Compare(_C.IS, e.arg, item, e.span)
        found = check_compare(one, scope, facts)
        if found is None:
            return None
        tests.append(found)
    return tests[0] if len(tests) == 1 else Apply(Op.OR, tuple(tests), t.BOOL, e.span)


def check_within(e: nodes.WithinLast, scope: Scope, facts: Facts) -> Expr | None:
    """`d within last 90 days`: ``today - 90 days < d <= today`` (half-open, anchored at `as of`)."""
    day = ce.check_expr(e.arg, scope, facts)
    length = ce.check_amount(e.length)
    if day is None or e.length.unit == "?":
        return None
    day = _known(day, scope)
    ty = t.strip_opt(day.ty)
    if not isinstance(ty, t.ScaledTy) or ty.unit.kind is not t.UnitKind.DATE:
        scope.sink.add(errors.wanted_kind(e.arg.span, ty, Text("a date", "日期")))
        return None
    if isinstance(day.ty, t.OptTy) and not scope.lenient:
        user = Text("this comparison", "这个比较")
        scope.sink.add(errors.may_be_missing(e.arg.span, ce.show_source(e.arg), user, Text("", "")))
        return None
    today = Today(t.ScaledTy(t.DATE, 0, t.FIRST_DATE, t.LAST_DATE), e.span)
    unit = amounts.scaled(length).unit
    start: Expr | None
    if unit.kind is t.UnitKind.DAYS:
        start = amounts.add(facts, Op.SUB, today, length, t.DATE, e.span)
    elif unit.kind is t.UnitKind.MONTHS:
        start = arithmetic.add_months(today, length, True, e.span, scope, facts)
    else:
        scope.sink.add(
            errors.wanted_kind(
                e.length.span,
                length.ty,
                Text("a number of days or months", "天数或月数"),
                Text(f"write the unit: {e.length.written} days", f"请写上单位：{e.length.written} 天"),
            )
        )
        return None
    if start is None:
        return None
    begin = start

    def build(v: list[Expr]) -> Expr:
        after = Apply(Op.LT, (begin, v[0]), t.BOOL, e.span)
        until = Apply(Op.LE, (v[0], today), t.BOOL, e.span)
        return Apply(Op.AND, (after, until), t.BOOL, e.span)

    found = ce.lift([day], build, e.span)
    if found is not None and isinstance(found.ty, t.OptTy):
        cond, value = presence(found)
        return Apply(Op.AND, (cond, value), t.BOOL, e.span)
    return found
