"""Surface expression in, core expression out; each mistake is reported once, then ``None`` goes up.

Assumes: names collected, the definitions it reads checked before (dependency order). Leaves: core nodes
that meet the laws of ``core.expr``: equal scales, presence proved, divisors not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.check import aggregates, amounts, arithmetic, compare, decl_errors, errors
from kamflow.check.clash import grouped_with_point, no_member, unit_clash
from kamflow.check.facts import Facts, assume, is_present
from kamflow.check.guards import left_unknown, presence
from kamflow.check.resolve_types import default_scale
from kamflow.check.scope import Scope, knows_name, quiet, resolve_path
from kamflow.core import ty as t
from kamflow.core.expr import Apply, Expr, If, ListOf, Lit, Op, Today, Unwrap
from kamflow.syntax import nodes

UNITS = {"": t.NUMBER, "%": t.PERCENT, "days": t.DAYS, "months": t.MONTHS, "years": t.MONTHS}


def check_expr(e: nodes.Expr, scope: Scope, facts: Facts, expect: t.Ty | None = None) -> Expr | None:
    """Return the core of ``e``. ``expect`` helps where a type follows from the place: members of an
    enum, the target of a division; it is not enforced (``fit`` does that)."""
    match e:
        case nodes.Amount():
            if e.unit == "?":  # that was reported
                return None
            meant = grouped_with_point(e)
            if meant is not None:
                scope.sink.add(meant)
                return None
            return check_amount(e)
        case nodes.DateLit(day):
            return amounts.lit(day, t.DATE, 0, e.span)
        case nodes.TextLit(value):
            return Lit(value, t.TEXT, e.span)
        case nodes.YesNo(value):
            return Lit(value, t.BOOL, e.span)
        case nodes.TodayLit():
            return Today(t.ScaledTy(t.DATE, 0, t.FIRST_DATE, t.LAST_DATE), e.span)
        case nodes.Hole():
            scope.sink.add(decl_errors.result_open(e.span))
            return None
        case nodes.MissingLit():
            what = Text("`missing`", "“缺失”")
            hint = Text("write `… is missing`", "请写“… 为空”")
            scope.sink.add(errors.wrong_place(e.span, what, hint))
            return None
        case nodes.Path():
            return _check_path(e, scope, facts, expect)
        case nodes.Arith():
            return arithmetic.check_arith(e, scope, facts, expect)
        case nodes.Minus(arg):
            return _check_minus(e, arg, scope, facts, expect)
        case nodes.Compare():
            return compare.check_compare(e, scope, facts)
        case nodes.Presence(arg, present):
            return _check_presence(e, arg, present, scope, facts)
        case nodes.OneOf():
            return compare.check_one_of(e, scope, facts)
        case nodes.WithinLast():
            return compare.check_within(e, scope, facts)
        case nodes.Logic():
            return _check_logic(e, scope, facts)
        case nodes.Not(arg):
            inner = check_condition(arg, scope, facts)
            return None if inner is None else Apply(Op.NOT, (inner,), t.BOOL, e.span)
        case nodes.Cond():
            return _check_cond(e, scope, facts, expect)
        case nodes.Fallback():
            return _check_fallback(e, scope, facts, expect)
        case nodes.Call():
            return arithmetic.check_call(e, scope, facts, expect)
        case nodes.Between() | nodes.PartOf():
            return arithmetic.check_between(e, scope, facts)
        case nodes.Agg():
            return aggregates.check_aggregate(e, scope, facts, expect)
        case nodes.PopExpr():
            return aggregates.check_population_term(e, scope)
        case nodes.ListLit(items):
            return _check_list(e, items, scope, facts, expect)
        case _:
            assert_never(e)


def check_amount(e: nodes.Amount) -> Expr:
    digits = e.digits * 12 if e.unit == "years" else e.digits
    return amounts.lit(digits, UNITS.get(e.unit) or t.money(e.unit), e.scale, e.span)


def check_condition(e: nodes.Expr, scope: Scope, facts: Facts) -> Expr | None:
    """Check an expression that must be yes or no, and never missing."""
    found = check_expr(e, scope, facts, t.BOOL)
    if found is None:
        return None
    if isinstance(found.ty, t.OptTy) and isinstance(found.ty.inner, t.BoolTy):
        if scope.lenient:
            cond, value = presence(found)
            return Apply(Op.AND, (cond, value), t.BOOL, e.span)
        if left_unknown(found, scope):
            return presence(found)[1]
        user = Text("this condition", "这个条件")
        scope.sink.add(errors.may_be_missing(e.span, show_source(e), user, why_missing(e)))
        return None
    if not isinstance(found.ty, t.BoolTy):
        scope.sink.add(errors.not_a_condition(e.span, found.ty))
        return None
    return found


def fit(
    found: Expr, node: nodes.Expr, target: t.Ty, scope: Scope, facts: Facts, *, exact_scale: bool = True
) -> Expr | None:
    """Make ``found`` a value of ``target``: same type, decimals added where it has fewer.

    Ranges are not compared: they follow from the value. Without ``exact_scale`` more decimals than
    the target's stay.
    """
    if isinstance(found.ty, t.OptTy) and not isinstance(target, t.OptTy) and left_unknown(found, scope):
        found = presence(found)[1]
    if isinstance(found.ty, t.OptTy) and not isinstance(target, t.OptTy):
        user = Text("this place", "这个位置")
        at = _culprit(node, found)
        advice = errors.GIVE_A_VALUE
        scope.sink.add(errors.may_be_missing(at.span, show_source(at), user, why_missing(at), advice))
        return None
    want = t.strip_opt(target)
    have = t.strip_opt(found.ty)
    if isinstance(want, t.ScaledTy) and isinstance(have, t.ScaledTy):
        if want.unit != have.unit:
            scope.sink.add(unit_clash(node.span, have, want))
            return None
        if have.scale > want.scale:
            if not exact_scale:
                return found
            step = step_text(want)
            what = t.show_unit(want.unit)
            if isinstance(found, Lit):
                scope.sink.add(errors.too_fine(node.span, have.scale, want.scale, what))
                return None
            scope.sink.add(errors.needs_rounding(node.span, have.scale, want.scale, what, step))
            return None
        if isinstance(found.ty, t.OptTy):
            if have.scale == want.scale:
                return found
            return lift([found], lambda args: amounts.rescale(facts, args[0], want.scale), found.span)
        return amounts.rescale(facts, found, want.scale)
    if have != want and not _same_list(have, want):
        quoted = isinstance(have, t.TextTy) and isinstance(node, nodes.TextLit)
        hint = Text("write it without quotes", "请去掉引号") if quoted else None
        scope.sink.add(errors.mixed_types(node.span, have, want, hint))
        return None
    return found


def _same_list(have: t.Ty, want: t.Ty) -> bool:
    match have, want:
        case t.ListTy(t.ScaledTy(u1, s1, _, _)), t.ListTy(t.ScaledTy(u2, s2, _, _)):
            return u1 == u2 and s1 == s2
        case _:
            return False


def step_text(ty: t.ScaledTy) -> str:
    """Return the rounding step that gives a type's decimals, as an author writes it."""
    number = "1" if ty.scale == 0 else "0." + "0" * (ty.scale - 1) + "1"
    if ty.unit.kind is t.UnitKind.PERCENT:
        return number + "%"
    return f"{number} {ty.unit.currency}" if ty.unit.currency else number


