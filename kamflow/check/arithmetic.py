"""`+ - * /`, functions and date arithmetic: which units go together, and what comes out."""

from __future__ import annotations

from kamflow.base.span import Span
from kamflow.base.text import Text
from kamflow.check import amounts, errors
from kamflow.check import check_expr as ce
from kamflow.check.facts import Facts, bounds, excludes_zero
from kamflow.check.scope import Scope, knows_name, quiet
from kamflow.core import ty as t
from kamflow.core.expr import Apply, Expr, If, Lit, Op
from kamflow.syntax import nodes
from kamflow.values.rounding import Rounding

_K = t.UnitKind
_MODES = {
    "half_up": Rounding.HALF_UP, "half_even": Rounding.HALF_EVEN, "up": Rounding.UP, "down": Rounding.DOWN,
    "floor": Rounding.FLOOR, "ceiling": Rounding.CEILING, "四舍五入": Rounding.HALF_UP,
    "银行家舍入": Rounding.HALF_EVEN, "进位": Rounding.UP, "舍去": Rounding.DOWN,
    "向下取整": Rounding.FLOOR, "向上取整": Rounding.CEILING,
}  # fmt: skip


def check_arith(e: nodes.Arith, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    if e.op is nodes.ArithOp.DIV:
        return _check_division(e, scope, facts, expect)
    side = expect if e.op in {nodes.ArithOp.ADD, nodes.ArithOp.SUB} else None
    left = ce.check_expr(e.left, scope, facts, side)
    right = ce.check_expr(e.right, scope, facts, side)
    if left is None or right is None:
        return None
    a, b = t.strip_opt(left.ty), t.strip_opt(right.ty)
    if not isinstance(a, t.ScaledTy) or not isinstance(b, t.ScaledTy):
        scope.sink.add(errors.bad_operands(e.span, e.op.value, a, b))
        return None
    result = ce.lift(
        [left, right],
        lambda v: _multiply(e, v, scope, facts) if e.op is nodes.ArithOp.MUL else _add(e, v, scope, facts),
        e.span,
    )
    return _guard_width(result, e.span, scope)


def _guard_width(e: Expr | None, span: Span, scope: Scope) -> Expr | None:
    ty = t.strip_opt(e.ty) if e is not None else None
    if not isinstance(ty, t.ScaledTy):
        return e
    if not amounts.fits(ty):
        scope.sink.add(errors.too_wide(span, amounts.digits_of(ty)))
        return None
    if ty.unit.kind is _K.DATE and not (ty.lo >= t.DATE_FLOOR and ty.hi <= t.DATE_CEIL):
        scope.sink.add(errors.date_out_of_calendar(span))
        return None
    return e


def _add(e: nodes.Arith, v: list[Expr], scope: Scope, facts: Facts) -> Expr | None:
    left, right = v
    a, b = amounts.scaled(left).unit, amounts.scaled(right).unit
    op = Op.ADD if e.op is nodes.ArithOp.ADD else Op.SUB
    match a.kind, b.kind:
        case (_K.DATE, _K.DAYS) | (_K.DAYS, _K.DATE) if op is Op.ADD or a.kind is _K.DATE:
            days = amounts.scaled(right if a.kind is _K.DATE else left)
            if days.scale:
                what, step = t.show_unit(t.DAYS), ce.step_text(t.ScaledTy(t.DAYS, 0, 0, 0))
                scope.sink.add(errors.needs_rounding(e.span, days.scale, 0, what, f"{step} days"))
                return None
            x, y = amounts.align(facts, [left, right])
            return amounts.add(facts, op, x, y, t.DATE, e.span)
        case (_K.DATE, _K.DATE) if op is Op.SUB:
            return amounts.add(facts, op, left, right, t.DAYS, e.span)
        case (_K.DATE, _K.MONTHS):
            return add_months(left, right, op is Op.SUB, e.span, scope, facts)
        case _ if a == b and a.kind is not _K.DATE:
            x, y = amounts.align(facts, [left, right])
            return amounts.add(facts, op, x, y, a, e.span)
        case (_K.MONEY, _K.MONEY):
            scope.sink.add(errors.mixed_currency(e.span, a.currency, b.currency))
        case _:
            ta, tb = amounts.scaled(left), amounts.scaled(right)
            scope.sink.add(errors.bad_operands(e.span, e.op.value, ta, tb, _add_hint(a, b)))
    return None


def _add_hint(a: t.Unit, b: t.Unit) -> Text | None:
    kinds = {a.kind, b.kind}
    if _K.PERCENT in kinds and len(kinds) == 2:
        return Text(
            "for a percentage on top write `x * 108%` or `x * (100% + p)`",
            "若要加上一个百分比，请写“x * 108%”或“x * (100% + p)”",
        )
    if kinds == {_K.NUMBER, _K.MONEY}:
        code = a.currency or b.currency
        return Text(f"write the currency at the number: `100 {code}`", f"请给数字写上币种，例如“100 {code}”")
    if kinds == {_K.DAYS, _K.MONTHS}:
        return Text(
            "days and months do not add up: a month has no fixed length", "天与月不能相加：月的长度不固定"
        )
    return None


def add_months(day: Expr, months: Expr, minus: bool, span: Span, scope: Scope, facts: Facts) -> Expr | None:
    """``date ± months`` by the month-end rule of the policy's header."""
    if scope.owner.month_end_clamp is None:
        scope.sink.add(errors.month_end_unset(span))
        return None
    if amounts.scaled(months).scale:
        hint = Text("only whole months move a date", "日期只能按整月移动")
        sign = "-" if minus else "+"
        scope.sink.add(errors.bad_operands(span, sign, day.ty, months.ty, hint))
        return None
    if minus:
        months = amounts.negate(facts, months, span)
    op = Op.ADD_MONTHS_CLAMP if scope.owner.month_end_clamp else Op.ADD_MONTHS_NEXT
    (a, b), (c, d) = bounds(facts, day), bounds(facts, months)
    # a month has 28 to 31 days, so these bounds hold whatever the month's end does
    lo = a + (c * 31 if c < 0 else c * 28) - 3
    hi = b + (d * 31 if d > 0 else d * 28) + 3
    return Apply(op, (day, months), t.ScaledTy(t.DATE, 0, lo, hi), span)


def _multiply(e: nodes.Arith, v: list[Expr], scope: Scope, facts: Facts) -> Expr | None:
    """`percent * x` takes that part of x and has x's unit; `number * x` has x's unit."""
    left, right = v
    a, b = amounts.scaled(left), amounts.scaled(right)
    scale = a.scale + b.scale
    ka, kb = a.unit.kind, b.unit.kind
    if _K.DATE in (ka, kb):
        scope.sink.add(errors.bad_operands(e.span, "*", a, b))
        return None
    if _K.PERCENT in (ka, kb):
        unit = b.unit if ka is _K.PERCENT else a.unit
        scale += 2
    elif ka is _K.NUMBER:
        unit = b.unit
    elif kb is _K.NUMBER:
        unit = a.unit
    else:
        scope.sink.add(errors.bad_operands(e.span, "*", a, b))
        return None
    return amounts.multiply(facts, left, right, unit, scale, e.span)


def _check_division(
    e: nodes.Arith,
    scope: Scope,
    facts: Facts,
    expect: t.Ty | None,
    step: nodes.Amount | None = None,
    mode: Rounding = Rounding.HALF_UP,
) -> Expr | None:
    """Division is one rounding: to the declared target, or to the step of the `round` around it."""
    left = ce.check_expr(e.left, scope, facts)
    right = ce.check_expr(e.right, scope, facts)
    if left is None or right is None:
        return None
    a, b = t.strip_opt(left.ty), t.strip_opt(right.ty)
    if not isinstance(a, t.ScaledTy) or not isinstance(b, t.ScaledTy):
        scope.sink.add(errors.bad_operands(e.span, "/", a, b))
        return None
    want = t.strip_opt(expect) if expect is not None else None
    if step is not None:
        want = t.ScaledTy(ce.UNITS.get(step.unit) or t.money(step.unit), step.scale, 0, 0)
    target = _quotient(e, a, b, want if isinstance(want, t.ScaledTy) else None, scope)
    if target is None:
        return None
    unit, scale = target
    power = b.scale - a.scale + scale
    if b.unit.kind is _K.PERCENT and a.unit.kind is not _K.PERCENT:
        power += 2
    elif unit.kind is _K.PERCENT and a.unit == b.unit:
        power += 2  # a ratio, in percent
    digits = step.digits if step is not None else 1

    def build(v: list[Expr]) -> Expr | None:
        num, den = v
        inner = amounts.divide(facts, num, den, power, digits, mode, unit, scale, e.span)
        if isinstance(den, Lit) and den.value == 0:
            scope.sink.add(errors.division_by_zero(e.span))
            return None
        if excludes_zero(facts, den):
            return inner
        zero = amounts.lit(0, b.unit, b.scale, e.span)
        not_zero = Apply(Op.NOT, (Apply(Op.EQ_INT, (den, zero), t.BOOL, e.span),), t.BOOL, e.span)
        ty = t.optional(inner.ty)
        return If(not_zero, inner, Lit(None, ty, e.span), ty, e.span)

    return _guard_width(ce.lift([left, right], build, e.span), e.span, scope)


def _quotient(
    e: nodes.Arith, a: t.ScaledTy, b: t.ScaledTy, want: t.ScaledTy | None, scope: Scope
) -> tuple[t.Unit, int] | None:
    """Return unit and scale of ``a / b``, or None with the finding."""
    ka, kb = a.unit.kind, b.unit.kind
    if a.unit == b.unit and ka is not _K.DATE:
        allowed: tuple[t.UnitKind, ...] = (_K.NUMBER, _K.PERCENT)
    elif kb in {_K.NUMBER, _K.PERCENT} and ka is not _K.DATE:
        allowed = (ka,)
    elif a.unit.currency and b.unit.currency:
        scope.sink.add(errors.mixed_currency(e.span, a.unit.currency, b.unit.currency))
        return None
    else:
        scope.sink.add(errors.bad_operands(e.span, "/", a, b))
        return None
    if want is None or want.unit.kind not in allowed:
        if want is not None:
            have = t.ScaledTy(a.unit if allowed == (ka,) else t.NUMBER, 0, 0, 0)
            scope.sink.add(errors.mixed_types(e.span, have, want))
        elif allowed == (_K.DAYS,):
            return t.DAYS, 0
        else:
            scope.sink.add(errors.division_needs_target(e.span))
        return None
    if allowed == (ka,) and want.unit != a.unit:
        scope.sink.add(errors.mixed_currency(e.span, a.unit.currency, want.unit.currency))
        return None
    unit = want.unit if a.unit == b.unit else a.unit
    return unit, want.scale


def check_call(e: nodes.Call, scope: Scope, facts: Facts, expect: t.Ty | None) -> Expr | None:
    if e.function is nodes.Function.ROUND:
        return _check_round(e, scope, facts)
    side = expect
    for written in e.args:  # a bare member of a type takes its type from an argument that has one
        if isinstance(written, nodes.Path) and knows_name(written.parts[0].text, scope):
            known = ce.check_expr(written, quiet(scope), facts)
            side = known.ty if known is not None and isinstance(known.ty, t.EnumTy) else side
    found = [ce.check_expr(a, scope, facts, side) for a in e.args]
    args = [f for f in found if f is not None]
    if len(args) != len(found):
        return None
    name = e.function.value
    if e.function is nodes.Function.ABS and len(args) != 1:
        hint = Text("abs takes one value", "“绝对值”只接受一个值")
        what = Text(f"`abs` of {len(args)} values", f"对 {len(args)} 个值取绝对值")
        scope.sink.add(errors.wrong_place(e.span, what, hint))
        return None
    for arg, node in zip(args, e.args, strict=True):
        ty = t.strip_opt(arg.ty)
        is_enum = isinstance(ty, t.EnumTy) and ty.ordered and e.function is not nodes.Function.ABS
        if not isinstance(ty, t.ScaledTy) and not is_enum:
            scope.sink.add(errors.bad_operands(node.span, name, ty, ty))
            return None
    values = ce.unify(args, e.args, scope, facts)
    if values is None:
        return None
    op = Op.MIN if e.function is nodes.Function.MIN else Op.MAX

    def build(v: list[Expr]) -> Expr | None:
        if e.function is nodes.Function.ABS:
            return amounts.absolute(facts, v[0], e.span)
        if len(v) == 1:
            return v[0]
        if isinstance(v[0].ty, t.EnumTy):
            return Apply(op, tuple(v), v[0].ty, e.span)
        return amounts.extreme(facts, op, v, e.span)

    return ce.lift(values, build, e.span)


def _check_round(e: nodes.Call, scope: Scope, facts: Facts) -> Expr | None:
    if len(e.args) not in {2, 3}:
        why = Text(
            "round takes a value, a step and perhaps a mode", "“舍入”需要一个值、一个步长，可再加舍入方式"
        )
        scope.sink.add(errors.bad_rounding_step(e.span, why))
        return None
    value, step = e.args[0], e.args[1]
    if not isinstance(step, nodes.Amount) or step.digits == 0 or step.unit in {"months", "years"}:
        why = Text("the step of a rounding is a fixed amount above 0", "舍入的步长应为大于 0 的固定数量")
        scope.sink.add(errors.bad_rounding_step(step.span, why))
        return None
    mode = Rounding.HALF_UP
    if len(e.args) == 3:
        word = e.args[2]
        found = _MODES.get(str(word)) if isinstance(word, nodes.Path) else None
        if found is None:
            names = ", ".join(m for m in _MODES if m.isascii())
            why = Text(
                f"the mode is one of {names}",
                "舍入方式为：四舍五入、银行家舍入、进位、舍去、向下取整、向上取整",
            )
            scope.sink.add(errors.bad_rounding_step(word.span, why))
            return None
        mode = found
    if isinstance(value, nodes.Arith) and value.op is nodes.ArithOp.DIV:
        return _check_division(value, scope, facts, None, step, mode)
    unit = ce.UNITS.get(step.unit) or t.money(step.unit)
    inner = ce.check_expr(value, scope, facts, t.ScaledTy(unit, step.scale, 0, 0))
    if inner is None:
        return None
    ty = t.strip_opt(inner.ty)
    if not isinstance(ty, t.ScaledTy) or ty.unit != unit:
        have = t.show_ty(ty)
        want = t.show_unit(unit)
        why = Text(
            f"the value is {have.en}, the step is {want.en}: they must measure the same",
            f"被舍入的是{have.zh}，步长却是{want.zh}，二者单位必须一致",
        )
        scope.sink.add(errors.bad_rounding_step(step.span, why))
        return None
    return ce.lift(
        [inner], lambda v: amounts.round_to(facts, v[0], step.digits, step.scale, mode, e.span), e.span
    )


def check_between(e: nodes.Between | nodes.PartOf, scope: Scope, facts: Facts) -> Expr | None:
    """`days from a to b`, `months from a to b`, `year of d`, `month of d`."""
    written = (e.start, e.end) if isinstance(e, nodes.Between) else (e.arg,)
    args: list[Expr] = []
    for node in written:
        found = ce.check_expr(node, scope, facts)
        if found is None:
            continue
        ty = t.strip_opt(found.ty)
        if not isinstance(ty, t.ScaledTy) or ty.unit.kind is not _K.DATE:
            scope.sink.add(errors.wanted_kind(node.span, ty, Text("a date", "日期")))
            continue
        args.append(found)
    if len(args) != len(written):
        return None

    def build(v: list[Expr]) -> Expr | None:
        if isinstance(e, nodes.PartOf):
            (lo, hi) = (1, 12) if e.month else (1, 9999)
            op = Op.MONTH_OF if e.month else Op.YEAR_OF
            return Apply(op, (v[0],), t.ScaledTy(t.NUMBER, 0, lo, hi), e.span)
        start, end = v
        days = amounts.add(facts, Op.SUB, end, start, t.DAYS, e.span)
        if not e.months:
            return days
        ty = amounts.scaled(days)
        # n whole months are 28n days or more, and fewer than 31(n + 1)
        lo = ty.lo // 28 if ty.lo < 0 else ty.lo // 31
        hi = ty.hi // 28 if ty.hi >= 0 else -(-ty.hi // 31)
        span_ty = t.ScaledTy(t.MONTHS, 0, lo, hi)
        return Apply(Op.WHOLE_MONTHS, (start, end), span_ty, e.span)

    return ce.lift(args, build, e.span)