# ---- missing values


def lift(args: Sequence[Expr], build: Callable[[list[Expr]], Expr | None], span: Span) -> Expr | None:
    """Build from present values; where an argument may be missing, so may the result."""
    conds: list[Expr] = []
    values: list[Expr] = []
    for arg in args:
        if isinstance(arg.ty, t.OptTy):
            cond, value = presence(arg)
            if cond not in conds:
                conds.append(cond)
            values.append(value)
        else:
            values.append(arg)
    inner = build(values)
    if inner is None or not conds:
        return inner
    cond = conds[0] if len(conds) == 1 else Apply(Op.AND, tuple(conds), t.BOOL, span)
    ty = t.optional(inner.ty)
    return If(cond, inner, Lit(None, ty, span), ty, span)


def _culprit(node: nodes.Expr, found: Expr) -> nodes.Expr:
    """Return the branch of a choice that can be missing, else the expression itself."""
    if not isinstance(node, nodes.Cond):
        return node
    for value, _ in node.branches:
        if not isinstance(found, If):
            return node
        if isinstance(found.then.ty, t.OptTy):
            return _culprit(value, found.then)
        found = found.other
    return _culprit(node.other, found)


def why_missing(e: nodes.Expr) -> Text:
    """Say why an expression can be missing, where that is not plain from a field's `optional`."""
    if any(isinstance(n, nodes.Arith) and n.op is nodes.ArithOp.DIV for n in _parts(e)):
        return Text(" (its divisor can be 0)", "（除数可能为 0）")
    return Text("", "")


def _parts(e: nodes.Expr) -> list[nodes.Expr]:
    match e:
        case nodes.Arith(_, left, right):
            return [e, *_parts(left), *_parts(right)]
        case nodes.Minus(arg):
            return _parts(arg)
        case nodes.Call(_, args):
            return [p for a in args for p in _parts(a)]
        case _:
            return [e]


def show_source(e: nodes.Expr) -> str:
    """Name an expression in a message: a path in full, anything else by its shape."""
    match e:
        case nodes.Path():
            return str(e)
        case nodes.Arith(op, left, right):
            return f"{show_source(left)} {op.value} {show_source(right)}"
        case nodes.Amount(_, _, unit, written):
            return f"{written}{'' if unit in ('', '%') else ' '}{unit}"
        case nodes.Agg(kind, value, items):
            of = "" if value is None else f"{show_source(value)} of "
            return f"{kind.value} {of}{items}"
        case nodes.Call(function, args):
            return f"{function.value}({', '.join(show_source(a) for a in args)})"
        case nodes.Minus(arg):
            return f"-{show_source(arg)}"
        case _:
            return "…"


def _check_presence(
    e: nodes.Presence, arg: nodes.Expr, present: bool, scope: Scope, facts: Facts
) -> Expr | None:
    found = check_expr(arg, scope, facts)
    if found is None:
        return None
    if not isinstance(found.ty, t.OptTy):
        if not is_present(facts, found) and not isinstance(found, Unwrap):
            word, word_zh = ("true", "总是成立") if present else ("false", "永远不成立")
            what = Text(f"this is always {word}", f"这个条件{word_zh}")
            hint = Text(
                "delete the condition, or declare the field `optional`",
                "请删除这个条件，或把字段声明为“可缺失”",
            )
            scope.sink.add(errors.never_missing(e.span, show_source(arg), what, hint))
        return Lit(present, t.BOOL, e.span)
    cond, _ = presence(found)
    return cond if present else Apply(Op.NOT, (cond,), t.BOOL, e.span)


# ---- logic and choice


def _check_path(e: nodes.Path, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    want = t.strip_opt(expect) if expect is not None else None
    name = e.parts[0].text
    if isinstance(want, t.EnumTy) and len(e.parts) == 1 and name in want.members:
        return Lit(want.members.index(name), want, e.span)
    if isinstance(want, t.EnumTy) and len(e.parts) == 1 and not knows_name(name, scope):
        if name not in scope.owner.broken:
            scope.sink.add(no_member(e.span, name, want, scope))
        return None
    return resolve_path(e, scope, facts)


def _check_minus(
    e: nodes.Minus, arg: nodes.Expr, scope: Scope, facts: Facts, expect: t.Ty | None
) -> Expr | None:
    inner = check_expr(arg, scope, facts, expect)
    if inner is None:
        return None
    ty = t.strip_opt(inner.ty)
    if not isinstance(ty, t.ScaledTy) or ty.unit.kind is t.UnitKind.DATE:
        scope.sink.add(errors.bad_operands(e.span, "-", ty, ty))
        return None
    return lift([inner], lambda args: amounts.negate(facts, args[0], e.span), e.span)


def _check_logic(e: nodes.Logic, scope: Scope, facts: Facts) -> Expr | None:
    """Check each operand under what the ones before it prove: `x is present and x > 3`."""
    args: list[Expr] = []
    known = facts
    failed = False
    for i, arg in enumerate(e.args):
        if i and _is_bare_member(arg, e.args[i - 1], scope):
            failed = True
            continue
        found = check_condition(arg, scope, known)
        if found is None:
            failed = True
            continue
        args.append(found)
        known = assume(known, found, e.op is not nodes.LogicOp.OR)
    if failed:
        return None
    if e.op is nodes.LogicOp.IMPLIES:
        left = Apply(Op.NOT, (args[0],), t.BOOL, e.args[0].span)
        return Apply(Op.OR, (left, args[1]), t.BOOL, e.span)
    op = Op.AND if e.op is nodes.LogicOp.AND else Op.OR
    return Apply(op, tuple(args), t.BOOL, e.span)


def _is_bare_member(arg: nodes.Expr, before: nodes.Expr, scope: Scope) -> bool:
    """Catch `tier is key or strategic`, the commonest slip in conditions."""
    if not isinstance(arg, nodes.Path) or len(arg.parts) != 1 or not isinstance(before, nodes.Compare):
        return False
    name = arg.parts[0].text
    if name not in scope.symbols.enum_members():
        return False
    left = show_source(before.left)
    scope.sink.add(errors.or_needs_comparison(arg.span, name, left))
    return True


def _check_cond(e: nodes.Cond, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    """`a when c1, b when c2, otherwise d`: lazy, from the left, each under the conditions before it."""
    hint = expect or _hint(e.other, scope, facts) or _first_hint(e, scope, facts)
    known = facts
    branches: list[tuple[Expr, Expr]] = []
    failed = False
    for value, cond in e.branches:
        test = check_condition(cond, scope, known)
        if test is None:
            failed = True
            check_expr(value, scope, known, hint)
            continue
        then = check_expr(value, scope, assume(known, test, True), hint)
        known = assume(known, test, False)
        if then is None:
            failed = True
            continue
        branches.append((test, then))
    other = check_expr(e.other, scope, known, hint)
    if failed or other is None:
        return None
    written = [v for v, _ in e.branches] + [e.other]
    values = unify([then for _, then in branches] + [other], written, scope, facts)
    if values is None:
        return None
    result = values[-1]
    for (test, _), then in zip(reversed(branches), reversed(values[:-1]), strict=True):
        result = If(test, then, result, join(then.ty, result.ty), e.span)
    return result


def _first_hint(e: nodes.Cond, scope: Scope, facts: Facts) -> t.Ty | None:
    return next((h for v, _ in e.branches if (h := _hint(v, scope, facts)) is not None), None)


def _hint(e: nodes.Expr, scope: Scope, facts: Facts) -> t.Ty | None:
    """Return the type of a sibling as the target of a division: a literal, or anything that has one.

    A literal says the unit only; its decimals are those of a quotient whose target does not say more.
    """
    match e:
        case nodes.Amount(unit="?"):
            return None
        case nodes.Amount():
            unit = UNITS.get(e.unit) or t.money(e.unit)
            return t.ScaledTy(unit, max(default_scale(unit), e.scale), 0, 0)
        case nodes.Minus(arg):
            return _hint(arg, scope, facts)
        case nodes.Path() | nodes.Call():
            found = check_expr(e, quiet(scope), facts)
            return t.strip_opt(found.ty) if found is not None else None
        case _:
            return None


def _check_fallback(e: nodes.Fallback, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    hint = expect or _hint(e.other, scope, facts)
    arg = check_expr(e.arg, scope, facts, hint)
    other = check_expr(e.other, scope, facts, hint or (arg.ty if arg is not None else None))
    if arg is None or other is None:
        return None
    if not isinstance(arg.ty, t.OptTy):
        what = Text("`otherwise` never applies", "“否则”不会起作用")
        advice = Text("delete `otherwise …`", "请删除“否则 …”")
        scope.sink.add(errors.never_missing(e.arg.span, show_source(e.arg), what, advice))
        return arg
    cond, value = presence(arg)
    values = unify([value, other], [e.arg, e.other], scope, facts)
    if values is None:
        return None
    return If(cond, values[0], values[1], join(values[0].ty, values[1].ty), e.span)


def unify(found: list[Expr], written: Sequence[nodes.Expr], scope: Scope, facts: Facts) -> list[Expr] | None:
    """Give values that stand for one another one type: the finest scale, optional if one may be missing."""
    first = t.strip_opt(found[0].ty)
    for value, node in zip(found, written, strict=True):
        have = t.strip_opt(value.ty)
        if isinstance(first, t.ScaledTy) and isinstance(have, t.ScaledTy):
            if have.unit != first.unit:
                scope.sink.add(unit_clash(node.span, have, first))
                return None
        elif have != first and not _same_list(have, first):
            scope.sink.add(errors.mixed_types(node.span, have, first))
            return None
    if not isinstance(first, t.ScaledTy):
        return found
    scale = max(amounts.scaled(_bare(v)).scale for v in found)
    out: list[Expr] = []
    for value in found:
        raised = lift([value], lambda args: amounts.rescale(facts, args[0], scale), value.span)
        assert raised is not None
        out.append(value if amounts.scaled(_bare(value)).scale == scale else raised)
    return out


def _bare(e: Expr) -> Expr:
    return Unwrap(e, e.ty.inner, e.span) if isinstance(e.ty, t.OptTy) else e


def join(a: t.Ty, b: t.Ty) -> t.Ty:
    """Return the type that holds the values of both (same unit and scale by now)."""
    x, y = t.strip_opt(a), t.strip_opt(b)
    out: t.Ty = x
    if isinstance(x, t.ScaledTy) and isinstance(y, t.ScaledTy):
        out = t.ScaledTy(x.unit, x.scale, min(x.lo, y.lo), max(x.hi, y.hi))
    elif isinstance(x, t.ListTy) and isinstance(y, t.ListTy):
        out = t.ListTy(join(x.item, y.item))
    return t.optional(out) if isinstance(a, t.OptTy) or isinstance(b, t.OptTy) else out


def _check_list(
    e: nodes.ListLit, items: tuple[nodes.Expr, ...], scope: Scope, facts: Facts, expect: t.Ty | None
) -> Expr | None:
    want = t.strip_opt(expect) if expect is not None else None
    item_ty = want.item if isinstance(want, t.ListTy) else None
    found = [check_expr(i, scope, facts, item_ty) for i in items]
    checked = [f for f in found if f is not None]
    if len(checked) != len(found):
        return None
    if not checked:
        return ListOf((), t.ListTy(item_ty or t.TEXT), e.span)
    if item_ty is not None:
        fitted = [fit(f, i, item_ty, scope, facts) for f, i in zip(checked, items, strict=True)]
        values = [f for f in fitted if f is not None]
        if len(values) != len(fitted):
            return None
    else:
        unified = unify(checked, items, scope, facts)
        if unified is None:
            return None
        values = unified
    ty = values[0].ty  # the range follows from the items, not from the declared type
    for value in values[1:]:
        ty = join(ty, value.ty)
    return ListOf(tuple(values), t.ListTy(ty), e.span)
